"""Worker processes: started, replaced, more and fewer, and none left behind."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from consensus.adapters.processes import worker_processes
from consensus.adapters.processes.worker_processes import WorkerProcesses
from consensus.bootstrap import crew
from consensus.core.errors import ConfigurationError
from consensus.core.scaling import Scale

TINY = ("tests.adapters.tiny_worker", "--port")
FOUND = {"PYTHONPATH": str(Path(__file__).parents[2])}  # where TINY is: no child looks around


async def until(condition: Callable[[], object]) -> None:
    """Let others run until the condition holds."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  the condition is any
            await asyncio.sleep(0.01)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@asynccontextmanager
async def _running(count: int) -> AsyncIterator[WorkerProcesses]:
    workers = WorkerProcesses([0] * count, FOUND, TINY)
    await workers.start()
    try:
        yield workers
    finally:
        pids = workers.pids()
        await workers.stop()
        assert not any(map(_alive, pids))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replacements and looks follow at once."""
    monkeypatch.setattr(worker_processes, "PAUSE_AFTER_DEATH", 0.0)
    monkeypatch.setattr(crew, "SCALE_SECONDS", 0.005)


async def test_every_worker_is_ready_when_start_returns() -> None:
    """Each is a process and a target of its own."""
    async with _running(2) as workers:
        assert len(workers) == len(set(workers.pids())) == len(set(workers.targets())) == 2


@pytest.mark.usefixtures("quick")
async def test_a_dead_worker_is_replaced() -> None:
    """Its target goes at once, another process comes, and that is told."""
    async with _running(2) as workers:
        victim, other = workers.pids()
        os.kill(victim, signal.SIGKILL)
        await until(lambda: victim not in workers.pids())
        await until(lambda: len(workers.pids()) == 2)
        assert other in workers.pids()
        assert sorted(workers.restarts().values()) == [0, 1]


async def test_the_pool_grows_and_shrinks() -> None:
    """New workers are kept like the first; one that retires is no target and ends."""
    async with _running(1) as workers:
        await workers.grow(2)
        assert len(workers) == len(workers.targets()) == 3
        leaving, pid = workers.targets()[0], workers.pids()[0]
        retiring = asyncio.create_task(workers.retire(leaving))
        await asyncio.sleep(0)
        assert leaving not in workers.targets()
        await retiring
        assert not _alive(pid)
        await workers.retire(leaving)
        assert len(workers) == 2


async def test_a_worker_that_cannot_start_stops_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """start() tells, and leaves nothing behind."""
    monkeypatch.setenv("TINY_FAILS", "1")
    workers = WorkerProcesses([0, 0], FOUND, TINY)
    with pytest.raises(ConfigurationError, match="exit code 3"):
        await workers.start()
    assert workers.pids() == []


async def test_growth_that_fails_leaves_the_pool_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is full has the workers it had."""
    async with _running(1) as workers:
        monkeypatch.setenv("TINY_FAILS", "1")
        await workers.grow(1)
        assert len(workers) == 1


async def test_stopping_while_one_retires_ends_both() -> None:
    """Nothing is left behind, whoever was leaving."""
    async with _running(2) as workers:
        pids = workers.pids()
        retiring = asyncio.create_task(workers.retire(workers.targets()[0]))
        await asyncio.sleep(0)
        retiring.cancel()
        await workers.stop()
        assert not any(map(_alive, pids))


@dataclass
class Load:
    """A pool that is as busy as a test says."""

    busy: int = 0
    looks: int = 0
    held: set[str] = field(default_factory=set)

    def seats(self) -> int:
        self.looks += 1
        return self.busy

    def in_flight(self, target: str) -> int:
        return int(target in self.held)


@dataclass
class Count:
    """Workers that are numbers."""

    names: list[str]

    def __len__(self) -> int:
        return len(self.names)

    def targets(self) -> Sequence[str]:
        return list(self.names)

    async def grow(self, count: int) -> None:
        assert count <= crew.MOST_AT_ONCE
        self.names += [f"new{len(self.names) + n}" for n in range(count)]

    async def retire(self, target: str) -> None:
        self.names.remove(target)


@pytest.mark.usefixtures("quick")
async def test_the_pool_follows_its_load() -> None:
    """It grows to its most, then lets idle workers go, never those that hold seats."""
    load, workers = Load(), Count(["a", "b", "c"])
    scale = Scale(least=3, most=15, capacity=8)
    scaling = asyncio.create_task(
        crew.keep_scale(scale, load, workers, calm_seconds=0.02, late_seconds=60)  # type: ignore[arg-type]
    )
    load.busy = 1000
    await until(lambda: len(workers) == 15)
    load.busy, load.held = 4, {"a", "new7"}
    await until(lambda: len(workers) == 3)
    scaling.cancel()
    await asyncio.gather(scaling, return_exceptions=True)

    assert load.held <= set(workers.names)


@pytest.mark.usefixtures("quick")
async def test_a_pool_at_rest_stays_as_it_is() -> None:
    """Calm alone changes nothing at the least number of workers."""
    load, workers = Load(busy=10), Count(["a", "b", "c"])
    scale = Scale(least=3, most=15, capacity=8)
    scaling = asyncio.create_task(
        crew.keep_scale(scale, load, workers, calm_seconds=0.0)  # type: ignore[arg-type]
    )
    await until(lambda: load.looks > 5)
    scaling.cancel()
    await asyncio.gather(scaling, return_exceptions=True)

    assert workers.names == ["a", "b", "c"]


@pytest.mark.usefixtures("quick")
async def test_no_worker_is_started_where_no_processor_is_free_for_it() -> None:
    """Looks that come late tell so; the load waits for those that are there."""
    load, workers = Load(busy=1000), Count(["a", "b", "c"])
    scale = Scale(least=3, most=15, capacity=8)
    scaling = asyncio.create_task(
        crew.keep_scale(scale, load, workers, late_seconds=-1)  # type: ignore[arg-type]
    )
    await until(lambda: load.looks > 5)
    scaling.cancel()
    await asyncio.gather(scaling, return_exceptions=True)

    assert workers.names == ["a", "b", "c"]
