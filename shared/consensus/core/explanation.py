"""A decision in a sentence or two, with its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from consensus.core.model import CloseReason, Doubt, Finding, Outcome, Plan
from consensus.core.stopping import is_hopeless, is_out_of_reach
from consensus.core.tally import Tally

_WHY = {
    CloseReason.SETTLED: "more votes would hardly change that",
    CloseReason.EXHAUSTED: "no more votes may be asked",
    CloseReason.DEADLINE: "time was up",
    CloseReason.BUDGET: "the budget was spent",
    CloseReason.CANCELLED: "the task was cancelled",
    CloseReason.NO_VOTES: "no vote came",
}


def explain(
    tally: Tally, plan: Plan, outcome: Outcome, close_reason: CloseReason, confidence: float
) -> str:
    """Why the task ended as it did, for people."""
    if outcome is Outcome.CANCELLED:
        return f"Cancelled by its owner after {_votes(tally.votes)}."
    if outcome is Outcome.FAILED:
        return "No worker brought an answer."
    leader = tally.leader
    stood = leader.votes if leader else 0
    numbers = (
        f"{stood} of {_votes(tally.votes)} agree, with {tally.agreement:.0%} of the weight"
        f" (needed: {tally.min_agreement:.0%}) and a lead of {tally.margin:.0%}"
    )
    told = min(confidence, 0.99) if confidence < 1 else 1.0  # nearly sure is not sure
    ending = f"{_why(tally, plan, close_reason)} (confidence {told:.2f})"
    if outcome is Outcome.CONSENSUS:
        return f"{numbers}; {ending}."
    return f"No consensus, because {_shortfall(tally, plan)}: {numbers}; {ending}."


def _why(tally: Tally, plan: Plan, close_reason: CloseReason) -> str:
    ended_early = close_reason is CloseReason.EXHAUSTED and tally.votes < plan.max_votes
    if ended_early and is_hopeless(tally, plan):
        if is_out_of_reach(tally, plan):
            return f"no answer could reach {tally.min_agreement:.0%} any more"
        return "more votes would hardly change the leader or lift its share enough"
    return _WHY[close_reason]


def _shortfall(tally: Tally, plan: Plan) -> str:
    if not tally.quorum:
        return f"only {_votes(tally.votes)} came of the {plan.min_votes} that make a quorum"
    if tally.tied:
        return "the leading answers are tied"
    if tally.lone:
        return "a single vote, whatever it weighs, is no consensus"
    return "the leading answer has too small a share"


def _votes(count: int) -> str:
    return "1 vote" if count == 1 else f"{count} votes"


def tell_verdicts(doubts: Collection[Doubt]) -> str:
    """What a model was asked about the answers, with a space before it; "" where it was not."""
    if not doubts:
        return ""
    found = Counter(doubt.verdict.finding for doubt in doubts if doubt.verdict)
    same, different = found[Finding.SAME], found[Finding.DIFFERENT]
    pairs = "1 pair" if len(doubts) == 1 else f"{len(doubts)} pairs"
    return (
        f" A model was asked about {pairs} of answers: {same} the same, {different} different,"
        f" {len(doubts) - same - different} unknown."
    )
