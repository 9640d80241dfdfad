"""Where votes on an answer with parts stand: what they decide, how far it is agreed, and in which
groups the whole answers fall."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from consensus.core.model import (
    Format,
    FormatKind,
    Leaf,
    PartShare,
    Plan,
    SaidShare,
    Strategy,
    Vote,
)
from consensus.core.parts import stopping, trust
from consensus.core.parts.composing import Ballot, Decision, Part, decide
from consensus.core.parts.documents import Json, NotOneValue, dumps, held
from consensus.core.parts.formats import shape_for
from consensus.core.parts.leaves import in_common
from consensus.core.parts.places import key
from consensus.core.parts.schema import fault
from consensus.core.parts.sentences import sentences
from consensus.core.parts.shapes import Shape
from consensus.core.parts.texts import Chosen, Point, choose
from consensus.core.plain import folded

SPEAKERS = 2  # answers that speak to a sentence's point, from which most of them may contradict it

TIED = 1e-9  # of weights or shares, within which they are equal

_AROUND = " .!?\"'"

Group = tuple[str, tuple[Vote, ...]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What votes decide. groups are of whole answers, that of the leading one first.

    agreement is that of the weakest part (of a text: the support of its sentences), rival the share
    of what is strongest against it; whole is the share of votes that say all of the answer.
    disputed: something in it is contradicted by as many as say it. confidence is the probability
    that more votes would not change it, None of a text.
    """

    answer: str
    groups: tuple[Group, ...]
    parts: tuple[PartShare, ...]
    agreement: float
    rival: float
    whole: float
    composed: bool
    weakest: str
    disputed: bool
    confidence: float | None
    decision: Decision | None = None

    def wanted(self, left: int) -> int:
        """Votes, of those left, that would make every part sure; of a text, all of them."""
        return left if self.decision is None else stopping.votes_wanted(self.decision, left)

    @property
    def doubtful(self) -> int:
        """Parts that more votes could well change."""
        return 0 if self.decision is None else stopping.doubtful(self.decision)


def standing(votes: Sequence[Vote], weights: Sequence[float], plan: Plan) -> Standing:
    """Where these votes stand, at least one; the same for any order of them."""
    cast = sorted(zip(votes, weights, strict=True), key=_in_their_own_order)
    ordered, weighed = [vote for vote, _ in cast], tuple(weight for _, weight in cast)
    if plan.strategy is Strategy.TEXT:
        return _of_texts(ordered, weighed)
    return _of_values(ordered, weighed, plan)


def whole_keys(answers: Sequence[str], leaves: Iterable[Leaf], plan: Plan) -> Sequence[str]:
    """For each of these answers one text, the same for all that are the same as a whole."""
    if plan.strategy is Strategy.TEXT:
        return [_as_one(answer) for answer in answers]
    return _keys(_said(answers, leaves, plan))


def first_wave(plan: Plan) -> int:
    """Votes to ask for at first."""
    if plan.strategy is Strategy.TEXT:
        return plan.min_votes
    return max(plan.min_votes, stopping.first_wave(derived=plan.derived))


def _in_their_own_order(cast: tuple[Vote, float]) -> tuple[str, float, int, str]:
    vote, weight = cast
    return vote.reading.final, weight, vote.seat, vote.voter


def _of_texts(votes: Sequence[Vote], weights: tuple[float, ...]) -> Standing:
    texts = tuple(vote.reading.final for vote in votes)
    chosen = _chosen(texts, weights)
    by_text: dict[str, list[Vote]] = defaultdict(list)
    for vote, text in zip(votes, texts, strict=True):
        by_text[_as_one(text)].append(vote)
    answer = texts[chosen.number]
    lead = _as_one(answer)
    weighing = dict(zip(votes, weights, strict=True))
    groups = _groups(by_text, weighing, lead, answer)
    against = [point.contradict / point.speak if point.speak else 0.0 for point in chosen.points]
    parts = tuple(
        PartShare(str(n), point.text, point.support, None, share, point.speak, _against(point))
        for n, (point, share) in enumerate(zip(chosen.points, against, strict=True))
    )
    weakest = min(parts, key=lambda part: part.agreement, default=None)
    backing = math.fsum(w for v, w in weighing.items() if _as_one(v.reading.final) == lead)
    unlike = math.fsum(
        w for v, w in weighing.items() if _have_nothing_in_common(v.reading.final, answer)
    )
    return Standing(
        answer=answer,
        groups=groups,
        parts=parts,
        agreement=chosen.support,
        rival=max(against, default=0.0),
        whole=backing / (math.fsum(weights) or 1.0),
        composed=False,
        weakest=weakest.path if weakest else "",
        disputed=2 * unlike >= math.fsum(weights) - TIED
        or any(p.speak >= SPEAKERS and 2 * p.contradict > p.speak for p in chosen.points),
        confidence=None,
    )


def _have_nothing_in_common(one: str, other: str) -> bool:
    """Whether they share no word, and are not the same either, as marks and pictures may be."""
    ours, theirs = ({w for s in sentences(text) for w in s.words} for text in (one, other))
    return ours.isdisjoint(theirs) and _as_one(one) != _as_one(other)


def _as_one(text: str) -> str:
    """Texts that differ in case, spaces or marks around them are one."""
    return folded(text).strip(_AROUND)


def _against(point: Point) -> tuple[SaidShare, ...]:
    if not point.contradict:
        return ()
    return (SaidShare(point.against, point.contradict, point.contradict / point.speak),)


@lru_cache(maxsize=64)
def _chosen(texts: tuple[str, ...], weights: tuple[float, ...]) -> Chosen:
    """Cached, since a task is tallied several times between two votes."""
    return choose(texts, weights)


