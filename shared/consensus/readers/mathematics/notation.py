"""Text -> the amount that it states: one (`quantity`), several, or a sentence's only number.

Several come as lists, points, sets, matrices, intervals and what is said of them (`relations`,
`regions`); each part is an amount again, which is why they are all read here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from consensus.core.plain import folded
from consensus.core.values import Number
from consensus.core.values.atoms import NOISE
from consensus.readers.mathematics import (
    arithmetic,
    dates,
    expression,
    latex,
    quantity,
    regions,
    relations,
    sentence,
    stated,
    unevaluated,
    units,
)
from consensus.readers.mathematics.amount import Amount, joined, matrix

LONGEST = 600  # characters of an answer that is read as an amount
MOST_PARTS = 50

_LEAD = re.compile(
    r"^(?:(?:so|thus|therefore|hence),? )?(?:"
    r"(?:the )?(?:final |correct )?(?:answer|result|value|total)(?: is| equals)?\s*[:=]?\s*|"
    r"(?:there (?:are|is|were|was|will be)|it(?: is|'s| takes| costs)|"
    r"about|approximately|approx\.?|roughly|around|exactly|nearly|almost|equals) |"
    r"[~=]\s*|(?:for|when|if) (?:all |any )?(?=-?[\da-z./]{1,8} ?[<>])|"
    r"(?:(?:it|the limit) )?(?:diverges|tends|goes) to |[a-z]: (?=[^=]{1,80}=))+"
)
_SETS_IN_WORDS = {
    **dict.fromkeys(("all real numbers", "all reals", "any real number"), "(-inf,inf)"),
    **dict.fromkeys(("the set of all real numbers", "the real numbers"), "(-inf,inf)"),
    **dict.fromkeys(("infinity", "positive infinity"), "inf"),
    **dict.fromkeys(("negative infinity", "minus infinity"), "-inf"),
    **dict.fromkeys(("empty set", "the empty set", "no solution", "no solutions"), "{}"),
    **dict.fromkeys(("no real solution", "no real solutions", "there is no solution"), "{}"),
}
_CONSTANTS = {
    **dict.fromkeys(("euler's number", "the number e", "e (euler's number)"), math.e),
    **dict.fromkeys(("the golden ratio", "golden ratio"), (1 + math.sqrt(5)) / 2),
}
_NO_VALUE = {
    **dict.fromkeys(("dne", "d.n.e", "does not exist", "doesn't exist"), "does not exist"),
    **dict.fromkeys(("the limit does not exist", "limit does not exist"), "does not exist"),
    **dict.fromkeys(("undefined", "not defined", "it is undefined", "is undefined"), "undefined"),
}
_WORKED_OUT = re.compile(
    r"^(?:(?:∫|int ).{1,80}?\bd[a-z]|"
    r"\(\(d(?:\^\(?\d\)?)?\)/\(d ?[a-z](?:\^\(?\d\)?)?\)\)[^=]{1,60})\s*=\s*(?=\S)"
)
_ALL_REALS = re.compile(
    r"(?:(?:x|y) (?:is|in|can be) )?(?:all |any |every |the )?"
    r"(?:(non-?negative|nonnegative|positive|negative|non-?positive) )?"
    r"(?:real numbers?|reals?|numbers)(?: x)?"
    r"(?: (except|but|other than|excluding|apart from|without)(?: for)? "
    r"(?:x ?= ?)?([-\w/. ,()^*]{1,60}))?"
)
_OF_SIGN = {
    "nonnegative": "[0,inf)",
    "positive": "(0,inf)",
    "negative": "(-inf,0)",
    "nonpositive": "(-inf,0]",
}
_NAMED = re.compile(r"^\(?[a-z][\w', ]{0,20}\)?(?:\([^()=]{0,20}\))?\s*(?:=|~|\bin\b)(?!=)\s*")
_POWER_OF_UNIT = re.compile(r"(?<=[a-z])\s+(?=\^)\^")
_BUILT = re.compile(r"\{\s*([a-z])\s*(?:in \(-inf,inf\)\s*)?[|:]\s*(.+)\}")
_UNION = re.compile(r"\s*∪\s*|(?<=[)\]}])\s*u\s*(?=[(\[{])")
_DECIMALS = re.compile(r"\.(\d{2,})$")
_AND = re.compile(r"\s+and\s+")
_JOINT = re.compile(r",?\s+(?:and|or)\s+|(?<=[^\s,;=(])\s+(?=[a-z]\s?=\s?[^=]{1,30}$)")
_NAMED_PART = re.compile(r"([a-z](?:_\(?\w{1,3}\)?)?)\s*=\s*([^=]+)")
_POINT_OF_NAMES = re.compile(r"\(([a-z](?:, ?[a-z]){1,5})\)\s*=\s*\(([^()=]+)\)")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d)|\d{4})")
_RESIDUE = re.compile(
    r"(?:(?:[a-z]|(?P<given>[-+*^()\d\s]{1,80}))\s*(?:equiv|≡|=)\s*)?(?P<left>-?\d{1,40})\s*(?:\(\s*mod\s*|pmod\s*\(?)(?P<by>\d{1,40})\s*\)*"
)
_AMBIGUOUS = re.compile(r"[-+]?(?!\d{1,3},\d{3}$)\d{1,12},\d{1,12}")
_OPTION = re.compile(r"(?:\(([a-h])\)|([a-df-h])[.)]|([a-df-h]))(?:\s+(\S.*))?")
_REMARK = re.compile(
    r"(?<!,)\s*\(?(?:for|where|with|if|provided|when) [a-z]\s?!=\s?[^(),!]{1,12}\)?$|"
    r"\s*\((?:since|because|as|i\.e\.|or|about|approx\w*|rounded)\b.{0,200}\)$|"
    r"(?<=[a-z\d)]),? (?:which is |that is |or )?(?:about|approximately|roughly) -?[\d.]+$|"
    r"(?:\s*[,(]\s*\(?(?:where |with |for )?|\s+(?:where|with|for) )"
    r"(?:any )?[a-z](?:, ?[a-z])? in (?:z|n|q|\(-inf,inf\))"
    r"(?:\s?[\^_]\s?[*+(].{0,6})?\)?$"
)
_SCALED_MATRIX = re.compile(r"([^&;,]{1,40}?)\s*\*?\s*(matrix\([^()]*\))")
_CHAIN = re.compile(r"(?<![<>!=])=(?!=)")
_ONE_RESULT = re.compile(rf"[^,;=]+=\s*{expression.GROUPED}")
_LAST_EQUALS = re.compile(r"(?<![<>!])[=~]\s*([^=~]+)$")


def parse(text: str, in_percent: bool = False) -> Amount | None:
    """The amount that an answer states; None where it is not one.

    in_percent: the question asks for a percentage, so that a bare 25 is 25%.
    """
    plain = canonical(text)
    if not plain or len(plain) > LONGEST or not _may_be_amount(plain) or _is_deep(plain):
        return None
    if dates.iso(plain):
        return None
    try:
        amount = _amount(plain) or unevaluated.read(stated.answer_of(text)) or sentence.read(plain)
    except ArithmeticError:  # too large for what is said of it: 1e400 degrees
        return None
    if in_percent and amount and amount.unit.is_bare and "%" not in plain and not amount.shape:
        return _as_percent(amount)
    return amount


def canonical(text: str) -> str:
    """An answer's mathematics in one plain line: no LaTeX, no markdown, no lead-in."""
    plain = folded(latex.plain(stated.answer_of(text))).strip('`_" \t').strip("*").strip()
    plain = _POWER_OF_UNIT.sub("^", plain)
    for _ in range(3):
        plain = _REMARK.sub("", _LEAD.sub("", _WORKED_OUT.sub("", plain)).strip())
    plain = set_in_words(plain) or plain
    return plain.rstrip(".;, ") if not plain.endswith("...") else plain


