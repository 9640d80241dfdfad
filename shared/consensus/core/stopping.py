"""When does asking end, and how many more votes would settle it?

Asking continues only while it may change the leader (`confidence`), or whether the leader has a
consensus. Waves are ConSol's (2025): ask exactly as many more as would settle it if they all
agreed, which costs hardly a vote more than asking one at a time, in a quarter of the rounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from math import comb, exp, lgamma

from consensus.core.confidence import is_sure, posterior_is_sure
from consensus.core.model import Plan, Strategy
from consensus.core.parts import standing
from consensus.core.tally import Tally, WeighedGroup, tally_groups

VOTES_PER_EXTRA_SEAT = (
    8  # votes heard for each one that a later wave asks beyond those that would settle it
)
OUT_OF_REACH = 0.05  # a smaller chance of a consensus that the caller defined ends asking
UNLIKELY = 0.5  # and so does this one where analysis chose the threshold


def is_settled(tally: Tally, plan: Plan) -> bool:
    """Whether more votes would be wasted: a consensus that the posterior says will last.

    A text has no posterior: its consensus is enough.
    """
    if tally.parts is not None:
        return tally.consensus and _is_sure_of_parts(tally, plan)
    return tally.consensus and is_sure(tally, plan)


def is_hopeless(tally: Tally, plan: Plan) -> bool:
    """Whether more votes would be wasted though there is no consensus.

    Either no answer can reach what the caller wants any more, or the leader would stay and its
    share would hardly reach what is needed.
    """
    if tally.consensus or not tally.quorum:
        return False
    if tally.parts is not None:
        return tally.parts.wanted(max(0, plan.max_votes - tally.votes)) == 0
    if not plan.threshold_is_adaptive and is_out_of_reach(tally, plan):
        return True
    if not is_sure(tally, plan):
        return False
    enough = UNLIKELY if plan.threshold_is_adaptive else OUT_OF_REACH
    return chance_of_consensus(tally, plan) <= enough


def is_out_of_reach(tally: Tally, plan: Plan) -> bool:
    """Whether the votes left, all for one answer, would make no consensus.

    The leader has the best chance: if all of them do not lift it high enough, they lift nobody.
    """
    if tally.leader is None:
        return False
    left = max(0, plan.max_votes - tally.votes)
    lifted = replace(
        tally.leader,
        votes=tally.leader.votes + left,
        weight=tally.leader.weight + left * tally.heaviest_vote,
    )
    return not tally_groups([lifted, *tally.groups[1:]], plan, tally.heaviest_vote).consensus


def chance_of_consensus(tally: Tally, plan: Plan) -> float:
    """The probability that the votes left lift the leader's share to the threshold in force.

    Beta-binomial: how many of them are the leader's, by its votes so far and a uniform prior.
    """
    left = max(0, plan.max_votes - tally.votes)
    if tally.leader is None or not left:
        return 0.0
    each = tally.weight / tally.votes if tally.votes else 1.0
    short = tally.min_agreement * (tally.weight + left * each) - tally.leader.weight
    ahead, behind = tally.leader.votes + 1, tally.votes - tally.leader.votes + 1
    return sum(
        _beta_binomial(gained, left, ahead, behind)
        for gained in range(left + 1)
        if gained * each >= short
    )


@lru_cache(maxsize=1024)  # plans are many, and much alike
def first_wave(plan: Plan) -> int:
    """Seats to ask at first: enough for a quorum, and to settle it if all agree."""
    if plan.strategy.has_parts:
        return min(standing.first_wave(plan), plan.max_votes)
    nothing = tally_groups([WeighedGroup("", 0, 0.0)], plan)
    return max(min(plan.min_votes, plan.max_votes), agreeing_votes_to_settle(nothing, plan))


def next_wave(tally: Tally, plan: Plan) -> int:
    """Votes to ask for at once, when every asked seat has answered; 0 where asking ends.

    As many as agreeing votes would settle it by the posterior. Near max_votes fewer could make the
    leader certain: that ends a wave early, but never makes one smaller, since another round is the
    price of one dissent. And a question that has divided many votes rarely finds the next ones
    agreed: where a learned prior saves votes, some of them buy such questions fewer rounds.
    """
    if _is_waste(tally, plan):
        return 0
    if tally.parts is not None:
        left = max(0, plan.max_votes - tally.votes)
        short = max(1, plan.min_votes - tally.votes)
        return min(left, max(short, tally.parts.wanted(left)))
    needed = _fewest_agreeing(tally, plan, _is_waste_by_posterior)
    spare = tally.votes // VOTES_PER_EXTRA_SEAT if plan.prior else 0
    return min(needed + spare, max(0, plan.max_votes - tally.votes))


def agreeing_votes_to_settle(tally: Tally, plan: Plan) -> int:
    """The fewest further votes, all for the leader, after which more would be wasted.

    0 if they would be already; all that are left if no number of them is enough.
    """
    return _fewest_agreeing(tally, plan, _is_waste)


def _is_sure_of_parts(tally: Tally, plan: Plan) -> bool:
    if tally.parts is None or plan.strategy is Strategy.TEXT:
        return True
    enough = tally.votes >= min(standing.first_wave(plan), plan.max_votes)
    return enough and tally.parts.wanted(max(0, plan.max_votes - tally.votes)) == 0


def _is_waste(tally: Tally, plan: Plan) -> bool:
    return is_settled(tally, plan) or is_hopeless(tally, plan)


def _is_waste_by_posterior(tally: Tally, plan: Plan) -> bool:
    return posterior_is_sure(tally, plan) and _is_waste(tally, plan)


def _fewest_agreeing(tally: Tally, plan: Plan, enough: Callable[[Tally, Plan], bool]) -> int:
    left = max(0, plan.max_votes - tally.votes)
    each_number = range(left + 1)
    return next((m for m in each_number if enough(_with_agreeing(tally, m, plan), plan)), left)


def _with_agreeing(tally: Tally, more: int, plan: Plan) -> Tally:
    """The tally with more votes for the leader, each of the mean weight of those so far."""
    if tally.leader is None:
        return _with_agreeing(tally_groups([WeighedGroup("", 0, 0.0)], plan), more, plan)
    each = tally.weight / tally.votes if tally.votes else 1.0
    leader = tally.leader
    enlarged = replace(leader, votes=leader.votes + more, weight=leader.weight + more * each)
    return tally_groups([enlarged, *tally.groups[1:]], plan, tally.heaviest_vote)


def _beta_binomial(gained: int, left: int, ahead: int, behind: int) -> float:
    def log_beta(a: int, b: int) -> float:
        return lgamma(a) + lgamma(b) - lgamma(a + b)

    log_ratio = log_beta(gained + ahead, left - gained + behind) - log_beta(ahead, behind)
    return comb(left, gained) * exp(log_ratio)
