"""What keeps two answers apart however near their words are.

Words alike is where opposites hide: "safe" and "not safe" share all but one of theirs. Each rule
here looks at what is left when the shared words are taken away, or at their order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from consensus.core.equivalence import numeric
from consensus.core.equivalence.evidence import ordered
from consensus.core.equivalence.lexicon import (
    CLASSES,
    COPULAS,
    NEGATIONS,
    ONE_WAY,
    OPPOSITES,
    TITLES,
)
from consensus.core.equivalence.meaning import Meaning
from consensus.core.equivalence.spelling import are_akin, opposites
from consensus.core.equivalence.words import STOP

AMOUNT_TOLERANCE = 1e-6  # relative
NEAR = 4  # words between a negation and what it denies
LONGEST_INITIALS = 6
BOUNDS = frozenset("more less fewer least most above below".split())
ERA = frozenset(["bc", "bce"])
_LISTING = frozenset(["and", "or", "both"])


def contradict(one: Meaning, other: Meaning) -> bool:
    """Whether two answers cannot both be meant as one; symmetric."""
    lesser, greater = ordered(one, other)
    if _amounts_differ(lesser, greater):
        return True
    ours, theirs = _left_over(lesser, greater)
    return (
        _numbers_differ(lesser, greater)
        or _eras_differ(lesser, greater)
        or _bounds_differ(lesser, greater)
        or _stances_differ(lesser, greater)
        or _is_denied(lesser, greater)
        or _are_turned(lesser, greater, ours, theirs)
        or _are_of_one_class(ours, theirs)
        or _names_differ(lesser, greater, ours, theirs)
        or _fill_slots(lesser, greater, ours, theirs)
    )


def _left_over(lesser: Meaning, greater: Meaning) -> tuple[frozenset[str], frozenset[str]]:
    """The content of each that the other does not have."""
    return _lacking(lesser, greater), _lacking(greater, lesser)


def _lacking(one: Meaning, other: Meaning) -> frozenset[str]:
    """The content that the other lacks, and small words whose opposite it has: for, against."""
    small = [w for w in one.words if w in STOP and OPPOSITES.get(w, frozenset()) & {*other.words}]
    return frozenset(w for w in (*one.content, *small) if not other.vocabulary.has(w))


def _amounts_differ(lesser: Meaning, greater: Meaning) -> bool:
    """Whether both are nothing but amounts of known and different size."""
    a, b = lesser.amount, greater.amount
    if a is None or b is None or a.shape != b.shape:
        return False
    if a.values == b.values and not any(_left_over(lesser, greater)):
        return False  # in units that the library does not know: 7 years, and 7 yrs
    fits = numeric.fits(a, b, AMOUNT_TOLERANCE) or numeric.fits(b, a, AMOUNT_TOLERANCE)
    return not fits and not numeric.same(a, b, AMOUNT_TOLERANCE)


def _numbers_differ(lesser: Meaning, greater: Meaning) -> bool:
    """Whether each gives a number that the other does not: 5% and 6%, but not 1492 and May 1492."""
    return bool(lesser.numbers - greater.numbers) and bool(greater.numbers - lesser.numbers)


def _eras_differ(lesser: Meaning, greater: Meaning) -> bool:
    """Whether the same number is of years before Christ in one answer only."""
    return bool(lesser.numbers & greater.numbers) and (
        ERA.isdisjoint(lesser.words) != ERA.isdisjoint(greater.words)
    )


def _bounds_differ(lesser: Meaning, greater: Meaning) -> bool:
    """Whether the same number is a bound in one answer only, or another one: more than 5, and 5."""
    shared = lesser.numbers & greater.numbers
    return any(_bounds(lesser, number) != _bounds(greater, number) for number in shared)


def _bounds(meaning: Meaning, number: str) -> frozenset[str]:
    place = meaning.words.index(number)
    return BOUNDS.intersection(meaning.words[max(0, place - 2) : place])


def _stances_differ(lesser: Meaning, greater: Meaning) -> bool:
    """Yes against no, said outright or by a sentence that is negated."""
    if lesser.stance is None and greater.stance is None:
        return False
    one, other = (not m.negated if m.stance is None else m.stance for m in (lesser, greater))
    return one != other


def _is_denied(lesser: Meaning, greater: Meaning) -> bool:
    """Whether the greater answer names the lesser one only to deny it: "not Paris but Lyon"."""
    if not 1 <= len(lesser.core) <= NEAR or not NEGATIONS.isdisjoint(lesser.words):
        return False
    key = lesser.core[-1]
    places = [n for n, word in enumerate(greater.words) if word == key]
    return bool(places) and all(
        any(word in NEGATIONS for word in greater.words[max(0, n - NEAR) : n]) for n in places
    )


def _are_turned(
    lesser: Meaning, greater: Meaning, ours: frozenset[str], theirs: frozenset[str]
) -> bool:
    """Whether a statement is turned round an odd number of times: denied, reversed, or swapped."""
    opposed = _opposed(ours, theirs)
    aligned = len(ours) <= len(opposed) + 1 and len(theirs) <= len(opposed) + 2
    turns = len(opposed)
    if aligned and lesser.stance is None and greater.stance is None:
        turns += lesser.negated != greater.negated
    if _is_all(ours, theirs, opposed):
        turns += _are_swapped(lesser, greater, dict(opposed))
    return turns % 2 == 1


def restate(one: Meaning, other: Meaning) -> bool:
    """Whether one says the other turned round and back: not unsafe is safe; symmetric.

    What was sold by Ann was bought from her, and if Mars is smaller, then Earth is larger.
    """
    lesser, greater = ordered(one, other)
    ours, theirs = _left_over(lesser, greater)
    opposed = _opposed(ours, theirs)
    return bool(opposed) and _is_all(ours, theirs, opposed) and not contradict(one, other)


def _opposed(ours: frozenset[str], theirs: frozenset[str]) -> list[tuple[str, str]]:
    """The opposites that the two answers have instead of each other."""
    return [(a, b) for a in sorted(ours) for b in sorted(opposites(a) & theirs)]


def _is_all(
    ours: frozenset[str], theirs: frozenset[str], opposed: Sequence[tuple[str, str]]
) -> bool:
    """Whether nothing but opposites tells the two answers apart."""
    return ours == {a for a, _ in opposed} and theirs == {b for _, b in opposed}


def _are_swapped(lesser: Meaning, greater: Meaning, opposite: dict[str, str]) -> bool:
    """Whether the same words stand in another order, and the order tells who did what to whom.

    "Ann paid Bob" and "Bob paid Ann" are two answers; "Paris is the capital" and "the capital is
    Paris" are one, and so are "Bob was paid by Ann" and, moved to the front, "yesterday Ann paid".
    """
    one = tuple(opposite.get(word, word) for word in lesser.content)
    other = greater.content
    if Counter(one) != Counter(other) or len(one) < 3:
        return False
    if any(m.content == m.names or _LISTING & set(m.words) for m in (lesser, greater)):
        return False  # a list of names, in any order
    ours, theirs = (("by" in m.words) and bool(COPULAS & set(m.words)) for m in (lesser, greater))
    if ours != theirs:  # one of them is passive, so that its order is the other's turned round
        return one == other
    states = any(COPULAS & set(m.words) for m in (lesser, greater))
    if states and not ours and ONE_WAY.isdisjoint(lesser.words):
        return False
    if [w for w in one if _counts(w)] == [w for w in other if _counts(w)]:
        one, other = (tuple(w for w in said if not _counts(w)) for said in (one, other))
    return one not in _rotations(other)  # 1 July 1867 is July 1, 1867


def _counts(word: str) -> bool:
    return word[-1].isdigit()


def _rotations(said: tuple[str, ...]) -> set[tuple[str, ...]]:
    """The orders that come of moving the end of a sentence to its front."""
    return {said[n:] + said[:n] for n in range(len(said) or 1)}


def _are_of_one_class(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether each names another of things of which only one can be meant: March and May."""
    return any(ours & members and theirs & members for members in CLASSES)


