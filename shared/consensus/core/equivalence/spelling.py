"""How surely two words are spellings or forms of one word."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from consensus.core.equivalence.lexicon import (
    CLASSED,
    NEGATIVE_PREFIXES,
    OPPOSED_PREFIXES,
    OPPOSITES,
    SYNONYMS,
)

AKIN = 0.5  # likeness at which they may be
LIKE = 0.7  # likeness at which two words are taken for one
# Endings of which each makes another thing of the same stem: myocarditis, and myocardial.
_TELLING = re.compile(
    r"(?:itis|osis|oma|a?emia|ectomy|otomy|ostomy|plasty|pathy|algia|lysis|genesis|philia|phobia|"
    r"ase|ose|ide|ite|ane|ene|yne)$"
)
_ENDINGS = (("ied", "y"), ("ying", "y"), ("ing", ""), ("ed", ""), ("en", ""), ("e", ""))


class Vocabulary:
    """The words of an answer, found again in like spellings."""

    def __init__(self, said: Iterable[str]) -> None:
        self._words = frozenset(said)
        self._by_initial: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._words):
            self._by_initial[word[0]].append(word)

    def closest(self, word: str) -> float:
        """The likeness of the word here that is most like this one; 0..1."""
        if word in self._words:
            return 1.0
        synonyms = SYNONYMS.get(word)
        if synonyms and not synonyms.isdisjoint(self._words):
            return 0.9
        return max((likeness(word, w) for w in self._by_initial.get(word[0], ())), default=0.0)

    def has(self, word: str) -> bool:
        """Whether a word is said, in this or a like spelling."""
        return self.closest(word) >= LIKE


@lru_cache(maxsize=65_536)
def likeness(one: str, other: str) -> float:
    """How surely two words are spellings or forms of one: 0..1, symmetric.

    Numbers are the same or not; so are words that the lexicon knows apart (Austria, Australia).
    Others may be synonyms, differ in an ending (Argentina, Argentine), or by a slip (Dmitri).
    """
    if one == other:
        return 1.0
    if one[-1].isdigit() or other[-1].isdigit() or _are_apart(one, other):
        return 0.0
    if other in SYNONYMS.get(one, ()):
        return 0.9
    short, long = sorted((one, other), key=lambda word: (len(word), word))
    if short[0] != long[0]:
        return 0.0
    return 0.3 if len(short) == 1 else _alike(short, long)


def _are_apart(one: str, other: str) -> bool:
    return (one in CLASSED and other in CLASSED) or are_opposed(one, other)


def _alike(short: str, long: str) -> float:
    """Two words with the same first letter: 0.9 and less by ending, less by slips."""
    if len(short) >= 3 and _root(short) == _root(long):
        return 0.9
    if len(short) < 4:
        return 0.0
    if _ending(short) != _ending(long) and min(len(short), len(long)) > 7:
        return 0.0
    shared = _common_prefix(short, long)
    if shared >= max(4, len(short) - 2) and len(long) - shared <= 4:
        return 0.9 if shared >= 5 else 0.6
    slips = _edits(short, long, 1 if len(short) < 7 else 2)
    return 0.0 if slips is None else 1.0 - slips / len(short)


def _ending(word: str) -> str:
    found = _TELLING.search(word)
    return found[0].replace("aemia", "emia") if found else ""


def are_akin(one: str, other: str) -> bool:
    """Whether one may be a slip, a short form or a form of the other: John, and Jon; IL, Illinois.

    Too weak to merge two answers, but they are not apart for these words.
    """
    short, long = sorted((one, other), key=lambda word: (len(word), word))
    if short[-1].isdigit() or long[-1].isdigit() or short[0] != long[0] or _are_apart(one, other):
        return short == long
    if len(short) <= 3:
        letters = iter(long)
        return all(letter in letters for letter in short)
    return likeness(one, other) >= AKIN or _common_prefix(short, long) >= max(4, len(short) - 2)


def are_opposed(one: str, other: str) -> bool:
    """Whether two words are opposites, by meaning or by their beginnings (hyper-, hypo-)."""
    return other in opposites(one)


@lru_cache(maxsize=16_384)
def opposites(word: str) -> frozenset[str]:
    """The words that would be the opposite of this one, whether they exist or not."""
    found = set(OPPOSITES.get(word, ()))
    for one, other in OPPOSED_PREFIXES:
        for begins, instead in ((one, other), (other, one)):
            if word.startswith(begins) and len(word) > len(begins) + 3:
                found.add(instead + word.removeprefix(begins))
    for prefix in NEGATIVE_PREFIXES:
        if len(word) > 3:
            found.add(prefix + word)
        if word.startswith(prefix) and len(word) > len(prefix) + 3:
            found.add(word.removeprefix(prefix))
    return frozenset(found)


def _root(word: str) -> str:
    """A verb without its ending: carried and carrying are of carry."""
    for ending, kept in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + kept
    return word


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
