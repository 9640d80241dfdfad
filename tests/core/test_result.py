"""The result: what the voters' tokens say, and what a calibration does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consensus.core.model import (
    Calibration,
    CloseReason,
    Message,
    Plan,
    Reading,
    Recorded,
    Result,
    Strategy,
    Task,
    Vote,
)
from consensus.core.result import result_of
from consensus.core.tally import tally_votes

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FITTED = Calibration((2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), 100, ("m", "n"))


def result(*told: tuple[str, float | None], plan: Plan | None = None, model: str = "m") -> Result:
    """That of votes with these answers, and what their tokens say of them."""
    votes = [
        Vote(seat, Reading(answer, answer, probability=p), model=model)
        for seat, (answer, p) in enumerate(told)
    ]
    ballots = tuple(Recorded(v.seat + 1, NOW, v) for v in votes)
    deadline = NOW + timedelta(seconds=60)
    asked = (Message("user", "Which?"),)
    task = Task("t", "o", asked, plan or Plan(), NOW, deadline, ballots=ballots)
    return result_of(task, tally_votes(task.votes, task.plan), CloseReason.SETTLED)


@pytest.mark.parametrize(
    ("told", "probability"),
    [
        ([("A", 0.9), ("A", 0.7), ("A", 0.8)], 0.8),
        ([("A", 0.9), ("A", None), ("A", 0.7)], 0.8),  # who told nothing says nothing
        ([("A", 0.5), ("A", 0.5), ("B", 0.99)], 0.5),  # of the leading answer alone
        ([("A", None), ("A", None), ("A", None)], None),
        ([], None),
    ],
)
def test_the_tokens_of_those_who_agree_say_how_probable_it_is(
    told: list[tuple[str, float | None]], probability: float | None
) -> None:
    """The mean over the leading group's votes; unknown is None, never zero."""
    assert result(*told).answer_probability == pytest.approx(probability)


def test_the_order_of_votes_does_not_change_it() -> None:
    """Not in the last bit (I4)."""
    told = [("A", p / 17) for p in range(1, 12)]
    assert result(*told).answer_probability == result(*told[::-1]).answer_probability


def test_agreement_on_an_improbable_answer_is_warned_of() -> None:
    """On a short one that the voters' own tokens give little chance; and nowhere else."""
    unsure = result(("A", 0.2), ("A", 0.2), ("A", 0.2))
    assert unsure.improbable
    assert unsure.explanation.endswith(
        " Beware: by their tokens the voters give this answer a probability of 20% only."
    )
    for told in (
        [("A", 0.9)] * 3,
        [("A", None)] * 3,
        [("because the light of the sun is scattered", 0.05)] * 3,  # any wording is improbable
        [("A", 0.2), ("B", 0.2), ("C", 0.2)],  # no consensus is warning enough
    ):
        assert not result(*told).improbable
        assert "Beware" not in result(*told).explanation


def test_nobody_s_tokens_wrote_a_composed_answer() -> None:
    """Parts of several votes put together have no probability; a long structure is no short one."""
    plan = Plan(strategy=Strategy.STRUCTURED)
    answers = ('{"a":1,"b":2,"c":3}', '{"a":1,"b":9,"c":4}', '{"a":5,"b":2,"c":4}')
    told = result(*((answer, 0.4) for answer in answers), plan=plan)
    assert (told.composed, told.answer_probability) == (True, None)
    told = result(*[(answers[0], 0.1)] * 3, plan=plan)
    assert told.answer_probability == pytest.approx(0.1)
    assert not told.improbable


def test_being_right_is_told_of_the_models_that_were_judged() -> None:
    """A calibration says nothing of other models; one that names none is its owner's word."""
    told = [("A", 0.9)] * 3
    plan = Plan(calibration=FITTED)
    assert result(*told, plan=plan).probability_correct == pytest.approx(0.88, abs=0.01)
    assert result(*told, plan=plan, model="another").probability_correct is None
    anyone = replace(plan, calibration=replace(FITTED, models=()))
    assert result(*told, plan=anyone, model="another").probability_correct is not None
    assert result(*told).probability_correct is None
    assert result(plan=plan).probability_correct is None
