"""Votes on values with parts -> one value, and how far each part of it is agreed.

A computed value is taken whole: the leading one, ties by the one most like all. Parts that are
found one by one are voted on one by one: first what there is, then what it says among the votes
that have it; a collection keeps what half of the weight holds.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from consensus.core.parts.alignment import Row, align
from consensus.core.parts.documents import Json, dumps
from consensus.core.parts.medoid import medoid
from consensus.core.parts.places import (
    escaped,
    field_shape,
    is_ordered,
    item_shape,
    key,
    says_nothing,
)
from consensus.core.parts.shapes import Shape

HALF = 0.5
MORE_THAN_HALF = 0.5 + 1e-6
ROUNDING = 1e-9


OUT = "out"  # the group of the votes that have nothing at a place

Held = Mapping[int, Json]  # what votes, by number, have at a place


@dataclass(frozen=True, slots=True)
class Ballot:
    """One vote: a value, and what it weighs."""

    value: Json
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Said:
    """One of the values that votes hold for a part; share is of those that vote on it, 0..1."""

    value: Json
    votes: int
    share: float
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what was decided, by JSON Pointer.

    agreement is the share of the weight that holds it, of the votes that have its place; groups are
    all that was said there, the heaviest first. absent: nothing stands there, though some said so.
    element: it is one of a collection's.
    """

    path: str
    value: Json
    agreement: float
    votes: int
    groups: tuple[Said, ...] = ()
    absent: bool = False
    element: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What votes decide. composed: no vote said it whole. leading is the leading whole vote, with
    its share of the weight; whole is the share of the votes that say just what was decided."""

    value: Json
    composed: bool
    parts: tuple[Part, ...]
    leading: Json
    leading_share: float
    whole: float


def decide(ballots: Iterable[Ballot], shape: Shape, *, derived: bool) -> Decision:
    """What these votes decide: the same for any order of them. At least one is needed."""
    cast = sorted(
        ((key(b.value, shape), dumps(b.value), b.weight, b.value) for b in ballots),
        key=lambda c: c[:3],
    )
    keys = [c[0] for c in cast]
    votes = _Votes([c[3] for c in cast], [c[2] for c in cast])
    ranked = _ranked(keys, votes, shape)
    lead = ranked[0]
    at_root = dict(enumerate(votes.values))
    if derived:
        composer = _Composer(votes, ranked, follows=lead)
        value = composer.node("", shape, at_root)
    else:
        composer, value = _composed(votes, ranked, shape)
    composed_key = key(value, shape)
    total = votes.weigh(range(len(keys)))
    leading = votes.weigh(n for n, k in enumerate(keys) if k == keys[lead])
    whole = votes.weigh(n for n, k in enumerate(keys) if k == composed_key)
    return Decision(
        value=value,
        composed=composed_key not in keys,
        parts=tuple(composer.parts),
        leading=votes.values[lead],
        leading_share=leading / total if total else 0.0,
        whole=whole / total if total else 0.0,
    )


def _composed(votes: _Votes, ranked: Sequence[int], shape: Shape) -> tuple[_Composer, Json]:
    """What is held by more than half; where nothing is, by half; where most votes say something and
    no half the same, what is said most."""
    at_root = dict(enumerate(votes.values))
    silent = votes.weigh(n for n, value in at_root.items() if _is_void(value))
    enough = MORE_THAN_HALF
    while True:
        composer = _Composer(votes, ranked, follows=None, enough=enough)
        value = composer.node("", shape, at_root)
        left_out = (1.0 - part.agreement for part in composer.parts if part.absent)
        most = max(left_out, default=enough)
        is_silence = 2 * silent >= votes.weigh(at_root) - ROUNDING and most < HALF - ROUNDING
        if not _is_void(value) or is_silence or most >= enough:
            return composer, value
        enough = most


@dataclass(frozen=True, slots=True)
class _Votes:
    values: list[Json]
    weights: list[float]

    def weigh(self, numbers: Iterable[int]) -> float:
        return math.fsum(self.weights[n] for n in numbers)


def _ranked(keys: Sequence[str], votes: _Votes, shape: Shape) -> list[int]:
    """The votes, those of the leading whole first.

    The heaviest group leads; where each group is a single vote, none has anything for it but being
    like the others, and the one most like all of them leads, as it does among the tied.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for number, told in enumerate(keys):
        groups[told].append(number)
    weight = {told: votes.weigh(numbers) for told, numbers in groups.items()}
    most = max(weight.values())
    if all(len(numbers) == 1 for numbers in groups.values()):
        tied = list(groups)
    else:
        tied = [told for told in groups if weight[told] >= most - ROUNDING]
    lead = keys[medoid(votes.values, votes.weights, shape, [groups[told][0] for told in tied])]
    first = sorted(groups, key=lambda told: (told != lead, -round(weight[told], 9), told))
    return [number for told in first for number in groups[told]]


