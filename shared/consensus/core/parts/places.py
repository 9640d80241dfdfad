"""Values with parts: one key for all that are the same, and how alike two are.

Nothing said is nothing said: in a record, a field that may be absent, null or an empty array all
mean that there is none, unless the value was computed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from consensus.core.parts.atoms import atom_key
from consensus.core.parts.documents import Json, dumps, held
from consensus.core.parts.shapes import Atom, List, Open, Record, Set, Shape

_ANY_ATOM = {letter: Atom(letter=letter) for letter in (False, True)}


def same(a: Json, b: Json, shape: Shape) -> bool:
    """Whether two values are the same."""
    return key(a, shape) == key(b, shape)


def key(value: Json, shape: Shape) -> str:
    """One text for all values that are the same."""
    if isinstance(value, dict):
        fields = sorted(
            (name, key(inner, field_shape(shape, name)))
            for name, inner in value.items()
            if not says_nothing(inner, shape, name)
        )
        return "{" + ",".join(f"{json.dumps(name)}:{told}" for name, told in fields) + "}"
    if isinstance(value, list):
        items = item_shape(shape)
        keys = [key(inner, items) for inner in value]
        return "[" + ",".join(keys if is_ordered(shape) else sorted(keys)) + "]"
    return atom_key(value, atom_shape(shape))


def escaped(name: str) -> str:
    """A field's name as a step of a JSON Pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def field_shape(shape: Shape, name: str) -> Shape:
    """The shape of a record's field."""
    if isinstance(shape, Record):
        return shape.fields.get(name, shape.rest)
    return shape if isinstance(shape, Open) else Open()


def item_shape(shape: Shape) -> Shape:
    """The shape of an array's items."""
    if isinstance(shape, List | Set):
        return shape.items
    return shape if isinstance(shape, Open) else Open()


def atom_shape(shape: Shape) -> Atom:
    """The shape of a leaf."""
    if isinstance(shape, Atom):
        return shape
    return _ANY_ATOM[isinstance(shape, Open) and shape.letter]


def is_ordered(shape: Shape) -> bool:
    """Whether an array's order matters."""
    return isinstance(shape, List) or (isinstance(shape, Open) and shape.ordered)


def says_nothing(value: Json, shape: Shape, name: str) -> bool:
    """Whether a record's field says no more than its absence would."""
    if isinstance(shape, Record):
        if name in shape.defaults:
            at, in_letters = field_shape(shape, name), held(dumps(value))
            return key(in_letters, at) == key(shape.defaults[name], at)
        if name in shape.fields and name not in shape.required and value is None:
            return True
        return isinstance(shape.rest, Open) and not shape.rest.ordered and _is_empty(value)
    return not (isinstance(shape, Open) and shape.ordered) and _is_empty(value)


def _is_empty(value: Json) -> bool:
    return value is None or value == []


def likeness(a: Counter[str], b: Counter[str]) -> float:
    """The share of their leaves that two values have in common, 0..1."""
    total = a.total() + b.total()
    return 2.0 * (a & b).total() / total if total else 1.0


def leaves(value: Json, shape: Shape) -> Counter[str]:
    """A value's leaves, each with its place; where order does not matter, items share a place."""
    return Counter(_leaves(value, shape, ""))


def _leaves(value: Json, shape: Shape, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield f"{place}{{"
        for name, inner in value.items():
            if not says_nothing(inner, shape, name):
                yield from _leaves(inner, field_shape(shape, name), f"{place}/{name}")
    elif isinstance(value, list):
        yield f"{place}["
        for number, inner in enumerate(value):
            at = str(number) if is_ordered(shape) else ""
            yield from _leaves(inner, item_shape(shape), f"{place}/{at}")
    else:
        yield f"{place}={atom_key(value, atom_shape(shape))}"
