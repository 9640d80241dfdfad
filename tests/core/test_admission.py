"""How long a refused caller is asked to wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consensus.core.admission import minute_after, minute_limit, open_limit, room_after
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


@pytest.mark.parametrize(
    ("came", "quota", "after"),
    [
        ((5, 10, 50), 3, 10.0),
        ((5, 10, 50), 2, 50.0),
        ((5, 10, 50), 1, 55.0),
        ((5, 10), 9, 50.0),
        ((60, 61), 2, 0.1),
        ((), 2, 30.0),
        ((), 6000, 0.1),
    ],
)
def test_a_minute_has_room_again_when_the_first_of_a_quota_is_a_minute_old(
    came: tuple[float, ...], quota: int, after: float
) -> None:
    """Tasks newest first, by their age in seconds; of fewer than the quota, the oldest known."""
    tasks = [replace(TASK, created_at=NOON - timedelta(seconds=age)) for age in came]
    assert minute_after(tasks, quota, NOON) == pytest.approx(after)


def test_what_is_left_is_never_below_nothing() -> None:
    """A bound may have been lowered under those that are there."""
    assert [open_limit(5, n).left for n in (0, 3, 5, 9)] == [5, 2, 0, 0]
    assert [minute_limit(5, n).left for n in (0, 3, 5, 9)] == [5, 2, 0, 0]