@dataclass
class _Composer:
    """One pass over the places of the votes' values; follows is the vote that is taken whole."""

    votes: _Votes
    ranked: Sequence[int]
    follows: int | None
    enough: float = HALF
    parts: list[Part] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rank = {number: place for place, number in enumerate(self.ranked)}

    def node(self, path: str, shape: Shape, held: Held, without: Sequence[int] = ()) -> Json:
        """What stands at this place, of the votes that have it; without are those that have none,
        against whom it is agreed, unless one vote is taken whole: then it is, as a whole."""
        without = () if self.follows is not None else without
        by_kind: dict[str, list[int]] = defaultdict(list)
        for number, value in held.items():
            by_kind[_kind(value)].append(number)
        kind = self._leader(by_kind)
        if kind == "leaf":
            return self._leaf(path, shape, held, without)
        members = {number: held[number] for number in by_kind[kind]}
        if self.follows is None:
            without = [*without, *(n for n in held if n not in members)]
        if kind == "object":
            return self._object(path, shape, members, without)
        compose = self._sequence if is_ordered(shape) else self._collection
        return compose(path, shape, members, without)

    def _leader(self, groups: Mapping[str, Sequence[int]]) -> str:
        """The heaviest group, or that of the vote which is followed."""
        if self.follows is not None:
            return next(told for told, numbers in groups.items() if self.follows in numbers)
        return self._heaviest(groups)

    def _heaviest(self, groups: Mapping[str, Sequence[int]]) -> str:
        """Of tied groups, that of the vote which leads as a whole."""
        return min(
            groups,
            key=lambda told: (
                -round(self.votes.weigh(groups[told]), 9),
                min(self.rank[n] for n in groups[told]),
            ),
        )

    def _leaf(self, path: str, shape: Shape, held: Held, without: Sequence[int]) -> Json:
        groups: dict[str, list[int]] = defaultdict(list)
        for number, value in held.items():
            groups[key(value, shape)].append(number)
        told = self._leader(groups)
        value = self._wording(groups[told], held)
        self._part(path, value, groups | _absent(without), told, held)
        return value

    def _object(self, path: str, shape: Shape, members: Held, without: Sequence[int]) -> Json:
        composed: dict[str, Json] = {}
        for name in self._names(members):
            inner, at = field_shape(shape, name), f"{path}/{escaped(name)}"
            have = {n: v[name] for n, v in members.items() if isinstance(v, dict) and name in v}
            told = {n: v for n, v in have.items() if not says_nothing(v, shape, name)}
            if self.follows is None and _is_collection(inner, told.values()):
                told |= {n: [] for n in members if n not in told}
                kept = self.node(at, inner, told, without)
                if kept != [] or self._half(have, members):
                    composed[name] = kept
                continue
            others = [n for n in members if n not in told]
            if self._is_kept(told, members):
                composed[name] = self.node(at, inner, told, [*without, *others])
            elif self._is_kept(have, members):
                composed[name] = self._nothing(at, have, told, others, without)
            elif told:
                self._left_out(at, told, [*without, *others])
        if not composed:
            groups = {"{}": list(members)}
            self._part(path, {}, groups | _absent(without), "{}", members)
        return composed

    def _names(self, members: Held) -> list[str]:
        """The fields' names, in the order of the leading votes."""
        told: dict[str, None] = {}
        for number in sorted(members, key=self.rank.__getitem__):
            value = members[number]
            told |= dict.fromkeys(value if isinstance(value, dict) else ())
        return list(told)

    def _is_kept(self, have: Held, members: Held) -> bool:
        """Whether a field is there: in the vote that is followed, or in half of the weight."""
        return self.follows in have if self.follows is not None else self._half(have, members)

    def _sequence(self, path: str, shape: Shape, members: Held, without: Sequence[int]) -> Json:
        """An array whose order matters, whole: each item by its number."""
        groups: dict[str, list[int]] = defaultdict(list)
        for number, value in members.items():
            groups[key(value, shape)].append(number)
        told = self._leader(groups)
        lead = groups[told][0] if self.follows is None else self.follows
        arrays = {number: _items(value) for number, value in members.items()}
        whole = _Composer(self.votes, self.ranked, follows=lead)
        for place in range(len(arrays[lead])):
            have = {n: array[place] for n, array in arrays.items() if place < len(array)}
            others = [*without, *(n for n in arrays if n not in have)]
            whole.node(f"{path}/{place}", item_shape(shape), have, others)
        self.parts += whole.parts
        if not arrays[lead]:
            self._part(path, [], groups | _absent(without), told, members)
        return members[lead]

    def _collection(self, path: str, shape: Shape, members: Held, without: Sequence[int]) -> Json:
        """An array in no order: what enough of the weight holds."""
        composed: list[Json] = []
        arrays = {number: _items(value) for number, value in members.items()}
        for row in self._rows(arrays, shape):
            have = {number: arrays[number][place] for number, place in row.items()}
            at = f"{path}/{len(composed)}"
            others = [*without, *(n for n in members if n not in have)]
            if not self._is_enough(have, members):
                self._left_out(f"{path}/-", have, others)
                continue
            if any(isinstance(value, dict | list) for value in have.values()):
                composed.append(self.node(at, item_shape(shape), have, without))
            else:
                composed.append(self._wording(list(have), have))
            groups = {"in": list(have)} | _absent(others)
            self._part(at, composed[-1], groups, "in", have, element=True)
        if not composed:
            empty = [n for n, array in arrays.items() if not array]
            groups = {"[]": empty or list(members)} | _absent(without)
            self._part(path, [], groups, "[]", members)
        return composed

    def _rows(self, arrays: Mapping[int, Sequence[Json]], shape: Shape) -> list[Row]:
        """The rows, in the order of the vote that is followed."""
        rows, follows = align(arrays, shape), self.follows
        if follows is not None:
            rows.sort(key=lambda row: row.get(follows, len(rows)))
        return rows

    def _half(self, some: Iterable[int], of: Iterable[int]) -> bool:
        return self.votes.weigh(some) >= min(HALF, self.enough) * self.votes.weigh(of) - ROUNDING

    def _is_enough(self, have: Held, members: Held) -> bool:
        if self.follows is not None:
            return self.follows in have
        return self.votes.weigh(have) >= self.enough * self.votes.weigh(members) - ROUNDING

    def _wording(self, numbers: Sequence[int], held: Held) -> Json:
        """Of the same values, that of the vote which is followed, else the one that most say to the
        letter, then the leading vote's."""
        if self.follows is not None and self.follows in numbers:
            return held[self.follows]
        told: dict[str, list[int]] = defaultdict(list)
        for number in numbers:
            told[dumps(held[number])].append(number)
        return held[told[self._heaviest(told)][0]]

    def _nothing(
        self, path: str, have: Held, told: Held, silent: Sequence[int], without: Sequence[int]
    ) -> Json:
        """A field that is named, to say that there is nothing: silent name it so, or not at all."""
        value = self._wording([n for n in silent if n in have], have)
        groups = {"nothing": silent, **_by_letters(told), **_absent(without)}
        self._part(path, value, groups, "nothing", have)
        return value

    def _left_out(self, path: str, have: Held, without: Sequence[int]) -> None:
        groups = {**_by_letters(have), OUT: list(without)}
        self._part(path, None, groups, OUT, have, element=path.endswith("/-"))

    def _part(
        self,
        path: str,
        value: Json,
        groups: Mapping[str, Sequence[int]],
        told: str,
        held: Held,
        *,
        element: bool = False,
    ) -> None:
        """One part; votes that hold nothing there are in groups, but not in held."""
        total = self.votes.weigh(n for numbers in groups.values() for n in numbers)
        said = []
        for name, numbers in groups.items():
            share = self.votes.weigh(numbers) / total if total else 0.0
            absent = name == OUT
            if absent or name == told:
                wording = None if absent else value
            else:
                wording = self._wording(numbers, held)
            said.append(Said(wording, len(numbers), share, absent))
        said.sort(key=lambda s: (-round(s.share, 9), s.absent, dumps(s.value)))
        share = self.votes.weigh(groups[told]) / total if total else 0.0
        self.parts.append(
            Part(path, value, share, len(groups[told]), tuple(said), told == OUT, element)
        )


def _by_letters(held: Held) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for number, value in held.items():
        groups[dumps(value)].append(number)
    return groups


def _absent(numbers: Sequence[int]) -> dict[str, list[int]]:
    """The group of those who have nothing there, where there are any."""
    return {OUT: list(numbers)} if numbers else {}


def _is_void(value: Json) -> bool:
    """Whether it says nothing, however many brackets it says it in."""
    if isinstance(value, dict):
        return all(map(_is_void, value.values()))
    return value is None or (isinstance(value, list) and all(map(_is_void, value)))


def _kind(value: Json) -> str:
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "leaf"


def _items(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else ()


def _is_collection(shape: Shape, values: Iterable[Json]) -> bool:
    """Whether a field holds a collection, so that its absence is an empty one."""
    told = list(values)
    arrays = sum(isinstance(value, list) for value in told)
    return bool(told) and arrays * 2 > len(told) and not is_ordered(shape)
