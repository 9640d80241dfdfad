"""What `benchmarks.notations` reports."""

from __future__ import annotations

from benchmarks.notations import measure


def test_reading_texts_joins_notations_and_nothing_else() -> None:
    """More fields are agreed, and rightly; no wrong value is joined with a right one."""
    for told in measure(draws=8, seed=1).values():
        by_letters, as_read = told["by letters"], told["as read"]
        assert as_read["agreed"] > by_letters["agreed"]
        assert as_read["right"] >= by_letters["right"]
        assert as_read["merged"] == 0.0
