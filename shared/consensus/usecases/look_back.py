"""What an owner's last tasks show over time."""

from __future__ import annotations

from dataclasses import dataclass

from consensus.core.statistics import Statistics, statistics_of
from consensus.ports import Clock, TaskStore
from consensus.usecases.finished import newest_finished

TASKS_READ = 200  # the newest; in Firestore each is a read
JUDGED_READ = 100  # two reads each


@dataclass(frozen=True, slots=True)
class LookBack:
    """Figures of an owner's last finished tasks. Raises StoreUnavailable."""

    store: TaskStore
    clock: Clock

    async def __call__(self, owner: str) -> Statistics:
        """Of at most TASKS_READ tasks, and JUDGED_READ of which something was said."""
        tasks = await newest_finished(self.store, owner, TASKS_READ)
        judged = await self.store.judged(owner, JUDGED_READ)
        return statistics_of(tasks, judged, self.clock.now())
