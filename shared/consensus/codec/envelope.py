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
    """One pushed message. data is the payload, not yet decoded.

    attempt counts the deliveries of it, this one among them, about as well as Pub/Sub does.
    """

    message_id: str
    data: bytes
    attributes: Mapping[str, str] = field(default_factory=dict)
    subscription: str = ""
    attempt: int = 1


def envelope(
    data: bytes, topic: str, message_id: str, attributes: Mapping[str, str], attempt: int = 1
) -> dict[str, object]:
    """The JSON object in which Pub/Sub pushes a payload. topic names the subscription.

    attempt: which delivery it is, where it has dead letters.
    """
    return {
        "message": {
            "data": base64.b64encode(data).decode(),
            "attributes": dict(attributes),
            "messageId": message_id,
            "message_id": message_id,
        },
        "subscription": topic,
        "deliveryAttempt": attempt,
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
    attempt = pushed.attempt or 1
    return Delivery(message.message_id, data, message.attributes, pushed.subscription, attempt)


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
    attempt: int | None = Field(None, ge=0, validation_alias="deliveryAttempt")
