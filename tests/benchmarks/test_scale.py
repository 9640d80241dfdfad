"""The page on scale is what its arithmetic says."""

from __future__ import annotations

from pathlib import Path

from benchmarks.scale import Load, table

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"


def test_the_page_has_the_table_that_is_printed() -> None:
    """`python -m benchmarks.scale` prints it anew."""
    assert table() in PAGE.read_text()


def test_more_tasks_cost_more_in_all_and_less_each() -> None:
    """Instances are shared, and never fewer for more."""
    loads = [Load(rate, 5) for rate in (1, 10, 100, 1000, 10_000)]
    totals = [load.google_a_month for load in loads]
    assert totals == sorted(totals)
    each = [load.google_a_month / load.per_minute for load in loads]
    assert each == sorted(each, reverse=True)
