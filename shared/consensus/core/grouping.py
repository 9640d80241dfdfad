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
    near_pairs,
    probability,
)
from consensus.core.model import Plan, Vote

MEAN_FROM = 0.3  # mean probability between two classes from which a strong pair may join them
LOOKED_AT = 12  # members of a class that another class is compared with


@dataclass(frozen=True, slots=True)
class Group:
    """Votes that mean the same, by seat; answer is the wording to show for them."""

    answer: str
    votes: tuple[Vote, ...]


Forms = Mapping[str, Comparable]


def group(votes: Iterable[Vote], plan: Plan, question: str) -> tuple[Group, ...]:
    """The groups, those with most votes first, then by answer.

    Answers that read the same are one before anything is compared, so the cost grows with the
    distinct ones. A vote that comes late may join two groups, as evidence that they are one.
    """
    by_key: dict[str, list[Vote]] = defaultdict(list)
    forms: dict[str, Comparable] = {}
    for vote in _distinct(votes):
        form = comparable(vote.reading, plan, question)
        by_key[form.key].append(vote)
        forms.setdefault(form.key, form)
    groups = [_group(keys, by_key, forms, plan) for keys in _classes(forms, plan)]
    return tuple(sorted(groups, key=lambda g: (-len(g.votes), g.answer)))


def _distinct(votes: Iterable[Vote]) -> list[Vote]:
    """The votes in an order of their own, duplicates dropped; NaN is no reason to count twice."""
    told = {
        (
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


def _classes(forms: Forms, plan: Plan) -> Iterator[Sequence[str]]:
    """Which keys belong together.

    Pairs join their classes from the likeliest down, unless the classes as a whole speak against
    it: a chain of near answers does not join its ends, and a contradiction between any two blocks.
    """
    classes: dict[str, tuple[str, ...]] = {key: (key,) for key in sorted(forms)}
    pairs = list(near_pairs(forms, plan))
    likely = [
        (p, one, other)
        for one, other in pairs
        if (p := probability(forms[one], forms[other], plan)) >= SAME_FROM
    ]
    for _, one, other in sorted(likely, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if classes[one] is not classes[other] and _may_join(
            classes[one], classes[other], forms, plan
        ):
            _join(classes, one, other)
    _join_open_ones(classes, list(_fitting(pairs, forms, plan)))
    yield from sorted({members[0]: members for members in classes.values()}.values())


def _may_join(ours: Sequence[str], theirs: Sequence[str], forms: Forms, plan: Plan) -> bool:
    likely = [
        probability(forms[a], forms[b], plan) for a in ours[:LOOKED_AT] for b in theirs[:LOOKED_AT]
    ]
    return min(likely) > 0.0 and math.fsum(likely) / len(likely) >= MEAN_FROM


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
