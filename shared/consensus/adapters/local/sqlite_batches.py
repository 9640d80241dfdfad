"""BatchStore in the embedded store's file, on its thread."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.adapters.local.sqlite_tables import moment, to_json
from consensus.codec import documents
from consensus.core.batches import Batch, File
from consensus.core.errors import Conflict
from consensus.ports import StoredBatch

MOST_ACTIVE: Final = 1000
Returned = TypeVar("Returned")


class SqliteBatches:
    """See BatchStore. It lives as long as the store whose file it shares."""

    def __init__(self, store: SqliteStore) -> None:
        self._thread = store.thread

    async def add_file(self, file: File) -> None:
        """See BatchStore."""
        await self._thread.run(_add_file, file)

    async def file(self, file_id: str) -> File | None:
        """See BatchStore."""
        return await self._read(_file, file_id)

    async def files(self, owner: str, limit: int, after: File | None = None) -> Sequence[File]:
        """See BatchStore."""
        found = await self._read(_page, "files", owner, limit, after)
        return [documents.file_from_document(document) for document in found]

    async def forget_file(self, file_id: str) -> None:
        """See BatchStore."""
        await self._thread.run(_forget_file, file_id)

    async def add_batch(self, batch: Batch) -> Batch:
        """See BatchStore."""
        return await self._thread.run(_add_batch, batch)

    async def batch(self, batch_id: str) -> StoredBatch | None:
        """See BatchStore."""
        return await self._read(_batch, batch_id)

    async def commit_batch(self, stored: StoredBatch, batch: Batch) -> None:
        """See BatchStore."""
        await self._thread.run(_commit, stored.version, batch)

    async def batches(self, owner: str, limit: int, after: Batch | None = None) -> Sequence[Batch]:
        """See BatchStore."""
        found = await self._read(_page, "batches", owner, limit, after)
        return [documents.batch_from_document(document) for document in found]

    async def active_batches(self, owner: str | None = None) -> Sequence[Batch]:
        """See BatchStore."""
        return await self._read(_active, owner)

    async def _read(self, work: Callable[..., Returned], *args: object) -> Returned:
        return await self._thread.run(work, *args, writes=False)


def _add_file(db: sqlite3.Connection, file: File) -> None:
    row = (file.id, file.owner, moment(file.created_at), to_json(documents.file_to_document(file)))
    db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", row)


def _file(db: sqlite3.Connection, file_id: str) -> File | None:
    row = db.execute("SELECT document FROM files WHERE id = ?", (file_id,)).fetchone()
    return None if row is None else documents.file_from_document(json.loads(row["document"]))


def _page(
    db: sqlite3.Connection, table: str, owner: str, limit: int, after: File | Batch | None
) -> list[dict[str, object]]:
    conditions, values = "owner = ?", [owner]
    if after is not None:
        conditions += " AND (created_at, id) < (?, ?)"
        values += [moment(after.created_at), after.id]
    rows = db.execute(
        f"SELECT document FROM {table} WHERE {conditions}"  # noqa: S608  our own words
        " ORDER BY created_at DESC, id DESC LIMIT ?",
        (*values, limit),
    )
    return [json.loads(row["document"]) for row in rows]


def _forget_file(db: sqlite3.Connection, file_id: str) -> None:
    db.execute("DELETE FROM files WHERE id = ?", (file_id,))


def _add_batch(db: sqlite3.Connection, batch: Batch) -> Batch:
    found = _batch(db, batch.id)
    if found is not None:
        return found.batch
    document = to_json(documents.batch_to_document(batch))
    row = (batch.id, batch.owner, moment(batch.created_at), batch.is_active, document)
    db.execute("INSERT INTO batches VALUES (?, ?, ?, ?, 1, ?)", row)
    return batch


def _batch(db: sqlite3.Connection, batch_id: str) -> StoredBatch | None:
    query = "SELECT version, document FROM batches WHERE id = ?"
    row = db.execute(query, (batch_id,)).fetchone()
    if row is None:
        return None
    return StoredBatch(documents.batch_from_document(json.loads(row["document"])), row["version"])


def _commit(db: sqlite3.Connection, version: object, batch: Batch) -> None:
    done = db.execute(
        "UPDATE batches SET active = ?, document = ?, version = version + 1"
        " WHERE id = ? AND version = ?",
        (batch.is_active, to_json(documents.batch_to_document(batch)), batch.id, version),
    )
    if done.rowcount != 1:
        raise Conflict(f"batch {batch.id} was changed meanwhile; load it again")


def _active(db: sqlite3.Connection, owner: str | None) -> Sequence[Batch]:
    rows = db.execute(
        "SELECT document FROM batches INDEXED BY active_batches"
        " WHERE active AND (?1 IS NULL OR owner = ?1) LIMIT ?2",
        (owner, MOST_ACTIVE),
    )
    return [documents.batch_from_document(json.loads(row["document"])) for row in rows]
