"""Which answers are worth asking a model about: do these two mean the same?

Only pairs of groups that the evidence leaves open, that nothing keeps apart, and whose joining
could change what is decided. No two groups are asked about twice. All that is in doubt at one
moment goes into one call.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, islice, product

from consensus.core import stopping
from consensus.core.adjudication import PAIRS_A_CALL
from consensus.core.grouping import (
    Group,
    doubted,
    form_of,
    group,
    is_different,
    is_doubtful,
    key_of,
)
from consensus.core.model import Doubt, Plan, Task, Vote
from consensus.core.tally import Tally, WeighedGroup, tally_groups
from consensus.core.values import Value

LONGEST = 2_000  # characters of an answer: a model that is shown a part would judge another one
LONGEST_CALL = 8_000  # characters of all answers that one call may show

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Side:
    """A group as one side of a doubt: the answer that is shown for it, and all that it holds."""

    answer: str
    forms: Mapping[str, Value | None]


def raise_doubts(task: Task, tally: Tally) -> tuple[Doubt, ...]:
    """What a model should be asked about now, in one call, within what the plan still allows.

    The heaviest groups come first. Of three groups two pairs are enough at once: what two verdicts
    imply needs no third.
    """
    plan, left = task.plan, task.plan.adjudications - len(task.doubts)
    if left <= 0 or plan.strategy.has_parts:
        return ()
    pairs = _without_implied(_that_matter(_open_pairs(task, tally), tally, plan))
    numbered = enumerate(_of_one_call(pairs, left), start=len(task.doubts))
    return tuple(Doubt(number, min(pair), max(pair)) for number, pair in numbered)


def _of_one_call(pairs: Iterable[Pair], left: int) -> Iterator[Pair]:
    """The first of them, so many that a model can be shown them whole."""
    shown = 0
    for one, other in islice(pairs, min(left, PAIRS_A_CALL)):
        shown += len(one) + len(other)
        if shown > LONGEST_CALL:
            return
        yield one, other


def _open_pairs(task: Task, tally: Tally) -> frozenset[Pair]:
    """The pairs of groups, the heavier first, of which nobody knows whether they are the same."""
    groups = group(task.votes, task.plan, task.doubts)
    sides = {g.answer: _side(g) for g in groups}
    asked = [doubted(doubt) for doubt in task.doubts]
    ranked = [sides[g.answer] for g in tally.groups if len(g.answer) <= LONGEST]
    return frozenset(
        (one.answer, other.answer)
        for one, other in combinations(ranked, 2)
        if _is_open(one, other, task.plan) and not _was_asked(one, other, asked)
    )


def _side(group: Group) -> _Side:
    told: dict[str, list[Vote]] = {}
    for vote in group.votes:
        told.setdefault(key_of(vote), []).append(vote)
    return _Side(group.answer, {answer: form_of(votes) for answer, votes in told.items()})


def _is_open(one: _Side, other: _Side, plan: Plan) -> bool:
    """Whether the evidence can neither join nor part the two, and nothing in them contradicts."""
    tolerance = plan.numeric_tolerance
    if not is_doubtful(one.forms[one.answer], other.forms[other.answer], tolerance):
        return False
    pairs = product(one.forms.values(), other.forms.values())
    return not any(is_different(a, b, tolerance) for a, b in pairs)


def _was_asked(one: _Side, other: _Side, asked: Iterable[Pair]) -> bool:
    return any(
        (a in one.forms and b in other.forms) or (b in one.forms and a in other.forms)
        for a, b in asked
    )


def _that_matter(pairs: Collection[Pair], tally: Tally, plan: Plan) -> Iterator[Pair]:
    """The open pairs of each group whose joining could change the decision, heaviest first."""
    for one in tally.groups:
        like_it = [
            g
            for g in tally.groups
            if (one.answer, g.answer) in pairs or (g.answer, one.answer) in pairs
        ]
        if like_it and _changes(tally, _joined(tally, one, like_it, plan), plan):
            yield from ((one.answer, g.answer) for g in like_it)


def _joined(tally: Tally, one: WeighedGroup, others: Collection[WeighedGroup], plan: Plan) -> Tally:
    """The tally as it would be if the others were all found to mean the same as this one."""
    votes = one.votes + sum(g.votes for g in others)
    weight = math.fsum((one.weight, *(g.weight for g in others)))
    rest = [g for g in tally.groups if g != one and g not in others]
    return tally_groups(
        [replace(one, votes=votes, weight=weight), *rest], plan, tally.heaviest_vote
    )


def _changes(before: Tally, after: Tally, plan: Plan) -> bool:
    """Whether it would lead to another answer, to a consensus or none, or to the end of asking."""
    same_leader = before.groups[0].answer == after.groups[0].answer
    if not same_leader or before.consensus != after.consensus:
        return True
    return stopping.is_settled(after, plan)


def _without_implied(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The pairs that no chain of earlier ones connects already."""
    joined: dict[str, frozenset[str]] = {}
    for one, other in pairs:
        ours, theirs = (joined.get(side, frozenset((side,))) for side in (one, other))
        if ours != theirs:
            joined |= dict.fromkeys(ours | theirs, ours | theirs)
            yield one, other
