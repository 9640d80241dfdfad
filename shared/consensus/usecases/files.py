"""The files of batches, kept in parts of whole lines, so that no file is in memory at once."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from consensus.core import figures
from consensus.core.batches import ERASED, LONGEST_LINE, MOST_LINES, Batch, File, line_of
from consensus.core.errors import (
    Conflict,
    FileInUse,
    FileNotFound,
    FileTooLarge,
    InvalidFile,
    TooManyFiles,
    TransientError,
)
from consensus.ports import BatchLines, BatchStore, Clock, FileStore, StoredBatch

log = logging.getLogger(__name__)

PART_BYTES: Final = 1024 * 1024
PART_LINES: Final = 500
ATTEMPTS: Final = 20  # at a commit that others come before
INPUT: Final = "batch"  # the purpose of what callers send


@dataclass(frozen=True, slots=True)
class Files:
    """Keep, tell and forget files, and what they say of a task.

    An owner who keeps most files, or most_bytes in all of them, has to delete some before the next;
    results are written all the same.
    """

    store: BatchStore
    parts: FileStore
    lines: BatchLines
    clock: Clock
    new_id: Callable[[], str]
    most: int
    most_bytes: int

    async def add(self, owner: str, name: str, chunks: AsyncIterator[bytes]) -> File:
        """Keep a file of lines; nothing is kept where it raises.

        Raises InvalidFile, FileTooLarge, TooManyFiles, …
        """
        room = await self._room(owner)
        file_id = f"file-{self.new_id()}"
        size, starts = 0, list[int]()
        try:
            async for start, data in parts_of(chunks):
                size += len(data)
                if size > room:
                    raise self._full(f"{self.most_bytes - room:,} bytes", f"{self.most_bytes:,}")
                await self.parts.write(file_id, len(starts), data)
                starts.append(start)
            if not starts:
                raise InvalidFile("The file is empty; send one request a line.")
            file = File(file_id, owner, name, INPUT, size, self.clock.now(), tuple(starts))
            await self.store.add_file(file)
        except BaseException:
            await self._forget_parts(file_id)
            raise
        return file

    async def _room(self, owner: str) -> int:
        """Bytes that the owner may still send. Raises TooManyFiles where there may be no file."""
        kept = await self.store.files(owner, self.most)
        if len(kept) >= self.most:
            raise self._full(f"{len(kept)} files", str(self.most))
        return self.most_bytes - sum(file.size for file in kept)

    def _full(self, kept: str, most: str) -> TooManyFiles:
        return TooManyFiles(
            f"You keep {kept}, results among them, and may keep {most}. "
            "Delete some with DELETE /v1/files/{id}; GET /v1/files lists them."
        )

    async def _forget_parts(self, file_id: str) -> None:
        try:
            await self.parts.delete(file_id)
        except TransientError as error:
            log.warning("parts of %s are left: %s", file_id, error.reason)

    async def own(self, file_id: str, owner: str) -> File:
        """The owner's file. Raises FileNotFound."""
        file = await self.store.file(file_id)
        if file is None or file.owner != owner:
            raise FileNotFound("You have no file of that id.")
        return file

    async def newest(self, owner: str, limit: int, after: str, purpose: str) -> list[File]:
        """The owner's files after that one, of that purpose; "" for none and any.

        Raises FileNotFound.
        """
        begin = await self.own(after, owner) if after else None
        found: list[File] = []
        while len(found) < limit:
            page = await self.store.files(owner, limit, begin)
            found += [file for file in page if not purpose or file.purpose == purpose]
            if len(page) < limit:
                break
            begin = page[-1]
        return found[:limit]

    async def content(self, file: File) -> AsyncGenerator[bytes, None]:
        """Its content, part by part."""
        for part in range(len(file.starts)):
            yield await self.parts.read(file.id, part) or b""

    async def delete(self, file_id: str, owner: str) -> None:
        """Delete the owner's file. Raises FileNotFound, FileInUse."""
        file = await self.own(file_id, owner)
        if any(batch.file_id == file.id for batch in await self.store.active_batches(owner)):
            raise FileInUse("A batch of this file runs; cancel it first, or wait for its end.")
        await self.store.forget_file(file.id)
        await self.parts.delete(file.id)

    async def erase(self, task_id: str) -> None:
        """Delete what files say of a batch's task, once its own record is gone; idempotent."""
        of = line_of(task_id)
        stored = await self.store.batch(of[0]) if of else None
        if of is None or stored is None:
            return
        batch, line = stored.batch, of[1]
        part = batch.part_of(line)
        await self.parts.change(batch.file_id, part, partial(_blanked, batch.line_in_part(line)))
        await self._unsettle(stored)
        withdrawn = partial(self._withdrawn, batch, line)
        for file_id in (batch.output_id, batch.error_id):
            await self.parts.change(file_id, part, withdrawn)

    async def _unsettle(self, stored: StoredBatch | None) -> None:
        """Whoever is writing results, and read the task before it went, is to write them anew."""
        for _ in range(ATTEMPTS):
            if stored is None or not stored.batch.is_active:
                return
            try:
                await self.store.commit_batch(stored, stored.batch)
            except Conflict:
                stored = await self.store.batch(stored.batch.id)
            else:
                return

    def _withdrawn(self, batch: Batch, line: int, data: bytes) -> bytes:
        """Results without what they say of a line; the others stay where they are."""
        return b"\n".join(
            self.lines.erased(batch, line).ljust(len(told))
            if self.lines.tells(batch, line, told)
            else told
            for told in data.split(b"\n")
        )


def _blanked(place: int, data: bytes) -> bytes:
    """Requests without the one at that place; the others stay where they are."""
    lines = data.split(b"\n")
    if place < len(lines):
        lines[place] = ERASED.ljust(len(lines[place]))
    return b"\n".join(lines)


async def parts_of(chunks: AsyncIterator[bytes]) -> AsyncGenerator[tuple[int, bytes], None]:
    """Parts of whole lines, each with the number of its first. Raises FileTooLarge."""
    first, held, size = 1, list[bytes](), 0
    async for line in _lines(chunks):
        held.append(line)
        size += len(line)
        if first + len(held) - 1 > MOST_LINES:
            raise FileTooLarge(f"A batch may have {MOST_LINES:,} lines; send the rest as another.")
        if size >= PART_BYTES or len(held) == PART_LINES:
            yield first, b"".join(held)
            first, held, size = first + len(held), [], 0
    if held:
        yield first, b"".join(held)


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Lines with their ends, of which the last may have none."""
    rest, number = b"", 1
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line + b"\n"
            number += 1
        if len(rest) > LONGEST_LINE:
            raise FileTooLarge(f"Line {number} is too long: at most {figures.size(LONGEST_LINE)}.")
    if rest:
        yield rest


def numbered(data: bytes, first: int) -> list[tuple[int, bytes]]:
    """The lines of a part, without their ends, each with its number."""
    return list(enumerate(data.removesuffix(b"\n").split(b"\n"), start=first))
