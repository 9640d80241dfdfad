"""Which texts within JSON answers mean the same: by what each was read as, place by place.

A worker reads the texts of its answer as it reads a short answer, each for what its place asks.
Here the texts that votes have at one place fall into groups, as whole answers do: they join where
their values are the same, or nothing is known against their letters being alike, and those that are
different stay apart. A text keeps its wording; what it means is its key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from consensus.core.grouping import ALL_PAIRS, Pair, classes
from consensus.core.model import Finding, Leaf
from consensus.core.parts.atoms import Meant, atom_key
from consensus.core.parts.documents import Json, dumps
from consensus.core.parts.places import atom_shape, escaped, field_shape, item_shape
from consensus.core.parts.shapes import Atom, Shape
from consensus.core.values import Licence, Value

# A field holds one value, in whatever notation; what else its text says may be what tells it from
# another: the company, or the company (supplier).
WEAKEST = Licence.UNIT
MOST_PAIRS = 2_000  # of texts that are compared in all; places with most texts go by letters then
ITEM = "-"  # stands in a place for every item of an array


@dataclass(frozen=True, slots=True)
class Found:
    """A text in a JSON answer. place is a JSON Pointer, the same for all items of an array; name is
    that of the nearest field above, "" where there is none."""

    place: str
    text: str
    name: str
    shape: Atom


def texts(value: Json, shape: Shape, place: str = "", name: str = "") -> Iterator[Found]:
    """The texts that may mean the same in other letters, in their order in the answer."""
    if isinstance(value, dict):
        for field, inner in value.items():
            at = f"{place}/{escaped(field)}"
            yield from texts(inner, field_shape(shape, field), at, field)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, item_shape(shape), f"{place}/{ITEM}", name)
    elif isinstance(value, str):
        atom = atom_shape(shape)
        if not (atom.letter or atom.closed):
            yield Found(place, value, name, atom)


def in_common(
    values: Sequence[Json], read: Iterable[Leaf], shape: Shape, tolerance: float
) -> list[Json]:
    """The votes' values, their texts with what they mean: a function of the sets of values and of
    what was read. As they are where nothing was read."""
    known = _known(read)
    if not known:
        return list(values)
    said: dict[str, dict[str, Atom]] = defaultdict(dict)
    for value in values:
        for found in texts(value, shape):
            if found.place in known:
                said[found.place][found.text] = found.shape
    left, meant = MOST_PAIRS, {}
    for place in sorted(said, key=lambda place: (len(said[place]), place)):
        pairs = len(said[place]) * (len(said[place]) - 1) // 2
        left -= pairs
        if left >= 0:
            meant[place] = _meanings(said[place], known[place], tolerance)
    return [_with_meanings(value, meant, "") for value in values]


def _known(read: Iterable[Leaf]) -> Mapping[str, Mapping[str, Value]]:
    """What each text of a place was read as; by the same rule where workers differ."""
    told: dict[str, dict[str, set[Value]]] = defaultdict(lambda: defaultdict(set))
    for leaf in read:
        told[leaf.place][leaf.text].add(leaf.value)
    return {
        place: {text: min(values, key=repr) for text, values in here.items()}
        for place, here in told.items()
    }


def _meanings(
    said: Mapping[str, Atom], known: Mapping[str, Value], tolerance: float
) -> Mapping[str, Meant]:
    alike: dict[str, list[str]] = defaultdict(list)
    for text in sorted(said):
        alike[atom_key(text, said[text])].append(text)
    by_letters: set[Pair] = set()
    for members in alike.values():
        by_letters.update(combinations(members[:ALL_PAIRS], 2))
        by_letters.update((members[0], text) for text in members[ALL_PAIRS:])
    forms = {text: known.get(text) for text in said}
    found = {Finding.SAME: frozenset(by_letters)}
    return {
        text: Meant(text, f"={dumps(members[0])}")
        for members in classes(forms, tolerance, found, WEAKEST)
        for text in members
    }


def _with_meanings(value: Json, meant: Mapping[str, Mapping[str, Meant]], place: str) -> Json:
    if isinstance(value, dict):
        return {
            field: _with_meanings(inner, meant, f"{place}/{escaped(field)}")
            for field, inner in value.items()
        }
    if isinstance(value, list):
        return [_with_meanings(inner, meant, f"{place}/{ITEM}") for inner in value]
    if isinstance(value, str):
        return meant.get(place, {}).get(value, value)
    return value
