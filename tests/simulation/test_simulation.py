"""The promises hold in faulty worlds, and the worlds are really faulty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

import pytest

from consensus.core import lifecycle
from consensus.core.lifecycle import Event, Step, Swept, advance
from consensus.core.model import CloseReason, Recorded, Task
from consensus.core.tally import Tally
from consensus.ports import Clock, Stored, TaskStore
from consensus.usecases import moving
from tests.simulation import world as worlds
from tests.simulation.invariants import BrokenPromiseError
from tests.simulation.run import simulate

SEEDS = range(150)

DANGEROUS = (
    "a POST was replayed",
    "a ballot came late",
    "a commit lost its race",
    "a commit was applied and its answer lost",
    "a close was applied and its answer lost",
    "two votes met on a task that lacked one",
    "a process died between commit and acknowledgement",
    "a holder was superseded",
    "a message came twice",
    "a message was lost",
    "a process died",
    "a straggler was asked again",
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


def _no_version_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that does not look at the version: the last writer wins."""

    async def blind(
        self: worlds.SimulatedStore, stored: Stored, task: Task, ballot: Recorded | None
    ) -> None:
        _, version = self.process.world.tasks[task.id]
        await self.process.step("commit")
        now, _ = self.process.world.tasks[task.id]
        worlds.check_commit(now, task, ballot)
        self.process.world.tasks[task.id] = (task, version + 1)
        async with self.process.world.changed:
            self.process.world.changed.notify_all()

    monkeypatch.setattr(worlds.SimulatedStore, "commit", blind)


def _vote_and_close_in_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ballot is recorded in one commit, and what follows from it in another."""

    async def once(store: TaskStore, clock: Clock, task_id: str, event: Event) -> Step | None:
        stored = await store.load(task_id)
        if stored is None:
            return None
        step = advance(stored.task, event, clock.now())
        if step.recorded is not None:
            await store.commit(stored, lifecycle._record(stored.task, step.recorded), step.recorded)
            return await once(store, clock, task_id, Swept())
        if step.task is not stored.task:
            await store.commit(stored, step.task, None)
        return step

    monkeypatch.setattr(moving, "_once", once)


def _one_shot_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dispatch is sent when a task is submitted, and never again."""
    monkeypatch.setattr(lifecycle, "_effects", lambda task, event: ())


def _timer_without_tally(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes at the deadline closes the task without looking at its votes first."""
    honest = lifecycle._reason_to_close

    def hasty(task: Task, tally: Tally, event: Event, now: datetime) -> CloseReason | None:
        late = now >= task.deadline
        return CloseReason.DEADLINE if late else honest(task, tally, event, now)

    monkeypatch.setattr(lifecycle, "_reason_to_close", hasty)


@pytest.mark.parametrize(
    "plant", [_no_version_check, _vote_and_close_in_two, _one_shot_relay, _timer_without_tally]
)
def test_a_planted_bug_is_found(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each known wrong design breaks a promise within a thousand worlds."""
    plant(monkeypatch)
    with pytest.raises(BrokenPromiseError):
        _live(range(1000))


def _live(seeds: Iterable[int]) -> None:
    for seed in seeds:
        simulate(seed)
