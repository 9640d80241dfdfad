"""Are two atoms the same? SAME by a licence, DIFFERENT by what they say, else UNKNOWN."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from enum import IntEnum, StrEnum
from fractions import Fraction
from typing import NamedTuple

from consensus.core.values.model import (
    Atom,
    Choice,
    Clock,
    Code,
    Date,
    Identifier,
    Mathematics,
    Number,
    Quantity,
    Row,
    Span,
    Truth,
    Unit,
)

NOISE = 1e-14  # what is left of a zero after floating-point arithmetic
MOST_ROUNDED = Fraction(1, 20)  # of a number that rounding may change: 1000 is not a rounded 1400
FEWEST_COUNTED = 3  # numbers in a row that a span may stand for: 2 and 4 are no 2-4
EXACT_BELOW = 1e-5  # a tolerance this small is for rounding, which whole numbers do not undergo
# Marks that may stand for one another between the same two numbers: 7-9 and 7 to 9, 3:2 and 3-2.
_MARKS = ({"-", "to", ":"}, {":", "/"})


class Sameness(StrEnum):
    """Whether two answers are the same one."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


class Licence(IntEnum):
    """Why two answers that are not the same to the letter are the same; the strongest first."""

    LETTER = 0  # nothing differs
    SPELLING = 1  # case, accents, punctuation, function words
    NOTATION = 2  # one value, written in two ways
    QUESTION = 3  # words that the question supplied
    UNIT = 4  # a unit converted
    ORDER = 5  # parts that stand in another order
    ASIDE = 6  # an aside that only adds
    SENTENCE = 7  # an answer, and the sentence that says it of what was asked
    NAME = 8  # a person's shorter name
    ROUNDED = 9  # "about", and within what was rounded
    UNSAID = 10  # a unit, or what is counted, that only one of them says
    PROSE = 11  # a value among at most a few other words

    @property
    def is_weak(self) -> bool:
        """Whether one of the two leaves something open that the other tells."""
        return self > Licence.SENTENCE


class Finding(NamedTuple):
    """A comparison's end; licence tells why where it is SAME."""

    sameness: Sameness
    licence: Licence = Licence.LETTER


DIFFERENT = Finding(Sameness.DIFFERENT)
UNKNOWN = Finding(Sameness.UNKNOWN)


def same_by(licence: Licence) -> Finding:
    """SAME, by this licence."""
    return Finding(Sameness.SAME, licence)


def compare_atoms(one: Atom, other: Atom, tolerance: float) -> Finding:
    """Whether two atoms are the same. Symmetric. tolerance is relative, for quantities."""
    if one == other:
        return same_by(Licence.LETTER)
    match one, other:
        case Quantity(), Quantity():
            return _quantities(one, other, tolerance)
        case Mathematics() | Quantity(), Mathematics() | Quantity():
            found = (
                compare_atoms(_bare(one), _bare(other), tolerance)
                if _are_bare(one, other)
                else None
            )
            return found or _mathematics(one, other, tolerance)
        case Span(), Span():
            return _spans(one, other, tolerance)
        case (Span() as span, Mathematics() as said) | (Mathematics() as said, Span() as span):
            alike = _counts_up(span, said) or _is_interval(span, said, tolerance)
            return same_by(Licence.NOTATION) if alike else UNKNOWN
        case Row(), Row():
            return _rows(one, other, tolerance)
        case Clock(), Clock():
            return _clocks(one, other)
        case Date(), Date():
            return _dates(one, other)
        case (Truth(), Truth()) | (Choice(), Choice()):
            return DIFFERENT
        case Identifier(), Identifier():
            return _identifiers(one.text, other.text)
        case Code(), Code():
            return UNKNOWN  # unequal normal forms may still do the same
        case (Identifier(text=text), Code(normal=normal)) | (
            Code(normal=normal),
            Identifier(text=text),
        ):
            alike = "".join(text.split()) == "".join(normal.split())
            return same_by(Licence.NOTATION) if alike else UNKNOWN
        case (Identifier(text=text), Quantity(number=number, unit=unit)) | (
            Quantity(number=number, unit=unit),
            Identifier(text=text),
        ):
            is_it = unit.is_bare and text == str(number)  # `1024`, set off as code is
            return same_by(Licence.NOTATION) if is_it else UNKNOWN
        case (Date(day=None, month=None, year=int(year), years=1), Quantity(number=number)) | (
            Quantity(number=number),
            Date(day=None, month=None, year=int(year), years=1),
        ) if year == number:
            return same_by(Licence.NOTATION)
        case (Span(mark=":", low=Quantity() as low, high=Quantity() as high), Quantity() as q) | (
            Quantity() as q,
            Span(mark=":", low=Quantity() as low, high=Quantity() as high),
        ) if isinstance(q.number, Fraction) and q.number.denominator != 1:
            return _fraction(low, high, q, tolerance)  # a ratio of 3:2 is one of 1.5
        case (Span(mark="/", low=Quantity() as low, high=Quantity() as high), Quantity() as q) | (
            Quantity() as q,
            Span(mark="/", low=Quantity() as low, high=Quantity() as high),
        ):
            return _fraction(low, high, q, tolerance)
        case _:
            return UNKNOWN


