"""The promises of the design as checks, run at every commit and once all is quiet."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from consensus.core import stopping
from consensus.core import tally as tallying
from consensus.core.lifecycle import MAX_HEDGES, total_usage
from consensus.core.model import CloseReason, Outcome, Recorded, State, Task, Vote

if TYPE_CHECKING:
    from tests.simulation.world import World

STARTS_A_SEAT = 3
GRACE = timedelta(seconds=90)
WORST_SKEW = timedelta(seconds=5)


class BrokenPromiseError(AssertionError):
    """A promise does not hold."""


def promise(holds: bool, name: str, detail: object) -> None:
    """Raise BrokenPromiseError, naming the promise, where it does not hold."""
    if not holds:
        raise BrokenPromiseError(f"{name}: {detail}")


def check_commit(before: Task, after: Task, ballot: Recorded | None) -> None:
    """What one commit may make of a task."""
    promise(before.state is not State.DONE, "I1, I2: a DONE task never changes", after)
    promise(before.plan == after.plan, "the plan is fixed at submit", after.plan)
    old = {r.ballot.seat: r for r in before.ballots}
    new = {r.ballot.seat: r for r in after.ballots}
    for seat, record in old.items():
        kept = new.get(seat)
        promise(kept is not None, "I3: no ballot is lost", record)
        if isinstance(record.ballot, Vote):
            promise(kept == record, "I3: a seat's first durable vote counts", (record, kept))
    added = [r for seat, r in new.items() if old.get(seat) != r]
    promise(added == ([ballot] if ballot else []), "ballot and task are one commit", added)
    check_task(after)
    if after.state is State.RUNNING:
        tally = tallying.take(after.votes, after.plan, after.question)
        settled = stopping.is_settled(tally, after.plan)
        promise(not settled, "I9: what settles a task closes it in the same commit", after)


def _check_not_forgotten(world: World, task: Task) -> None:
    """A task that nobody ever took was sent for more than once, if it had the time."""
    if task.holder or (task.result and task.result.outcome is Outcome.CANCELLED):
        return
    patient = task.deadline - task.created_at > timedelta(seconds=200) + WORST_SKEW
    tried = world.dispatched[task.id] + world.lost_sweeps
    promise(not patient or tried > 1, "I9: a lost dispatch is repaired by the sweep", task)


def check_task(task: Task) -> None:
    """What must be true of every stored task."""
    progress, plan = task.progress, task.plan
    seats = [r.ballot.seat for r in task.ballots]
    orders = [r.order for r in task.ballots]
    promise(len(set(seats)) == len(seats), "I3: one ballot a seat", seats)
    promise(orders == sorted(set(orders)), "ballots stand in recorded order", orders)
    promise(all(0 <= s < progress.asked for s in seats), "I6: only asked seats count", seats)
    promise(progress.voted == len(task.votes), "I6: voted is counted", progress)
    promise(progress.voted + progress.abstained == len(seats), "I6: conservation", progress)
    promise(progress.missing >= 0, "I6: nothing is heard twice", progress)
    promise(progress.asked <= plan.max_seats, "I10: seats are bounded", progress)
    promise(progress.voted <= plan.max_votes, "I10: votes are bounded", progress)
    promise(task.hedges <= MAX_HEDGES, "I10: hedges are bounded", task.hedges)
    promise(
        (task.state is State.DONE) == (task.result is not None), "I1: DONE has its result", task
    )
    if task.result:
        check_result(task)


def check_result(task: Task) -> None:
    """The result follows from the plan and the set of counted votes, whatever their order."""
    result = task.result
    assert result is not None
    for votes in _orders(task.votes):
        tally = tallying.take(votes, task.plan, task.question)
        promise(tally.agreement == result.agreement, "I4: agreement", (tally, result))
        promise(tally.margin == result.margin, "I4: margin", (tally, result))
        answers = [(g.answer, g.votes, g.share) for g in tally.groups]
        told = [(g.answer, g.votes, g.share) for g in result.groups]
        promise(answers == told, "I4: groups", (answers, told))
        settled = stopping.is_settled(tally, task.plan)
        timed_out = result.close_reason in (CloseReason.DEADLINE, CloseReason.NO_VOTES)
        promise(not (settled and timed_out), "I5: no false timeout", result)
        agreed = result.outcome is Outcome.CONSENSUS
        if result.outcome is not Outcome.CANCELLED:
            promise(agreed == tally.consensus, "I5: consensus as it stands", (tally, result))
        promise(not agreed or tally.votes >= task.plan.min_votes, "quorum counts votes", result)
    heard = total_usage(r.ballot for r in task.ballots)
    calls = heard.calls + task.hedges + task.lost_calls + task.progress.missing
    promise(task.usage.calls == calls, "usage counts what was started", task.usage)


def _orders(votes: tuple[Vote, ...]) -> Iterable[tuple[Vote, ...]]:
    yield votes
    yield votes[::-1]
    yield votes + votes[:1]  # a duplicate
    yield from itertools.islice(itertools.permutations(votes), 1, 3)


def check_world(world: World) -> None:
    """What must be true when nothing moves any more."""
    for task_id, (task, _) in world.tasks.items():
        check_task(task)
        promise(task.state is State.DONE, "L1: every accepted task ends", task)
        assert task.finished_at is not None
        skew = timedelta(seconds=2 * world.faults.skew)
        late = task.finished_at - task.deadline
        # The promise needs a sweep that lives; each that died postpones it by one period.
        allowed_late = GRACE + skew + world.lost_sweeps * timedelta(seconds=60)
        promise(late <= allowed_late, "L1: by deadline and grace", (late, task_id))
        allowed = STARTS_A_SEAT * world.holders[task_id]
        _check_not_forgotten(world, task)
        for seat in range(task.progress.asked):
            calls = world.model_calls[task_id, seat]
            promise(calls <= allowed, "I10: attempts are bounded", (task_id, seat, calls))
    for accepted in world.accepted.values():
        promise(accepted in world.tasks, "accepted means durable", accepted)
    made = {number.split("-")[0]: set[str]() for number in world.accepted}
    for number, task_id in world.accepted.items():
        made[number.split("-")[0]].add(task_id)
    promise(all(len(ids) == 1 for ids in made.values()), "I7: one key, one task", made)
    for task_id, ballot, key in world.acknowledged:
        task = world.tasks[task_id][0]
        held = any(r.ballot.seat == ballot.seat for r in task.ballots)
        late = (task_id, ballot.seat) in world.late
        promise(held or late or key in world.rejected, "I8: acknowledged is recorded", ballot)
