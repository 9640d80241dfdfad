"""Ctrl-C, SIGTERM and a closed terminal, as something that a coroutine can wait for."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """What a command is told of its signals. number is the first one's, 0 before."""

    def __init__(self) -> None:
        self.number = 0
        self.patient = False
        self._came = asyncio.Event()

    @property
    def exit_code(self) -> int:
        """What the shell expects of a command ended by that signal."""
        return 128 + self.number

    async def wait(self) -> None:
        """Until the first signal."""
        await self._came.wait()

    def tell(self, number: int) -> None:
        """A signal has come."""
        self.number = self.number or number
        self._came.set()


async def interruptible(work: Coroutine[Any, Any, int], interrupts: Interrupts) -> int:
    """Run a command's coroutine; return its exit code, or the signal's where that ended it.

    A signal cancels the work, whose contexts then close in order. Work that has set
    `interrupts.patient` waits for the first signal itself, and only a second one cancels it.
    """
    loop = asyncio.get_running_loop()
    running = asyncio.ensure_future(work)

    def on_signal(number: int) -> None:
        again = interrupts.number != 0
        interrupts.tell(number)
        if again or not interrupts.patient:
            running.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, on_signal, number)
    try:
        return await running
    except asyncio.CancelledError:
        if not interrupts.number:
            raise
        return interrupts.exit_code
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
