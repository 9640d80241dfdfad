"""The doubts about which one holder has asked: each gets its verdict, or is given up.

What is in doubt at one moment is one call. It is worth less than a seat: it is not made a second
time for being slow, and where workers are full or lost for a while the verdicts are UNKNOWN, so
that the task does not wait for them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field

from consensus.core.deadlines import calls_end
from consensus.core.errors import WorkerUnavailable
from consensus.core.model import Doubt, Finding, Task, Verdict
from consensus.core.panel import Panel
from consensus.ports import Clock, DoubtCall, EventBus, SeatStage, WorkerPool
from consensus.usecases.publishing import try_to_publish

log = logging.getLogger(__name__)

STARTS_A_DOUBT = 2  # calls that workers may begin for it
TRIES_A_DOUBT = 8  # at finding a worker: about ten seconds
LONGEST_BACKOFF = 2.0  # seconds


@dataclass(slots=True)
class Doubts:
    """Has doubts asked about, each once. call_lost counts a call whose worker was lost."""

    bus: EventBus
    pool: WorkerPool
    clock: Clock
    jitter: Callable[[], float]
    panel: Panel
    task: Task
    call_lost: Callable[[int | None], Awaitable[None]]
    _asked: set[int] = field(default_factory=set, init=False)
    _running: list[asyncio.Task[None]] = field(default_factory=list, init=False)

    def ask(self, doubts: Iterable[Doubt]) -> None:
        """Ask about the doubts that are new."""
        new = tuple(doubt for doubt in doubts if doubt.number not in self._asked)
        if new:
            self._asked |= {doubt.number for doubt in new}
            self._running.append(asyncio.create_task(self._settle(self._call(new))))

    async def close(self) -> None:
        """Cancel every call still running, through to the model."""
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _call(self, doubts: tuple[Doubt, ...]) -> DoubtCall:
        task = self.task
        return DoubtCall(
            task_id=task.id,
            doubts=doubts,
            voter=self.panel.deal(task.id, doubts[0].number),
            question=task.question,
            deadline=task.deadline,
            traceparent=task.traceparent,
            owner=task.owner,
            created_at=task.created_at,
        )

    async def _settle(self, call: DoubtCall) -> None:
        """Bring the doubts to verdicts, also where that fails in a way that nobody foresaw."""
        try:
            if await self._ask(call):
                return
        except Exception:
            log.exception("doubts failed", extra=_named(call))
        await self._give_up(call)

    async def _ask(self, call: DoubtCall) -> bool:
        """Over a few workers. Whether there are verdicts."""
        started = 0
        for attempt in range(TRIES_A_DOUBT):
            if started == STARTS_A_DOUBT or not self._in_time():
                break
            began, answered = await self._try_worker(call)
            if answered:
                return True
            if began:
                started += 1
                await self.call_lost(None)
            await self.clock.sleep(self.jitter() * min(LONGEST_BACKOFF, 0.1 * 2**attempt))
        return False

    async def _try_worker(self, call: DoubtCall) -> tuple[bool, bool]:
        """Whether a worker began with it, and whether it gave its receipt."""
        began = False
        try:
            async with aclosing(self.pool.process(call)) as updates:
                async for update in updates:
                    began = True
                    if update.stage is SeatStage.COMPLETED:
                        return True, True
        except WorkerUnavailable as error:
            log.info("no receipt: %s", error, extra=_named(call))
        return began, False

    async def _give_up(self, call: DoubtCall) -> None:
        unknown = [Verdict(doubt.number, Finding.UNKNOWN) for doubt in call.doubts]
        published = await try_to_publish(
            lambda: self.bus.verdicts(call.task_id, unknown, call.traceparent),
            self.clock,
            self.jitter,
            _named(call),
        )
        if not published:
            log.warning("doubts stay open: publishing failed", extra=_named(call))

    def _in_time(self) -> bool:
        return self.clock.now() < calls_end(self.task.deadline)


def _named(call: DoubtCall) -> dict[str, object]:
    """The doubts, for the log."""
    return {"task_id": call.task_id, "doubts": [doubt.number for doubt in call.doubts]}