def _names_differ(
    lesser: Meaning, greater: Meaning, ours: frozenset[str], theirs: frozenset[str]
) -> bool:
    """Whether the same is said of other names, or the initials of a name are others."""
    a, b = _initials(lesser.content), _initials(greater.content)
    if a and b and a != b:
        return True
    ours, theirs = ours - TITLES, theirs - TITLES
    lone, strange = ours & frozenset(lesser.names), theirs & frozenset(greater.names)
    return ours == lone and theirs == strange and _are_unlike(lone, strange)


def _are_unlike(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether each side has a word that is not even akin to one of the other's."""
    return any(not any(are_akin(a, b) for b in theirs) for a in ours) and any(
        not any(are_akin(a, b) for a in ours) for b in theirs
    )


def _initials(content: Sequence[str]) -> frozenset[str]:
    return frozenset(word for word in content if len(word) == 1 and word.isalpha())


def _fill_slots(
    lesser: Meaning, greater: Meaning, ours: frozenset[str], theirs: frozenset[str]
) -> bool:
    """Whether both are one sentence with other words in the same places: signed, and vetoed."""
    a, b = lesser.content, greater.content
    if not ours or not theirs or len(a) != len(b) or len(ours) == len(a):
        return False
    if _is_all(ours, theirs, _opposed(ours, theirs)):
        return False  # opposites have been looked at, with what turns them round
    places = [word in ours for word in a]
    if places != [word in theirs for word in b]:
        return False
    if not ours.issubset(lesser.novel) or not TITLES.isdisjoint(ours | theirs):
        return False  # the question's own words, and titles, name no other thing
    return _are_unlike(ours, theirs)


def abbreviate(one: Meaning, other: Meaning) -> bool:
    """Whether one is the other's initials: UK, and the United Kingdom; symmetric."""
    lesser, greater = ordered(one, other)
    if len(lesser.content) != 1 or not 2 <= len(lesser.content[0]) <= LONGEST_INITIALS:
        return False
    return any(
        len(said) > 1 and "".join(word[0] for word in said) == lesser.content[0]
        for said in (greater.content, greater.names)
    )
