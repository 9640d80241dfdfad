"""Thirty workers at one endpoint: each learning its limit alone, and telling each other."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field

from consensus.core import pacing
from consensus.core.pacing import Pace

WORKERS, EACH, LIMIT = 30, 20, 15.0  # workers, requests of each, requests a second that it takes
LATENCY = 0.5  # seconds until an answer, or a refusal, is there


@dataclass
class World:
    """An endpoint that takes so many requests a second, and refuses the rest."""

    sharing: bool
    paces: list[Pace] = field(default_factory=lambda: [Pace() for _ in range(WORKERS)])
    left: list[int] = field(default_factory=lambda: [EACH] * WORKERS)
    shared: float = 0.0  # what the dispatcher heard last
    tokens: float = LIMIT
    filled_at: float = 0.0
    refusals: int = 0
    now: float = 0.0

    def run(self) -> None:
        """Until every request was answered."""
        numbers = itertools.count()
        # A seat reaches each worker now and then: with it comes what others found.
        events = [(worker * 0.01, next(numbers), "seat", worker, 0.0) for worker in range(WORKERS)]
        heapq.heapify(events)
        while any(self.left) or any(event[2] == "answer" for event in events):
            self.now, _, kind, worker, started = heapq.heappop(events)
            if kind == "seat" and self.left[worker]:
                if self.sharing:
                    self.paces[worker] = pacing.told(self.paces[worker], self.shared, self.now)
                after = pacing.wait(self.paces[worker], self.now)
                if after > 0:
                    heapq.heappush(events, (self.now + after, next(numbers), "seat", worker, 0.0))
                    continue
                self.paces[worker] = pacing.start(self.paces[worker], self.now)
                self.left[worker] -= 1
                kind = "answer" if self._takes() else "refusal"
                heapq.heappush(events, (self.now + LATENCY, next(numbers), kind, worker, self.now))
                heapq.heappush(events, (self.now + 0.02, next(numbers), "seat", worker, 0.0))
            elif kind == "answer":
                self.paces[worker] = pacing.accepted(self.paces[worker])
                self.shared = pacing.known(self.paces[worker]) or self.shared
            elif kind == "refusal":
                self.refusals += 1
                self.left[worker] += 1
                self.paces[worker] = pacing.refused(self.paces[worker], started, self.now, None)
                self.shared = pacing.known(self.paces[worker])
                heapq.heappush(events, (self.now, next(numbers), "seat", worker, 0.0))

    def _takes(self) -> bool:
        self.tokens = min(LIMIT, self.tokens + (self.now - self.filled_at) * LIMIT)
        self.filled_at = self.now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def lived(*, sharing: bool) -> World:
    """A world at its end."""
    world = World(sharing)
    world.run()
    return world


def test_what_one_worker_is_refused_for_spares_the_others() -> None:
    """Fewer refusals, and nobody is done much later for it."""
    alone, together = lived(sharing=False), lived(sharing=True)
    assert together.refusals < alone.refusals
    assert together.now < 1.5 * alone.now
    assert together.left == alone.left == [0] * WORKERS


def test_a_rate_is_taken_over_where_it_is_far_below_one_s_own() -> None:
    """Whoever met no limit begins there; small differences are left to each one's learning."""
    fresh = pacing.told(Pace(), 2.0, 10.0)
    assert (fresh.rate, fresh.refused_at, pacing.wait(fresh, 10.0)) == (2.0, 10.0, 0.5)
    assert pacing.told(fresh, 1.5, 11.0) == fresh
    assert pacing.told(fresh, 0.5, 11.0).rate == 0.5
    assert pacing.told(fresh, 0.0, 11.0) == fresh


def test_who_met_no_limit_tells_none() -> None:
    """0 on the wire."""
    assert pacing.known(Pace()) == 0.0
    assert pacing.known(pacing.told(Pace(), 2.0, 0.0)) == 2.0


if __name__ == "__main__":
    for sharing in (False, True):
        world = lived(sharing=sharing)
        print(f"sharing {sharing}: {world.refusals} refusals, done after {world.now:.1f} s")