def _bare(value: Mathematics | Quantity) -> Quantity:
    """A single number, whatever else may be meant by it."""
    return value if isinstance(value, Quantity) else Quantity(value.numbers[0], value.unit)


def _are_bare(one: Mathematics | Quantity, other: Mathematics | Quantity) -> bool:
    return all(
        isinstance(v, Quantity) or (not v.form and len(v.numbers) == 1) for v in (one, other)
    ) and (_quantities(_bare(one), _bare(other), 0.0).sameness is Sameness.SAME)


def _fraction(low: Quantity, high: Quantity, other: Quantity, tolerance: float) -> Finding:
    """3/4, beside three quarters or 0.75."""
    if not isinstance(low.number, Fraction) or not isinstance(high.number, Fraction):
        return UNKNOWN
    if not high.number:
        return UNKNOWN
    part = Quantity(low.number / high.number, high.unit)
    found = _quantities(part, other, tolerance)
    return same_by(Licence.NOTATION) if found.sameness is Sameness.SAME else UNKNOWN


def _quantities(one: Quantity, other: Quantity, tolerance: float) -> Finding:
    a, b = one.unit, other.unit
    if "share" in (a.dimension, b.dimension) and a.dimension != b.dimension:
        return _share_or_bare(one, other, tolerance)
    if a.dimension != b.dimension:
        if a.is_bare or b.is_bare:
            return _unit_unsaid(one, other, tolerance)
        if {a.dimension, b.dimension} == {"angle", "temperature"}:  # degrees, and degrees Celsius
            alike = are_close(one.number, other.number, tolerance)
            return same_by(Licence.UNSAID) if alike else UNKNOWN
        if {a.dimension, b.dimension} & {"factor", "points"}:
            return UNKNOWN  # it doubled, and it grew by 100%, or to it; five points of what?
        if _is_pay_rate(a.dimension, b.dimension) or _is_pay_rate(b.dimension, a.dimension):
            alike = are_close(one.number, other.number, tolerance)
            return same_by(Licence.UNSAID) if alike else UNKNOWN
        if any({a.dimension, b.dimension} <= money for money in _OF_ONE_SIGN):
            return UNKNOWN
        # Three months may be meant as 90 days, and pounds as money: nobody can tell.
        return UNKNOWN if {a.dimension, b.dimension} <= _KINDRED else DIFFERENT
    if a.factor == b.factor and a.offset == b.offset:
        close = are_close(one.number, other.number, tolerance)
        converted = Licence.NOTATION
    else:
        close = are_close(_in_base(one), _in_base(other), max(tolerance, 1e-9)) or _rounded(
            one, other
        )
        converted = Licence.UNIT
    if close:
        if a.counted == b.counted:
            return same_by(converted)
        return (
            same_by(Licence.UNSAID) if a.counted <= b.counted or b.counted <= a.counted else UNKNOWN
        )
    if _rounded(one, other):
        told = one.approximate or other.approximate
        return same_by(Licence.ROUNDED) if told and a.counted == b.counted else UNKNOWN
    if a.counted != b.counted and _digits(one.number) == _digits(other.number):
        return UNKNOWN  # what is counted may be a scale: 1.4 of some word, and 1.4 billion
    return DIFFERENT


