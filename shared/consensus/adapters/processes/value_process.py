"""Reads values in a separate process, which ends itself if an answer takes too long.

Bounds within the reader cover what was foreseen, this clock the rest. It counts CPU time, so that
the result does not depend on how busy the machine is.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from consensus.codec.values import decode_leaves, decode_value
from consensus.core.model import Format, Leaf, Strategy
from consensus.core.values import Identifier, Value

log = logging.getLogger(__name__)

COMMAND = ("-m", "consensus.readers.process")
WALL_TIMEOUT = 30.0  # seconds on the wall, for a process that neither computes nor ends
LONGEST_LINE = 2**20
_PASSED_ON = ("PATH", "PYTHONPATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV")


class ValueProcess:
    """A ports.ReadValue. One answer at a time; the process starts with the first, or by start()."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def __call__(self, final: str, question: str, strategy: Strategy) -> Value:
        """What the answer is; its letters where nobody could tell in time."""
        told = {"final": final, "question": question, "strategy": strategy.value}
        return decode_value(await self._read(told)) or Identifier(" ".join(final.split()))

    async def leaves(self, final: str, question: str, wanted: Format | None) -> tuple[Leaf, ...]:
        """A ports.ReadLeaves: what the texts of a JSON answer are; none if it took too long."""
        form = asdict(wanted) if wanted else None
        return decode_leaves(
            await self._read({"final": final, "question": question, "format": form})
        )

    async def start(self) -> None:
        """Begin to load, without waiting for it."""
        async with self._turn:
            await self._running()

    async def close(self) -> None:
        """End the process."""
        async with self._turn:
            await self._end()

    async def _read(self, told: Mapping[str, object]) -> str:
        """The process's reply, "" where there is none."""
        async with self._turn:
            try:
                async with asyncio.timeout(WALL_TIMEOUT):
                    line = await self._asked(json.dumps(told).encode() + b"\n")
            except (TimeoutError, OSError, RuntimeError, ValueError):  # uvloop's closed pipe too
                line = b""
            if not line:
                log.warning("an answer took too long to read; it is compared to the letter")
                await self._end()
        return line.decode().strip()

    async def _asked(self, line: bytes) -> bytes:
        process = await self._running()
        assert process.stdin is not None  # noqa: S101  we asked for the pipes
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(line)
        await process.stdin.drain()
        return await process.stdout.readline()

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                limit=LONGEST_LINE,
                # No key of anybody's: it reads what models wrote.
                env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                start_new_session=True,
            )
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()
