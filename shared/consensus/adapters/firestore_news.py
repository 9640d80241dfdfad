"""Who hears of changes in Firestore: one listener for each document that is watched.

What is heard says only when to look again; a listener that breaks, or hears nothing, costs time and
never a change.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from google.cloud.firestore_v1.services.firestore import FirestoreAsyncClient
from google.cloud.firestore_v1.types import ListenRequest, Target

from consensus.adapters.firestore import database_path, listener, translated
from consensus.config import Settings
from consensus.core.errors import ConsensusError

log = logging.getLogger(__name__)

LISTEN_AGAIN_SECONDS = 1.0


@dataclass(slots=True)
class News:
    """What a listener heard of one document: the newest update time, or that it is gone."""

    newest: datetime | None = None
    gone: bool = False
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, updated: datetime | None) -> None:
        """It was updated then; None: it is gone."""
        self.gone = updated is None
        if updated is not None and (self.newest is None or updated > self.newest):
            self.newest = updated
        self.heard.set()

    async def since(self, seen: datetime, seconds: float) -> None:
        """Wait for news that are newer than what was seen, at most that long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.gone and (self.newest is None or self.newest <= seen):
                    self.heard.clear()
                    await self.heard.wait()


class FirestoreNews:
    """News of tasks' documents. The connection is made at the first, and belongs to its event loop.

    It is one of its own: it carries about a hundred streams, and no call must wait for those.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: FirestoreAsyncClient | None = None

    async def close(self) -> None:
        """Close the connection."""
        if self._made is not None:
            await self._made.transport.close()  # type: ignore[no-untyped-call]
            self._made = None

    @asynccontextmanager
    async def of_task(self, task_id: str) -> AsyncIterator[News]:
        """What is heard of the task's document while the context is open."""
        news = News()
        listening = asyncio.create_task(self._listen(task_id, news))
        try:
            yield news
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self, task_id: str, news: News) -> None:
        """Tell the news of the task's document until cancelled."""
        database = database_path(self._settings)
        name = f"{database}/documents/tasks/{task_id}"
        target = Target(documents=Target.DocumentsTarget(documents=[name]), target_id=1)
        request = ListenRequest(database=database, add_target=target)
        metadata = [("google-cloud-resource-prefix", database)]
        if self._settings.firestore_emulator_host:
            metadata.append(("authorization", "Bearer owner"))  # beyond the rules, as in the cloud
        while True:
            ended = asyncio.Event()
            try:
                with translated(logging.INFO):  # streams end now and then
                    stream = await self._connection().listen(
                        requests=_until(ended, request), metadata=metadata
                    )
                    async for response in stream:
                        if "document_change" in response:
                            updated: Any = response.document_change.document.update_time
                            news.tell(updated)
                        elif "document_delete" in response or "document_remove" in response:
                            news.tell(None)
            except ConsensusError as error:
                log.info("listening again: %s", error)
            finally:
                ended.set()
            await asyncio.sleep(LISTEN_AGAIN_SECONDS)

    def _connection(self) -> FirestoreAsyncClient:
        if self._made is None:
            self._made = listener(self._settings)
        return self._made


async def _until(ended: asyncio.Event, request: ListenRequest) -> AsyncIterator[ListenRequest]:
    """The one request; the server ends a stream whose requests have ended.

    Of a stream that broke nobody but us ends the requests: gRPC goes on waiting for the next.
    """
    yield request
    await ended.wait()
