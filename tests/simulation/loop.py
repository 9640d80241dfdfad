"""A seeded event loop in virtual time: the same seed runs the same interleaving, hours in a blink.

Real use cases run on it unchanged. Whatever is ready runs in an order drawn from the seed, and when
nothing is ready, time jumps to the next timer.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from typing import Any


class _NoSockets:
    """Selects nothing; waiting moves the virtual clock."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            message = "every task waits for something that will never happen"
            raise RuntimeError(message)
        self._loop.virtual += max(0.0, timeout)
        return []


class SimulatedLoop(asyncio.BaseEventLoop):
    """An event loop whose order of execution and whose time are functions of the seed."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.virtual = 0.0
        self._chance = chance
        self._selector = _NoSockets(self)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self.virtual

    def _run_once(self) -> None:
        ready: deque[Any] = self._ready  # type: ignore[attr-defined]
        if len(ready) > 1:
            shuffled = list(ready)
            self._chance.shuffle(shuffled)
            ready.clear()
            ready.extend(shuffled)
        super()._run_once()  # type: ignore[misc]

    def _process_events(self, event_list: object) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nothing sleeps in a system call, so nothing needs waking."""
