"""How a batch moves: by tables, and by properties over any order of what happens to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.batches import (
    MOST_FAULTS,
    WINDOW,
    Batch,
    CancelRequested,
    Event,
    Fault,
    LinesEnded,
    PartWritten,
    Reserved,
    Status,
    TimeLooked,
    Validated,
    advance,
    duplicates,
    line_of,
    room_of,
    share_of,
)

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
NEW = Batch("batch_1", "ann", "file-1", "/v1/tasks", NOON)
ASKING = advance(NEW, Validated((1, 3), 4, 4), NOON)


def after(batch: Batch, *events: Event, now: datetime = NOON) -> Batch:
    """The batch after these events."""
    for event in events:
        batch = advance(batch, event, now)
    return batch


def test_from_a_file_to_its_results() -> None:
    """Each line is reserved, ends, and is written; the counts are those of what was written."""
    batch = after(ASKING, Reserved(3, (1, 2, 3)))
    assert (batch.status, batch.read, batch.open) == (Status.IN_PROGRESS, 3, (1, 2, 3))
    batch = after(batch, LinesEnded({2: True, 1: False}), Reserved(4, (4,)))
    assert (batch.completed, batch.failed, batch.open) == (1, 1, (3, 4))
    batch = after(batch, LinesEnded({3: True, 4: True}))
    assert (batch.status, batch.finalizing_at) == (Status.FINALIZING, NOON)
    batch = after(batch, PartWritten(2, 0, 200, 0))
    assert (batch.status, batch.written) == (Status.FINALIZING, 1)
    batch = after(batch, PartWritten(1, 1, 100, 50))
    assert (batch.status, batch.completed, batch.failed) == (Status.COMPLETED, 3, 1)
    assert (batch.output_size, batch.error_size, batch.ended_at) == (300, 50, NOON)


@pytest.mark.parametrize(
    ("event", "codes"),
    [
        (Validated((1,), 3, 0), ["empty_file"]),
        (Validated((1,), 3, 3, (Fault("x", "", 2),)), ["x"]),
        (Validated((1,), 90, 90, (Fault("x", ""),) * 90), ["x"] * MOST_FAULTS),
    ],
)
def test_a_file_that_cannot_be_asked_fails_its_batch(event: Validated, codes: list[str]) -> None:
    """Before anything is asked."""
    batch = after(NEW, event)
    assert (batch.status, batch.ended_at) == (Status.FAILED, NOON)
    assert [fault.code for fault in batch.faults] == codes


def test_a_cancelled_batch_asks_no_more_and_writes_what_it_has() -> None:
    """Once what was open has ended."""
    batch = after(ASKING, Reserved(2, (1, 2)), CancelRequested())
    assert (batch.status, batch.cancelling_at) == (Status.CANCELLING, NOON)
    assert room_of(batch, 16, 1) == 0
    assert after(batch, Reserved(4, (3, 4))) == batch
    batch = after(batch, LinesEnded({1: True, 2: False}))
    assert (batch.status, batch.ending) == (Status.FINALIZING, Status.CANCELLED)
    batch = after(batch, PartWritten(1, 1, 9, 9), PartWritten(0, 2, 0, 9))
    assert (batch.status, batch.completed, batch.failed) == (Status.CANCELLED, 1, 3)


def test_cancelled_before_it_was_looked_at_it_has_nothing_to_write() -> None:
    """And what is said of its file afterwards changes nothing."""
    batch = after(NEW, CancelRequested())
    assert batch.status is Status.CANCELLED
    assert after(batch, Validated((1,), 4, 4)) is batch


def test_a_day_later_no_more_is_asked() -> None:
    """What is open is waited for; a batch of which all was asked in time is not cut short."""
    late = NOON + WINDOW
    open_still = after(ASKING, Reserved(2, (1, 2)))
    batch = after(open_still, TimeLooked(), now=late)
    assert (batch.status, batch.ending) == (Status.IN_PROGRESS, Status.EXPIRED)
    assert after(batch, TimeLooked(), now=late) is batch, "looking again is no change to commit"
    assert room_of(batch, 16, 1) == 0
    batch = after(batch, LinesEnded({1: True, 2: True}), now=late)
    batch = after(batch, PartWritten(2, 0, 9, 0), PartWritten(0, 2, 0, 9), now=late)
    assert (batch.status, batch.ended_at) == (Status.EXPIRED, late)
    asked = after(ASKING, Reserved(4, (1, 2, 3, 4)))
    assert after(asked, TimeLooked(), now=late) is asked
    answered = after(asked, LinesEnded(dict.fromkeys((1, 2, 3, 4), True)), now=late)
    assert answered.ending is Status.COMPLETED
    assert after(open_still, TimeLooked(), now=late - timedelta(seconds=1)) is open_still


def test_what_was_reserved_and_never_asked_expires_with_the_batch() -> None:
    """All lines were reserved, and the day was over before there was room for the last of them."""
    late = NOON + WINDOW
    batch = after(ASKING, Reserved(4, (1, 2, 3, 4)), LinesEnded({1: True, 2: True}))
    batch = after(batch, LinesEnded({4: False}, expired=True), now=late)
    assert (batch.status, batch.ending, batch.open) == (Status.IN_PROGRESS, Status.EXPIRED, (3,))
    batch = after(batch, LinesEnded({3: True}), now=late)
    assert (batch.status, batch.ending) == (Status.FINALIZING, Status.EXPIRED)
    cancelled = after(ASKING, Reserved(2, (1, 2)), CancelRequested())
    ended = after(cancelled, LinesEnded({1: False, 2: False}, expired=True), now=late)
    assert ended.ending is Status.CANCELLED


def test_the_share_is_divided_and_leaves_room_for_single_tasks() -> None:
    """Half of what an owner may have open at most, each batch its part, and never none."""
    assert [share_of(16, most) for most in (None, 200, 10, 1)] == [16, 16, 5, 1]
    assert [room_of(ASKING, 16, active) for active in (0, 1, 3, 99)] == [16, 16, 5, 1]
    assert room_of(after(ASKING, Reserved(3, (1, 2, 3))), 2, 1) == 0


def test_a_task_tells_its_batch_and_line() -> None:
    """By its id; other tasks tell of none."""
    assert line_of(NEW.task_of(17)) == ("batch_1", 17)
    assert [line_of(t) for t in ("task1", "a-7", "batch_1", "batch_1-", "batch_1-²")] == [None] * 5


def test_a_line_is_found_in_its_part() -> None:
    """From its number, by the first line of each part."""
    batch = replace(NEW, starts=(1, 501, 502))
    places = [(batch.part_of(n), batch.line_in_part(n)) for n in (1, 500, 501, 502, 900)]
    assert places == [(0, 0), (0, 499), (1, 0), (2, 0), (2, 398)]
    assert (NEW.part_of(7), NEW.line_in_part(7)) == (0, 6)


def test_each_name_twice_is_a_fault_of_the_later_line() -> None:
    """With the line that had it first."""
    faults = duplicates([(1, "a"), (2, "b"), (4, "a"), (9, "a")])
    assert [(fault.line, fault.message) for fault in faults] == [
        (4, "Line 1 has the same custom_id."),
        (9, "Line 1 has the same custom_id."),
    ]


EVENTS = st.one_of(
    st.builds(Validated, st.just((1, 4)), st.just(6), st.just(5)),
    st.integers(1, 6).flatmap(
        lambda read: st.builds(
            Reserved, st.just(read), st.lists(st.integers(1, read), unique=True).map(tuple)
        )
    ),
    st.builds(LinesEnded, st.dictionaries(st.integers(1, 6), st.booleans()), st.booleans()),
    st.just(CancelRequested()),
    st.just(TimeLooked()),
    st.builds(PartWritten, *[st.integers(0, 3)] * 4),
)


@given(st.lists(st.tuples(EVENTS, st.floats(0, 48)), max_size=40))
def test_whatever_happens_no_line_is_reserved_twice_and_an_end_stays(
    events: list[tuple[Event, float]],
) -> None:
    """Nor does a batch end while a line is open; any event again changes nothing more."""
    batch, reserved = NEW, list[int]()
    for event, hours in events:
        now = NOON + timedelta(hours=hours)
        moved = advance(batch, event, now)
        if not batch.is_active:
            assert moved is batch
        reserved += [line for line in moved.open if line not in batch.open]
        assert moved.read >= batch.read
        assert not moved.open or moved.status in (Status.IN_PROGRESS, Status.CANCELLING)
        if not isinstance(event, PartWritten):
            assert advance(moved, event, now) is moved
        batch = moved
    assert len(reserved) == len(set(reserved))
