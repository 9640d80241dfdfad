"""How sure it is that more votes would not change the leader."""

from __future__ import annotations

from dataclasses import replace
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.confidence import (
    beta_posterior,
    cannot_be_overturned,
    confidence,
    is_sure,
    sure_enough,
)
from consensus.core.model import Plan, ShapePrior, Strategy, Voting
from consensus.core.prior import SHAPES, learn
from consensus.core.stopping import is_settled
from consensus.core.tally import Tally, WeighedGroup, tally_groups

PLAN = Plan(
    strategy=Strategy.EXACT, voting=Voting.MAJORITY, min_votes=3, max_votes=15, min_agreement=0.6
)
ADAPTIVE = replace(PLAN, max_votes=40, threshold_is_adaptive=True)
LEARNED = replace(ADAPTIVE, prior=learn({(4,): 400, (6, 1): 40, (9, 5): 10}))
DIVIDED = replace(ADAPTIVE, prior=learn({(4,): 300, (8, 7): 80, (9, 5, 2): 80}))
counts = st.lists(st.integers(1, 12), min_size=1, max_size=5)


def tally(sizes: list[int], plan: Plan = PLAN) -> Tally:
    """Groups of these many votes, each of weight 1."""
    return tally_groups(
        [WeighedGroup(f"{n}", size, float(size)) for n, size in enumerate(sizes)], plan
    )


@pytest.mark.parametrize(
    ("leader", "runner_up", "expected"),
    [
        (0, 0, 0.5),
        (1, 0, 0.75),
        (3, 0, 0.9375),
        (4, 0, 0.96875),
        (2, 2, 0.5),
        (6, 1, 0.96484375),
        (0, 4, 0.03125),
    ],
)
def test_the_posterior_is_the_incomplete_beta(leader: int, runner_up: int, expected: float) -> None:
    """1 - I_1/2(a + 1, b + 1), by its values."""
    assert beta_posterior(leader, runner_up) == pytest.approx(expected, abs=1e-6)


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_posterior_is_fair(leader: int, runner_up: int) -> None:
    """The two chances make one, and a vote for the leader never lowers its own."""
    assert isclose(beta_posterior(leader, runner_up) + beta_posterior(runner_up, leader), 1.0)
    assert beta_posterior(leader + 1, runner_up) >= beta_posterior(leader, runner_up)


def test_nothing_is_known_without_votes() -> None:
    """No leader, no confidence."""
    assert confidence(tally_groups([], PLAN), PLAN) == 0.0
    assert not is_settled(tally_groups([], PLAN), PLAN)


def test_a_lead_that_cannot_be_overturned_is_certain() -> None:
    """Two of three cannot lose to the third, whatever more votes than may be asked would say."""
    plan = replace(PLAN, min_votes=2, max_votes=3)
    assert cannot_be_overturned(tally([2], plan), plan)
    assert is_sure(tally([2], plan), plan)
    assert confidence(tally([2], plan), plan) == beta_posterior(2, 0)
    assert confidence(tally([21], plan), plan) == 1.0
    assert not cannot_be_overturned(tally([1], plan), plan)
    assert not cannot_be_overturned(tally([1, 1], replace(plan, max_votes=2)), plan)


def test_a_heavy_voter_to_come_can_overturn() -> None:
    """More votes ahead than are left is not enough where a vote may outweigh several."""
    plan = replace(PLAN, min_votes=2, max_votes=3)
    groups = [WeighedGroup("A", 2, 2.0)]
    assert cannot_be_overturned(tally_groups(groups, plan, heaviest_vote=1.0), plan)
    assert not cannot_be_overturned(tally_groups(groups, plan, heaviest_vote=5.0), plan)


@given(counts, st.integers(1, 64))
def test_confidence_is_a_probability(sizes: list[int], most: int) -> None:
    """For any counts, within any cap or over it."""
    plan = replace(PLAN, max_votes=most, min_votes=1)
    sure = confidence(tally(sizes, plan), plan)
    assert sure is not None
    assert 0.0 <= sure <= 1.0


@given(counts)
def test_no_prior_settles_on_a_slim_lead(sizes: list[int]) -> None:
    """However calm the family, the votes alone must speak for the leader."""
    now = tally(sizes, LEARNED)
    leader, *others = sorted(sizes, reverse=True)
    if is_sure(now, LEARNED) and not cannot_be_overturned(now, LEARNED):
        assert beta_posterior(leader, max(others, default=0)) >= 0.85


@given(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.integers(1, 6))
def test_an_agreeing_vote_never_makes_a_learned_confidence_smaller(
    others: list[int], leader: int
) -> None:
    """Nor when it breaks a tie, or when the leader leads by weight alone, with fewer votes."""
    plan = replace(PLAN, prior=ShapePrior((1.0 / SHAPES,) * SHAPES, tasks=30), max_votes=40)

    def sure(votes: int) -> float:
        groups = [WeighedGroup("a", votes, 99.0)]
        groups += [WeighedGroup(f"b{n}", size, 1.0) for n, size in enumerate(others)]
        sure = confidence(tally_groups(groups, plan), plan)
        assert sure is not None
        return sure

    assert sure(leader + 1) >= sure(leader) - 1e-12


def test_what_is_sure_enough_depends_on_the_family() -> None:
    """Where four agreeing votes may err, a contested lead may stay more doubtful; to 0.97."""
    contested, unanimous = tally([6, 2], ADAPTIVE), tally([3], ADAPTIVE)
    assert sure_enough(contested, ADAPTIVE) == 0.95
    assert sure_enough(unanimous, DIVIDED) == sure_enough(unanimous, LEARNED) == 0.99
    assert 0.97 <= sure_enough(contested, DIVIDED) < sure_enough(contested, LEARNED) <= 0.99
