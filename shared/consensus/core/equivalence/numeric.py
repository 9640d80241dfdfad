"""Numeric comparison: values with their units, within a relative tolerance."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from consensus.core.equivalence.exact import visible

LONGEST = 200  # characters; a number does not take more

# name -> (dimension, how many of the dimension's base unit)
_UNITS: dict[str, tuple[str, float]] = {}
for _dimension, _table in {
    "length": "mm .001 cm .01 m 1 km 1000 millimeter .001 centimeter .01 meter 1 metre 1 "
    "kilometer 1000 kilometre 1000 inch .0254 in .0254 foot .3048 feet .3048 ft .3048 yard .9144 "
    "mile 1609.344 mi 1609.344",
    "mass": "mg 1e-6 g .001 kg 1 gram .001 kilogram 1 ton 1000 tonne 1000 lb .45359237 "
    "pound .45359237 ounce .028349523125 oz .028349523125",
    "time": "ms .001 s 1 sec 1 second 1 min 60 minute 60 h 3600 hr 3600 hour 3600 day 86400 "
    "week 604800",
    "volume": "ml .001 l 1 liter 1 litre 1 milliliter .001 gallon 3.785411784",
    "dollar": "$ 1 usd 1 dollar 1 cent .01",
    "euro": "€ 1 eur 1 euro 1",
    "sterling": "£ 1 gbp 1",
    "yen": "¥ 1 jpy 1 yen 1",
    "angle": "° 1 degree 1",
}.items():  # fmt: skip
    _fields = _table.split()
    _UNITS |= {n: (_dimension, float(f)) for n, f in zip(_fields[::2], _fields[1::2], strict=True)}

_SMALL = dict(
    zip(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
        range(20),
        strict=True,
    )
)
_TENS = dict(
    zip(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        range(20, 100, 10),
        strict=True,
    )
)
_SCALES = {
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}

_DIGITS = (
    r"(?:\d{1,3}(?:[,\u00a0\u202f' ]\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d*[.,]\d+|\d+\.?)"
)
_NUMBER = re.compile(
    rf"(?P<sign>[-+]?)\s*(?P<currency>[$€£¥])?\s*(?P<sign2>[-+]?)(?P<digits>{_DIGITS})"
    r"(?:\s*(?:e|[x×*]\s*10\s*\^?)\s*(?P<exponent>[-+]?\d{1,3}))?"
    rf"(?:\s*/\s*(?P<below>{_DIGITS}))?"
    r"\s*(?P<unit>.*)"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as written and, where it names a unit, its dimension and size in base units.

    An unknown unit is a dimension of its own.
    """

    value: float
    dimension: str = ""
    factor: float = 1.0

    @property
    def size(self) -> float:
        return self.value * self.factor


def parse(text: str) -> Quantity | None:
    """The quantity that a final answer states, or None where it is not just a number and a unit."""
    plain = _plain(text)
    if not plain or len(plain) > LONGEST:
        return None
    match = _NUMBER.fullmatch(plain)
    if match is None:
        return _in_words(plain)
    value = _value(match)
    unit = match["unit"].strip(" .")
    return None if value is None else _with_unit(value, unit, match["currency"] or "")


def same(one: Quantity, other: Quantity, tolerance: float) -> bool:
    """Whether both name the same dimension, and sizes within the relative tolerance."""
    return one.dimension == other.dimension and _close(one.size, other.size, tolerance)


def fits(one: Quantity, other: Quantity, tolerance: float) -> bool:
    """Whether one is the other's bare number."""
    bare = not one.dimension and bool(other.dimension)
    return bare and _close(one.value, other.value, tolerance)


def _close(a: float, b: float, tolerance: float) -> bool:
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance * 1e-3)


def _plain(text: str) -> str:
    """One line, LaTeX and markdown undone."""
    text = visible(unicodedata.normalize("NFKC", text.replace("−", "-"))).strip()[: 4 * LONGEST]
    text = re.sub(r"\\boxed\s*\{(.*)\}", r"\1", text)
    text = re.sub(r"\\[dt]?frac\s*\{([^{}]+)\}\s*\{([^{}]+)\}", r"\1/\2", text)
    text = re.sub(r"\\(?:text|mathrm|mbox)\s*\{([^{}]*)\}", r" \1 ", text)
    text = re.sub(r"\\times|\\cdot", "x", text).replace("{,}", ",")
    text = re.sub(r"\\[()\[\],;!: ]", " ", text).replace("\\%", "%").replace("\\$", "$")
    text = re.sub(r"\^\{\s*(-?\d+)\s*\}", r"^\1", text)
    if text.count("$") > 1:
        text = text.strip("$")
    text = text.strip("*_` \t\n").casefold()
    text = re.sub(
        r"^(?:(?:the )?(?:final )?answer(?: is)?\s*[:=]?\s*|[a-z]\s*=\s*|(?:about|approximately|approx\.?|~|≈|=)\s*)+",
        "",
        text,
    )
    return " ".join(text.split()).rstrip(".")


def _value(match: re.Match[str]) -> float | None:
    value = _number(match["digits"])
    below = _number(match["below"]) if match["below"] else 1.0
    if value is None or below is None or below == 0:
        return None
    value = value * 10.0 ** int(match["exponent"] or 0) / below
    negative = "-" in (match["sign"], match["sign2"])
    return (-value if negative else value) if math.isfinite(value) else None


def _number(digits: str) -> float | None:
    """A number in either habit: 1,234.5 and 1.234,5; a single comma before three digits groups."""
    digits = re.sub(r"[\u00a0\u202f' ]", "", digits)
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma > point >= 0:
        digits = digits.replace(".", "").replace(",", ".")
    elif comma >= 0 and point < 0 and digits.count(",") == 1 and len(digits) - comma != 4:
        digits = digits.replace(",", ".")
    try:
        return float(digits.replace(",", ""))
    except ValueError:
        return None


def _with_unit(value: float, unit: str, currency: str) -> Quantity | None:
    if unit.startswith(("percent", "per cent")) or unit == "%":
        return Quantity(value / 100.0)
    words = unit.split()
    if words and words[0] in _SCALES:
        return _with_unit(value * _SCALES[words[0]], " ".join(words[1:]), currency)
    if currency and not unit:
        unit = currency
    if not unit:
        return Quantity(value)
    dimension, factor = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s")) or (unit, 1.0)
    if len(unit.split()) > 3 or re.search(r"[\d=]", unit):
        return None
    return Quantity(value, dimension, factor)


def _in_words(text: str) -> Quantity | None:
    """Numbers spelt out: "twelve", "two hundred and five", "minus three"."""
    words = text.replace("-", " ").replace(",", " ").split()
    sign = -1 if words[:1] in (["minus"], ["negative"]) else 1
    words = words[sign < 0 :]
    total = part = 0
    used = 0
    for word in words:
        if word in _SMALL or word in _TENS:
            part += _SMALL.get(word, _TENS.get(word, 0))
        elif word == "hundred" and part:
            part *= 100
        elif word in _SCALES and part:
            total, part = total + part * _SCALES[word], 0
        elif not (word == "and" and used):
            break
        used += 1
    if not used:
        return None
    return _with_unit(float(Fraction(sign * (total + part))), " ".join(words[used:]), "")
