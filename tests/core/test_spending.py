"""What seats may spend before they ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from consensus.core.model import Plan, Progress, Reading, Recorded, Task, Usage, Vote
from consensus.core.spending import allowance, closing_usage, known_cost

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


def test_what_is_known_of_a_cost_is_told_though_a_call_was_cut_off() -> None:
    """The whole is not known then; what the others told is, and no call at all tells nothing."""
    task = Task("t", "local", (), Plan(), created_at=NOW, deadline=NOW)
    assert known_cost(task) is None
    used = [Usage(1, 9, 9, cost) for cost in (0.25, None, 0.5)]
    votes = [Vote(seat, Reading("4", "4"), "v", "m", 1.0, usage) for seat, usage in enumerate(used)]
    ballots = tuple(Recorded(n, NOW, vote) for n, vote in enumerate(votes))
    task = replace(task, ballots=ballots, begun=(3,), planning=Usage(1, 9, 9, 0.125))
    assert closing_usage(task).cost_usd is None
    assert known_cost(task) == 0.875
    open_one = replace(task, usage=Usage(4, cost_usd=None), progress=Progress(6, 4))
    assert allowance(replace(open_one, plan=Plan(max_cost_usd=1.0))) == 0.0625
