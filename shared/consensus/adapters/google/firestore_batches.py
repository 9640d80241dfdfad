"""BatchStore in Firestore.

    files/{id}    what is known of a file; its content is in a bucket
    batches/{id}  a batch, as one document

A commit demands the document's last update time, as a task's does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from google.api_core import exceptions as google_errors
from google.cloud.firestore import (
    AsyncClient,
    AsyncCollectionReference,
    AsyncDocumentReference,
    AsyncQuery,
    FieldFilter,
    Increment,
)

from consensus.adapters.google.firestore import client, translated
from consensus.adapters.google.firestore_store import UNMET
from consensus.adapters.google.google_calls import CALL
from consensus.codec import documents
from consensus.codec.documents import Document
from consensus.config import Settings
from consensus.core.batches import WINDOW, Batch, File
from consensus.core.errors import Conflict
from consensus.ports import StoredBatch

MOST_ACTIVE: Final = 1000


class FirestoreBatches:
    """See BatchStore. The connection is made at the first call, and belongs to its event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: AsyncClient | None = None

    async def close(self) -> None:
        """Let go of the connection, which ends with its last reference."""
        self._made = None

    async def add_file(self, file: File) -> None:
        """See BatchStore."""
        document = documents.file_to_document(file) | self._expiry(file.created_at + WINDOW)
        with translated():
            await self._file(file.id).set(document, **CALL)

    async def file(self, file_id: str) -> File | None:
        """See BatchStore."""
        found = await self._get(self._file(file_id)) if documents.is_id(file_id) else None
        return documents.file_from_document(found) if found else None

    async def files(self, owner: str, limit: int, after: File | None = None) -> Sequence[File]:
        """See BatchStore. Needs an index on owner, created_at descending."""
        found = await self._page("files", owner, limit, after)
        return [documents.file_from_document(document) for document in found]

    async def forget_file(self, file_id: str) -> None:
        """See BatchStore."""
        with translated():
            await self._file(file_id).delete(**CALL)

    async def add_batch(self, batch: Batch) -> Batch:
        """See BatchStore."""
        document = documents.batch_to_document(batch) | self._expiry(batch.created_at + WINDOW)
        with translated():
            try:
                await self._batch(batch.id).create(document, **CALL)
            except google_errors.AlreadyExists:
                found = await self._get(self._batch(batch.id))
                return documents.batch_from_document(found) if found else batch
        return batch

    async def batch(self, batch_id: str) -> StoredBatch | None:
        """See BatchStore."""
        if not documents.is_id(batch_id):
            return None
        with translated():
            found = await self._batch(batch_id).get(**CALL)
        if not found.exists:
            return None
        return StoredBatch(documents.batch_from_document(found.to_dict() or {}), found.update_time)

    async def commit_batch(self, stored: StoredBatch, batch: Batch) -> None:
        """See BatchStore."""
        unchanged = self._client.write_option(last_update_time=stored.version)
        with translated():
            try:
                # A commit that changes nothing would keep its time; it is to count all the same.
                document = {**documents.batch_to_document(batch), "revision": Increment(1)}
                await self._batch(batch.id).update(document, option=unchanged, **CALL)
            except UNMET as exc:
                raise Conflict(f"batch {batch.id} was changed meanwhile; load it again") from exc

    async def batches(self, owner: str, limit: int, after: Batch | None = None) -> Sequence[Batch]:
        """See BatchStore. Needs an index on owner, created_at descending."""
        found = await self._page("batches", owner, limit, after)
        return [documents.batch_from_document(document) for document in found]

    async def active_batches(self, owner: str | None = None) -> Sequence[Batch]:
        """See BatchStore."""
        query: AsyncQuery = self._batches.where(filter=FieldFilter("active", "==", True))
        if owner is not None:
            query = query.where(filter=FieldFilter("owner", "==", owner))
        with translated():
            found = await query.limit(MOST_ACTIVE).get(**CALL)
        return [documents.batch_from_document(snapshot.to_dict() or {}) for snapshot in found]

    async def _page(
        self, collection: str, owner: str, limit: int, after: File | Batch | None
    ) -> list[Document]:
        query: AsyncQuery = self._client.collection(collection).where(
            filter=FieldFilter("owner", "==", owner)
        )
        query = query.order_by("created_at", direction=AsyncQuery.DESCENDING)
        query = query.order_by("__name__", direction=AsyncQuery.DESCENDING)
        if after is not None:
            query = query.start_after([after.created_at, after.id])
        with translated():
            found = await query.limit(limit).get(**CALL)
        return [snapshot.to_dict() or {} for snapshot in found]

    async def _get(self, reference: AsyncDocumentReference) -> Document | None:
        with translated():
            found = await reference.get(**CALL)
        document: dict[str, Any] | None = found.to_dict() if found.exists else None
        return document

    def _expiry(self, at: datetime) -> Document:
        """When the database may forget it; never where all stays."""
        days = self._settings.retention_days
        return {"expires_at": at + timedelta(days=days)} if days else {}

    def _file(self, file_id: str) -> AsyncDocumentReference:
        return self._client.collection("files").document(file_id)

    def _batch(self, batch_id: str) -> AsyncDocumentReference:
        return self._batches.document(batch_id)

    @property
    def _batches(self) -> AsyncCollectionReference:
        return self._client.collection("batches")

    @property
    def _client(self) -> AsyncClient:
        if self._made is None:
            self._made = client(self._settings)
        return self._made
