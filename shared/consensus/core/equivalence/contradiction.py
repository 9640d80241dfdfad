"""What keeps two answers apart however near their words are.

Words alike is where opposites hide: "safe" and "not safe" share all but one of theirs. Each rule
here looks at what is left when the shared words are taken away, or at their order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from consensus.core.equivalence import numeric
from consensus.core.equivalence.lexicon import (
    CLASSES,
    COPULAS,
    NEGATIONS,
    ONE_WAY,
    TITLES,
)
from consensus.core.equivalence.meaning import NEAR, Meaning
from consensus.core.equivalence.pair import Pair
from consensus.core.equivalence.spelling import are_akin, opposites

AMOUNT_TOLERANCE = 1e-6  # relative
LONGEST_INITIALS = 6
MOST_NAMES = 12  # of an answer, whose initials are looked at
MOST_APART = 32  # words of each answer that are sought among the other's: people differ by fewer
BOUNDS = frozenset("more less fewer least most above below".split())
ERA = frozenset(["bc", "bce"])
_LISTING = frozenset(["and", "or", "both"])


def contradict(pair: Pair) -> bool:
    """Whether two answers cannot both be meant as one."""
    return (
        _amounts_differ(pair)
        or _numbers_differ(pair)
        or _eras_differ(pair)
        or _bounds_differ(pair)
        or _stances_differ(pair)
        or _is_denied(pair)
        or _is_one_of_several(pair)
        or _are_turned(pair)
        or _are_of_one_class(pair)
        or _names_differ(pair)
        or _fill_slots(pair)
    )


def _amounts_differ(pair: Pair) -> bool:
    """Whether both are nothing but amounts of known and different size."""
    a, b = pair.lesser.amount, pair.greater.amount
    if a is None or b is None or a.shape != b.shape:
        return False
    if a.values == b.values and not pair.ours and not pair.theirs:
        return False  # in units that the library does not know: 7 years, and 7 yrs
    fits = numeric.fits(a, b, AMOUNT_TOLERANCE) or numeric.fits(b, a, AMOUNT_TOLERANCE)
    return not fits and not numeric.same(a, b, AMOUNT_TOLERANCE)


def _numbers_differ(pair: Pair) -> bool:
    """Whether each gives a number that the other does not: 5% and 6%, but not 1492 and May 1492."""
    a, b = pair.lesser.numbers, pair.greater.numbers
    return bool(a - b) and bool(b - a)


def _eras_differ(pair: Pair) -> bool:
    """Whether the same number is of years before Christ in one answer only."""
    return bool(pair.lesser.numbers & pair.greater.numbers) and (
        ERA.isdisjoint(pair.lesser.words) != ERA.isdisjoint(pair.greater.words)
    )


def _bounds_differ(pair: Pair) -> bool:
    """Whether the same number is a bound in one answer only, or another one: more than 5, and 5."""
    shared = pair.lesser.numbers & pair.greater.numbers
    return any(_bounds(pair.lesser, number) != _bounds(pair.greater, number) for number in shared)


def _bounds(meaning: Meaning, number: str) -> frozenset[str]:
    place = meaning.words.index(number)
    return BOUNDS.intersection(meaning.words[max(0, place - 2) : place])


def _stances_differ(pair: Pair) -> bool:
    """Yes against no, said outright or by a sentence that is negated."""
    if pair.lesser.stance is None and pair.greater.stance is None:
        return False
    one, other = (
        not m.negated if m.stance is None else m.stance for m in (pair.lesser, pair.greater)
    )
    return one != other


def _is_denied(pair: Pair) -> bool:
    """Whether the greater answer names the lesser one only to set it aside: "not Paris"."""
    lesser = pair.lesser
    if not 1 <= len(lesser.core) <= NEAR or not NEGATIONS.isdisjoint(lesser.words):
        return False
    return lesser.core[-1] in pair.greater.denied


def _is_one_of_several(pair: Pair) -> bool:
    """Whether only one is named of the things that are asked for: of Ann and Bob, only Ann."""
    lesser, greater = pair.lesser, pair.greater
    if len(lesser.items) != 1 or len(greater.items) < 2:
        return False
    return sum(any(lesser.vocabulary.has(w) for w in item) for item in greater.items) == 1


def _are_turned(pair: Pair) -> bool:
    """Whether a statement is turned round an odd number of times: denied, reversed, or swapped."""
    lesser, greater = pair.lesser, pair.greater
    opposed = _opposed(pair)
    turns = len(opposed)
    aligned = len(pair.ours) <= turns + 1 and len(pair.theirs) <= turns + 2
    if aligned and lesser.stance is None and greater.stance is None:
        turns += lesser.negated != greater.negated and not _denies_another(pair)
    if _is_all(pair, opposed):
        turns += _are_swapped(lesser, greater, dict(opposed))
    return turns % 2 == 1


def _denies_another(pair: Pair) -> bool:
    """Whether the greater answer says all of the lesser one, and denies something else."""
    denied = pair.greater.denied
    return bool(denied) and not pair.ours and denied.isdisjoint(pair.lesser.words)


def restate(pair: Pair) -> bool:
    """Whether one says the other turned round and back: not unsafe is safe.

    What was sold by Ann was bought from her, and if Mars is smaller, then Earth is larger. Of two
    answers that do not contradict.
    """
    opposed = _opposed(pair)
    return bool(opposed) and _is_all(pair, opposed)


def _opposed(pair: Pair) -> list[tuple[str, str]]:
    """The opposites that the two answers have instead of each other."""
    return [(a, b) for a in sorted(pair.ours) for b in sorted(opposites(a) & pair.theirs)]


def _is_all(pair: Pair, opposed: Sequence[tuple[str, str]]) -> bool:
    """Whether nothing but opposites tells the two answers apart."""
    return pair.ours == {a for a, _ in opposed} and pair.theirs == {b for _, b in opposed}


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


def _are_of_one_class(pair: Pair) -> bool:
    """Whether each names another of things of which only one can be meant: March and May."""
    return any(pair.ours & members and pair.theirs & members for members in CLASSES)


def _names_differ(pair: Pair) -> bool:
    """Whether the same is said of other names, or the initials of a name are others."""
    a, b = _initials(pair.lesser.content), _initials(pair.greater.content)
    if a and b and a != b:
        return True
    ours, theirs = pair.ours - TITLES, pair.theirs - TITLES
    only_names = ours.issubset(pair.lesser.names) and theirs.issubset(pair.greater.names)
    return only_names and _are_unlike(ours, theirs)


def _are_unlike(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    """Whether each side has a word that is not even akin to one of the other's."""
    ours, theirs = sorted(ours)[:MOST_APART], sorted(theirs)[:MOST_APART]
    return any(not any(are_akin(a, b) for b in theirs) for a in ours) and any(
        not any(are_akin(a, b) for a in ours) for b in theirs
    )


