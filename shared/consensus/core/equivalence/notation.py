"""Text -> the amount that it states.

Numbers come in figures of either habit, words, LaTeX, percent and scientific notation, as fractions
and formulas; with units; or several at once as lists, intervals and matrices.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction

from consensus.core.equivalence import expression, latex, number_words, units
from consensus.core.equivalence.amount import NOISE, Amount, are_close, order
from consensus.core.equivalence.expression import NotMathematicsError, Number
from consensus.core.equivalence.plain import folded
from consensus.core.equivalence.units import BARE, Unit

LONGEST = 600  # characters of an answer that is read as an amount
MOST_PARTS = 50

_LEAD = re.compile(
    r"^(?:(?:so|thus|therefore|hence),? )?(?:"
    r"(?:the )?(?:final |correct )?(?:answer|result|value|total)(?: is| equals)?\s*[:=]?\s*|"
    r"(?:there (?:are|is|were|was|will be)|it(?: is|'s| takes| costs)|"
    r"about|approximately|approx\.?|roughly|around|exactly|nearly|almost|equals) |[~=]\s*)+"
)
_NAMED = re.compile(r"^[a-z][\w' ]{0,20}(?:\([^()=]{0,20}\))?\s*(?:=|~|\bin\b)(?!=)\s*")
_BOUND = re.compile(
    r"(?:([^<>=!a-z]{1,60})\s*(<=|>=|<|>)\s*)?([a-z])(?:\s*(<=|>=|<|>)\s*([^<>=!]{1,60}))?"
)
_COMPOUND_PART = re.compile(r"\d+(?:\.\d+)?\s?[a-z]+")
_COMPOUND = re.compile(r"\d+(?:\.\d+)?\s?[a-z]+(?:,? (?:and )?\d+(?:\.\d+)?\s?[a-z]+){1,3}")
_BASE = re.compile(r"(-?\d{1,60})_\(?(\d{1,2})\)?")
_SIDE_NAMED = re.compile(r"[a-z](?:\s?\([a-z0-9, ]{1,9}\))?")
_QUANTITY = re.compile(
    r"(?P<sign>[-+]?)\s*(?P<currency>us\$|[$€£¥₹])?\s*"
    r"(?P<body>(?:[\d.,'+*/^()!\s-]|e(?=[-+]?\d)|sqrt|cbrt|root\d+|pi\b)+?)\s*"
    r"(?P<rest>[%a-z°µ$€£¥₹¢].*)?"
)
_PERCENT = re.compile(r"(?:%|percent(?:age)?|per ?cent|pct)(?: points?)?(?:\s+(?P<of>[a-z].*))?")
_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "dozen": 0}
_MONEY_SCALES = {"k": 3, "m": 6, "mn": 6, "b": 9, "bn": 9}
_SCALE = re.compile(r"(hundred|thousand|million|billion|trillion|k|mn|m|bn|b)\b\s*(.*)")
_LONE_NUMBER = re.compile(
    rf"(?<![\w.,])(?:us\$|[$€£¥₹])?[-+]?(?:{expression.GROUPED}|\d+(?:\.\d+)?)(?:\s?%)?(?![\w]|[.,]\d)"
)
_LAST_EQUALS = re.compile(r"[=~]\s*([^=~]+)$")
# "More than 5" is not 5: such sentences are not boiled down to their number.
_QUALIFIED = re.compile(
    r"\b(?:not|no|never|less|fewer|more|greater|least|most|under|over|above|below|between|cannot|"
    r"minus|plus|times|or|unknown|impossible|n't)\b|n't\b"
)


def parse(text: str, in_percent: bool = False) -> Amount | None:
    """The amount that an answer states; None where it is not one.

    in_percent: the question asks for a percentage, so that a bare 25 is 25%.
    """
    plain = canonical(text)
    if not plain or len(plain) > LONGEST or not _may_be_amount(plain):
        return None
    amount = _amount(plain) or _of_sentence(plain)
    if in_percent and amount and amount.unit.is_bare and "%" not in plain and not amount.shape:
        return Amount(tuple(_as_percent(v) for v in amount.values))
    return amount


def is_qualified(text: str) -> bool:
    """Whether something is said of a number that makes it another answer: more than 5, not 5."""
    return _QUALIFIED.search(canonical(text)) is not None


def canonical(text: str) -> str:
    """An answer's mathematics in one plain line: no LaTeX, no markdown, no lead-in."""
    plain = folded(latex.plain(text)).strip('`_" \t').strip("*").strip()
    for _ in range(3):
        plain = _LEAD.sub("", plain).strip()
    return plain.rstrip(".;, ") if not plain.endswith("...") else plain


