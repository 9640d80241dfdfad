"""Numeric comparison: do two answers state the same amount, within a tolerance?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from consensus.core.equivalence import sentence
from consensus.core.equivalence.amount import NOISE, Amount, are_close, order
from consensus.core.equivalence.arithmetic import Number
from consensus.core.equivalence.notation import MOST_PARTS, canonical, parse

__all__ = ["Amount", "canonical", "fits", "is_near", "is_qualified", "parse", "same", "size"]


def same(one: Amount, other: Amount, tolerance: float) -> bool:
    """Whether both state the same, each number within the relative tolerance."""
    return (
        one.shape == other.shape
        and one.unit.dimension == other.unit.dimension
        and one.unit.counted == other.unit.counted
        and _all_close(_sizes(one, other), _sizes(other, one), tolerance)
    )


def fits(one: Amount, other: Amount, tolerance: float) -> bool:
    """Whether one leaves open what other tells: the unit, what is counted, the brackets."""
    if any(same(meant, other, tolerance) for meant in one.also):
        return True
    if one.shape.startswith(",") and other.shape[:2] in ("()", "[]", "{}"):
        if one.shape[1:] != other.shape[2:]:
            return False
        ours, theirs = sorted(one.values, key=order), sorted(other.values, key=order)
        return _all_close(ours, theirs, tolerance)
    vaguer = (
        one.unit.counted < other.unit.counted and one.unit.dimension == other.unit.dimension
    ) or (one.unit.is_bare and not other.unit.is_bare)
    return vaguer and one.shape == other.shape and _all_close(one.values, other.values, tolerance)


def is_qualified(text: str) -> bool:
    """Whether an answer says something of its number that makes it another one: more than 5."""
    return sentence.is_qualified(canonical(text))


def size(amount: Amount, *, in_units: bool) -> float:
    """A number that is near for amounts that are the same, or, as written, that fit each other."""
    try:
        written = math.fsum(abs(complex(value)) for value in amount.values)
    except OverflowError:
        return math.inf
    return written * amount.unit.factor if in_units else written


def is_near(small: float, large: float, tolerance: float) -> bool:
    """Whether amounts of these sizes, the smaller first, may still be the same."""
    return tolerance >= 1 or large <= small / (1 - tolerance) + MOST_PARTS * NOISE


def _sizes(one: Amount, other: Amount) -> Sequence[Number]:
    """In the unit as written where both write the same, so that whole numbers stay exact."""
    if one.unit.factor == other.unit.factor:
        return one.values
    return [_scaled(value, one.unit.factor) for value in one.values]


def _scaled(value: Number, factor: float) -> Number:
    return value * Fraction(repr(factor)) if isinstance(value, Fraction) else value * factor


def _all_close(ours: Sequence[Number], theirs: Sequence[Number], tolerance: float) -> bool:
    return len(ours) == len(theirs) and all(
        are_close(a, b, tolerance) for a, b in zip(ours, theirs, strict=True)
    )
