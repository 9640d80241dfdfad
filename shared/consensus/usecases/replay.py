"""Recorded votes, decided again by the engine that decides live tasks.

Each question's votes are shuffled by a seed and drawn without replacement, wave by wave, until the
task closes. Nothing is asked of a model, and the same recording and seed give the same report.

Whether an answer is right is never asked of the engine: labels of the votes say it, or else gold,
by the letter.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from statistics import fmean

from consensus.core.analysis import analyse
from consensus.core.events import BallotCast, DeadlineReached, Taken
from consensus.core.gold import is_right
from consensus.core.grouping import group
from consensus.core.lifecycle import advance
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Ballot,
    Format,
    FormatKind,
    Leaf,
    Message,
    Options,
    Plan,
    Reading,
    Result,
    State,
    Strategy,
    Task,
    Usage,
    Vote,
)
from consensus.core.parts.standing import whole_keys
from consensus.core.tally import tally_votes
from consensus.core.values import Value
from consensus.usecases.learning import Ended, Lessons
from consensus.usecases.rules import Rule, drawn

BINS = 10
LABELS, GOLD = "labels", "gold"
ReadNow = Callable[[str, str, Strategy], Value]  # what an answer to a question is
LeavesNow = Callable[[str, str, Format | None], Iterable[Leaf]]  # and the texts of one in JSON
_START = datetime(2000, 1, 1, tzinfo=UTC)  # any moment: a replay takes no time


@dataclass(frozen=True, slots=True)
class RecordedVote:
    """One recorded final answer; confidence in 0..1, None where nobody said.

    probability (0..1) is what the answer's tokens say of it, correct what a person said of it; None
    where nobody did.
    """

    answer: str
    confidence: float | None = None
    model: str = ""
    tokens: int = 0
    probability: float | None = None
    correct: bool | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """One question's votes. strategy None is left to analysis, which needs the prompt.

    derived: JSON that was computed, or calls, is taken whole; tools are those offered, as JSON.
    """

    id: str
    votes: tuple[RecordedVote, ...]
    strategy: Strategy | None
    gold: str | None = None
    prompt: str = ""
    derived: bool = False
    tools: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One order's decision. sure is probability_correct, or confidence where that is unknown.

    trusted: it was a consensus, of which nothing warned.
    """

    votes: int
    waves: int
    answer: str | None
    sure: float
    agrees: bool
    correct: bool | None
    trusted: bool = True


