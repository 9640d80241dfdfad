"""Shares as people read them."""

from __future__ import annotations

import pytest

from consensus.core.figures import apart, percent, too_much


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.5, "50%"),
        (0.875, "88%"),
        (0.125, "13%"),
        (0.9961, "99.6%"),
        (0.0042, "0.4%"),
        (0.99999, ">99.9%"),
        (0.00001, "<0.1%"),
        (1 + 1e-12, "100%"),
    ],
)
def test_nearly_all_is_not_all(value: float, told: str) -> None:
    """100% and 0% only where it is exactly that."""
    assert percent(value) == told


@pytest.mark.parametrize(
    ("share", "needed", "told"),
    [
        (0.6, 0.6, ("60%", "60%")),
        (0.6, 0.603, ("60.0%", "60.3%")),
        (0.4, 0.6, ("40%", "60%")),
        (0.66666, 0.66667, ("66.666%", "66.667%")),
    ],
)
def test_what_falls_short_is_seen_to(share: float, needed: float, told: tuple[str, str]) -> None:
    """With as many decimals as it takes, up to three."""
    assert apart(share, needed) == told


@pytest.mark.parametrize(
    ("count", "most", "told"),
    [
        (1_200_000, 100_000, "1.2 MB, at most 100 kB"),
        (100_001, 100_000, "100,001 bytes, at most 100,000"),
        (31, 30, "31 bytes, at most 30 bytes"),
        (3_141_592_653, 100_000_000, "3,142 MB, at most 100 MB"),
    ],
)
def test_a_size_is_told_beside_its_limit(count: int, most: int, told: str) -> None:
    """In the unit that people would use, and to the byte where that would hide the difference."""
    assert too_much(count, most) == told
