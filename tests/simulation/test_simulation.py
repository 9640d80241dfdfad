"""The promises hold in faulty worlds, and the worlds are really faulty."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation import world as worlds
from tests.simulation.invariants import BrokenPromiseError
from tests.simulation.run import simulate

SEEDS = range(150)

DANGEROUS = (
    "a POST was replayed",
    "a ballot came late",
    "a commit lost its race",
    "a commit was applied and its answer lost",
    "a holder was superseded",
    "a message came twice",
    "a message was lost",
    "a process died",
    "a vote arrived at the deadline",
    "a worker was lost",
    "closed CANCELLED",
    "closed DEADLINE",
    "closed NO_VOTES",
    "closed SETTLED",
)


def test_every_promise_holds_in_every_world() -> None:
    """I1 to I8, I10 and L1, at every commit and at the end; and the dangers were really met."""
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        seen += simulate(seed).seen
    assert not [danger for danger in DANGEROUS if not seen[danger]]


def test_a_seed_replays_exactly() -> None:
    """The same seed tells the same story, to the millisecond."""
    assert simulate(7).story == simulate(7).story != simulate(8).story


def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store whose commit does not look at the version breaks a promise within a few worlds."""

    async def blind_commit(
        self: worlds.SimulatedStore, stored: worlds.Stored, task: worlds.Task, ballot: object
    ) -> None:
        await self.process.step("commit")
        world = self.process.world
        current, version = world.tasks[task.id]
        worlds.check_commit(current, task, ballot)  # type: ignore[arg-type]
        world.tasks[task.id] = (task, version + 1)
        async with world.changed:
            world.changed.notify_all()

    monkeypatch.setattr(worlds.SimulatedStore, "commit", blind_commit)
    with pytest.raises(BrokenPromiseError):
        _live_them_all()


def _live_them_all() -> None:
    for seed in SEEDS:
        simulate(seed)
