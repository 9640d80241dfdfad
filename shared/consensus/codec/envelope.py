"""The envelope in which Pub/Sub pushes a payload, whatever that says (messages.py)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import AliasChoices, BaseModel, Field, ValidationError, field_validator

from consensus.codec.validation import explain
from consensus.core.errors import DecodeError


@dataclass(frozen=True, slots=True)
class Delivery:
    """One pushed message. data is the payload, not yet decoded."""

    message_id: str
    data: bytes
    attributes: Mapping[str, str] = field(default_factory=dict)
    subscription: str = ""


def envelope(
    data: bytes, topic: str, message_id: str, attributes: Mapping[str, str]
) -> dict[str, object]:
    """The JSON object in which Pub/Sub pushes a payload. topic names the subscription."""
    return {
        "message": {
            "data": base64.b64encode(data).decode(),
            "attributes": dict(attributes),
            "messageId": message_id,
            "message_id": message_id,
        },
        "subscription": topic,
    }


def open_envelope(body: bytes) -> Delivery:
    """The delivery in a push request's body. Raises DecodeError."""
    try:
        pushed = _Envelope.model_validate_json(body)
        data = base64.b64decode(pushed.message.data, validate=True)
    except ValidationError as error:
        raise DecodeError(f"not a push envelope. {explain(error)}") from None
    except (binascii.Error, ValueError):
        raise DecodeError("not a push envelope. message.data is not base64") from None
    message = pushed.message
    return Delivery(message.message_id, data, message.attributes, pushed.subscription)


class _Pushed(BaseModel):
    """Google may add fields, and writes the id in both ways."""

    data: str = ""
    attributes: dict[str, str] = {}
    message_id: str = Field(
        min_length=1, max_length=1_000, validation_alias=AliasChoices("messageId", "message_id")
    )

    @field_validator("attributes", mode="before")
    @classmethod
    def _absent(cls, value: object) -> object:
        return {} if value is None else value


class _Envelope(BaseModel):
    message: _Pushed
    subscription: str = Field("", max_length=1_000)