@dataclass(frozen=True, slots=True)
class Replayed:
    """One question's runs; full_correct says whether all its votes together are right.

    judged_by is LABELS or GOLD, "" where nobody knows what is right.
    """

    runs: tuple[Run, ...]
    full_answer: str | None
    full_correct: bool | None
    judged_by: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What the recording would have cost and come to; means over every order of every question.

    p95_waves is the fewest waves that 95% of the runs got by with; agreement_with_full the share of
    runs with the answer that all of a question's votes give, by the engine's groups; accuracy,
    accuracy_full and ece are over the questions that are judged, None where none is; votes_saved is
    a question's mean against max_votes. coverage is the share of runs that are trusted: a consensus
    of which nothing warns; accuracy_covered is the accuracy among those, None where none is judged.
    judged_by tells by what answers were judged: "labels", "gold", "labels and gold", or "".
    """

    questions: int
    mean_votes: float
    mean_waves: float
    p95_waves: int
    agreement_with_full: float
    accuracy: float | None
    accuracy_full: float | None
    ece: float | None
    votes_saved: float
    coverage: float
    accuracy_covered: float | None
    judged_by: str


def replay(
    recording: Recording,
    *,
    orders: int,
    seed: int,
    max_votes: int,
    value: ReadNow,
    leaves: LeavesNow = lambda _final, _question, _wanted: (),
    lessons: Sequence[Lessons] = (),
    rule: Rule | None = None,
) -> Replayed:
    """Decide one question once for each of its seeded orders. Raises InvalidTask.

    With lessons, one for each order, an order learns from the questions that it decided before, and
    from no other order: together they would have seen votes that none of them asked for. With a
    rule, that one decides instead of the engine, on the engine's groups. value and leaves read
    the answers as a worker does.
    """
    plan = plan_for(recording, max_votes)
    task = _task(recording, plan)
    ballots = [_read(_ballot(vote), task.question, plan, value, leaves) for vote in recording.votes]
    groups = _numbered(ballots, plan)
    full = _full_answer(ballots, plan)
    known = _leaves(ballots)
    judge = _Judge(full, groups, recording.gold, _labels(recording.votes), plan, known)
    # By the question's own id, so that its runs do not depend on the file around it.
    shuffled = [_shuffled(ballots, f"{seed}/{recording.id}/{order}") for order in range(orders)]
    if rule is not None:
        runs = [_ruled(each, groups, rule, max_votes, judge) for each in shuffled]
    else:
        each_its_own: Sequence[Lessons | None] = lessons or [None] * orders
        runs = [
            _run(task, each, judge, known)
            for each, known in zip(shuffled, each_its_own, strict=True)
        ]
    return Replayed(tuple(runs), full, judge.correct(full), judge.judged_by)


def plan_for(recording: Recording, max_votes: int) -> Plan:
    """The plan under which a recorded question is decided: analysis where there is a prompt."""
    plan = _planned(recording, max_votes)
    if plan.strategy is not Strategy.STRUCTURED:
        return plan
    wanted = Format(FormatKind.TOOLS, recording.tools) if recording.tools else plan.format
    return replace(plan, derived=plan.derived or recording.derived, format=wanted)


def _planned(recording: Recording, max_votes: int) -> Plan:
    if not recording.prompt:
        strategy = recording.strategy or Strategy.EXACT
        return Plan(
            strategy=strategy,
            min_votes=min(3, max_votes),
            max_votes=max_votes,
            threshold_is_adaptive=True,
        )
    options = Options(strategy=recording.strategy, max_votes=max_votes)
    return analyse((Message("user", recording.prompt),), options, None)


def summarise(replayed: Sequence[Replayed], max_votes: int) -> Report:
    """The report over all questions, at least one."""
    runs = [run for question in replayed for run in question.runs]
    judged = [(run.sure, run.correct) for run in runs if run.correct is not None]
    covered = [run.correct for run in runs if run.trusted and run.correct is not None]
    full = [q.full_correct for q in replayed if q.full_correct is not None]
    by = sorted({q.judged_by for q in replayed if q.judged_by}, reverse=True)
    mean_votes = fmean(run.votes for run in runs)
    return Report(
        questions=len(replayed),
        mean_votes=mean_votes,
        mean_waves=fmean(run.waves for run in runs),
        p95_waves=_percentile([run.waves for run in runs], 0.95),
        agreement_with_full=fmean(run.agrees for run in runs),
        accuracy=fmean(correct for _, correct in judged) if judged else None,
        accuracy_full=fmean(full) if full else None,
        ece=calibration_error(judged) if judged else None,
        votes_saved=max_votes - mean_votes,
        coverage=fmean(run.trusted for run in runs),
        accuracy_covered=fmean(covered) if covered else None,
        judged_by=" and ".join(by),
    )


def calibration_error(judged: Sequence[tuple[float, bool]]) -> float:
    """Expected calibration error over ten equal bins of (stated probability, came true)."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for stated, true in judged:
        bins[min(BINS - 1, max(0, int(stated * BINS)))].append((stated, true))
    gaps = (abs(sum(s for s, _ in b) - sum(t for _, t in b)) for b in bins)
    return sum(gaps) / len(judged)


def _percentile(values: Sequence[int], share: float) -> int:
    return sorted(values)[ceil(share * len(values)) - 1]


def _task(recording: Recording, plan: Plan) -> Task:
    return Task(
        id=recording.id,
        owner="replay",
        messages=(Message("user", recording.prompt),),
        prompt=recording.prompt,
        plan=plan,
        created_at=_START,
        deadline=_START + timedelta(seconds=plan.timeout_seconds),
    )


def _ballot(vote: RecordedVote) -> Ballot:
    """A vote, or, for an empty answer, the abstention that a worker makes of it."""
    usage = Usage(calls=1, output_tokens=vote.tokens)
    voter = vote.model or "default"
    if not vote.answer.strip():
        return Abstention(0, AbstentionReason.UNREADABLE, voter=voter, usage=usage)
    sure = vote.confidence if vote.probability is None else vote.probability
    reading = Reading(vote.answer, vote.answer, confidence=sure, probability=vote.probability)
    return Vote(0, reading, voter, vote.model, usage=usage)


def _read(ballot: Ballot, question: str, plan: Plan, value: ReadNow, leaves: LeavesNow) -> Ballot:
    """The ballot with what its answer, or each text of it, is."""
    if isinstance(ballot, Abstention) or plan.strategy is Strategy.TEXT:
        return ballot
    reading, final = ballot.reading, ballot.reading.final
    if plan.strategy is Strategy.STRUCTURED:
        reading = replace(reading, leaves=tuple(leaves(final, question, plan.format)))
    else:
        reading = replace(reading, value=value(final, question, plan.strategy))
    return replace(ballot, reading=reading)


def _leaves(ballots: Sequence[Ballot]) -> tuple[Leaf, ...]:
    return tuple(leaf for vote in _votes(ballots) for leaf in vote.reading.leaves)


