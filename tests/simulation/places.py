"""The places of a world that has few, shared by its holders, and the promises about turns."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from consensus.adapters.processes.places import Place, Places, Seat
from consensus.ports import Call
from tests.simulation.invariants import promise

if TYPE_CHECKING:
    from tests.simulation.world import World

WORKERS = ("w0", "w1")
PLACES = 1  # of each worker


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    """A call that wants a place, as its task in the store tells it."""

    seat: Seat
    owner: str
    created_at: datetime
    running: asyncio.Task[Any] | None

    @property
    def stays(self) -> bool:
        """Whether it has not been told to wait no more."""
        return self.running is not None and not self.running.cancelling()


class WatchedPlaces(Places):
    """The real places; whoever is given one is looked at beside those who go on waiting."""

    def __init__(self, world: World, epoch: datetime) -> None:
        def now() -> datetime:
            return epoch + timedelta(seconds=world.loop.now)

        super().__init__(lambda: WORKERS, PLACES, lambda _: True, now)
        self._world = world
        self._waiters: list[_Waiter] = []
        # By who waits, how often each other owner was served since that one last was.
        self._passed: defaultdict[str, Counter[str]] = defaultdict(Counter)

    async def take(self, call: Call) -> Place:
        """See Places."""
        task = self._world.task(call.task_id)
        seat, running = (call.task_id, call.place), asyncio.current_task()
        waiter = _Waiter(seat, task.owner, task.created_at, running)
        self._waiters.append(waiter)
        try:
            return await super().take(call)
        finally:
            if waiter in self._waiters:
                self._forget(waiter)

    def _taken(self, seat: Seat, targets: Sequence[str]) -> Place:
        served = next(w for w in self._waiters if w.seat == seat and w.stays)
        self._forget(served)
        others = [w for w in self._waiters if w.stays]
        self._world.seen["a seat was given a place for which others waited"] += bool(others)
        oldest = min((w.created_at for w in others if w.owner == served.owner), default=None)
        first = oldest is None or served.created_at <= oldest
        name = "turns: an owner's oldest task goes first"
        self._world.check(promise, first, name, (served, oldest))
        for owner in {w.owner for w in others} - {served.owner}:
            self._passed[owner][served.owner] += 1
            once = self._passed[owner][served.owner] == 1
            leaving = any(w.owner == owner and not w.stays for w in self._waiters)
            name = "turns: nobody is served twice while another owner waits"
            self._world.check(promise, once or leaving, name, (served, owner))
        return super()._taken(seat, targets)

    def _leave(self, place: Place) -> None:
        super()._leave(place)
        taken = sum(map(self.in_flight, WORKERS))
        name = "turns: no place is empty while a seat waits for one"
        idle = taken < PLACES * len(WORKERS) and any(w.stays for w in self._waiters)
        self._world.check(promise, not idle or self._world.is_over, name, self._waiters)

    def _forget(self, waiter: _Waiter) -> None:
        self._waiters.remove(waiter)
        self._passed.pop(waiter.owner, None)
