"""How surely two words are spellings or forms of one word."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import combinations, islice

from consensus.core.equivalence.lexicon import (
    CLASSED,
    NEGATIVE_PREFIXES,
    OPPOSED_PREFIXES,
    OPPOSITES,
    SYNONYMS,
)

AKIN = 0.5  # likeness at which they may be
LIKE = 0.7  # likeness at which two words are taken for one
LONGEST = 64  # letters of a word that may have slips; a longer one is itself or another
CANDIDATES = 4  # words that are compared with one word; what is like it is among the first
ENOUGH = 3 * CANDIDATES  # the same words are found again and again
TRACED = 8  # letters at the beginning in which slips are sought
TAIL = 4  # letters by which a word may go on beyond what it shares with another form of it
# Endings of which each makes another thing of the same stem: myocarditis, and myocardial.
_TELLING = re.compile(
    r"(?:itis|osis|oma|a?emia|ectomy|otomy|ostomy|plasty|pathy|algia|lysis|genesis|philia|phobia|"
    r"ase|ose|ide|ite|ane|ene|yne)$"
)
_ENDINGS = (("ied", "y"), ("ying", "y"), ("ing", ""), ("ed", ""), ("en", ""), ("e", ""))


class Vocabulary:
    """The words of an answer, found again in like spellings.

    A word is compared only with those that share one of its traces: their number is bounded, so
    that an answer of hundreds of words that begin alike costs no more than any other.
    """

    def __init__(self, said: Iterable[str]) -> None:
        self._words = frozenset(said)

    @cached_property
    def _by_trace(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._words):
            for trace in (word[0], *traces(word)):
                found[trace].append(word)
        return dict(found)

    def closest(self, word: str) -> float:
        """The likeness of the word here that is most like this one; 0..1."""
        if word in self._words:
            return 1.0
        synonyms = SYNONYMS.get(word)
        if synonyms and not synonyms.isdisjoint(self._words):
            return 0.9
        return max((likeness(word, other) for other in self._candidates(word)), default=0.0)

    def has(self, word: str) -> bool:
        """Whether a word is said, in this or a like spelling."""
        return self.closest(word) >= LIKE

    def _candidates(self, word: str) -> Iterable[str]:
        """The words that may be like this one, those that share its longest traces first."""
        found = [word[0]] if word[0] in self._words else []
        for trace in traces(word):
            if trace in self._by_trace:
                found += self._by_trace[trace]
                if len(found) > ENOUGH:
                    break
        return islice(dict.fromkeys(found), CANDIDATES)


@lru_cache(maxsize=4096)
def traces(word: str) -> tuple[str, ...]:
    """What a word has in common with each that is like it, likeliest first.

    Its root, its beginnings, and what is left of its first letters without as many as may be
    slips. Words without a common trace are not alike; those with one may be.
    """
    if word[-1].isdigit() or len(word) > LONGEST:
        return ()
    if len(word) < 3:
        return (word,)
    found = [_root(word)]
    if len(word) > 3:
        found += [word[:n] for n in range(len(word), max(4, len(word) - TAIL) - 1, -1)]
        first, rest = word[0], word[1:TRACED]
        for slips in range(_slips(word) + 1):
            left = max(0, len(rest) - slips)
            found += [first + "".join(letters) for letters in combinations(rest, left)]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=65_536)
def likeness(one: str, other: str) -> float:
    """How surely two words are spellings or forms of one: 0..1, symmetric.

    Numbers are the same or not; so are words that the lexicon knows apart (Austria, Australia).
    Others may be synonyms, differ in an ending (Argentina, Argentine), or by a slip (Dmitri).
    """
    if one == other:
        return 1.0
    if one[-1].isdigit() or other[-1].isdigit():
        return 0.0
    alike = 0.9 if other in SYNONYMS.get(one, ()) else _alike(*_by_length(one, other))
    return alike if alike and not _are_apart(one, other) else 0.0


def _are_apart(one: str, other: str) -> bool:
    return (one in CLASSED and other in CLASSED) or are_opposed(one, other)


def _by_length(one: str, other: str) -> tuple[str, str]:
    return (one, other) if (len(one), one) < (len(other), other) else (other, one)


def _alike(short: str, long: str) -> float:
    """Two words with the same first letter: 0.9 and less by ending, less by slips."""
    if short[0] != long[0] or len(long) > LONGEST:
        return 0.0
    if len(short) < 3:
        return 0.3 if len(short) == 1 else 0.0
    if _root(short) == _root(long):
        return 0.9
    alike = _begin_alike(short, long) or _differ_by_slips(short, long) if len(short) > 3 else 0.0
    return 0.0 if alike and len(short) > 7 and _ending(short) != _ending(long) else alike


def _begin_alike(short: str, long: str) -> float:
    shared = _common_prefix(short, long)
    if shared < max(4, len(short) - 2) or len(long) - shared > TAIL:
        return 0.0
    return 0.9 if shared > 4 else 0.6


def _differ_by_slips(short: str, long: str) -> float:
    most = _slips(short)
    slips = _edits(short, long, most) if len({*short} - {*long}) <= most else None
    return 0.0 if slips is None else 1.0 - slips / len(short)


def _ending(word: str) -> str:
    found = _TELLING.search(word)
    return found[0].replace("aemia", "emia") if found else ""


def are_akin(one: str, other: str) -> bool:
    """Whether one may be a slip, a short form or a form of the other: John, and Jon; IL, Illinois.

    Too weak to merge two answers, but they are not apart for these words.
    """
    short, long = _by_length(one, other)
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


@lru_cache(maxsize=4096)
def _root(word: str) -> str:
    """A verb without its ending: carried and carrying are of carry."""
    for ending, kept in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + kept
    return word


def _common_prefix(one: str, other: str) -> int:
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    return shared


def _slips(word: str) -> int:
    """How many slips a word may have."""
    return 1 if len(word) < 7 else 2


def _edits(one: str, other: str, most: int) -> int | None:
    """The edit distance, adjacent swaps counted as one; None above most."""
    if one == other:
        return 0
    if most == 0 or abs(len(one) - len(other)) > most:
        return None
    shared = _common_prefix(one, other)
    one, other = one[shared:], other[shared:]
    swapped = one[:2] == other[1::-1]
    if one[1:] in (other, other[1:]) or one == other[1:] or (swapped and one[2:] == other[2:]):
        return 1
    if most == 1:
        return None
    rests = [(one[1:], other[1:]), (one[1:], other), (one, other[1:])]
    if swapped:
        rests.append((one[2:], other[2:]))
    found = [edits for a, b in rests if (edits := _edits(a, b, most - 1)) is not None]
    return 1 + min(found) if found else None
