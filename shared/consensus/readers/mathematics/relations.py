"""Equations, inequalities and the parts of the real line that they leave."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from consensus.core.values import Number
from consensus.core.values.atoms import NOISE
from consensus.readers.mathematics import expression
from consensus.readers.mathematics.amount import Amount
from consensus.readers.mathematics.arithmetic import NotMathematicsError

_SIGN = re.compile(r"<=|>=|!=|<|>|=")
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_SIZE = re.compile(r"\|([^|]+)\|")
_NAME = re.compile(
    r"[a-z]+(?:_\(?[a-z0-9]{1,3}\)?)?(?:'|\s?\([a-z0-9, ]{1,12}\))?|angle [a-z]{1,3}"
)
_DERIVATIVE = re.compile(r"\(\(d[a-z]?\)/\(d[a-z]\)\)(?:\s?\([a-z]\))?")
_LETTER = re.compile(rf"[a-z]|{'|'.join(expression.GREEK)}")
MOST_SIDES = 4

Real = Fraction | float


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """An interval of the real line; an end that is closed belongs to it."""

    low: Real
    opens: bool  # whether low is no part of it
    high: Real
    closes: bool  # whether high is a part of it


# An interval that is open at both ends is written ][ in its shape: (1, 2) may be a point.
_BRACKETS = frozenset(["()", "][", "[]", "[)", "(]"])

REALS = (Span(-math.inf, True, math.inf, False),)


def spans(amount: Amount) -> tuple[Span, ...] | None:
    """The parts of the real line that an amount names, as an interval, a union or a set."""
    values = [value for value in amount.values if not isinstance(value, complex)]
    if len(values) < len(amount.values):
        return None
    if amount.shape in ("{}", ""):
        return tuple(Span(value, False, value, True) for value in values)
    pairs = amount.shape.split(" u ")
    if len(values) != 2 * len(pairs) or not all(p in _BRACKETS for p in pairs):
        return None
    ends = zip(pairs, values[::2], values[1::2], strict=True)
    return tuple(Span(low, p[0] != "[", high, p[1] == "]") for p, low, high in ends)


def union(parts: Sequence[Span]) -> Amount:
    """All of the parts as one amount, those that touch as one, from the left to the right."""
    found: list[Span] = []
    for part in sorted(p for p in parts if _is_some(p)):
        last = found[-1] if found else None
        if last and (part.low < last.high or (part.low == last.high and _meet(last, part))):
            high, closes = max((last.high, last.closes), (part.high, part.closes))
            found[-1] = Span(last.low, last.opens, high, closes)
        else:
            found.append(part)
    if not found:
        return Amount((), shape="{}")
    if all(p.low == p.high for p in found):
        return Amount(tuple(p.low for p in found), shape="{}")
    shape = " u ".join(_bracketed(p) for p in found)
    return Amount(tuple(end for p in found for end in (p.low, p.high)), shape=shape)


def _bracketed(span: Span) -> str:
    return "][" if span.opens and not span.closes else "[("[span.opens] + ")]"[span.closes]


def _meet(left: Span, right: Span) -> bool:
    return left.closes or not right.opens


def _is_some(span: Span) -> bool:
    return span.low < span.high or (span.low == span.high and not span.opens and span.closes)


def common(ours: Sequence[Span], theirs: Sequence[Span]) -> tuple[Span, ...]:
    """What two parts of the real line share."""
    shared = []
    for a in ours:
        for b in theirs:
            low, opens = max((a.low, a.opens), (b.low, b.opens))
            high, closes = min((a.high, a.closes), (b.high, b.closes))
            shared.append(Span(low, opens, high, closes))
    return tuple(span for span in shared if _is_some(span))


def without(ours: Sequence[Span], points: Sequence[Real]) -> tuple[Span, ...]:
    """A part of the real line without some points."""
    for point in points:
        holes = (Span(-math.inf, True, point, False), Span(point, True, math.inf, False))
        ours = common(ours, holes)
    return tuple(ours)


def read(plain: str) -> Amount | None:
    """What x > 5, 1 < x <= 2, |x| < 3, x != 0, a < b or x + y = 1 states; None for no relation."""
    signs = _SIGN.findall(plain)
    if not signs or len(signs) >= MOST_SIDES:
        return None
    sides = [side.strip() for side in _SIGN.split(plain)]
    if not all(sides):
        return None
    if signs == ["="]:
        return _equation(sides[0], sides[1])
    told = [_solved(a, sign, b) for a, sign, b in zip(sides, signs, sides[1:], strict=False)]
    solved = [found for found in told if found is not None]
    if len(solved) == len(told) and len({letter for letter, _ in solved}) == 1:
        shared = solved[0][1]
        for _, part in solved[1:]:
            shared = common(shared, part)
        return union(shared)
    return _comparison(sides, signs)


def _solved(left: str, sign: str, right: str) -> tuple[str, tuple[Span, ...]] | None:
    """The letter of a relation in one letter, and where it holds."""
    for one, its_sign, other in ((left, sign, right), (right, _FLIPPED[sign], left)):
        if other.replace(" ", "") in ("inf", "+inf", "-inf") and _LETTER.fullmatch(one):
            return one, REALS
        size = _SIZE.fullmatch(one)
        if size:
            return _within(size[1], its_sign, other)
    try:
        line = expression.line(f"({left})-({right})")
    except NotMathematicsError:
        return None
    if line is None:
        return _bound(left, sign, right)
    letter, slope, height = line
    return letter, _ray(sign if slope > 0 else _FLIPPED[sign], -height / slope)


def _bound(left: str, sign: str, right: str) -> tuple[str, tuple[Span, ...]] | None:
    """As of x > sqrt 2, whose bound is no rational number."""
    if _LETTER.fullmatch(right):
        left, sign, right = right, _FLIPPED[sign], left
    if not _LETTER.fullmatch(left):
        return None
    try:
        letters, values = expression.values(right)
    except NotMathematicsError:
        return None
    if letters or isinstance(values[0], complex):
        return None
    return left, _ray(sign, values[0])


def _ray(sign: str, end: Real) -> tuple[Span, ...]:
    if sign == "!=":
        return without(REALS, (end,))
    if sign == "=":
        return (Span(end, False, end, True),)
    if sign[0] == "<":
        return (Span(-math.inf, True, end, "=" in sign),)
    return (Span(end, "=" not in sign, math.inf, False),)


def _within(inner: str, sign: str, bound: str) -> tuple[str, tuple[Span, ...]] | None:
    """Where |inner| is less, or more, than the bound."""
    above, below = _solved(inner, sign, bound), _solved(inner, _FLIPPED[sign], f"-({bound})")
    if above is None or below is None:
        return None
    both = sign[0] in "<!"
    return above[0], common(above[1], below[1]) if both else (*below[1], *above[1])


def _equation(left: str, right: str) -> Amount | None:
    """x + y = 1, by the values of x + y - 1 as multiples of the first: 2x + 2y = 2 is the same.

    y = 2x + 1 may be meant as 2x + 1, and 2x = 10 is 5.
    """
    if (_NAME.fullmatch(left) or _DERIVATIVE.fullmatch(left)) and not _LETTER.fullmatch(left):
        return None
    try:
        line = expression.line(f"({left})-({right})")
        if line:
            return Amount((-line[2] / line[1],))
        letters, values = expression.values(f"({left})-({right})")
        is_product = re.fullmatch("[a-z]{2,3}", right)  # F = ma; a longer one is a word
        bracketed = f"({right})" if is_product else right
        sides = expression.values(bracketed) if _LETTER.fullmatch(left) else None
    except NotMathematicsError:
        return None
    first = values[0]
    if not letters or abs(complex(first)) < NOISE:
        return None
    told: tuple[Amount, ...] = ()
    if sides and not sides[0]:
        return None  # x = sqrt 2 states a number
    if sides and left not in sides[0]:
        told = (Amount(sides[1], shape=f"of {''.join(sorted(sides[0]))}"),)
    multiples = tuple(_multiple(value, complex(first)) for value in values)
    return Amount(multiples, shape=f"= of {''.join(sorted(letters))}", also=told)


def _comparison(sides: Sequence[str], signs: Sequence[str]) -> Amount | None:
    """a < b, by the values of a - b as multiples of the size of the first."""
    if len({sign[0] for sign in signs}) != 1:
        return None
    if signs[0][0] == ">":
        sides, signs = sides[::-1], [_FLIPPED[sign] for sign in signs][::-1]
    multiples: list[Number] = []
    named: set[str] = set()
    try:
        for left, right in pairwise(sides):
            letters, values = expression.values(f"({left})-({right})")
            size = abs(complex(values[0]))
            if not letters or size < NOISE:
                return None
            flip = complex(values[0]) / size if signs[0] in ("=", "!=") else 1.0
            named |= letters
            multiples += [_multiple(value, size * flip) for value in values]
    except NotMathematicsError:
        return None
    return Amount(tuple(multiples), shape=f"{' '.join(signs)} of {''.join(sorted(named))}")


def _multiple(value: Number, of: complex) -> Number:
    return value if value == expression.NOT_REAL else complex(value) / of
