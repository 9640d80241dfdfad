"""Two answers side by side: the one that says less, the one that says more, and what each lacks.

Whatever is asked of a pair is asked of these, so that the order in which two answers are given
makes no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from consensus.core.equivalence.lexicon import OPPOSITES
from consensus.core.equivalence.meaning import Meaning, trigrams
from consensus.core.equivalence.spelling import LIKE, Vocabulary
from consensus.core.equivalence.words import STOP


@dataclass(frozen=True, slots=True)
class Pair:
    """The lesser and the greater answer.

    found tells how surely each word of the lesser one's content is said in the greater one, 0..1;
    ours is the content of the lesser that the greater does not have, theirs that of the greater.
    """

    lesser: Meaning
    greater: Meaning
    found: Mapping[str, float]
    ours: frozenset[str]
    theirs: frozenset[str]


def side_by_side(one: Meaning, other: Meaning) -> Pair:
    """The pair that two answers are, whichever is given first."""
    if one.echoes or other.echoes:  # the question's words are all that one says: they count then
        one, other = _in_full(one), _in_full(other)
    lesser, greater = sorted((one, other), key=lambda m: (len(m.novel), len(m.words), m.words))
    found = {word: greater.vocabulary.closest(word) for word in lesser.content}
    return Pair(
        lesser,
        greater,
        found,
        ours=frozenset(w for w, likeness in found.items() if likeness < LIKE)
        | _opposed(lesser, greater),
        theirs=frozenset(w for w in greater.content if not lesser.vocabulary.has(w))
        | _opposed(greater, lesser),
    )


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


def _opposed(one: Meaning, other: Meaning) -> frozenset[str]:
    """The small words of one whose opposite the other says in their place: for, against."""
    said = frozenset(other.words)
    small = (w for w in STOP.intersection(one.words) if not other.vocabulary.has(w))
    return frozenset(w for w in small if not said.isdisjoint(OPPOSITES.get(w, ())))
