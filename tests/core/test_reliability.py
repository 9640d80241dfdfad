"""Voters' weights, learned without gold."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.core.reliability import (
    HEAVIEST,
    LEAST_TASKS,
    LIGHTEST,
    MOST_VOTERS,
    Division,
    learn,
)

Chances = Mapping[str, float]
Answers = list[tuple[str, int]]  # who said what; 0 is right
WAYS_TO_ERR = 8


def _answer(chance: float, dice: random.Random, ways: int = WAYS_TO_ERR) -> int:
    return 0 if dice.random() < chance else dice.randint(1, ways)


def _task(voters: Chances, clique: int, dice: random.Random, loyalty: float = 0.9) -> Answers:
    """One task's answers; a clique's members repeat one copy's answer, weak as it is."""
    copied = _answer(0.35, dice)
    said = [(name, _answer(chance, dice)) for name, chance in voters.items()]
    for member in range(clique):
        own = _answer(0.35, dice)
        said.append((f"copy{member}", copied if dice.random() < loyalty else own))
    return said


def _division(said: Answers) -> Division:
    groups: dict[int, list[str]] = defaultdict(list)
    for voter, answer in said:
        groups[answer].append(voter)
    return list(groups.values())


def _learned(tasks: Sequence[Answers]) -> dict[str, float]:
    return {known.voter: known.weight for known in learn(map(_division, tasks))}


def _right(tasks: Sequence[Answers], weights: Mapping[str, float], dice: random.Random) -> float:
    """How often the heaviest answer is right, ties broken by dice."""
    right = 0
    for said in tasks:
        sums: dict[int, float] = defaultdict(float)
        for voter, answer in said:
            sums[answer] += weights.get(voter, 1.0)
        most = max(sums.values())
        right += dice.choice([a for a, s in sorted(sums.items()) if s > most - 1e-9]) == 0
    return right / len(tasks)


UNEQUAL = {"best": 0.9, "good": 0.7, "fair": 0.5, "poor": 0.3, "worst": 0.15}
EQUAL = dict.fromkeys(UNEQUAL, 0.6)


def test_better_voters_weigh_more_and_it_pays() -> None:
    """Weights follow skill that nobody told, within bounds, and beat the majority."""
    dice = random.Random(1)
    weights = _learned([_task(UNEQUAL, 0, dice) for _ in range(200)])
    assert sorted(weights, key=lambda voter: -weights[voter]) == list(UNEQUAL)
    assert all(LIGHTEST <= weight <= HEAVIEST for weight in weights.values())
    others = [_task(UNEQUAL, 0, dice) for _ in range(1000)]
    assert _right(others, weights, dice) > _right(others, {}, dice) + 0.05


@pytest.mark.parametrize("seed", range(5))
def test_voters_that_hardly_differ_are_not_weighed(seed: int) -> None:
    """What could be chance is taken for chance: no weight at all, not small ones."""
    dice = random.Random(seed)
    assert _learned([_task(EQUAL, 0, dice) for _ in range(200)]) == {}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("clique", [2, 3, 5])
def test_a_clique_of_weak_copies_gains_nothing(seed: int, clique: int) -> None:
    """Copies agree with one another, right or wrong: that is no evidence that they are right."""
    dice = random.Random(seed)
    weights = _learned([_task(EQUAL, clique, dice) for _ in range(200)])
    copies = [weights.get(f"copy{member}", 1.0) for member in range(clique)]
    assert max(copies) <= min(weights.get(voter, 1.0) for voter in EQUAL)
    others = [_task(EQUAL, clique, dice) for _ in range(1000)]
    assert _right(others, weights, dice) >= _right(others, {}, dice)


@pytest.mark.parametrize("clique", [7, 9])
def test_a_clique_that_is_the_majority_is_at_worst_the_majority(clique: int) -> None:
    """Nothing can tell it without gold; weights must not make it worse than it is."""
    dice = random.Random(3)
    weights = _learned([_task(EQUAL, clique, dice) for _ in range(200)])
    others = [_task(EQUAL, clique, dice) for _ in range(1000)]
    assert _right(others, weights, dice) >= _right(others, {}, dice) - 0.05


def test_a_voter_judges_nobody_by_its_own_many_seats() -> None:
    """Who takes five seats of nine agrees with itself; its record is what the others say."""
    dice = random.Random(4)

    def task() -> Answers:
        loud = _answer(0.2, dice)
        return [*_task(EQUAL, 0, dice)[:4], *[("loud", loud)] * 5]

    weights = _learned([task() for _ in range(200)])
    assert weights["loud"] < 0.6
    assert all(weights[voter] > 0.8 for voter in list(EQUAL)[:4])


@pytest.mark.parametrize(
    "tasks",
    [
        [],
        [[]] * 100,
        [[("a", 0)]] * 100,  # one voter
        [[("a", 0), ("a", 1), ("a", 0)]] * 100,
        [[("a", 0), ("b", 1)]] * 100,  # two, and nobody to tell which is off
        [[("a", 0), ("b", 0), ("c", 0)]] * 100,  # unanimous
        [[("a", 0), ("b", 1), ("c", 2)]] * 100,  # never two of one mind
        [[("a", 0), ("b", 0), ("c", 1)]] * (LEAST_TASKS - 1),  # too few
        [[(f"{task}{n}", n % 2) for n in range(9)] for task in range(100)],  # all strangers
        [[(f"v{n}", n % 2) for n in range(MOST_VOTERS + 1)]] * LEAST_TASKS,  # no panel has so many
    ],
)
def test_where_nothing_is_to_be_learned_nobody_is_weighed(tasks: list[Answers]) -> None:
    """Neutral is exactly what was before there were weights."""
    assert _learned(tasks) == {}


def test_a_stranger_is_neutral() -> None:
    """A voter that was hardly heard has no weight of its own."""
    dice = random.Random(5)
    tasks = [_task(UNEQUAL, 0, dice) for _ in range(200)]
    tasks[0].append(("new", 0))
    assert "new" not in _learned(tasks)
    assert "best" in _learned(tasks)


@settings(max_examples=40)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 3)), max_size=8),
        min_size=LEAST_TASKS,
        max_size=60,
    ),
    st.randoms(use_true_random=False),
)
def test_weights_are_bounded_and_no_order_changes_them(
    tasks: list[Answers], shuffled: random.Random
) -> None:
    """Any divisions give weights within bounds; votes in another order within a task, the same."""
    weights = _learned(tasks)
    assert all(LIGHTEST <= weight <= HEAVIEST for weight in weights.values())
    again = [shuffled.sample(said, len(said)) for said in tasks]
    assert _learned(again) == weights
