"""Votes -> groups -> weights -> who leads, by how much, and whether that is a consensus.

A tally is a function of the plan and the set of votes: sums are exact (math.fsum) over groups in a
fixed order, so no order of arrival changes it, not even in the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from consensus.core.grouping import Group, group
from consensus.core.model import Doubt, Plan, Strategy, Vote, Voting
from consensus.core.parts.standing import Standing, standing

# What voters say who say how sure they are. Fixed, not the mean of those who do: an agreeing vote
# must never lower its group by lowering what silent voters weigh.
NEUTRAL_CONFIDENCE = 0.8
LARGEST_POWER = 100.0
MAJORITY = 0.5
ROUNDING = 1e-9  # three of four equal votes are 75%, whatever the sum of their weights rounds to


@dataclass(frozen=True, slots=True)
class WeighedGroup:
    """Equivalent answers: how many votes, what they weigh, their share of the weight (0..1), whose
    votes they are, by voter and by seat, and the mean probability (0..1) that their tokens give
    them, None where none was told."""

    answer: str
    votes: int
    weight: float
    share: float = 0.0
    voters: tuple[str, ...] = ()
    seats: tuple[int, ...] = ()
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """Where the votes stand. groups come leader first; min_agreement is the threshold in force.

    heaviest_vote bounds what one more vote may weigh. parts is where answers with parts stand, None
    for those of one short value: then groups are of whole answers, and the answer may be none of
    theirs.
    """

    groups: tuple[WeighedGroup, ...]
    votes: int
    weight: float
    min_agreement: float
    quorum: bool
    heaviest_vote: float = 1.0
    parts: Standing | None = None

    @property
    def answer(self) -> str | None:
        """What the votes come to."""
        if self.parts is not None:
            return self.parts.answer
        return self.groups[0].answer if self.groups else None

    @property
    def leader(self) -> WeighedGroup | None:
        """The heaviest group; with a tie, the first of the tied by rule."""
        return self.groups[0] if self.groups else None

    @property
    def agreement(self) -> float:
        """The leader's share of the weight; with parts, that of the weakest of them."""
        if self.parts is not None:
            return self.parts.agreement
        return self.groups[0].share if self.groups else 0.0

    @property
    def margin(self) -> float:
        """The leader's lead in share over the runner-up; with parts, that of the weakest."""
        if self.parts is not None:
            return self.parts.agreement - self.parts.rival
        runner_up = self.groups[1].share if len(self.groups) > 1 else 0.0
        return self.agreement - runner_up

    @property
    def tied(self) -> bool:
        """Whether two groups lead, so that choosing between them would be chance. With parts,
        whether as much weight is against one of them as for it."""
        if self.parts is not None:
            return self.parts.disputed
        return len(self.groups) > 1 and math.isclose(self.groups[0].weight, self.groups[1].weight)

    @property
    def lone(self) -> bool:
        """Whether the leader is a single vote that leads by its weight alone."""
        if self.parts is not None:
            return False
        return bool(self.groups) and self.groups[0].votes == 1 < self.votes

    @property
    def consensus(self) -> bool:
        """Quorum counts votes, agreement weighs them, and a tie is never a consensus.

        Nor is a single vote that outweighs the others.
        """
        reached = self.agreement >= self.min_agreement - ROUNDING
        return self.quorum and not self.tied and not self.lone and reached


def tally_votes(votes: Iterable[Vote], plan: Plan, doubts: Iterable[Doubt] = ()) -> Tally:
    """The tally of these votes, under the verdicts on doubts; a vote given twice counts once."""
    majority = plan.voting is Voting.MAJORITY
    learned = {} if majority else {known.voter: known.weight for known in plan.voter_weights}
    if plan.strategy.has_parts:
        return _tally_parts(votes, plan, learned)
    groups = group(votes, plan, doubts)
    weighed = [_weighed(g, plan.voting, learned) for g in groups]
    # 1 is the heaviest voter of a panel, heard or not; more is heard from older workers only
    heaviest = max((1.0, *(_power(vote) for g in groups for vote in g.votes)))
    return tally_groups(weighed, plan, heaviest * max((1.0, *learned.values())))


