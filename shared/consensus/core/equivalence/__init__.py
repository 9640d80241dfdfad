"""Are these two the same answer to this question?

Each answer is read once into a comparable form; forms are then compared in pairs. `same` is
symmetric. `fits` is weaker: an answer that leaves something open ("5" beside "5 km") may join the
one group that it fits, and stays alone where it fits several.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from consensus.core.equivalence import exact, numeric, semantic
from consensus.core.equivalence.numeric import Quantity
from consensus.core.equivalence.semantic import Meaning
from consensus.core.model import Plan, Reading, Strategy


@dataclass(frozen=True, slots=True)
class Comparable:
    """An answer ready to be compared. Answers with the same key are the same without more ado."""

    key: str
    quantity: Quantity | None = None
    meaning: Meaning | None = None


@lru_cache(maxsize=1024)  # a task is tallied at each vote, and each tally reads all of its votes
def comparable(reading: Reading, plan: Plan, question: str) -> Comparable:
    """The form in which the plan's strategy compares this answer."""
    key = exact.normal_form(reading.final, question)
    if plan.strategy is Strategy.NUMERIC:
        quantity = numeric.parse(reading.canonical or reading.final)
        return Comparable(f"#{quantity}" if quantity else key, quantity)
    if plan.strategy is Strategy.SEMANTIC:
        return Comparable(key, meaning=semantic.meaning_of(reading, question))
    return Comparable(key)


def same(one: Comparable, other: Comparable, plan: Plan) -> bool:
    """Whether the two answers mean the same."""
    if one.key == other.key:
        return True
    if one.quantity and other.quantity:
        return numeric.same(one.quantity, other.quantity, plan.numeric_tolerance)
    if one.meaning and other.meaning:
        return semantic.same(one.meaning, other.meaning)
    return False


def fits(one: Comparable, other: Comparable, plan: Plan) -> bool:
    """Whether one, which names no unit, may be meant as the other, which does."""
    if one.quantity and other.quantity:
        return numeric.fits(one.quantity, other.quantity, plan.numeric_tolerance)
    return False


def equivalent(a: Reading, b: Reading, plan: Plan, question: str) -> bool:
    """Whether two answers alone would form one group. Symmetric."""
    one, other = comparable(a, plan, question), comparable(b, plan, question)
    return same(one, other, plan) or fits(one, other, plan) or fits(other, one, plan)
