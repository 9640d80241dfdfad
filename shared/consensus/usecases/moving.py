"""Load, advance, commit if unchanged, else again: the one way in which a stored task changes."""

from __future__ import annotations

from collections.abc import Callable

from consensus.core.errors import Conflict
from consensus.core.lifecycle import Event, Step, advance
from consensus.ports import Clock, TaskStore

ATTEMPTS = 40
LONGEST_PAUSE = 0.5  # seconds


async def move(
    store: TaskStore, clock: Clock, jitter: Callable[[], float], task_id: str, event: Event
) -> Step | None:
    """Apply an event to a stored task; None for an unknown one. jitter draws from 0..1.

    Sixty-four ballots may meet on one task, and one commit wins each round, so losing is ordinary:
    the pause grows with each loss. Raises Conflict after the last attempt, StoreUnavailable.
    """
    for attempt in range(ATTEMPTS):
        stored = await store.load(task_id)
        if stored is None:
            return None
        step = advance(stored.task, event, clock.now())
        if step.task is stored.task:
            return step
        try:
            await store.commit(stored, step.task, step.recorded)
        except Conflict:
            await clock.sleep(jitter() * min(LONGEST_PAUSE, 0.01 * 2**attempt))
        else:
            return step
    raise Conflict(f"task {task_id} kept changing under {ATTEMPTS} attempts; try again")
