"""Parts of the real line that several relations name: together, in common, or without some."""

from __future__ import annotations

from collections.abc import Sequence

from consensus.readers.mathematics import relations
from consensus.readers.mathematics.amount import Amount


def united(parts: Sequence[Amount | None]) -> Amount | None:
    """All parts of the real line that are named, as one; None where one is no part of it."""
    regions = [relations.spans(part) for part in parts if part]
    found = [region for region in regions if region is not None]
    if len(found) < len(parts):
        return None
    return relations.union([span for region in found for span in region])


def apart(items: Sequence[str]) -> Amount | None:
    """x != 1, x != 2: what is none of them."""
    left: Sequence[relations.Span] = relations.REALS
    for item in items:
        told = relations.read(item)
        region = relations.spans(told) if told else None
        if region is None:
            return None
        left = relations.common(left, region)
    return relations.union(left)


def shared(parts: Sequence[Amount | None], *, may_be_empty: bool = False) -> Amount | None:
    """What all of some relations allow; nothing at all was not meant by "and"."""
    if not all(parts):
        return None
    ours, theirs = (relations.spans(part) for part in parts if part)
    if ours is None or theirs is None:
        return None
    both = relations.common(ours, theirs)
    return relations.union(both if both or may_be_empty else (*ours, *theirs))


def without(whole: Amount | None, points: Amount | None) -> Amount | None:
    """A part of the real line less some of its points."""
    ours = relations.spans(whole) if whole else None
    if ours is None or points is None or points.shape not in ("", "{}", ","):
        return None
    real = [value for value in points.values if not isinstance(value, complex)]
    return relations.union(relations.without(ours, real))
