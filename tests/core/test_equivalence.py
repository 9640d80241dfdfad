"""What holds of comparing answers whatever the strategy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from consensus.core import equivalence
from consensus.core.equivalence import exact, numeric, semantic
from consensus.core.model import Plan, Reading, Strategy, Vote
from consensus.core.tally import tally_votes

ANSWERS = ("Paris is the capital.", "Paris is the capital.", "The Seine flows there.")


@pytest.fixture
def forgetful() -> Iterator[None]:
    """Nothing is known of answers read before, nor afterwards of those read here."""
    caches = (equivalence._comparable, equivalence._as_written, equivalence._meant)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(
    ("strategy", "module", "name"),
    [
        (Strategy.EXACT, exact, "normal_form"),
        (Strategy.NUMERIC, numeric, "parse"),
        (Strategy.NUMERIC, semantic, "meaning_of"),
        (Strategy.SEMANTIC, semantic, "meaning_of"),
        (Strategy.SEMANTIC, semantic, "probability"),
    ],
)
def test_a_defect_in_reading_answers_does_not_hold_up_their_task(
    monkeypatch: pytest.MonkeyPatch, strategy: Strategy, module: object, name: str
) -> None:
    """Copies of an answer are counted together still, and the tally is made."""

    def defective(*_: object) -> object:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(module, name, defective)
    votes = [Vote(seat, Reading(text, text)) for seat, text in enumerate(ANSWERS)]
    tally = tally_votes(votes, Plan(strategy=strategy), "Where?")
    assert [group.votes for group in tally.groups] == [2, 1]
