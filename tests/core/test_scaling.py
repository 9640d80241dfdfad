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
