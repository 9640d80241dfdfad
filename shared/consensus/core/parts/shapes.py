"""What an answer is made of: how each place in it compares.

A shape comes from a JSON schema, or is open: then the votes' own values say what they are.
`ordered` and `letter` say how an open place takes arrays and texts: a computed value is compared in
its order and to the letter, an extracted one as a collection, in any words that are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

DEEPEST = 24  # places of a schema within one another that have a shape of their own
LONGEST_ABOUT = 300  # characters of a description


@dataclass(frozen=True, slots=True)
class Atom:
    """A leaf. letter: texts compare to the letter; integer: 5.0 is not 5; format: as in schemas.

    closed: the schema lists what may stand there. about is what its schema says of it.
    """

    letter: bool = False
    integer: bool = False
    format: str = ""
    closed: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """Whatever the votes hold there."""

    ordered: bool = False
    letter: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """Named fields, each of its shape. defaults are what an absent field stands for."""

    fields: Mapping[str, Shape] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    rest: Shape = field(default_factory=Open)


@dataclass(frozen=True, slots=True)
class List:
    """Items in an order that matters."""

    items: Shape


@dataclass(frozen=True, slots=True)
class Set:
    """Items in no order; one that is there twice counts twice."""

    items: Shape


@dataclass(frozen=True, slots=True)
class Text:
    """Sentences, which nobody takes apart to make another text of them."""


Shape: TypeAlias = Atom | Record | List | Set | Open


def shape_of(schema: object, *, derived: bool = False, letter: bool = False) -> Shape:
    """The shape that a JSON schema gives; what it leaves open stays open. Total.

    derived: arrays are ordered and nothing stands for what is absent; letter: so are texts.
    A schema that refers to itself is open where it does.
    """
    return _Reader(schema, derived, letter).shape(schema, frozenset(), 0)


class _Reader:
    def __init__(self, root: object, derived: bool, letter: bool) -> None:
        self.root, self.derived, self.letter = root, derived, letter
        self.open = Open(derived, letter)
        self.known: dict[str, Shape] = {}

    def shape(self, schema: object, within: frozenset[str], depth: int) -> Shape:
        if not isinstance(schema, Mapping) or depth > DEEPEST:
            return self.open
        reference = schema.get("$ref")
        if isinstance(reference, str):
            return self._referred(reference, within, depth)
        several = schema.get("anyOf", schema.get("oneOf"))
        if isinstance(several, list):
            return self._one_of(several, within, depth)
        return self._of_kinds(schema, _kinds(schema), within, depth)

    def _of_kinds(
        self, schema: Mapping[str, Any], kinds: set[str], within: frozenset[str], depth: int
    ) -> Shape:
        if kinds and kinds <= {"object", "dict"}:
            return self._record(schema, within, depth)
        if kinds and kinds <= {"array", "tuple"}:
            items = self.shape(schema.get("items"), within, depth + 1)
            return List(items) if self.derived or "prefixItems" in schema else Set(items)
        are_leaves = kinds and not kinds & {"object", "dict", "array", "tuple", "any"}
        if are_leaves or "enum" in schema or "const" in schema:
            return self._atom(schema, kinds)
        return self.open

    def _referred(self, reference: str, within: frozenset[str], depth: int) -> Shape:
        if reference in within:
            return self.open
        if reference not in self.known:
            target = _pointed(self.root, reference)
            self.known[reference] = self.shape(target, within | {reference}, depth + 1)
        return self.known[reference]

    def _one_of(self, choices: list[object], within: frozenset[str], depth: int) -> Shape:
        told = [c for c in choices if not (isinstance(c, Mapping) and c.get("type") == "null")]
        return self.shape(told[0], within, depth + 1) if len(told) == 1 else self.open

    def _record(self, schema: Mapping[str, Any], within: frozenset[str], depth: int) -> Record:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        required = schema.get("required")
        more = schema.get("additionalProperties")
        return Record(
            {str(k): self.shape(v, within, depth + 1) for k, v in properties.items()},
            frozenset(map(str, required if isinstance(required, list) else ())),
            {
                str(name): inner["default"]
                for name, inner in properties.items()
                if self.derived and isinstance(inner, Mapping) and "default" in inner
            },
            self.shape(more, within, depth + 1),
        )

    def _atom(self, schema: Mapping[str, Any], kinds: set[str]) -> Atom:
        form = schema.get("format")
        choices = schema.get("enum")
        told = [c for c in choices if isinstance(c, str)] if isinstance(choices, list) else []
        case_matters = len({c.casefold() for c in told}) < len(set(told)) or "pattern" in schema
        about = schema.get("description")
        return Atom(
            letter=self.letter or case_matters or form in _TO_THE_LETTER,
            integer=kinds == {"integer"},
            format=form if isinstance(form, str) else "",
            closed="enum" in schema or "const" in schema,
            about=about[:LONGEST_ABOUT] if isinstance(about, str) else "",
        )


_TO_THE_LETTER = {"uuid", "regex", "json-pointer", "byte", "binary", "password"}


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    told = schema.get("type", "object" if isinstance(schema.get("properties"), Mapping) else None)
    kinds = [told] if isinstance(told, str) else told if isinstance(told, list) else []
    return {str(kind) for kind in kinds} - {"null"}


def _pointed(root: object, reference: str) -> object:
    """What a reference within the document points at; None for any other."""
    if not reference.startswith("#"):
        return None
    at = root
    for step in reference[1:].split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        at = at.get(name) if isinstance(at, Mapping) else None
    return at
