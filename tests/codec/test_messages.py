"""Pub/Sub payloads: what is written is read, and nothing else is."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.codec import messages
from consensus.codec.envelope import open_envelope
from consensus.codec.messages import (
    MAX_DETAIL,
    MAX_FINAL,
    MAX_TEXT,
    BallotMessage,
    DeadlineMessage,
    DispatchMessage,
    NoticeMessage,
    SweepMessage,
    VerdictMessage,
    decode,
    encode_ballot,
    encode_deadline,
    encode_dispatch,
    encode_notice,
    encode_sweep,
    encode_verdicts,
    task_of,
)
from consensus.core.errors import DecodeError
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Finding,
    Leaf,
    Message,
    Plan,
    Reading,
    Task,
    Timing,
    Usage,
    Verdict,
    Vote,
)
from consensus.core.values import Choice, Date

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
EVERY = (
    BallotMessage,
    VerdictMessage,
    DeadlineMessage,
    DispatchMessage,
    NoticeMessage,
    SweepMessage,
)
VECTOR = np.array([0.6, -0.8], dtype="<f4").tobytes()
A_VOTE = Vote(3, Reading("It is 4.", "4", "4", 0.5, VECTOR, "e5"), "ada", "m", 1.0, Usage(1, 2, 3))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
counts = st.integers(0, 10**6)
usages = st.builds(Usage, counts, counts, counts, st.none() | st.floats(0, 100))
vectors = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=8).map(
    lambda values: np.array(values, dtype="<f4").tobytes()
)
sure = st.none() | st.floats(0, 1)
values = st.builds(Choice, texts) | st.builds(Date, st.integers(1, 3000), st.integers(1, 12))
leaves = st.lists(st.builds(Leaf, texts, texts, values), max_size=4).map(tuple)
readings = st.builds(
    Reading, texts, texts, texts, sure, vectors, texts, sure, st.none() | values, leaves
)
seats = st.integers(0, 68)
spans = st.floats(0, 1e6)
timings = st.none() | st.builds(Timing, spans, st.none() | spans)
votes = st.builds(Vote, seats, readings, texts, texts, st.floats(0.01, 100), usages, timings)
reasons = st.sampled_from(AbstentionReason)
abstentions = st.builds(Abstention, seats, reasons, texts, texts, usages, timings)


@given(votes | abstentions, st.sampled_from(["", "00-" + "a" * 32 + "-" + "b" * 16 + "-01"]))
def test_a_ballot_comes_back(ballot: Vote | Abstention, trace: str) -> None:
    """Decoding undoes encoding, for any ballot within the bounds."""
    data = encode_ballot("task-1_A", ballot, trace)
    assert decode(data, (BallotMessage,)) == BallotMessage("task-1_A", ballot, trace)


def test_how_long_it_took_is_there_only_where_it_was_told() -> None:
    """An aggregator of before knows no such field."""
    for ballot in (A_VOTE, Abstention(0, AbstentionReason.DECLINED)):
        assert b"timing" not in encode_ballot("t", ballot, "")
        told = encode_ballot("t", replace(ballot, timing=Timing(2.5, 0.5)), "")
        assert b'"timing":{"seconds":2.5,"first_word":0.5}' in told


def test_what_tokens_say_is_there_only_where_they_were_told() -> None:
    """An aggregator of before knows no such field, and most votes need none."""
    assert b"probability" not in encode_ballot("t", A_VOTE, "")
    told = replace(A_VOTE, reading=replace(A_VOTE.reading, probability=0.25))
    assert b'"probability":0.25' in encode_ballot("t", told, "")


def test_leaves_are_there_only_where_they_were_read() -> None:
    """An aggregator of before knows no such field; and of very many, the first ones travel."""
    assert b"leaves" not in encode_ballot("t", A_VOTE, "")
    many = tuple(Leaf("/a/-", str(n), Choice("\ud800" * 20)) for n in range(5_000))
    vote = replace(A_VOTE, reading=replace(A_VOTE.reading, leaves=many))
    ballot = decode(encode_ballot("t", vote, ""), (BallotMessage,)).ballot
    assert isinstance(ballot, Vote)
    told = ballot.reading.leaves
    assert 100 < len(told) < 1_000
    assert [leaf.text for leaf in told] == [str(n) for n in range(len(told))]


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ('[["/a","x",{"k":"choice","v":"b"}]]', 1),
        ('[["/a","x",{"k":"of tomorrow","v":1}]]', 1),  # kept, and never told the same
        ('[["/a","x"],["/a","x",{}],["/a","x",3],{},null,["/a","x",{"k":"choice","v":"b"}]]', 1),
        ('{"/a": 1}', 0),
        ("not JSON", 0),
        ("[" * 10_000, 0),
        ("", 0),
    ],
)
def test_leaves_that_cannot_be_read_are_left_out(told: str, read: int) -> None:
    """A vote is none the worse for them: its texts compare by their letters."""
    document = json.loads(encode_ballot("t", A_VOTE, ""))
    document["reading"]["leaves"] = told
    ballot = decode(json.dumps(document).encode(), (BallotMessage,)).ballot
    assert isinstance(ballot, Vote)
    assert len(ballot.reading.leaves) == read


def test_a_leaf_of_a_newer_version_travels_on_as_it_came() -> None:
    """Read and written again, however often, it says what its writer said."""
    document = json.loads(encode_ballot("t", A_VOTE, ""))
    document["reading"]["leaves"] = '[["/a","x",{"k":"of tomorrow","v":[1,{"deep":null}]}]]'
    ballot = decode(json.dumps(document).encode(), (BallotMessage,)).ballot
    again = decode(encode_ballot("t", ballot, ""), (BallotMessage,)).ballot
    assert isinstance(ballot, Vote)
    assert isinstance(again, Vote)
    assert again.reading.leaves == ballot.reading.leaves


def test_a_written_text_is_there_only_where_there_is_one() -> None:
    """An aggregator of before knows no such field."""
    assert b"text" not in encode_verdicts("t", [Verdict(0, Finding.SAME)], "")
    told = [Verdict(0, Finding.WRITTEN, Usage(1), "It is 4.")]
    data = encode_verdicts("t", told, "")
    assert decode(data, (VerdictMessage,)) == VerdictMessage("t", tuple(told), "")


@given(
    st.builds(Verdict, st.integers(0, 10), st.sampled_from(Finding), usages),
    st.lists(st.builds(Verdict, st.integers(0, 10), st.sampled_from(Finding)), max_size=5),
)
def test_verdicts_come_back(first: Verdict, others: list[Verdict]) -> None:
    """Decoding undoes encoding, for any verdicts of one call; one alone is told as it ever was."""
    data = encode_verdicts("task-1_A", [first, *others], "x")
    assert decode(data, (VerdictMessage,)) == VerdictMessage("task-1_A", (first, *others), "x")
    assert (b"others" in data) == bool(others)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", 2),
        ("doubt", -1),
        ("doubt", "0"),
        ("finding", "same"),
        ("finding", "SAME, and close the task"),
        ("seat", 0),
        ("answer", "42"),
        ("usage", None),
    ],
)
def test_a_verdict_says_one_of_three_words_and_no_more(name: str, value: Any) -> None:
    """What is not exactly a verdict is refused (I11)."""
    document = json.loads(encode_verdicts("t", [Verdict(0, Finding.SAME)], "")) | {name: value}
    with pytest.raises(DecodeError):
        decode(json.dumps(document).encode(), EVERY)


@pytest.mark.parametrize(
    "key", ["", "t", "t.crm", "../x.crm.done", "t.crm.done.more", "t.c/m.done", 7]
)
def test_a_notice_names_its_key_and_nothing_else(key: Any) -> None:
    """It becomes a document's name."""
    document = json.loads(encode_notice("t.crm.done")) | {"notice": key}
    with pytest.raises(DecodeError):
        decode(json.dumps(document).encode(), EVERY)


