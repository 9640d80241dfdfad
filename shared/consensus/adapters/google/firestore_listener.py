"""Who hears of changes in Firestore: one listener for each document that is watched, and for each
owner whose newest tasks are.

A document is heard with what it holds. A listener that breaks, or hears nothing, costs time and
never a change: whoever waits for news looks again after a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from google.cloud.firestore_v1.services.firestore import FirestoreAsyncClient
from google.cloud.firestore_v1.types import (
    ListenRequest,
    ListenResponse,
    StructuredQuery,
    Target,
    TargetChange,
    Value,
)

from consensus.adapters.google.firestore import database_path, listener, metadata, translated
from consensus.config import Settings
from consensus.core.errors import ConsensusError

log = logging.getLogger(__name__)

Turn = TargetChange.TargetChangeType

LISTEN_AGAIN_SECONDS = 1.0
LISTED = 20  # tasks of an owner that a listener hears of: the newest


@dataclass(frozen=True, slots=True)
class Held:
    """What a document held at an update time."""

    updated: datetime
    fields: Mapping[str, Value]


@dataclass(slots=True)
class News:
    """What a listener heard of one document: the newest that it held, or that it is gone."""

    newest: Held | None = None
    gone: bool = False
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, held: Held | None) -> None:
        """It holds that; None: it is gone."""
        self.gone = held is None
        if held is not None and (self.newest is None or held.updated > self.newest.updated):
            self.newest = held
        self.heard.set()

    async def since(self, seen: datetime, seconds: float) -> Held | None:
        """What is newer than what was seen; None where it is gone, or nothing came in that time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.gone:
                    if self.newest is not None and self.newest.updated > seen:
                        return self.newest
                    self.heard.clear()
                    await self.heard.wait()
        return None


@dataclass(slots=True)
class OwnerNews:
    """What a listener heard of an owner's newest tasks: which changed since they were last told.

    Iterating gives None once everything later is heard, then the ids of tasks, without end. seen
    holds update times; snapshot is a list that begins anew and is not complete yet.
    """

    seen: dict[str, datetime] = field(default_factory=dict)
    snapshot: set[str] | None = field(default_factory=set)
    changed: dict[str, None] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    current: bool = False

    def tell(self, response: ListenResponse) -> None:
        """Take in what came; before the first snapshot is complete, nothing of it is news."""
        if "document_change" in response:
            self._mark(response.document_change.document)
        elif "document_delete" in response:
            self._gone(_id(response.document_delete.document))
        elif "document_remove" in response:
            self._gone(_id(response.document_remove.document))
        elif response.target_change.target_change_type in (Turn.ADD, Turn.RESET):
            self.snapshot = set()
        elif response.target_change.target_change_type == Turn.CURRENT:
            self._complete()
        if self.changed or self.current:
            self.woken.set()

    def _mark(self, document: Any) -> None:
        task_id = _id(document.name)
        if self.snapshot is not None:
            self.snapshot.add(task_id)
        updated: datetime = document.update_time
        if self.current and self.seen.get(task_id) != updated:
            self.changed[task_id] = None
        self.seen[task_id] = updated

    def _gone(self, task_id: str) -> None:
        if self.seen.pop(task_id, None) is not None and self.current:
            self.changed[task_id] = None

    def _complete(self) -> None:
        """What the new snapshot lacks was deleted, or is no longer among the newest."""
        if self.snapshot is not None:
            for task_id in self.seen.keys() - self.snapshot:
                self._gone(task_id)
        self.snapshot, self.current = None, True

    async def __aiter__(self) -> AsyncIterator[str | None]:
        while not self.current:
            await self._wake()
        yield None
        while True:
            told, self.changed = self.changed, {}
            for task_id in told:
                yield task_id
            if not self.changed:
                await self._wake()

    async def _wake(self) -> None:
        await self.woken.wait()
        self.woken.clear()


