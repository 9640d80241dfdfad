"""When to stop, and how many more to ask, before and after anything was learned."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from consensus.core.model import Plan
from consensus.core.stopping import (
    agreeing_votes_to_settle,
    first_wave,
    is_hopeless,
    is_settled,
    next_wave,
)
from tests.core.test_confidence import ADAPTIVE, LEARNED, PLAN, counts, tally

STRICT = replace(PLAN, max_votes=15, min_agreement=1.0)


@pytest.mark.parametrize(
    ("sizes", "settled"),
    [
        ([2], False),
        ([3], False),
        ([4], True),
        ([5, 1], False),
        ([6, 1], True),
        ([7, 2], False),
        ([8, 2], True),
        ([8, 8], False),
        ([4, 4, 4], False),
    ],
)
def test_a_lead_settles_when_it_will_last(sizes: list[int], settled: bool) -> None:
    """Adaptive-Consistency's 0.95, with a consensus."""
    assert is_settled(tally(sizes), PLAN) == settled


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(3, 15, 4), (1, 15, 4), (7, 15, 7), (3, 3, 3), (1, 1, 1), (2, 3, 2)],
)
def test_the_first_wave_is_what_may_settle_it(low: int, high: int, expected: int) -> None:
    """The larger of the quorum and the fewest agreeing votes, within the cap."""
    assert first_wave(replace(PLAN, min_votes=low, max_votes=high)) == expected


@given(counts)
def test_the_votes_to_settle_are_the_fewest(sizes: list[int]) -> None:
    """That many agreeing votes end asking, unless the cap does; none are wanted once settled."""
    now = tally(sizes)
    left = max(0, PLAN.max_votes - now.votes)
    more = agreeing_votes_to_settle(now, PLAN)
    assert 0 <= more <= left
    if is_settled(now, PLAN):
        assert more == 0
    leader, *others = sorted(sizes, reverse=True)
    for fewer in range(more):
        assert not is_settled(tally([leader + fewer, *others]), PLAN)


@given(counts)
def test_a_settled_task_stays_settled_when_the_leader_gains(sizes: list[int]) -> None:
    """An agreeing vote never unsettles."""
    leader, *others = sorted(sizes, reverse=True)
    if is_settled(tally([leader, *others]), PLAN):
        assert is_settled(tally([leader + 1, *others]), PLAN)


@pytest.mark.parametrize(
    ("sizes", "plan", "hopeless"),
    [
        ([8, 1], STRICT, True),  # a dissent, and all were to agree
        ([3, 1], STRICT, True),  # whoever leads in the end, not all will have agreed
        ([2, 1, 1], replace(STRICT, min_agreement=0.9), True),  # 13 of 15 at best
        ([2, 1, 1], replace(STRICT, min_agreement=0.8), False),  # 13 of 15 is enough
        ([1, 1], STRICT, False),  # no quorum yet: the leading answer is told all the same
        ([8], STRICT, False),  # settled, not hopeless
        ([7, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], ADAPTIVE, True),  # leads clearly, far from a half
        ([7, 1, 1, 1, 1, 1], ADAPTIVE, False),  # a majority
        ([5, 5, 5], ADAPTIVE, False),  # no leader
    ],
)
def test_hopeless_is_a_sure_leader_whose_consensus_is_out_of_reach(
    sizes: list[int], plan: Plan, hopeless: bool
) -> None:
    """More votes would change neither the answer nor the outcome, or the caller's threshold is out
    of everybody's reach; and only then."""
    now = tally(sizes, plan)
    assert is_hopeless(now, plan) == hopeless
    if hopeless:
        assert next_wave(now, plan) == agreeing_votes_to_settle(now, plan) == 0
        assert not is_settled(now, plan)


def test_a_callers_threshold_is_asked_for_while_it_may_be_reached() -> None:
    """A fair chance of the agreement that the caller wants is worth votes; analysis's is not."""
    wants = replace(PLAN, max_votes=15, min_agreement=0.8)
    assert not is_hopeless(tally([9, 3], wants), wants)


@pytest.mark.parametrize("plan", [PLAN, ADAPTIVE, STRICT, LEARNED])
@given(counts)
def test_a_wave_keeps_to_the_cap_and_is_no_smaller_than_needed(
    plan: Plan, sizes: list[int]
) -> None:
    """At least the fewest that would settle it, never past max_votes."""
    now = tally(sizes, plan)
    left = max(0, plan.max_votes - now.votes)
    assert agreeing_votes_to_settle(now, plan) <= next_wave(now, plan) <= left
