"""Events that come for one task at the same time share a commit."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from consensus.core.errors import StoreRefuses
from consensus.core.events import BallotCast, Event, Step, Taken
from consensus.core.model import State
from consensus.ports import Stored
from consensus.usecases.apply import apply_event
from consensus.usecases.turns import TOGETHER, Turns
from tests.usecases.doubles import Small, a_task, a_vote

Applied = list[asyncio.Task[Step | None]]


@pytest.fixture
async def commits(small: Small, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The seats of each commit's ballots, of a task t1 that asks twelve; a load lets others in."""
    await small.create([a_task("t1", min_votes=12, max_votes=15)])
    await apply_event(small.store, small.clock, lambda: 0.0, "t1", Taken("h"))
    seats: list[list[int]] = []
    load, commit = small.store.load, small.store.commit

    async def from_afar(task_id: str) -> Stored | None:
        for _ in range(20):
            await asyncio.sleep(0)
        return await load(task_id)

    async def noted(stored: Stored, *steps: Step) -> Stored:
        committed = await commit(stored, *steps)
        seats.append([step.recorded.ballot.seat for step in steps if step.recorded])
        return committed

    monkeypatch.setattr(small.store, "load", from_afar)
    monkeypatch.setattr(small.store, "commit", noted)
    return seats


def _all(small: Small, turns: Turns, *events: Event) -> Applied:
    """Each event, applied for a caller of its own."""
    return [
        asyncio.create_task(turns.apply(small.store, small.clock, lambda: 0.0, "t1", event))
        for event in events
    ]


def _votes(*seats: int) -> list[Event]:
    return [BallotCast(a_vote(seat, "4")) for seat in seats]


async def test_ballots_that_come_together_are_one_commit(
    small: Small, commits: list[list[int]]
) -> None:
    """Each caller has its own step, and each ballot its own place in the order."""
    steps = await asyncio.gather(*_all(small, Turns(), *_votes(0, 1, 2, 1)))
    assert commits == [[0, 1, 2]]
    assert [step.ignored is None for step in steps if step] == [True, True, True, False]
    assert [r.order for r in (await small.task("t1")).ballots] == [1, 2, 3]


async def test_a_commit_takes_no_more_than_fits(small: Small, commits: list[list[int]]) -> None:
    """The rest go with the next one."""
    await asyncio.gather(*_all(small, Turns(), *_votes(*range(TOGETHER + 2))))
    assert [len(seats) for seats in commits] == [TOGETHER, 2]


async def test_the_next_in_line_need_not_load(
    small: Small, commits: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed for those before them is the task that they find; later ones load."""
    loads = 0
    load = small.store.load

    async def counted(task_id: str) -> Stored | None:
        nonlocal loads
        loads += 1
        return await load(task_id)

    monkeypatch.setattr(small.store, "load", counted)
    turns = Turns()
    await asyncio.gather(*_all(small, turns, *_votes(*range(TOGETHER + 1))))
    assert (len(commits), loads) == (2, 1)
    await asyncio.gather(*_all(small, turns, *_votes(TOGETHER + 1)))
    assert (len(commits), loads) == (3, 2)


async def test_another_processs_commit_is_looked_for(
    small: Small, commits: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For all that is known here nobody asked the last seat; another process did meanwhile."""
    commit = small.store.commit

    async def then_overtaken(stored: Stored, *steps: Step) -> Stored:
        committed = await commit(stored, *steps)
        if len(commits) == 1:
            task = committed.task
            asked = replace(task.progress, asked=task.progress.asked + 1)
            await commit(committed, Step(replace(task, progress=asked)))
        return committed

    monkeypatch.setattr(small.store, "commit", then_overtaken)
    *_, last = await asyncio.gather(*_all(small, Turns(), *_votes(*range(TOGETHER), 12)))
    assert last is not None
    assert last.ignored is None


async def test_what_ends_the_task_leaves_the_others_late(
    small: Small, commits: list[list[int]]
) -> None:
    """As if they had come one after the other."""
    steps = await asyncio.gather(*_all(small, Turns(), *_votes(*range(7))))
    assert all(step and step.ignored is None for step in steps)
    steps = await asyncio.gather(*_all(small, Turns(), *_votes(*range(7, 12))))
    states = [step.task.state for step in steps if step]
    assert states[-1] is State.DONE
    assert states == sorted(states, key=lambda state: state is State.DONE)


async def test_who_leaves_takes_nobody_along(small: Small, commits: list[list[int]]) -> None:
    """The others' events are applied though the caller whose turn it was is cancelled."""
    turns = Turns()
    first, *others = _all(small, turns, *_votes(0, 1, 2))
    await asyncio.sleep(0)
    first.cancel()
    assert all(await asyncio.gather(*others))
    assert {r.ballot.seat for r in (await small.task("t1")).ballots} >= {1, 2}
    assert turns == Turns(turns.locks)


async def test_of_two_alike_the_one_that_leaves_goes(
    small: Small, commits: list[list[int]]
) -> None:
    """A message that was delivered twice at once waits twice, and each for itself."""
    turns = Turns()
    _, first, second = _all(small, turns, *_votes(0, 1, 1))
    await asyncio.sleep(0)
    second.cancel()
    step = await first
    assert step is not None
    assert step.ignored is None
    await asyncio.gather(second, return_exceptions=True)
    assert turns == Turns(turns.locks)


async def test_what_the_store_refuses_harms_only_itself(
    small: Small, commits: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ballot that can never be stored comes back to its sender; those beside it are stored."""
    commit = small.store.commit

    async def refuses(stored: Stored, *steps: Step) -> Stored:
        if any(step.recorded and step.recorded.ballot.seat == 1 for step in steps):
            raise StoreRefuses("too large")
        return await commit(stored, *steps)

    monkeypatch.setattr(small.store, "commit", refuses)
    ended: list[Any] = await asyncio.gather(
        *_all(small, Turns(), *_votes(0, 1, 2)), return_exceptions=True
    )
    assert [isinstance(end, StoreRefuses) for end in ended] == [False, True, False]
    assert {r.ballot.seat for r in (await small.task("t1")).ballots} == {0, 2}


async def test_an_unknown_task_is_none_for_all(small: Small) -> None:
    """Nobody made it, or it was erased."""
    assert await asyncio.gather(*_all(small, Turns(), *_votes(0, 1))) == [None, None]
