"""When are the parts of an answer sure enough, and how many votes more would make them so?

A part is sure where its leader is very probably the more frequent of the two that lead there
(Adaptive-Consistency's posterior, as in `confidence`), or hopeless where no votes left could make
it so. A collection may have a few doubtful elements: their expected number is what counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from math import comb

from consensus.core.parts.composing import Decision, Part

SURE = 0.90
WRONG_ELEMENTS = 0.5  # of a collection's, expected, that are not worth more votes
FIRST = 4  # votes on what is composed; three leave many an element to one vote


def first_wave(*, derived: bool) -> int:
    """Votes to ask for at first: what is taken whole is settled by three that agree."""
    return FIRST - derived


def is_sure(decision: Decision, left: int) -> bool:
    """Whether more votes, at most so many, are not worth asking for."""
    return votes_wanted(decision, left) == 0


def votes_wanted(decision: Decision, left: int) -> int:
    """The fewest further votes, if they agree with what leads, after which all is sure or hopeless;
    all that are left where no number of them would do."""
    fields = [_counts(part) for part in decision.parts if not part.element]
    elements = [_counts(part) for part in decision.parts if part.element]
    kept = sum(part.element and not part.absent for part in decision.parts)
    fields = [counts for counts in fields if _posterior(counts[0] + left, counts[1]) >= SURE]
    wanted = (
        more
        for more in range(left + 1)
        if all(_posterior(leader + more, rival) >= SURE for leader, rival in fields)
        and expected_wrong(elements, more) <= WRONG_ELEMENTS * max(1, kept)
    )
    return next(wanted, left)


def expected_wrong(elements: Iterable[tuple[int, int]], more: int = 0) -> float:
    """How many elements are kept or left out wrongly, by their votes."""
    return sum(1.0 - _posterior(leader + more, rival) for leader, rival in elements)


def _counts(part: Part) -> tuple[int, int]:
    """Votes for what is decided there, and for the strongest rival."""
    counted = [group.votes for group in part.groups]
    counted.remove(part.votes)
    return part.votes, max(counted, default=0)


@lru_cache(maxsize=4096)
def _posterior(leader: int, rival: int) -> float:
    flips = leader + rival + 1
    return float(Fraction(sum(comb(flips, heads) for heads in range(leader + 1)), 2**flips))


def least_sure(decision: Decision) -> float:
    """The least probability, of all fields and of each element, that more votes would not change
    it."""
    told = [_posterior(*_counts(part)) for part in decision.parts]
    return min(told, default=0.0)


def doubtful(decision: Decision) -> int:
    """How many fields and elements more votes could well change: asking may end before none is."""
    return sum(_posterior(*_counts(part)) < SURE for part in decision.parts)
