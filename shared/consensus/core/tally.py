"""Votes -> groups -> weights -> who leads, by how much, and whether that is a consensus.

A tally is a function of the plan and the set of votes: sums are exact (math.fsum) over groups in a
fixed order, so no order of arrival changes it, not even in the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from consensus.core.grouping import Group, group
from consensus.core.model import Plan, Vote, Voting

NEUTRAL_CONFIDENCE = 0.5
LARGEST_POWER = 100.0
MANY_GROUPS = 2
RELAXED_BY = 0.85
MAJORITY = 0.5


@dataclass(frozen=True, slots=True)
class WeighedGroup:
    """Equivalent answers: how many votes, what they weigh, and their share of the weight (0..1)."""

    answer: str
    votes: int
    weight: float
    share: float


@dataclass(frozen=True, slots=True)
class Tally:
    """Where the votes stand. groups come leader first; min_agreement is the threshold in force."""

    groups: tuple[WeighedGroup, ...]
    votes: int
    weight: float
    min_agreement: float
    quorum: bool

    @property
    def leader(self) -> WeighedGroup | None:
        """The heaviest group; with a tie, the first of the tied by rule."""
        return self.groups[0] if self.groups else None

    @property
    def agreement(self) -> float:
        """The leader's share of the weight."""
        return self.groups[0].share if self.groups else 0.0

    @property
    def margin(self) -> float:
        """The leader's lead in share over the runner-up."""
        runner_up = self.groups[1].share if len(self.groups) > 1 else 0.0
        return self.agreement - runner_up

    @property
    def tied(self) -> bool:
        """Whether two groups lead: an answer chosen between them would be chance."""
        return len(self.groups) > 1 and math.isclose(self.groups[0].weight, self.groups[1].weight)

    @property
    def consensus(self) -> bool:
        """Quorum counts votes, agreement weighs them, and a tie is never a consensus."""
        return self.quorum and not self.tied and self.agreement >= self.min_agreement


def take(votes: Iterable[Vote], plan: Plan, question: str) -> Tally:
    """The tally of these votes; a vote given twice counts once."""
    groups = group(votes, plan, question)
    weights = [math.fsum(weight(vote, plan.voting) for vote in g.votes) for g in groups]
    return stand(
        [
            WeighedGroup(g.answer, len(g.votes), w, 0.0)
            for g, w in zip(groups, weights, strict=True)
        ],
        plan,
    )


def stand(groups: Iterable[WeighedGroup], plan: Plan) -> Tally:
    """The tally of weighed groups, their shares worked out."""
    ranked = sorted(groups, key=lambda g: (-g.weight, -g.votes, g.answer))
    total = math.fsum(g.weight for g in ranked)
    votes = sum(g.votes for g in ranked)
    return Tally(
        groups=tuple(replace(g, share=g.weight / total if total else 0.0) for g in ranked),
        votes=votes,
        weight=total,
        min_agreement=threshold(plan, len(ranked)),
        quorum=votes >= max(1, plan.min_votes),
    )


def weight(vote: Vote, voting: Voting) -> float:
    """What a vote weighs: power, times (1 + confidence) / 2 where confidence counts.

    The factor stays within 1/2..1, so that no boast outweighs two doubters, and a vote without a
    confidence stands in the middle. It depends on this vote alone: another vote for the leader can
    therefore never lower the leader's share.
    """
    power = vote.power if math.isfinite(vote.power) else 1.0
    power = min(LARGEST_POWER, max(0.0, power))
    if voting is Voting.MAJORITY:
        return power
    said = vote.reading.confidence
    sure = said if said is not None and math.isfinite(said) else NEUTRAL_CONFIDENCE
    return power * (1.0 + min(1.0, max(0.0, sure))) / 2.0


def threshold(plan: Plan, groups: int) -> float:
    """The agreement in force: the caller's is kept; analysis's relaxes where votes scatter.

    With more than two groups the dissenters do not agree with one another either, so a smaller
    share leads as clearly; but never less than half.
    """
    if plan.threshold_is_adaptive and groups > MANY_GROUPS:
        return max(MAJORITY, plan.min_agreement * RELAXED_BY)
    return plan.min_agreement


__all__ = ["Group", "Tally", "WeighedGroup", "stand", "take", "threshold", "weight"]
