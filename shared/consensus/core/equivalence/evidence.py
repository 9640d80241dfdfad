"""What speaks for and against two answers meaning the same: a few numbers in 0..1.

The answer that says less is looked for in the one that says more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from consensus.core.equivalence.pair import Pair

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


def evidence(pair: Pair) -> tuple[float, ...]:
    """The evidence on two answers, in the order of NAMES. Cosines are not among it."""
    lesser, greater = pair.lesser, pair.greater
    found = [pair.found[w] for w in lesser.novel]
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
