"""Choosing among workers, and watching them, over real gRPC on loopback."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from consensus.adapters.processes import grpc_pool, places, worker_watch
from consensus.adapters.processes.grpc_pool import GrpcPool
from consensus.adapters.processes.own_process import OwnProcess
from consensus.adapters.processes.worker_watch import WorkerWatch
from consensus.core.errors import WorkerUnavailable
from consensus.core.model import Message, Strategy
from consensus.doors import worker as door
from consensus.doors.worker import Worker, serving
from consensus.ports import (
    LONG_AGO,
    Availability,
    SeatCall,
    SeatStage,
    SeatUpdate,
    WorkerStatus,
)

DEADLINE = datetime(2099, 1, 1, tzinfo=UTC)


@dataclass
class Taker:
    """Takes seats and finishes none before it may."""

    worker: str
    may: asyncio.Event = field(default_factory=asyncio.Event)
    begins: asyncio.Event | None = None  # it says no word before; None: at once
    taken: list[int] = field(default_factory=list)
    found: float = 0.0  # requests a second that it may send
    told: list[float] = field(default_factory=list)  # what it heard of others' findings

    async def process(self, call: SeatCall) -> AsyncGenerator[SeatUpdate, None]:
        self.taken.append(call.seat)
        self.told.append(call.rate)
        if self.begins:
            await self.begins.wait()
        yield SeatUpdate(SeatStage.ACCEPTED, self.worker, rate=self.found)
        await self.may.wait()
        yield SeatUpdate(SeatStage.COMPLETED, self.worker)


@dataclass
class Workers:
    """Workers on free ports, by their target."""

    stack: AsyncExitStack
    takers: dict[str, Taker] = field(default_factory=dict)

    async def add(self, capacity: int = 2) -> str:
        """One worker more; returns its target."""
        taker = Taker(f"w-{len(self.takers)}")
        door = serving(
            Worker(taker, capacity, OwnProcess().load), "127.0.0.1:0", finish_seconds=0.0
        )
        target = f"127.0.0.1:{await self.stack.enter_async_context(door)}"
        self.takers[target] = taker
        return target

    def targets(self) -> list[str]:
        return list(self.takers)


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    """No workers yet."""
    async with AsyncExitStack() as stack:
        yield Workers(stack)


@asynccontextmanager
async def _pool(
    workers: Workers,
    takes_seats: Callable[[str], bool] = lambda _: True,
    places: int | None = None,
) -> AsyncIterator[GrpcPool]:
    pool = GrpcPool(workers.targets, takes_seats=takes_seats, places=places)
    try:
        yield pool
    finally:
        await pool.close()


def _call(seat: int, owner: str = "", created_at: datetime = LONG_AGO) -> SeatCall:
    messages, strategy = (Message("user", "What is 2 + 2?"),), Strategy.NUMERIC
    asked = SeatCall("t1", seat, "default", messages, strategy, DEADLINE, owner=owner)
    return replace(asked, created_at=created_at)


async def _take(
    pool: GrpcPool, seat: int, owner: str = "", created_at: datetime = LONG_AGO
) -> None:
    async with aclosing(pool.process(_call(seat, owner, created_at))) as updates:
        async for _ in updates:
            pass


async def _is_taken(pool: GrpcPool, seat: int) -> bool:
    try:
        await _take(pool, seat)
    except WorkerUnavailable:
        return False
    return True


async def _without_a_worker(workers: Workers) -> str:
    """The target of a worker that has died."""
    async with AsyncExitStack() as until_now:
        return await Workers(until_now, workers.takers).add()


async def until(condition: Callable[[], object]) -> None:
    """Let others run until the condition holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  the condition is any
            await asyncio.sleep(0.01)


@asynccontextmanager
async def _taking(pool: GrpcPool, *seats: int) -> AsyncIterator[list[asyncio.Task[None]]]:
    """These seats in the works, one after the other; cancelled at the end."""
    running = []
    for seat in seats:
        running.append(asyncio.create_task(_take(pool, seat)))
        await asyncio.sleep(0)
    try:
        yield running
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_seats_go_to_the_least_loaded(workers: Workers) -> None:
    """Six seats over three workers are two each; a free one gets the next."""
    for _ in range(3):
        await workers.add(capacity=8)
    takers = list(workers.takers.values())
    async with _pool(workers) as pool, _taking(pool, *range(6)):
        await until(lambda: sum(len(t.taken) for t in takers) == 6)
        assert [len(t.taken) for t in takers] == [2, 2, 2]
        assert pool.seats() == 6
        takers[1].may.set()
        await until(lambda: pool.in_flight(workers.targets()[1]) == 0)
        async with _taking(pool, 6):
            await until(lambda: sum(len(t.taken) for t in takers) == 7)
        assert takers[1].taken[-1] == 6


