"""One pure function moves a task: advance(task, event, now) -> Step.

    QUEUED ──Taken──► RUNNING ──BallotCast (settled, exhausted, over budget)──► DONE
       │                 │
       └─────────────────┴──any event at or after the deadline, CancelRequested──► DONE

Every event may come twice, late or out of order: what a task needs now derives from its state, so
handling any event again does the right thing. Whoever commits a Step's task must commit its
recorded ballot and its notices in the same transaction, only if the task is still the one that was
advanced; the effects come after. Splitting that commit loses wake-ups and changes results.

Read downwards: whether an event counts, what it changes, and what follows from the change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from consensus.core import spending, stopping
from consensus.core.deadlines import calls_end
from consensus.core.doubts import raise_doubts
from consensus.core.events import (
    BallotCast,
    CallLost,
    CallsBegun,
    CancelRequested,
    DeadlineReached,
    Effect,
    Event,
    Hedged,
    Ignored,
    Step,
    StillHeld,
    Submitted,
    Swept,
    Taken,
    VerdictsGiven,
)
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Ballot,
    CloseReason,
    Finding,
    Recorded,
    State,
    Task,
    Usage,
    Verdict,
    Vote,
    Wave,
)
from consensus.core.notices import notices_of
from consensus.core.parts.written import raise_writing, with_written
from consensus.core.result import result_of
from consensus.core.tally import Tally, tally_votes

MAX_HEDGES = 5  # second calls that a task may spend on stragglers
WORST_SKEW = timedelta(seconds=10)  # between two machines' clocks: 5 s either way
REDISPATCH_AFTER = timedelta(
    seconds=30
)  # a task queued for longer may have lost its dispatch message
UNATTENDED_AFTER = timedelta(seconds=60)  # of silence, a holder may be gone for good
# Reasons that fail every seat alike (a wrong key, an unknown model, a declined question), and those
# that may pass.
PERMANENT_FAILURES = {AbstentionReason.MODEL_REFUSED, AbstentionReason.DECLINED}
TRANSIENT_FAILURES = {
    AbstentionReason.MODEL_FAILED,
    AbstentionReason.MODEL_UNREACHABLE,
    AbstentionReason.UNFINISHED,
    AbstentionReason.UNREADABLE,
    AbstentionReason.TOO_LONG,
}


def advance(task: Task, event: Event, now: datetime) -> Step:
    """Apply one event at a time on the reader's clock. Total: never raises, never waits."""
    ignored = _why_ignored(task, event, now)
    if task.state is State.DONE:
        return Step(task, ignored=ignored)
    moved = task if ignored else _apply(task, event, now)
    recorded = moved.ballots[-1] if moved.last_order > task.last_order else None
    if not _awaits_a_quorum(moved, event, now):
        moved = _carry_on(moved, event, now)
    return Step(moved, recorded, _effects(moved, event, now), ignored, notices_of(moved, now))


def is_unattended(task: Task, now: datetime) -> bool:
    """Whether the task should be worked on, but its holder has been silent for long."""
    if task.state is not State.RUNNING or task.held_at is None:
        return False
    return now - task.held_at >= UNATTENDED_AFTER


def is_forgotten(task: Task, now: datetime, *, in_turn: bool) -> bool:
    """Whether nobody has taken the task, and it is time to dispatch it again.

    in_turn: tasks before it were taken and none after it, so that it seems to wait behind them; it
    is then given longer. The wait doubles with each dispatch.
    """
    if task.state is not State.QUEUED:
        return False
    patience = REDISPATCH_AFTER
    if in_turn:
        patience = max(patience, (task.deadline - task.created_at) / 3)
    if task.sent_at is not None:
        patience = max(patience, task.sent_at - task.created_at)
    return now - (task.sent_at or task.created_at) >= patience


def _effects(task: Task, event: Event, now: datetime) -> tuple[Effect, ...]:
    nobody_came = task.state is State.QUEUED and isinstance(event, Submitted | Swept)
    nobody_stayed = isinstance(event, Swept) and is_unattended(task, now)
    return (Effect.DISPATCH,) if nobody_came or nobody_stayed else ()


