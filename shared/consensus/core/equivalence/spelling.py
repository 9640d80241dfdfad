"""How surely two words are spellings or forms of one word."""

from __future__ import annotations

from functools import lru_cache

from consensus.core.equivalence.lexicon import CLASSED, OPPOSED_PREFIXES, OPPOSITES


@lru_cache(maxsize=65_536)
def likeness(one: str, other: str) -> float:
    """How surely two words are spellings or forms of one: 0..1, symmetric.

    Numbers are the same or not; so are short words and words that the lexicon knows apart (Austria,
    Australia). Others may differ in an ending (Argentina, Argentine) or in a slip (Dimitri, Dmitri).
    """
    if one == other:
        return 1.0
    if one[0].isdigit() or other[0].isdigit():
        return 0.0
    if (one in CLASSED and other in CLASSED) or are_opposed(one, other):
        return 0.0
    short, long = sorted((one, other), key=lambda word: (len(word), word))
    if len(short) == 1:
        return 0.3 if long[0] == short else 0.0  # an initial
    if len(short) < 4 or short[0] != long[0]:
        return 0.0
    shared = _common_prefix(short, long)
    if shared >= max(4, len(short) - 2) and len(long) - shared <= 4:
        return 0.9 if shared >= 5 else 0.6
    slips = _edits(short, long, 1 if len(short) < 7 else 2)
    return 0.0 if slips is None else 1.0 - slips / len(short)


def are_opposed(one: str, other: str) -> bool:
    """Whether two words are opposites by meaning or by their beginnings (hypertension, hypotension)."""
    if other in OPPOSITES.get(one, ()):
        return True
    return any(
        (one.startswith(p) and other == q + one[len(p) :] and len(one) > len(p) + 3)
        or (one.startswith(q) and other == p + one[len(q) :] and len(one) > len(q) + 3)
        for p, q in OPPOSED_PREFIXES
    )


def _common_prefix(one: str, other: str) -> int:
    return next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )


def _edits(one: str, other: str, most: int) -> int | None:
    """The edit distance, adjacent swaps counted as one; None above most."""
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row, older = row, [i], before
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b))
            if older and i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        before = last
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
