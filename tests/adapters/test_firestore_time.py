"""A machine whose clock is not the database's is told of, whatever a call takes on its way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from consensus.adapters.google.firestore_time import SAY_AGAIN_SECONDS, Comparison

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """That many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("asked", "read", "heard", "told"),
    [
        (0, 0.1, 0.2, []),
        (0, 9, 20, []),  # a slow call
        (4, 0, 4.1, []),
        (0, 4, 0.1, []),
        (3600, 0, 3600.1, ["+3600 s"]),
        (0, 3600, 0.1, ["-3600 s"]),
        (6, 0, 30, ["+6 s"]),
    ],
)
def test_only_what_no_call_can_take_counts(
    asked: float, read: float, heard: float, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The time of reading lies between those of asking and hearing, where clocks agree."""
    Comparison(now=lambda: at(heard)).tell(at(asked), at(read))
    assert [m.partition(" clock is ")[2].partition(" from")[0] for m in caplog.messages] == told
    assert all(m.startswith("for the operator: ") for m in caplog.messages)


def test_it_is_said_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """Not with every task, and again while it lasts."""
    passed = iter([0.0, 1.0, SAY_AGAIN_SECONDS - 0.1, SAY_AGAIN_SECONDS, SAY_AGAIN_SECONDS])
    times = Comparison(now=lambda: at(3600), passed=lambda: next(passed))
    for said in (1, 1, 1, 2):
        times.tell(at(3600), at(0))
        assert len(caplog.messages) == said
