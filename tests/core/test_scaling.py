"""How many workers a load wants."""

from __future__ import annotations

import pytest

from consensus.core.scaling import Scale


@pytest.mark.parametrize(
    ("seats", "workers"), [(0, 3), (18, 3), (19, 4), (24, 4), (60, 10), (90, 15), (1000, 15)]
)
def test_workers_follow_the_seats_within_their_bounds(seats: int, workers: int) -> None:
    """Three at rest, another above three quarters full, never more than the most."""
    assert Scale(least=3, most=15, capacity=8).wanted(seats) == workers


def test_the_least_wins_over_the_most() -> None:
    """Whoever asks for five workers gets them, though the most was left at three."""
    assert Scale(least=5, most=3, capacity=1).wanted(100) == 5


@pytest.mark.parametrize(
    ("workers", "cpu", "wanted"),
    [(3, 0.9, 4), (8, 0.9, 8), (4, 0.5, 4), (4, 0.1, 3), (20, 0.9, 15)],
)
def test_workers_follow_the_processors(workers: int, cpu: float, wanted: int) -> None:
    """One more while they are busy and a processor is free for it; fewer once they idle."""
    scale = Scale(least=3, most=15, capacity=256, processors=8)
    assert scale.wanted(10, workers, cpu) == wanted
