"""What every BatchStore promises: SQLite in memory, SQLite in a file, and Firestore."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consensus.adapters.local.sqlite_batches import SqliteBatches
from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.config import Settings
from consensus.core.batches import Batch, Fault, File, Status
from consensus.core.errors import Conflict
from consensus.ports import BatchStore

NOON = datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC)
A_FILE = File("file-1", "ann", "naïve 漢.jsonl", "batch", 99, NOON, (1, 501))
A_BATCH = Batch("batch_1", "ann", "file-1", "/v1/tasks", NOON, {"__name__": "∑"})


@pytest.fixture(params=["sqlite-memory", "sqlite-file", "firestore"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BatchStore]:
    """An empty store; each parameter builds only its own backend."""
    if request.param == "firestore":
        from consensus.adapters.google.firestore_batches import FirestoreBatches

        settings = Settings().with_changes(
            firestore_emulator_host=request.getfixturevalue("firestore_emulator"),
            google_cloud_project=f"test-{uuid.uuid4().hex}",
        )
        batches = FirestoreBatches(settings)
        yield batches
        await batches.close()
        return
    tasks = SqliteStore(":memory:" if request.param == "sqlite-memory" else tmp_path / "t.sqlite3")
    yield SqliteBatches(tasks)
    await tasks.close()


async def test_a_batch_is_kept_whole(store: BatchStore) -> None:
    """Every field of it, through a commit."""
    whole = replace(
        A_BATCH,
        status=Status.FINALIZING,
        ending=Status.CANCELLED,
        faults=(Fault("duplicate_custom_id", "…", 7), Fault("empty_file", "")),
        starts=(1, 501),
        lines=600,
        total=598,
        read=600,
        open=(3, 599),
        completed=5,
        failed=2,
        written=1,
        output_size=1234,
        error_size=56,
        started_at=NOON,
        cancelling_at=NOON,
        finalizing_at=NOON,
        ended_at=NOON,
    )
    assert await store.add_batch(A_BATCH) == A_BATCH
    stored = await store.batch("batch_1")
    assert stored is not None
    assert stored.batch == A_BATCH
    await store.commit_batch(stored, whole)
    again = await store.batch("batch_1")
    assert again is not None
    assert again.batch == whole
    assert await store.batch("batch_2") is None
    assert await store.batch("__no/id__") is None


async def test_one_id_makes_one_batch(store: BatchStore) -> None:
    """Whoever adds it again is told what is there."""
    await store.add_batch(A_BATCH)
    other = replace(A_BATCH, file_id="file-2")
    made = await asyncio.gather(*(store.add_batch(other) for _ in range(4)))
    assert made == [A_BATCH] * 4


async def test_of_two_commits_one_stands(store: BatchStore) -> None:
    """The other is told so; one that changes nothing counts as well."""
    await store.add_batch(A_BATCH)
    stored = await store.batch("batch_1")
    assert stored is not None
    await store.commit_batch(stored, stored.batch)
    with pytest.raises(Conflict):
        await store.commit_batch(stored, replace(A_BATCH, read=7))
    with pytest.raises(Conflict):
        await store.commit_batch(stored, replace(A_BATCH, id="batch_2"))


async def test_the_active_ones_are_found(store: BatchStore) -> None:
    """An owner's, or all; one that has ended is not among them."""
    for name, owner in (("batch_1", "ann"), ("batch_2", "ann"), ("batch_3", "bob")):
        await store.add_batch(replace(A_BATCH, id=name, owner=owner))
    stored = await store.batch("batch_2")
    assert stored is not None
    await store.commit_batch(stored, replace(stored.batch, status=Status.COMPLETED))
    assert {b.id for b in await store.active_batches()} == {"batch_1", "batch_3"}
    assert {b.id for b in await store.active_batches("ann")} == {"batch_1"}
    assert await store.active_batches("eve") == []


async def test_batches_and_files_are_listed_newest_first(store: BatchStore) -> None:
    """Page by page, ties by id, and nobody else's."""
    for place, number in enumerate((1, 2, 3, 3)):
        at = NOON + timedelta(seconds=number)
        await store.add_batch(replace(A_BATCH, id=f"batch_{place}", created_at=at))
        await store.add_file(replace(A_FILE, id=f"file-{place}", created_at=at))
    await store.add_batch(replace(A_BATCH, id="batch_9", owner="bob"))
    await store.add_file(replace(A_FILE, id="file-9", owner="bob"))
    batches = list(await store.batches("ann", 3))
    batches += await store.batches("ann", 3, batches[-1])
    assert [batch.id for batch in batches] == ["batch_3", "batch_2", "batch_1", "batch_0"]
    files = list(await store.files("ann", 3))
    files += await store.files("ann", 3, files[-1])
    assert [file.id for file in files] == ["file-3", "file-2", "file-1", "file-0"]


async def test_a_file_is_known_until_it_is_forgotten(store: BatchStore) -> None:
    """Adding or forgetting it again changes nothing."""
    await store.add_file(A_FILE)
    await store.add_file(A_FILE)
    assert await store.file("file-1") == A_FILE
    await store.forget_file("file-1")
    await store.forget_file("file-1")
    assert await store.file("file-1") is None
    assert await store.file("a/b") is None
