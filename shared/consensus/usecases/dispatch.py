"""One holder per task: it opens the seats and doubts to ask, and announces the deadline."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta

from consensus.core.errors import TransientError
from consensus.core.events import (
    CallLost,
    CallsBegun,
    Event,
    Hedged,
    Ignored,
    Step,
    StillHeld,
    Taken,
)
from consensus.core.model import State, Task
from consensus.core.panel import Panel, silent_voters
from consensus.core.spending import allowance
from consensus.ports import Clock, EventBus, TaskStore, WorkerPool
from consensus.usecases.apply import apply_event
from consensus.usecases.doubts import Doubts
from consensus.usecases.seats import Seats

log = logging.getLogger(__name__)

RING_AFTER = timedelta(seconds=3)  # after it, so that the last votes are in
RING_AGAIN = 10.0  # seconds between deadline messages while the task stays open
SIGN_EVERY = 20.0  # seconds; two signs of life may fail before a task counts as unattended


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Holds a task for its life. Raises TransientError where the store fails: deliver it again.

    panel names the voters whom seats are dealt to; hedge says whether stragglers are asked again.
    """

    store: TaskStore
    bus: EventBus
    pool: WorkerPool
    clock: Clock
    jitter: Callable[[], float]
    new_id: Callable[[], str]
    panel: Panel = Panel()
    hedge: bool = True

    async def hold(self, task_id: str, dispatch: str = "", replaces: str = "") -> None:
        """Take the task, superseding its holder where it may be; return when it is not ours.

        dispatch is the id of the message that asks for it, replaces the holder that its sender
        knew of. Returning cancels every call still running, through to the model.
        """
        holder = self.new_id()
        taken = Taken(holder, dispatch, replaces)
        step = await self._move(task_id, taken)
        if step is None or step.task.state is State.DONE or step.ignored is Ignored.HELD:
            return
        seats, doubts = self._seats(step.task, holder), self._doubts(step.task, holder)
        ringing = asyncio.create_task(self._publish_deadline(step.task))
        signing = asyncio.create_task(self._heartbeat(step.task, holder))
        try:
            async with aclosing(self.store.watch(task_id)) as changes:
                async for task in changes:
                    if task.state is State.DONE and not task.progress.missing:
                        await seats.receipts()
                    if task.state is State.DONE or task.holder != holder:
                        return
                    if not seats.has_opened(task.progress.asked):
                        whole = await self._whole(task)
                        silent = silent_voters(whole) if len(self.panel.voters) > 1 else ()
                        seats.open_up_to(task.progress.asked, silent, allowance(whole))
                    doubts.ask(task.open_doubts)
        finally:
            ringing.cancel()
            signing.cancel()
            ending = (ringing, signing, seats.close(), doubts.close())
            await asyncio.gather(*ending, return_exceptions=True)

    async def _whole(self, task: Task) -> Task:
        """The task with its ballots, where they tell whom to ask, or what is left to spend."""
        may_be_silent = len(self.panel.voters) > 1 and task.progress.abstained
        is_untold = task.plan.max_cost_usd is not None and task.usage.cost_usd is None
        stored = await self.store.load(task.id) if may_be_silent or is_untold else None
        return stored.task if stored else task

    def _seats(self, task: Task, holder: str) -> Seats:
        async def may_hedge(seat: int) -> bool:
            """Whether a second call is granted; counted first, so that no crash forgets it."""
            try:
                step = await self._move(task.id, Hedged(holder, seat))
            except TransientError:
                return False
            return step is not None and step.ignored is None

        return Seats(
            self.store,
            self.bus,
            self.pool,
            self.clock,
            self.jitter,
            self.panel,
            task,
            self._calls_begun(task, holder),
            self._call_lost(task, holder),
            may_hedge if self.hedge else None,
        )

    def _doubts(self, task: Task, holder: str) -> Doubts:
        return Doubts(
            self.bus,
            self.pool,
            self.clock,
            self.jitter,
            self.panel,
            task,
            self._call_lost(task, holder),
        )

    def _calls_begun(self, task: Task, holder: str) -> Callable[[Collection[int]], Awaitable[None]]:
        async def calls_begun(seats: Collection[int]) -> None:
            with contextlib.suppress(TransientError):
                await self._move(task.id, CallsBegun(holder, tuple(sorted(seats))))

        return calls_begun

    def _call_lost(self, task: Task, holder: str) -> Callable[[int | None], Awaitable[None]]:
        async def call_lost(seat: int | None) -> None:
            with contextlib.suppress(TransientError):
                await self._move(task.id, CallLost(holder, seat))

        return call_lost

    async def _move(self, task_id: str, event: Event) -> Step | None:
        return await apply_event(self.store, self.clock, self.jitter, task_id, event)

    async def _heartbeat(self, task: Task, holder: str) -> None:
        """Say now and then that somebody is there, until time is up."""
        while True:
            await self.clock.sleep(SIGN_EVERY)
            if self.clock.now() >= task.deadline:
                return
            with contextlib.suppress(TransientError):
                await self._move(task.id, StillHeld(holder))

    async def _publish_deadline(self, task: Task) -> None:
        """Publish the deadline when it has passed, and again while the task is open."""
        left = (task.deadline - self.clock.now()).total_seconds()
        # Never longer than the task may take, wherever somebody has set the clock meanwhile.
        wait = min(left, task.plan.timeout_seconds) + RING_AFTER.total_seconds()
        await self.clock.sleep(max(0.0, wait))
        while True:
            try:
                await self.bus.deadline(task.id)
            except TransientError as error:
                log.warning("deadline not published: %s", error.reason, extra={"task_id": task.id})
            await self.clock.sleep(RING_AGAIN)