def set_in_words(plain: str) -> str | None:
    """The real line, or a part of it, in signs, where folded words name it."""
    told = plain.strip(". ")
    reals = _ALL_REALS.fullmatch(told)
    if reals is None or told in _SETS_IN_WORDS or not (reals[1] or reals[3]):
        return _SETS_IN_WORDS.get(told)
    whole = _OF_SIGN.get((reals[1] or "").replace("-", ""), "(-inf,inf)")
    points = re.sub(r",? and |, ", ", ", reals[3]) if reals[3] else ""
    return f"{whole} ∖ {{{points}}}" if points else whole


def _as_percent(amount: Amount) -> Amount:
    """25 as 25%; but a part of one, 0.25, is the same share written out."""
    is_part = any(abs(complex(v)) <= 1 for v in amount.values)
    return amount if is_part else replace(amount, unit=units.PERCENT)


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
        or _no_value(plain)
        or _constant(plain)
        or _residue(plain)
        or _built(plain)
        or _point_of_names(plain)
        or _bracketed(plain)
        or _ambiguous(plain)
        or quantity.read(plain)
        or _several(plain)
        or quantity.ratio(plain)
        or _converted(plain)
        or _chained(plain)
        or relations.read(plain)
        or quantity.formula(plain)
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
    variable = None if match[4] else quantity.formula(f"{name}")
    letter = Amount((), shape=f"option {name}", also=(variable,) if variable else ())
    told = _amount(match[4]) if match[4] else None
    if told is None:
        return None if match[4] else letter
    return Amount(told.values, told.unit, f"{letter.shape} {told.shape}", also=(letter, told))