def _why_ignored(task: Task, event: Event, now: datetime) -> Ignored | None:
    match event:
        case Taken():
            return None if _may_take(task, event) else Ignored.HELD
        case BallotCast(ballot):
            return _why_no_ballot(task, ballot)
        case VerdictsGiven(verdicts):
            return _why_no_verdicts(task, verdicts)
        case Hedged():
            return None if _may_hedge(task, event, now) else Ignored.NO_HEDGE
        case _:
            return None


def _may_take(task: Task, event: Taken) -> bool:
    """Whoever sent the message knew of the task's holder, or the message is the holder's own.

    Its own comes again where its delivery failed. Any other was sent before the holder took the
    task, and would only interrupt whoever works on it.
    """
    known = event.replaces == task.holder or event.dispatch == task.dispatch
    return known or not task.dispatch


def _why_no_ballot(task: Task, ballot: Ballot) -> Ignored | None:
    """A seat's first vote counts; a vote replaces an abstention, never the reverse."""
    if not 0 <= ballot.seat < task.progress.asked:
        return Ignored.SEAT_NOT_ASKED
    held = next((r.ballot for r in task.ballots if r.ballot.seat == ballot.seat), None)
    if isinstance(held, Vote) or (held is not None and isinstance(ballot, Abstention)):
        return Ignored.DUPLICATE
    if task.state is State.DONE:
        return Ignored.LATE
    # Such a task is only open still because a doubt is.
    full = task.progress.voted >= task.plan.max_votes
    return Ignored.SURPLUS if full and isinstance(ballot, Vote) else None


def _why_no_verdicts(task: Task, verdicts: Collection[Verdict]) -> Ignored | None:
    """One that counts is enough; else why the first does not."""
    why = [_why_no_verdict(task, verdict) for verdict in verdicts]
    return None if None in why or not why else why[0]


def _why_no_verdict(task: Task, verdict: Verdict) -> Ignored | None:
    """A doubt's first verdict counts; what was found replaces what was not known."""
    if not 0 <= verdict.doubt < len(task.doubts):
        return Ignored.NOT_IN_DOUBT
    held = task.doubts[verdict.doubt].verdict
    if held and (held.finding is not Finding.UNKNOWN or verdict.finding is Finding.UNKNOWN):
        return Ignored.DUPLICATE
    return Ignored.LATE if task.state is State.DONE else None


def _may_hedge(task: Task, event: Hedged, now: datetime) -> bool:
    """Only for the task's holder, a seat without a ballot, and a call that could end in time."""
    heard = any(r.ballot.seat == event.seat for r in task.ballots)
    asked = 0 <= event.seat < task.progress.asked
    in_time = now < calls_end(task.deadline)
    is_ours = task.state is State.RUNNING and event.holder == task.holder
    return is_ours and asked and not heard and in_time and task.hedges < MAX_HEDGES


def _apply(task: Task, event: Event, now: datetime) -> Task:
    """What an event that counts changes by itself, whatever follows from it."""
    moved = task
    match event:
        case Taken():
            moved = _hand_over(task, event, now)
        case Swept(sent_at) if task.state is State.QUEUED and now < task.deadline:
            # Once: it may come again where only the answer to its commit was lost.
            moved = replace(task, sent_at=now) if task.sent_at == sent_at else task
        case StillHeld(holder) if holder == task.holder:
            moved = replace(task, held_at=now)
        case CallsBegun(holder, seats) if holder == task.holder:
            moved = _begin(task, seats)
        case CallLost(holder, None) if holder == task.holder:
            moved = _lose(task, 1)
        case CallLost(holder, seat) if holder == task.holder and seat in task.begun:
            # Once: told again, or where only the receipt was lost, the seat has not begun any more.
            moved = _lose(replace(task, begun=_without(task.begun, seat)), 1)
        case BallotCast(ballot):
            moved = _record(task, Recorded(task.last_order + 1, now, ballot))
        case VerdictsGiven(verdicts):
            moved = _decide(task, verdicts)
        case Hedged(seat=seat):
            hedged = _union(task.hedged, (seat,))
            moved = _count(replace(task, hedges=task.hedges + 1, hedged=hedged))
    return moved


