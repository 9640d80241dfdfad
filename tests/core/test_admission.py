"""How long a refused caller is asked to wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consensus.core.admission import room_after
from consensus.core.model import Message, Plan, Task

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
TASK = Task("t", "ann", (Message("user", "?"),), Plan(), NOON, NOON + timedelta(seconds=60))


def took(seconds: float) -> Task:
    """A task that took so long."""
    return replace(TASK, finished_at=NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("took_seconds", "open_tasks", "after"),
    [
        ((20.0,) * 3, 200, 0.1),
        ((2.0, 2.0, 90.0), 5, 0.4),
        ((60.0,), 1, 60.0),
        ((), 5, 2.0),
        ((), 0, 10.0),
        ((540.0,), 1, 120.0),
    ],
)
def test_it_is_as_long_as_the_open_tasks_will_take(
    took_seconds: tuple[float, ...], open_tasks: int, after: float
) -> None:
    """The median of those that ended lately, shared by all that are open; within bounds."""
    assert room_after([took(s) for s in took_seconds], open_tasks) == pytest.approx(after)
