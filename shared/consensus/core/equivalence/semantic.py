"""Semantic comparison: do two answers to this question mean the same?

What contradicts blocks: the cosine of sentence vectors alone merges opposites ("safe" and "not
safe" are near) and splits friends. Otherwise fitted weights make a probability of the evidence in
the words and, where both answers have one, in the vectors.
"""

from __future__ import annotations

import math

from consensus.core.equivalence import numeric
from consensus.core.equivalence.contradiction import (
    AMOUNT_TOLERANCE,
    abbreviate,
    contradict,
    restate,
)
from consensus.core.equivalence.evidence import NAMES, evidence
from consensus.core.equivalence.learned import WEIGHTS
from consensus.core.equivalence.meaning import Meaning, cosine, is_prose, meaning_of
from consensus.core.equivalence.pair import Pair, side_by_side

THRESHOLD = 0.5

__all__ = ["THRESHOLD", "Meaning", "is_prose", "meaning_of", "probability", "same"]


def same(one: Meaning, other: Meaning) -> bool:
    """Whether two answers more likely than not mean the same, and nothing contradicts it."""
    return probability(one, other) >= THRESHOLD


def probability(one: Meaning, other: Meaning) -> float:
    """How likely two answers mean the same, 0..1.

    Symmetric; 0 where they contradict. Calibrated on answers to trivia questions.
    """
    if _are_one_amount(one, other) or _are_spelt_alike(one, other):
        return 1.0
    pair = side_by_side(one, other)
    if abbreviate(pair):
        return 1.0
    if contradict(pair):
        return 0.0
    return 1.0 if restate(pair) else _by_weight(pair)


def _by_weight(pair: Pair) -> float:
    """The probability that the evidence makes."""
    near = cosine(pair.lesser, pair.greater)
    column = 0 if near is None else 1
    score = WEIGHTS["bias"][column] + WEIGHTS["cosine"][column] * (near or 0.0)
    score += math.fsum(
        WEIGHTS[name][column] * value for name, value in zip(NAMES, evidence(pair), strict=True)
    )
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))


def _are_spelt_alike(one: Meaning, other: Meaning) -> bool:
    """Whether only the spaces differ: New York, and Newyork."""
    spelt = "".join(one.words)
    return spelt == "".join(other.words) and spelt.isalpha()


def _are_one_amount(one: Meaning, other: Meaning) -> bool:
    return (
        one.amount is not None
        and other.amount is not None
        and numeric.same(one.amount, other.amount, AMOUNT_TOLERANCE)
    )
