"""What callers send over HTTP: what is read, and what is refused."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consensus.codec.queries import PageQuery, read_page_query
from consensus.codec.requests import (
    Malformed,
    TooLarge,
    UnknownField,
    fingerprint,
    read_submission,
)
from consensus.core.errors import CallerError, InvalidTask
from consensus.core.model import (
    Compose,
    Format,
    FormatKind,
    Message,
    Options,
    Outcome,
    State,
    Strategy,
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
            compose="supported",
            metadata={"run": "7"},
        ),
        LONGEST,
    )
    assert read.options == Options(
        Strategy.NUMERIC, Voting.MAJORITY, 2, 64, 1.0, 5.0, 0.0, compose=Compose.SUPPORTED
    )
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
        ({"prompt": "\u200b\ufeff \U000e0041"}, "prompt"),
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
        ({"compose": "everything"}, "compose"),
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


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def test_json_may_be_wanted() -> None:
    """As OpenAI's clients ask for it; plain text is what there is anyway."""

    def wanted(**fields: object) -> Format | None:
        return read_submission(body(**fields), LONGEST).options.format

    assert wanted(response_format={"type": "text"}) is None
    assert wanted(response_format={"type": "json_object"}) == Format(FormatKind.OBJECT)
    told = wanted(
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "it", "schema": SCHEMA, "strict": True},
        }
    )
    assert told is not None
    assert (told.kind, told.name, told.strict) == (FormatKind.SCHEMA, "it", True)
    assert json.loads(told.schema) == SCHEMA
    tool = {"type": "function", "function": {"name": "f", "parameters": SCHEMA}}
    told = wanted(tools=[tool])
    assert told is not None
    assert json.loads(told.schema) == [tool]
    assert wanted(tools=[]) is None


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"response_format": {"type": "json"}}, "#/response_format"),
        ({"response_format": "json"}, "#/response_format"),
        ({"response_format": {"type": "json_schema"}}, "#/response_format"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "no"}}}},
            "#/response_format/json_schema/schema",
        ),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"schema": {"$ref": "https://example.org/s.json"}},
                }
            },
            "#/response_format/json_schema/schema",
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a b"}}},
            "#/response_format",
        ),
        ({"tools": {}}, "#/tools"),
        ({"tools": [{"type": "function"}]}, "#/tools/0"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "#/tools/0"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}] * 2}, "#/tools"),
        ({"tools": [{"type": "web_search"}]}, "#/tools/0"),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": 1}}}]},
            "#/tools",
        ),
    ],
)
def test_a_format_that_cannot_be_used_is_refused(fields: dict[str, object], pointer: str) -> None:
    """And the member that is wrong is pointed at."""
    with pytest.raises(InvalidTask) as refused:
        read_submission(body(**fields), LONGEST)
    assert [m.pointer for m in refused.value.mistakes] == [pointer]


def test_a_schema_has_a_bound() -> None:
    """As a prompt has."""
    wide = {f"f{n}": {"type": "integer", "description": "x" * 100} for n in range(1000)}
    asked = {"type": "json_schema", "json_schema": {"schema": {"properties": wide}}}
    with pytest.raises(TooLarge):
        read_submission(body(response_format=asked), 10**9)


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
        (
            {"state": "DONE", "page_size": "100", "page_token": "t"},
            PageQuery(State.DONE, size=100, token="t"),
        ),
        (
            {"outcome": "FAILED", "unsettled": "true"},
            PageQuery(outcome=Outcome.FAILED, unsettled=True),
        ),
        ({"metadata": "run=a=b"}, PageQuery(metadata=("run", "a=b"))),
        (
            {"since": "2026-11-28T10:00:00 01:00"},
            PageQuery(since=datetime(2026, 11, 28, 9, tzinfo=UTC)),
        ),
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


@pytest.mark.parametrize(
    ("text", "says", "pointer"),
    [
        ('{"prompt": "a", "prompt": "b"}', '"prompt" is given twice.', "#/prompt"),
        ('{"prompt": "a", "metadata": {"k": "1", "k": "2"}}', '"k" is', "#/metadata/k"),
        ('{"messages": [{"role": "user", "role": "user"}]}', '"role" is', "#/messages/0/role"),
    ],
)
def test_a_name_that_is_given_twice_is_told_with_its_place(
    text: str, says: str, pointer: str
) -> None:
    """It is valid JSON, and nobody can say which of the two is meant."""
    with pytest.raises(Malformed) as refused:
        read_submission(text.encode(), LONGEST)
    assert str(refused.value).startswith(says)
    assert [mistake.pointer for mistake in refused.value.mistakes] == [pointer]


def test_prompt_and_messages_together_hide_no_other_mistake() -> None:
    """All that is wrong is told at once, with its place."""
    with pytest.raises(InvalidTask) as refused:
        read_submission(body(messages=[{"role": "robot", "content": "Hm?"}]), LONGEST)
    told = [mistake.pointer for mistake in refused.value.mistakes]
    assert told == ["#/messages", "#/messages/0/role"]