class FirestoreListener:
    """News of tasks' documents. The connection is made at the first, and belongs to its event loop.

    It is one of its own: it carries about a hundred streams, and no call must wait for those.
    """

    def __init__(self, settings: Settings, made: FirestoreAsyncClient | None = None) -> None:
        """made is its connection; it makes one of its own without."""
        self._settings = settings
        self._made = made

    async def close(self) -> None:
        """Close the connection."""
        if self._made is not None:
            await self._made.transport.close()  # type: ignore[no-untyped-call]
            self._made = None

    @asynccontextmanager
    async def of_task(self, task_id: str) -> AsyncIterator[News]:
        """What is heard of the task's document while the context is open."""
        news = News()
        name = f"{database_path(self._settings)}/documents/tasks/{task_id}"
        target = Target(documents=Target.DocumentsTarget(documents=[name]), target_id=1)

        def tell(response: ListenResponse) -> None:
            if "document_change" in response:
                document: Any = response.document_change.document
                news.tell(Held(document.update_time, document.fields))
            elif "document_delete" in response or "document_remove" in response:
                news.tell(None)

        async with self._listening(target, tell):
            yield news

    @asynccontextmanager
    async def of_owner(self, owner: str) -> AsyncIterator[OwnerNews]:
        """What is heard of the owner's newest tasks while the context is open."""
        news = OwnerNews()
        parent = f"{database_path(self._settings)}/documents"
        query = Target.QueryTarget(parent=parent, structured_query=_newest(owner))
        async with self._listening(Target(query=query, target_id=1), news.tell):
            yield news

    @asynccontextmanager
    async def _listening(
        self, target: Target, tell: Callable[[ListenResponse], None]
    ) -> AsyncIterator[None]:
        listening = asyncio.create_task(self._listen(target, tell))
        try:
            yield
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self, target: Target, tell: Callable[[ListenResponse], None]) -> None:
        """Tell the news of the target until cancelled."""
        database = database_path(self._settings)
        request = ListenRequest(database=database, add_target=target)
        while True:
            ended = asyncio.Event()
            try:
                with translated(logging.INFO):  # streams end now and then
                    stream = await self._connection().listen(
                        requests=_until(ended, request), metadata=metadata(self._settings)
                    )
                    async for response in stream:
                        if response is None:  # gRPC's word for a message that it could not read
                            log.info("listening again: a message could not be read")
                            break
                        tell(response)
            except ConsensusError as error:
                log.info("listening again: %s", error)
            finally:
                ended.set()
            await asyncio.sleep(LISTEN_AGAIN_SECONDS)

    def _connection(self) -> FirestoreAsyncClient:
        if self._made is None:
            self._made = listener(self._settings)
        return self._made


def _newest(owner: str) -> StructuredQuery:
    """The owner's newest tasks, as a listing orders them."""

    def order(path: str) -> StructuredQuery.Order:
        return StructuredQuery.Order(
            field=StructuredQuery.FieldReference(field_path=path),
            direction=StructuredQuery.Direction.DESCENDING,
        )

    is_theirs = StructuredQuery.FieldFilter(
        field=StructuredQuery.FieldReference(field_path="owner"),
        op=StructuredQuery.FieldFilter.Operator.EQUAL,
        value=Value(string_value=owner),
    )
    return StructuredQuery(
        from_=[StructuredQuery.CollectionSelector(collection_id="tasks")],
        where=StructuredQuery.Filter(field_filter=is_theirs),
        order_by=[order("created_at"), order("__name__")],
        limit=LISTED,
    )


def _id(name: str) -> str:
    return name.rsplit("/", 1)[1]


async def _until(ended: asyncio.Event, request: ListenRequest) -> AsyncIterator[ListenRequest]:
    """The one request; the server ends a stream whose requests have ended.

    Of a stream that broke nobody but us ends the requests: gRPC goes on waiting for the next.
    """
    yield request
    await ended.wait()
