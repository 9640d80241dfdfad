"""How many workers a load wants."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

FULL_ENOUGH = 0.75  # share of all places above which another worker is started


@dataclass(frozen=True, slots=True)
class Scale:
    """The pool's bounds in workers, and how many seats one worker works on at once."""

    least: int
    most: int
    capacity: int

    def wanted(self, seats: int) -> int:
        """Workers for that many seats, in flight or waiting, with some places to spare."""
        enough = ceil(seats / (FULL_ENOUGH * self.capacity))
        return max(self.least, min(max(self.most, self.least), enough))
