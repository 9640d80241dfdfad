"""The HTTP surface's JSON: what is read, what is refused, and what a task looks like."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consensus.codec.http import (
    Malformed,
    PageQuery,
    ReservedField,
    TooLarge,
    UnknownField,
    fingerprint,
    read_page_query,
    read_submission,
    task_to_json,
    time_to_json,
)
from consensus.core.errors import CallerError, InvalidTask
from consensus.core.model import (
    CloseReason,
    GroupShare,
    Message,
    Options,
    Outcome,
    Plan,
    Progress,
    Result,
    State,
    Strategy,
    Task,
    Usage,
    Voting,
)

LONGEST = 100
NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def body(**fields: object) -> bytes:
    """A request with a prompt, and these fields beside or instead of it."""
    return json.dumps({"prompt": "What is 2 + 2?", **fields}).encode()


def test_a_prompt_becomes_one_user_message_and_leaves_the_rest_to_analysis() -> None:
    """The smallest request is a prompt."""
    read = read_submission(b'{"prompt": "Why?"}', LONGEST)
    assert read.prompt == "Why?"
    assert read.messages == (Message("user", "Why?"),)
    assert read.options == Options()
    assert read.metadata == {}


def test_messages_are_kept_as_given() -> None:
    """A conversation has no prompt of its own."""
    said = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    read = read_submission(json.dumps({"messages": said}).encode(), LONGEST)
    assert read.prompt is None
    assert read.messages == (Message("system", "Be brief."), Message("user", "Why?"))


def test_every_option_is_read() -> None:
    """Each option of the surface reaches the options under its own name."""
    read = read_submission(
        body(
            strategy="numeric",
            voting="majority",
            min_votes=2,
            max_votes=64,
            min_agreement=1,
            timeout_seconds=5,
            numeric_tolerance=0,
            metadata={"run": "7"},
        ),
        LONGEST,
    )
    assert read.options == Options(Strategy.NUMERIC, Voting.MAJORITY, 2, 64, 1.0, 5.0, 0.0)
    assert read.metadata == {"run": "7"}


@pytest.mark.parametrize("name", ["strategy", "min_votes", "metadata", "messages"])
def test_null_is_the_same_as_absent(name: str) -> None:
    """Clients that fill every field with null ask for nothing by it."""
    read = read_submission(body(**{name: None}), LONGEST)
    assert (read.options, read.metadata) == (Options(), {})


def test_auto_leaves_the_strategy_to_analysis() -> None:
    """strategy auto is the default spelt out."""
    assert read_submission(body(strategy="auto"), LONGEST).options.strategy is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'"prompt"',
        b"[]",
        b"null",
        b'{"prompt": "\xff"}',
        b"\xef\xbb\xbf{}",
        '{"prompt": "Why?"}'.encode("utf-16"),
        b'{"prompt": "a", "prompt": "b"}',
        b'{"prompt": "a", "min_agreement": NaN}',
        b'{"prompt": "a", "min_agreement": -Infinity}',
        b"[" * 100_000,
        b'{"prompt": "a", "min_votes": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_not_one_json_object_in_utf8_is_malformed(raw: bytes) -> None:
    """400, before any field is looked at."""
    with pytest.raises(Malformed):
        read_submission(raw, LONGEST)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": " \n\t"}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": "half \ud800"}, "prompt"),
        ({"prompt": "nul \0"}, "prompt"),
        ({"prompt": None}, "messages"),
        ({"messages": [{"role": "user", "content": "Why?"}]}, "messages"),
        ({"prompt": None, "messages": []}, "messages"),
        ({"prompt": None, "messages": "Why?"}, "messages"),
        ({"prompt": None, "messages": ["Why?"]}, "messages[0]"),
        ({"prompt": None, "messages": [{"role": "user"}]}, "messages[0]"),
        ({"prompt": None, "messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"prompt": None, "messages": [{"role": ["user"], "content": "x"}]}, "messages[0].role"),
        ({"prompt": None, "messages": [{"role": "user", "content": " "}]}, "messages[0].content"),
        ({"prompt": None, "messages": [{"role": "system", "content": "x"}]}, "user"),
        ({"strategy": "best"}, "strategy"),
        ({"strategy": ["exact"]}, "strategy"),
        ({"voting": "auto"}, "voting"),
        ({"min_votes": 0}, "min_votes"),
        ({"min_votes": True}, "min_votes"),
        ({"min_votes": 3.0}, "min_votes"),
        ({"min_votes": "3"}, "min_votes"),
        ({"max_votes": 65}, "max_votes"),
        ({"min_votes": 5, "max_votes": 4}, "min_votes"),
        ({"min_agreement": 0.49}, "min_agreement"),
        ({"min_agreement": True}, "min_agreement"),
        ({"min_agreement": 10**400}, "min_agreement"),
        ({"timeout_seconds": 541}, "timeout_seconds"),
        ({"timeout_seconds": 4.9}, "timeout_seconds"),
        ({"numeric_tolerance": -1e-9}, "numeric_tolerance"),
        ({"metadata": []}, "metadata"),
        ({"metadata": {"": "x"}}, "metadata"),
        ({"metadata": {"k" * 65: "x"}}, "metadata"),
        ({"metadata": {"k": "x" * 513}}, "metadata"),
        ({"metadata": {"k": 1}}, "metadata"),
        ({"metadata": {"k": "\ud800"}}, "metadata"),
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(fields: dict[str, object], named: str) -> None:
    """422, with a detail that says which field and what it takes."""
    with pytest.raises(InvalidTask) as refused:
        read_submission(body(**fields), LONGEST)
    assert named in str(refused.value)
    assert refused.value.reason == "OUT_OF_RANGE"


def test_a_number_that_overflows_is_out_of_range() -> None:
    """1e999 is valid JSON, and infinite once read."""
    with pytest.raises(InvalidTask, match="min_agreement"):
        read_submission(b'{"prompt": "a", "min_agreement": 1e999}', LONGEST)


def test_an_unknown_field_is_refused_by_its_name() -> None:
    """A misspelt option must not be ignored."""
    with pytest.raises(UnknownField, match='"min_vote"'):
        read_submission(body(min_vote=3), LONGEST)


def test_an_unknown_name_is_told_in_ascii_and_cut() -> None:
    """The name is the caller's text; the error must survive it."""
    with pytest.raises(UnknownField) as refused:
        read_submission(body(**{"\ud800" + "x" * 5000: 1}), LONGEST)
    assert str(refused.value).isascii()
    assert len(str(refused.value)) < 400


