"""What is fuzzed: every codec, and `read`. Each holds for any input whatever."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError as NotProtobuf
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from consensus.codec import calibrations, chat, documents, messages, queries, requests, wire
from consensus.codec import openai_responses as responses
from consensus.codec.envelope import envelope, open_envelope
from consensus.codec.openai_fields import fields_of
from consensus.codec.responses import task_to_json
from consensus.codec.values import (
    decode_leaves,
    decode_value,
    encode_leaves,
    encode_value,
    value_to_json,
)
from consensus.core.answers import Unread
from consensus.core.errors import CallerError, DecodeError
from consensus.core.events import BallotCast, Taken
from consensus.core.lifecycle import advance
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Finding,
    Format,
    FormatKind,
    Message,
    Plan,
    Reading,
    Strategy,
    Task,
    Usage,
    Verdict,
    Vote,
)
from consensus.core.parts.asking import NotOneValue, read_answer
from consensus.core.profiles import BUILT_IN
from consensus.core.values.sameness import Sameness, compare
from consensus.ports import SeatCall
from consensus.readers import answer
from consensus.readers.reply import read
from consensus.rpc.v1 import worker_pb2 as pb
from tests.answers import said
from tests.fuzz.spoiling import jsons, spoilt_bytes, spoilt_json, spoilt_text

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
LONGEST_PROMPT = 100_000
EVERY = (
    messages.BallotMessage,
    messages.VerdictMessage,
    messages.DeadlineMessage,
    messages.DispatchMessage,
    messages.SweepMessage,
)
SCHEMA = json.dumps({"type": "object", "properties": {"n": {"type": "integer"}}})


@dataclass(frozen=True, slots=True)
class Target:
    """Inputs, and what holds for each: anything that `holds` raises is a finding."""

    inputs: SearchStrategy[Any]
    holds: Callable[[Any], object]


def _task() -> Task:
    task = Task(
        "task1", "local", (Message("user", "2+2?"),), Plan(), NOON, NOON + timedelta(minutes=1)
    )
    task = advance(replace(task, metadata={"a": "b"}), Taken("h", "d"), NOON).task
    task = advance(task, BallotCast(Abstention(0, AbstentionReason.DECLINED, "no")), NOON).task
    for seat in range(1, task.progress.asked):
        vote = Vote(seat, said("4", confidence=0.5), "ada", "m", 1.0, Usage(1, 2, 3, 0.01))
        task = advance(task, BallotCast(vote), NOON).task
    return task


TASK = _task()
WRITTEN = ("4", "3 km", "1/2", "Paris", "2026-01-02", "x^2+1", "12:30", "5-7", "May 5", "50%")
VALUES = [said(text).value for text in WRITTEN]
MESSAGES = [
    json.loads(encoded)
    for encoded in (
        messages.encode_ballot("t", TASK.votes[0], "x"),
        messages.encode_ballot("t", Abstention(1, AbstentionReason.UNREADABLE), ""),
        messages.encode_verdicts("t", [Verdict(0, Finding.SAME), Verdict(1, Finding.UNKNOWN)], ""),
        messages.encode_verdicts("t", [Verdict(0, Finding.WRITTEN, text="It is 4.")], ""),
        messages.encode_dispatch(TASK),
        messages.encode_deadline("t"),
        messages.encode_sweep(),
    )
]
CHAT = {
    "model": "consensus",
    "messages": [{"role": "user", "content": [{"type": "text", "text": "2+2?"}]}],
    "stream": True,
    "stream_options": {"include_usage": True},
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
    "tool_choice": "required",
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "n", "schema": json.loads(SCHEMA)},
    },
    "metadata": {"a": "b"},
    "consensus": {"max_votes": 5},
}
SUBMISSION = {
    "prompt": "2+2?",
    "strategy": "numeric",
    "voting": "majority",
    "min_votes": 3,
    "max_votes": 9,
    "min_agreement": 0.6,
    "timeout_seconds": 30,
    "numeric_tolerance": 1e-6,
    "compose": "supported",
    "metadata": {"a": "b"},
    "response_format": {"type": "json_object"},
}
RESPONSE = {
    "model": "consensus",
    "instructions": "Be brief.",
    "input": [{"role": "user", "content": [{"type": "input_text", "text": "2+2?"}]}],
    "text": {"format": {"type": "json_schema", "name": "n", "schema": json.loads(SCHEMA)}},
    "background": True,
    "previous_response_id": "resp_task1",
}
CALL = wire.to_request(
    SeatCall(
        "task1",
        3,
        "ada",
        (Message("user", "2+2?"),),
        Strategy.STRUCTURED,
        NOON,
        format=Format(FormatKind.SCHEMA, SCHEMA, "n"),
    )
).SerializeToString()
READINGS = [
    json.loads(line)
    for line in Path("benchmarks/readings.jsonl").read_text(encoding="utf-8").splitlines()
]
REPLIES = [each["text"] for each in READINGS if each["text"]]
QUESTIONS = sorted({each["prompt"] for each in READINGS})
STORED = json.loads(json.dumps(documents.task_to_document(TASK), default=str))
BALLOTS = [
    json.loads(json.dumps(documents.recorded_to_document(r, counted=True), default=str))
    for r in TASK.ballots
    if not isinstance(r.ballot, Vote) or not r.ballot.reading.vector
]


def _encoded(strategy: SearchStrategy[Any]) -> SearchStrategy[bytes]:
    """As JSON, NaN and all; lone surrogates as their escapes."""
    return strategy.map(lambda document: json.dumps(document).encode())


def _is_object(document: Any) -> bool:
    return isinstance(document, dict)


def _a_message(data: bytes) -> None:
    with suppress(DecodeError):
        messages.decode(data, EVERY)


def _an_envelope(data: bytes) -> None:
    with suppress(DecodeError):
        open_envelope(data)


def _a_submission(data: bytes) -> None:
    with suppress(CallerError):
        assert requests.read_submission(data, LONGEST_PROMPT).messages


def _a_chat(data: bytes) -> None:
    with suppress(CallerError):
        assert chat.read_chat(data, LONGEST_PROMPT, BUILT_IN).submission.messages


def _a_response(data: bytes) -> None:
    with suppress(CallerError):
        fields = fields_of(data, responses.ROUTE)
        responses.previous(fields.given)
        earlier = (Message("user", "1+1?"), Message("assistant", "2"))
        responses.asked_of(fields, LONGEST_PROMPT, BUILT_IN, earlier)


def _feedback(data: bytes) -> None:
    with suppress(CallerError):
        requests.read_feedback(data)


def _a_query(query: dict[str, str]) -> None:
    with suppress(CallerError):
        queries.read_page_query(query)


def _a_token(token: str) -> None:
    for read_token in (documents.position_from_token, documents.place_from_token):
        with suppress(CallerError):
            read_token(token)


def _a_stored_task(document: Any) -> None:
    """What stands in a store, by whoever wrote it, is a task that can be shown, or undecodable."""
    with suppress(DecodeError):
        task = documents.task_from_document(document)
        json.dumps(task_to_json(task))
        documents.task_to_document(task)


def _a_stored_ballot(document: Any) -> None:
    with suppress(DecodeError):
        recorded = documents.recorded_from_document(document)
        documents.recorded_to_document(recorded, counted=True)


def _a_seat(data: bytes) -> None:
    request = pb.ProcessTaskRequest()
    with suppress(NotProtobuf, DecodeError):
        request.ParseFromString(data)
        call = wire.from_request(request)
        assert wire.from_request(wire.to_request(call)) == call


def _an_update(data: bytes) -> None:
    response = pb.ProcessTaskResponse()
    with suppress(NotProtobuf):
        response.ParseFromString(data)
        wire.to_response(wire.from_response(response))


def _a_value(text: str) -> None:
    """What is decoded stays what it is, is the same as itself, and can be shown."""
    value = decode_value(text)
    assert decode_value(encode_value(value)) == value or value != value  # noqa: PLR0124  a NaN's
    if value is not None:
        json.dumps(value_to_json(value))
        compare(value, value)


def _leaves(text: str) -> None:
    """What is decoded is written alike ever after. NaNs differ, and sets have no order to show."""
    written = encode_leaves(decode_leaves(text))
    assert encode_leaves(decode_leaves(written)) == written


def _calibration(text: str) -> None:
    with suppress(DecodeError):
        calibrations.from_json(text)


def _a_reply(given: tuple[str, Strategy, str]) -> None:
    """Any reply is read, always alike, and into something that votes can carry."""
    text, strategy, question = given
    reading = read(text, strategy, question)
    assert reading == read(text, strategy, question)
    if isinstance(reading, Unread):
        return
    assert reading.final.strip()
    value = answer.read(reading.final, question, strategy)
    whole = replace(reading, value=value)
    encoded = messages.encode_ballot("t", Vote(0, whole), "")
    with suppress(DecodeError):  # what is too long for a vote is refused there
        ballot = messages.decode(encoded, (messages.BallotMessage,)).ballot
        assert isinstance(ballot, Vote)
        assert ballot.reading.value == value


def _two_answers(given: tuple[str, str, Strategy, str]) -> None:
    """Whether two answers are the same is the same from either side."""
    one, other, strategy, question = given
    first, second = answer.read(one, question, strategy), answer.read(other, question, strategy)
    assert compare(first, second).sameness is compare(second, first).sameness
    assert compare(first, first).sameness is Sameness.SAME


def _parts(given: tuple[str, Strategy]) -> None:
    text, strategy = given
    with suppress(NotOneValue):
        reading = read_answer(text, strategy, Format(FormatKind.SCHEMA, SCHEMA))
        assert isinstance(reading, Reading)


_texts = spoilt_text(REPLIES)
_questions = st.sampled_from(["", *QUESTIONS]) | spoilt_text(QUESTIONS)
_finals = [each.get("expected_final") or "4" for each in READINGS]
_short = st.sampled_from(WRITTEN) | spoilt_text(_finals)
_shortly = st.sampled_from((Strategy.EXACT, Strategy.NUMERIC, Strategy.SEMANTIC))
_in_parts = st.sampled_from((Strategy.STRUCTURED, Strategy.TEXT))
_names = st.sampled_from(
    ("state", "outcome", "metadata", "since", "unsettled", "page_size", "page_token")
)
_told = st.sampled_from(("DONE", "a=b", "2026-01-01T00:00:00Z", "true", "20"))
_tokens = spoilt_bytes([documents.position_to_token(documents.Position(NOON, "a")).encode()])
_values = spoilt_json([json.loads(encode_value(value)) for value in VALUES])
_leaves_told = spoilt_json([[["/a/-", "x", json.loads(encode_value(v))] for v in VALUES]])
_calibrations = {"numeric": {"weights": [0.1, 2], "tasks": 12, "models": ["m"]}}

TARGETS: dict[str, Target] = {
    "message": Target(_encoded(spoilt_json(MESSAGES)) | _encoded(jsons) | st.binary(), _a_message),
    "envelope": Target(
        _encoded(spoilt_json([envelope(b"{}", "s", "1", {"a": "b"})])) | st.binary(), _an_envelope
    ),
    "submission": Target(_encoded(spoilt_json([SUBMISSION])) | st.binary(), _a_submission),
    "chat": Target(_encoded(spoilt_json([CHAT])) | st.binary(), _a_chat),
    "responses": Target(_encoded(spoilt_json([RESPONSE])) | st.binary(), _a_response),
    "feedback": Target(_encoded(spoilt_json([{"correct": True}, {"answer": "4"}])), _feedback),
    "query": Target(st.dictionaries(_names, _told | st.text(max_size=30), max_size=4), _a_query),
    "token": Target(
        st.text(max_size=60) | _tokens.map(lambda token: token.decode(errors="replace")), _a_token
    ),
    "stored task": Target(spoilt_json([STORED]).filter(_is_object), _a_stored_task),
    "stored ballot": Target(spoilt_json(BALLOTS).filter(_is_object), _a_stored_ballot),
    "seat": Target(spoilt_bytes([CALL]) | st.binary(), _a_seat),
    "update": Target(st.binary(max_size=40), _an_update),
    "value": Target(_values.map(json.dumps) | st.text(), _a_value),
    "leaves": Target(_leaves_told.map(json.dumps) | st.text(), _leaves),
    "calibration": Target(spoilt_json([_calibrations]).map(json.dumps) | st.text(), _calibration),
    "reply": Target(st.tuples(_texts, _shortly, _questions), _a_reply),
    "two answers": Target(st.tuples(_short, _short, _shortly, _questions), _two_answers),
    "parts": Target(st.tuples(_texts, _in_parts), _parts),
}