def _is_pay_rate(money: str, rate: str) -> bool:
    """Whether the second is that money by the time: a salary of $50,000, and $50,000 a year."""
    return money in _MONEY and set(rate.split("*")) in ({money, "time^-1"}, {money, "month^-1"})


_MONEY = frozenset(["dollar", "euro", "sterling", "yen", "rupee"])
_DOLLARS = frozenset("dollar aud cad nzd hkd sgd twd mxn ars clp".split())
_OF_ONE_SIGN = (_DOLLARS, frozenset(["yen", "yuan"]), frozenset(["sterling", "egp"]))
_KINDRED = frozenset(["time", "month", "mass", "sterling", "angle", "celsius", "fahrenheit"])


def _share_or_bare(one: Quantity, other: Quantity, tolerance: float) -> Finding:
    """5% beside a bare number: .05 is the same, and 5 may be."""
    share, bare = (one, other) if one.unit.dimension == "share" else (other, one)
    if not bare.unit.is_bare:
        return UNKNOWN if _digits(share.number) == _digits(bare.number) else DIFFERENT
    if are_close(_in_base(share), bare.number, tolerance):
        return same_by(Licence.UNIT)
    if _rounded(share, bare) and not _is_decimal(bare.number):
        return same_by(Licence.ROUNDED)  # two thirds are 66.7%
    return UNKNOWN if are_close(share.number, bare.number, tolerance) else DIFFERENT


def _is_decimal(number: Number) -> bool:
    """Whether a few decimal places tell it: a quarter, and not a third."""
    return not isinstance(number, Fraction) or 10**12 % number.denominator == 0


def _unit_unsaid(one: Quantity, other: Quantity, tolerance: float) -> Finding:
    if are_close(one.number, other.number, tolerance):
        return same_by(Licence.UNSAID)
    # 1500 may be meant as 1.5 km.
    return UNKNOWN if _digits(one.number) == _digits(other.number) else DIFFERENT


def _digits(number: Number) -> str:
    """The significant figures of a number, wherever its point stands."""
    plain = complex(number)
    return f"{plain.real:.6e}".partition("e")[0] + f"{plain.imag:.6e}".partition("e")[0]


def _in_base(quantity: Quantity) -> Number:
    """The number in base units of its dimension."""
    return _scaled(quantity.number, quantity.unit)


def _scaled(number: Number, unit: Unit) -> Number:
    if isinstance(number, Fraction):
        return number * unit.factor + unit.offset
    return number * float(unit.factor) + float(unit.offset)


def _rounded(one: Quantity, other: Quantity) -> bool:
    """Whether they are within half a unit of the last place that the coarser one was written in."""
    if not isinstance(one.number, Fraction) or not isinstance(other.number, Fraction):
        return False
    step = max(one.step * one.unit.factor, other.step * other.unit.factor)
    apart = abs(
        one.number * one.unit.factor
        + one.unit.offset
        - other.number * other.unit.factor
        - other.unit.offset
    )
    largest = max(abs(_told(one)), abs(_told(other)))
    return bool(step) and apart <= step / 2 and apart <= MOST_ROUNDED * largest


def _told(quantity: Quantity) -> Fraction:
    """The number in base units, from the zero of its own scale."""
    return Fraction(quantity.number) * quantity.unit.factor  # type: ignore[arg-type]


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


