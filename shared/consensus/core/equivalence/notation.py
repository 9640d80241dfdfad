"""Text -> the amount that it states.

Numbers come in figures of either habit, words, LaTeX, percent and scientific notation, as fractions
and formulas; with units; or several at once as lists, intervals and matrices.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from consensus.core.equivalence import (
    dates,
    expression,
    latex,
    number_words,
    relations,
    stated,
    units,
)
from consensus.core.equivalence.amount import Amount, are_close, joined
from consensus.core.equivalence.expression import NotMathematicsError, Number
from consensus.core.equivalence.plain import folded
from consensus.core.equivalence.units import BARE, Unit

LONGEST = 600  # characters of an answer that is read as an amount
MOST_PARTS = 50

_LEAD = re.compile(
    r"^(?:(?:so|thus|therefore|hence),? )?(?:"
    r"(?:the )?(?:final |correct )?(?:answer|result|value|total)(?: is| equals)?\s*[:=]?\s*|"
    r"(?:there (?:are|is|were|was|will be)|it(?: is|'s| takes| costs)|"
    r"about|approximately|approx\.?|roughly|around|exactly|nearly|almost|equals) |"
    r"[~=]\s*|[a-z]: (?=[^=]{1,80}=))+"
)
_SETS_IN_WORDS = {
    **dict.fromkeys(("all real numbers", "all reals", "any real number"), "(-inf,inf)"),
    **dict.fromkeys(("the set of all real numbers", "the real numbers"), "(-inf,inf)"),
    **dict.fromkeys(("infinity", "positive infinity"), "inf"),
    "negative infinity": "-inf",
    **dict.fromkeys(("empty set", "the empty set", "no solution", "no solutions"), "{}"),
    **dict.fromkeys(("no real solution", "no real solutions", "there is no solution"), "{}"),
}
_NAMED = re.compile(r"^\(?[a-z][\w', ]{0,20}\)?(?:\([^()=]{0,20}\))?\s*(?:=|~|\bin\b)(?!=)\s*")
_COMPOUND_PART = re.compile(r"\d+(?:\.\d+)?\s?[a-z]+")
_COMPOUND = re.compile(r"\d+(?:\.\d+)?\s?[a-z]+(?:,? (?:and )?\d+(?:\.\d+)?\s?[a-z]+){1,3}")
_BASE = re.compile(r"(-?\d{1,60})_\(?(\d{1,2})\)?")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2})(?::(\d{2}))?(?:\s?([ap])\.?m\.?)?|\s?([ap])\.?m\.?)")
_RATIO = re.compile(r"[^:]{1,40}(?::[^:]{1,40}){1,4}")
_BUILT = re.compile(r"\{\s*([a-z])\s*(?:in \(-inf,inf\)\s*)?[|:]\s*(.+)\}")
_ASIDE = re.compile(r"(?<=[\w)])\s*\(([^()\d]{1,30})\)$")
_UNION = re.compile(r"\s*∪\s*|(?<=[)\]}])\s*u\s*(?=[(\[{])")
_AND = re.compile(r"\s+and\s+")
_JOINT = re.compile(r",?\s+(?:and|or)\s+|(?<=[^\s,;=(])\s+(?=[a-z]\s?=\s?[^=]{1,30}$)")
_ORDINAL = re.compile(r"st|nd|rd|th")
_NAMED_PART = re.compile(r"([a-z](?:_\(?\w{1,3}\)?)?)\s*=\s*([^=]+)")
_AMBIGUOUS = re.compile(r"[-+]?(?!\d{1,3},\d{3}$)\d{1,12},\d{1,12}")
_SIGN = re.compile(r"\s*([-+]|(?:minus|negative)\s(?=[\d.$]))?\s*(us\$|[$€£¥₹])?\s*")
_WORD = re.compile(r"[a-z]+|[%°µ$€£¥₹¢]")
_PERCENT = re.compile(r"(?:%|percent(?:age)?|per ?cent|pct)(?: points?)?(?:\s+(?P<of>[a-z].*))?")
_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "dozen": 0}
_MONEY_SCALES = {"k": 3, "m": 6, "mn": 6, "b": 9, "bn": 9}
_SCALE = re.compile(r"(dozen|hundred|thousand|million|billion|trillion|k|mn|m|bn|b)\b\s*(.*)")
_LONE_NUMBER = re.compile(
    rf"(?<![\w.,/])(?:us\$|[$€£¥₹])?[-+]?(?:{expression.GROUPED}|\d+(?:\.\d+)?(?:/\d+)?)"
    r"(?:\s?%| (?:hundred|thousand|million|billion|trillion|percent|pct)\b)?(?![\w]|[.,/]\d)"
)
_CLAUSE = re.compile(
    r"(?:\b(?:so|thus|therefore|hence|then|which (?:is|gives|means)|giving|gives?|get|equals?|is|"
    r"are|was|were|has|have|had|obtain)\b|=>|=|;|\.\s|,\s)"
)
_TURNED = re.compile(r"(?:sin|cos|tan|cot|sec|csc)\b|°\s*[-+*/)]")
_OPTION = re.compile(r"(?:\(([a-h])\)|([a-df-h])[.)]|([a-df-h]))(?:\s+(\S.*))?")
_LETTERED_SCALE = re.compile(r"(\d[\d.,]{0,20})(k|m|mn|bn|b)")
_REMARK = re.compile(
    r"\s*\((?:since|because|as|i\.e\.|or|about|approx\w*|rounded)\b.{0,200}\)$|"
    r",?\s*\(?(?:where |with |for )?(?:any )?[a-z](?:, ?[a-z])? in (?:z|n|q|\(-inf,inf\))"
    r"(?:\s?[\^_]\s?[*+(].{0,6})?\)?$"
)
_SCALED_MATRIX = re.compile(r"([^&;,]{1,40}?)\s*\*?\s*(matrix\([^()]*\))")
_NOT_UNITS = frozenset(["in", "a", "s", "day", "min"])
_LAST_EQUALS = re.compile(r"[=~]\s*([^=~]+)$")
# "More than 5" is not 5: such sentences are not boiled down to their number.
_QUALIFIED = re.compile(
    r"\b(?:not|no|never|less|fewer|more|greater|least|most|under|over|above|below|between|cannot|"
    r"minus|plus|times|or|unknown|impossible|increas\w+|decreas\w+|rose|fell|dropp?\w*|lost|loss|"
    r"gain\w*|higher|lower|earlier|later|before|after|ago|am|pm|january|february|march|april|june|"
    r"july|august|september|october|november|december|n't)\b|n't\b|\bmay \d|\d may\b"
)


def parse(text: str, in_percent: bool = False) -> Amount | None:
    """The amount that an answer states; None where it is not one.

    in_percent: the question asks for a percentage, so that a bare 25 is 25%.
    """
    plain = canonical(text)
    if not plain or len(plain) > LONGEST or not _may_be_amount(plain) or _is_deep(plain):
        return None
    if dates.iso(plain):
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
    plain = folded(latex.plain(stated.answer_of(text))).strip('`_" \t').strip("*").strip()
    plain = _SETS_IN_WORDS.get(plain.strip(". "), plain)
    for _ in range(3):
        plain = _REMARK.sub("", _LEAD.sub("", plain).strip())
    return plain.rstrip(".;, ") if not plain.endswith("...") else plain


def _as_percent(value: Number) -> Number:
    """25 for 25%; but a part of one, 0.25, is the same share written out."""
    plain = value if isinstance(value, Fraction) else Fraction(0)
    return plain / 100 if abs(plain) > 1 else value


def _is_deep(plain: str) -> bool:
    depth = deepest = 0
    for letter in plain:
        depth += (letter in "([{") - (letter in ")]}")
        deepest = max(deepest, depth)
    return deepest > expression.DEEPEST


def _may_be_amount(plain: str) -> bool:
    return any(c.isdigit() for c in plain) or len(plain) < 120


@lru_cache(maxsize=1024)  # nested parts are tried in several ways
def _amount(plain: str) -> Amount | None:
    """A whole text that is an amount, in one of the forms in which they are written."""
    return (
        _either(plain)
        or _option(plain)
        or _built(plain)
        or _bracketed(plain)
        or _ambiguous(plain)
        or _abbreviated(plain)
        or _clock(plain)
        or _quantity(plain)
        or _compound(plain)
        or _in_words(plain)
        or _in_base(plain)
        or _several(plain)
        or _ratio(plain)
        or relations.read(plain)
        or _expression(plain)
        or _right_side(plain)
    )


def _option(plain: str) -> Amount | None:
    """B, or (B) 12, which may be meant as 12 too; e is a number, but may be an option."""
    if plain == "e":
        return Amount((math.e,), also=(Amount((), shape="option e"),))
    match = _OPTION.fullmatch(plain)
    if match is None or (match[3] and match[4]):
        return None
    name = match[1] or match[2] or match[3]
    variable = None if match[4] else _expression(f"{name}")
    letter = Amount((), shape=f"option {name}", also=(variable,) if variable else ())
    told = _amount(match[4]) if match[4] else None
    if told is None:
        return None if match[4] else letter
    return Amount(told.values, told.unit, f"{letter.shape} {told.shape}", also=(letter, told))


def _ambiguous(plain: str) -> Amount | None:
    """3,5 is three and a half, or two numbers."""
    if not _AMBIGUOUS.fullmatch(plain):
        return None
    value = (-1 if plain[0] == "-" else 1) * expression.number(plain.lstrip("+-"))
    listed = _collected(plain.split(","), ",")
    return Amount((value,), shape="?", also=(Amount((value,)), *([listed] if listed else [])))


def _abbreviated(plain: str) -> Amount | None:
    """45k and 1.5m, which may be thousands and millions, or some k and metres."""
    match = _LETTERED_SCALE.fullmatch(plain)
    if match is None:
        return None
    value = expression.number(match[1])
    as_written = _quantity(plain) or _expression(plain)
    meant = (
        Amount((value * 10 ** _MONEY_SCALES[match[2]],)),
        *([as_written] if as_written else []),
    )
    return Amount((value,), shape=f"{match[2]}?", also=meant)


def _quantity(plain: str) -> Amount | None:
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
    body, rest = plain[head.end() : place], plain[place:]
    if not body.strip() or "=" in body:
        return None
    try:
        _letters, (value,) = expression.values(body.strip(" ,"))
    except (NotMathematicsError, ValueError):
        return None
    value = -value if head[1] and head[1] != "+" else value
    if rest and not re.search(r"\d|pi\b", body):
        return None  # "I cannot say" is no imaginary number of anything
    glued = bool(rest) and rest[0].isalpha() and not body[-1:].isspace()
    if glued and body[-1:] == ")":
        return None  # (1/2)mv^2 is a product, and no square millivolts
    amount = _with_rest(value, rest, head[2] or "", glued)
    return _with_meanings(amount, rest) if amount else None


def _with_meanings(amount: Amount, unit: str) -> Amount:
    """The amount with what else it may be meant as: degrees are radians, pounds may be money."""
    (value,) = amount.values
    if amount.unit.dimension == "angle":
        return replace(amount, also=(Amount((value * amount.unit.factor,)),))
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
        return Amount((value / 100,), units.parse(percent["of"] or "") or BARE)
    if glued and _ORDINAL.fullmatch(rest):
        return Amount((value,))
    scale = _SCALE.fullmatch(rest)
    if scale and (scale[1] in _SCALES or currency):
        times = 12 if scale[1] == "dozen" else 10 ** (_SCALES | _MONEY_SCALES)[scale[1]]
        return _with_rest(value * times, scale[2], currency, False)
    unit = units.parse(f"{currency} {rest}")
    if (
        unit is None
        or (rest == "a")
        or (unit.counted and (glued or not all(map(_is_noun, unit.counted))))
    ):
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
    ratio = _ratio(plain)
    also = (*halves, ratio, *ratio.also) if ratio else halves
    return Amount((Fraction(seconds),), shape="time", also=also)


def _ratio(plain: str) -> Amount | None:
    """3:4, which 6:8 is too, and which may be meant as three quarters."""
    if not _RATIO.fullmatch(plain):
        return None
    parts = [_number(part) for part in plain.split(":")]
    terms = [part for part in parts if isinstance(part, Fraction | float) and part]
    if len(terms) < len(parts):
        return None
    shares = tuple(term / terms[-1] for term in terms)
    return Amount(shares, shape=":", also=(Amount(shares[:1]),) if len(terms) == 2 else ())


def _several(plain: str) -> Amount | None:
    """Matrices, combined sets and intervals, relations of which both hold, lists."""
    return _as_matrix(plain) or _combined(plain) or _both(plain) or _as_list(plain)


def _as_matrix(plain: str) -> Amount | None:
    if plain.startswith("matrix(") and plain.endswith(")"):
        return _matrix([row.split("&") for row in plain[7:-1].split(";") if row.strip()])
    scaled = _SCALED_MATRIX.fullmatch(plain)
    return _times(_number(scaled[1]), _as_matrix(scaled[2])) if scaled else None


def _combined(plain: str) -> Amount | None:
    """Sets and intervals joined, shared, or without some points."""
    whole, less, points = plain.partition(" ∖ ")
    if less:
        return _without(_amount(whole.strip()), _amount(points.strip()))
    common = plain.split("∩")
    if len(common) == 2:
        return _shared([_amount(part.strip()) for part in common], may_be_empty=True)
    union = _UNION.split(plain)
    if len(union) < 2:
        return None
    return _united([_amount(_NAMED.sub("", part.strip())) for part in union])


def _both(plain: str) -> Amount | None:
    parts = _AND.split(plain)
    return _shared([relations.read(part.strip()) for part in parts]) if len(parts) == 2 else None


def _as_list(plain: str) -> Amount | None:
    items = [item for item in _split(_JOINT.sub(", ", plain)) if item]
    return _listed(items) if 1 < len(items) <= MOST_PARTS else None


def _listed(items: Sequence[str]) -> Amount | None:
    if "!=" in items[0]:
        name = items[0].partition("!=")[0]
        return _apart([item if "!=" in item else f"{name}!={item}" for item in items])
    if any(sign in item for item in items for sign in "<>"):
        within = _united([relations.read(item) for item in items if "!=" not in item])
        without = [item for item in items if "!=" in item]
        return _shared([within, _apart(without)]) if without else within
    named = [_NAMED_PART.fullmatch(item) for item in items]
    names = [match[1] for match in named if match]
    if len(names) == len(items) and len({name[0] for name in names}) == len(items):
        return _of_names({match[1]: match[2] for match in named if match})
    return _collected(items, ",")


def _of_names(told: Mapping[str, str]) -> Amount | None:
    """x = 1, y = 2, in any order, which may be meant as (1, 2)."""
    parts = [_part(told[name]) for name in sorted(told)]
    found = [part for part in parts if part]
    row = joined(found, "()") if len(found) == len(parts) else None
    loose = joined(found, ",")
    if row is None or loose is None:
        return None
    shape = f"= {' '.join(sorted(told))}{row.shape[2:]}"
    return Amount(row.values, row.unit, shape, also=(row, loose))


def _either(plain: str) -> Amount | None:
    """What ± leaves open, as the two that it stands for."""
    if "±" not in plain and "∓" not in plain:
        return None
    name = _NAMED.match(plain)
    bare = plain[name.end() :] if name else plain
    items = []
    for item in _split(bare):
        upper = item.replace("±", "+").replace("∓", "-").removeprefix("+")
        lower = item.replace("±", "-").replace("∓", "+").removeprefix("+")
        items += [upper, lower] if upper != lower else [item]
    return _collected(items, ",")


def _matrix(rows: Sequence[Sequence[str]]) -> Amount | None:
    found = _collected([cell for row in rows for cell in row], "()")
    if found is None or len({len(row) for row in rows}) != 1:
        return None
    also = (found,) if 1 in (len(rows), len(rows[0])) else ()
    return Amount(found.values, found.unit, f"matrix{len(rows)}{found.shape[2:]}", also)


def _times(factor: Number | None, matrix: Amount | None) -> Amount | None:
    if factor is None or matrix is None or "<" in matrix.shape:
        return None
    values = tuple(expression.product(factor, value) for value in matrix.values)
    return Amount(values, matrix.unit, matrix.shape)


def _united(parts: Sequence[Amount | None]) -> Amount | None:
    """All parts of the real line that are named, as one; sets of other things as one set."""
    known = [part for part in parts if part]
    regions = [relations.spans(part) for part in known]
    found = [region for region in regions if region is not None]
    if len(found) < len(parts):
        return None
    return relations.union([span for region in found for span in region])


def _apart(items: Sequence[str]) -> Amount | None:
    """x != 1, x != 2: what is none of them."""
    shared: Sequence[relations.Span] = relations.REALS
    for item in items:
        told = relations.read(item)
        region = relations.spans(told) if told else None
        if region is None:
            return None
        shared = relations.common(shared, region)
    return relations.union(shared)


def _shared(parts: Sequence[Amount | None], *, may_be_empty: bool = False) -> Amount | None:
    """What all of some relations allow; nothing at all was not meant by "and"."""
    if not all(parts):
        return None
    ours, theirs = (relations.spans(part) for part in parts if part)
    if ours is None or theirs is None:
        return None
    shared = relations.common(ours, theirs)
    return relations.union(shared if shared or may_be_empty else (*ours, *theirs))


def _without(whole: Amount | None, points: Amount | None) -> Amount | None:
    ours = relations.spans(whole) if whole else None
    if ours is None or points is None or points.shape not in ("", "{}", ","):
        return None
    real = [value for value in points.values if not isinstance(value, complex)]
    return relations.union(relations.without(ours, real))


def _in_base(plain: str) -> Amount | None:
    """1021_3: digits in another base are compared as they are written."""
    match = _BASE.fullmatch(plain)
    return (
        Amount((Fraction(int(match[1])),), Unit(counted=frozenset([match[2]]))) if match else None
    )


def _bracketed(plain: str) -> Amount | None:
    """(1, 2), [0, 1), {5}: several amounts in one pair of brackets."""
    shape = plain[:1] + plain[-1:]
    if shape not in ("()", "[]", "{}", "[)", "(]") or not _is_one_pair(plain):
        return None
    inside = plain[1:-1].strip()
    items = _split(inside) if inside else []
    if len(items) < 2 and shape != "{}":
        return None
    rows = [_split(item[1:-1]) for item in items if item[:1] + item[-1:] == "[]"]
    if shape == "[]" and len(rows) == len(items):
        return _matrix(rows)
    found = _collected(items, shape)
    if found and shape == "{}" and len(found.values) == 1 and found.shape == "{}":
        return Amount(found.values, found.unit, shape, also=(Amount(found.values, found.unit),))
    return found


def _built(plain: str) -> Amount | None:
    """{x | x > 2}, as what it says of x."""
    built = _BUILT.fullmatch(plain)
    return _amount(built[2].strip()) if built else None


def _is_one_pair(plain: str) -> bool:
    """Whether the last bracket closes the first one."""
    depth = 0
    for place, letter in enumerate(plain):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            return place == len(plain) - 1
    return False


def _collected(items: Sequence[str], shape: str) -> Amount | None:
    if len(items) > MOST_PARTS:
        return None
    found = [_part(item) for item in items]
    parts = [part for part in found if part]
    return joined(parts, shape) if len(parts) == len(items) else None


def _part(item: str) -> Amount | None:
    """One of several: a number, a point, a letter."""
    item = item.strip()
    if len(item) == 1 and item.isalpha():
        return _expression(f"({item})")
    return _amount(_NAMED.sub("", item).strip() or item) if item else None


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
    """A bare number."""
    found = _quantity(text.strip()) or _expression(text.strip())
    bare = found and found.unit.is_bare and not found.shape
    return found.values[0] if found and bare else None


def _expression(plain: str) -> Amount | None:
    """A formula, in letters or without."""
    if plain.replace(" ", "") in ("inf", "+inf", "-inf"):
        return Amount((float(plain.replace(" ", "")),))
    is_formula = any(c in plain for c in "+-*/^=()_|!") or any(c.isdigit() for c in plain)
    if not is_formula and len(plain) > 1 and plain not in expression.NAMES and " " not in plain:
        return None  # a word is no product of its letters
    try:
        letters, values = expression.values(plain)
    except NotMathematicsError:
        return None
    if all(are_close(value, values[0], 1e-12) for value in values):
        return Amount(values[:1])  # (a - 1)/(1 - a) is -1 whatever a is
    return Amount(values, shape=f"of {''.join(sorted(letters))}")


def _right_side(plain: str) -> Amount | None:
    """What the text says that something equals; exactly, where it says that too."""
    exact, _, near = plain.rpartition("~")
    if near.strip() and any(c.isdigit() for c in exact) and (found := _amount(exact.strip())):
        return found
    stripped = _NAMED.sub("", plain, count=1).strip()
    if stripped and stripped != plain:
        return _amount(stripped)
    last = _LAST_EQUALS.search(plain)
    return _amount(last[1].strip()) if last and last[1].strip() != plain else None


def _of_sentence(plain: str) -> Amount | None:
    """The only number of a sentence that says nothing else of it, or of its last clause."""
    clauses = [clause for clause in _CLAUSE.split(plain) if clause.strip()]
    return _lone(plain) or (_lone(clauses[-1]) if len(clauses) > 1 else None)


def _lone(plain: str) -> Amount | None:
    plain = re.sub(r"\s\([a-z, ]{1,30}\)", "", plain)
    if _QUALIFIED.search(plain) or any(c in plain for c in "()[]{}<>=^*~"):
        return None
    found = list(_LONE_NUMBER.finditer(plain))
    if len(found) != 1 or len(re.findall(r"\d+", plain)) != len(re.findall(r"\d+", found[0][0])):
        return None
    return _quantity(f"{found[0][0].strip()} {_unit_after(plain[found[0].end() :])}".strip())


def _unit_after(rest: str) -> str:
    """The unit of measure that follows a number in a sentence."""
    for words in (rest.split()[:3], rest.split()[:1]):
        told = " ".join(words).rstrip(".,;")
        unit = units.parse(told) if told and told not in _NOT_UNITS else None
        if unit and unit.dimension and not unit.counted and len(told) > 1:
            return told
    return ""
