"""Worlds from seeds: python -m tests.simulation.run --seeds 1000, or --seed 17 for one story."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from collections import Counter

from tests.simulation.invariants import check_world
from tests.simulation.loop import SimulatedLoop
from tests.simulation.world import TIMEOUTS, World, client, sweeper

TASKS = 3
LONG_ENOUGH = max(TIMEOUTS) + 90 + 70  # every deadline, its grace, and one more sweep


async def _live(world: World) -> None:
    clients = [asyncio.create_task(client(world, number)) for number in range(TASKS)]
    sweeping = asyncio.create_task(sweeper(world))
    await asyncio.sleep(LONG_ENOUGH)
    # Faults stop; one more sweep must be enough.
    world.faults = type(world.faults)()
    await asyncio.sleep(LONG_ENOUGH)
    others = [*clients, sweeping, *world.running]
    for task in others:
        task.cancel()
    await asyncio.gather(*clients)
    await asyncio.gather(*others, return_exceptions=True)


def simulate(seed: int) -> World:
    """Live one world to its end and check it. Raises BrokenPromiseError, or whatever broke."""
    world = World(seed)
    loop = SimulatedLoop(world.chance)
    asyncio.set_event_loop(None)
    failures: list[BaseException] = []
    loop.set_exception_handler(lambda _, context: _note(failures, context))
    try:
        loop.run_until_complete(_live(world))
    except BaseException as error:
        error.add_note(_story(world))
        raise
    finally:
        loop.close()
    if failures:
        failures[0].add_note(_story(world))
        raise failures[0]
    try:
        check_world(world)
    except AssertionError as error:
        error.add_note(_story(world))
        raise
    return world


def _note(failures: list[BaseException], context: dict[str, object]) -> None:
    error = context.get("exception")
    failures.append(error if isinstance(error, BaseException) else RuntimeError(str(context)))


def _story(world: World) -> str:
    return f"seed {world.seed}, {world.faults}\n" + "\n".join(world.story)


def main() -> int:
    """Run many seeds, or tell the story of one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="one world, with its story")
    options = parser.parse_args()
    logging.disable()  # the story tells it all
    if options.seed is not None:
        print("\n".join(simulate(options.seed).story))
        return 0
    seen: Counter[str] = Counter()
    began = time.perf_counter()
    for seed in range(options.first, options.first + options.seeds):
        seen += simulate(seed).seen
        if sys.stderr.isatty():
            print(f"\r{seed - options.first + 1}/{options.seeds} worlds", end="", file=sys.stderr)
    took = time.perf_counter() - began
    print(f"{options.seeds} worlds, {options.seeds * TASKS} task lives, {took:.1f} s")
    for what, times in sorted(seen.items()):
        print(f"{times:8d}  {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
