"""What every way of submitting a task reads from its request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers
from starlette.requests import Request

from consensus.codec.requests import Malformed, Submission, refuse_long_texts
from consensus.doors.asgi import read_body
from consensus.doors.problem import UnsupportedMediaType
from consensus.telemetry import tracing
from consensus.usecases.submit import SubmitTask

# JSON may spell a character of one byte with six; the rest is options and metadata.
BODY_PER_PROMPT: Final = 6
BODY_BESIDES_PROMPT: Final = 64 * 1024  # bytes

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


async def read_json_body(request: Request, max_prompt_bytes: int) -> bytes:
    """The body of a request that says it is JSON. Raises UnsupportedMediaType, TooLarge."""
    _require_json(request.headers)
    body = await read_body(request, max_prompt_bytes * BODY_PER_PROMPT + BODY_BESIDES_PROMPT)
    refuse_long_texts(body, max_prompt_bytes)
    return body


def command_from(owner: str, headers: Headers, asked: Submission) -> SubmitTask:
    """The owner's command for what was asked, with what the headers add."""
    return SubmitTask(
        owner=owner,
        messages=asked.messages,
        prompt=asked.prompt,
        options=asked.options,
        metadata=asked.metadata,
        idempotency_key=idempotency_key(headers),
        fingerprint=asked.fingerprint,
        traceparent=_traceparent(headers),
    )


@contextmanager
def within_trace(command: SubmitTask, route: str) -> Iterator[SubmitTask]:
    """The command as part of its caller's trace: the whole life of the task is told under it."""
    attributes = {"http.request.method": "POST", "http.route": route}
    with tracing(command.traceparent, f"POST {route}", SpanKind.SERVER, attributes) as part:
        yield replace(command, traceparent=part.traceparent)


def idempotency_key(headers: Headers) -> str | None:
    """The Idempotency-Key, if there is one. Raises Malformed."""
    keys = headers.getlist("idempotency-key")
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise Malformed("Idempotency-Key takes one value of 1 to 255 visible ASCII characters.")
    return keys[0]


def _require_json(headers: Headers) -> None:
    kind, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    plain = headers.get("content-encoding", "identity").lower() == "identity"
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise UnsupportedMediaType("Send Content-Type: application/json, in UTF-8.")
    if not plain:
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")


def _traceparent(headers: Headers) -> str:
    """The caller's W3C trace context, "" for none that can be read."""
    given = headers.get("traceparent", "")
    return given if _TRACEPARENT.fullmatch(given) and not given.startswith("ff") else ""
