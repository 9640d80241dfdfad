"""One pure function moves a task: advance(task, event, now) -> Step.

    QUEUED ──Taken──► RUNNING ──BallotCast (settled, exhausted, over budget)──► DONE
       │                 │
       └─────────────────┴──any event at or after the deadline, CancelRequested──► DONE

Every event may come twice, late or out of order: what a task needs now derives from its state, so
handling any event again does the right thing. Whoever commits a Step's task must commit its
recorded ballot in the same transaction, only if the task is still the one that was advanced; the
effects come after. Splitting that commit loses wake-ups and changes results.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from consensus.core import calibration, stopping
from consensus.core import tally as tallying
from consensus.core.doubts import raise_doubts
from consensus.core.explanation import explain, tell_verdicts
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Ballot,
    CloseReason,
    Finding,
    GroupShare,
    Outcome,
    Plan,
    Recorded,
    Result,
    State,
    Task,
    Usage,
    Verdict,
    Vote,
)
from consensus.core.tally import Tally

# Model calls end this long before the deadline, so that their votes are in by then. A seat asked
# later could only abstain: the task then waits for its deadline as it is.
CALLS_END_BEFORE = timedelta(seconds=2)
REASONS_TOLD = 3
HOPELESS = {AbstentionReason.MODEL_REFUSED, AbstentionReason.MODEL_UNREACHABLE}
PASSING = {AbstentionReason.MODEL_FAILED, AbstentionReason.UNFINISHED}
MAX_HEDGES = 5  # second calls that a task may spend on stragglers
LONGEST_DISSENT = 2_000  # characters; the result's own answer is told whole


@dataclass(frozen=True, slots=True)
class Submitted:
    """The task was stored."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A dispatcher holds the task from now on; an earlier holder is superseded."""

    holder: str


@dataclass(frozen=True, slots=True)
class BallotCast:
    """A seat brought its vote or abstention."""

    ballot: Ballot


@dataclass(frozen=True, slots=True)
class VerdictGiven:
    """A model that was asked about one of the task's doubts has answered, or cannot."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Hedged:
    """The holder wants to ask a straggling seat a second time: counted before it is spent."""

    holder: str
    seat: int


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """Somebody's timer says that time is up."""


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """The owner wants no answer any more."""


@dataclass(frozen=True, slots=True)
class Swept:
    """The periodic look at every open task."""


@dataclass(frozen=True, slots=True)
class CallLost:
    """A worker that had begun with a seat was lost; the holder asks another."""

    holder: str


Event = (
    Submitted
    | Taken
    | BallotCast
    | VerdictGiven
    | Hedged
    | CallLost
    | DeadlineReached
    | CancelRequested
    | Swept
)


class Effect(StrEnum):
    """What must happen in the world after the commit."""

    DISPATCH = "DISPATCH"


class Ignored(StrEnum):
    """Why a ballot or a verdict did not count, or a hedge is not granted."""

    LATE = "LATE"
    DUPLICATE = "DUPLICATE"
    SEAT_NOT_ASKED = "SEAT_NOT_ASKED"
    NOT_IN_DOUBT = "NOT_IN_DOUBT"
    NO_HEDGE = "NO_HEDGE"


@dataclass(frozen=True, slots=True)
class Step:
    """What an event made of a task: the task (the same object where nothing changed), the ballot to
    commit with it, the effects to perform afterwards, and why the event was ignored."""

    task: Task
    recorded: Recorded | None = None
    effects: tuple[Effect, ...] = ()
    ignored: Ignored | None = None


def advance(task: Task, event: Event, now: datetime) -> Step:
    """Apply one event at a time on the reader's clock. Total: never raises, never waits."""
    if task.state is State.DONE:
        return Step(task, ignored=_why_ignored(task, event))
    moved, recorded, ignored = _apply(task, event, now)
    moved = _carry_on(moved, event, now)
    return Step(moved, recorded, _effects(moved, event), ignored)


def _effects(task: Task, event: Event) -> tuple[Effect, ...]:
    nobody_came = task.state is State.QUEUED and isinstance(event, Submitted | Swept)
    return (Effect.DISPATCH,) if nobody_came else ()


def _apply(task: Task, event: Event, now: datetime) -> tuple[Task, Recorded | None, Ignored | None]:
    match event:
        case Taken(holder):
            return _hand_over(task, holder), None, None
        case CallLost(holder) if holder == task.holder:
            return _lose(task, 1), None, None
        case BallotCast(ballot) if not _why_ignored(task, event):
            recorded = Recorded(task.last_order + 1, now, ballot)
            return _record(task, recorded), recorded, None
        case VerdictGiven(verdict) if not _why_ignored(task, event):
            return _decide(task, verdict), None, None
        case Hedged() if _may_hedge(task, event, now):
            return _count(replace(task, hedges=task.hedges + 1)), None, None
        case _:
            return task, None, _why_ignored(task, event)


def _hand_over(task: Task, holder: str) -> Task:
    """What is still out was asked by another holder: its calls end with it, perhaps paid."""
    orphaned = _still_out(task) if task.holder not in ("", holder) else 0
    return _lose(replace(task, holder=holder, state=State.RUNNING), orphaned)


