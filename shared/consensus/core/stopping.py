"""How sure are we, and how many more votes would settle it?

Before anything was learned the rule is Adaptive-Consistency's (Aggarwal et al., EMNLP 2023):
between the leader with a votes and the runner-up with b, the posterior that the leader is the more
frequent answer is 1 - I_1/2(a + 1, b + 1) under a uniform prior; stop at 0.95. With a learned prior
over answer shapes (`prior`) it is the probability that the leader still leads after many votes;
how much of it is enough depends on how far four agreeing votes can be trusted in that family.
Waves are ConSol's (2025): ask exactly as many more as would settle it if they all agreed, which
costs hardly a vote more than asking one at a time, in a quarter of the rounds.

Asking goes on only while it may change the leader, or whether the leader has a consensus.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import comb, exp, lgamma

from consensus.core.model import Plan
from consensus.core.prior import counts_of, lasting
from consensus.core.tally import Tally, WeighedGroup, tally_groups

SURE = 0.95  # under the uniform prior, which doubts too much: it errs more rarely than that
SURE_WHEN_LEARNED = 0.99  # a learned prior means what it says
DOUBT_OF_DISSENT = 5.0  # a contested lead may be this many times as doubtful as four agreeing votes
LEAST_WHEN_LEARNED = 0.97  # however much doubt its family of questions leaves
LEAST_BY_COUNTS = 0.85  # however sure a prior makes it, the votes alone must say this much
SPARE = 8  # votes heard for each one that a later wave asks beyond those that would settle it
UNANIMOUS = 4  # agreeing votes, none against, that settle it where nothing was learned
MANY_VOTES = 40  # what "more votes" means where fewer may be asked
OUT_OF_REACH = 0.05  # a smaller chance of a consensus that the caller defined ends asking
UNLIKELY = 0.5  # and so does this one where analysis chose the threshold


def confidence(tally: Tally, plan: Plan) -> float:
    """The probability (0..1) that more votes would not change the leading answer; 0 without one.

    More votes than may be asked, where those are few: a slim lead is no surer for being the last.
    """
    if tally.leader is None:
        return 0.0
    if _outlasts(tally, _horizon(plan) - tally.votes):
        return 1.0
    leader, *others = _counts(tally)
    rival = max(others, default=0)
    by_counts = beta_posterior(leader, rival)
    if plan.prior is None:
        return by_counts
    at_least_level = lasting((max(leader, rival), *others), plan.prior, _horizon(plan))
    # Who leads by weight with fewer votes lasts no longer than who is level.
    return at_least_level if leader >= rival else min(at_least_level, by_counts)


def is_sure(tally: Tally, plan: Plan) -> bool:
    """Whether the posterior says that more votes would not change the leader."""
    if tally.leader is None or tally.tied:
        return False
    return cannot_be_overturned(tally, plan) or posterior_is_sure(tally, plan)


def posterior_is_sure(tally: Tally, plan: Plan) -> bool:
    """The same of any number of votes, whatever the plan's cap leaves."""
    if tally.leader is None:
        return False
    leader, *others = _counts(tally)
    by_counts = beta_posterior(leader, max(others, default=0))
    if plan.prior is None:
        return by_counts >= SURE
    return by_counts >= LEAST_BY_COUNTS and confidence(tally, plan) >= sure_enough(tally, plan)


def sure_enough(tally: Tally, plan: Plan) -> float:
    """The confidence from which more is not worth its votes: SURE, or 0.97 to 0.99 if learned.

    Before the first dissent one more vote is cheap and tells most. After it, what certainty costs
    differs between families of questions by more than one threshold could serve.
    """
    if plan.prior is None:
        return SURE
    if tally.votes < UNANIMOUS and len(tally.groups) == 1:
        return SURE_WHEN_LEARNED
    doubt = DOUBT_OF_DISSENT * (1.0 - lasting((UNANIMOUS,), plan.prior, _horizon(plan)))
    return min(SURE_WHEN_LEARNED, max(LEAST_WHEN_LEARNED, 1.0 - doubt))


def is_settled(tally: Tally, plan: Plan) -> bool:
    """Whether asking on would be a waste: consensus, and the posterior says that it will last."""
    return tally.consensus and is_sure(tally, plan)


def is_hopeless(tally: Tally, plan: Plan) -> bool:
    """Whether asking on would be a waste though there is no consensus.

    Either nobody can reach what the caller wants any more, or the leader would stay, and its share
    would hardly come to what is needed.
    """
    if tally.consensus or not tally.quorum:
        return False
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