def _no_value(plain: str) -> Amount | None:
    """What a limit may be said to be, that is none."""
    said = _NO_VALUE.get(plain)
    return Amount((), shape=said) if said else None


def _constant(plain: str) -> Amount | None:
    """Euler's number, and others by their names."""
    told = _CONSTANTS.get(plain)
    return Amount((told,)) if told is not None else None


def _residue(plain: str) -> Amount | None:
    """x = 8 (mod 5), which is 3 (mod 5) too."""
    match = _RESIDUE.fullmatch(plain)
    if match is None or not int(match["by"]):
        return None
    left = Fraction(int(match["left"]) % int(match["by"]))
    if match["given"]:
        return Amount((left,))  # of 2^5 = 4 (mod 7), the 4
    return Amount((left, Fraction(int(match["by"]))), shape="mod")


def _ambiguous(plain: str) -> Amount | None:
    """3,5 is three and a half, or two numbers."""
    if not _AMBIGUOUS.fullmatch(plain):
        return None
    value = (-1 if plain[0] == "-" else 1) * expression.number(plain.lstrip("+-"))
    listed = _collected(plain.split(","), ",")
    return Amount((value,), shape="?", also=(Amount((value,)), *([listed] if listed else [])))


def _several(plain: str) -> Amount | None:
    """Matrices, combined sets and intervals, relations of which both hold, lists."""
    return _as_matrix(plain) or _combined(plain) or _both(plain) or _as_list(plain)


def _as_matrix(plain: str) -> Amount | None:
    if plain.startswith("matrix(") and plain.endswith(")"):
        return _matrix([row.split("&") for row in plain[7:-1].split(";") if row.strip()])
    scaled = _SCALED_MATRIX.fullmatch(plain)
    return _times(quantity.number_in(scaled[1]), _as_matrix(scaled[2])) if scaled else None


def _combined(plain: str) -> Amount | None:
    """Sets and intervals joined, shared, or without some points."""
    whole, less, points = plain.partition(" ∖ ")
    if less:
        return regions.without(_amount(whole.strip()), _amount(points.strip()))
    common = plain.split("∩")
    if len(common) == 2:
        return regions.shared([_amount(part.strip()) for part in common], may_be_empty=True)
    union = _UNION.split(plain)
    if len(union) < 2:
        return None
    return regions.united([_amount(_NAMED.sub("", part.strip())) for part in union])


def _both(plain: str) -> Amount | None:
    parts = _AND.split(plain)
    names = {match[1] for part in parts if (match := _NAMED_PART.fullmatch(part.strip()))}
    if len(parts) != 2 or len(names) > 1:
        return None
    return regions.shared([relations.read(part.strip()) for part in parts])


def _as_list(plain: str) -> Amount | None:
    if _ONE_RESULT.fullmatch(plain):
        return None  # 7! = 5,040
    items = [item for item in _split(_JOINT.sub(", ", plain)) if item]
    if not 1 < len(items) <= MOST_PARTS:
        return None
    return _said_twice(plain) or _listed(items)