def test_the_other_kinds_come_back() -> None:
    """A dispatch carries its task's trace and holder; a deadline its task; a sweep nothing."""
    task = Task(
        "t", "o", (Message("user", "?"),), Plan(), NOON, NOON + timedelta(1), traceparent="x"
    )
    assert decode(encode_dispatch(task), EVERY) == DispatchMessage("t", "x")
    held = replace(task, holder="h")
    assert decode(encode_dispatch(held), EVERY) == DispatchMessage("t", "x", replaces="h")
    assert decode(encode_deadline("t"), EVERY) == DeadlineMessage("t")
    assert decode(encode_notice("t-1.crm.done"), EVERY) == NoticeMessage("t-1.crm.done")
    assert task_of(encode_notice("t-1.crm.done")) == "t-1"
    assert decode(encode_sweep(), EVERY) == SweepMessage()


def test_the_written_form_stands() -> None:
    """The form on the wire is what older readers know; a change of it needs a new version."""
    assert json.loads(encode_ballot("t", A_VOTE, "")) == {
        "version": 1,
        "kind": "vote",
        "traceparent": "",
        "task_id": "t",
        "seat": 3,
        "reading": {
            "text": "It is 4.",
            "final": "4",
            "canonical": "4",
            "confidence": 0.5,
            "vector": base64.b64encode(VECTOR).decode(),
            "embedder": "e5",
        },
        "voter": "ada",
        "model": "m",
        "power": 1.0,
        "usage": {"calls": 1, "input_tokens": 2, "output_tokens": 3, "cost_usd": 0.0},
    }


