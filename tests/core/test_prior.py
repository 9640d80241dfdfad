"""What is learned of answer shapes, and what it makes of votes."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.core.model import Plan, ShapePrior
from consensus.core.prior import (
    LEAST_TASKS,
    SHAPES,
    URNS,
    _likelihood,
    counts_of,
    lasting,
    learn,
)
from consensus.core.stopping import first_wave

EVEN = ShapePrior(tuple([1 / SHAPES] * SHAPES))
some_counts = st.lists(st.integers(1, 12), min_size=1, max_size=5).map(counts_of)


def _alone(family: int) -> ShapePrior:
    return ShapePrior(tuple(float(place == family) for place in range(SHAPES)))


@given(some_counts)
@settings(max_examples=60, deadline=None)
def test_lasting_is_a_probability(counts: tuple[int, ...]) -> None:
    """For any counts, whatever the prior holds."""
    assert 0.0 <= lasting(counts, EVEN, 40) <= 1.0


@given(some_counts)
@settings(max_examples=60, deadline=None)
def test_an_agreeing_vote_never_makes_the_leader_less_lasting(counts: tuple[int, ...]) -> None:
    """The leader gains, and so does its future."""
    leader, *others = counts
    more = (leader + 1, *others)
    assert lasting(more, EVEN, 40) >= lasting(counts, EVEN, 40) - 1e-3


def test_many_lone_dissents_do_not_add_up_to_defeat() -> None:
    """Where answers scatter, five against ten single ones lead, and will."""
    scattering = learn({(5, *[1] * 10): 40, (8, *[1] * 7): 40, (15,): 40})
    assert scattering is not None
    assert lasting((5, *[1] * 10), scattering, 40) > 0.95


def test_nothing_more_to_come_changes_nothing() -> None:
    """At the horizon the leader is what it is; a tie is half a lead."""
    assert lasting((30, 10), EVEN, 40) == pytest.approx(1.0)
    assert lasting((20, 20), EVEN, 40) == pytest.approx(0.5)


def test_the_likelihoods_of_all_partitions_sum_to_one() -> None:
    """Every family is a distribution: four votes fall in one of the fifteen ways to part them."""
    ways = {(4,): 1, (3, 1): 4, (2, 2): 3, (2, 1, 1): 6, (1, 1, 1, 1): 1}
    total = sum(times * np.exp(_likelihood(counts)) for counts, times in ways.items())
    assert np.allclose(total, 1.0)


def test_an_urn_of_two_options_knows_no_third_answer() -> None:
    """A family that cannot explain the votes has no say."""
    two = URNS.index((-0.5, 1.0))
    assert _likelihood((2, 1, 1))[two] == -math.inf


def test_groups_of_one_size_are_interchangeable() -> None:
    """Which of two equal groups is written first does not matter."""
    assert (
        len(
            {
                round(lasting(c, EVEN, 40), 12)
                for c in set(permutations((5, 2, 2, 1)))
                if c[0] == 5 and list(c[1:]) == sorted(c[1:], reverse=True)
            }
        )
        == 1
    )


def test_little_teaches_nothing() -> None:
    """Below LEAST_TASKS there is no prior; empty tasks do not count."""
    assert learn({}) is None
    assert learn({(3,): LEAST_TASKS - 1, (): 100}) is None
    taught = learn({(3,): LEAST_TASKS})
    assert taught is not None
    assert taught.tasks == LEAST_TASKS
    assert math.isclose(sum(taught.weights), 1.0)


def test_unanimous_tasks_teach_to_trust_three() -> None:
    """Where answers hardly ever differ, three agreeing votes are enough; without a prior, four."""
    prior = learn({(4,): 500, (6, 1): 10})
    assert first_wave(Plan(min_votes=3, max_votes=15)) == 4
    assert first_wave(Plan(min_votes=3, max_votes=15, prior=prior)) == 3


def test_divided_tasks_teach_to_doubt() -> None:
    """Where answers scatter, the same three agreeing votes say less."""
    calm, divided = learn({(4,): 300}), learn({(8, 7): 150, (6, 5, 4): 150})
    assert calm is not None
    assert divided is not None
    assert lasting((3,), divided, 40) < lasting((3,), calm, 40)


def test_a_quorum_is_never_less_than_asked_for() -> None:
    """No prior lets fewer votes than min_votes settle."""
    prior = learn({(4,): 500})
    assert first_wave(Plan(min_votes=5, max_votes=15, prior=prior)) == 5


def test_stopping_early_does_not_bias_what_is_learned() -> None:
    """Six votes a task teach nearly what forty do, since what was not asked says nothing."""
    rng = np.random.default_rng(3)
    peaks = rng.beta(12.0, 1.5, 600)
    long, short = [], []
    for peak in peaks:
        answers = np.where(rng.random(40) < peak, 0, rng.integers(1, 4, 40))
        long.append(counts_of(np.bincount(answers).tolist()))
        short.append(counts_of(np.bincount(answers[:6]).tolist()))
    by_long = learn({c: long.count(c) for c in set(long)})
    by_short = learn({c: short.count(c) for c in set(short)})
    assert by_long is not None
    assert by_short is not None
    for counts in ((3,), (5, 1), (8, 2)):
        assert lasting(counts, by_short, 40) == pytest.approx(
            lasting(counts, by_long, 40), abs=0.03
        )