def _tally_parts(votes: Iterable[Vote], plan: Plan, learned: Mapping[str, float]) -> Tally:
    told = tuple(dict.fromkeys(votes))
    if not told:
        return tally_groups([], plan)
    weights = [weight(vote, plan.voting, learned.get(vote.voter, 1.0)) for vote in told]
    stands = standing(told, weights, plan)
    groups = [_weighed(Group(answer, held), plan.voting, learned) for answer, held in stands.groups]
    total = math.fsum(g.weight for g in groups)
    shared = tuple(replace(g, share=g.weight / total if total > 0 else 0.0) for g in groups)
    needed = plan.min_agreement
    if plan.threshold_is_adaptive and plan.strategy is Strategy.STRUCTURED:
        needed = _relaxed(plan, stands.rival / stands.agreement if stands.agreement > 0 else 1.0)
    return Tally(
        groups=shared,
        votes=len(told),
        weight=total,
        min_agreement=needed,
        quorum=len(told) >= max(1, plan.min_votes),
        parts=stands,
    )


def _weighed(group: Group, voting: Voting, learned: Mapping[str, float]) -> WeighedGroup:
    total = math.fsum(weight(vote, voting, learned.get(vote.voter, 1.0)) for vote in group.votes)
    voters = tuple(sorted(vote.voter for vote in group.votes))
    seats = tuple(sorted(vote.seat for vote in group.votes))
    told = [vote.reading.probability for vote in group.votes]
    return WeighedGroup(
        group.answer,
        len(group.votes),
        total,
        voters=voters,
        seats=seats,
        probability=_mean([p for p in told if p is not None and 0.0 <= p <= 1.0]),
    )


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def tally_groups(groups: Iterable[WeighedGroup], plan: Plan, heaviest_vote: float = 1.0) -> Tally:
    """The tally of weighed groups, their shares worked out."""
    ranked = sorted(groups, key=lambda g: (-g.weight, -g.votes, g.answer))
    total = math.fsum(g.weight for g in ranked)
    shared = tuple(replace(g, share=g.weight / total if total > 0 else 0.0) for g in ranked)
    votes = sum(g.votes for g in shared)
    return Tally(
        groups=shared,
        votes=votes,
        weight=total,
        min_agreement=threshold(plan, shared),
        quorum=votes >= max(1, plan.min_votes),
        heaviest_vote=heaviest_vote,
    )


def weight(vote: Vote, voting: Voting, learned: float = 1.0) -> float:
    """What a vote weighs: power, times 2^(confidence - 1) and learned where confidence counts.

    This is the softmax weight of CISC (Taubenfeld et al., ACL Findings 2025) at a mild temperature:
    in shares of the whole, only differences of confidence within the question matter, not its
    level. The factor stays within 1/2..1, so that no vote outweighs two others by confidence alone.
    learned is what the voter's record says (`reliability`). It all depends on this vote and its
    plan alone: another vote for the leader can never lower the leader's share.
    """
    if voting is Voting.MAJORITY:
        return _power(vote)
    said = vote.reading.confidence
    sure = said if said is not None and math.isfinite(said) else NEUTRAL_CONFIDENCE
    return _power(vote) * learned * math.exp2(min(1.0, max(0.0, sure)) - 1.0)


def _power(vote: Vote) -> float:
    """The voter's power within bounds; 1 where it is no number."""
    return min(LARGEST_POWER, max(0.0, vote.power)) if math.isfinite(vote.power) else 1.0


def threshold(plan: Plan, groups: Sequence[WeighedGroup]) -> float:
    """The agreement in force, the heaviest group first: the caller's is kept, analysis's adapts.

    Analysis's holds in full against an equal rival, and relaxes towards a half, never below, as
    dissent scatters: those who dissent do not agree with one another either. A vote for the leader
    can therefore never raise it.
    """
    if not plan.threshold_is_adaptive or not groups or groups[0].weight <= 0:
        return plan.min_agreement
    return _relaxed(plan, groups[1].weight / groups[0].weight if len(groups) > 1 else 0.0)


def _relaxed(plan: Plan, rivalry: float) -> float:
    return MAJORITY + max(0.0, plan.min_agreement - MAJORITY) * rivalry
