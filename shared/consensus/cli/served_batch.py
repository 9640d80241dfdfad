"""`consensus batch --served`: the service keeps the file and asks its lines; this only looks.

The batch is known again by its file's checksum, which is in its metadata: the same command for the
same file finds what is under way, or has ended, and asks nothing twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

from consensus.cli.batch import ATTEMPTS, Count, read_lines, shown
from consensus.cli.batch_output import ERROR, BadBatch, exit_of, finished, outcome, told
from consensus.cli.client import client_of
from consensus.cli.interrupts import Interrupts, interruptible
from consensus.cli.terminal import note, one_line
from consensus.client import AsyncClient
from consensus.config import Settings

CHECKSUM: Final = "file-sha256"
FIRST_LOOK_SECONDS: Final = 0.1  # a file that is refused is so at once
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
        batch = await _end_of(client, await _begun(client, batch))
        if batch["errors"]:
            fault = batch["errors"]["data"][0]
            where = f"line {fault['line']}: " if fault["line"] else ""
            raise BadBatch(f"{where}{one_line(fault['message'], 200)}")
        outcomes: Counter[str] = Counter()
        passing = output.with_name(f"{output.name}.part")
        with passing.open("w", encoding="utf-8", errors="replace") as out:
            async for result in client.batch_results(batch["id"]):
                out.write(json.dumps(result, ensure_ascii=False) + "\n")
                outcomes[outcome(result)] += 1
        passing.replace(output)
    note(f"{outcomes.total():,} lines have their result in {output}: {told(outcomes)}.")
    return exit_of(outcomes)


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


async def _begun(client: AsyncClient, batch: dict[str, Any]) -> dict[str, Any]:
    """The batch once its file was looked through; says that it is worked on, if it is."""
    pause = FIRST_LOOK_SECONDS
    while batch["status"] == "validating":
        await asyncio.sleep(pause)
        batch = await client.batch_status(batch["id"])
        pause = min(2 * pause, LOOK_SECONDS)
    if batch["status"] not in ENDED:
        note(f"The service is working on {batch['id']}. Run this again to wait for it again.")
    return batch


async def _end_of(client: AsyncClient, batch: dict[str, Any]) -> dict[str, Any]:
    count = Count(batch["request_counts"]["total"])
    with shown(count) as advance:
        while batch["status"] not in ENDED:
            counts = batch["request_counts"]
            count.done = counts["completed"] + counts["failed"]
            count.outcomes[ERROR] = counts["failed"]
            advance()
            await asyncio.sleep(LOOK_SECONDS)
            batch = await client.batch_status(batch["id"])
    return batch
