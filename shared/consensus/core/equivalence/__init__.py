"""Are these two the same answer to this question?

Each answer is read once into a comparable form; forms are then compared in pairs. `same` is
symmetric. `fits` is weaker: an answer that leaves something open ("5" beside "5 km") may join the
one group that it fits, and stays alone where it fits several.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from consensus.core.equivalence import exact, numeric, semantic
from consensus.core.equivalence.numeric import Amount
from consensus.core.equivalence.semantic import Meaning
from consensus.core.model import Plan, Reading, Strategy
from consensus.core.question import asks_for_percent, listed_options


@dataclass(frozen=True, slots=True)
class Comparable:
    """An answer ready to be compared. Answers with the same key are the same without more ado."""

    key: str
    amount: Amount | None = None
    meaning: Meaning | None = None


def comparable(reading: Reading, plan: Plan, question: str) -> Comparable:
    """The form in which the plan's strategy compares this answer."""
    canonical = reading.canonical if plan.strategy is Strategy.NUMERIC else ""
    return _comparable(
        canonical or reading.final, reading.vector, reading.embedder, plan.strategy, question
    )


@lru_cache(maxsize=4096)  # a task is tallied at each vote, and each tally reads all of its votes
def _comparable(
    text: str, vector: bytes, embedder: str, strategy: Strategy, question: str
) -> Comparable:
    if strategy is Strategy.NUMERIC:
        amount = numeric.parse(text, asks_for_percent(question))
        return Comparable(amount.key if amount else exact.normal_form(text, question), amount)
    key = exact.normal_form(text, question)
    if strategy is Strategy.SEMANTIC and key not in listed_options(question):
        reading = Reading(text, text, vector=vector, embedder=embedder)
        return Comparable(key, meaning=semantic.meaning_of(reading, question))
    return Comparable(key)


def same(one: Comparable, other: Comparable, plan: Plan) -> bool:
    """Whether the two answers mean the same."""
    if one.key == other.key:
        return True
    if one.amount and other.amount:
        return numeric.same(one.amount, other.amount, plan.numeric_tolerance)
    if one.meaning and other.meaning:
        return semantic.same(one.meaning, other.meaning)
    return False


def fits(one: Comparable, other: Comparable, plan: Plan) -> bool:
    """Whether one, which leaves something open, may be meant as the other, which does not."""
    if one.amount and other.amount:
        return numeric.fits(one.amount, other.amount, plan.numeric_tolerance)
    return False


def equivalent(a: Reading, b: Reading, plan: Plan, question: str) -> bool:
    """Whether two answers alone would form one group. Symmetric."""
    one, other = comparable(a, plan, question), comparable(b, plan, question)
    return same(one, other, plan) or fits(one, other, plan) or fits(other, one, plan)
