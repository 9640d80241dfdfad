"""How many tasks an owner may have, and how long until there is room for another.

Of those that are open: as long as they will take. Little's law, read backwards: of n tasks that
each take t seconds, one ends every t / n seconds. Of those that came lately: until enough are a
minute old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from consensus.core.model import Task

UNKNOWN_SECONDS = 10.0  # what a task takes where none has ended yet
LEAST, MOST = 0.1, 120.0  # seconds
LATELY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on one owner's tasks: of so many (quota), so many are left.

    within: over what time they are counted, None for those that are open at once.
    """

    name: str
    quota: int
    left: int
    within: timedelta | None = None


def open_limit(quota: int, open_tasks: int) -> Limit:
    """The bound on tasks that are open at once."""
    return Limit("open", quota, max(0, quota - open_tasks))


def minute_limit(quota: int, lately: int) -> Limit:
    """The bound on tasks that are accepted within a minute."""
    return Limit("minute", quota, max(0, quota - lately), LATELY)


def room_after(ended: Sequence[Task], open_tasks: int) -> float:
    """Seconds until one of so many open tasks ends, as tasks that ended lately took."""
    took = [
        (task.finished_at - task.created_at).total_seconds()
        for task in ended
        if task.finished_at is not None
    ]
    each = median(took) if took else UNKNOWN_SECONDS
    return min(MOST, max(LEAST, each / max(1, open_tasks)))


def minute_after(lately: Sequence[Task], quota: int, now: datetime) -> float:
    """Seconds until fewer than quota of an owner's tasks, newest first, are of the last minute.

    Where fewer are known, since others were erased, until the oldest of these is a minute old:
    later than need be. Where none is, as if they had come evenly.
    """
    if not lately:
        return max(LEAST, LATELY.total_seconds() / max(1, quota))
    leaves = lately[: max(1, quota)][-1].created_at + LATELY
    return min(MOST, max(LEAST, (leaves - now).total_seconds()))
