"""What speaks for and against two answers meaning the same: a few numbers in 0..1.

The answer that says less is looked for in the one that says more, so that the order in which two
answers are given makes no difference.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from consensus.core.equivalence.lexicon import SYNONYMS
from consensus.core.equivalence.meaning import Meaning
from consensus.core.equivalence.spelling import likeness

LIKE = 0.7  # likeness at which two words are taken for one
NAMES = (
    "recall",  # how much of the lesser answer is said in the greater one
    "weakest",  # the same of its word that is found least
    "strongest",  # and of the one found best
    "head",  # how much of it is said in the greater one's first sentence
    "back",  # how much of the greater one is said in the lesser
    "letters",  # what they share letter by letter, seen from either
    "letters_back",
    "numbers_agree",
    "number_missing",
    "hedged",  # only one of them says that it does not know
    "both_hedged",
    "negated",
    "strange",  # names that only the greater one brings up where it answers
    "lone",  # names that only the lesser one has
    "large_size",
    "both_short",
)


def ordered(one: Meaning, other: Meaning) -> tuple[Meaning, Meaning]:
    """The answer that says less, then the one that says more."""
    lesser, greater = sorted((one, other), key=lambda m: (len(m.novel), len(m.words), m.words))
    return lesser, greater


def evidence(one: Meaning, other: Meaning) -> tuple[float, ...]:
    """The evidence on two answers, in the order of NAMES; symmetric. Cosines are not among it."""
    lesser, greater = ordered(one, other)
    found = _found(lesser.novel, greater.words)
    strange = [n for n in greater.names if n in greater.head and not has(lesser.words, n)]
    lone = [n for n in lesser.names if not has(greater.words, n)]
    return (
        _mean(found),
        min(found, default=0.0),
        max(_found(lesser.core, greater.words), default=0.0),
        _mean(_found(lesser.core, greater.head)),
        _mean(_found(greater.core, lesser.words)),
        _share(lesser.core_letters, greater.letters),
        _share(greater.core_letters, lesser.letters),
        float(bool(lesser.numbers & greater.numbers)),
        float(bool(lesser.numbers - greater.numbers)),
        float(lesser.hedged != greater.hedged),
        float(lesser.hedged and greater.hedged),
        float(lesser.negated != greater.negated),
        min(1.0, len(strange) / 4),
        min(1.0, len(lone) / 3),
        min(1.0, math.log1p(len(greater.novel)) / 4),
        float(len(greater.novel) <= 4),
    )


def has(said: Sequence[str], word: str) -> bool:
    """Whether a word is said, in this or a like spelling."""
    return _best(_vocabulary(tuple(said)), word) >= LIKE


def _found(wanted: Sequence[str], among: Sequence[str]) -> list[float]:
    """How surely each wanted word is among the others."""
    vocabulary = _vocabulary(tuple(among))
    return [_best(vocabulary, word) for word in wanted]


@lru_cache(maxsize=4096)
def _vocabulary(said: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    """The words by their first letter: only such are alike, or else they are known synonyms."""
    by_letter: dict[str, set[str]] = defaultdict(set)
    for word in said:
        by_letter[word[0]].add(word)
    return {letter: frozenset(words) for letter, words in by_letter.items()}


def _best(vocabulary: Mapping[str, frozenset[str]], word: str) -> float:
    """The likeness of the likest word."""
    near = vocabulary.get(word[0], frozenset())
    if word in near:
        return 1.0
    if word[-1].isdigit():
        return 0.0
    synonyms = (s for s in SYNONYMS.get(word, ()) if s in vocabulary.get(s[0], ()))
    return max((likeness(word, other) for other in (*near, *synonyms)), default=0.0)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def _share(wanted: frozenset[str], among: frozenset[str]) -> float:
    return len(wanted & among) / len(wanted) if wanted else 0.0