def _initials(content: Sequence[str]) -> frozenset[str]:
    return frozenset(word for word in content if len(word) == 1 and word.isalpha())


def _fill_slots(pair: Pair) -> bool:
    """Whether both are one sentence with other words in the same places: signed, and vetoed."""
    a, b = pair.lesser.content, pair.greater.content
    ours, theirs = pair.ours, pair.theirs
    if not ours or not theirs or len(a) != len(b) or len(ours) == len(a):
        return False
    if _is_all(pair, _opposed(pair)):
        return False  # opposites have been looked at, with what turns them round
    if [word in ours for word in a] != [word in theirs for word in b]:
        return False
    if not ours.issubset(pair.lesser.novel) or not TITLES.isdisjoint(ours | theirs):
        return False  # the question's own words, and titles, name no other thing
    return _are_unlike(ours, theirs)


def abbreviate(pair: Pair) -> bool:
    """Whether one has the other's initials: UK, and the United Kingdom; W. A. Mozart."""
    ours, theirs = pair.lesser.content, pair.greater.content
    if len(ours) == 1 and 2 <= len(ours[0]) <= LONGEST_INITIALS:
        return ours[0] == _initials_of(theirs) or _are_initials(ours[0], pair.greater.names)
    return _has_initials(ours, theirs) or _has_initials(theirs, ours)


def _initials_of(said: Sequence[str]) -> str:
    return "".join(word[0] for word in said)


def _are_initials(word: str, names: Sequence[str]) -> bool:
    """Whether a word is the initials of names: of all of them, or of three and more in a row."""
    initials = _initials_of(names[:MOST_NAMES])
    return word in initials if len(word) > 2 else word == initials


def _has_initials(short: Sequence[str], long: Sequence[str]) -> bool:
    """Whether a name begins with the initials of what the other begins with, and ends alike."""
    if not 1 < len(short) <= len(long) <= LONGEST_INITIALS or not short[0].isalpha():
        return False
    first, *rest = short
    return first == _initials_of(long[: -len(rest)]) and tuple(rest) == tuple(long[-len(rest) :])