def _mathematics(
    one: Mathematics | Quantity, other: Mathematics | Quantity, tolerance: float
) -> Finding:
    if _is_same_object(one, other, tolerance):
        return same_by(Licence.NOTATION)
    if any(_is_same_object(meant, other, tolerance) for meant in _also(one)):
        return same_by(Licence.UNSAID)
    if any(_is_same_object(meant, one, tolerance) for meant in _also(other)):
        return same_by(Licence.UNSAID)
    if any(
        _may_be_bracketed(a, b, tolerance) or _may_be_bracketed(b, a, tolerance)
        for a in (one, *_also(one))
        for b in (other, *_also(other))
    ):
        return same_by(Licence.UNSAID)
    if any(_is_same_object(a, b, tolerance) for a in _also(one) for b in _also(other)):
        return UNKNOWN  # 2,5 and 5,2 are two numbers, or one list
    if isinstance(one, Mathematics) and isinstance(other, Mathematics) and one.form == other.form:
        if (one.unit.is_bare or other.unit.is_bare) and _all_close(
            one.numbers, other.numbers, tolerance
        ):
            return same_by(Licence.UNSAID)
        return _above_zero(one, other, tolerance)
    return UNKNOWN


def _above_zero(one: Mathematics, other: Mathematics, tolerance: float) -> Finding:
    """Two of one form that differ somewhere: expressions may do so below zero alone, their last.

    What is no real number there, and counts as infinite, is compared where it is one.
    """
    pairs = list(zip(one.numbers, other.numbers, strict=False))
    apart = [n for n, (a, b) in enumerate(pairs) if not are_close(a, b, tolerance)]
    if not one.form.startswith(("of ", "= of ")) or one.unit != other.unit or len(pairs) < 3:
        return DIFFERENT
    if len(one.numbers) != len(other.numbers):
        return DIFFERENT if apart else UNKNOWN
    if apart != [len(pairs) - 1]:
        return DIFFERENT
    return same_by(Licence.UNSAID) if math.inf in pairs[-1] else UNKNOWN


def _also(one: Mathematics | Quantity) -> Sequence[Quantity | Mathematics]:
    return one.also if isinstance(one, Mathematics) else ()


def _is_same_object(
    one: Mathematics | Quantity, other: Mathematics | Quantity, tolerance: float
) -> bool:
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return _quantities(one, other, tolerance).sameness is Sameness.SAME
    if isinstance(one, Quantity) or isinstance(other, Quantity):
        return False
    return (
        one.form == other.form
        and one.unit.dimension == other.unit.dimension
        and (one.unit.counted == other.unit.counted)
        and _all_close(_to_compare(one), _to_compare(other), tolerance)
    )


def _to_compare(one: Mathematics) -> Sequence[Number]:
    """The numbers in base units; of a list without brackets in any order."""
    numbers = [_scaled(number, one.unit) for number in one.numbers]
    return _in_order(numbers) if one.form == "," else numbers


def _may_be_bracketed(
    one: Mathematics | Quantity, other: Mathematics | Quantity, tolerance: float
) -> bool:
    """Whether one lists without brackets what the other lists in some."""
    if not isinstance(one, Mathematics) or not isinstance(other, Mathematics):
        return False
    if not one.form.startswith(",") or other.form[:2] not in ("()", "[]", "{}"):
        return False
    if one.form[1:] != other.form[2:]:
        return False
    if other.form == "{}":
        return _all_close(_in_order(one.numbers), _in_order(other.numbers), tolerance)
    return _all_close(one.numbers, other.numbers, tolerance)


def _in_order(numbers: Sequence[Number]) -> Sequence[Number]:
    return sorted(numbers, key=order)


def _all_close(ours: Sequence[Number], theirs: Sequence[Number], tolerance: float) -> bool:
    return len(ours) == len(theirs) and all(
        are_close(a, b, tolerance) for a, b in zip(ours, theirs, strict=True)
    )


def order(value: Number) -> tuple[float, float]:
    """Where a number stands among others."""
    if isinstance(value, Fraction):
        try:
            return (float(value), 0.0)
        except OverflowError:  # too large for a float is larger than all that are not
            return (math.inf if value > 0 else -math.inf, 0.0)
    plain = complex(value)
    return (round(plain.real, 9), round(plain.imag, 9))


