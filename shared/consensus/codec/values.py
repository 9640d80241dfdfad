"""Values <-> compact JSON text: versioned, total, and tolerant of what a newer version wrote.

A value is {"k": kind, ...}. What this version does not know is kept as it is (Opaque), so that it
is neither lost nor ever told the same as anything else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, Final

from consensus.core.model import Leaf
from consensus.core.values import (
    BARE,
    Asks,
    Choice,
    Clock,
    Code,
    Date,
    Identifier,
    Mathematics,
    Number,
    Opaque,
    Phrase,
    Quantity,
    Role,
    Row,
    Several,
    Span,
    Token,
    Truth,
    Unit,
    Value,
)

VERSION: Final = 1  # of what a worker may send; a dispatch says which one is understood
LONGEST: Final = 32_000  # characters: sixty-four votes fit their task's documents
MOST_DIGITS: Final = 1_000  # of a numerator, in hexadecimal
DEEPEST: Final = 20

MOST_LEAVES: Final = 1_000
_UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    RecursionError,
    AttributeError,
)

Json = dict[str, Any]


def encode_value(value: Value | None) -> str:
    """The value as text; "" for none, and for one that is too large to travel."""
    if value is None:
        return ""
    if isinstance(value, Opaque):
        return value.content
    text = json.dumps(_written(value), ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= LONGEST else ""


def value_to_json(value: Value | None) -> Json | None:
    """What an answer was read as, for people and programs: its kind, and what is plain of it."""
    told: Json
    match value:
        case None:
            return None
        case Truth(value=is_so):
            told = {"value": is_so}
        case Choice(label=label):
            told = {"label": label}
        case Quantity(number=number, unit=unit, approximate=about):
            told = {"number": _plain_number(number), "dimension": unit.dimension}
            told |= {"counted": sorted(unit.counted), "approximate": about}
        case Clock(minutes=minutes, seconds=seconds):
            told = {"minutes": minutes, "seconds": seconds}
        case Date():
            told = {"year": value.year, "month": value.month, "day": value.day}
            told |= {"years": value.years, "weekday": value.weekday}
        case Identifier(text=text):
            told = {"text": text}
        case Code(language=language):
            told = {"language": language}
        case Opaque(kind=kind):
            return {"kind": kind}
        case _:
            told = {}
    return {"kind": type(value).__name__.lower(), **told}


def _plain_number(number: Number) -> float | None:
    """As near as JSON's numbers come; None beyond them."""
    if isinstance(number, complex):
        return None
    try:
        near = float(number)
    except OverflowError:
        return None
    return near if math.isfinite(near) else None


def decode_value(text: str) -> Value | None:
    """The value. Total: what cannot be read is kept as an Opaque, and "" is None."""
    if not text:
        return None
    try:
        told = json.loads(text)
        return _read(told, 0)
    except _UNREADABLE:
        return Opaque("unreadable", text[:LONGEST])


def encode_leaves(leaves: Iterable[Leaf]) -> str:
    """The leaves as text, "" for none: the first ones, as many as may travel."""
    told, size = [], 2
    for leaf in leaves:
        text = json.dumps(
            [leaf.place, leaf.text, _written(leaf.value)], ensure_ascii=False, separators=(",", ":")
        )
        size += len(text) + 1
        if size > LONGEST:
            break
        told.append(text)
    whole = f"[{','.join(told)}]" if told else ""
    return whole.encode(errors="replace").decode()  # halves of surrogate pairs


def decode_leaves(text: str) -> tuple[Leaf, ...]:
    """The leaves. Total: what cannot be read is left out, and its text compares by its letters."""
    try:
        told = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return ()
    read = (_leaf(one) for one in (told if isinstance(told, list) else [])[:MOST_LEAVES])
    return tuple(leaf for leaf in read if leaf is not None)


def _leaf(told: Any) -> Leaf | None:
    try:
        place, text, value = told
        return Leaf(str(place), str(text), _read(value, 0))
    except _UNREADABLE:
        return None


def _written(value: Value) -> Json:
    match value:
        case Truth():
            return {"k": "truth", "v": value.value}
        case Choice():
            return {"k": "choice", "v": value.label}
        case Identifier():
            return {"k": "id", "v": value.text}
        case Code():
            return {"k": "code", "l": value.language, "v": value.normal}
        case Clock():
            seconds = {"s": value.seconds} if value.seconds else {}
            return {"k": "clock", "v": value.minutes, "h": value.half_known, **seconds}
        case Date():
            fields = [value.year, value.month, value.day, value.years, value.weekday]
            return {"k": "date", "v": fields}
        case Quantity():
            told: Json = {"k": "q", "v": _number(value.number)}
            told |= {"u": _unit(value.unit)} if value.unit != BARE else {}
            told |= {"a": True} if value.approximate else {}
            return told | ({"s": _number(value.step)} if value.step else {})
        case Mathematics():
            return {
                "k": "math",
                "f": value.form,
                "v": [_number(number) for number in value.numbers],
                "u": _unit(value.unit),
                "also": [_written(meant) for meant in value.also],
            }
        case Span():
            return {"k": "span", "v": [_written(value.low), _written(value.high)], "m": value.mark}
        case Row():
            return {"k": "row", "v": [_written(item) for item in value.items]}
        case Several():
            items = [_written(item) for item in value.items]
            return {"k": "several", "v": items, "o": value.ordered}
        case Phrase():
            return {"k": "phrase", "v": [_token(t) for t in value.tokens], "a": value.asks.value}
        case Opaque():
            return _as_it_came(value)


