"""What speaks for and against two answers meaning the same: a few numbers in 0..1.

The answer that says less is looked for in the one that says more, so that the order in which two
answers are given makes no difference.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from consensus.core.equivalence.meaning import Meaning, trigrams
from consensus.core.equivalence.spelling import Vocabulary

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
    if one.echoes or other.echoes:  # the question's words are all that one says: they count then
        one, other = _in_full(one), _in_full(other)
    lesser, greater = sorted((one, other), key=lambda m: (len(m.novel), len(m.words), m.words))
    return lesser, greater


def _in_full(meaning: Meaning) -> Meaning:
    """The answer with the words that the question supplied taken for its own."""
    if len(meaning.novel) == len(meaning.content):
        return meaning
    return replace(
        meaning,
        novel=meaning.content,
        core=meaning.content,
        head=meaning.content,
        core_letters=trigrams(meaning.content),
        headline=Vocabulary(meaning.content),
    )


def evidence(one: Meaning, other: Meaning) -> tuple[float, ...]:
    """The evidence on two answers, in the order of NAMES; symmetric. Cosines are not among it."""
    lesser, greater = ordered(one, other)
    found = [greater.vocabulary.closest(w) for w in lesser.novel]
    strange = [n for n in greater.names if n in greater.head and not lesser.vocabulary.has(n)]
    lone = [n for n in lesser.names if not greater.vocabulary.has(n)]
    return (
        _mean(found),
        min(found, default=0.0),
        max((greater.vocabulary.closest(w) for w in lesser.core), default=0.0),
        _mean([greater.headline.closest(w) for w in lesser.core]),
        _mean([lesser.vocabulary.closest(w) for w in greater.core]),
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


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def _share(wanted: frozenset[str], among: frozenset[str]) -> float:
    return len(wanted & among) / len(wanted) if wanted else 0.0
