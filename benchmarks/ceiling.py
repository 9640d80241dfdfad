"""How much of the machine's limit the service reaches, side by side in one run.

python -m benchmarks.ceiling [--rounds 3] [--seconds 1] [--its-hub PYTHON] [--emulated]
    [--one 10 --many 300 --burst 600]

A model that takes so many seconds answers every question alike, in a process of its own. In turns a
bare asyncio loop over the openai SDK (the limit), the service on this machine, and, where the
interpreter of an environment with its_hub 1.2.0 is named, its service, decide tasks of four votes:
one at a time, many with a hundred in flight, and a burst at once. Prints a line each, and ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import openai
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from consensus.adapters.local import http_connections
from consensus.adapters.local.http_server import serving

VOTES = 4
IN_FLIGHT = 100
TIMEOUT_SECONDS = 60
SAID = '{"answer": "7", "confidence": 0.9}'
QUESTION = "What is 7, for the %dth time?"

Ask = Callable[[int], Awaitable[bool]]  # whether the task had its answer


def endpoint(seconds: float) -> Starlette:
    """A model that says 7 after so long, in one piece or as a stream."""

    async def chat(request: Request) -> Response:
        asked: dict[str, Any] = await request.json()
        await asyncio.sleep(seconds)
        if asked.get("stream"):
            return StreamingResponse(_chunks(), media_type="text/event-stream")
        message = {"role": "assistant", "content": SAID}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
        told = {"id": "c", "object": "chat.completion", "created": 0, "model": "seven"}
        return JSONResponse({**told, "choices": [choice], "usage": usage})

    return Starlette(routes=[Route("/v1/chat/completions", chat, methods=["POST"])])


async def _chunks() -> AsyncIterator[bytes]:
    head = '{"id":"c","object":"chat.completion.chunk","created":0,"model":"seven","choices":['
    said = SAID.replace('"', '\\"')
    delta = f'{{"index":0,"delta":{{"role":"assistant","content":"{said}"}},"finish_reason":null}}'
    yield f"data: {head}{delta}]}}\n\n".encode()
    yield f'data: {head}{{"index":0,"delta":{{}},"finish_reason":"stop"}}]}}\n\n'.encode()
    usage = '"usage":{"prompt_tokens":9,"completion_tokens":9,"total_tokens":18}'
    yield f"data: {head}],{usage}}}\n\ndata: [DONE]\n\n".encode()


@contextmanager
def model(seconds: float) -> Iterator[str]:
    """The base URL of such a model, served by another process."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve_model, args=(seconds, theirs), daemon=True
    )
    process.start()
    theirs.close()  # so that a model that cannot start is heard of
    try:
        yield f"http://127.0.0.1:{ours.recv()}/v1"
    finally:
        process.terminate()
        process.join()


def _serve_model(seconds: float, ready: Any) -> None:
    # A bare loop opens more connections at once than it can speak on for a while.
    http_connections.HEADER_SECONDS = 120.0  # type: ignore[misc]

    async def serve() -> None:
        async with serving(endpoint(seconds)) as port:
            ready.send(port)
            await asyncio.Event().wait()

    asyncio.run(serve())


@asynccontextmanager
async def bare(url: str) -> AsyncIterator[tuple[Ask, int]]:
    """The limit: the SDK's calls, gathered."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    transport = openai.DefaultAsyncHttpxClient(limits=_limits(limits), trust_env=False)
    async with openai.AsyncOpenAI(
        base_url=url, api_key="k", http_client=transport, timeout=120
    ) as client:

        async def vote(number: int) -> str | None:
            content = QUESTION % number
            said = await client.chat.completions.create(
                model="seven", messages=[{"role": "user", "content": content}]
            )
            return said.choices[0].message.content

        async def ask(number: int) -> bool:
            votes = await asyncio.gather(*(vote(number) for _ in range(VOTES)))
            return votes == [SAID] * VOTES

        yield ask, os.getpid()


def _limits(limits: httpx2.Limits) -> Any:
    """The SDK's own HTTP library has limits of its own type."""
    return httpx2.Limits(
        max_connections=limits.max_connections,
        max_keepalive_connections=limits.max_keepalive_connections,
    )


