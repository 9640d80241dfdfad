"""What a child process owes its parent: say READY, and end when the parent does."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

EXIT_WITH_PARENT = "CONSENSUS_EXIT_WITH_PARENT"


def say_ready(port: int) -> None:
    """Tell the parent which port we serve."""
    print(f"READY {port}", flush=True)


@asynccontextmanager
async def until_told_to_end() -> AsyncIterator[asyncio.Event]:
    """An event that is set by SIGTERM, SIGINT, or the parent's death (stdin's end of file)."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    watching = os.environ.get(EXIT_WITH_PARENT) == "1"
    if watching:
        loop.add_reader(sys.stdin.fileno(), _read_to_the_end, ending)
    try:
        yield ending
    finally:
        if watching:
            loop.remove_reader(sys.stdin.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _read_to_the_end(ending: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        ending.set()
