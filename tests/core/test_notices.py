"""What subscribers are to be told of an end, and when it is tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consensus.core.model import (
    CloseReason,
    Message,
    Notice,
    NoticeKind,
    Outcome,
    Plan,
    Result,
    State,
    Subscriber,
    Task,
)
from consensus.core.notices import (
    FIRST_LOOK,
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    attempted,
    is_due,
    notices_of,
)

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
AGREED = Result(
    Outcome.CONSENSUS, CloseReason.SETTLED, "4", 1.0, 0.6, 1.0, 0.97, None, (), "because"
)
SPLIT = replace(AGREED, outcome=Outcome.NO_CONSENSUS)
DOUBTFUL = replace(AGREED, probability_correct=0.3)
DONE, UNSETTLED = NoticeKind.DONE, NoticeKind.UNSETTLED


SUBSCRIBERS = (
    Subscriber("all"),
    Subscriber("ends", (DONE,)),
    Subscriber("desk", (UNSETTLED,)),
)


def _task(result: Result | None) -> Task:
    return Task(
        "t",
        "o",
        (Message("user", "?"),),
        Plan(),
        NOON,
        NOON,
        state=State.DONE if result else State.RUNNING,
        subscribers=SUBSCRIBERS,
        result=result,
    )


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (None, []),
        (AGREED, [("all", DONE), ("ends", DONE)]),
        (SPLIT, [("all", DONE), ("all", UNSETTLED), ("ends", DONE), ("desk", UNSETTLED)]),
        (DOUBTFUL, [("all", DONE), ("all", UNSETTLED), ("ends", DONE), ("desk", UNSETTLED)]),
        (replace(AGREED, outcome=Outcome.CANCELLED), [("all", DONE), ("ends", DONE)]),
    ],
)
def test_each_subscriber_is_told_what_it_asked_for(
    result: Result | None, told: list[tuple[str, NoticeKind]]
) -> None:
    """Of an open task nothing; the desk hears of what somebody should decide."""
    notices = notices_of(_task(result), NOON)
    assert [(notice.subscriber, notice.kind) for notice in notices] == told
    assert len({notice.key for notice in notices}) == len(notices)
    assert all(notice.due == NOON + FIRST_LOOK for notice in notices)


def test_an_attempt_waits_twice_as_long_as_the_one_before() -> None:
    """Up to six hours; an endpoint that is away for a day still hears of it."""
    notice, now, waits = Notice("t", "crm", DONE, NOON), NOON, []
    assert is_due(notice, NOON - timedelta(hours=1))  # a new one need not wait
    for _ in range(MOST_ATTEMPTS):
        begun = attempted(notice, now, 0.0)
        assert begun.event_id == notice.event_id
        assert begun.key == notice.key
        assert not is_due(begun, now)
        assert is_due(begun, begun.due)
        waits.append(begun.due - now)
        notice, now = begun, begun.due
    assert waits[:4] == [timedelta(seconds=30 * 2**n) for n in range(4)]
    assert waits[-1] == LONGEST_WAIT
    assert now - NOON > timedelta(days=1)
    assert notice.attempts == MOST_ATTEMPTS


def test_those_that_failed_together_come_back_apart() -> None:
    """Chance lengthens a wait by a quarter at most."""
    notice = Notice("t", "crm", DONE, NOON)
    late = attempted(notice, NOON, 1.0).due - attempted(notice, NOON, 0.0).due
    assert late == timedelta(seconds=7.5)