def _as_it_came(value: Opaque) -> Json:
    """What was kept unread, as another version wrote it; its text alone, where that was cut."""
    try:
        told = json.loads(value.content)
    except (ValueError, RecursionError):
        told = None
    return told if isinstance(told, dict) and "k" in told else {"k": "kept", "v": value.content}


def _token(token: Token) -> list[Any]:
    said = token.value if isinstance(token.value, str) else _written(token.value)
    told = [token.role.value + ("N" if token.name else ""), said]
    return [*told, token.stem] if token.stem else told


def _number(number: Number) -> Any:
    """Exact ones in hexadecimal, which has no limit of digits; others as pairs of floats."""
    if isinstance(number, Fraction):
        return f"{number.numerator:x}/{number.denominator:x}"
    plain = complex(number)
    return [_float(plain.real), _float(plain.imag)]


def _float(value: float) -> float | str:
    return value if math.isfinite(value) else repr(value)


def _unit(unit: Unit) -> list[Any]:
    return [unit.dimension, _number(unit.factor), sorted(unit.counted), _number(unit.offset)]


def _read(told: Any, depth: int) -> Value:
    if depth > DEEPEST:
        raise ValueError("too deep")
    read = _READERS.get(told["k"])
    if read is None:
        return Opaque(str(told["k"])[:40], json.dumps(told, ensure_ascii=False)[:LONGEST])
    return read(told, depth + 1)


def _atom(told: Any, depth: int) -> Any:
    value = _read(told, depth)
    if isinstance(value, Phrase | Several):
        raise TypeError("a part of a phrase is an atom")
    return value


def _read_date(told: Json, _depth: int) -> Value:
    year, month, day, years, weekday = told["v"]
    for field in (year, month, day, weekday):
        if field is not None and not isinstance(field, int):
            raise TypeError("a date's fields are whole numbers")
    return Date(year, month, day, int(years), weekday)


def _read_quantity(told: Json, _depth: int) -> Value:
    step = _fraction(told["s"]) if "s" in told else Fraction(0)
    unit = _read_unit(told["u"]) if "u" in told else BARE
    return Quantity(_read_number(told["v"]), unit, bool(told.get("a")), step)


def _read_mathematics(told: Json, depth: int) -> Value:
    also = tuple(_read(meant, depth) for meant in told["also"])
    if not all(isinstance(meant, Quantity | Mathematics) for meant in also):
        raise TypeError("what mathematics may mean is mathematics")
    numbers = tuple(_read_number(number) for number in told["v"])
    return Mathematics(str(told["f"]), numbers, _read_unit(told["u"]), also)  # type: ignore[arg-type]


def _read_phrase(told: Json, depth: int) -> Value:
    tokens = []
    for role, said, *stem in told["v"]:
        value = said if isinstance(said, str) else _atom(said, depth)
        tokens.append(Token(value, Role(role[:1]), role.endswith("N"), str(*stem)))
    return Phrase(tuple(tokens), Asks(told["a"]))


_READERS: Mapping[str, Callable[[Json, int], Value]] = {
    "truth": lambda t, _: Truth(bool(t["v"])),
    "choice": lambda t, _: Choice(str(t["v"])),
    "id": lambda t, _: Identifier(str(t["v"])),
    "code": lambda t, _: Code(str(t["l"]), str(t["v"])),
    "clock": lambda t, _: Clock(int(t["v"]), bool(t["h"]), int(t.get("s", 0))),
    "date": _read_date,
    "q": _read_quantity,
    "math": _read_mathematics,
    "span": lambda t, d: Span(_atom(t["v"][0], d), _atom(t["v"][1], d), str(t["m"])),
    "row": lambda t, d: Row(tuple(_atom(item, d) for item in t["v"])),
    "several": lambda t, d: Several(tuple(_part(i, d) for i in t["v"]), bool(t["o"])),
    "phrase": _read_phrase,
}


def _part(told: Any, depth: int) -> Any:
    value = _read(told, depth)
    if isinstance(value, Several):
        raise TypeError("several answers hold no several")
    return value


def _read_number(told: Any) -> Number:
    if isinstance(told, str):
        return _fraction(told)
    real, imaginary = (float(part) for part in told)
    return complex(real, imaginary) if imaginary else real


def _fraction(told: str) -> Fraction:
    if len(told) > 2 * MOST_DIGITS:
        raise ValueError("too long a number")
    over, _, under = told.partition("/")
    return Fraction(int(over, 16), int(under, 16))


def _read_unit(told: Any) -> Unit:
    dimension, factor, counted, offset = told
    return Unit(str(dimension), _fraction(factor), frozenset(map(str, counted)), _fraction(offset))
