"""Seats on their way to a worker: what JSON is wanted goes with them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from consensus.codec.wire import from_request, to_request
from consensus.core.errors import DecodeError
from consensus.core.model import Format, FormatKind, Message, Strategy
from consensus.ports import SeatCall

CALL = SeatCall(
    "task1",
    3,
    "ada",
    (Message("user", "Extract it."),),
    Strategy.STRUCTURED,
    datetime(2026, 1, 1, tzinfo=UTC),
)
SCHEMA = json.dumps({"type": "object", "properties": {"n": {"type": "integer"}}})
TOOLS = json.dumps([{"type": "function", "function": {"name": "f"}}])


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        Format(FormatKind.OBJECT),
        Format(FormatKind.SCHEMA, SCHEMA, "met"),
        Format(FormatKind.TOOLS, TOOLS, required=True),
    ],
)
@pytest.mark.parametrize("strategy", Strategy)
def test_a_seat_arrives_as_it_was_sent(strategy: Strategy, wanted: Format | None) -> None:
    """Every strategy, and every form of JSON."""
    call = replace(CALL, strategy=strategy, format=wanted)
    assert from_request(to_request(call)) == call


@pytest.mark.parametrize(
    "wanted",
    [
        Format(FormatKind.SCHEMA, '{"type": "no"}'),
        Format(FormatKind.SCHEMA, "{"),
        Format(FormatKind.SCHEMA, '{"$ref": "https://example.org/x.json"}'),
        Format(FormatKind.TOOLS, '[{"name": "f", "parameters": {"type": 1}}]'),
    ],
)
def test_a_worker_refuses_a_schema_that_is_none(wanted: Format) -> None:
    """It is a door: what came through the front one is checked again."""
    with pytest.raises(DecodeError, match="format"):
        from_request(to_request(replace(CALL, format=wanted)))
