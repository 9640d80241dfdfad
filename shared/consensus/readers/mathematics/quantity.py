"""One amount: figures or words with their unit, a scale, percent, a time of day, a formula."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from consensus.core.values import BARE, Number, Unit
from consensus.readers.mathematics import expression, number_words, units
from consensus.readers.mathematics.amount import Amount, of_letters
from consensus.readers.mathematics.arithmetic import NotMathematicsError

_COMPOUND_PART = re.compile(r"\d+(?:\.\d+)?\s?[a-z]+")
_COMPOUND = re.compile(r"\d+(?:\.\d+)?\s?[a-z]+(?:,? (?:and )?\d+(?:\.\d+)?\s?[a-z]+){1,3}")
_BASE = re.compile(r"(-?\d{1,60})_\(?(\d{1,2})\)?")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2})(?::(\d{2}))?(?:\s?([ap])\.?m\.?)?|\s?([ap])\.?m\.?)")
_RATIO = re.compile(r"[^:]{1,40}(?::[^:]{1,40}){1,4}")
_ASIDE = re.compile(r"(?<=[\w)])\s*\(([^()\d]{1,30})\)$")
_ORDINAL = re.compile(r"st|nd|rd|th")
_SIGN = re.compile(r"\s*([-+]|(?:minus|negative)\s(?=[\d.$]))?\s*(us\$|[$€£¥₹])?\s*")
_WORD = re.compile(r"[a-z]+|[%°µ$€£¥₹¢]")
_PERCENT = re.compile(r"(?:%|percent(?:age)?|per ?cent|pct)(?: points?)?(?:\s+(?P<of>[a-z].*))?")
_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "dozen": 0}
_MONEY_SCALES = {"k": 3, "m": 6, "mn": 6, "b": 9, "bn": 9}
_SCALE = re.compile(r"(dozen|hundred|thousand|million|billion|trillion|k|mn|m|bn|b)\b\s*(.*)")
_TURNED = re.compile(r"(?:sin|cos|tan|cot|sec|csc)\b|°\s*[-+*/)]")
_DERIVATIVE = re.compile(r"\(\(d\)/\(d ?[a-z]\)\)")
MOST_COUNTED = 6  # words of what is counted
_VOWEL = re.compile("[aeiouy]")
_LETTERED_SCALE = re.compile(r"(\d[\d.,]{0,20})(k|m|mn|bn|b)")


def read(plain: str) -> Amount | None:
    """A number as it stands alone: 45k, 3:45 pm, 5 km, 5 ft 7 in, twelve, 1021_3."""
    return (
        _abbreviated(plain)
        or _clock(plain)
        or with_unit(plain)
        or _compound(plain)
        or _in_words(plain)
        or _in_base(plain)
    )


def _abbreviated(plain: str) -> Amount | None:
    """45k and 1.5m, which may be thousands and millions, or some k and metres."""
    match = _LETTERED_SCALE.fullmatch(plain)
    if match is None:
        return None
    value = expression.number(match[1])
    as_written = with_unit(plain) or formula(plain)
    meant = (
        Amount((value * 10 ** _MONEY_SCALES[match[2]],)),
        *([as_written] if as_written else []),
    )
    return Amount((value,), shape=f"{match[2]}?", also=meant)


def _clock(plain: str) -> Amount | None:
    """A time of day, which 3:45 may be; or the ratio of 3 to 45."""
    match = _CLOCK.fullmatch(plain)
    if match is None or int(match[1]) > 24 or int(match[2] or 0) > 59:
        return None
    half = match[4] or match[5]
    seconds = int(match[1]) * 3600 + int(match[2] or 0) * 60 + int(match[3] or 0)
    if half:
        seconds = seconds % (12 * 3600) + (12 * 3600 if half == "p" else 0)
        return Amount((Fraction(seconds),), shape="clock")
    if int(match[1]) > 12:
        return Amount((Fraction(seconds),), shape="clock")
    halves = tuple(Amount((Fraction(s),), shape="clock") for s in (seconds, seconds + 12 * 3600))
    as_ratio = ratio(plain)
    also = (*halves, as_ratio, *as_ratio.also) if as_ratio else halves
    return Amount((Fraction(seconds),), shape="time", also=also)


def with_unit(plain: str) -> Amount | None:
    """A number with its unit."""
    aside = _ASIDE.search(plain)
    if aside and _is_aside(aside[1]):
        unit = "" if number_words.parse(aside[1]) else aside[1]
        plain = f"{plain[: aside.start()]} {unit}".strip()
    head = _SIGN.match(plain)
    if head is None:
        return None
    place = next(
        (m.start() for m in _WORD.finditer(plain, head.end()) if not _is_reckoned(m, plain)),
        len(plain),
    )
    body, rest = plain[head.end() : place].strip(" ,"), plain[place:]
    if not body.strip() or "=" in body:
        return None
    try:
        # The minus belongs to the first term alone: -1 + 5 is 4.
        sign = "-" if head[1] and head[1] != "+" else ""
        _letters, (value,) = expression.values(sign + body)
    except (NotMathematicsError, ValueError):
        return None
    if rest and not re.search(r"\d|pi\b", body):
        return None  # "I cannot say" is no imaginary number of anything
    glued = bool(rest) and rest[0].isalpha() and not plain[place - 1 : place].isspace()
    if glued and body[-1:] == ")":
        return None  # (1/2)mv^2 is a product, and no square millivolts
    amount = _with_rest(value, rest, head[2] or "", glued)
    return _with_meanings(amount, rest) if amount else None


def _with_meanings(amount: Amount, unit: str) -> Amount:
    """The amount with what else it may be meant as: degrees are radians, pounds may be money."""
    (value,) = amount.values
    if amount.unit.dimension == "angle":
        return replace(amount, also=(Amount((value * float(amount.unit.factor),)),))
    if unit in ("pound", "pounds"):
        return replace(amount, also=(Amount((value,), units.parse("£") or BARE),))
    return amount


def _is_reckoned(word: re.Match[str], plain: str) -> bool:
    """Whether a word belongs to the number itself: sqrt, pi, the e of 5e3, degrees of a sine."""
    if word[0] in ("e", "omega"):
        return word[0] == "e"
    if word[0] == "°":
        return _TURNED.search(plain) is not None
    return word[0] in expression.NAMES or word[0] == "root"


def _is_aside(inside: str) -> bool:
    unit = units.parse(inside.strip())
    return number_words.parse(inside) is not None or (
        unit is not None and bool(unit.dimension) and not unit.counted
    )


def _with_rest(value: Number, rest: str, currency: str, glued: bool) -> Amount | None:
    percent = _PERCENT.fullmatch(rest)
    if percent:
        return Amount((value,), replace(units.PERCENT, counted=_counted(percent["of"] or "")))
    if glued and _ORDINAL.fullmatch(rest):
        return Amount((value,))
    scale = _SCALE.fullmatch(rest)
    if scale and (scale[1] in _SCALES or currency):
        times = 12 if scale[1] == "dozen" else 10 ** (_SCALES | _MONEY_SCALES)[scale[1]]
        return _with_rest(value * times, scale[2], currency, False)
    unit = units.parse(f"{currency} {rest}")
    if unit is None or (rest == "a") or (unit.counted and (glued or not _is_counted(unit.counted))):
        return None  # 4n and 2 x are products
    return Amount((value,), unit)


def _counted(of: str) -> frozenset[str]:
    """What a share is of: % of the votes."""
    unit = units.parse(of)
    return unit.counted if unit else frozenset()


def _is_counted(words: frozenset[str]) -> bool:
    """Whether words name what is counted, and say nothing else: no other number, no sentence."""
    is_short = len(words) <= MOST_COUNTED
    return is_short and all(_is_noun(w) and number_words.parse(w) is None for w in words)


def _is_noun(word: str) -> bool:
    is_spoken = not word.isascii() or _VOWEL.search(word) is not None
    return len(word) > 1 and is_spoken and word not in expression.NAMES


def _compound(plain: str) -> Amount | None:
    """5 ft 7 in, 3 hours and 30 minutes: amounts of one dimension, each smaller than the last."""
    if not _COMPOUND.fullmatch(plain):
        return None
    parts = [with_unit(part) for part in _COMPOUND_PART.findall(plain)]
    known = [part for part in parts if part and part.unit.dimension and not part.unit.counted]
    factors = [part.unit.factor for part in known]
    one_dimension = len({part.unit.dimension for part in known}) == 1
    if len(known) < len(parts) or not one_dimension or factors != sorted(set(factors))[::-1]:
        return None
    smallest = known[-1].unit
    total = sum(p.unit.factor * Fraction(str(p.values[0])) for p in known)
    return Amount((total / smallest.factor,), smallest)


def _in_words(plain: str) -> Amount | None:
    spelt = number_words.parse(plain)
    return _with_rest(spelt[0], spelt[1], "", False) if spelt else None


def _in_base(plain: str) -> Amount | None:
    """1021_3: digits in another base are compared as they are written."""
    match = _BASE.fullmatch(plain)
    return (
        Amount((Fraction(int(match[1])),), Unit(counted=frozenset([match[2]]))) if match else None
    )


def ratio(plain: str) -> Amount | None:
    """3:4, which 6:8 is too, and which may be meant as three quarters."""
    if not _RATIO.fullmatch(plain):
        return None
    parts = [number_in(part) for part in plain.split(":")]
    terms = [part for part in parts if isinstance(part, Fraction | float) and part]
    if len(terms) < len(parts):
        return None
    shares = tuple(term / terms[-1] for term in terms)
    return Amount(shares, shape=":", also=(Amount(shares[:1]),) if len(terms) == 2 else ())


def number_in(text: str) -> Number | None:
    """A bare number."""
    found = with_unit(text.strip()) or formula(text.strip())
    bare = found and found.unit.is_bare and not found.shape
    return found.values[0] if found and bare else None


def formula(plain: str) -> Amount | None:
    """A formula, in letters or without."""
    if plain.replace(" ", "") in ("inf", "+inf", "-inf"):
        return Amount((float(plain.replace(" ", "")),))
    is_formula = any(c in plain for c in "+-*/^=()_|!") or any(c.isdigit() for c in plain)
    if _DERIVATIVE.search(plain):
        return None  # which divides nothing
    if not is_formula and len(plain) > 1 and plain not in expression.NAMES and " " not in plain:
        return None  # a word is no product of its letters
    try:
        letters, values = expression.values(plain)
    except NotMathematicsError:
        return None
    return of_letters(letters, values)
