"""EventBus within one process: the embedded stack's queue.

It forgets when the process ends; what makes that safe is the store: at start, every open task is
dispatched again, and the sweep closes what is overdue.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from consensus.core.errors import ConsensusError, TransientError
from consensus.core.model import Ballot, Task, Verdict

log = logging.getLogger(__name__)

REDELIVER_AFTER = 1.0  # seconds
MOST_FAILURES = 5  # of a handler in a way that nobody foresaw, before its message is dropped


class LocalBus:
    """Delivers each message to its handler; again after a pause where that fails for a while."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Callable[[], Awaitable[object]]] = asyncio.Queue()
        self._hold: Callable[[str, str, str], Awaitable[None]] | None = None
        self._ballot: Callable[[str, Ballot], Awaitable[None]] | None = None
        self._verdicts: Callable[[str, Sequence[Verdict]], Awaitable[None]] | None = None
        self._deadline: Callable[[str], Awaitable[None]] | None = None
        self._notice: Callable[[str], Awaitable[None]] | None = None
        self._batch: Callable[[str], Awaitable[None]] | None = None
        self._delivering = False

    def connect(
        self,
        hold: Callable[[str, str, str], Awaitable[None]],
        ballot: Callable[[str, Ballot], Awaitable[None]],
        verdicts: Callable[[str, Sequence[Verdict]], Awaitable[None]],
        deadline: Callable[[str], Awaitable[None]],
        *,
        notice: Callable[[str], Awaitable[None]],
        batch: Callable[[str], Awaitable[None]],
    ) -> None:
        """Name the handlers; they are use cases, which in turn publish through this bus.

        hold is told the task, the message's id, and the holder that the sender knew of.
        """
        self._hold, self._ballot = hold, ballot
        self._verdicts, self._deadline = verdicts, deadline
        self._notice, self._batch = notice, batch

    async def dispatch(self, task: Task) -> None:
        """See EventBus."""
        hold, message = _connected(self._hold), uuid.uuid4().hex
        await self._queue.put(lambda: hold(task.id, message, task.holder))

    async def ballot(self, task_id: str, ballot: Ballot, traceparent: str) -> None:
        """See EventBus."""
        handler = _connected(self._ballot)
        await self._queue.put(lambda: handler(task_id, ballot))

    async def verdicts(self, task_id: str, verdicts: Sequence[Verdict], traceparent: str) -> None:
        """See EventBus."""
        handler = _connected(self._verdicts)
        await self._queue.put(lambda: handler(task_id, verdicts))

    async def deadline(self, task_id: str) -> None:
        """See EventBus."""
        handler = _connected(self._deadline)
        await self._queue.put(lambda: handler(task_id))

    async def notice(self, key: str) -> None:
        """See EventBus."""
        handler = _connected(self._notice)
        await self._queue.put(lambda: handler(key))

    async def batch(self, batch_id: str) -> None:
        """See EventBus."""
        handler = _connected(self._batch)
        await self._queue.put(lambda: handler(batch_id))

    async def look(self) -> str:
        """ "ok" while messages are delivered; else what is wrong."""
        return "ok" if self._delivering else "messages are not delivered"

    async def deliver(self) -> None:
        """Run until cancelled; cancelling ends the handlers that are running."""
        self._delivering = True
        try:
            async with asyncio.TaskGroup() as handlers:
                while True:
                    handlers.create_task(self._handle(await self._queue.get()))
        finally:
            self._delivering = False

    async def _handle(self, message: Callable[[], Awaitable[object]]) -> object:
        failures = 0
        while failures < MOST_FAILURES:
            try:
                return await message()
            except TransientError as error:
                log.warning("redelivering a message: %s", error, extra={"reason": error.reason})
            except ConsensusError:
                break
            except Exception as error:
                # One message must not end the delivery of all the others.
                failures += 1
                log.exception("a handler failed", extra={"reason": type(error).__name__})
            await asyncio.sleep(REDELIVER_AFTER)
        log.error("a message was dropped")
        return None


Handler = TypeVar("Handler")


def _connected(handler: Handler | None) -> Handler:
    assert handler is not None, "connect() comes before the first message"  # noqa: S101
    return handler
