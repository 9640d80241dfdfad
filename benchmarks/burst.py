"""Many tasks at once, and an endpoint that takes its time or limits its rate.

python -m benchmarks.burst [--tasks 50] [--stack embedded] [--seconds 3] [--rate R --spare B]

The stack is embedded, emulated, or pushed: emulated, but the Pub/Sub emulator pushes the dispatches
itself, two at once, so that a long backlog waits in the queue.
The endpoint answers every question alike after so many seconds. With --rate it refuses, 429 and no
more said, what exceeds R requests a second and B to spare. Prints one line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter
from typing import Any

import httpx2
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consensus.adapters.local.http_server import serving
from consensus.bootstrap.embedded import embedded
from consensus.bootstrap.emulated import emulated
from consensus.config import Settings

LOOK_SECONDS = 0.5
TIMEOUT_SECONDS = 500


class Endpoint:
    """A model that always says 7, as fast as its bucket fills."""

    def __init__(self, seconds: float, rate: float, spare: float) -> None:
        self._seconds, self._rate, self._spare = seconds, rate, spare
        self._tokens, self._at = spare, time.monotonic()
        self.answered = self.refused = 0

    def app(self) -> Starlette:
        """The application."""
        return Starlette(routes=[Route("/v1/chat/completions", self._chat, methods=["POST"])])

    async def _chat(self, _: Request) -> Response:
        now = time.monotonic()
        self._tokens = min(self._spare, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            self.refused += 1
            return JSONResponse({"error": {"message": "slowly"}}, 429)
        self._tokens -= 1
        self.answered += 1
        await asyncio.sleep(self._seconds)
        message = {"role": "assistant", "content": '{"answer": "7", "confidence": 0.9}'}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return JSONResponse({"id": "c", "object": "chat.completion", "choices": [choice]})


async def measure(tasks: int, stack: str, endpoint: Endpoint) -> str:
    """What became of so many tasks, posted together, and when the last one ended."""
    async with serving(endpoint.app()) as port:
        settings = Settings.read().with_changes(
            openai_base_url=f"http://127.0.0.1:{port}/v1",
            openai_api_key=SecretStr("none"),
            openai_model="seven",
        )
        running = (
            embedded(settings, store=":memory:")
            if stack == "embedded"
            else emulated(settings, forward=stack == "emulated")
        )
        async with (
            running as service,
            httpx2.AsyncClient(base_url=service.url, timeout=60, trust_env=False) as http,
        ):
            began = time.monotonic()
            ended = await asyncio.gather(*(_through(http, n) for n in range(tasks)))
            took = time.monotonic() - began
    outcomes = Counter(f"{t['result']['outcome']}, {t['result']['close_reason']}" for t in ended)
    asked, abstained = (sum(t["progress"][k] for t in ended) for k in ("asked", "abstained"))
    return (
        f"{tasks} tasks in {took:.0f} s, {asked} seats ({abstained} abstained), "
        f"{endpoint.answered} answers, {endpoint.refused} refusals; {json.dumps(outcomes)}"
    )


async def _through(http: httpx2.AsyncClient, number: int) -> dict[str, Any]:
    prompt = {"prompt": f"What is 7, for the {number}th time?", "strategy": "numeric"}
    accepted = await http.post("/v1/tasks", json={**prompt, "timeout_seconds": TIMEOUT_SECONDS})
    accepted.raise_for_status()
    while True:
        task: dict[str, Any] = (await http.get(accepted.headers["location"])).json()
        if task["state"] == "DONE":
            return task
        await asyncio.sleep(LOOK_SECONDS)


def main() -> None:
    """Measure once, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=50)
    parser.add_argument("--stack", choices=("embedded", "emulated", "pushed"), default="embedded")
    parser.add_argument("--seconds", type=float, default=3.0, help="an answer takes")
    parser.add_argument("--rate", type=float, default=1e9, help="requests a second")
    parser.add_argument("--spare", type=float, default=5.0, help="requests at once besides")
    given = parser.parse_args()
    endpoint = Endpoint(given.seconds, given.rate, given.spare)
    print(asyncio.run(measure(given.tasks, given.stack, endpoint)))


if __name__ == "__main__":
    main()