def _said_twice(plain: str) -> Amount | None:
    """7/20 or 35%, 1/3 or 0.33: one number, written in two ways, the second perhaps rounded."""
    one, joint, other = plain.partition(" or ")
    first, second = _share(one.rstrip(", ")), _share(other)
    if not joint or first is None or second is None:
        return None
    decimals = _DECIMALS.search(other)
    rounding = float(f"5e-{len(decimals[1]) + 1}") if decimals else NOISE
    try:
        apart = abs(complex(first) - complex(second))
    except OverflowError:
        return None
    return Amount((first,)) if apart <= rounding else None


def _share(plain: str) -> Number | None:
    """A bare number, or a percentage as the part of one that it is."""
    part = quantity.with_unit(plain)
    if part and part.unit == units.PERCENT:
        return arithmetic.divide(part.values[0], Fraction(100))
    return quantity.number_in(plain)


def _listed(items: Sequence[str]) -> Amount | None:
    if "!=" in items[0]:
        name = items[0].partition("!=")[0]
        return regions.apart([item if "!=" in item else f"{name}!={item}" for item in items])
    if any(sign in item for item in items for sign in "<>"):
        within = regions.united([relations.read(item) for item in items if "!=" not in item])
        without = [item for item in items if "!=" in item]
        return regions.shared([within, regions.apart(without)]) if without else within
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
    if row is None:
        return None
    shape = f"= {' '.join(sorted(told))}{row.shape[2:]}"
    return Amount(row.values, row.unit, shape, also=(row,))


def _point_of_names(plain: str) -> Amount | None:
    """(x, y) = (3, 2), as x = 3 and y = 2."""
    match = _POINT_OF_NAMES.fullmatch(plain)
    if match is None:
        return None
    names, told = (_split(part) for part in match.groups())
    if len(names) != len(told) or len(set(names)) < len(names):
        return None
    return _of_names(dict(zip(names, told, strict=True)))


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
    if sum(map(len, rows)) > MOST_PARTS:
        return None
    return matrix([[_part(cell) for cell in row] for row in rows])


def _times(factor: Number | None, matrix: Amount | None) -> Amount | None:
    if factor is None or matrix is None or "<" in matrix.shape:
        return None
    values = tuple(arithmetic.multiply(factor, value) for value in matrix.values)
    return Amount(values, matrix.unit, matrix.shape)


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
    if shape == "()" and len(items) == 2 and any("inf" in item for item in items):
        shape = "]["  # what has no end is an interval
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
        return quantity.formula(f"({item})")
    return _amount(_NAMED.sub("", item).strip() or item) if item else None


def _split(text: str) -> list[str]:
    """The items between the commas that are in no brackets and group no thousands."""
    items, depth, begun = [], 0, 0
    if ";" in text and not re.search(r",(?!\d)|(?<!\d),", text):
        return [_DECIMAL_COMMA.sub(".", item.strip()) for item in text.split(";")]  # 0,5; 1,5
    # "1, 2" is a list and "1,234" is a number.
    spaced = re.search(r",\s", text) is not None
    for place, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter in ",;" and not depth and (not spaced or text[place + 1 : place + 2].isspace()):
            items.append(text[begun:place].strip())
            begun = place + 1
    return [*items, text[begun:].strip()]


def _chained(plain: str) -> Amount | None:
    """d = sqrt(9 + 16) = 5 cm: the amount that a calculation comes to."""
    sides = _CHAIN.split(plain)
    if len(sides) < 3 or "~" in plain:
        return None
    last = quantity.read(sides[-1].strip())
    return last if last and not last.also and any(map(str.isdigit, sides[-2])) else None


def _converted(plain: str) -> Amount | None:
    """45° = pi/4 rad: what an amount is said to be."""
    given, equals, result = plain.rpartition(" = ")
    return _amount(result.strip()) if equals and quantity.read(given.strip()) else None


def _right_side(plain: str) -> Amount | None:
    """What the text says that something equals; exactly, where it says that too."""
    exact, _, near = plain.rpartition("~")
    is_known = any(c.isdigit() for c in exact) or exact.strip() in ("e", "pi")
    if near.strip() and is_known and (found := _amount(exact.strip())):
        return found
    stripped = _NAMED.sub("", plain, count=1).strip()
    if stripped and stripped != plain:
        return _amount(stripped)
    last = _LAST_EQUALS.search(plain)
    return _amount(last[1].strip()) if last and last[1].strip() != plain else None
