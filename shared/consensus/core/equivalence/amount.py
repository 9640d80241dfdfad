"""An amount: one number or several, with what they count."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from consensus.core.equivalence.arithmetic import Number
from consensus.core.equivalence.units import BARE, Unit

NOISE = 1e-14  # what is left of a zero after floating-point arithmetic
EXACT_BELOW = 1e-5  # a tolerance this small is for rounding, which whole numbers do not undergo


@dataclass(frozen=True, slots=True)
class Amount:
    """One number, or several: shape tells how they stand together.

    "" is one number; "," some without brackets; "()", "[)" and the like as they are bracketed;
    "of x" an expression in x, by its values; "matrix" with its rows; what is nested has the shapes
    of its parts behind its own. also is what else may be meant by it: 3:4 may be three quarters.
    """

    values: tuple[Number, ...]
    unit: Unit = BARE
    shape: str = ""
    also: tuple[Amount, ...] = ()

    @property
    def key(self) -> str:
        """What equal amounts in the same words share."""
        numbers = ",".join(_spelt(v) for v in self.values)
        counted = " ".join(sorted(self.unit.counted))
        return f"#{self.shape}|{self.unit.dimension}*{self.unit.factor!r} {counted}|{numbers}"


def joined(parts: Sequence[Amount], shape: str) -> Amount | None:
    """Several amounts as one; None where their units differ. In ",", "{}" they have no order."""
    units = {part.unit for part in parts if not part.unit.is_bare}
    if len(units) > 1:
        return None
    if shape in (",", "{}"):
        parts = sorted(parts, key=lambda p: (p.shape, [order(value) for value in p.values]))
    if shape == "{}":  # what is in a set is in it once
        parts = [p for n, p in enumerate(parts) if not n or p.key != parts[n - 1].key]
    nested = "|".join(part.shape for part in parts) if any(part.shape for part in parts) else ""
    return Amount(
        tuple(value for part in parts for value in part.values),
        units.pop() if units else BARE,
        f"{shape}<{nested}>" if nested else shape,
    )


def are_close(a: Number, b: Number, tolerance: float) -> bool:
    """Whether two numbers are the same within a relative tolerance."""
    if a == b:
        return True
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        if a.denominator == b.denominator == 1 and tolerance < EXACT_BELOW:
            return False
        # As it is written in decimals: 0.333333 is within a millionth of a third.
        return abs(a - b) <= Fraction(repr(tolerance)) * max(abs(a), abs(b))
    try:
        one, other = complex(a), complex(b)
    except OverflowError:
        return False
    if not (cmath.isfinite(one) and cmath.isfinite(other)):
        return False
    return abs(one - other) <= max(tolerance * max(abs(one), abs(other)), NOISE)


def order(value: Number) -> tuple[float, float]:
    """Where a number stands among others."""
    if isinstance(value, Fraction):
        # Too large for a float is larger than all that are not.
        return (_float(value), 0.0)
    plain = complex(value)
    return (round(plain.real, 9), round(plain.imag, 9))


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _spelt(value: Number) -> str:
    if isinstance(value, Fraction):
        return f"{value.numerator:x}/{value.denominator:x}"  # hexadecimal has no limit of digits
    return repr(value)
