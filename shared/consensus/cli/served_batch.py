"""`consensus batch --served`: the service keeps the file and asks its lines; this only looks.

The batch is known again by its file's checksum, which is in its metadata: the same command for the
same file finds what is under way, or has ended, and asks nothing twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any, Final

from consensus.cli.batch import ATTEMPTS, BadBatch, Count, finished, read_lines, shown
from consensus.cli.client import client_of
from consensus.cli.exits import Exit
from consensus.cli.interrupts import Interrupts, interruptible
from consensus.cli.terminal import note, one_line
from consensus.client import AsyncClient
from consensus.config import Settings

CHECKSUM: Final = "file-sha256"
LOOK_SECONDS: Final = 2.0
GONE: Final = ("failed", "cancelled")  # a batch that the same command does not pick up again
ENDED: Final = ("completed", "expired", *GONE)


def served_batch(file: Path, output: Path, url: str) -> int:
    """Have the file asked, wait for its end, write its results. Raises BadBatch."""
    if output.exists() and output.samefile(file):
        raise BadBatch("the output would overwrite the questions; name another file with -o")
    finished(output)  # what is there must be results
    return asyncio.run(interruptible(_served(file, output, url), Interrupts()))


async def _served(file: Path, output: Path, url: str) -> int:
    async with client_of(url, Settings.read(), ATTEMPTS) as client:
        batch = await _batch_of(client, file)
        note(f"The service is working on {batch['id']}. Run this again to wait for it again.")
        batch = await _end_of(client, batch)
        if batch["errors"]:
            fault = batch["errors"]["data"][0]
            where = f"line {fault['line']}: " if fault["line"] else ""
            raise BadBatch(f"{where}{one_line(fault['message'], 200)}")
        passing = output.with_name(f"{output.name}.part")
        with passing.open("w", encoding="utf-8", errors="replace") as out:
            async for result in client.batch_results(batch["id"]):
                out.write(json.dumps(result, ensure_ascii=False) + "\n")
        passing.replace(output)
    counts = batch["request_counts"]
    note(f"{counts['total']:,} lines have their result in {output}, {counts['failed']:,} an error.")
    return Exit.FAILED if counts["failed"] else Exit.CONSENSUS


async def _batch_of(client: AsyncClient, file: Path) -> dict[str, Any]:
    """The batch of this very file that is there, or a new one."""
    with file.open("rb") as lines:
        checksum = hashlib.file_digest(lines, "sha256").hexdigest()
    after = ""
    while True:
        page = await client.batches(limit=100, after=after)
        for batch in page["data"]:
            if batch["metadata"].get(CHECKSUM) == checksum and batch["status"] not in GONE:
                found: dict[str, Any] = batch
                return found
        if not page["has_more"]:
            break
        after = page["last_id"]
    first = next((line for line in read_lines(file) if not line.problem), None)
    if first is None:
        raise BadBatch(f"{file} has no line that can be asked")
    return await client.batch(file, endpoint=first.url, metadata={CHECKSUM: checksum})


async def _end_of(client: AsyncClient, batch: dict[str, Any]) -> dict[str, Any]:
    count = Count(batch["request_counts"]["total"])
    while batch["status"] == "validating":
        await asyncio.sleep(LOOK_SECONDS)
        batch = await client.batch_status(batch["id"])
    count.lines = batch["request_counts"]["total"]
    with shown(count) as advance:
        while batch["status"] not in ENDED:
            counts = batch["request_counts"]
            count.done, count.errors = counts["completed"] + counts["failed"], counts["failed"]
            advance()
            await asyncio.sleep(LOOK_SECONDS)
            batch = await client.batch_status(batch["id"])
    return batch
