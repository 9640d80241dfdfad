"""Load, advance, commit if unchanged, else again: the one way in which a stored task changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from weakref import WeakValueDictionary

from consensus.core.errors import Conflict, StoreUnavailable
from consensus.core.events import Event, Step
from consensus.core.lifecycle import advance
from consensus.ports import Clock, Stored, TaskStore
from consensus.telemetry import figures

ATTEMPTS = 40
OUTAGES = 4  # of the store that are sat out before the message goes back to the queue
LONGEST_PAUSE = 0.5  # seconds


class TaskLocks:
    """One change at a time on each task within a process: a lost race costs a load and a commit.

    Between processes the version decides; the lock only saves work.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def at(self, task_id: str) -> asyncio.Lock:
        """The task's lock, deleted when nobody waits for it."""
        return self._locks.setdefault(task_id, asyncio.Lock())


@dataclass(slots=True)
class Known:
    """A task as it was committed here last, for whoever comes next; None: it is to be read."""

    stored: Stored | None = None


async def apply_event(
    store: TaskStore, clock: Clock, jitter: Callable[[], float], task_id: str, event: Event
) -> Step | None:
    """Apply an event to a stored task; None for an unknown one. See apply_events."""
    steps = await apply_events(store, clock, jitter, task_id, lambda: (event,))
    return steps[0] if steps else None


async def apply_events(
    store: TaskStore,
    clock: Clock,
    jitter: Callable[[], float],
    task_id: str,
    due: Callable[[], Sequence[Event]],
    *,
    known: Known | None = None,
) -> Sequence[Step]:
    """Apply events to a stored task in one commit; a step for each, none for an unknown task.

    due tells which, asked whenever the task has been loaded: those of the time before are among
    them. jitter draws from 0..1. known spares a load where this process committed the task just
    now, and is told what it commits.
    Sixty-four ballots may meet on one task, and one commit wins each round, so losing is ordinary:
    the pause grows with each loss. A commit whose answer was lost is looked at like any other:
    load again, and see what stands. Raises Conflict after the last attempt, StoreUnavailable.
    """
    outages = 0
    for attempt in range(ATTEMPTS):
        try:
            return await _once(store, clock, task_id, due, known or Known())
        except Conflict:
            pause = 0.01 * 2**attempt
        except StoreUnavailable as error:
            outages += 1
            if outages > OUTAGES or not error.heals:
                raise
            pause = 0.1 * 2**outages
        await clock.sleep(jitter() * min(LONGEST_PAUSE, pause))
    raise Conflict(f"task {task_id} kept changing under {ATTEMPTS} attempts; try again")


async def _once(
    store: TaskStore,
    clock: Clock,
    task_id: str,
    due: Callable[[], Sequence[Event]],
    known: Known,
) -> Sequence[Step]:
    stored, known.stored = known.stored, None
    was_known = stored is not None
    stored = stored or await store.load(task_id)
    events = due()
    if stored is None:
        return ()
    task, now = stored.task, clock.now()
    steps, moves = [], []
    for event in events:
        step = advance(task, event, now)
        steps.append(step)
        if step.task is not task:
            moves.append(step)
        task = step.task
    if was_known and len(moves) < len(steps):
        # What changes nothing here may change what another process has made of the task.
        return await _once(store, clock, task_id, due, known)
    if moves:
        known.stored = await store.commit(stored, *moves)
        figures.moved(stored.task, task)
    return steps