def _as_percent(value: Number) -> Number:
    """25 for 25%; but a part of one, 0.25, is the same share written out."""
    plain = value if isinstance(value, Fraction) else Fraction(0)
    return plain / 100 if abs(plain) > 1 else value


def _may_be_amount(plain: str) -> bool:
    return any(c.isdigit() for c in plain) or len(plain) < 120


def _amount(plain: str) -> Amount | None:
    """A whole text that is an amount, in one of the forms in which they are written."""
    return (
        _bracketed(plain)
        or _quantity(plain)
        or _compound(plain)
        or _in_words(plain)
        or _bound(plain)
        or _in_base(plain)
        or _equation(plain)
        or _several(plain)
        or _expression(plain)
        or _right_side(plain)
    )


def _quantity(plain: str) -> Amount | None:
    """A number with its unit."""
    match = _QUANTITY.fullmatch(plain)
    if match is None:
        return None
    try:
        _letters, (value,) = expression.values(match["body"].strip(" ,"))
    except NotMathematicsError:
        return None
    value = -value if match["sign"] == "-" else value
    rest, currency = match["rest"] or "", match["currency"] or ""
    glued = bool(rest) and rest[0].isalpha() and plain[: -len(rest)][-1:].strip() != ""
    return _with_rest(value, rest, currency, glued)


def _with_rest(value: Number, rest: str, currency: str, glued: bool) -> Amount | None:
    percent = _PERCENT.fullmatch(rest)
    if percent:
        return Amount((value / 100,), units.parse(percent["of"] or "") or BARE)
    scale = _SCALE.fullmatch(rest)
    if scale and (scale[1] in _SCALES or currency):
        zeros = _SCALES.get(scale[1]) or _MONEY_SCALES[scale[1]]
        return _with_rest(value * 10**zeros, scale[2], currency, False)
    unit = units.parse(f"{currency} {rest}")
    if unit is None or (unit.counted and (glued or not all(map(_is_noun, unit.counted)))):
        return None  # 4n and 2 x are products
    return Amount((value,), unit)


def _is_noun(word: str) -> bool:
    return len(word) > 1 and word not in expression.NAMES


def _compound(plain: str) -> Amount | None:
    """5 ft 7 in, 3 hours and 30 minutes: amounts of one dimension, each smaller than the last."""
    if not _COMPOUND.fullmatch(plain):
        return None
    parts = [_quantity(part) for part in _COMPOUND_PART.findall(plain)]
    known = [part for part in parts if part and part.unit.dimension and not part.unit.counted]
    factors = [part.unit.factor for part in known]
    one_dimension = len({part.unit.dimension for part in known}) == 1
    if len(known) < len(parts) or not one_dimension or factors != sorted(set(factors))[::-1]:
        return None
    smallest = known[-1].unit
    total = sum(Fraction(repr(p.unit.factor)) * Fraction(str(p.values[0])) for p in known)
    return Amount((total / Fraction(repr(smallest.factor)),), smallest)


def _in_words(plain: str) -> Amount | None:
    spelt = number_words.parse(plain)
    return _with_rest(spelt[0], spelt[1], "", False) if spelt else None


def _bound(plain: str) -> Amount | None:
    """x <= 5 and 1 < x <= 2, as the intervals that they are; 5 >= x is the first again."""
    match = _BOUND.fullmatch(plain)
    if match is None:
        return None
    left, sign, _, other_sign, right = match.groups()
    signs = {told[0] for told in (sign, other_sign) if told}
    if len(signs) != 1:
        return None
    # As lower < x < upper, with what is not told as infinity.
    lower, upper = (left, sign), (right, other_sign)
    if ">" in signs:
        lower, upper = upper, lower
    ends = [_end(lower[0], -math.inf), _end(upper[0], math.inf)]
    if None in ends:
        return None
    shape = ("[" if "=" in (lower[1] or "") else "(") + ("]" if "=" in (upper[1] or "") else ")")
    return Amount(tuple(end for end in ends if end is not None), shape=shape)


def _end(told: str | None, otherwise: float) -> Number | None:
    return _number(told) if told and told.strip() else otherwise


def _several(plain: str) -> Amount | None:
    """Lists, tuples, sets, intervals and their unions, matrices."""
    if plain.startswith("matrix(") and plain.endswith(")"):
        rows = [row.split("&") for row in plain[7:-1].split(";") if row.strip()]
        return _collected([cell for row in rows for cell in row], f"matrix{len(rows)}")
    union = plain.split(" u ")
    if len(union) > 1:
        parts = [_bracketed(part.strip()) for part in union]
        return _union([part for part in parts if part]) if all(parts) else None
    if "+-" in plain:
        return _collected([plain.replace("+-", "+"), plain.replace("+-", "-")], ",")
    items = _split(re.sub(r",?\s+(?:and|or)\s+", ", ", plain))
    return _collected(items, ",") if len(items) > 1 else None


