"""Server-sent events, as bytes arrive."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from consensus.client.errors import Unreachable

LONGEST_LINE: Final = 16 * 1024 * 1024  # bytes; a task of a hundred kilobytes is a small part of it


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event. id is "" where the server gave none; data is its JSON object."""

    kind: str
    data: dict[str, Any]
    id: str = ""


async def parse_events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """The events of a text/event-stream; comments and events without a JSON object are skipped."""
    fields: dict[str, list[str]] = {}
    async for line in _lines(chunks):
        name, _, value = line.partition(":")
        if line and name:
            fields.setdefault(name, []).append(value.removeprefix(" "))
        elif not line:
            event = _event(fields)
            fields = {}
            if event is not None:
                yield event


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Lines by the stream's own rule: JSON may hold what Python takes for further line breaks."""
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode(errors="replace")
        if len(rest) > LONGEST_LINE:
            raise Unreachable("the event stream holds an endless line")


def _event(fields: Mapping[str, list[str]]) -> Event | None:
    try:
        data = json.loads("\n".join(fields.get("data", [])))
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    return Event(fields.get("event", ["message"])[-1], data, fields.get("id", [""])[-1])
