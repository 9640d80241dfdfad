"""The machine's clock, as it is set, and as time really passes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class SystemClock:
    """Clock over the operating system: what processes on different machines agree on."""

    def now(self) -> datetime:
        """The current time, UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait on the event loop."""
        await asyncio.sleep(seconds)


def seconds_passed() -> float:
    """Seconds since some moment, those of a suspended machine among them where they are told."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class SteadyClock(SystemClock):
    """The time at which this clock was made, and from then on as much as has really passed.

    Somebody may set the machine's clock while tasks are open: none is cut short, and none is given
    an hour more. What is then off is taken over by settle().
    """

    def __init__(
        self,
        set_time: Callable[[], datetime] = lambda: datetime.now(UTC),
        passed: Callable[[], float] = seconds_passed,
    ) -> None:
        self._set_time, self._passed = set_time, passed
        self.settle()

    def now(self) -> datetime:
        """The current time, UTC; never set, only passing."""
        return self._began + timedelta(seconds=self._passed() - self._at)

    def off(self) -> float:
        """Seconds by which the machine's clock is ahead of this one; negative where behind."""
        return (self._set_time() - self.now()).total_seconds()

    def settle(self) -> None:
        """Go by the machine's clock as it is set now."""
        self._began, self._at = self._set_time(), self._passed()