@pytest.mark.parametrize(
    "data", [encode_deadline("t"), encode_sweep(), encode_ballot("t", A_VOTE, "")]
)
def test_a_topic_takes_its_own_kinds(data: bytes) -> None:
    """A kind that the topic is not for is refused: a worker cannot forge a deadline."""
    with pytest.raises(DecodeError, match="does not belong here"):
        decode(data, (DispatchMessage,))


CHANGES: list[tuple[str, Any]] = [
    ("version", 2),
    ("version", "1"),
    ("kind", "votes"),
    ("task_id", ""),
    ("task_id", "a/b"),
    ("task_id", "a\n"),
    ("task_id", "x" * 129),
    ("task_id", 7),
    ("seat", -1),
    ("seat", 10**6),
    ("seat", "3"),
    ("seat", True),
    ("seat", 3.5),
    ("power", 0),
    ("power", -1.0),
    ("power", 1e300),
    ("power", None),
    ("voter", "x" * 201),
    ("traceparent", "x" * 129),
    ("result", "CONSENSUS"),
    ("reading.text", "x" * (MAX_TEXT + 1)),
    ("reading.final", "x" * (MAX_FINAL + 1)),
    ("reading.confidence", 1.01),
    ("reading.confidence", -0.01),
    ("reading.vector", "AAA"),
    ("reading.vector", "AAAA"),
    ("reading.vector", "é"),
    ("reading.vector", base64.b64encode(np.array([np.nan], "<f4").tobytes()).decode()),
    ("reading.vector", base64.b64encode(np.array([np.inf], "<f4").tobytes()).decode()),
    ("reading.vector", base64.b64encode(bytes(65_540)).decode()),
    ("reading.weight", 9),
    ("usage.calls", -1),
    ("usage.input_tokens", 10**13),
    ("usage.cost_usd", -0.1),
    ("usage", None),
]


@pytest.mark.parametrize(("path", "value"), CHANGES)
def test_what_is_out_of_bounds_is_refused(path: str, value: Any) -> None:
    """One wrong, foreign or oversized field makes the whole message undecodable."""
    document = json.loads(encode_ballot("t", A_VOTE, ""))
    *outer, last = path.split(".")
    holder = document[outer[0]] if outer else document
    holder[last] = value
    with pytest.raises(DecodeError):
        decode(json.dumps(document).encode(), EVERY)


