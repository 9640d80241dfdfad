"""A service that speaks the HTTP surface from a script, and misbehaves on cue."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from consensus.adapters.local.http_server import serving

PLAN = {
    "complexity": "low",
    "strategy": "numeric",
    "voting": "confidence_weighted",
    "min_votes": 3,
    "max_votes": 15,
    "min_agreement": 0.6,
    "timeout_seconds": 120.0,
    "numeric_tolerance": 1e-6,
    "reason": "asks for a number",
}
USAGE = {
    "calls": 3,
    "calls_saved": 12,
    "input_tokens": 1200,
    "output_tokens": 88,
    "cost_usd": None,
}


def running(prompt: str = "What is 17% of 2,340?") -> dict[str, Any]:
    """A task as it stands while three seats are asked."""
    return {
        "id": "t1",
        "state": "RUNNING",
        "prompt": prompt,
        "plan": PLAN,
        "progress": {"asked": 3, "voted": 0, "abstained": 0, "waves": 1},
        "result": None,
        "usage": {**USAGE, "calls": 0, "calls_saved": None, "input_tokens": 0, "output_tokens": 0},
        "metadata": {},
        "created_at": "2026-01-01T00:00:00.000Z",
        "deadline": "2026-01-01T00:02:00.000Z",
        "finished_at": None,
    }


def done(outcome: str = "CONSENSUS", **result: Any) -> dict[str, Any]:
    """The task at its end."""
    return {
        **running(),
        "state": "DONE",
        "progress": {"asked": 3, "voted": 3, "abstained": 0, "waves": 1},
        "result": {
            "outcome": outcome,
            "close_reason": "SETTLED",
            "answer": "397.8",
            "agreement": 0.75,
            "min_agreement": 0.6,
            "margin": 0.5,
            "confidence": 0.97,
            "probability_correct": None,
            "groups": [
                {"answer": "397.8", "votes": 2, "weight": 1.8, "share": 0.75},
                {"answer": "400", "votes": 1, "weight": 0.6, "share": 0.25},
            ],
            "explanation": "Two of three votes agree.",
            **result,
        },
        "usage": {**USAGE, "calls_saved": 12 if outcome.endswith("CONSENSUS") else None},
        "finished_at": "2026-01-01T00:00:03.000Z",
    }


def failed() -> dict[str, Any]:
    """The task when no seat could vote."""
    end = done("FAILED", answer=None, close_reason="NO_VOTES", groups=[], agreement=0.0)
    return {**end, "progress": {"asked": 3, "voted": 0, "abstained": 3, "waves": 1}}


def cancelled() -> dict[str, Any]:
    """The task after its cancel."""
    return done("CANCELLED", answer=None, close_reason="CANCELLED", groups=[], agreement=0.0)


def vote(seat: int, answer: str = "397.8", **other: Any) -> tuple[str, dict[str, Any]]:
    """A vote event."""
    data = {"seat": seat, "voter": "v", "model": "m-1", "answer": answer, "confidence": 0.9}
    return "vote", {**data, **other}


def abstention(seat: int, reason: str, detail: str = "") -> tuple[str, dict[str, Any]]:
    """An abstention event."""
    return "abstention", {"seat": seat, "voter": "v", "reason": reason, "detail": detail}


PLANNED = ("planned", {"id": "t1", "plan": PLAN})
TALLY = ("tally", {"votes": 2, "agreement": 0.75, "groups": done()["result"]["groups"]})


@dataclass
class Service:
    """What the service does. script is the events but the result; hold waits for a cancel.

    drops: the stream breaks after so many events, once each. refuse_stream: it is never there.
    """

    script: list[tuple[str, dict[str, Any]]] = field(
        default_factory=lambda: [PLANNED, vote(0), vote(1), TALLY, vote(2, "400")]
    )
    end: dict[str, Any] = field(default_factory=done)
    hold: bool = False
    drops: list[int] = field(default_factory=list)
    refuse_stream: bool = False
    problem: tuple[int, str] | None = None
    url: str = ""
    bodies: list[Any] = field(default_factory=list)
    callers: list[tuple[str, str]] = field(default_factory=list)
    resumed_from: list[str] = field(default_factory=list)
    polls: int = 0
    was_cancelled: bool = False

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/v1/tasks", self._submit, methods=["POST"]),
                Route("/v1/tasks/t1", self._get),
                Route("/v1/tasks/t1/events", self._events),
                Route("/v1/tasks/t1/cancel", self._cancel, methods=["POST"]),
            ]
        )

    async def _submit(self, request: Request) -> Response:
        self.bodies.append(json.loads(await request.body()))
        headers = request.headers
        self.callers.append((headers.get("x-api-key", ""), headers.get("authorization", "")))
        if self.problem is not None:
            status, detail = self.problem
            body = {"type": "urn:x", "status": status, "detail": detail, "reason": "R"}
            return JSONResponse(body, status, media_type="application/problem+json")
        return JSONResponse(running(), 202)

    async def _get(self, _: Request) -> Response:
        self.polls += 1
        if self.hold and not self.was_cancelled:
            return JSONResponse(running())
        return JSONResponse(cancelled() if self.was_cancelled else self.end)

    async def _cancel(self, _: Request) -> Response:
        self.was_cancelled = True
        return JSONResponse(cancelled())

    async def _events(self, request: Request) -> Response:
        if self.refuse_stream:
            return Response(status_code=503)
        after = request.headers.get("last-event-id", "")
        self.resumed_from.append(after)
        return StreamingResponse(self._stream(after), media_type="text/event-stream")

    async def _stream(self, after: str) -> AsyncIterator[bytes]:
        yield b": hello\nretry: 10\n\n"
        start = int(after) + 1 if after else 0
        stop = self.drops.pop(0) if self.drops else None
        for order, (kind, data) in enumerate(self.script[start:], start=start):
            if stop is not None and order >= stop:
                return
            yield f"id: {order}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode()
        while self.hold and not self.was_cancelled:
            yield b": still here\n\n"
            await asyncio.sleep(0.01)
        end = cancelled() if self.was_cancelled else self.end
        yield f"event: result\ndata: {json.dumps(end)}\n\n".encode()


@contextmanager
def on_loopback(service: Service) -> Iterator[Service]:
    """The service listening on a free port, on a thread of its own."""
    started, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with serving(service.app()) as port:
            service.url = f"http://127.0.0.1:{port}"
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    started.wait()
    try:
        yield service
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
