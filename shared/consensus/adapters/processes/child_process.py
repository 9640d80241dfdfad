"""A child process that says READY, and never outlives its parent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence

from consensus.core.errors import ConfigurationError

STARTUP_SECONDS = 60.0
GRACE_SECONDS = 12.0  # a worker may publish or abstain for ten


class Child:
    """One running child. Its stdin stays open for its life: at end of file it must end itself."""

    def __init__(self, process: Process, address: str) -> None:
        self.process = process
        self.address = address

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Start `python -m command...` and wait for its line "READY port" on stdout.

        Raises ConfigurationError where it ends before, with the last line it wrote.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            # Without it, a calendar.py in the folder where somebody stands would run in here.
            "-P",
            "-m",
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=None,
            env=_environment({**os.environ, **environment}),
            # Ctrl-C reaches the parent alone, which ends its children in order.
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(STARTUP_SECONDS):
                return cls(process, f"127.0.0.1:{await _ready_port(process, command)}")
        except BaseException:
            await _end(process)
            raise

    async def wait(self) -> int:
        """Its exit code, when it has ended."""
        return await self.process.wait()

    async def stop(self) -> None:
        """Ask it to end, and make it end after the grace."""
        await _end(self.process)


def _environment(told: Mapping[str, str]) -> dict[str, str]:
    """As told; and the child ends with us, and imports nothing from where somebody stands.

    An empty entry of PYTHONPATH, as a colon too many makes it, means the working directory.
    """
    paths = told.get("PYTHONPATH", "").split(os.pathsep)
    return {
        **told,
        "CONSENSUS_EXIT_WITH_PARENT": "1",
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": os.pathsep.join(path for path in paths if os.path.isabs(path)),
    }


async def _ready_port(process: Process, command: Sequence[str]) -> int:
    assert process.stdout is not None  # noqa: S101  we asked for the pipe
    async for line in process.stdout:
        word, _, port = line.decode(errors="replace").partition(" ")
        if word == "READY":
            return int(port)
    code = await process.wait()
    raise ConfigurationError(f"{command[0]} ended with exit code {code} before it was ready")


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(GRACE_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
    await process.wait()
