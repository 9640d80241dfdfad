"""When a seat has left the pack."""

from __future__ import annotations

import pytest

from consensus.core.hedging import hedge_after


@pytest.mark.parametrize(
    ("took", "seats", "after"),
    [
        ((), 3, None),  # nobody has voted
        ((1.0,), 3, None),  # fewer than half have
        ((1.0, 2.0), 4, 5.0),  # never before five seconds
        ((1.0, 4.0), 3, 8.0),  # twice the slowest
        ((), 0, None),
        ((3.0,), 1, 6.0),
    ],
)
def test_a_straggler_is_far_behind_half_of_its_wave(
    took: tuple[float, ...], seats: int, after: float | None
) -> None:
    """Twice the slowest vote and at least five seconds, once half of the wave has voted."""
    assert hedge_after(took, seats) == after