@asynccontextmanager
async def ours(url: str, *options: str) -> AsyncIterator[tuple[Ask, int]]:
    """The service, as `consensus serve` starts it."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "OPENAI_BASE_URL": url,
            "OPENAI_API_KEY": "k",
            "OPENAI_MODEL": "seven",
            "CONSENSUS_STORE": str(Path(folder) / "tasks.sqlite3"),
            "CONSENSUS_MAX_OPEN_TASKS": "2000",
            "CONSENSUS_MAX_OPEN_SEATS": "20000",
            "CONSENSUS_LOG_LEVEL": "ERROR",
        }
        command = [sys.executable, "-m", "consensus.cli.main", "serve", "--port", "0", *options]
        process = _started(command, environment)
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None, "the service did not start"
            limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
            async with httpx2.AsyncClient(
                base_url=found[0], timeout=120, trust_env=False, limits=limits
            ) as http:

                async def ask(number: int) -> bool:
                    body = {
                        "prompt": QUESTION % number,
                        "strategy": "numeric",
                        "min_votes": VOTES,
                        "max_votes": VOTES,
                        "timeout_seconds": TIMEOUT_SECONDS,
                    }
                    wait = {"Prefer": "wait=100"}
                    reply = await http.post("/v1/tasks", json=body, headers=wait)
                    result = reply.json().get("result") or {}
                    return result.get("outcome") == "CONSENSUS"

                yield ask, process.pid
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def _started(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  our own words
        command, stdout=subprocess.PIPE, env=environment, text=True
    )


@asynccontextmanager
async def its_hub(url: str, python: str) -> AsyncIterator[tuple[Ask, int]]:
    """Its service, with self-consistency over the same model."""
    with serving_its_hub(python) as (process, base):
        async with httpx2.AsyncClient(base_url=base, timeout=120, trust_env=False) as http:
            await _configured(http, url)

            async def ask(number: int) -> bool:
                messages = [{"role": "user", "content": QUESTION % number}]
                body = {"model": "seven", "messages": messages, "budget": VOTES}
                reply = await http.post("/v1/chat/completions", json=body)
                return reply.status_code == 200

            yield ask, process.pid


@contextmanager
def serving_its_hub(python: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Its service on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(python).with_name("its-iaas")), "--host", "127.0.0.1", "--port", str(port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet)  # noqa: S603  named by us
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


async def _configured(http: httpx2.AsyncClient, url: str) -> None:
    body = {
        "endpoint": url,
        "api_key": "k",
        "provider": "openai",
        "model": "seven",
        "alg": "self-consistency",
        "regex_patterns": [r'"answer": "([^"]*)"'],
    }
    for _ in range(300):
        try:
            reply = await http.post("/configure", json=body)
        except httpx2.HTTPError:
            await asyncio.sleep(0.2)
            continue
        reply.raise_for_status()
        return
    raise RuntimeError("its_hub did not start")


@dataclass
class Figures:
    """Of one way to ask: seconds of a lone task, tasks a second, shares, CPU."""

    lone: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)
    burst: list[float] = field(default_factory=list)
    failed: int = 0
    middle: list[float] = field(default_factory=list)  # p50 of the burst over its last
    cpu: list[float] = field(default_factory=list)  # milliseconds of the asked process, a task


async def measure(ask: Ask, pid: int, sizes: tuple[int, int, int], into: Figures) -> None:
    """One round of each load."""
    one, many, burst = sizes
    await ask(0)  # whatever is made at the first call is made
    for number in range(one):
        began = time.perf_counter()
        into.failed += not await ask(number)
        into.lone.append(time.perf_counter() - began)
    before = _cpu(pid)
    into.many.append(many / max(await _all(ask, many, IN_FLIGHT, into)))
    into.cpu.append(1000 * (_cpu(pid) - before) / many)
    took = await _all(ask, burst, burst, into)
    into.burst.append(burst / max(took))
    into.middle.append(statistics.median(took) / max(took))


async def _all(ask: Ask, tasks: int, at_once: int, into: Figures) -> list[float]:
    """When each of so many tasks had ended, in seconds from the start."""
    places, began = asyncio.Semaphore(at_once), time.perf_counter()

    async def one(number: int) -> float:
        async with places:
            into.failed += not await ask(number)
        return time.perf_counter() - began

    return list(await asyncio.gather(*map(one, range(tasks))))


def _cpu(pid: int) -> float:
    """Seconds of CPU that the process has used, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def main() -> None:
    """Take turns, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="that the model takes")
    parser.add_argument("--its-hub", help="a Python that has its_hub")
    parser.add_argument("--emulated", action="store_true", help="the emulated stack too")
    parser.add_argument("--one", type=int, default=10)
    parser.add_argument("--many", type=int, default=300)
    parser.add_argument("--burst", type=int, default=600)
    given = parser.parse_args()
    sizes = (given.one, given.many, given.burst)
    ways: dict[str, Callable[[str], Any]] = {"bare loop": bare, "consensus": ours}
    if given.emulated:
        ways["emulated"] = lambda url: ours(url, "--emulators")
    if given.its_hub:
        ways["its_hub"] = lambda url: its_hub(url, given.its_hub)
    figures = {name: Figures() for name in ways}
    with model(given.seconds) as url:
        for _ in range(given.rounds):
            for name, way in ways.items():
                async with way(url) as (ask, pid):
                    await measure(ask, pid, sizes, figures[name])
    limit = figures["bare loop"]
    for name, found in figures.items():
        lone = statistics.median(found.lone)
        many, burst = statistics.median(found.many), statistics.median(found.burst)
        print(
            f"{name}: alone {lone:.3f} s (+{1000 * (lone - statistics.median(limit.lone)):.0f} ms,"
            f" {lone / given.seconds:.2f} x the model);"
            f" {given.many} with {IN_FLIGHT} in flight {many:.1f}/s"
            f" ({many / statistics.median(limit.many):.2f});"
            f" {given.burst} at once {burst:.1f}/s ({burst / statistics.median(limit.burst):.2f}),"
            f" p50 at {statistics.median(found.middle):.0%} of the last;"
            f" {statistics.median(found.cpu):.1f} ms CPU a task; {found.failed} failed"
        )


if __name__ == "__main__":
    asyncio.run(main())
