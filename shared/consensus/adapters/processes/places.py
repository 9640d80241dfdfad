"""Places at workers: who has one, and who waits for one.

Where it is known how many a worker has, seats wait here in one queue that is fair to owners and
takes older tasks first. A worker is handed a few at a time: what it has begun goes on before it
begins with more.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from consensus.core.deadlines import calls_end
from consensus.core.errors import WorkerUnavailable
from consensus.core.fairness import FairQueue
from consensus.ports import Call

# Seats that a worker has been handed, and has not said yet that it takes. Where processors are what
# is short it says so late, and new seats keep to the pace at which others end. At 16 all that there
# were places for began before any ended, and tasks ended by hundreds at a time.
BEGINNING = 4

# How long a worker that was not there is asked last: having nothing to do, it would be the
# least-loaded, and every seat would try it first.
RESTING_SECONDS = 1.0
LOOK_SECONDS = 0.1  # between two looks for workers that came, while seats wait

Seat = tuple[str, str]  # a task, and what of it


@dataclass(slots=True, eq=False)
class Place:
    """A seat's place at a worker, and whether the worker has begun with it."""

    seat: Seat
    target: str
    has_begun: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A seat that waits for a place."""

    seat: Seat
    place: asyncio.Future[Place]


class Places:
    """The places of the workers that targets lists, which is called for each look.

    takes_seats says which workers are worth asking, as far as is known; each is how many places one
    has; None: unknown, and nobody waits.
    """

    def __init__(
        self,
        targets: Callable[[], Sequence[str]],
        each: int | None,
        takes_seats: Callable[[str], bool],
        now: Callable[[], datetime],
    ) -> None:
        self._targets = targets
        self._each = each
        self._takes_seats = takes_seats
        self._now = now
        self._queue: FairQueue[_Waiting] = FairQueue()
        self._looking: asyncio.TimerHandle | None = None
        self._in_flight: Counter[str] = Counter()
        self._beginning: Counter[str] = Counter()  # of those in flight
        self._at: Counter[tuple[str, str, str]] = Counter()  # task, seat, target
        self._resting: dict[str, float] = {}  # since when a target was not there
        self._turn = itertools.count()

    @contextmanager
    def leaving(self, place: Place) -> Iterator[None]:
        """Leave the place at the end, to whoever waits for one."""
        try:
            yield
        finally:
            self._leave(place)

    async def take(self, call: Call) -> Place:
        """A place for the call, counted as taken. Raises WorkerUnavailable."""
        seat = (call.task_id, call.place)
        if self._each is None:
            targets = self._targets()
            if not targets:
                raise WorkerUnavailable("no worker is running")
            return self._taken(seat, targets)
        left = (calls_end(call.deadline) - self._now()).total_seconds()
        if left <= 0:
            raise WorkerUnavailable("the time for calls is over")
        waiting = _Waiting(seat, asyncio.get_running_loop().create_future())
        self._queue.push(call.owner, waiting, call.created_at)
        self._give()
        try:
            async with asyncio.timeout(left):
                return await waiting.place
        except BaseException as error:
            self._queue.discard(call.owner, waiting)
            if waiting.place.done() and not waiting.place.cancelled():  # given, and never taken up
                self._leave(waiting.place.result())
            if isinstance(error, TimeoutError):
                why = "all workers are full" if self._targets() else "no worker is running"
                raise WorkerUnavailable(why) from error
            raise

    def begin(self, place: Place) -> None:
        """The worker has taken the seat, so that it may be handed another."""
        if not place.has_begun:
            place.has_begun = True
            _one_less(self._beginning, place.target)
            self._give()

    def rest(self, target: str) -> None:
        """The worker is not there: ask it last for a while."""
        self._resting[target] = time.monotonic()

    def is_there(self, target: str) -> None:
        """The worker is there after all, or nobody's any more."""
        self._resting.pop(target, None)

    def in_flight(self, target: str) -> int:
        """Seats that have a place at this worker."""
        return self._in_flight[target]

    def wanted(self) -> int:
        """Places that are taken, and those that are lacking.

        While there are places, those that wait do so for processors, which no worker adds.
        """
        lacking = 0 if self._with_places() else len(self._queue)
        return self._in_flight.total() + lacking

    def close(self) -> None:
        """Look no more for workers that come."""
        if self._looking is not None:
            self._looking.cancel()

    def _give(self) -> None:
        """Give the places that are free to those whose turn it is."""
        while len(self._queue):
            free = [t for t in self._with_places() if self._beginning[t] < BEGINNING]
            if not free:  # looked at again, since workers come without a word
                loop = asyncio.get_running_loop()
                self._looking = self._looking or loop.call_later(LOOK_SECONDS, self._look_again)
                return
            waiting = self._queue.pop()
            if waiting is not None and not waiting.place.done():
                waiting.place.set_result(self._taken(waiting.seat, free))

    def _look_again(self) -> None:
        self._looking = None
        self._give()

    def _with_places(self) -> list[str]:
        """Workers that are there and have a place, as far as is known."""
        each, rested = self._each, time.monotonic() - RESTING_SECONDS
        return [
            target
            for target in self._targets()
            if (each is None or self._in_flight[target] < each)
            and self._takes_seats(target)
            and self._resting.get(target, rested) <= rested
        ]

    def _least_loaded(self, seat: Seat, targets: Sequence[str]) -> str:
        turn = next(self._turn)
        rested = time.monotonic() - RESTING_SECONDS
        turns = {t: (i - turn) % len(targets) for i, t in enumerate(targets)}
        return min(
            targets,
            key=lambda t: (
                not self._takes_seats(t),
                self._resting.get(t, rested) > rested,
                (*seat, t) in self._at,
                self._in_flight[t],
                turns[t],
            ),
        )

    def _taken(self, seat: Seat, targets: Sequence[str]) -> Place:
        """A place at the least loaded of these."""
        target = self._least_loaded(seat, targets)
        self._in_flight[target] += 1
        self._beginning[target] += 1
        self._at[*seat, target] += 1
        return Place(seat, target)

    def _leave(self, place: Place) -> None:
        _one_less(self._in_flight, place.target)
        _one_less(self._at, (*place.seat, place.target))
        if not place.has_begun:
            _one_less(self._beginning, place.target)
        self._give()


Key = TypeVar("Key")


def _one_less(counted: Counter[Key], key: Key) -> None:
    """Take one away; nothing is kept at zero, since workers and seats come and go for ever."""
    counted[key] -= 1
    if not counted[key]:
        del counted[key]
