"""A clock that stands until a test moves it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


class HandClock:
    """Time stands until a test moves it."""

    def __init__(self) -> None:
        self.time = NOON
        self.sleepers: dict[asyncio.Event, datetime] = {}
        self._arrival = asyncio.Event()

    def now(self) -> datetime:
        """The time as set."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Wait until the time has been moved so far."""
        if seconds <= 0:
            return await asyncio.sleep(0)
        woken = asyncio.Event()
        self.sleepers[woken] = self.time + timedelta(seconds=seconds)
        self._arrival.set()
        try:
            await woken.wait()
        finally:
            self.sleepers.pop(woken, None)

    def move(self, seconds: float) -> None:
        """Move the time on, and wake whom it was time for."""
        self.time += timedelta(seconds=seconds)
        for woken in [w for w, due in self.sleepers.items() if due <= self.time]:
            del self.sleepers[woken]
            woken.set()

    async def until_somebody_sleeps(self) -> None:
        """Let others run until one of them waits for the time."""
        while not self.sleepers:
            self._arrival.clear()
            await self._arrival.wait()
