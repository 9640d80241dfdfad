"""Finished tasks -> figures over time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consensus.core.gold import judged
from consensus.core.model import (
    CloseReason,
    Feedback,
    GroupShare,
    Message,
    Outcome,
    Plan,
    Progress,
    Result,
    State,
    Task,
    Usage,
    VoterWeight,
)
from consensus.core.statistics import MOST_PERIODS, Bin, statistics_of

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
RESULT = Result(
    Outcome.CONSENSUS, CloseReason.SETTLED, "4", 0.75, 0.6, 0.5, 0.96, None, (), "because"
)


def done(after: timedelta = timedelta(), **changes: object) -> Task:
    """A finished task of four votes, created that long after noon, with a result so changed."""
    created = NOON + after
    return Task(
        id=f"t{after}",
        owner="local",
        messages=(Message("user", "?"),),
        plan=Plan(max_votes=10),
        created_at=created,
        deadline=created + timedelta(seconds=60),
        state=State.DONE,
        progress=Progress(5, 4, 1, 1),
        usage=Usage(5, 100, 20, 0.01),
        result=replace(RESULT, **changes),  # type: ignore[arg-type]
        finished_at=created + timedelta(seconds=3),
    )


def test_nothing_is_told_of_nothing() -> None:
    """No task: no period, no voter, no bin."""
    told = statistics_of([], [], NOON)
    assert (told.tasks, told.periods, told.voters, told.calibration) == (0, (), (), ())


def test_tasks_are_told_by_the_time_they_were_asked() -> None:
    """A period sums its tasks; one without any is there, and says of nothing that it is zero."""
    tasks = [done(timedelta(minutes=2), agreement=0.5), done(), done(timedelta(seconds=20))]
    told = statistics_of(tasks, [], NOON + timedelta(minutes=2))
    assert told.period == timedelta(minutes=1)
    assert [period.tasks for period in told.periods] == [2, 0, 1]
    first, empty, last = told.periods
    assert (first.agreement, first.abstained, first.saved, first.seconds) == (0.75, 0.2, 0.5, 3)
    assert first.cost_usd == pytest.approx(0.02)
    assert (empty.agreement, empty.abstained, empty.seconds, empty.cost_usd) == (None,) * 4
    assert last.agreement == 0.5


def test_what_failed_has_saved_nothing() -> None:
    """A question that nobody answered takes no part in the share of calls saved."""
    failed = replace(done(outcome=Outcome.FAILED), usage=Usage())
    assert failed.calls_saved is None
    (period,) = statistics_of([done(), failed], [], NOON).periods
    assert period.saved == 0.5
    (period,) = statistics_of([failed], [], NOON).periods
    assert period.saved is None


@pytest.mark.parametrize(
    ("span", "unit"),
    [
        (timedelta(minutes=50), timedelta(minutes=1)),
        (timedelta(hours=2), timedelta(hours=1)),
        (timedelta(days=20), timedelta(days=1)),
        (timedelta(days=500), timedelta(days=1)),
    ],
)
def test_no_more_periods_than_fit(span: timedelta, unit: timedelta) -> None:
    """The stretch grows with what there is to show; only the newest are shown."""
    told = statistics_of([done(span), done()], [], NOON + span)
    assert told.period == unit
    assert len(told.periods) == min(MOST_PERIODS, span // unit + 1)
    assert told.periods[-1].tasks == 1


def test_an_unknown_cost_is_not_told_as_none() -> None:
    """What is known is summed up, and it is said of how many tasks more was spent."""
    unpriced = replace(done(), usage=Usage(5, 100, 20, None))
    (period,) = statistics_of([unpriced, done()], [], NOON).periods
    assert (period.cost_usd, period.unpriced) == (0.01, 1)
    (period,) = statistics_of([unpriced], [], NOON).periods
    assert (period.cost_usd, period.unpriced) == (None, 1)


def test_voters_have_records() -> None:
    """How often each was with the leader, and the newest weight."""
    groups = (
        GroupShare("4", 3, 3.0, 0.75, ("a", "a", "b")),
        GroupShare("5", 1, 1.0, 0.25, ("b",)),
    )
    new = done(timedelta(seconds=9), groups=groups)
    new = replace(new, plan=replace(new.plan, voter_weights=(VoterWeight("a", 1.5),)))
    told = statistics_of([new, done(groups=groups)], [], NOON)
    assert [(v.voter, v.votes, v.agreed, v.weight) for v in told.voters] == [
        ("a", 4, 1.0, 1.5),
        ("b", 4, 0.5, None),
    ]


def test_what_was_said_against_what_was_right() -> None:
    """By probability where results have one, else by confidence; the ends belong to bins."""
    right, wrong = Feedback(NOON, correct=True), Feedback(NOON, correct=False)
    by_confidence = statistics_of([], [(done(), right), (done(confidence=1.0), wrong)], NOON)
    assert by_confidence.by == "confidence"
    assert by_confidence.calibration == (Bin(0.95, 1.0, 2, 0.5),)
    said = [(done(probability_correct=0.9), right), (done(probability_correct=0.2), wrong)]
    by_probability = statistics_of([], [*said, (done(), wrong)], NOON)
    assert by_probability.by == "probability_correct"
    assert by_probability.calibration == (Bin(0.0, 0.5, 1, 0.0), Bin(0.9, 0.95, 1, 1.0))


@pytest.mark.parametrize(
    ("feedback", "right"),
    [
        (Feedback(NOON, correct=True), True),
        (Feedback(NOON, correct=False, answer="4"), False),
        (Feedback(NOON, answer=" 4\n"), True),
        (Feedback(NOON, answer="5"), None),
    ],
)
def test_whether_somebody_takes_it_for_right(feedback: Feedback, right: bool | None) -> None:
    """Their word first; else whether what they call right is the result's answer to the letter."""
    assert judged(RESULT, feedback) is right
