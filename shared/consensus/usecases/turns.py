"""Events that come for one task at the same time: they share a load and a commit.

Votes of one wave come together. One commit each, in turn, would keep the last of four waiting for
three loads and commits of the others, and would write one document several times a second. Those
that came too late to share go on from what was committed, without a load.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from consensus.core.errors import TransientError
from consensus.core.events import Event, Step
from consensus.ports import Clock, TaskStore
from consensus.usecases.apply import Known, TaskLocks, apply_events

TOGETHER: Final = 8  # ballots of up to a megabyte: a commit of Firestore's takes ten


@dataclass(slots=True, eq=False)
class _Asked:
    """An event, and what became of it."""

    event: Event
    over: bool = False
    step: Step | None = None
    error: TransientError | None = None

    def end(self, step: Step | None = None, error: TransientError | None = None) -> None:
        self.over, self.step, self.error = True, step, error


@dataclass(slots=True)
class _Line:
    """Who waits for a task, and what the last one's turn has made of it."""

    waiting: list[_Asked] = field(default_factory=list)
    known: Known = field(default_factory=Known)


@dataclass(slots=True)
class Turns:
    """Applies events within a process: one commit at a time for each task, for all that wait.

    Whoever's turn it is brings in the others' events too; between processes the version decides.
    """

    locks: TaskLocks = field(default_factory=TaskLocks)
    _lines: dict[str, _Line] = field(default_factory=dict, init=False)

    async def apply(
        self,
        store: TaskStore,
        clock: Clock,
        jitter: Callable[[], float],
        task_id: str,
        event: Event,
    ) -> Step | None:
        """Apply the event, committed when this returns; None for an unknown task.

        Raises as apply_events does: then none of those that went together was applied.
        """
        asked = _Asked(event)
        self._lines.setdefault(task_id, _Line()).waiting.append(asked)
        try:
            async with self.locks.at(task_id):
                if not asked.over:
                    await self._bring_in(store, clock, jitter, task_id, asked)
        finally:
            self._leave(task_id, asked)
        if asked.error is not None:
            raise asked.error
        return asked.step

    async def _bring_in(
        self,
        store: TaskStore,
        clock: Clock,
        jitter: Callable[[], float],
        task_id: str,
        first: _Asked,
    ) -> None:
        """Apply this one and others that wait; those stay where this one's caller is cancelled.

        Where the store did not fail but something that went together, this one goes alone.
        """
        taken, line = [first], self._lines[task_id]

        def due() -> Sequence[Event]:
            others = (asked for asked in line.waiting if asked not in taken)
            taken.extend(list(others)[: TOGETHER - len(taken)])
            return [asked.event for asked in taken]

        try:
            steps = await apply_events(store, clock, jitter, task_id, due, known=line.known)
        except Exception as error:
            if isinstance(error, TransientError) and error.heals:
                for asked in taken:
                    asked.end(error=error)
                return
            if len(taken) == 1:
                raise
            taken = [first]
            steps = await apply_events(store, clock, jitter, task_id, lambda: (first.event,))
        for number, asked in enumerate(taken):
            asked.end(steps[number] if steps else None)

    def _leave(self, task_id: str, asked: _Asked) -> None:
        line = self._lines[task_id]
        line.waiting.remove(asked)
        if not line.waiting:
            del self._lines[task_id]
