"""The envelope in which payloads are pushed: what is written is read, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.codec.envelope import Delivery, envelope, open_envelope
from consensus.core.errors import DecodeError

texts = st.text(max_size=20)


@given(st.binary(max_size=100), st.dictionaries(texts, texts, max_size=3))
def test_an_envelope_comes_back(data: bytes, attributes: dict[str, str]) -> None:
    """Opening undoes enveloping."""
    topic = "projects/p/subscriptions/s"
    body = json.dumps(envelope(data, topic, "17", attributes, 3)).encode()
    assert open_envelope(body) == Delivery("17", data, attributes, topic, 3)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {
                "message": {
                    "data": "aGk=",
                    "messageId": "1",
                    "publishTime": "2026",
                    "orderingKey": "",
                }
            },
            Delivery("1", b"hi"),
        ),
        (
            {"message": {"data": "aGk=", "message_id": "1", "attributes": None}},
            Delivery("1", b"hi"),
        ),
        (
            {"message": {"messageId": "1"}, "deliveryAttempt": 5, "x": 1},
            Delivery("1", b"", attempt=5),
        ),
        ({"message": {"messageId": "1"}, "deliveryAttempt": None}, Delivery("1", b"")),
    ],
)
def test_googles_envelopes_are_opened(body: dict[str, Any], expected: Delivery) -> None:
    """Both spellings of the id, absent data, and fields that came later are taken."""
    assert open_envelope(json.dumps(body).encode()) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"message": null}',
        b'{"message": {}}',
        b'{"message": {"data": "aGk="}}',
        b'{"message": {"data": "a*k=", "messageId": "1"}}',
        '{"message": {"data": "é", "messageId": "1"}}'.encode(),
        b'{"message": {"data": "aGk", "messageId": "1"}}',
        b'{"message": {"data": 7, "messageId": "1"}}',
        b'{"message": {"messageId": "1", "attributes": {"a": {}}}}',
        b'{"message": {"messageId": ""}}',
        b'{"message": {"messageId": "1"}, "deliveryAttempt": -1}',
        b'\xff{"message": {"messageId": "1"}}',
        b"[" * 100_000,
    ],
)
def test_malformed_envelopes_are_refused(body: bytes) -> None:
    """What is not an envelope raises DecodeError."""
    with pytest.raises(DecodeError):
        open_envelope(body)
