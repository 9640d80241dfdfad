"""Worlds from seeds: python -m tests.simulation.run --seeds 1000, or --seed 17 --story for one."""

from __future__ import annotations

import argparse
import gc
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from tests.simulation.coverage import DANGERS
from tests.simulation.life import simulate, story
from tests.simulation.planted import PLANTS, planted
from tests.simulation.world import Crash

ENOUGH = 1_200  # worlds among which every danger is met
CHUNK = 50  # worlds between two looks at the clock
STORIES = 3  # failures that are told at the end
PLAIN_EVERY = 10.0  # seconds between lines where there is no terminal


@dataclass(slots=True)
class Account:
    """What came of so many worlds. broken: what was found, by seed."""

    worlds: int = 0
    tasks: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    broken: dict[int, str] = field(default_factory=dict)
    busy: float = 0.0  # seconds of processor time

    def add(self, other: Account) -> None:
        """Take in another account."""
        self.worlds += other.worlds
        self.tasks += other.tasks
        self.seen += other.seen
        self.broken |= other.broken
        self.busy += other.busy

    @property
    def lives(self) -> int:
        """Task lives lived."""
        return self.tasks


def live(seeds: Iterable[int], plant: str | None = None) -> Account:
    """Live the worlds of these seeds, one after another, with a bug planted where one is named."""
    account, began = Account(), time.process_time()
    with planted(plant), _light():
        for seed in seeds:
            account.worlds += 1
            try:
                world = simulate(seed)
                account.seen += world.seen
                account.tasks += world.size
            except (Exception, Crash) as error:
                account.broken[seed] = f"{type(error).__name__}: {error}"[:400]
    account.busy = time.process_time() - began
    return account


@contextmanager
def _light() -> Iterator[None]:
    """Without logs, since the story tells it all, and with rare collections of little garbage."""
    disabled, thresholds = logging.root.manager.disable, gc.get_threshold()
    logging.disable()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        logging.disable(disabled)


def _chunks(options: argparse.Namespace) -> Iterator[range]:
    end = options.first + options.seeds
    return (range(at, min(at + CHUNK, end)) for at in range(options.first, end, CHUNK))


def _accounts(options: argparse.Namespace) -> Iterator[Account]:
    """An account a chunk, as they are done."""
    if options.jobs == 1:
        yield from (live(chunk, options.plant) for chunk in _chunks(options))
        return
    # Ctrl-C is for the parent, which then tells what there is so far.
    pool = ProcessPoolExecutor(
        options.jobs,
        multiprocessing.get_context("spawn"),
        signal.signal,
        (signal.SIGINT, signal.SIG_IGN),
    )
    try:
        waiting: list[Future[Account]] = [
            pool.submit(live, chunk, options.plant) for chunk in _chunks(options)
        ]
        for done in as_completed(waiting):
            yield done.result()
    finally:
        pool.shutdown(cancel_futures=True)


class _Board:
    """How far it is: a bar on a terminal, now and then a plain line elsewhere."""

    def __init__(self, worlds: int) -> None:
        self._worlds, self._began = worlds, time.perf_counter()
        self._spoke = self._began
        self._bar: Progress | None = None
        self._task = TaskID(0)
        console = Console(stderr=True)
        if console.is_terminal:
            columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
            self._bar = Progress(*columns, console=console)
            self._task = self._bar.add_task("", total=worlds)

    def shown(self) -> AbstractContextManager[object]:
        """While it is shown."""
        return self._bar or nullcontext()

    def update(self, account: Account) -> None:
        """Show where the account stands."""
        now = time.perf_counter()
        pace = account.lives / (now - self._began)
        line = f"{account.lives} task lives, {pace:.0f} a second, {len(account.broken)} broken"
        if self._bar is not None:
            self._bar.update(self._task, completed=account.worlds, description=line)
        elif now - self._spoke > PLAIN_EVERY:
            self._spoke = now
            left = (self._worlds - account.worlds) / account.worlds * (now - self._began)
            print(f"{account.worlds}/{self._worlds} worlds, {line}, {left:.0f} s left", flush=True)


def main() -> int:
    """Run many seeds, or tell of one. 1 where a promise was broken, or a danger never met."""
    options = _options()
    if options.seed is not None:
        return _one(options)
    account, board, interrupted = Account(), _Board(options.seeds), False
    try:
        with board.shown():
            for part in _accounts(options):
                account.add(part)
                board.update(account)
                if options.plant and account.broken:
                    break
    except KeyboardInterrupt:
        interrupted = True
    return _tell(account, options, interrupted=interrupted)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes to use")
    parser.add_argument("--seed", type=int, help="one world alone")
    parser.add_argument("--story", action="store_true", help="tell what happened in it")
    parser.add_argument("--plant", choices=sorted(PLANTS), help="stop at the first seed to find it")
    return parser.parse_args()


def _one(options: argparse.Namespace) -> int:
    account = live([options.seed], options.plant)
    if options.story:
        with planted(options.plant):
            print(story(options.seed))
    else:
        print(account.broken.get(options.seed, "every promise held"))
    return 1 if account.broken else 0


def _tell(account: Account, options: argparse.Namespace, *, interrupted: bool) -> int:
    """The account as text, with the stories of the first failures."""
    for danger in DANGERS:
        print(f"{account.seen[danger]:9d}  {danger}")
    missed = [danger for danger in DANGERS if not account.seen[danger]]
    enough = account.worlds >= ENOUGH
    pace = account.lives / account.busy if account.busy else 0.0
    print(
        f"{'interrupted after ' if interrupted else ''}{account.worlds} worlds,"
        f" {account.lives} task lives, {pace:.0f} a second and core,"
        f" {len(account.broken)} worlds with a broken promise, {len(missed)} dangers not met"
    )
    for seed in sorted(account.broken)[:STORIES]:
        print(f"\nseed {seed}: {account.broken[seed]}")
        print(f"  python -m tests.simulation.run --seed {seed} --story")
    if interrupted:
        return 130
    return 1 if account.broken or (missed and enough) else 0


if __name__ == "__main__":
    sys.exit(main())
