"""FileStore in a folder: a folder for each file, a file for each of its parts."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from consensus.core.errors import StoreUnavailable

Returned = TypeVar("Returned")


class DiskFiles:
    """See FileStore. The folder is made at the first write, for its owner's eyes alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changing = threading.Lock()

    async def write(self, file_id: str, part: int, data: bytes) -> None:
        """See FileStore."""
        await _in_thread(self._write, file_id, part, data)

    async def read(self, file_id: str, part: int) -> bytes | None:
        """See FileStore."""
        return await _in_thread(self._read, file_id, part)

    async def change(self, file_id: str, part: int, edit: Callable[[bytes], bytes]) -> None:
        """See FileStore. Within this process, as which alone serve keeps the folder."""
        await _in_thread(self._change, file_id, part, edit)

    async def delete(self, file_id: str) -> None:
        """See FileStore."""
        await _in_thread(self._delete, file_id)

    async def prune(self, before: datetime) -> None:
        """Forget files of which nothing was written since."""
        await _in_thread(self._prune, before.timestamp())

    def _write(self, file_id: str, part: int, data: bytes) -> None:
        folder = self._folder / file_id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        passing = folder / f"{part}.{secrets.token_hex(8)}"
        try:
            with passing.open("xb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            passing.replace(folder / str(part))
        except OSError:
            passing.unlink(missing_ok=True)
            raise
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)  # the name, too
        finally:
            os.close(handle)

    def _read(self, file_id: str, part: int) -> bytes | None:
        try:
            return (self._folder / file_id / str(part)).read_bytes()
        except FileNotFoundError:
            return None

    def _change(self, file_id: str, part: int, edit: Callable[[bytes], bytes]) -> None:
        with self._changing:
            before = self._read(file_id, part)
            if before is not None and (after := edit(before)) != before:
                self._write(file_id, part, after)

    def _delete(self, file_id: str) -> None:
        try:
            shutil.rmtree(self._folder / file_id)
        except FileNotFoundError:
            return

    def _prune(self, before: float) -> None:
        if not self._folder.exists():
            return
        for folder in self._folder.iterdir():
            if folder.is_dir() and folder.stat().st_mtime < before:
                self._delete(folder.name)


async def _in_thread(work: Callable[..., Returned], *args: object) -> Returned:
    try:
        return await asyncio.to_thread(work, *args)
    except OSError as error:
        raise StoreUnavailable(f"the files' disk: {error.strerror}") from error
