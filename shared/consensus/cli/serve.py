"""`consensus serve`: the service on this machine, until a signal ends it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from consensus import telemetry
from consensus.cli.ask import demo_notice
from consensus.cli.interrupts import Interrupts, interruptible
from consensus.cli.local import hints
from consensus.cli.terminal import note
from consensus.cli.views import waiting
from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.distribution import pip_install
from consensus.doors.identity import loopback

EXAMPLE = "What is 17% of 2,340?"


def serve(port: int, *, emulators: bool) -> int:
    """Serve until a signal; return the exit code. Raises ConsensusError."""
    settings = Settings.read()
    telemetry.configure(settings.log_level)
    telemetry.start(settings, "serve")
    interrupts = Interrupts()
    return asyncio.run(
        interruptible(serve_on(settings, port, interrupts, emulators=emulators), interrupts)
    )


async def serve_on(
    settings: Settings, port: int, interrupts: Interrupts, *, emulators: bool
) -> int:
    """Start the stack, say where it is, and end it in order at the first signal."""
    if not settings.has_endpoint:
        note(demo_notice())
        for hint in await asyncio.to_thread(lambda: list(hints())):
            note(hint)
    start = _emulated if emulators else _embedded
    async with start(settings, port) as (url, data):
        print(welcome(url, data), flush=True)
        interrupts.patient = True
        await interrupts.wait()
        note("Stopping; once more to leave at once.")
    print("Stopped.", flush=True)
    return 0


def welcome(url: str, data: str) -> str:
    """Where the service is, how to ask it, and where its tasks are kept."""
    body = json.dumps({"prompt": EXAMPLE})
    return f"""\
Consensus listens at {url}
Open that address in a browser for the dashboard.

  curl -s {url}/v1/tasks -H 'Content-Type: application/json' -H 'Prefer: wait=60' \\
    -d '{body}'
  consensus ask "{EXAMPLE}" --url {url}

Tasks are kept in {data}.
Ctrl-C stops the service."""


@asynccontextmanager
async def _embedded(settings: Settings, port: int) -> AsyncIterator[tuple[str, str]]:
    async with AsyncExitStack() as stack:
        with waiting("Starting the workers"):
            from consensus.bootstrap.callers import told_apart
            from consensus.bootstrap.embedded import embedded

            identity = told_apart(settings) or loopback
            running = await stack.enter_async_context(
                embedded(settings, store=settings.store, port=port, identity=identity, say=note)
            )
        yield running.url, f"{settings.store}; open ones carry on at the next start"


@asynccontextmanager
async def _emulated(settings: Settings, port: int) -> AsyncIterator[tuple[str, str]]:
    async with AsyncExitStack() as stack:
        with waiting("Starting the emulators, the functions and the workers"):
            try:
                from consensus.bootstrap.emulated import FUNCTIONS, emulated
            except ImportError as error:
                message = f"serve --emulators needs: {pip_install('cloud')}"
                raise ConfigurationError(message) from error
            if not FUNCTIONS.is_dir():
                message = "serve --emulators runs the functions of a clone: run it in one"
                raise ConfigurationError(message)
            running = await stack.enter_async_context(emulated(settings, port=port, say=note))
        yield running.url, "the emulator's memory, and are gone when it ends"
