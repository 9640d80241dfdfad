"""How long until there is room for another task? As long as the tasks that are open now will take.

Little's law, read backwards: of n tasks that each take t seconds, one ends every t / n seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from consensus.core.model import Task

UNKNOWN_SECONDS = 10.0  # what a task takes where none has ended yet
LEAST, MOST = 0.1, 120.0  # seconds


def room_after(ended: Sequence[Task], open_tasks: int) -> float:
    """Seconds until one of so many open tasks ends, as tasks that ended lately took."""
    took = [
        (task.finished_at - task.created_at).total_seconds()
        for task in ended
        if task.finished_at is not None
    ]
    each = median(took) if took else UNKNOWN_SECONDS
    return min(MOST, max(LEAST, each / max(1, open_tasks)))