def _in_base(plain: str) -> Amount | None:
    """1021_3: digits in another base are compared as they are written."""
    match = _BASE.fullmatch(plain)
    return (
        Amount((Fraction(int(match[1])),), Unit(counted=frozenset([match[2]]))) if match else None
    )


def _equation(plain: str) -> Amount | None:
    """x + y = 1, by the values of x + y - 1 as multiples of the first: 2x + 2y = 2 is the same."""
    left, equals, right = plain.partition("=")
    if not equals or "=" in right or _SIDE_NAMED.fullmatch(left.strip()):
        return None
    try:
        letters, values = expression.values(f"({left})-({right})")
    except NotMathematicsError:
        return None
    first = values[0]
    if not letters or abs(complex(first)) < NOISE:
        return None
    multiples = tuple(complex(value) / complex(first) for value in values)
    return Amount(multiples, shape=f"= of {''.join(sorted(letters))}")


def _bracketed(plain: str) -> Amount | None:
    """(1, 2), [0, 1), {5}: several numbers in one pair of brackets."""
    shape = plain[:1] + plain[-1:]
    if shape not in ("()", "[]", "{}", "[)", "(]"):
        return None
    items = _split(plain[1:-1])
    return _collected(items, shape) if len(items) > 1 or shape == "{}" else None


def _union(parts: Sequence[Amount]) -> Amount:
    ordered = sorted(parts, key=lambda a: [order(v) for v in a.values])
    shape = " u ".join(part.shape for part in ordered)
    return Amount(tuple(v for part in ordered for v in part.values), shape=shape)


def _collected(items: Sequence[str], shape: str) -> Amount | None:
    if len(items) > MOST_PARTS:
        return None
    found = [_number(item) for item in items]
    numbers = [value for value in found if value is not None]
    if len(numbers) < len(items):
        return None
    return Amount(
        tuple(sorted(numbers, key=order) if shape in (",", "{}") else numbers), shape=shape
    )


def _split(text: str) -> list[str]:
    """The items between the commas that are in no brackets and group no thousands."""
    items, depth, begun = [], 0, 0
    # "1, 2" is a list and "1,234" is a number.
    spaced = re.search(r",\s", text) is not None
    for place, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter in ",;" and not depth and (not spaced or text[place + 1 : place + 2].isspace()):
            items.append(text[begun:place].strip())
            begun = place + 1
    return [*items, text[begun:].strip()]


def _number(text: str) -> Number | None:
    """One item of several, without a unit."""
    text = _NAMED.sub("", text.strip()).strip()
    if text.replace(" ", "") in ("inf", "+inf", "-inf"):
        return float(text.replace(" ", ""))
    quantity = _quantity(text)
    if quantity:
        return quantity.values[0] if quantity.unit.is_bare else None
    try:
        letters, values = expression.values(text)
    except NotMathematicsError:
        return None
    return values[0] if not letters else None


def _expression(plain: str) -> Amount | None:
    """A formula, in letters or without."""
    if plain.replace(" ", "") in ("inf", "+inf", "-inf"):
        return Amount((float(plain.replace(" ", "")),))
    is_formula = any(c in plain for c in "+-*/^=") or any(c.isdigit() for c in plain)
    if not is_formula and plain not in ("pi", "e", "i"):
        return None  # a word is no product of its letters
    try:
        letters, values = expression.values(plain)
    except NotMathematicsError:
        return None
    if all(are_close(value, values[0], 1e-12) for value in values):
        return Amount(values[:1])  # (a - 1)/(1 - a) is -1 whatever a is
    return Amount(values, shape=f"of {''.join(sorted(letters))}")


def _right_side(plain: str) -> Amount | None:
    """What the text says that something equals."""
    stripped = _NAMED.sub("", plain, count=1).strip()
    if stripped and stripped != plain:
        return _amount(stripped)
    last = _LAST_EQUALS.search(plain)
    return _amount(last[1].strip()) if last and last[1].strip() != plain else None


def _of_sentence(plain: str) -> Amount | None:
    """The only number of a sentence that says nothing else of it."""
    if _QUALIFIED.search(plain) or any(c in plain for c in "()[]{}<>=^/*~"):
        return None
    found = [match[0] for match in _LONE_NUMBER.finditer(plain)]
    if len(found) != 1 or len(re.findall(r"\d+", plain)) != len(re.findall(r"\d+", found[0])):
        return None
    return _quantity(found[0].strip())