def _around(span: Span) -> Span:
    """70 ± 5 as 65 to 75."""
    middle, off = span.low, span.high
    if span.mark != "±" or not isinstance(middle, Quantity) or not isinstance(off, Quantity):
        return span
    if not isinstance(middle.number, Fraction) or not isinstance(off.number, Fraction):
        return span
    if middle.unit.factor != off.unit.factor:
        return span
    ends = (middle.number - off.number, middle.number + off.number)
    low, high = (Quantity(number, middle.unit) for number in ends)
    return Span(low, high, "to")


def _spans(one: Span, other: Span, tolerance: float) -> Finding:
    if (one.mark == "±") != (other.mark == "±"):
        one, other = _around(one), _around(other)
    if one.mark != other.mark:
        one, other = _last_within(one, other), _last_within(other, one)
    ends = (
        compare_atoms(one.low, other.low, tolerance),
        compare_atoms(one.high, other.high, tolerance),
    )
    found = together(ends)
    if found.sameness is Sameness.SAME and one.mark != other.mark:
        compatible = any({one.mark, other.mark} <= marks for marks in _MARKS)
        return same_by(max(found.licence, Licence.NOTATION)) if compatible else UNKNOWN
    if found.sameness is Sameness.DIFFERENT and _are_in_proportion(one, other):
        # The ratio of 4 to 6 is that of 2 to 3, and no such score; 1.5 to 1 can be no score.
        return same_by(Licence.NOTATION) if _has_decimals(one) or _has_decimals(other) else UNKNOWN
    if one.mark != other.mark and any(end.sameness is Sameness.SAME for end in ends):
        return UNKNOWN  # below 7, and from 0 to just under 7
    return found


def _has_decimals(span: Span) -> bool:
    return any(isinstance(end, Quantity) and end.number % 1 for end in (span.low, span.high))  # type: ignore[operator]


def _last_within(span: Span, other: Span) -> Span:
    """25 up to 30, which is left out, as 25 to 29.9 where the other one ends so."""
    beyond, last = span.high, other.high
    if span.mark != "[)" or other.mark not in ("-", "to"):
        return span
    if not isinstance(beyond, Quantity) or not isinstance(last, Quantity):
        return span
    step = last.step if 0 < last.step < 1 else Fraction(1)
    is_next = beyond.unit == last.unit and beyond.number == last.number + step
    return Span(span.low, last, other.mark) if is_next else span


def _are_in_proportion(one: Span, other: Span) -> bool:
    ends = (one.low, one.high, other.low, other.high)
    is_ratio = one.mark in _RATIOS and other.mark in _RATIOS
    if not is_ratio or not all(isinstance(end, Quantity) for end in ends):
        return False
    a, b, c, d = (end.number for end in ends if isinstance(end, Quantity))
    return a * d == b * c


_RATIOS = (":", "/")
_INTERVALS = {"-": "[]", "to": "[]", "[)": "[)", "(]": "(]", "()": "][", "≥": "[)", "≤": "(]"}
_INTERVALS |= {">": "][", "<": "]["}


def _is_interval(span: Span, said: Mathematics, tolerance: float) -> bool:
    """Whether an interval has the ends of a span, and as the span does, has them in it or not."""
    if said.form != _INTERVALS.get(span.mark) or len(said.numbers) != 2:
        return False
    return all(
        isinstance(end, Quantity)
        and (
            end.number == number
            or _quantities(end, Quantity(number, said.unit), tolerance).sameness is Sameness.SAME
        )
        for end, number in zip((span.low, span.high), said.numbers, strict=True)
    )


def _counts_up(span: Span, listed: Mathematics) -> bool:
    """Whether a list without brackets names each whole number of a span: 3-6, and 3, 4, 5 and 6."""
    low, high = span.low, span.high
    if listed.form != "," or not isinstance(low, Quantity) or not isinstance(high, Quantity):
        return False
    if len(listed.numbers) < FEWEST_COUNTED or span.mark not in ("-", "to"):
        return False
    begins = low.number
    if not isinstance(begins, Fraction) or begins.denominator != 1:
        return False
    run = [begins + n for n in range(len(listed.numbers))]
    return run[-1] == high.number and sorted(listed.numbers, key=order) == run


