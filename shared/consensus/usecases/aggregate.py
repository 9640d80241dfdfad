"""All that happens to a task once accepted: ballots, verdicts, time, cancellation, the sweep."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from consensus.core.errors import TaskNotFound, TransientError
from consensus.core.events import (
    BallotCast,
    CancelRequested,
    DeadlineReached,
    Effect,
    Event,
    Ignored,
    Swept,
    VerdictGiven,
)
from consensus.core.lifecycle import Step, is_unattended
from consensus.core.model import Ballot, Recorded, State, Task, Verdict
from consensus.ports import Clock, EventBus, Rejection, TaskStore
from consensus.usecases.moving import Turns, move

log = logging.getLogger(__name__)

EARLY = timedelta(seconds=5)  # a deadline message this early by our clock is waited out
DEAD_LETTER = "DEAD_LETTER"
PATIENCE = timedelta(seconds=30)  # a task queued for longer has lost its dispatch message
PAYLOAD_KEPT = 4096  # characters of what can never be handled
LETTER_KEPT = 256 * 1024  # of a dead letter: whole, so that it can be handled again


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Records, tallies, decides and closes, in one commit a message. Any method may be repeated."""

    store: TaskStore
    bus: EventBus
    clock: Clock
    jitter: Callable[[], float]
    turns: Turns = field(default_factory=Turns)

    async def ballot(self, task_id: str, ballot: Ballot, key: str, payload: str) -> None:
        """Record a ballot and what follows from it; a late one uncounted; else a rejection.

        key and payload identify the message in a rejection. Raises TransientError: not recorded.
        """
        step = await self._move(task_id, BallotCast(ballot))
        if step is None:
            await self.reject("UNKNOWN_TASK", f"no task {task_id}", payload, key)
        elif step.ignored is Ignored.SEAT_NOT_ASKED:
            detail = f"seat {ballot.seat} of task {task_id} was never asked"
            await self.reject("SEAT_NOT_ASKED", detail, payload, key)
        elif step.ignored is Ignored.SURPLUS:
            detail = f"task {task_id} has all the votes that it may count"
            await self.reject("SURPLUS_VOTE", detail, payload, key)
        elif step.ignored is Ignored.LATE:
            order = step.task.last_order + 1
            await self.store.record_late(task_id, Recorded(order, self.clock.now(), ballot))

    async def verdict(self, task_id: str, verdict: Verdict, key: str, payload: str) -> None:
        """Take in a verdict and what follows from it; one that comes too late is a rejection.

        key and payload identify the message in a rejection. Raises TransientError: not recorded.
        """
        step = await self._move(task_id, VerdictGiven(verdict))
        if step is None:
            await self.reject("UNKNOWN_TASK", f"no task {task_id}", payload, key)
        elif step.ignored is Ignored.NOT_IN_DOUBT:
            detail = f"task {task_id} has no doubt {verdict.doubt}"
            await self.reject("NOT_IN_DOUBT", detail, payload, key)
        elif step.ignored is Ignored.LATE:
            detail = f"task {task_id} is DONE; its doubt {verdict.doubt} was open"
            await self.reject("LATE_VERDICT", detail, payload, key)

    async def deadline(self, task_id: str) -> None:
        """Close a task whose time is up; wait out a message that is a little early."""
        stored = await self.store.load(task_id)
        if stored is None:
            return
        early = stored.task.deadline - self.clock.now()
        if timedelta() < early <= EARLY:
            await self.clock.sleep(early.total_seconds())
        await self._move(task_id, DeadlineReached())

    async def cancel(self, task_id: str, owner: str) -> Task:
        """End the owner's task CANCELLED; a DONE one is returned unchanged. Raises TaskNotFound."""
        stored = await self.store.load(task_id)
        if stored is None or stored.task.owner != owner:
            raise TaskNotFound(f"No task {task_id!r}. GET /v1/tasks lists yours.")
        step = await self._move(task_id, CancelRequested())
        return step.task if step else stored.task

    async def sweep(self) -> int:
        """Close overdue tasks, dispatch those again that nobody holds; return how many it moved."""
        moved = 0
        for task in await self.store.open_tasks():
            now = self.clock.now()
            forgotten = task.state is State.QUEUED and now - task.created_at >= PATIENCE
            if now < task.deadline and not (forgotten or is_unattended(task, now)):
                continue
            moved += await self._sweep(task.id)
        return moved

    async def _sweep(self, task_id: str) -> bool:
        """Whether the task was moved; the next sweep comes, and it must not hold up the rest."""
        try:
            await self._move(task_id, Swept())
        except TransientError as error:
            log.warning("sweep could not move task %s: %s", task_id, error.reason)
            return False
        except Exception:
            log.exception("the sweep failed on a task", extra={"task_id": task_id})
            return False
        return True

    async def reject(self, reason: str, detail: str, payload: str, key: str) -> None:
        """Keep what was acknowledged without effect, for the operator."""
        log.warning("message rejected: %s", reason)
        kept = payload[: LETTER_KEPT if reason == DEAD_LETTER else PAYLOAD_KEPT]
        await self.store.reject(Rejection(key, reason, detail, kept, self.clock.now()))

    async def _move(self, task_id: str, event: Event) -> Step | None:
        async with self.turns.at(task_id):
            step = await move(self.store, self.clock, self.jitter, task_id, event)
        if step and Effect.DISPATCH in step.effects:
            await self.bus.dispatch(step.task)
        return step