def _decided(task: Task, ballots: Sequence[Ballot]) -> Task:
    """The task after as many of the ballots as it asked for; out of ballots is out of time."""
    task = advance(task, Taken("replay"), _START).task
    for seat, ballot in enumerate(ballots):
        if task.state is State.DONE:
            return task
        task = advance(task, BallotCast(replace(ballot, seat=seat)), _START).task
    return advance(task, DeadlineReached(), task.deadline).task


def _run(
    task: Task, ballots: Sequence[Ballot], judge: _Judge, lessons: Lessons | None = None
) -> Run:
    """One order's decision by the engine, by what was learned before it; and learned from."""
    taught = replace(task, plan=lessons.taught(task.plan)) if lessons else task
    decided = _decided(taught, ballots)
    result, progress = decided.result, decided.progress
    answer = result.answer if result else None
    correct = judge.correct(answer)
    if result and lessons:
        lessons.learn_from(Ended(task.plan.strategy, result, correct))
    return Run(
        progress.voted,
        progress.waves,
        answer,
        _sure(result),
        judge.agrees(answer),
        correct,
        trusted=result is not None and not (result.unsettled or result.improbable),
    )


def _sure(result: Result | None) -> float:
    if result is None:
        return 0.0
    known = result.probability_correct
    return (result.confidence or 0.0) if known is None else known


def _ruled(
    ballots: Sequence[Ballot],
    groups: Mapping[str, int],
    rule: Rule,
    max_votes: int,
    judge: _Judge,
) -> Run:
    """One order's decision by a published rule; its certainty is the share of the leader."""
    finals = [b.reading.final for b in ballots if isinstance(b, Vote)]
    votes, waves = drawn([groups[final] for final in finals], rule, max_votes)
    counts = Counter(groups[final] for final in finals[:votes])
    leader = min(counts, key=lambda number: (-counts[number], number), default=None)
    answer = next((final for final in finals if groups[final] == leader), None)
    share = counts[leader] / votes if leader is not None else 0.0
    return Run(votes, waves, answer, share, judge.agrees(answer), judge.correct(answer))


def _numbered(ballots: Sequence[Ballot], plan: Plan) -> Mapping[str, int]:
    """Each answer's group by the engine's grouping of all, in the engine's order for ties."""
    if plan.strategy.has_parts:
        finals = sorted({vote.reading.final for vote in _votes(ballots)})
        keys = whole_keys(finals, _leaves(ballots), plan)
        places = {key: n for n, key in enumerate(sorted(set(keys)))}
        return {final: places[key] for final, key in zip(finals, keys, strict=True)}
    groups = sorted(group(_votes(ballots), plan), key=lambda g: g.answer)
    numbers = {vote.reading.final: i for i, g in enumerate(groups) for vote in g.votes}
    return numbers | {answer.strip(): i for answer, i in numbers.items()}


def _full_answer(ballots: Sequence[Ballot], plan: Plan) -> str | None:
    return tally_votes(_votes(ballots), plan).answer


def _votes(ballots: Sequence[Ballot]) -> list[Vote]:
    return [replace(b, seat=seat) for seat, b in enumerate(ballots) if isinstance(b, Vote)]


def _shuffled(ballots: Sequence[Ballot], salt: str) -> list[Ballot]:
    return random.Random(salt).sample(ballots, len(ballots))  # noqa: S311  not a secret


def _labels(votes: Sequence[RecordedVote]) -> Mapping[str, bool]:
    """Which answers people called right; one that was called both is wrong."""
    labels: dict[str, bool] = {}
    for vote in votes:
        if vote.correct is not None:
            answer = vote.answer.strip()
            labels[answer] = labels.get(answer, True) and vote.correct
    return labels


@dataclass(frozen=True, slots=True)
class _Judge:
    """One question's answers to compare with: that of all its votes, and the right ones."""

    full: str | None
    groups: Mapping[str, int]
    gold: str | None
    labels: Mapping[str, bool]
    plan: Plan
    leaves: tuple[Leaf, ...]

    @property
    def judged_by(self) -> str:
        """By what an answer is called right."""
        if self.labels:
            return LABELS
        return "" if self.gold is None else GOLD

    def agrees(self, answer: str | None) -> bool:
        """Whether it is in the group that leads when all of the question's votes are counted."""
        if answer is None or self.full is None:
            return answer == self.full
        if self.plan.strategy.has_parts:
            return self._are_one(answer, self.full)
        return answer == self.full or self.groups.get(answer) == self.groups.get(self.full, -1)

    def correct(self, answer: str | None) -> bool | None:
        """Whether it is right; None where nobody knows."""
        if answer is None:
            return False if self.judged_by else None
        if answer in self.labels:
            return self.labels[answer]
        if self.plan.strategy.has_parts and self.gold is not None:
            return self._are_one(answer, self.gold)
        return None if self.gold is None else is_right(answer, self.gold)

    def _are_one(self, answer: str, other: str) -> bool:
        one, two = whole_keys((answer, other), self.leaves, self.plan)
        return one == two
