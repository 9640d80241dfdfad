"""What a seat costs a worker: python -m benchmarks.seats [--seats 1 8 32 64 128] [--seconds 10]

A real worker process, asked over gRPC; its endpoint streams an answer of so many tokens over so
many seconds, from a process of its own, so that the CPU and the memory are the worker's alone. Also
told: how much later than the endpoint's own time the last receipt came.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from consensus.adapters.google.emulators import free_port
from consensus.adapters.local.http_server import serving
from consensus.adapters.processes.grpc_pool import GrpcPool
from consensus.core.model import Message, Strategy
from consensus.ports import SeatCall

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def endpoint(seconds: float, tokens: int) -> Starlette:
    """One that answers slowly, token by token."""

    async def chunks() -> AsyncIterator[bytes]:
        head = b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"slow",'
        for number in range(tokens):
            await asyncio.sleep(seconds / tokens)
            said = "so " if number < tokens - 1 else "\\n\\nAnswer: 42"
            yield (
                head
                + (
                    f'"choices":[{{"index":0,"delta":{{"content":"{said}"}},"finish_reason":null}}]}}\n\n'
                ).encode()
            )
        yield head + b'"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
        yield b"data: [DONE]\n\n"

    async def chat(_: Request) -> Response:
        return StreamingResponse(chunks(), media_type="text/event-stream")

    return Starlette(routes=[Route("/v1/chat/completions", chat, methods=["POST"])])


async def main() -> None:
    """Measure each number of seats, on a worker of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seats", type=int, nargs="+", default=[1, 8, 32, 64, 128])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--endpoint", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.endpoint:
        app = endpoint(options.seconds, options.tokens)
        config = uvicorn.Config(app, port=options.endpoint, log_level="error")
        await uvicorn.Server(config).serve()
        return
    print("seats  CPU s a seat  share of a CPU  MiB  MiB a seat  late s")
    for seats in options.seats:
        async with _endpoint(options) as url, _votes() as door:
            await _measure(seats, options.seconds, url, door)


@asynccontextmanager
async def _endpoint(options: argparse.Namespace) -> AsyncIterator[str]:
    port = free_port()
    told = ("--endpoint", port, "--seconds", options.seconds, "--tokens", options.tokens)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.seats", *map(str, told)
    )
    await asyncio.sleep(2)
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _votes() -> AsyncIterator[str]:
    async def take(_: Request) -> Response:
        return JSONResponse({})

    app = Starlette(routes=[Route("/votes", take, methods=["POST"])])
    async with serving(app) as port:
        yield f"http://127.0.0.1:{port}/votes"


async def _measure(seats: int, seconds: float, url: str, door: str) -> None:
    port = free_port()
    environment = os.environ | {
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "none",
        "OPENAI_MODEL": "slow",
        "CONSENSUS_VOTES_URL": door,
        "CONSENSUS_VOTES_TOKEN": "none",
        "CONSENSUS_WORKER_CAPACITY": str(seats),
    }
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "consensus.bootstrap.worker", "--port", str(port),
        env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    pool = GrpcPool([f"127.0.0.1:{port}"])
    try:
        assert worker.stdout
        await worker.stdout.readline()
        await _ask(pool, 0)  # what the first call loads is no seat's
        rest, before = _memory(worker.pid), _cpu(worker.pid)
        began, most = time.monotonic(), [rest]
        watching = asyncio.create_task(_watch(worker.pid, most))
        await asyncio.gather(*(_ask(pool, number + 1) for number in range(seats)))
        took = time.monotonic() - began
        watching.cancel()
        used = _cpu(worker.pid) - before
        print(
            f"{seats:5}  {used / seats:12.3f}  {used / took:14.2f}  {max(most):3.0f}"
            f"  {(max(most) - rest) / seats:10.2f}  {took - seconds:6.2f}"
        )
    finally:
        await pool.close()
        worker.terminate()
        await worker.wait()


async def _ask(pool: GrpcPool, number: int) -> None:
    deadline = datetime.now(UTC) + timedelta(seconds=300)
    question = (Message("user", "How many?"),)
    call = SeatCall(f"t{number}", 0, "default", question, Strategy.NUMERIC, deadline)
    updates = [update async for update in pool.process(call)]
    assert updates[-1].stage == "COMPLETED", updates


async def _watch(pid: int, most: list[float]) -> None:
    while True:
        most.append(_memory(pid))
        await asyncio.sleep(0.2)


def _cpu(pid: int) -> float:
    """Seconds of CPU that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _memory(pid: int) -> float:
    """MiB that it holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20


if __name__ == "__main__":
    asyncio.run(main())
