"""Notifying a task's subscribers of its end: at least once, and never before it."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from consensus.core.errors import Conflict, NotTold
from consensus.core.model import Notice, Task
from consensus.core.notices import MOST_ATTEMPTS, attempted, is_due
from consensus.ports import Clock, Receiver, Rejection, TaskStore

log = logging.getLogger(__name__)

AT_ONCE = 8  # attempts at one subscriber, so that a slow one keeps nobody else waiting
PATIENCE = timedelta(seconds=20)  # for a place; a message has a minute


class _Stranger:
    """A subscriber of whom this process does not know, or does not know yet."""

    async def tell(self, notice: Notice, task: Task) -> None:
        """Raise NotTold."""
        raise NotTold("nobody of that name is known here")


STRANGER = _Stranger()


@dataclass(frozen=True, slots=True)
class Tell:
    """Makes one attempt at a notice; one that fails becomes due again, for the sweep to send."""

    store: TaskStore
    clock: Clock
    jitter: Callable[[], float]
    receivers: Mapping[str, Receiver]  # by the subscriber's name
    _places: dict[str, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
    )

    async def __call__(self, key: str) -> None:
        """Tell the notice of that key, if it is due. Raises StoreUnavailable."""
        notice = await self.store.notice(key)
        if notice is None or not is_due(notice, self.clock.now()):
            return
        until = self.clock.now() + PATIENCE
        async with self._places[notice.subscriber]:
            if self.clock.now() <= until:  # else the sweep sends it again
                await self._attempt(notice)

    async def _attempt(self, notice: Notice) -> None:
        receiver = self.receivers.get(notice.subscriber, STRANGER)
        tried = attempted(notice, self.clock.now(), self.jitter())
        try:
            await self.store.attempt(notice, tried)
        except Conflict:
            return  # somebody else is at it
        stored = await self.store.load(notice.task_id)
        if stored is not None:  # erased meanwhile, else
            try:
                await receiver.tell(notice, stored.task)
            except NotTold as error:
                named = {"task_id": notice.task_id, "attempt": tried.attempts}
                log.warning("%s was not told: %s", notice.subscriber, error, extra=named)
                if error.final or tried.attempts >= MOST_ATTEMPTS:
                    await self._give_up(notice, str(error))
                return
        await self.store.forget_notice(notice.key)

    async def _give_up(self, notice: Notice, why: str) -> None:
        """Record that it was never told, for the operator."""
        detail = f"{notice.subscriber} was not told {notice.kind}: {why}"[:500]
        now = self.clock.now()
        kept = Rejection(f"notice-{notice.key}", "NOT_TOLD", detail, "", now, notice.task_id)
        await self.store.reject(kept)
        log.error("gave up telling %s", notice.subscriber, extra={"task_id": notice.task_id})
        await self.store.forget_notice(notice.key)