def _hand_over(task: Task, event: Taken, now: datetime) -> Task:
    """What another holder's workers had begun may still bring a ballot; nobody asks for it now."""
    is_new = event.holder != task.holder
    taken = replace(
        task,
        state=State.RUNNING,
        holder=event.holder,
        dispatch=event.dispatch,
        held_at=now,
        begun=() if is_new else task.begun,
        orphaned=_union(task.orphaned, task.begun) if is_new else task.orphaned,
        uncertain=task.uncertain + (_silent(task) if is_new else 0),
    )
    return _lose(taken, int(is_new and task.holder != "" and bool(task.open_doubts)))


def _silent(task: Task) -> int:
    """How many seats are asked of which the holder has not said yet that a call began."""
    known = {*task.begun, *(r.ballot.seat for r in task.ballots)}
    return task.progress.asked - len(known)


def _begin(task: Task, seats: Collection[int]) -> Task:
    """The same task where that is known, or their ballots are there already.

    A seat that an earlier holder's worker had is asked a second time: one of the two is lost.
    """
    heard = {r.ballot.seat for r in task.ballots}
    fresh = [s for s in seats if s not in heard and 0 <= s < task.progress.asked]
    begun = _union(task.begun, fresh)
    if begun == task.begun:
        return task
    orphaned = tuple(seat for seat in task.orphaned if seat not in begun)
    again = len(task.orphaned) - len(orphaned)
    return _lose(replace(task, begun=begun, orphaned=orphaned), again)


def _union(some: Iterable[int], others: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({*some, *others}))


def _without(seats: Iterable[int], seat: int | None) -> tuple[int, ...]:
    return tuple(each for each in seats if each != seat)


def _lose(task: Task, calls: int) -> Task:
    return _count(replace(task, lost_calls=task.lost_calls + calls)) if calls else task


def _record(task: Task, recorded: Recorded) -> Task:
    """A vote that replaces its seat's abstention takes over what that one cost.

    Where an earlier holder's worker had the seat, the holder's own may have begun with it too.
    """
    seat = recorded.ballot.seat
    others = [r for r in task.ballots if r.ballot.seat != seat]
    cost = sum((r.ballot.usage for r in task.ballots if r.ballot.seat == seat), Usage())
    ballot = replace(recorded.ballot, usage=cost + recorded.ballot.usage)
    return _count(
        replace(
            task,
            ballots=(*others, replace(recorded, ballot=ballot)),
            last_order=recorded.order,
            begun=_without(task.begun, seat),
            orphaned=_without(task.orphaned, seat),
            uncertain=task.uncertain + (seat in task.orphaned),
        )
    )


def _decide(task: Task, verdicts: Collection[Verdict]) -> Task:
    """The call's cost goes with the first verdict that counts, so that it is counted once."""
    counted = [v for v in verdicts if _why_no_verdict(task, v) is None]
    cost = sum((v.usage for v in verdicts), Usage())
    given = {v.doubt: replace(v, usage=Usage()) for v in counted}
    given |= {v.doubt: replace(v, usage=cost) for v in counted[:1]}
    doubts = (replace(d, verdict=given.get(d.number, d.verdict)) for d in task.doubts)
    return _count(replace(task, doubts=tuple(doubts)))


def _count(task: Task) -> Task:
    voted = len(task.votes)
    progress = replace(task.progress, voted=voted, abstained=len(task.ballots) - voted)
    return replace(task, progress=progress, usage=spending.so_far(task))


def _carry_on(task: Task, event: Event, now: datetime) -> Task:
    """Close the task, raise doubts, ask more seats, or leave it as it is."""
    # A text that was written may have the consensus that the chosen one lost to a later vote.
    tally = with_written(task, tally_votes(task.votes, task.plan, task.doubts))
    reason = _reason_to_close(task, tally, event, now)
    in_time = now < calls_end(task.deadline)
    if reason is CloseReason.SETTLED and in_time and not isinstance(event, CancelRequested):
        return _end(task, tally, reason, now)
    if reason is not None and reason is not CloseReason.EXHAUSTED:
        return _close(task, tally, reason, now)
    if in_time:
        task = _doubt(task, tally)
    if task.open_doubts:
        return task
    if reason is None and in_time and _wants_seats(task):
        wanted = _seats_to_ask(task, tally)
        if wanted > 0:
            return _ask(task, wanted, now)
        reason = CloseReason.EXHAUSTED
    if reason is None:
        return task
    return _end(task, tally, reason, now) if in_time else _close(task, tally, reason, now)


