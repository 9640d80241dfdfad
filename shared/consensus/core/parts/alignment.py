"""Which items of several arrays are meant as the same one?

Rows are told by a field that is a key to them, where there is one; else items that are the same go
together, the second with the second, and rows that are left over with the one that is most alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from consensus.core.parts.documents import Json
from consensus.core.parts.places import field_shape, item_shape, key, leaves, likeness
from consensus.core.parts.shapes import Shape

ALIKE = 0.5  # of their leaves in common, from which two rows may be one
MOST_COMPARED = 20_000  # pairs of rows left over; beyond that they stay apart
KEY_SHARED = 0.5  # of the rows must be found elsewhere by a key field

Row = Mapping[int, int]  # vote -> place of the item in its array


def align(arrays: Mapping[int, Sequence[Json]], shape: Shape) -> list[Row]:
    """The rows of these votes' arrays, in the order in which the votes have them: each vote's items
    keep their order where the others allow it."""
    items = item_shape(shape)
    told = {vote: [key(item, items) for item in array] for vote, array in arrays.items()}
    if sum(isinstance(item, dict) for array in arrays.values() for item in array) * 2 > sum(
        map(len, arrays.values())
    ):
        named = _by_key_field(arrays, items)
        if named is not None:
            return _in_order(_matched(named), arrays)
        return _in_order(_with_likest(_matched(told), arrays, items), arrays)
    return _in_order(_matched(told), arrays)


def _matched(told: Mapping[int, Sequence[str]]) -> list[dict[int, int]]:
    """Items with the same name, the n-th of a vote with the n-th of another."""
    rows: dict[tuple[str, int], dict[int, int]] = defaultdict(dict)
    for vote, names in told.items():
        seen: Counter[str] = Counter()
        for place, name in enumerate(names):
            rows[name, seen[name]][vote] = place
            seen[name] += 1
    return list(rows.values())


def _by_key_field(
    arrays: Mapping[int, Sequence[Json]], items: Shape
) -> dict[int, list[str]] | None:
    """The rows' names by the field that tells most of them, in all votes; None where none does.

    It is there in every row, never twice in one vote, and found again in other votes.
    """
    rows = [(vote, item) for vote, array in arrays.items() for item in array]
    if len(arrays) < 2 or not all(isinstance(item, dict) for _, item in rows):
        return None
    best: tuple[float, dict[int, list[str]]] | None = None
    for name in rows[0][1] if isinstance(rows[0][1], dict) else ():
        values = {vote: [_field(item, name) for item in array] for vote, array in arrays.items()}
        if any(isinstance(v, dict | list | bool | None) for told in values.values() for v in told):
            continue
        field = field_shape(items, name)
        names = {vote: [key(v, field) for v in told] for vote, told in values.items()}
        if any(len(set(told)) < len(told) for told in names.values()):
            continue
        counted = Counter(n for told in names.values() for n in told)
        shared = sum(times for times in counted.values() if times > 1) / counted.total()
        if shared >= KEY_SHARED and (best is None or shared > best[0]):
            best = shared, names
    return best[1] if best else None


def _field(item: Json, name: str) -> Json:
    return item.get(name) if isinstance(item, dict) else None


def _with_likest(
    rows: list[dict[int, int]], arrays: Mapping[int, Sequence[Json]], items: Shape
) -> list[dict[int, int]]:
    """Rows joined with the likest of those that no vote of theirs is in, from the likest down."""
    rows = sorted(rows, key=lambda row: (-len(row), sorted(row.items())))
    if len(rows) ** 2 > 2 * MOST_COMPARED:
        return rows
    told = [
        leaves(arrays[vote][place], items) for row in rows for vote, place in [min(row.items())]
    ]
    pairs = sorted(
        (-alike, one, other)
        for one in range(len(rows))
        for other in range(one + 1, len(rows))
        if (alike := likeness(told[one], told[other])) >= ALIKE
    )
    home = list(range(len(rows)))
    for _, one, other in pairs:
        ours, theirs = home[one], home[other]
        if ours != theirs and not rows[ours].keys() & rows[theirs].keys():
            rows[ours] = rows[ours] | rows[theirs]
            rows[theirs] = {}
            home = [ours if at == theirs else at for at in home]
    return [row for row in rows if row]


def _in_order(rows: list[dict[int, int]], arrays: Mapping[int, Sequence[Json]]) -> list[Row]:
    """By the mean of their relative places."""

    def place(row: Row) -> float:
        return sum((at + 0.5) / len(arrays[vote]) for vote, at in row.items()) / len(row)

    return sorted(rows, key=lambda row: (round(place(row), 9), sorted(row.items())))
