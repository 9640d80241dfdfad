"""The lines of batches: whatever bytes come in, a line that can be read comes out."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.codec.batch_lines import ROUTES, TASKS, Lines, read_line
from consensus.codec.messages import BatchMessage, decode, encode_batch
from consensus.core.batches import ERASED, LONGEST_LINE, Batch
from consensus.core.errors import CallerError

LINES = Lines(max_prompt_bytes=1000)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "custom_id": JSON,
        "url": JSON | st.sampled_from(ROUTES),
        "body": JSON,
        "prompt": JSON,
        "model": JSON,
    },
)
RAW = st.binary() | (JSON | FIELDS).map(lambda value: json.dumps(value).encode())


def a_batch(endpoint: str) -> Batch:
    """A new batch for an endpoint."""
    return Batch("batch_1", "ann", "file-1", endpoint, datetime(2026, 1, 2, tzinfo=UTC))


@given(RAW, st.sampled_from(ROUTES))
def test_any_line_has_a_name_and_a_result(raw: bytes, endpoint: str) -> None:
    """One line of JSON with its own id; and nothing but what its caller did wrong is raised."""
    batch = a_batch(endpoint)
    is_answer, told = LINES.result(batch, 7, raw, None)
    assert not is_answer
    assert b"\n" not in told
    assert LINES.tells(batch, 7, told)
    assert not LINES.tells(batch, 70, told)
    read = json.loads(told)
    assert read["custom_id"] in (LINES.name(7, raw, endpoint), "line-7")
    assert read["response"] is None
    assert read["error"]["code"]
    with contextlib.suppress(CallerError):
        LINES.question(7, raw, endpoint)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'"' + b"x" * LONGEST_LINE + b'"', "too long: "),
        (b"7", "neither"),
        (ERASED, "neither"),
        (b'{"custom_id": "", "body": {}}', "not a text"),
        (b'{"custom_id": 7, "body": {}}', "not a text"),
        (json.dumps({"custom_id": "x" * 513}).encode(), "512 characters"),
        (b'{"url": "/v1/embeddings", "body": {}}', "none of"),
        (b'{"body": []}', "no JSON object"),
        (b'{"body": {"stream": true}}', "stream"),
    ],
)
def test_a_broken_line_says_what_is_wrong(raw: bytes, says: str) -> None:
    """After its number."""
    line = read_line(7, raw)
    assert line.problem.startswith("line 7 ")
    assert says in line.problem


def test_a_line_without_a_body_is_a_task_and_one_without_a_url_is_for_the_batch() -> None:
    """So that the shortest file is a question a line."""
    assert read_line(1, b'"Why?"', "/v1/responses").url == TASKS
    assert read_line(1, b'{"prompt": "Why?"}').body == {"prompt": "Why?"}
    assert read_line(1, b'{"body": {}}', "/v1/responses").url == "/v1/responses"


def test_an_erased_line_tells_nothing_of_itself() -> None:
    """Neither its name nor its answer."""
    batch = a_batch(TASKS)
    assert LINES.result(batch, 7, ERASED.ljust(80), None) == (False, LINES.erased(batch, 7))
    assert json.loads(LINES.erased(batch, 7))["custom_id"] == "line-7"


def test_a_look_at_a_batch_travels_as_a_message() -> None:
    """By its id."""
    assert decode(encode_batch("batch_1"), (BatchMessage,)) == BatchMessage("batch_1")