def _of_values(votes: Sequence[Vote], weights: tuple[float, ...], plan: Plan) -> Standing:
    leaves = (leaf for vote in votes for leaf in vote.reading.leaves)
    said = _said([vote.reading.final for vote in votes], leaves, plan)
    decision = _decided(said, weights)
    keys = _keys(said)
    by_key: dict[str, list[Vote]] = defaultdict(list)
    for vote, told in zip(votes, keys, strict=True):
        by_key[told].append(vote)
    lead = key(decision.leading, said.shape)
    weighing = dict(zip(votes, weights, strict=True))
    groups = _groups(by_key, weighing, lead, dumps(decision.leading))
    one_voter = len({vote.voter for vote in votes}) == 1
    places = tuple(_placed(decision.parts, len(votes), one_voter=one_voter))
    agreement, rival, weakest = _weakest(decision, plan)
    if plan.derived:
        second = groups[1][1] if len(groups) > 1 else ()
        rival = math.fsum(weighing[vote] for vote in second) / (math.fsum(weights) or 1.0)
    return Standing(
        answer=dumps(decision.value),
        groups=groups,
        parts=places,
        agreement=agreement,
        rival=rival,
        whole=decision.whole,
        composed=decision.composed,
        weakest=weakest,
        disputed=agreement - rival <= TIED,
        confidence=stopping.least_sure(decision),
        decision=decision,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """All that the votes' values and their comparison rest on."""

    texts: tuple[str, ...]
    leaves: tuple[Leaf, ...]
    format: Format | None
    derived: bool
    tolerance: float

    @property
    def shape(self) -> Shape:
        return shape_for(self.format, derived=self.derived)


def _said(answers: Iterable[str], leaves: Iterable[Leaf], plan: Plan) -> _Said:
    distinct = tuple(dict.fromkeys(leaves))
    return _Said(tuple(answers), distinct, plan.format, plan.derived, plan.numeric_tolerance)


@lru_cache(maxsize=64)
def _values(said: _Said) -> Sequence[Json]:
    """Cached, as above."""
    return in_common([_value(text) for text in said.texts], said.leaves, said.shape, said.tolerance)


@lru_cache(maxsize=64)
def _decided(said: _Said, weights: tuple[float, ...]) -> Decision:
    """A composition that does not fit the schema gives way to the leading whole answer, which
    does."""
    ballots = [Ballot(*cast) for cast in zip(_values(said), weights, strict=True)]
    decision = decide(ballots, said.shape, derived=said.derived)
    wanted = said.format
    has_schema = wanted is not None and wanted.kind is FormatKind.SCHEMA
    if has_schema and decision.composed and fault(decision.value, wanted.schema if wanted else ""):
        return decide(ballots, said.shape, derived=True)
    return decision


@lru_cache(maxsize=256)
def _keys(said: _Said) -> tuple[str, ...]:
    return tuple(key(value, said.shape) for value in _values(said))


def _value(text: str) -> Json:
    """The vote's value; its text, where an older or broken worker sent no JSON."""
    try:
        return held(text)
    except NotOneValue:
        return text


def _groups(
    by_key: Mapping[str, Sequence[Vote]], weights: Mapping[Vote, float], lead: str, answer: str
) -> tuple[Group, ...]:
    """Whole answers: the leading one, then the heaviest."""

    def weight(told: str) -> float:
        return math.fsum(weights[vote] for vote in by_key[told])

    def wording(told: str) -> str:
        spelled = Counter(vote.reading.final for vote in by_key[told])
        return answer if told == lead else min(spelled, key=lambda s: (-spelled[s], len(s), s))

    ranked = sorted(by_key, key=lambda told: (told != lead, -round(weight(told), 9), told))
    return tuple((wording(told), tuple(by_key[told])) for told in ranked)


def _placed(parts: Sequence[Part], votes: int, *, one_voter: bool) -> list[PartShare]:
    return [
        PartShare(
            path=part.path,
            value=dumps(part.value),
            agreement=part.agreement,
            confidence=None if part.absent else trust.confidence(part, votes, one_voter=one_voter),
            contradicted=_otherwise(part),
            votes=part.votes,
            groups=tuple(
                SaidShare(dumps(group.value), group.votes, group.share, group.absent)
                for group in part.groups
            ),
            absent=part.absent,
        )
        for part in parts
    ]


def _otherwise(part: Part) -> float:
    """The share that holds something else there."""
    held = math.fsum(group.share for group in part.groups if not group.absent)
    return max(0.0, held if part.absent else held - part.agreement)


def _weakest(decision: Decision, plan: Plan) -> tuple[float, float, str]:
    """The least agreement, the share of its strongest rival, and where it is.

    What is taken whole is agreed as a whole. A collection is agreed as the elements that it keeps
    are in the mean, and as those that it leaves out.
    """
    if plan.derived:
        least = min(decision.parts, key=lambda p: (round(p.agreement, 9), p.path))
        return decision.leading_share, 0.0, least.path
    found = [(p.agreement, _rival(p), p.path) for p in decision.parts if not p.element]
    elements = sorted((p for p in decision.parts if p.element), key=lambda p: _array(p.path))
    for path, members in groupby(elements, key=lambda p: _array(p.path)):
        told = list(members)
        for shares in ([p.agreement for p in told if p.absent is gone] for gone in (False, True)):
            if shares:
                mean = math.fsum(shares) / len(shares)
                found.append((mean, 1.0 - mean, path))
    return min(found, key=lambda f: (round(f[0], 9), f[2]))


def _rival(part: Part) -> float:
    shares = [group.share for group in part.groups]
    shares.remove(min(shares, key=lambda share: abs(share - part.agreement)))
    return max(shares, default=0.0)


def _array(path: str) -> str:
    return path.rpartition("/")[0]