def _still_out(task: Task) -> int:
    """Calls whose ballot or verdict is awaited."""
    return task.progress.missing + len(task.open_doubts)


def _lose(task: Task, calls: int) -> Task:
    return _count(replace(task, lost_calls=task.lost_calls + calls))


def _may_hedge(task: Task, event: Hedged, now: datetime) -> bool:
    """Only for the task's holder, a seat without a ballot, and a call that could end in time."""
    heard = any(r.ballot.seat == event.seat for r in task.ballots)
    in_time = now < task.deadline - CALLS_END_BEFORE
    asked = 0 <= event.seat < task.progress.asked
    return (
        event.holder == task.holder
        and asked
        and not heard
        and in_time
        and (task.hedges < MAX_HEDGES)
    )


def _why_ignored(task: Task, event: Event) -> Ignored | None:
    """A seat's first vote counts; a vote replaces an abstention, never the reverse."""
    if isinstance(event, Hedged):
        return Ignored.NO_HEDGE
    if isinstance(event, VerdictGiven):
        return _why_no_verdict(task, event.verdict)
    if not isinstance(event, BallotCast):
        return None
    ballot = event.ballot
    if not 0 <= ballot.seat < task.progress.asked:
        return Ignored.SEAT_NOT_ASKED
    held = next((r.ballot for r in task.ballots if r.ballot.seat == ballot.seat), None)
    if isinstance(held, Vote) or (held is not None and isinstance(ballot, Abstention)):
        return Ignored.DUPLICATE
    return Ignored.LATE if task.state is State.DONE else None


def _why_no_verdict(task: Task, verdict: Verdict) -> Ignored | None:
    """A doubt's first verdict counts; what was found replaces what was not known."""
    if not 0 <= verdict.doubt < len(task.doubts):
        return Ignored.NOT_IN_DOUBT
    held = task.doubts[verdict.doubt].verdict
    if held and (held.finding is not Finding.UNKNOWN or verdict.finding is Finding.UNKNOWN):
        return Ignored.DUPLICATE
    return Ignored.LATE if task.state is State.DONE else None


def _decide(task: Task, verdict: Verdict) -> Task:
    doubts = (
        replace(doubt, verdict=verdict) if doubt.number == verdict.doubt else doubt
        for doubt in task.doubts
    )
    return _count(replace(task, doubts=tuple(doubts)))


def _record(task: Task, recorded: Recorded) -> Task:
    others = (r for r in task.ballots if r.ballot.seat != recorded.ballot.seat)
    return _count(replace(task, ballots=(*others, recorded), last_order=recorded.order))


def _count(task: Task) -> Task:
    voted = len(task.votes)
    progress = replace(task.progress, voted=voted, abstained=len(task.ballots) - voted)
    # What calls without a ballot cost stays unknown; meanwhile the budget holds what is known.
    unheard = Usage(calls=task.hedges + task.lost_calls) + _known(task.planning)
    spent = total_usage(r.ballot for r in task.ballots) + unheard
    for doubt in task.doubts:
        spent += doubt.verdict.usage if doubt.verdict else Usage()
    return replace(task, progress=progress, usage=spent)


def _known(usage: Usage) -> Usage:
    return replace(usage, cost_usd=usage.cost_usd or 0.0)


def total_usage(ballots: Iterable[Ballot]) -> Usage:
    """The sum over ballots in the order of their seats, so that it is the same for any arrival."""
    total = Usage()
    for ballot in sorted(ballots, key=lambda b: b.seat):
        total += ballot.usage
    return total


def _carry_on(task: Task, event: Event, now: datetime) -> Task:
    """Close the task, raise doubts, ask more seats, or leave it as it is."""
    tally = tallying.take(task.votes, task.plan, task.question, task.doubts)
    reason = _reason_to_close(task, tally, event, now)
    if reason in (None, CloseReason.EXHAUSTED):
        task = _doubt(task, tally, now)
        if task.open_doubts:
            return task
    if reason is None and _wants_seats(task) and now < task.deadline - CALLS_END_BEFORE:
        wanted = _seats_to_ask(task, tally)
        if wanted > 0:
            return _ask(task, wanted)
        reason = CloseReason.EXHAUSTED
    return task if reason is None else _close(task, tally, reason, now)


def _reason_to_close(task: Task, tally: Tally, event: Event, now: datetime) -> CloseReason | None:
    """Settled comes first: a task that has its consensus is never closed as anything less."""
    if stopping.is_settled(tally, task.plan):
        return CloseReason.SETTLED
    if isinstance(event, CancelRequested):
        return CloseReason.CANCELLED
    if now >= task.deadline:
        return CloseReason.DEADLINE
    if _over_budget(task):
        return CloseReason.BUDGET
    if task.progress.voted >= task.plan.max_votes:
        return CloseReason.EXHAUSTED
    return None


def _over_budget(task: Task) -> bool:
    limit, spent = task.plan.max_cost_usd, task.usage.cost_usd
    return limit is not None and spent is not None and task.progress.asked > 0 and spent >= limit


