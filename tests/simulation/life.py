"""One world's life, from its seed to its last check."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

import pytest

from consensus.core import doubts, tally
from consensus.core.analysis import analyse
from consensus.core.grouping import Group
from consensus.core.model import Doubt, Finding, Plan, Vote
from consensus.usecases import aggregate, submit
from tests.simulation.actors import PAGE, TIMEOUTS, client, sweeper
from tests.simulation.invariants import check_world
from tests.simulation.world import Crash, World

LONG_ENOUGH = max(TIMEOUTS) + 90 + 70  # every deadline, its grace, and one more sweep
LAST_TOLD = 12 * 3600.0
LOOK_EVERY = 5.0
FULLY_EVERY = 25  # of so many worlds one lives with the real equivalence


def simulate(seed: int, *, tell: bool = False) -> World:
    """Live one world to its end and check it.

    Raises BrokenPromiseError, or whatever broke, with the world's story in its notes.
    """
    with _shortcuts() if seed % FULLY_EVERY else _cached():
        try:
            return _simulated(World(seed, told=[] if tell else None))
        except (Exception, Crash) as error:
            error.add_note(story(seed))
            raise


def story(seed: int) -> str:
    """What happened in the seed's world, line by line, as far as it came."""
    world = World(seed, told=[])
    with _shortcuts() if seed % FULLY_EVERY else _cached():
        try:
            _simulated(world)
            ending = "every promise held"
        except (Exception, Crash) as error:
            ending = f"{type(error).__name__}: {error}"
    assert world.told is not None
    return "\n".join([f"seed {seed}: {world.faults}", *world.told, ending])


def _simulated(world: World) -> World:
    try:
        world.loop.run(_live(world))
    finally:
        # That a process died is heard by nobody, of course.
        failures = [error for error in world.loop.failures if not isinstance(error, Crash)]
        world.is_over = True
        if world.broken or world.running:
            world.loop.end()
    for broken in (*world.broken, *failures):
        raise broken
    check_world(world)
    return world


async def _live(world: World) -> None:
    loop = world.loop
    for number in range(world.size):
        world.start(client(world, number))
    sweeping = loop.create_task(sweeper(world))
    await _rest(world)
    world.calm_down()  # faults stop; one more sweep must be enough
    await _rest(world)
    while world.notices and world.loop.now < LAST_TOLD and not world.broken:
        await _rest(world)  # what subscribers did not take in waits for its time
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)
    await _rest(world)  # a sweep may have begun at that very moment


async def _rest(world: World) -> None:
    """Until nothing moves any more, or for as long as anything may move."""
    until = world.loop.now + LONG_ENOUGH
    while world.loop.now < until and not (world.is_quiet or world.broken):
        await world.loop.sleep(LOOK_EVERY)


@contextmanager
def _shortcuts() -> Iterator[None]:
    """The lifecycle as it is; equivalence by spelling, on which nothing that is proved depends."""
    with pytest.MonkeyPatch.context() as patch, _cached():
        patch.setattr(tally, "group", _by_spelling)
        patch.setattr(doubts, "group", _by_spelling)
        patch.setattr(doubts, "_is_open", lambda *_: True)
        yield


@contextmanager
def _cached() -> Iterator[None]:
    """Analysis as it is, but each text once: it is a function of it; and small pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(submit, "analyse", _analyse)
        patch.setattr(aggregate, "PAGE", PAGE)
        yield


_analyse = lru_cache(maxsize=4096)(analyse)


def _by_spelling(
    votes: Iterable[Vote], _: Plan, __: str, doubts: Iterable[Doubt] = ()
) -> tuple[Group, ...]:
    by_answer: dict[str, dict[int, Vote]] = {}
    for each in votes:
        by_answer.setdefault(each.reading.final, {})[each.seat] = each
    for doubt in sorted(doubts, key=lambda d: d.number):
        if doubt.verdict and doubt.verdict.finding is Finding.SAME:
            _join(by_answer, doubt)
    groups = [
        Group(answer, tuple(v for _, v in sorted(found.items())))
        for answer, found in by_answer.items()
    ]
    groups.sort(key=lambda g: (-len(g.votes), g.answer))
    return tuple(groups)


def _join(by_answer: dict[str, dict[int, Vote]], doubt: Doubt) -> None:
    """Bring the groups together in which the doubt's two answers are."""
    holding = [
        answer
        for answer, found in sorted(by_answer.items())
        if {doubt.one, doubt.other} & {answer, *(v.reading.final for v in found.values())}
    ]
    for answer in holding[1:]:
        by_answer[holding[0]] |= by_answer.pop(answer)