async def test_a_seat_asked_again_goes_to_another_worker(workers: Workers) -> None:
    """A hedge that met the same worker would hedge nothing."""
    for _ in range(2):
        await workers.add(capacity=8)
    first, second = workers.takers.values()
    async with _pool(workers) as pool, _taking(pool, 0):
        await until(lambda: first.taken or second.taken)
        holder, other = (first, second) if first.taken else (second, first)
        other_target = next(t for t, taker in workers.takers.items() if taker is other)
        async with _taking(pool, 1, 2, 3), _taking(pool, 0):
            await until(lambda: 0 in other.taken)
            assert holder.taken.count(0) == 1
            assert pool.in_flight(other_target) >= 1


async def test_a_worker_that_takes_no_seats_is_asked_last(workers: Workers) -> None:
    """Draining and offline workers get nothing while there are others."""
    gone, there = await workers.add(8), await workers.add(8)
    async with (
        _pool(workers, takes_seats=lambda target: target != gone) as pool,
        _taking(pool, *range(4)),
    ):
        await until(lambda: len(workers.takers[there].taken) == 4)
        assert workers.takers[gone].taken == []


async def test_a_worker_that_is_not_there_is_asked_last(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that died has nothing to do; that does not make it the first choice of every seat."""
    monkeypatch.setattr(places, "RESTING_SECONDS", math.inf)
    dead, there = await _without_a_worker(workers), await workers.add(8)
    workers.takers[there].may.set()
    async with _pool(workers) as pool:
        refused = [seat for seat in range(12) if not await _is_taken(pool, seat)]
        assert len(refused) == 1
        assert pool.in_flight(dead) == 0


async def test_a_worker_that_was_not_there_is_tried_again(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been replaced at the same address."""
    monkeypatch.setattr(places, "RESTING_SECONDS", 0.0)
    await _without_a_worker(workers)
    there = await workers.add(8)
    workers.takers[there].may.set()
    async with _pool(workers) as pool:
        refused = [seat for seat in range(12) if not await _is_taken(pool, seat)]
        assert len(refused) == 6


async def test_a_full_pool_turns_a_seat_away_and_counts_it_as_waiting(workers: Workers) -> None:
    """The holder is told to come again, and the load includes who waits."""
    target = await workers.add(capacity=1)
    async with _pool(workers) as pool, _taking(pool, 0):
        await until(lambda: workers.takers[target].taken)
        with pytest.raises(WorkerUnavailable, match="full"):
            await _take(pool, 1)
        assert pool.seats() == 2
        workers.takers[target].may.set()
        await until(lambda: pool.in_flight(target) == 0)
        await _take(pool, 1)
        assert pool.seats() == 0


async def test_a_pool_without_workers_says_so(workers: Workers) -> None:
    """The seat is offered again later."""
    async with _pool(workers) as pool:
        with pytest.raises(WorkerUnavailable, match="no worker is running"):
            await _take(pool, 0)


async def test_no_seat_waits_for_a_connection(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a connection takes two streams, a third seat opens another and does not wait unseen."""
    monkeypatch.setattr(grpc_pool, "_STREAMS_A_CONNECTION", 2)
    monkeypatch.setattr(door, "_OPTIONS", (*door._OPTIONS, ("grpc.max_concurrent_streams", 2)))
    target = await workers.add(capacity=8)
    taker = workers.takers[target]
    async with _pool(workers) as pool, _taking(pool, *range(5)):
        await until(lambda: sorted(taker.taken) == [*range(5)])
        assert len(pool._connections[target]) == 3
        taker.may.set()
        await until(lambda: not pool.in_flight(target))
        await _take(pool, 5)
        assert len(pool._connections[target]) == 3


async def test_a_seat_that_ends_leaves_no_trace(workers: Workers) -> None:
    """What is kept of seats and workers is bounded by what runs."""
    target = await workers.add()
    workers.takers[target].may.set()
    async with _pool(workers) as pool:
        await _take(pool, 0)
        other = await workers.add()
        del workers.takers[target]
        workers.takers[other].may.set()
        await _take(pool, 1)
        assert list(pool._connections) == [other]
        assert not pool._places._in_flight
        assert not pool._places._at


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow one another at once."""
    for name in ("LOOK_SECONDS", "ASK_SECONDS", "AGAIN_SECONDS"):
        monkeypatch.setattr(worker_watch, name, 0.02)


@asynccontextmanager
async def _watching(workers: Workers) -> AsyncIterator[WorkerWatch]:
    watch = WorkerWatch(workers.targets)
    running = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _seen(watch: WorkerWatch) -> dict[str, Availability]:
    return {status.target: status.availability for status in watch.statuses()}


@pytest.mark.usefixtures("quick")
async def test_a_workers_load_is_seen(workers: Workers) -> None:
    """Name, seats in flight, capacity, CPU and memory, and busy while it is full."""
    target = await workers.add(capacity=1)
    async with _watching(workers) as watch, _pool(workers) as pool:
        assert watch.takes_seats(target)  # nothing is known against it
        await until(lambda: _seen(watch) == {target: Availability.AVAILABLE})
        async with _taking(pool, 0):
            await until(lambda: _seen(watch) == {target: Availability.BUSY})
            (status,) = watch.statuses()
        assert (status.worker, status.in_flight, status.capacity) == ("w-0", 1, 1)
        assert status.memory_bytes > 1_000_000
        assert status.cpu >= 0
        await until(lambda: _seen(watch) == {target: Availability.AVAILABLE})


@pytest.mark.usefixtures("quick")
async def test_draining_and_offline_workers_are_seen_and_forgotten() -> None:
    """Its health says that it drains, its silence that it is gone, and the list that it was."""
    async with AsyncExitStack() as ending, AsyncExitStack() as stack:
        workers = Workers(stack)
        target = await workers.add(capacity=1)
        taker = workers.takers[target]
        listed = {target: taker}
        watch = await ending.enter_async_context(_watching(Workers(stack, listed)))
        pool = await ending.enter_async_context(_pool(workers))
        await ending.enter_async_context(_taking(pool, 0))
        await until(lambda: taker.taken and _seen(watch) == {target: Availability.BUSY})
        closing = asyncio.create_task(stack.aclose())
        await until(lambda: not watch.takes_seats(target))
        await closing
        await until(lambda: _seen(watch) == {target: Availability.OFFLINE})
        listed.clear()
        await until(lambda: not watch.statuses())


async def test_a_single_look_sees_what_is_there_and_what_is_not(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each worker's status at once, in the order asked; silence is offline."""
    monkeypatch.setattr(worker_watch, "GLANCE_SECONDS", 0.5)
    there = await workers.add(capacity=3)
    async with serving(Worker(Taker("w"), 1, OwnProcess().load), "127.0.0.1:0", 0.0) as port:
        gone = f"127.0.0.1:{port}"
    first, second = await worker_watch.look([there, gone])

    assert (first.worker, first.availability, first.capacity) == ("w-0", Availability.AVAILABLE, 3)
    assert second == WorkerStatus(gone, Availability.OFFLINE)


@pytest.mark.usefixtures("quick")
async def test_a_worker_that_comes_back_is_available_again(workers: Workers) -> None:
    """One that starts after it was listed is offline first."""
    async with serving(Worker(Taker("w"), 1, OwnProcess().load), "127.0.0.1:0", 0.0) as port:
        target = f"127.0.0.1:{port}"
    workers.takers[target] = Taker("w")
    async with _watching(workers) as watch:
        await until(lambda: _seen(watch) == {target: Availability.OFFLINE})
        async with serving(Worker(Taker("w"), 1, OwnProcess().load), target, 0.0):
            await until(lambda: _seen(watch) == {target: Availability.AVAILABLE})


async def test_what_one_worker_found_is_told_to_all(workers: Workers) -> None:
    """An endpoint's limit that one was refused for: each other hears of it with its next seat."""
    for _ in range(3):
        await workers.add()
    first, *others = workers.takers.values()
    for taker in workers.takers.values():
        taker.may.set()
    async with _pool(workers) as pool:
        await asyncio.gather(*(_take(pool, seat) for seat in range(3)))
        first.found = 2.5
        await asyncio.gather(*(_take(pool, seat) for seat in range(3, 6)))
        await asyncio.gather(*(_take(pool, seat) for seat in range(6, 9)))
    assert all(taker.told[0] == 0.0 for taker in workers.takers.values())
    assert all(taker.told[-1] == 2.5 for taker in others)


async def test_seats_wait_for_a_place_and_none_is_turned_away(workers: Workers) -> None:
    """With known places nobody asks a full worker; whose turn it is gets what comes free."""
    await workers.add(capacity=2)
    (taker,) = workers.takers.values()
    async with _pool(workers, places=2) as pool, _taking(pool, *range(5)):
        await until(lambda: len(taker.taken) == 2)
        assert pool.seats() == 5
        taker.may.set()
        await until(lambda: len(taker.taken) == 5)
        assert sorted(taker.taken) == [0, 1, 2, 3, 4]
        await until(lambda: pool.seats() == 0)


async def test_an_owners_backlog_is_not_the_others_wait(workers: Workers) -> None:
    """Owners take turns, whoever came with how many."""
    await workers.add(capacity=1)
    (taker,) = workers.takers.values()
    async with _pool(workers, places=1) as pool:
        coming = [(n, "ann") for n in range(5)] + [(5, "bob"), (6, "eve")]
        running = []
        for seat, owner in coming:
            running.append(asyncio.create_task(_take(pool, seat, owner)))
            await asyncio.sleep(0)
        taker.may.set()
        await asyncio.gather(*running)
    assert taker.taken == [0, 1, 5, 6, 2, 3, 4]


async def test_an_older_tasks_seats_go_first(workers: Workers) -> None:
    """A task that has begun ends before others begin, whichever asked first."""
    await workers.add(capacity=1)
    (taker,) = workers.takers.values()
    async with _pool(workers, places=1) as pool:
        running = []
        for seat, age in enumerate((0, 1, 2, 9)):
            at = DEADLINE - timedelta(seconds=age)
            running.append(asyncio.create_task(_take(pool, seat, created_at=at)))
            await asyncio.sleep(0)
        taker.may.set()
        await asyncio.gather(*running)
    assert taker.taken == [0, 3, 2, 1]


async def test_a_worker_begins_with_a_few_seats_at_a_time(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is handed the next as it takes one; who waits for that asks for no more workers."""
    monkeypatch.setattr(places, "BEGINNING", 2)
    await workers.add(capacity=8)
    (taker,) = workers.takers.values()
    taker.begins = asyncio.Event()
    async with _pool(workers, places=8) as pool, _taking(pool, *range(12)):
        await until(lambda: len(taker.taken) == 2)
        assert pool.seats() == 2
        taker.begins.set()
        await until(lambda: len(taker.taken) == 8)
        assert pool.seats() == 12  # now places are what they want
        taker.may.set()
        await until(lambda: len(taker.taken) == 12)
        await until(lambda: not pool._places._beginning and not pool.seats())


async def test_who_leaves_the_queue_takes_no_place(workers: Workers) -> None:
    """A seat that is cancelled while it waits, or just as its turn comes, leaves none behind."""
    await workers.add(capacity=1)
    (taker,) = workers.takers.values()
    async with _pool(workers, places=1) as pool:
        running = [asyncio.create_task(_take(pool, seat)) for seat in range(4)]
        await until(lambda: taker.taken == [0])
        running[1].cancel()
        running[0].cancel()
        await asyncio.sleep(0)
        running[2].cancel()
        taker.may.set()
        ends = await asyncio.gather(*running, return_exceptions=True)
        assert ends[3] is None
        assert pool.seats() == 0


async def test_seats_wait_for_workers_that_are_still_to_come(workers: Workers) -> None:
    """None is running, or none takes seats: no call fails for that while there is time."""
    async with _pool(workers, places=1) as pool, _taking(pool, 0) as (waiting,):
        for _ in range(1000):
            await asyncio.sleep(0)
        assert not waiting.done()
        await workers.add(capacity=1)
        (taker,) = workers.takers.values()
        await until(lambda: taker.taken == [0])


async def test_the_time_for_calls_ends_the_wait(workers: Workers) -> None:
    """Then the seat is told why nobody took it."""
    async with _pool(workers, places=1) as pool:
        late = replace(_call(0), deadline=datetime.now(UTC) + timedelta(seconds=2.1))
        with pytest.raises(WorkerUnavailable, match="no worker is running"):
            await anext(pool.process(late))
        assert pool.seats() == 0
