"""`consensus mcp`: the tools for agents, over standard input and output.

An agent starts this with each of its sessions, and mostly calls nothing: without --url, a service
of its own starts at the first call.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from mcp.server.stdio import stdio_server

from consensus.cli.ask import Stack, elsewhere, own_stack
from consensus.cli.client import client_of
from consensus.cli.interrupts import Interrupts, interruptible
from consensus.cli.terminal import is_interactive, note
from consensus.client import AsyncClient
from consensus.client.asynchronous import ATTEMPTS
from consensus.config import Settings
from consensus.core.errors import ConsensusError
from consensus.doors import agents

Find = Callable[[], Awaitable[AsyncClient]]


def mcp(url: str | None) -> int:
    """Serve until standard input ends or a signal comes; return the exit code."""
    if is_interactive(sys.stdin):
        note("Agents start this and speak MCP with it: docs/agents.md tells how. Ctrl-C ends it.")
    interrupts = Interrupts()
    stack = elsewhere(url) if url else own_stack
    return asyncio.run(interruptible(serve_on(stack, interrupts), interrupts))


async def serve_on(stack: Stack, interrupts: Interrupts) -> int:
    """Serve the tools over a stack that is opened at the first call, and closed in order."""
    interrupts.patient = True
    async with opened_when_called(stack) as find:
        serving = asyncio.create_task(_serve(find))
        interrupted = asyncio.create_task(interrupts.wait())
        both: set[asyncio.Task[None]] = {serving, interrupted}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        interrupted.cancel()
    if not serving.done():
        os._exit(interrupts.exit_code)  # a thread still reads standard input: nothing can wake it
    await serving
    return 0


async def _serve(find: Find) -> None:
    server = agents.server(find, explained)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


@asynccontextmanager
async def opened_when_called(stack: Stack) -> AsyncIterator[Find]:
    """What gives a client of the stack, which the first call opens; the context's end closes it."""
    called = asyncio.Event()
    client: asyncio.Future[AsyncClient] = asyncio.get_running_loop().create_future()

    async def keep() -> None:
        """Open and close the stack in one task, as its contexts want it."""
        await called.wait()
        try:
            async with stack() as url, client_of(url, Settings.read(), ATTEMPTS) as opened:
                client.set_result(opened)
                await asyncio.Event().wait()
        except ConsensusError as error:
            client.set_exception(error)

    async def find() -> AsyncClient:
        called.set()
        return await asyncio.shield(client)

    keeping = asyncio.create_task(keep())
    try:
        yield find
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


def explained(error: Exception) -> str:
    """An error as the agent is told of it, who may tell the person at this machine."""
    if isinstance(error, ConsensusError):
        return f"{error.reason}: {error}"
    return "INTERNAL: an error of ours; run `consensus doctor`, or see the log of `consensus mcp`."