def _awaits_a_quorum(task: Task, event: Event, now: datetime) -> bool:
    """Whether too few have voted to settle anything, others are still to be heard, and time is
    left: then nothing follows yet from what was said."""
    is_short = task.progress.missing > 0 and task.progress.voted < task.plan.min_votes
    return is_short and _reason_to_end(task, event, now) is None


def _reason_to_close(task: Task, tally: Tally, event: Event, now: datetime) -> CloseReason | None:
    """Settled comes first: a task that has its consensus is never closed as anything less."""
    if stopping.is_settled(tally, task.plan):
        return CloseReason.SETTLED
    return _reason_to_end(task, event, now)


def _reason_to_end(task: Task, event: Event, now: datetime) -> CloseReason | None:
    """Why the task ends now, whatever its votes come to."""
    if isinstance(event, CancelRequested):
        return CloseReason.CANCELLED
    if now >= task.deadline or _is_before_its_time(task, event, now):
        return CloseReason.DEADLINE
    if spending.is_over_budget(task):
        return CloseReason.BUDGET
    if task.progress.voted >= task.plan.max_votes:
        return CloseReason.EXHAUSTED
    return None


def _is_before_its_time(task: Task, event: Event, now: datetime) -> bool:
    """Whether somebody's timer rang on a clock that was set back past the task's beginning.

    Such a clock cannot tell when time is up; the timer, which waited, can.
    """
    return isinstance(event, DeadlineReached) and now < task.created_at - WORST_SKEW


def _end(task: Task, tally: Tally, reason: CloseReason, now: datetime) -> Task:
    """Close the task, unless a model is to write its answer first: that is one call, once."""
    if task.state is State.RUNNING and tally.consensus and not spending.is_over_budget(task):
        if any(doubt.claims for doubt in task.open_doubts):
            return task
        if asked := raise_writing(task, tally):
            return replace(task, doubts=(*task.doubts, *asked))
    return _close(task, tally, reason, now)


def _doubt(task: Task, tally: Tally) -> Task:
    """Have a model asked about answers that may be the same, before more seats are asked or none.

    Only when every asked seat has answered, and every doubt: each may make the next one needless.
    """
    waits = task.open_doubts or (
        task.progress.missing and task.progress.voted < task.plan.max_votes
    )
    if waits or task.state is not State.RUNNING:
        return task
    raised = raise_doubts(task, tally)
    return replace(task, doubts=(*task.doubts, *raised)) if raised else task


def _wants_seats(task: Task) -> bool:
    """Only when every asked seat has answered: asking earlier buys votes that nobody needs."""
    return task.state is State.RUNNING and task.progress.missing == 0


def _seats_to_ask(task: Task, tally: Tally) -> int:
    """As many as agreeing votes would settle it, within the caps on votes and on seats."""
    plan, progress = task.plan, task.progress
    if _fails_every_seat(task):
        return 0
    wanted = stopping.first_wave(plan) if not progress.voted else stopping.next_wave(tally, plan)
    return min(wanted, plan.max_votes - progress.voted, plan.max_seats - progress.asked)


def _fails_every_seat(task: Task) -> bool:
    """Whether more seats would only fail again; what may pass is given a second wave."""
    reasons = {abstention.reason for abstention in task.abstentions}
    failures = (
        PERMANENT_FAILURES | TRANSIENT_FAILURES if task.progress.waves > 1 else PERMANENT_FAILURES
    )
    return not task.progress.voted and bool(reasons) and reasons <= failures


def _ask(task: Task, seats: int, now: datetime) -> Task:
    asked = task.progress.asked
    progress = replace(task.progress, asked=asked + seats, waves=task.progress.waves + 1)
    return replace(task, progress=progress, waves=(*task.waves, Wave(now, asked, seats)))


def _close(task: Task, tally: Tally, reason: CloseReason, now: datetime) -> Task:
    return replace(
        task,
        state=State.DONE,
        result=result_of(task, with_written(task, tally), reason),
        usage=spending.closing_usage(task),
        uncertain=task.uncertain + _silent(task),
        finished_at=now,
    )
