"""Stored documents: written forms that stand, and readers that are kind to older ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.codec.documents import (
    Position,
    claim_from_document,
    claim_to_document,
    is_id,
    late_rejection,
    position_from_token,
    position_to_token,
    recorded_from_document,
    recorded_to_document,
    task_from_document,
    task_to_document,
)
from consensus.core.errors import DecodeError, InvalidTask
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Leaf,
    Message,
    Plan,
    Reading,
    Recorded,
    State,
    Task,
    Usage,
    Vote,
)
from consensus.core.values import Choice, Date
from consensus.ports import Claim

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
A_TASK = Task("task1", "local", (Message("user", "?"),), Plan(), NOON, NOON + timedelta(seconds=9))
A_VOTE = Recorded(2, NOON, Vote(0, Reading("It is 4.", "4", vector=b"\0\0\x80?"), usage=Usage(1)))


def test_a_vote_keeps_what_its_answer_and_its_texts_are() -> None:
    """As text, as they travel; an older document has neither."""
    assert isinstance(A_VOTE.ballot, Vote)
    read = replace(
        A_VOTE.ballot.reading, value=Choice("b"), leaves=(Leaf("/a", "x", Date(2024, 3, 1)),)
    )
    recorded = replace(A_VOTE, ballot=replace(A_VOTE.ballot, reading=read))
    document = recorded_to_document(recorded, counted=True)
    assert isinstance(document["reading"]["leaves"], str)
    assert recorded_from_document(document) == recorded
    del document["reading"]["leaves"], document["reading"]["value"]
    assert recorded_from_document(document) == A_VOTE


def test_a_task_is_what_a_listener_shows() -> None:
    """The names of the document are those that listeners, rules and indexes rely on."""
    document = task_to_document(replace(A_TASK, metadata={"a": "b"}, ballots=(A_VOTE,)))
    assert set(document) == {
        "id",
        "owner",
        "messages",
        "plan",
        "created_at",
        "deadline",
        "prompt",
        "metadata",
        "traceparent",
        "state",
        "holder",
        "dispatch",
        "held_at",
        "sent_at",
        "seats_out",
        "progress",
        "usage",
        "last_order",
        "hedges",
        "hedged",
        "lost_calls",
        "begun",
        "orphaned",
        "uncertain",
        "planning",
        "doubts",
        "result",
        "finished_at",
        "waves",
        "subscribers",
        "outcome",
        "unsettled",
        "labels",
    }
    assert document["metadata"] == [{"name": "a", "value": "b"}]
    assert (document["state"], document["created_at"]) == ("QUEUED", NOON)


def test_a_ballots_document_tells_its_kind() -> None:
    """A vote and an abstention are told apart, counted and not."""
    document = recorded_to_document(A_VOTE, counted=True)
    assert (document["kind"], document["counted"], document["order"]) == ("vote", True, 2)
    assert document["reading"]["vector"] == b"\0\0\x80?"
    lost = Recorded(1, NOON, Abstention(0, AbstentionReason.WORKER_LOST))
    document = recorded_to_document(lost, counted=False)
    assert (document["kind"], document["counted"]) == ("abstention", False)
    assert recorded_from_document(document) == lost


def test_a_stored_reason_of_a_newer_version_is_read() -> None:
    """An abstention that a newer version recorded is still one."""
    lost = Recorded(1, NOON, Abstention(0, AbstentionReason.DECLINED))
    document = recorded_to_document(lost, counted=True) | {"reason": "BORED"}
    read = recorded_from_document(document).ballot
    assert isinstance(read, Abstention)
    assert read.reason is AbstentionReason.UNREADABLE


def test_an_older_or_newer_document_is_read() -> None:
    """What is missing takes its default, and what is unknown is left out."""
    document = task_to_document(A_TASK)
    for later in ("metadata", "traceparent", "usage", "doubts", "finished_at"):
        del document[later]
    del document["plan"]["threshold_is_adaptive"]
    del document["plan"]["adjudications"]
    assert task_from_document({**document, "colour": "blue", "revision": 3}) == A_TASK


def test_ballots_come_in_recorded_order() -> None:
    """However a store lists them."""
    first = Recorded(1, NOON, Vote(1, Reading("", "")))
    assert task_from_document(task_to_document(A_TASK), [A_VOTE, first]).ballots == (first, A_VOTE)


def test_a_document_that_cannot_be_a_task_is_refused() -> None:
    """The error names the field and repeats no value."""
    document = task_to_document(A_TASK) | {"state": "a secret state"}
    with pytest.raises(DecodeError, match="state") as caught:
        task_from_document(document)
    assert "secret" not in str(caught.value)


def test_a_claim_comes_back_with_its_task() -> None:
    """A claim's document names the task that it stands for."""
    claim = Claim("key", "body", NOON)
    assert claim_from_document(claim_to_document(claim, "task1")) == (claim, "task1")


def test_the_same_late_ballot_has_the_same_key() -> None:
    """Recorded at another time it is still the same; another answer is another."""
    late = late_rejection("task1", A_VOTE)
    again = late_rejection("task1", Recorded(7, NOON + timedelta(hours=1), A_VOTE.ballot))
    other = late_rejection("task1", Recorded(2, NOON, Vote(0, Reading("5", "5"))))
    assert late.key == again.key
    assert len({late.key, other.key, late_rejection("task2", A_VOTE).key}) == 3


@given(st.datetimes(min_value=datetime(1971, 1, 1), timezones=st.just(UTC)))
def test_a_position_comes_back(moment: datetime) -> None:
    """A token gives the position that it was made from, to the microsecond."""
    position = Position(moment, "a-b_C9")
    assert position_from_token(position_to_token(position)) == position


def test_a_position_is_one_token_in_any_zone() -> None:
    """The same instant is the same token."""
    there = NOON.astimezone(timezone(timedelta(hours=9)))
    assert position_to_token(Position(NOON, "a")) == position_to_token(Position(there, "a"))


@given(st.text(max_size=80))
def test_reading_a_token_is_total(token: str) -> None:
    """Anything else is the caller's error, and no other exception."""
    try:
        position = position_from_token(token)
    except InvalidTask:
        return
    assert position_to_token(position) == token


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0123abcd", True),
        ("a-b_c", True),
        ("_", True),
        ("", False),
        (".", False),
        ("..", False),
        ("a/b", False),
        ("a b", False),
        ("é", False),
        ("٣", False),
        ("__x__", False),
        ("a" * 128, True),
        ("a" * 129, False),
    ],
)
def test_ids(text: str, expected: bool) -> None:
    """An id is safe as a document's name and as a part of a path."""
    assert is_id(text) is expected


def test_a_stored_state_is_plain_text() -> None:
    """Enumerations are stored by their values, which are their public names."""
    document = task_to_document(replace(A_TASK, state=State.RUNNING))
    assert document["state"] == "RUNNING"
    assert document["plan"]["strategy"] == "exact"