def _wants_seats(task: Task) -> bool:
    """Only when every asked seat has answered: asking earlier buys votes that nobody needs."""
    return task.state is State.RUNNING and task.progress.missing == 0


def _doubt(task: Task, tally: Tally, now: datetime) -> Task:
    """Have a model asked about answers that may be the same, before more seats are asked or none.

    Only when every asked seat has answered, and every doubt: each may make the next one needless.
    """
    waits = task.open_doubts or (
        task.progress.missing and task.progress.voted < task.plan.max_votes
    )
    late = now >= task.deadline - CALLS_END_BEFORE
    if waits or late or task.state is not State.RUNNING or not task.plan.adjudications:
        return task
    raised = raise_doubts(task, tally)
    return replace(task, doubts=(*task.doubts, *raised)) if raised else task


def _seats_to_ask(task: Task, tally: Tally) -> int:
    """As many as agreeing votes would settle it, within the caps on votes and on seats."""
    plan, progress = task.plan, task.progress
    if _fails_every_seat(task):
        return 0
    wanted = stopping.first_wave(plan) if not progress.voted else stopping.next_wave(tally, plan)
    return min(wanted, plan.max_votes - progress.voted, plan.max_seats - progress.asked)


def _fails_every_seat(task: Task) -> bool:
    """A wrong key, an unknown model, a dead endpoint fail every seat alike: more would repeat it.

    What may be a passing fault is given a second wave.
    """
    reasons = {getattr(r.ballot, "reason", None) for r in task.ballots}
    return bool(reasons) and (
        reasons <= HOPELESS or (task.progress.waves > 1 and reasons <= HOPELESS | PASSING)
    )


def _ask(task: Task, seats: int) -> Task:
    progress = replace(
        task.progress, asked=task.progress.asked + seats, waves=task.progress.waves + 1
    )
    return replace(task, progress=progress)


def _close(task: Task, tally: Tally, reason: CloseReason, now: datetime) -> Task:
    outcome = _outcome(tally, reason)
    if outcome is Outcome.FAILED:
        reason = CloseReason.NO_VOTES
    # What is still out was started, and may be billed though it will not count.
    out = _still_out(task)
    unknown = out or task.hedges or task.lost_calls or task.planning.cost_usd is None
    unheard = Usage(calls=out, cost_usd=None if unknown else 0.0)
    return replace(
        task,
        state=State.DONE,
        result=_result(task, tally, outcome, reason),
        usage=task.usage + unheard,
        finished_at=now,
    )


def _outcome(tally: Tally, reason: CloseReason) -> Outcome:
    if reason is CloseReason.CANCELLED:
        return Outcome.CANCELLED
    if not tally.votes:
        return Outcome.FAILED
    return Outcome.CONSENSUS if tally.consensus else Outcome.NO_CONSENSUS


def _result(task: Task, tally: Tally, outcome: Outcome, reason: CloseReason) -> Result:
    leader = tally.leader
    sure = stopping.confidence(tally, task.plan)
    return Result(
        outcome=outcome,
        close_reason=reason,
        answer=leader.answer if leader and outcome is not Outcome.CANCELLED else None,
        agreement=tally.agreement,
        min_agreement=tally.min_agreement,
        margin=tally.margin,
        confidence=sure,
        probability_correct=_probability_correct(task.plan, tally, sure),
        groups=tuple(_shares(tally)),
        explanation=explain(tally, task.plan, outcome, reason, sure)
        + tell_verdicts(task.doubts)
        + _what_failed(task, outcome),
    )


def _shares(tally: Tally) -> Iterator[GroupShare]:
    """The groups as users see them, with their voters where there were several."""
    several = len({voter for g in tally.groups for voter in g.voters}) > 1
    for g in tally.groups:
        yield GroupShare(
            _cut(g.answer), g.votes, g.weight, g.share, voters=g.voters if several else ()
        )


def _cut(answer: str) -> str:
    """A group's answer, short enough for sixty-four of them to fit one document."""
    return answer if len(answer) <= LONGEST_DISSENT else f"{answer[:LONGEST_DISSENT]}…"


def _probability_correct(plan: Plan, tally: Tally, sure: float) -> float | None:
    if not tally.votes:
        return None
    shown = calibration.features(sure, tally.agreement, tally.margin, tally.votes)
    return calibration.probability_correct(plan.calibration, shown)


def _what_failed(task: Task, outcome: Outcome) -> str:
    """What the abstentions of a failed task say, the most frequent first."""
    if outcome is not Outcome.FAILED:
        return ""
    told = Counter(
        f"{r.ballot.reason}: {r.ballot.detail}" if r.ballot.detail else str(r.ballot.reason)
        for r in task.ballots
        if isinstance(r.ballot, Abstention)
    )
    silent = Counter({"no word": task.progress.missing})
    frequent = sorted((+(told + silent)).items(), key=lambda item: (-item[1], item[0]))
    lines = [f" {times} x {what}." for what, times in frequent[:REASONS_TOLD]]
    return "".join(lines) or " No worker took it in time."
