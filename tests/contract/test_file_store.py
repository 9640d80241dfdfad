"""What every FileStore promises: a folder, and a bucket behind a stand-in of its API."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from consensus.adapters.google.bucket_files import BucketFiles
from consensus.adapters.local.disk_files import DiskFiles
from consensus.adapters.local.http_server import serving
from consensus.config import Settings
from consensus.core.errors import ConfigurationError, StoreRefuses, StoreUnavailable
from consensus.ports import FileStore
from tests.buckets.stand_in import Buckets


@pytest.fixture
async def buckets() -> AsyncIterator[tuple[Buckets, BucketFiles]]:
    """A stand-in with one bucket, and the store that keeps files in it."""
    stand_in = Buckets({"files"})
    async with serving(stand_in.app()) as port:
        host = f"http://127.0.0.1:{port}"
        settings = Settings().with_changes(files_bucket="files", storage_emulator_host=host)
        store = BucketFiles(settings)
        yield stand_in, store
        await store.close()


@pytest.fixture(params=["disk", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """An empty store; each parameter builds only its own backend."""
    if request.param == "disk":
        return DiskFiles(tmp_path / "files")
    kept: tuple[Buckets, BucketFiles] = request.getfixturevalue("buckets")
    return kept[1]


async def test_parts_are_kept_replaced_and_forgotten(store: FileStore) -> None:
    """Each file's own."""
    data = bytes(range(256)) * 5000
    await store.write("file-1", 0, b"old")
    await store.write("file-1", 0, data)
    await store.write("file-1", 11, b"")
    await store.write("file-10", 0, b"other")
    assert await store.read("file-1", 0) == data
    assert await store.read("file-1", 11) == b""
    assert await store.read("file-1", 1) is None
    await store.delete("file-1")
    await store.delete("file-1")
    assert await store.read("file-1", 0) is None
    assert await store.read("file-10", 0) == b"other"


async def test_no_change_gets_lost(store: FileStore) -> None:
    """However many come at once; of a part that is not there, nothing is made."""

    def blank(place: int, data: bytes) -> bytes:
        return data[:place] + b"-" + data[place + 1 :]

    await store.write("file-1", 0, b"abcdefgh")
    await asyncio.gather(*(store.change("file-1", 0, partial(blank, n)) for n in range(8)))
    assert await store.read("file-1", 0) == b"--------"
    await store.change("file-1", 1, partial(blank, 0))
    assert await store.read("file-1", 1) is None


async def test_a_disk_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """As a store that is away, and nothing of the part is left."""
    (tmp_path / "files").write_text("no folder")
    store = DiskFiles(tmp_path / "files")
    with pytest.raises(StoreUnavailable):
        await store.write("file-1", 0, b"x")


async def test_old_files_are_pruned(tmp_path: Path) -> None:
    """By when they were last written; where nothing was ever kept there is nothing to prune."""
    store = DiskFiles(tmp_path / "files")
    now = datetime.now(UTC)
    await store.prune(now)
    for name in ("old", "new"):
        await store.write(name, 0, b"x")
    then = (now - timedelta(days=40)).timestamp()
    os.utime(tmp_path / "files" / "old", (then, then))
    await store.prune(now - timedelta(days=30))
    assert await store.read("old", 0) is None
    assert await store.read("new", 0) == b"x"


async def test_others_on_the_machine_may_not_read(tmp_path: Path) -> None:
    """Prompts and answers are in them."""
    store = DiskFiles(tmp_path / "files")
    await store.write("file-1", 0, b"x")
    assert (tmp_path / "files" / "file-1").stat().st_mode & 0o077 == 0


async def test_a_busy_bucket_is_asked_again(buckets: tuple[Buckets, BucketFiles]) -> None:
    """By the client library."""
    stand_in, store = buckets
    stand_in.failing = [503, 503]
    await store.write("file-1", 0, b"x")
    assert stand_in.failing == []
    assert await store.read("file-1", 0) == b"x"


async def test_what_the_operator_must_mend_is_told_so(
    buckets: tuple[Buckets, BucketFiles],
) -> None:
    """A missing grant does not pass by itself, and is not asked for again."""
    stand_in, store = buckets
    stand_in.failing = [403, 403]
    with pytest.raises(StoreRefuses):
        await store.write("file-1", 0, b"x")
    assert stand_in.failing == [403]


async def test_a_bucket_that_is_not_there_is_told() -> None:
    """Before anything is kept."""
    async with serving(Buckets(set()).app()) as port:
        host = f"http://127.0.0.1:{port}"
        settings = Settings().with_changes(files_bucket="files", storage_emulator_host=host)
        store = BucketFiles(settings)
        with pytest.raises(StoreRefuses):
            await store.write("file-1", 0, b"x")
        await store.close()
    with pytest.raises(ConfigurationError):
        BucketFiles(Settings())
