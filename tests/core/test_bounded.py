"""No answers, however long or strange, make a tally cost more than its size."""

from __future__ import annotations

import random

import pytest

from consensus.core import tally
from consensus.core.equivalence.spelling import likeness
from consensus.core.model import Plan, Reading, Strategy, Vote

CHANCE = random.Random(1)
WORDS = [f"w{n}x" for n in range(3000)]
SHAPES = {
    "decimals": lambda: " ".join(str(CHANCE.random()) for _ in range(200)),
    "words": lambda: " ".join(CHANCE.choice(WORDS) for _ in range(600)),
    "digits": lambda: "".join(CHANCE.choice("0123456789") for _ in range(4000)),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("shape", SHAPES)
def test_long_answers_are_compared_in_bounded_time(shape: str) -> None:
    """Fifteen different long answers are fifteen groups, and that takes no seconds to see."""
    votes = [Vote(seat, Reading(text, text)) for seat in range(15) if (text := SHAPES[shape]())]
    taken = tally.tally_votes(votes, Plan(strategy=Strategy.SEMANTIC), "Say something long.")
    assert taken.votes == 15


def test_only_words_that_could_be_alike_are_looked_at() -> None:
    """The cost of a pair grows with what begins alike, not with the product of the lengths."""
    likeness.cache_clear()
    votes = [Vote(s, Reading(t := " ".join(WORDS[s::20][:150]), t)) for s in range(2)]
    apart = [Vote(2, Reading(t := " ".join(w.upper()[::-1] for w in WORDS[:150]), t))]
    tally.tally_votes([votes[0], *apart], Plan(strategy=Strategy.SEMANTIC), "Say something long.")
    assert likeness.cache_info().misses < 150 * 150