@pytest.mark.parametrize("name", ["version", "kind", "task_id", "seat", "reading", "usage"])
def test_what_is_missing_is_refused(name: str) -> None:
    """Nothing that counts is guessed."""
    document = json.loads(encode_ballot("t", A_VOTE, ""))
    del document[name]
    with pytest.raises(DecodeError):
        decode(json.dumps(document).encode(), EVERY)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_are_finite(number: str) -> None:
    """What JSON cannot hold, or a float cannot, is refused."""
    data = encode_ballot("t", A_VOTE, "").replace(b'"power":1.0', f'"power":{number}'.encode())
    with pytest.raises(DecodeError):
        decode(data, EVERY)


def test_half_a_surrogate_pair_is_refused() -> None:
    """Text that no store can keep does not get in."""
    data = encode_ballot("t", A_VOTE, "").replace(b"It is 4.", b"\\ud800")
    with pytest.raises(DecodeError):
        decode(data, EVERY)


@given(st.binary(max_size=200))
def test_decoding_is_total(data: bytes) -> None:
    """Rubbish raises DecodeError and nothing else."""
    for read in (lambda: decode(data, EVERY), lambda: open_envelope(data)):
        with pytest.raises(DecodeError):
            read()


def test_an_error_repeats_no_answer() -> None:
    """What was in the message is not in the error, which is logged."""
    data = encode_ballot("t", A_VOTE, "").replace(b'"seat":3', b'"seat":"a secret answer"')
    with pytest.raises(DecodeError) as caught:
        decode(data, EVERY)
    assert "secret" not in str(caught.value)
    assert "seat" in str(caught.value)


def test_a_models_broken_text_still_travels() -> None:
    """Halves of surrogate pairs are replaced, and text that is only shown is cut."""
    reading = Reading("\ud83d" + "x" * MAX_TEXT, "4\udc00", "4")
    message = decode(encode_ballot("t", Vote(0, reading), "y" * 999), (BallotMessage,))
    assert isinstance(message.ballot, Vote)
    assert message.ballot.reading.text == "?" + "x" * (MAX_TEXT - 1)
    assert message.ballot.reading.final == "4?"
    assert message.traceparent == ""


def test_an_answer_too_long_to_count_is_an_abstention() -> None:
    """A final answer is never cut: the seat abstains, and what it cost is told."""
    vote = Vote(5, Reading("x", "x" * (MAX_FINAL + 1)), "ada", usage=Usage(2, 3, 4, 0.5))
    message = decode(encode_ballot("t", vote, ""), (BallotMessage,))
    assert isinstance(message.ballot, Abstention)
    assert message.ballot.reason is AbstentionReason.UNREADABLE
    assert (message.ballot.seat, message.ballot.voter) == (5, "ada")
    assert message.ballot.usage == vote.usage


def test_a_reason_of_a_newer_version_is_an_unreadable_answer() -> None:
    """The seat has abstained, whatever for; what is no reason at all is refused."""
    lost = encode_ballot("t", Abstention(0, AbstentionReason.DECLINED, "why"), "")
    message = decode(lost.replace(b"DECLINED", b"BORED"), (BallotMessage,))
    assert isinstance(message.ballot, Abstention)
    assert (message.ballot.reason, message.ballot.detail) == (AbstentionReason.UNREADABLE, "why")
    with pytest.raises(DecodeError):
        decode(lost.replace(b"DECLINED", b"so-so"), (BallotMessage,))


def test_an_abstentions_detail_is_cut() -> None:
    """However long an endpoint's complaint, the abstention gets through."""
    lost = Abstention(0, AbstentionReason.MODEL_FAILED, "x" * 10_000)
    message = decode(encode_ballot("t", lost, ""), (BallotMessage,))
    assert isinstance(message.ballot, Abstention)
    assert len(message.ballot.detail) == MAX_DETAIL


def test_every_bound_fits_one_message() -> None:
    """The largest vote is far below Pub/Sub's ten megabytes."""
    reading = Reading("漢" * MAX_TEXT, "漢" * MAX_FINAL, "漢" * MAX_FINAL, 1.0, bytes(65_536), "e")
    assert len(encode_ballot("t", Vote(0, reading), "")) < 10**6
    assert messages.MAX_VECTOR == 65_536
