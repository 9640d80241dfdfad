"""How sure are we, and how many more votes would settle it?

The rule is Adaptive-Consistency's (Aggarwal et al., EMNLP 2023): between the leader with a votes
and the runner-up with b, the posterior that the leader is the more frequent answer is
1 - I_1/2(a + 1, b + 1) under a uniform prior; stop at 0.95. Waves are ConSol's (2025): ask exactly
as many more as would settle it if they all agreed, which costs hardly a vote more than asking one
at a time, in a quarter of the rounds.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import comb

from consensus.core.model import Plan
from consensus.core.tally import Tally, WeighedGroup, stand

SURE = 0.95


def confidence(tally: Tally, plan: Plan) -> float:
    """The probability (0..1) that more votes would not change the leading answer; 0 without one."""
    if tally.leader is None:
        return 0.0
    if cannot_be_overturned(tally, plan):
        return 1.0
    # Weights put the groups in order; counts are the evidence.
    rivals = max((g.votes for g in tally.groups[1:]), default=0)
    return beta_posterior(tally.leader.votes, rivals)


def is_settled(tally: Tally, plan: Plan) -> bool:
    """Whether asking on would be a waste: consensus, and the posterior says that it will last."""
    return tally.consensus and confidence(tally, plan) >= SURE


def first_wave(plan: Plan) -> int:
    """Seats to ask at first: enough for a quorum, and to settle it if all agree."""
    nothing = stand([WeighedGroup("", 0, 0.0)], plan)
    return max(min(plan.min_votes, plan.max_votes), agreeing_votes_to_settle(nothing, plan))


def agreeing_votes_to_settle(tally: Tally, plan: Plan) -> int:
    """The fewest further votes, all for the leader, that would settle it.

    0 where it is settled; all that are left where no number of them would.
    """
    left = max(0, plan.max_votes - tally.votes)
    for more in range(left + 1):
        if is_settled(_with_agreeing(tally, more, plan), plan):
            return more
    return left


def cannot_be_overturned(tally: Tally, plan: Plan) -> bool:
    """Whether every vote that may still come, all for one rival, would leave the leader ahead."""
    if tally.leader is None or tally.tied:
        return False
    left = max(0, plan.max_votes - tally.votes)
    votes = max((g.votes for g in tally.groups[1:]), default=0)
    weight = max((g.weight for g in tally.groups[1:]), default=0.0)
    outvoted = tally.leader.votes - votes > left
    return outvoted and tally.leader.weight - weight > left * tally.heaviest_vote


@lru_cache(maxsize=4096)
def beta_posterior(leader: int, runner_up: int) -> float:
    """1 - I_1/2(leader + 1, runner_up + 1): a binomial tail, exact until the last rounding."""
    flips = leader + runner_up + 1
    return float(Fraction(sum(comb(flips, heads) for heads in range(leader + 1)), 2**flips))


def _with_agreeing(tally: Tally, more: int, plan: Plan) -> Tally:
    """The tally with more votes for the leader, each of the mean weight of those so far."""
    if tally.leader is None:
        return _with_agreeing(stand([WeighedGroup("", 0, 0.0)], plan), more, plan)
    each = tally.weight / tally.votes if tally.votes else 1.0
    leader = tally.leader
    enlarged = replace(leader, votes=leader.votes + more, weight=leader.weight + more * each)
    return stand([enlarged, *tally.groups[1:]], plan, tally.heaviest_vote)