def _rows(one: Row, other: Row, tolerance: float) -> Finding:
    if len(one.items) != len(other.items):
        return UNKNOWN
    return together(
        [compare_atoms(a, b, tolerance) for a, b in zip(one.items, other.items, strict=True)]
    )


def together(findings: Sequence[Finding]) -> Finding:
    """What the parts come to: SAME by the weakest licence, DIFFERENT where any is."""
    if any(f.sameness is Sameness.DIFFERENT for f in findings):
        return DIFFERENT
    if any(f.sameness is Sameness.UNKNOWN for f in findings):
        return UNKNOWN
    return same_by(max((f.licence for f in findings), default=Licence.LETTER))


def _clocks(one: Clock, other: Clock) -> Finding:
    if one.minutes % 720 != other.minutes % 720:
        return DIFFERENT
    if one.seconds != other.seconds:
        return DIFFERENT if one.seconds and other.seconds else UNKNOWN
    if one.minutes == other.minutes:
        return same_by(Licence.NOTATION)
    return DIFFERENT if one.half_known and other.half_known else UNKNOWN


def _dates(one: Date, other: Date) -> Finding:
    if one.years != other.years:
        wide, narrow = (one, other) if one.years > other.years else (other, one)
        if wide.year is None or narrow.year is None:
            return UNKNOWN
        within = wide.year <= narrow.year < wide.year + wide.years
        return UNKNOWN if within else DIFFERENT
    if one.years == 10 and _is_century_unsaid(one) != _is_century_unsaid(other):
        alike = (
            one.year is not None and other.year is not None and one.year % 100 == other.year % 100
        )
        return same_by(Licence.UNSAID) if alike else DIFFERENT
    fields = [(one.year, other.year), (one.month, other.month), (one.day, other.day)]
    if any(a is not None and b is not None and a != b for a, b in fields):
        return DIFFERENT
    days = (one.weekday, other.weekday)
    if None not in days and days[0] != days[1]:
        return DIFFERENT
    if any(a != b for a, b in fields):
        return UNKNOWN
    if days[0] == days[1]:
        return same_by(Licence.NOTATION)
    return same_by(Licence.UNSAID) if one.day is not None else UNKNOWN


def _is_century_unsaid(decade: Date) -> bool:
    return decade.year is not None and 0 < decade.year < 100


def _is_abroad(one: str, other: str) -> bool:
    """Whether a telephone number is the other's with its country: +33 1 23 45, 01 23 45."""
    here, there = ("".join(filter(str.isdigit, text)) for text in (other, one))
    if not one.startswith("+") or not other.startswith("0") or other.startswith("00"):
        return False
    return there.endswith(here[1:]) and 1 <= len(there) - len(here) + 1 <= 3


def _identifiers(one: str, other: str) -> Finding:
    ours, theirs = ("".join(c for c in text.casefold() if c.isalnum()) for text in (one, other))
    if " " in one or " " in other:
        return UNKNOWN
    is_camel = all(text[:1].islower() and not text.islower() for text in (one, other))
    if one.casefold() == other.casefold() and is_camel:
        return UNKNOWN  # userId, userID
    if one.casefold() == other.casefold() and len(one) > 3:
        return same_by(Licence.SPELLING) if one.isalpha() else UNKNOWN
    if min(len(ours), len(theirs)) > 7 and ours[-8:] == theirs[-8:]:
        return (
            same_by(Licence.UNSAID) if _is_abroad(one, other) or _is_abroad(other, one) else UNKNOWN
        )
    if ours == theirs or ours in theirs or theirs in ours:
        # C and C++, 3.1 and 3.10: alike, and never the same; but a mark may be left out.
        return DIFFERENT if min(len(ours), len(theirs)) < 3 and ours == theirs else UNKNOWN
    return DIFFERENT
