"""What seats may spend before they ask."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from consensus.core.model import Plan, Progress, Task, Usage
from consensus.core.spending import allowance

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("limit", "spent", "progress", "each"),
    [
        (None, 0.5, Progress(4), None),
        (1.0, 0.0, Progress(4), 0.25),
        (1.0, 0.4, Progress(6, 3), 0.2),
        (1.0, None, Progress(2), 0.5),
        (1.0, 3.0, Progress(4, 2), 0.0),
        (1.0, 0.0, Progress(0), 1.0),
    ],
)
def test_what_is_left_is_shared_out_before_it_is_spent(
    limit: float | None, spent: float | None, progress: Progress, each: float | None
) -> None:
    """Seats that are out have equal shares of it; without a limit there is none."""
    plan = Plan(max_cost_usd=limit)
    usage = Usage(cost_usd=spent)
    task = Task(
        "t", "local", (), plan, created_at=NOW, deadline=NOW, progress=progress, usage=usage
    )
    assert allowance(task) == pytest.approx(each)
