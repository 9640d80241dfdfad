"""How sure is it that more votes would not change the leader?

Before anything was learned the rule is Adaptive-Consistency's (Aggarwal et al., EMNLP 2023):
between the leader with a votes and the runner-up with b, the posterior that the leader is the more
frequent answer is 1 - I_1/2(a + 1, b + 1) under a uniform prior; stop at 0.95. With a learned prior
over answer shapes (`prior`) it is the probability that the leader still leads after many votes;
how much of it is enough depends on how far four agreeing votes can be trusted in that family.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import comb

from consensus.core.model import Plan, ShapePrior
from consensus.core.tally import Tally

SURE = 0.95  # under the uniform prior, which doubts too much: it errs more rarely than that
SURE_WHEN_LEARNED = 0.99  # a learned prior means what it says
DOUBT_OF_DISSENT = 5.0  # a contested lead may be this many times as doubtful as four agreeing votes
LEAST_WHEN_LEARNED = 0.97  # however much doubt its family of questions leaves
LEAST_BY_COUNTS = 0.85  # however sure a prior makes it, the votes alone must say this much
UNANIMOUS = 4  # agreeing votes, none against, that settle it where nothing was learned
MANY_VOTES = 40  # what "more votes" means where fewer may be asked


def confidence(tally: Tally, plan: Plan) -> float | None:
    """The probability (0..1) that more votes would not change the leading answer; 0 without one.

    More votes than may be asked, where those are few: a slim lead is no surer for being the last.
    For an answer with parts it is their lowest; None for a text, where it is unknown.
    """
    return tally.parts.confidence if tally.parts is not None else _that_it_stays(tally, plan)


def _that_it_stays(tally: Tally, plan: Plan) -> float:
    if tally.leader is None:
        return 0.0
    if _outlasts(tally, _horizon(plan) - tally.votes):
        return 1.0
    leader, *others = _counts(tally)
    rival = max(others, default=0)
    by_counts = beta_posterior(leader, rival)
    if plan.prior is None:
        return by_counts
    at_least_level = _lasting((max(leader, rival), *others), plan.prior, _horizon(plan))
    # Who leads by weight with fewer votes lasts no longer than who is level.
    return at_least_level if leader >= rival else min(at_least_level, by_counts)


def is_sure(tally: Tally, plan: Plan) -> bool:
    """Whether more votes would not change the leader: they cannot, or the posterior says so."""
    if tally.leader is None or tally.tied:
        return False
    return cannot_be_overturned(tally, plan) or posterior_is_sure(tally, plan)


def posterior_is_sure(tally: Tally, plan: Plan) -> bool:
    """Whether the posterior alone says so, for any number of votes that might follow."""
    if tally.leader is None:
        return False
    leader, *others = _counts(tally)
    by_counts = beta_posterior(leader, max(others, default=0))
    if plan.prior is None:
        return by_counts >= SURE
    return by_counts >= LEAST_BY_COUNTS and _that_it_stays(tally, plan) >= sure_enough(tally, plan)


def sure_enough(tally: Tally, plan: Plan) -> float:
    """The confidence at which more votes are not worth asking: SURE, or 0.97 to 0.99 if learned.

    Before the first dissent one more vote is cheap and tells most. After it, what certainty costs
    differs between families of questions by more than one threshold could serve.
    """
    if plan.prior is None:
        return SURE
    if tally.votes < UNANIMOUS and len(tally.groups) == 1:
        return SURE_WHEN_LEARNED
    doubt = DOUBT_OF_DISSENT * (1.0 - _lasting((UNANIMOUS,), plan.prior, _horizon(plan)))
    return min(SURE_WHEN_LEARNED, max(LEAST_WHEN_LEARNED, 1.0 - doubt))


def cannot_be_overturned(tally: Tally, plan: Plan) -> bool:
    """Whether every vote that may still come, all for one rival, would leave the leader ahead."""
    return _outlasts(tally, plan.max_votes - tally.votes)


@lru_cache(maxsize=4096)
def beta_posterior(leader: int, runner_up: int) -> float:
    """1 - I_1/2(leader + 1, runner_up + 1): a binomial tail, exact until the last rounding."""
    flips = leader + runner_up + 1
    return float(Fraction(sum(comb(flips, heads) for heads in range(leader + 1)), 2**flips))


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


def _lasting(counts: tuple[int, ...], prior: ShapePrior, horizon: int) -> float:
    """As `prior.lasting`, whose numpy is loaded once there is a prior."""
    from consensus.core.prior import lasting  # noqa: PLC0415  a tenth of what `ask` loads, and seldom used

    return lasting(counts, prior, horizon)


def _counts(tally: Tally) -> tuple[int, ...]:
    """Votes of the leader, then of the others: weights order the groups, counts are evidence."""
    leader, *others = tally.groups
    return (leader.votes, *sorted((g.votes for g in others if g.votes), reverse=True))
