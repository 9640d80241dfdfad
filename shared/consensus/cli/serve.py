"""`consensus serve`: the service on this machine, until a signal ends it."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from consensus import telemetry
from consensus.adapters.local import event_loop
from consensus.cli.ask import demo_notice
from consensus.cli.interrupts import Interrupts, interruptible
from consensus.cli.local import hints
from consensus.cli.terminal import note, one_line
from consensus.cli.views import waiting
from consensus.client.calls import is_direct
from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.distribution import pip_install
from consensus.doors.identity import loopback

EXAMPLE = "What is 17% of 2,340?"
LOOPBACK = "127.0.0.1"


def serve(port: int, host: str, *, emulators: bool) -> int:
    """Serve until a signal; return the exit code. Raises ConsensusError."""
    settings = Settings.read()
    _refuse_the_open(settings, host, emulators=emulators)
    telemetry.configure(settings.log_level)
    telemetry.start(settings, "serve")
    interrupts = Interrupts()
    return event_loop.run(
        interruptible(serve_on(settings, port, host, interrupts, emulators=emulators), interrupts)
    )


async def serve_on(
    settings: Settings, port: int, host: str, interrupts: Interrupts, *, emulators: bool
) -> int:
    """Start the stack, say where it is, and end it in order at the first signal."""
    if not settings.has_endpoint:
        note(demo_notice())
        for hint in await asyncio.to_thread(lambda: list(hints())):
            note(hint)
    start = _emulated(settings, port) if emulators else _embedded(settings, port, host)
    async with start as (url, data):
        interrupts.patient = True  # first: whoever reads the next line may send a signal at once
        print(welcome(url, data, caller_of(settings)), flush=True)
        await interrupts.wait()
        note("Stopping; once more to leave at once.")
    print("Stopped.", flush=True)
    return 0


def _refuse_the_open(settings: Settings, host: str, *, emulators: bool) -> None:
    """Raises ConfigurationError for an address where everybody could ask at the owner's cost."""
    if host == "localhost" or _address(host).is_loopback:
        return
    if emulators:
        raise ConfigurationError(
            "serve --emulators listens on this machine alone; leave --host out."
        )
    if settings.api_keys is None and settings.firebase_project is None:
        raise ConfigurationError(
            f"--host {host} would let everybody ask at your cost. Set CONSENSUS_API_KEYS to "
            "owner:sha256hex (printf %s KEY | sha256sum), or leave --host out."
        )


def _address(host: str) -> ipaddress.IPv4Address:
    try:
        return ipaddress.IPv4Address(host)
    except ValueError as error:
        message = f"--host takes an IPv4 address, such as 0.0.0.0, not {one_line(host, 60)}"
        raise ConfigurationError(message) from error


def welcome(url: str, data: str, caller: Caller | None = None) -> str:
    """Where the service is, how to ask it, and where its tasks are kept.

    caller is how the service knows who calls; what it takes is named, and never shown.
    """
    body = json.dumps({"prompt": EXAMPLE})
    header = f'-H "{caller.header}: {caller.value}" ' if caller else ""
    commands = [
        f"curl -s {url}/v1/tasks -H 'Content-Type: application/json' -H 'Prefer: wait=60' \\\n"
        f"    {header}-d '{body}'",
    ]
    if caller is None or is_direct(url):  # the client sends no key over http to another machine
        commands.append(f'consensus ask "{EXAMPLE}" --url {url}')
    if caller:
        commands.insert(0, f"export {caller.variable}=…   # {caller.what}")
    listed = "\n".join(f"  {command}" for command in commands)
    return f"""\
Consensus listens at {url}
Open that address in a browser for the dashboard.

{listed}

Tasks are kept in {data}.
Ctrl-C stops the service."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What a caller shows: where the command takes it from, and how HTTP carries it."""

    variable: str
    what: str
    header: str
    value: str


KEY = Caller("CONSENSUS_API_KEY", "one of your keys", "X-API-Key", "$CONSENSUS_API_KEY")
TOKEN = Caller("CONSENSUS_TOKEN", "a Firebase ID token", "Authorization", "Bearer $CONSENSUS_TOKEN")


def caller_of(settings: Settings) -> Caller | None:
    """Who may call, by the settings; None: anybody on this machine."""
    if settings.api_keys is not None:
        return KEY
    return TOKEN if settings.firebase_project is not None else None


@asynccontextmanager
async def _embedded(
    settings: Settings, port: int, host: str = LOOPBACK
) -> AsyncIterator[tuple[str, str]]:
    async with AsyncExitStack() as stack:
        with waiting("Starting the workers"):
            from consensus.bootstrap.callers import identity_from
            from consensus.bootstrap.embedded import embedded

            identity = identity_from(settings) or loopback
            running = await stack.enter_async_context(
                embedded(
                    settings,
                    store=settings.store,
                    port=port,
                    host=host,
                    identity=identity,
                    say=note,
                )
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