def first_wave(plan: Plan) -> int:
    """Seats to ask at first: enough for a quorum, and to settle it if all agree."""
    nothing = tally_groups([WeighedGroup("", 0, 0.0)], plan)
    return max(min(plan.min_votes, plan.max_votes), agreeing_votes_to_settle(nothing, plan))


def agreeing_votes_to_settle(tally: Tally, plan: Plan) -> int:
    """The fewest further votes, all for the leader, after which asking on would be a waste.

    0 where it is one already; all that are left where no number of them would do.
    """
    return _fewest_agreeing(tally, plan, _is_waste)


def next_wave(tally: Tally, plan: Plan) -> int:
    """Votes to ask for at once, when every asked seat has answered; 0 where asking ends.

    As many as agreeing votes would settle it by the posterior. Near max_votes fewer could make the
    leader certain: that ends a wave early, but never makes one smaller, since another round is the
    price of one dissent. And a question that has divided many votes rarely finds the next ones
    agreed: where a learned prior saves votes, some of them buy such questions fewer rounds.
    """
    if _is_waste(tally, plan):
        return 0
    needed = _fewest_agreeing(tally, plan, _is_waste_by_posterior)
    spare = tally.votes // SPARE if plan.prior else 0
    return min(needed + spare, max(0, plan.max_votes - tally.votes))


def cannot_be_overturned(tally: Tally, plan: Plan) -> bool:
    """Whether every vote that may still come, all for one rival, would leave the leader ahead."""
    return _outlasts(tally, plan.max_votes - tally.votes)


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


@lru_cache(maxsize=4096)
def beta_posterior(leader: int, runner_up: int) -> float:
    """1 - I_1/2(leader + 1, runner_up + 1): a binomial tail, exact until the last rounding."""
    flips = leader + runner_up + 1
    return float(Fraction(sum(comb(flips, heads) for heads in range(leader + 1)), 2**flips))


def _is_waste(tally: Tally, plan: Plan) -> bool:
    return is_settled(tally, plan) or is_hopeless(tally, plan)


def _is_waste_by_posterior(tally: Tally, plan: Plan) -> bool:
    return posterior_is_sure(tally, plan) and _is_waste(tally, plan)


def _fewest_agreeing(tally: Tally, plan: Plan, enough: Callable[[Tally, Plan], bool]) -> int:
    left = max(0, plan.max_votes - tally.votes)
    each_number = range(left + 1)
    return next((m for m in each_number if enough(_with_agreeing(tally, m, plan), plan)), left)


def _beta_binomial(gained: int, left: int, ahead: int, behind: int) -> float:
    def log_beta(a: int, b: int) -> float:
        return lgamma(a) + lgamma(b) - lgamma(a + b)

    log_odds = log_beta(gained + ahead, left - gained + behind) - log_beta(ahead, behind)
    return comb(left, gained) * exp(log_odds)


def _outlasts(tally: Tally, more: int) -> bool:
    """Whether the leader stays ahead of every rival that gains that many votes."""
    if tally.leader is None or tally.tied:
        return False
    left = max(0, more)
    votes = max((g.votes for g in tally.groups[1:]), default=0)
    weight = max((g.weight for g in tally.groups[1:]), default=0.0)
    outvoted = tally.leader.votes - votes > left
    return outvoted and tally.leader.weight - weight > left * tally.heaviest_vote


def _horizon(plan: Plan) -> int:
    return max(MANY_VOTES, plan.max_votes)


def _counts(tally: Tally) -> tuple[int, ...]:
    """Votes of the leader, then of the others: weights order the groups, counts are evidence."""
    leader, *others = tally.groups
    return (leader.votes, *counts_of([g.votes for g in others]))


def _with_agreeing(tally: Tally, more: int, plan: Plan) -> Tally:
    """The tally with more votes for the leader, each of the mean weight of those so far."""
    if tally.leader is None:
        return _with_agreeing(tally_groups([WeighedGroup("", 0, 0.0)], plan), more, plan)
    each = tally.weight / tally.votes if tally.votes else 1.0
    leader = tally.leader
    enlarged = replace(leader, votes=leader.votes + more, weight=leader.weight + more * each)
    return tally_groups([enlarged, *tally.groups[1:]], plan, tally.heaviest_vote)
