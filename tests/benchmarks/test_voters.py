"""The benchmark of voters' weights counts drawn votes in several ways."""

from __future__ import annotations

import random

from benchmarks.voters import Question, measure
from consensus.core.model import Strategy
from consensus.usecases.replay import RecordedVote, Recording, plan_for


def _question(number: int, dice: random.Random) -> Question:
    """Twelve models, from good to poor, who choose among four answers."""
    votes = tuple(
        RecordedVote(
            "0" if dice.random() < 0.95 - 0.07 * n else str(dice.randint(1, 3)), model=f"m{n}"
        )
        for n in range(12)
    )
    recording = Recording(str(number), votes, Strategy.EXACT, "0")
    return Question(recording, plan_for(recording, 64))


def test_weights_are_measured_on_questions_that_did_not_teach_them() -> None:
    """With unequal models they beat the majority, and gold beats what was learned without it."""
    dice = random.Random(3)
    told = measure([_question(number, dice) for number in range(400)], size=7, draws=1, seed=0)
    majority, few, learned, fitted = told.values()
    assert majority + 0.02 < learned <= fitted + 0.03
    assert majority - 0.02 < few
    assert max(told.values()) <= 1.0