def test_response_format_is_reserved() -> None:
    """Its reason differs from an unknown field's, so that clients can tell."""
    with pytest.raises(ReservedField, match="response_format"):
        read_submission(body(response_format={"type": "json"}), LONGEST)


def test_a_prompt_is_measured_in_bytes_of_utf8() -> None:
    """Fifty characters may be a hundred bytes, over all messages together."""
    assert read_submission(body(prompt="é" * 50), LONGEST).prompt == "é" * 50
    with pytest.raises(TooLarge):
        read_submission(body(prompt="é" * 50 + "."), LONGEST)
    halves = [{"role": "user", "content": "x" * 51}] * 2
    with pytest.raises(TooLarge):
        read_submission(json.dumps({"messages": halves}).encode(), LONGEST)


def test_a_fingerprint_is_of_the_document_not_of_its_spelling() -> None:
    """Spacing and the order of names do not make another request; a value does."""
    one = read_submission(b'{"prompt":"a","min_votes":3}', LONGEST)
    other = read_submission(b'{ "min_votes": 3, "prompt": "\\u0061" }', LONGEST)
    third = read_submission(b'{"prompt":"a","min_votes":4}', LONGEST)
    assert one.fingerprint == other.fingerprint != third.fingerprint
    assert len(one.fingerprint) == 64


def test_a_fingerprint_exists_for_any_text() -> None:
    """Half a surrogate pair in a name must not break it."""
    assert fingerprint({"\ud800": 1}) != fingerprint({"\ud801": 1})


@unhurried
@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_caller_error(raw: bytes) -> None:
    """Reading is total."""
    with suppress(CallerError):
        assert read_submission(raw, LONGEST).messages


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_names = st.sampled_from(
    ["prompt", "messages", "strategy", "voting", "min_votes", "min_agreement", "metadata", "x"]
)


