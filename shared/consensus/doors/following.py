"""Waiting on an open task for a client: until its end, its patience's end, or its leaving."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Final, TypeVar

from anyio import CancelScope
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from consensus.core.errors import TransientError
from consensus.core.model import State, Task
from consensus.doors.problem import SAFE_HEADERS
from consensus.ports import Clock, TaskStore

log = logging.getLogger(__name__)

HEARTBEAT: Final = 15.0  # seconds; proxies cut a silent stream after 30 to 60
EVENT_STREAM: Final = "text/event-stream"


async def until_done(
    request: Request, store: TaskStore, clock: Clock, task: Task, seconds: float
) -> Task:
    """The task at its end, or as it stands after that many seconds or when the caller left."""
    if task.state is State.DONE or seconds == 0:
        return task
    ending = asyncio.create_task(_last_seen(store, task))
    until = {
        ending,
        asyncio.create_task(clock.sleep(seconds)),
        asyncio.create_task(_gone(request)),
    }
    try:
        await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
        if not ending.done():
            stored = await store.load(task.id)
            return stored.task if stored else task
        return ending.result()
    except TransientError as error:
        # The task is accepted: an error now would make the caller post it again.
        log.warning("wait broken off", extra={"task_id": task.id, "reason": error.reason})
        return task
    finally:
        for waiting in until:
            waiting.cancel()
        await asyncio.gather(*until, return_exceptions=True)


async def _last_seen(store: TaskStore, task: Task) -> Task:
    async with aclosing(store.watch(task.id)) as changes:
        async for change in changes:
            task = change
    return task


async def _gone(request: Request) -> None:
    """Return when the client has left; its body has been read, so only that can still come."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


Told = TypeVar("Told")


async def with_heartbeats(
    changes: AsyncGenerator[Told, None], clock: Clock
) -> AsyncGenerator[Told | None, None]:
    """The changes as they come, and None for each heartbeat's time without one."""
    upcoming: asyncio.Task[Told | None] | None = None
    try:
        while True:
            upcoming = upcoming or asyncio.create_task(_following(changes))
            beat = asyncio.create_task(clock.sleep(HEARTBEAT))
            try:
                await asyncio.wait({upcoming, beat}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                beat.cancel()
            if not upcoming.done():
                yield None
                continue
            change, upcoming = upcoming.result(), None
            if change is None:
                return
            yield change
    finally:
        # A client that leaves cancels the response's scope, and every await in it, these too.
        with CancelScope(shield=True):
            if upcoming is not None:
                upcoming.cancel()
                await asyncio.gather(upcoming, return_exceptions=True)
            await changes.aclose()


async def _following(changes: AsyncGenerator[Told, None]) -> Told | None:
    return await anext(changes, None)


class EventStream(StreamingResponse):
    """Server-sent events as they are made; their maker is closed however the stream ends.

    ended is called after that, even if the client had left before the stream could begin.
    """

    media_type = EVENT_STREAM

    def __init__(
        self,
        chunks: AsyncGenerator[bytes, None],
        ended: Callable[[], Awaitable[None]] | None = None,
        headers: Mapping[str, str] = SAFE_HEADERS,
    ) -> None:
        # X-Accel-Buffering asks proxies to pass each event on at once.
        super().__init__(chunks, headers={**headers, "X-Accel-Buffering": "no"})
        self._chunks = chunks
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; a server that ends meanwhile cuts the stream, and the client comes again."""
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await super().__call__(scope, receive, send)
        finally:
            if self._ended is not None:
                with CancelScope(shield=True):
                    await self._ended()

    async def stream_response(self, send: Send) -> None:
        """Stream, and close the maker in this very task however it ends."""
        async with aclosing(self._chunks):
            await super().stream_response(send)
