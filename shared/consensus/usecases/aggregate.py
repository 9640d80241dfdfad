"""Everything that happens to an accepted task: ballots, verdicts, deadlines, cancellation, the
sweep, and afterwards feedback and erasure.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from consensus.core.batches import line_of
from consensus.core.errors import NotDone, TaskErased, TaskNotFound, TransientError
from consensus.core.events import (
    BallotCast,
    CancelRequested,
    DeadlineReached,
    Effect,
    Event,
    Ignored,
    Step,
    Swept,
    VerdictsGiven,
)
from consensus.core.lifecycle import is_forgotten, is_unattended
from consensus.core.model import Ballot, Feedback, Recorded, State, Task, Verdict
from consensus.ports import Clock, Erased, EventBus, Rejection, TaskStore
from consensus.usecases.files import Files
from consensus.usecases.turns import Turns

log = logging.getLogger(__name__)

EARLY = timedelta(seconds=5)  # a deadline message this early by our clock is waited out
DEAD_LETTER = "DEAD_LETTER"
SWEEP_WITHIN = timedelta(seconds=45)  # of the minute that its message has
SWEPT_AT_ONCE = 32  # tasks
FAIR_SHARE = 20
PAGE = 500  # tasks, or notices, that a sweep looks at together
PAYLOAD_KEPT = 4096  # characters of what can never be handled
LETTER_KEPT = 256 * 1024  # of a dead letter: whole, so that it can be handled again


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Records, tallies, decides and closes in one commit. Any method may be repeated."""

    store: TaskStore
    bus: EventBus
    clock: Clock
    jitter: Callable[[], float]
    turns: Turns = field(default_factory=Turns)
    fair_share: int = FAIR_SHARE  # open tasks of an owner beyond which others wait apart from them
    deciders: Collection[str] = ()  # who may decide on everybody's unsettled tasks
    files: Files | None = None  # which may tell of a task, too

    async def ballot(self, task_id: str, ballot: Ballot, key: str, payload: str) -> None:
        """Record a ballot and what follows from it; a late one uncounted; else a rejection.

        key and payload identify the message in a rejection. Raises TransientError: not recorded.
        """
        step = await self._move(task_id, BallotCast(ballot))
        if step is None:
            await self.reject("UNKNOWN_TASK", f"no task {task_id}", payload, key, task_id)
        elif step.ignored is Ignored.SEAT_NOT_ASKED:
            detail = f"seat {ballot.seat} of task {task_id} was never asked"
            await self.reject("SEAT_NOT_ASKED", detail, payload, key, task_id)
        elif step.ignored is Ignored.SURPLUS:
            detail = f"task {task_id} has all the votes that it may count"
            await self.reject("SURPLUS_VOTE", detail, payload, key, task_id)
        elif step.ignored is Ignored.LATE:
            order = step.task.last_order + 1
            await self.store.record_late(task_id, Recorded(order, self.clock.now(), ballot))

    async def verdicts(
        self, task_id: str, verdicts: Sequence[Verdict], key: str, payload: str
    ) -> None:
        """Take in a call's verdicts and what follows; those that come too late are a rejection.

        key and payload identify the message in a rejection. Raises TransientError: not recorded.
        """
        step = await self._move(task_id, VerdictsGiven(tuple(verdicts)))
        if step is None:
            await self.reject("UNKNOWN_TASK", f"no task {task_id}", payload, key, task_id)
        elif step.ignored is Ignored.NOT_IN_DOUBT:
            detail = f"task {task_id} has no doubt {_numbers(verdicts)}"
            await self.reject("NOT_IN_DOUBT", detail, payload, key, task_id)
        elif step.ignored is Ignored.LATE:
            detail = f"task {task_id} is DONE; its doubt {_numbers(verdicts)} was open"
            await self.reject("LATE_VERDICT", detail, payload, key, task_id)

    async def deadline(self, task_id: str) -> None:
        """Close a task at its deadline; wait if the message is a little early."""
        stored = await self.store.load(task_id)
        if stored is None:
            return
        early = stored.task.deadline - self.clock.now()
        if timedelta() < early <= EARLY:
            await self.clock.sleep(early.total_seconds())
        await self._move(task_id, DeadlineReached())

    async def visible(self, task_id: str, caller: str) -> Task:
        """The caller's own task, or one that the caller may decide on. Raises as own does."""
        stored = await self.store.load(task_id) if caller in self.deciders else None
        if stored and stored.task.result and stored.task.result.unsettled:
            return stored.task
        return await self.own(task_id, caller)

    async def own(self, task_id: str, owner: str) -> Task:
        """The owner's task with its ballots; another owner's does not seem to exist.

        Raises TaskNotFound, TaskErased.
        """
        stored = await self.store.load(task_id)
        if stored is not None and stored.task.owner == owner:
            return stored.task
        erased = None if stored else await self.store.erased(task_id)
        if erased is not None and erased.owner == owner:
            raise TaskErased("You had this task erased: nothing of it was kept.")
        raise TaskNotFound("You have no task of that id.")

    async def cancel(self, task_id: str, owner: str) -> Task:
        """End the owner's task CANCELLED; a DONE one is returned unchanged. Raises as own does."""
        task = await self.own(task_id, owner)
        step = await self._move(task_id, CancelRequested())
        return step.task if step else task

    async def judge(
        self, task_id: str, caller: str, correct: bool | None, answer: str | None
    ) -> Feedback:
        """Keep what is said of a task's answer, beside the result, which stays as it is.

        Its owner may say it, and of what is unsettled whoever may decide. The last word stands.
        Raises NotDone, and as own does.
        """
        task = await self.visible(task_id, caller)
        if task.result is None or task.result.answer is None:
            raise NotDone("Feedback takes a task that is DONE and has an answer.")
        feedback = Feedback(self.clock.now(), correct, answer, caller)
        await self.store.judge(task, feedback)
        return feedback

    async def erase(self, task_id: str, owner: str) -> None:
        """Forget the owner's task; one that runs is ended first. Raises TaskNotFound."""
        try:
            await self.cancel(task_id, owner)
        except TaskErased:  # again: what a broken attempt has left goes too
            log.info("erasing again", extra={"task_id": task_id})
        await self.store.erase(Erased(task_id, owner, self.clock.now()))
        if self.files:
            await self.files.erase(task_id)

    async def sweep(self) -> int:
        """Close overdue tasks, dispatch those again that nobody holds; return how many it moved.

        Many at once, page by page, as far as its time goes; what is left is the next sweep's.
        Notices that are due, since an attempt failed or a message was lost, are sent again.
        """
        until = self.clock.now() + SWEEP_WITHIN
        moved, last = 0, None
        newest_taken: dict[bool, datetime] = {}  # of those who wait apart, and of the others
        while self.clock.now() < until:
            page = await self.store.open_tasks(PAGE, last)
            open_of = Counter(task.owner for task in page)
            crowds = {owner for owner, tasks in open_of.items() if tasks > self.fair_share}
            for task in page:
                if task.state is State.RUNNING:
                    apart = task.owner in crowds
                    newest = newest_taken.get(apart, task.created_at)
                    newest_taken[apart] = max(newest, task.created_at)
            due = [t for t in page if self._is_due(t, newest_taken.get(t.owner in crowds))]
            moved += await self._sweep_page(due, crowds)
            if len(page) < PAGE:
                break
            last = page[-1]
        await self._send([n.key for n in await self.store.due_notices(self.clock.now(), PAGE)])
        return moved

    def _is_due(self, task: Task, newest_taken: datetime | None) -> bool:
        """Whether the sweep has something to do for the task."""
        now = self.clock.now()
        in_turn = newest_taken is not None and newest_taken < task.created_at
        forgotten = is_forgotten(task, now, in_turn=in_turn)
        return now >= task.deadline or forgotten or is_unattended(task, now)

    async def _sweep_page(self, due: Sequence[Task], crowds: Collection[str]) -> int:
        """Move each of the tasks, some at once; how many moved. crowds: owners with many open."""
        places = asyncio.Semaphore(SWEPT_AT_ONCE)

        async def one(task: Task) -> bool:
            async with places:
                return await self._sweep(task, crowded=task.owner in crowds)

        return sum(await asyncio.gather(*map(one, due)))

    async def _sweep(self, task: Task, *, crowded: bool) -> bool:
        """Whether the task was moved; the next sweep comes, and it must not hold up the rest."""
        try:
            await self._move(task.id, Swept(task.sent_at), crowded=crowded)
        except TransientError as error:
            log.warning("sweep could not move task %s: %s", task.id, error.reason)
            return False
        except Exception:
            log.exception("the sweep failed on a task", extra={"task_id": task.id})
            return False
        return True

    async def reject(
        self, reason: str, detail: str, payload: str, key: str, task_id: str = ""
    ) -> None:
        """Keep a message that was acknowledged without effect, for the operator.

        task_id is the task that the message is about, where it says so: of an erased one's nothing
        is kept.
        """
        log.warning("message rejected: %s", reason)
        kept = payload[: LETTER_KEPT if reason == DEAD_LETTER else PAYLOAD_KEPT]
        await self.store.reject(Rejection(key, reason, detail, kept, self.clock.now(), task_id))

    async def _move(self, task_id: str, event: Event, *, crowded: bool = False) -> Step | None:
        step = await self.turns.apply(self.store, self.clock, self.jitter, task_id, event)
        if step and Effect.DISPATCH in step.effects:
            await self.bus.dispatch(replace(step.task, crowded=crowded))
        if step and step.notices:
            await self._send([notice.key for notice in step.notices])
        if step and step.task.state is State.DONE and step.ignored is None:
            await self._tell_batch(task_id)
        return step

    async def _send(self, notices: Collection[str]) -> None:
        """Have the notices told; those that the bus does not take are left to the next sweep."""
        sent = await asyncio.gather(*map(self.bus.notice, notices), return_exceptions=True)
        for failed in filter(None, sent):
            if not isinstance(failed, TransientError):
                raise failed
            log.warning("notice left to the sweep: %s", failed.reason)

    async def _tell_batch(self, task_id: str) -> None:
        """A batch's task has ended, so that there is room for another of its lines."""
        of = line_of(task_id)
        if of is None:
            return
        try:
            await self.bus.batch(of[0])
        except TransientError as error:
            log.warning("batch %s left to the sweep: %s", of[0], error.reason)


def _numbers(verdicts: Sequence[Verdict]) -> str:
    return ", ".join(str(verdict.doubt) for verdict in verdicts)