@unhurried
@given(st.dictionaries(_names, _json, max_size=4))
def test_any_json_gives_a_value_or_a_caller_error(document: dict[str, object]) -> None:
    """Reading is total over well-formed JSON of every shape, too."""
    with suppress(CallerError):
        assert read_submission(json.dumps(document).encode(), LONGEST).messages


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ({}, PageQuery()),
        ({"state": "", "page_size": ""}, PageQuery()),
        ({"state": "DONE", "page_size": "100", "page_token": "t"}, PageQuery(State.DONE, 100, "t")),
    ],
)
def test_a_listing_is_read_from_its_query(query: dict[str, str], read: PageQuery) -> None:
    """Absent and empty take the defaults."""
    assert read_page_query(query) == read


@pytest.mark.parametrize(
    "query",
    [
        {"state": "done"},
        {"page_size": "0"},
        {"page_size": "101"},
        {"page_size": "1e1"},
        {"page_size": "-1"},
        {"page_size": "٣"},
        {"page_size": "9" * 5000},
        {"page_size": "00100000"},
        {"page_size": "0001" + "9" * 5000},
    ],
)
def test_a_query_out_of_range_is_refused(query: dict[str, str]) -> None:
    """422 rather than a guess."""
    with pytest.raises(InvalidTask):
        read_page_query(query)


QUEUED = Task(
    id="t1",
    owner="local",
    messages=(Message("user", "Why?"),),
    prompt="Why?",
    plan=Plan(reason="a short question"),
    created_at=NOON,
    deadline=NOON + timedelta(seconds=120),
    metadata={"run": "7"},
)


def test_a_queued_task_shows_exactly_the_surface() -> None:
    """These keys are what clients rely on; who owns or holds it is not among them."""
    assert task_to_json(QUEUED) == {
        "id": "t1",
        "state": "QUEUED",
        "prompt": "Why?",
        "plan": {
            "complexity": "medium",
            "strategy": "exact",
            "voting": "confidence_weighted",
            "min_votes": 3,
            "max_votes": 15,
            "min_agreement": 0.6,
            "timeout_seconds": 120.0,
            "numeric_tolerance": 1e-6,
            "reason": "a short question",
        },
        "progress": {"asked": 0, "voted": 0, "abstained": 0, "waves": 0},
        "result": None,
        "usage": {
            "calls": 0,
            "calls_saved": 15,
            "input_tokens": 0,
            "output_tokens": 0,
            "cost_usd": 0.0,
        },
        "metadata": {"run": "7"},
        "created_at": "2026-01-02T12:00:00.000Z",
        "deadline": "2026-01-02T12:02:00.000Z",
        "finished_at": None,
    }


def test_a_task_given_as_messages_shows_messages() -> None:
    """Whichever was given comes back."""
    shown = task_to_json(replace(QUEUED, prompt=None))
    assert "prompt" not in shown
    assert shown["messages"] == [{"role": "user", "content": "Why?"}]


def test_a_finished_task_shows_its_result() -> None:
    """The result's keys are the surface's, and unknown is null."""
    group = GroupShare("42", 3, 2.5, 1.0)
    result = Result(
        Outcome.CONSENSUS, CloseReason.SETTLED, "42", 1.0, 0.6, 1.0, 0.97, None, (group,), "Agreed."
    )
    done = replace(
        QUEUED,
        state=State.DONE,
        result=result,
        progress=Progress(3, 3, 0, 1),
        usage=Usage(20, 100, 30, None),
        finished_at=NOON + timedelta(seconds=4),
    )
    shown = json.loads(json.dumps(task_to_json(done)))
    assert shown["result"] == {
        "outcome": "CONSENSUS",
        "close_reason": "SETTLED",
        "answer": "42",
        "agreement": 1.0,
        "min_agreement": 0.6,
        "margin": 1.0,
        "confidence": 0.97,
        "probability_correct": None,
        "groups": [{"answer": "42", "votes": 3, "weight": 2.5, "share": 1.0}],
        "explanation": "Agreed.",
    }
    assert shown["usage"]["calls_saved"] == 0
    assert shown["usage"]["cost_usd"] is None
    assert shown["finished_at"] == "2026-01-02T12:00:04.000Z"


def test_times_are_told_in_utc() -> None:
    """Another zone's time is the same moment."""
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert time_to_json(there) == "2026-01-02T12:00:00.000Z"
