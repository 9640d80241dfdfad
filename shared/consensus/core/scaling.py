"""How many workers a load wants.

A call only waits for its model, so a worker takes hundreds; what makes another one worth its start
is a processor that is free for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

FULL_ENOUGH = 0.75  # share of all places above which another worker is started
BUSY = 0.75  # of a processor, on the average of the workers, above which one more helps
IDLE = 0.25  # below which one less does no harm


@dataclass(frozen=True, slots=True)
class Scale:
    """The pool's bounds in workers, places of each, and processors that they can use."""

    least: int
    most: int
    capacity: int
    processors: int = 1

    def wanted(self, seats: int, workers: int = 0, cpu: float = 0.0) -> int:
        """Workers for that many seats, in flight or waiting, with some places to spare.

        workers is how many there are, cpu the share of a processor that each uses on the average.
        """
        places = ceil(seats / (FULL_ENOUGH * self.capacity))
        busy = workers
        if cpu > BUSY and workers < self.processors:
            busy += 1
        elif cpu < IDLE:
            busy = self.least
        return max(self.least, min(max(self.most, self.least), max(places, busy)))
