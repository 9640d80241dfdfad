"""Votes -> groups of equivalent answers: transitive, and the same for any order of arrival."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from consensus.core.equivalence import (
    SAME_FROM,
    Comparable,
    comparable,
    fits,
    is_different,
    key_of,
    near_pairs,
    probability,
)
from consensus.core.model import Doubt, Finding, Plan, Reading, Vote

MEAN_FROM = 0.3  # mean probability between two classes from which a strong pair may join them
LOOKED_AT = 12  # members of a class that another class is compared with


@dataclass(frozen=True, slots=True)
class Group:
    """Votes that mean the same, by seat; answer is the wording to show for them."""

    answer: str
    votes: tuple[Vote, ...]


Forms = Mapping[str, Comparable]
Pairs = frozenset[tuple[str, str]]


def group(
    votes: Iterable[Vote], plan: Plan, question: str, doubts: Iterable[Doubt] = ()
) -> tuple[Group, ...]:
    """The groups, those with most votes first, then by answer.

    Answers that read the same are one before anything is compared, so the cost grows with the
    distinct ones. A vote that comes late may join two groups, as evidence that they are one. So may
    a verdict on one of the doubts, unless anything contradicts it; or it keeps two groups apart.
    """
    by_key: dict[str, list[Vote]] = defaultdict(list)
    for vote in _distinct(votes):
        by_key[key_of(vote.reading, plan, question)].append(vote)
    forms = {key: comparable(alike[0].reading, plan, question) for key, alike in by_key.items()}
    found = _found(doubts, plan, question)
    groups = [_group(keys, by_key, forms, plan) for keys in _classes(forms, plan, found)]
    return tuple(sorted(groups, key=lambda g: (-len(g.votes), g.answer)))


def _found(doubts: Iterable[Doubt], plan: Plan, question: str) -> Mapping[Finding, Pairs]:
    """The pairs of keys that were found to be the same, to be different, or could not be told."""
    found: dict[Finding, set[tuple[str, str]]] = defaultdict(set)
    for doubt in doubts:
        if doubt.verdict is not None:
            found[doubt.verdict.finding].add(doubted(doubt, plan, question))
    return {finding: frozenset(pairs) for finding, pairs in found.items()}


def doubted(doubt: Doubt, plan: Plan, question: str) -> tuple[str, str]:
    """The keys of a doubt's two answers, in their order."""
    one, other = sorted(
        key_of(Reading(text, text), plan, question) for text in (doubt.one, doubt.other)
    )
    return one, other


def _distinct(votes: Iterable[Vote]) -> list[Vote]:
    """The votes in an order of their own, duplicates dropped; NaN is no reason to count twice.

    Those with a vector come first: of answers that read the same, the first stands for all, and one
    more that could not be embedded must not take the vector's evidence away.
    """
    told = {
        (
            not v.reading.vector,
            v.reading.final,
            v.reading.canonical,
            v.reading.embedder,
            v.reading.vector,
            v.seat,
            v.voter,
            repr(v.reading.confidence),
            repr(v.power),
        ): v
        for v in votes
    }
    return [told[key] for key in sorted(told)]


def _group(
    keys: Sequence[str], by_key: Mapping[str, Sequence[Vote]], forms: Forms, plan: Plan
) -> Group:
    members = [vote for key in keys for vote in by_key[key]]
    answer = _representative(keys, by_key, forms, plan)
    return Group(answer, tuple(sorted(members, key=lambda v: v.seat)))


def _representative(
    keys: Sequence[str], by_key: Mapping[str, Sequence[Vote]], forms: Forms, plan: Plan
) -> str:
    """The answer to show: that of most votes, then the one most like all, then the shortest."""
    most = max(len(by_key[key]) for key in keys)
    leading = [key for key in keys if len(by_key[key]) == most][: 2 * LOOKED_AT]
    if len(leading) == 1:
        return wording(by_key[leading[0]])

    def likeness(key: str) -> float:
        others = keys[: 2 * LOOKED_AT]
        return math.fsum(
            len(by_key[other]) * probability(forms[key], forms[other], plan) for other in others
        )

    told = {key: wording(by_key[key]) for key in leading}
    best = min(leading, key=lambda key: (-round(likeness(key), 6), len(told[key]), told[key]))
    return told[best]


