"""One holder per task: it opens the seats that are asked, and rings when time is up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta

from consensus.core.errors import TransientError, WorkerUnavailable
from consensus.core.lifecycle import CALLS_END_BEFORE, Taken
from consensus.core.model import Abstention, AbstentionReason, State, Task, Usage
from consensus.core.panel import Panel
from consensus.ports import Clock, EventBus, SeatCall, SeatStage, TaskStore, WorkerPool
from consensus.usecases.moving import move

log = logging.getLogger(__name__)

RING_AFTER = timedelta(seconds=3)  # after it, so that the last votes are in
RING_AGAIN = 10.0  # seconds between deadline messages while the task stays open
STARTS_A_SEAT = 3  # workers that may be lost in mid-call before the seat is given up
LONGEST_BACKOFF = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Holds a task for its life. Raises TransientError where the store fails: deliver it again."""

    store: TaskStore
    bus: EventBus
    pool: WorkerPool
    clock: Clock
    jitter: Callable[[], float]
    new_id: Callable[[], str]
    panel: Panel = Panel()

    async def hold(self, task_id: str) -> None:
        """Take the task, superseding any other holder; return when it is DONE or taken from us.

        Returning cancels every call still running, through to the model.
        """
        holder = self.new_id()
        step = await move(self.store, self.clock, self.jitter, task_id, Taken(holder))
        if step is None or step.task.state is State.DONE:
            return
        seats = _Seats(self, step.task)
        ringing = asyncio.create_task(self._ring(step.task))
        try:
            async with aclosing(self.store.watch(task_id)) as changes:
                async for task in changes:
                    if task.state is State.DONE or task.holder != holder:
                        return
                    seats.open_up_to(task.progress.asked)
        finally:
            await _end([ringing, *seats.running])

    async def _ring(self, task: Task) -> None:
        """Publish the deadline when it has passed, and again while the task is open."""
        wait = (task.deadline + RING_AFTER - self.clock.now()).total_seconds()
        await self.clock.sleep(max(0.0, wait))
        while True:
            try:
                await self.bus.deadline(task.id)
            except TransientError as error:
                log.warning("deadline of task %s not published: %s", task.id, error.reason)
            await self.clock.sleep(RING_AGAIN)

    async def take_seat(self, task: Task, seat: int) -> None:
        """Bring one seat to its ballot, over as many workers as it takes; else abstain for it."""
        call = SeatCall(
            task_id=task.id,
            seat=seat,
            voter=self.panel.deal(task.id, seat),
            messages=task.messages,
            strategy=task.plan.strategy,
            deadline=task.deadline,
            traceparent=task.traceparent,
        )
        started = attempt = 0
        while started < STARTS_A_SEAT and self.clock.now() < task.deadline - CALLS_END_BEFORE:
            accepted, finished = await self._try_worker(call)
            if finished:
                return
            # A full or absent worker costs nothing, so it may be asked until time is up.
            started += accepted
            await self.clock.sleep(self.jitter() * min(LONGEST_BACKOFF, 0.1 * 2**attempt))
            attempt += 1
        await self._abstain(task, seat, started)

    async def _try_worker(self, call: SeatCall) -> tuple[bool, bool]:
        """Whether a worker began with the seat, and whether its ballot is published."""
        accepted = False
        try:
            async with aclosing(self.pool.process(call)) as updates:
                async for update in updates:
                    accepted = True
                    if update.stage in (SeatStage.COMPLETED, SeatStage.ABSTAINED):
                        return True, True
        except WorkerUnavailable as error:
            log.info("seat %d of task %s: %s", call.seat, call.task_id, error)
        return accepted, False

    async def _abstain(self, task: Task, seat: int, started: int) -> None:
        # What a lost worker spent is unknown, and an unknown cost is not zero.
        usage = Usage(calls=started, cost_usd=None if started else 0.0)
        detail = f"{started} workers were lost with this seat" if started else "no worker was free"
        lost = Abstention(seat, AbstentionReason.WORKER_LOST, detail, usage=usage)
        for attempt in range(5):
            try:
                await self.bus.ballot(task.id, lost, task.traceparent)
            except TransientError:
                await self.clock.sleep(self.jitter() * 0.1 * 2**attempt)
            else:
                return
        log.warning("seat %d of task %s stays missing: publishing failed", seat, task.id)


@dataclass(slots=True)
class _Seats:
    """The seats that this holder has opened, each once."""

    dispatch: Dispatch
    task: Task
    opened: set[int] = field(init=False)
    running: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.opened = {r.ballot.seat for r in self.task.ballots}

    def open_up_to(self, asked: int) -> None:
        for seat in set(range(asked)) - self.opened:
            self.opened.add(seat)
            self.running.append(asyncio.create_task(self.dispatch.take_seat(self.task, seat)))


async def _end(running: list[asyncio.Task[None]]) -> None:
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
