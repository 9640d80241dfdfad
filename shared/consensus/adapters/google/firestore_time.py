"""How far this machine's clock is from the database's: tasks end by the clocks of all parts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

log = logging.getLogger(__name__)

TOLERATED: Final = timedelta(seconds=5)  # either way; half of what the lifecycle allows two parts
SAY_AGAIN_SECONDS: Final = 60.0


@dataclass(slots=True)
class Comparison:
    """Compares the times at which the database read with those of this machine's clock."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    passed: Callable[[], float] = time.monotonic
    _said_at: float | None = field(default=None, init=False)

    def tell(self, asked: datetime, read: datetime) -> None:
        """Say so where a call that began at asked, by this clock, was read at an impossible time.

        What a call takes on its way is no fault of the clock: only a time before it began, or after
        it ended, counts.
        """
        ahead, behind = asked - read, read - self.now()
        if max(ahead, behind) <= TOLERATED:
            return
        if self._said_at is not None and self.passed() - self._said_at < SAY_AGAIN_SECONDS:
            return
        self._said_at = self.passed()
        off = ahead if ahead > TOLERATED else -behind
        log.error(
            "for the operator: this machine's clock is %+.0f s from the database's; set it, since "
            "tasks end early or late by as much",
            off.total_seconds(),
        )
