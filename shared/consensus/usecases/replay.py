"""Recorded votes, decided again by the very engine that decides live tasks.

Each question's votes are shuffled by a seed and drawn without replacement, wave by wave, until the
task closes. Nothing is asked of a model, and the same recording and seed give the same report.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from math import ceil
from statistics import fmean

from consensus.core.analysis import analyse
from consensus.core.equivalence import comparable, equivalent
from consensus.core.events import BallotCast, DeadlineReached, Taken
from consensus.core.grouping import group
from consensus.core.lifecycle import advance
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Ballot,
    Message,
    Options,
    Plan,
    Reading,
    State,
    Strategy,
    Task,
    Usage,
    Vote,
)
from consensus.core.tally import tally_votes
from consensus.usecases.learning import Lessons
from consensus.usecases.rules import Rule, drawn

BINS = 10
_START = datetime(2000, 1, 1, tzinfo=UTC)  # any moment: a replay takes no time


@dataclass(frozen=True, slots=True)
class RecordedVote:
    """One recorded final answer; confidence in 0..1, None where nobody said."""

    answer: str
    confidence: float | None = None
    model: str = ""
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Recording:
    """One question's votes. strategy None is left to analysis, which needs the prompt."""

    id: str
    votes: tuple[RecordedVote, ...]
    strategy: Strategy | None
    gold: str | None = None
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One order's decision. sure is probability_correct, or confidence where that is unknown."""

    votes: int
    waves: int
    answer: str | None
    sure: float
    agrees: bool
    correct: bool | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """One question's runs; full_correct says whether all its votes together are right."""

    runs: tuple[Run, ...]
    full_answer: str | None
    full_correct: bool | None


@dataclass(frozen=True, slots=True)
class Report:
    """What the recording would have cost and come to; means over every order of every question.

    p95_waves is the fewest waves that 95% of the runs got by with; agreement_with_full the share of
    runs with the answer that all of a question's votes give; accuracy, accuracy_full and ece are
    over the questions with gold, None where none has; votes_saved is a question's mean against
    max_votes.
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


def replay(
    recording: Recording,
    *,
    orders: int,
    seed: int,
    max_votes: int,
    lessons: Sequence[Lessons] = (),
    rule: Rule | None = None,
) -> Replayed:
    """Decide one question once for each of its seeded orders. Raises InvalidTask.

    With lessons, one for each order, an order learns from the questions that it decided before, and
    from no other order: together they would have seen votes that none of them asked for. With a
    rule, that one decides instead of the engine, on the engine's groups.
    """
    plan = plan_for(recording, max_votes)
    task = _task(recording, plan)
    ballots = _alike([_ballot(vote) for vote in recording.votes], plan, task.question)
    full = _full_answer(ballots, plan, task.question)
    judge = _Judge(full, recording.gold, _same_answer(plan, task.question))
    # By the question's own id, so that its runs do not depend on the file around it.
    shuffled = [_shuffled(ballots, f"{seed}/{recording.id}/{order}") for order in range(orders)]
    if rule is not None:
        groups = _numbered(ballots, plan, task.question)
        runs = [_ruled(each, groups, rule, max_votes, judge) for each in shuffled]
    else:
        each_its_own: Sequence[Lessons | None] = lessons or [None] * orders
        runs = [
            _run(task, each, judge, known)
            for each, known in zip(shuffled, each_its_own, strict=True)
        ]
    return Replayed(tuple(runs), full, judge.correct(full))


def plan_for(recording: Recording, max_votes: int) -> Plan:
    """The plan under which a recorded question is decided: analysis where there is a prompt."""
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
    full = [q.full_correct for q in replayed if q.full_correct is not None]
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
    reading = Reading(vote.answer, vote.answer, confidence=vote.confidence)
    return Vote(0, reading, voter, vote.model, usage=usage)


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
    sure = 0.0
    if result:
        known = result.probability_correct
        sure = result.confidence if known is None else known
        if lessons:
            lessons.heed(task.plan, result, correct)
    return Run(progress.voted, progress.waves, answer, sure, judge.agrees(answer), correct)


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


def _numbered(ballots: Sequence[Ballot], plan: Plan, question: str) -> Mapping[str, int]:
    """Each answer's group by the engine's grouping of all, in the engine's order for ties."""
    groups = sorted(group(_votes(ballots), plan, question), key=lambda g: g.answer)
    return {vote.reading.final: i for i, g in enumerate(groups) for vote in g.votes}


def _full_answer(ballots: Sequence[Ballot], plan: Plan, question: str) -> str | None:
    leader = tally_votes(_votes(ballots), plan, question).leader
    return leader.answer if leader else None


def _votes(ballots: Sequence[Ballot]) -> list[Vote]:
    return [replace(b, seat=seat) for seat, b in enumerate(ballots) if isinstance(b, Vote)]


def _shuffled(ballots: Sequence[Ballot], salt: str) -> list[Ballot]:
    return random.Random(salt).sample(ballots, len(ballots))  # noqa: S311  not a secret


@dataclass(frozen=True, slots=True)
class _Judge:
    """One question's answers to compare with: that of all its votes, and the right one."""

    full: str | None
    gold: str | None
    same: Same

    def agrees(self, answer: str | None) -> bool:
        """Whether it is the answer that all of the question's votes give."""
        if answer is None or self.full is None:
            return answer == self.full
        return self.same(answer, self.full)

    def correct(self, answer: str | None) -> bool | None:
        """Whether it is right; None where nobody knows."""
        if self.gold is None:
            return None
        return answer is not None and self.same(answer, self.gold)


Same = Callable[[str, str], bool]


def _same_answer(plan: Plan, question: str) -> Same:
    """The engine's equivalence on final answers, each pair looked at once."""

    @cache
    def judged(one: str, other: str) -> bool:
        return equivalent(Reading(one, one), Reading(other, other), plan, question)

    def same(one: str, other: str) -> bool:
        return one == other or judged(*sorted((one, other)))

    return same


def _alike(ballots: Sequence[Ballot], plan: Plan, question: str) -> list[Ballot]:
    """The ballots, those that the engine reads as one key giving the very same answer.

    It changes no decision, and spares the engine from reading each wording again in every run.
    """
    first: dict[str, Reading] = {}
    return [
        replace(b, reading=_first_alike(b.reading, first, plan, question))
        if isinstance(b, Vote)
        else b
        for b in ballots
    ]


def _first_alike(reading: Reading, first: dict[str, Reading], plan: Plan, question: str) -> Reading:
    alike = first.setdefault(comparable(reading, plan, question).key, reading)
    return replace(reading, text=alike.text, final=alike.final)
