"""The listener takes up a stream again, whatever broke it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.cloud.firestore_v1.types import Document, DocumentChange, ListenResponse

from consensus.adapters.google import firestore_listener
from consensus.adapters.google.firestore_listener import FirestoreListener
from consensus.config import Settings


class Streams:
    """A connection that gives one stream after the other."""

    def __init__(self, *streams: list[ListenResponse | None]) -> None:
        self.streams = list(streams)

    async def listen(self, **_: Any) -> AsyncIterator[ListenResponse | None]:
        """The next stream; it stays open after the last."""

        async def stream(told: list[ListenResponse | None]) -> AsyncIterator[ListenResponse | None]:
            for response in told:
                yield response
            await asyncio.Event().wait()

        return stream(self.streams.pop(0))


async def test_a_message_that_cannot_be_read_begins_a_new_stream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """gRPC gives None for it; a listener that ended there would never hear anything again."""
    monkeypatch.setattr(firestore_listener, "LISTEN_AGAIN_SECONDS", 0.0)
    document = Document(name="projects/p/databases/d/documents/tasks/t1")
    heard = ListenResponse(document_change=DocumentChange(document=document))
    made: Any = Streams([None], [heard])
    async with FirestoreListener(Settings(), made).of_task("t1") as news:
        await asyncio.wait_for(news.heard.wait(), 10)
    assert news.newest is not None
