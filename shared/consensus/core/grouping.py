"""Votes -> groups of equivalent answers: transitive, and the same for any order of arrival."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from consensus.core.equivalence import Comparable, comparable, fits, same
from consensus.core.model import Plan, Vote


@dataclass(frozen=True, slots=True)
class Group:
    """Votes that mean the same, by seat; answer is the wording to show for them."""

    answer: str
    votes: tuple[Vote, ...]


def group(votes: Iterable[Vote], plan: Plan, question: str) -> tuple[Group, ...]:
    """The groups, those with most votes first, then by answer.

    Answers that read the same are one before anything is compared, so the cost grows with the
    distinct ones. What is equivalent to a common third is one group: a vote that comes late may
    join two.
    """
    by_key: dict[str, list[Vote]] = defaultdict(list)
    forms: dict[str, Comparable] = {}
    for vote in sorted(set(votes), key=lambda v: (v.seat, v.reading.final)):
        form = comparable(vote.reading, plan, question)
        by_key[form.key].append(vote)
        forms.setdefault(form.key, form)
    keys = sorted(by_key)
    groups = [
        _group([vote for key in members for vote in by_key[key]])
        for members in _joined(list(_classes(keys, forms, plan)), forms, plan)
    ]
    return tuple(sorted(groups, key=lambda g: (-len(g.votes), g.answer)))


def _group(votes: Sequence[Vote]) -> Group:
    ordered = tuple(sorted(votes, key=lambda v: (v.seat, v.reading.final)))
    return Group(representative(ordered), ordered)


def representative(votes: Sequence[Vote]) -> str:
    """The wording a reader would want: the most frequent; among those the shortest, then by letter."""
    wordings = Counter(vote.reading.final.strip() for vote in votes)
    return min(wordings, key=lambda w: (-wordings[w], len(w), w))


def _classes(keys: Sequence[str], forms: dict[str, Comparable], plan: Plan) -> Iterable[list[str]]:
    """The connected components of "same"."""
    left = list(keys)
    while left:
        members, frontier = [left[0]], [left.pop(0)]
        while frontier:
            one = forms[frontier.pop()]
            joined = [key for key in left if same(one, forms[key], plan)]
            left = [key for key in left if key not in joined]
            members += joined
            frontier += joined
        yield members


def _joined(
    classes: list[list[str]], forms: dict[str, Comparable], plan: Plan
) -> Iterable[list[str]]:
    """The classes, those that leave something open joined to the one class that they fit.

    Where several fit, joining any would choose for the voter, and joining all would make "5 km" and
    "$5" the same.
    """
    homes: dict[int, int] = {}
    for i, vague in enumerate(classes):
        fitting = [
            j
            for j, definite in enumerate(classes)
            if any(fits(forms[a], forms[b], plan) for a in vague for b in definite)
        ]
        if len(fitting) == 1:
            homes[i] = fitting[0]
    for j, definite in enumerate(classes):
        if j not in homes:
            yield [
                *definite,
                *(key for i, home in homes.items() if home == j for key in classes[i]),
            ]
