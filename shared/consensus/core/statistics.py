"""Many finished tasks -> figures over time: outcomes, agreement, abstentions, savings, latency,
spend, each voter's record, and what was said against what feedback told."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from consensus.core import gold
from consensus.core.model import Feedback, Outcome, Task

MOST_PERIODS = 60
PERIODS = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class Period:
    """The tasks asked in one stretch of time. Shares are 0..1; None where nothing tells.

    agreement is the mean of the leaders' shares, abstained the share of seats that brought no vote,
    saved that of the calls that the plans allowed, seconds the median from asking to the result.
    cost_usd is of the tasks whose cost is known; unpriced says how many others there are.
    """

    start: datetime
    tasks: int
    agreement: float | None
    abstained: float | None
    saved: float | None
    seconds: float | None
    cost_usd: float | None
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class VoterRecord:
    """How many of a voter's votes counted, the share that went to the leader, and what one weighs
    by the newest plan that says so."""

    voter: str
    votes: int
    agreed: float
    weight: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Results that were called right with a probability from low to high, and how many were."""

    low: float
    high: float
    judged: int
    right: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """See the module. by says what calibration is about: the probability of being right, or
    confidence where no judged result had one."""

    tasks: int
    outcomes: Mapping[Outcome, int]
    period: timedelta
    periods: tuple[Period, ...]
    voters: tuple[VoterRecord, ...]
    calibration: tuple[Bin, ...]
    by: str


def statistics_of(
    tasks: Sequence[Task], judged: Iterable[tuple[Task, Feedback]], now: datetime
) -> Statistics:
    """The figures of DONE tasks, newest first, without ballots, and of those with feedback."""
    done = [task for task in tasks if task.result is not None]
    unit = _unit(done, now)
    calibration, by = _calibration(judged)
    return Statistics(
        tasks=len(done),
        outcomes=Counter(task.result.outcome for task in done if task.result),
        period=unit,
        periods=tuple(_periods(done, unit, now)),
        voters=_voters(done),
        calibration=calibration,
        by=by,
    )


def _unit(tasks: Sequence[Task], now: datetime) -> timedelta:
    """The shortest stretch of which not too many go from the oldest task to now."""
    oldest = min((task.created_at for task in tasks), default=now)
    fitting = (unit for unit in PERIODS if (now - oldest) / unit < MOST_PERIODS)
    return next(fitting, PERIODS[-1])


def _periods(tasks: Sequence[Task], unit: timedelta, now: datetime) -> Iterable[Period]:
    """Every stretch from the oldest task to now, the empty ones too; the last MOST_PERIODS."""
    within: dict[int, list[Task]] = defaultdict(list)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    for task in tasks:
        within[(task.created_at - epoch) // unit].append(task)
    if not within:
        return
    last = max((now - epoch) // unit, *within)
    for number in range(max(min(within), last - MOST_PERIODS + 1), last + 1):
        yield _period(epoch + number * unit, within.get(number, []))


def _period(start: datetime, tasks: Sequence[Task]) -> Period:
    asked = sum(task.progress.asked for task in tasks)
    saved = [(t.calls_saved, t.plan.max_votes) for t in tasks if t.calls_saved is not None]
    costs = [task.usage.cost_usd for task in tasks if task.usage.cost_usd is not None]
    agreed = [task.result.agreement for task in tasks if task.result and task.progress.voted]
    took = [
        (task.finished_at - task.created_at).total_seconds() for task in tasks if task.finished_at
    ]
    return Period(
        start=start,
        tasks=len(tasks),
        agreement=statistics.fmean(agreed) if agreed else None,
        abstained=sum(t.progress.abstained for t in tasks) / asked if asked else None,
        saved=sum(s for s, _ in saved) / sum(most for _, most in saved) if saved else None,
        seconds=statistics.median(took) if took else None,
        cost_usd=sum(costs) if costs else None,
        unpriced=len(tasks) - len(costs),
    )


def _voters(tasks: Sequence[Task]) -> tuple[VoterRecord, ...]:
    votes: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    weights: dict[str, float] = {}
    for task in tasks:
        for known in task.plan.voter_weights:
            weights.setdefault(known.voter, known.weight)
        for place, group in enumerate(task.result.groups if task.result else ()):
            votes.update(group.voters)
            if place == 0:
                agreed.update(group.voters)
    return tuple(
        VoterRecord(voter, heard, agreed[voter] / heard, weights.get(voter))
        for voter, heard in sorted(votes.items(), key=lambda item: (-item[1], item[0]))
    )


def _calibration(judged: Iterable[tuple[Task, Feedback]]) -> tuple[tuple[Bin, ...], str]:
    told = [
        (task.result, right)
        for task, feedback in judged
        if task.result and (right := gold.judged(task.result, feedback)) is not None
    ]
    by_probability = [
        (result.probability_correct, right)
        for result, right in told
        if result.probability_correct is not None
    ]
    by_confidence = [(r.confidence, right) for r, right in told if r.confidence is not None]
    said = by_probability or by_confidence
    bins = []
    for low, high in pairwise(BINS):
        top = high == BINS[-1]
        within = [right for sure, right in said if low <= sure and (sure < high or top)]
        if within:
            bins.append(Bin(low, high, len(within), sum(within) / len(within)))
    return tuple(bins), "probability_correct" if by_probability else "confidence"