def wording(votes: Sequence[Vote]) -> str:
    """The spelling a reader would want: the most frequent, then the shortest, then by letter."""
    spellings = Counter(vote.reading.final.strip() for vote in votes)
    return min(spellings, key=lambda s: (-spellings[s], len(s), s))


def _classes(forms: Forms, plan: Plan, found: Mapping[Finding, Pairs]) -> Iterator[Sequence[str]]:
    """Which keys belong together.

    Pairs join their classes from the likeliest down, unless the classes as a whole speak against
    it: a chain of near answers does not join its ends, and a contradiction between any two blocks.
    Then those join that were found to be the same; no other than a contradiction can stop them.
    """
    apart: Pairs = found.get(Finding.DIFFERENT, frozenset())
    classes: dict[str, tuple[str, ...]] = {key: (key,) for key in sorted(forms)}
    pairs = list(near_pairs(forms, plan))
    likely = [
        (p, one, other)
        for one, other in pairs
        if (p := probability(forms[one], forms[other], plan)) >= SAME_FROM
    ]
    for _, one, other in sorted(likely, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if classes[one] is not classes[other] and _may_join(
            classes[one], classes[other], forms, plan, apart
        ):
            _join(classes, one, other)
    for one, other in sorted(found.get(Finding.SAME, ())):
        known = one in classes and other in classes and classes[one] is not classes[other]
        if known and not _are_apart(classes[one], classes[other], forms, plan, apart):
            _join(classes, one, other)
    _join_open_ones(classes, list(_fitting(pairs, forms, plan)))
    yield from sorted({members[0]: members for members in classes.values()}.values())


def _may_join(
    ours: Sequence[str], theirs: Sequence[str], forms: Forms, plan: Plan, apart: Pairs
) -> bool:
    likely = _likely(ours, theirs, forms, plan)
    if min(likely) <= 0.0 or math.fsum(likely) / len(likely) < MEAN_FROM:
        return False
    return not _found_different(ours, theirs, apart)


def _are_apart(
    ours: Sequence[str], theirs: Sequence[str], forms: Forms, plan: Plan, apart: Pairs
) -> bool:
    pairs = ((a, b) for a in ours[:LOOKED_AT] for b in theirs[:LOOKED_AT])
    contradict = any(is_different(forms[a], forms[b], plan) for a, b in pairs)
    return contradict or _found_different(ours, theirs, apart)


def _likely(ours: Sequence[str], theirs: Sequence[str], forms: Forms, plan: Plan) -> list[float]:
    return [
        probability(forms[a], forms[b], plan) for a in ours[:LOOKED_AT] for b in theirs[:LOOKED_AT]
    ]


def _found_different(ours: Sequence[str], theirs: Sequence[str], apart: Pairs) -> bool:
    return any((a in ours and b in theirs) or (b in ours and a in theirs) for a, b in apart)


def _join(classes: dict[str, tuple[str, ...]], one: str, other: str) -> None:
    joined = tuple(sorted({*classes[one], *classes[other]}))
    for key in joined:
        classes[key] = joined


def _fitting(
    pairs: Iterable[tuple[str, str]], forms: Forms, plan: Plan
) -> Iterator[tuple[str, str]]:
    """The pairs of which the first leaves something open that the second tells."""
    for a, b in pairs:
        yield from (p for p in ((a, b), (b, a)) if fits(forms[p[0]], forms[p[1]], plan))


def _join_open_ones(
    classes: dict[str, tuple[str, ...]], fitting: Sequence[tuple[str, str]]
) -> None:
    """Join a class that leaves something open to the one class that it fits.

    Where it fits several, joining any would choose for the voter, and joining all would make "5 km"
    and "$5" the same. Joining one may leave another with a single class to fit.
    """
    while True:
        homes: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
        for one, other in fitting:
            if classes[one] is not classes[other]:
                homes[classes[one]].add(classes[other])
        only = sorted((vague, *found) for vague, found in homes.items() if len(found) == 1)
        if not only:
            return
        vague, home = only[0]
        _join(classes, vague[0], home[0])
