"""A simulated world for the real use cases: a store, a bus, workers, and faults drawn from a seed.

Every port call is a point at which its process may die, be slow, or fail; a commit may be applied
and its answer lost; a message may come twice, late, or never. Processes are the deployables: one a
POST, one a push delivery, one a worker's stream, one a sweep. What a dead process still tries to do
through a port fails, as it would.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from consensus.core.errors import (
    BusUnavailable,
    Conflict,
    KeyReused,
    StoreUnavailable,
    TransientError,
    WorkerUnavailable,
)
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Ballot,
    CloseReason,
    Message,
    Options,
    Reading,
    Recorded,
    State,
    Task,
    Usage,
    Vote,
)
from consensus.ports import (
    Claim,
    Page,
    Rejection,
    SeatCall,
    SeatStage,
    SeatUpdate,
    Stored,
)
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.dispatch import Dispatch
from consensus.usecases.submit import Order, Submit
from tests.simulation.invariants import check_commit

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
GRACE = timedelta(seconds=90)
SWEEP_EVERY = 60.0
TIMEOUTS = (20.0, 40.0, 240.0)  # seconds; the longest outlives a lost dispatch
MAX_DELIVERIES = 8


class Crash(BaseException):
    """The process died here."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Probabilities per port call (or per message) of each thing that goes wrong."""

    crash: float = 0.0
    unavailable: float = 0.0
    commit_unknown: float = 0.0
    duplicate: float = 0.0
    lost: float = 0.0
    abstain: float = 0.0
    worker_dies: float = 0.0
    slow: float = 0.0
    skew: float = 0.0  # seconds, either way

    @classmethod
    def drawn(cls, chance: random.Random) -> Faults:
        """Some worlds are calm, some have one kind of fault, some have all of them."""
        worst = cls(0.02, 0.05, 0.1, 0.3, 0.1, 0.2, 0.2, 0.2, 2.0)
        kept = {name: getattr(worst, name) for name in cls.__slots__ if chance.random() < 0.5}
        return cls(**kept)


@dataclass(slots=True)
class World:
    """All that outlives a process, and the account of what happened."""

    seed: int
    chance: random.Random = field(init=False)
    faults: Faults = field(init=False)
    tasks: dict[str, tuple[Task, int]] = field(default_factory=dict)
    claims: dict[str, tuple[Claim, str]] = field(default_factory=dict)
    late: dict[tuple[str, int], Recorded] = field(default_factory=dict)
    rejected: dict[str, Rejection] = field(default_factory=dict)
    holders: Counter[str] = field(default_factory=Counter)
    dispatched: Counter[str] = field(default_factory=Counter)
    model_calls: Counter[tuple[str, int]] = field(default_factory=Counter)
    accepted: dict[str, str] = field(default_factory=dict)
    acknowledged: list[tuple[str, Ballot, str]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    lost_sweeps: int = 0
    running: set[asyncio.Task[None]] = field(default_factory=set)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    ids: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.faults = Faults.drawn(self.chance)

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=asyncio.get_running_loop().time())

    def new_id(self) -> str:
        self.ids += 1
        return f"id{self.ids}"

    def happens(self, probability: float) -> bool:
        return self.chance.random() < probability

    def tell(self, line: str) -> None:
        self.story.append(f"{asyncio.get_running_loop().time():9.3f}  {line}")

    def spawn(self, name: str, body: Callable[[Process], Awaitable[None]]) -> asyncio.Task[None]:
        """Start a process; a crash ends it alone."""
        process = Process(self, f"{name}#{self.new_id()}")
        task = asyncio.get_running_loop().create_task(process.run(body))
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return task


@dataclass(slots=True)
class Process:
    """One life of a deployable, with its own (skewed) clock and its ports."""

    world: World
    name: str
    dead: bool = False
    skew: timedelta = field(init=False)
    main: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        limit = self.world.faults.skew
        self.skew = timedelta(seconds=self.world.chance.uniform(-limit, limit))

    async def run(self, body: Callable[[Process], Awaitable[None]]) -> None:
        self.main = asyncio.current_task()
        try:
            await body(self)
        except (Crash, asyncio.CancelledError):
            self.world.tell(f"{self.name} died")
            self.world.seen["a process died"] += 1
        finally:
            self.dead = True

    async def step(self, what: str) -> None:
        """A point between two steps: time passes, and the process may die."""
        if self.dead:
            raise Crash(what)
        slow = self.world.happens(self.world.faults.slow)
        await asyncio.sleep(self.world.chance.random() * (3.0 if slow else 0.02))
        if self.dead or self.world.happens(self.world.faults.crash):
            self.dead = True
            self.world.tell(f"{self.name} crashes at {what}")
            unheard = what in ("after commit", "after close", "acknowledge")
            self.world.seen["a process died between commit and acknowledgement"] += unheard
            if self.main is not asyncio.current_task() and self.main is not None:
                self.main.cancel()
            raise Crash(what)

    # Clock
    def now(self) -> datetime:
        return self.world.now() + self.skew

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def jitter(self) -> float:
        return self.world.chance.random()

    def aggregate(self) -> Aggregate:
        return Aggregate(SimulatedStore(self), SimulatedBus(self), self, self.jitter)

    def dispatch(self) -> Dispatch:
        store, bus, pool = SimulatedStore(self), SimulatedBus(self), SimulatedPool(self)
        return Dispatch(store, bus, pool, self, self.jitter, self.world.new_id)

    def submit(self) -> Submit:
        return Submit(SimulatedStore(self), SimulatedBus(self), self, self.world.new_id)


@dataclass(frozen=True, slots=True)
class SimulatedStore:
    """TaskStore over the world's dictionaries."""

    process: Process

    async def _reach(self, what: str) -> None:
        await self.process.step(what)
        if self.process.world.happens(self.process.world.faults.unavailable):
            raise StoreUnavailable(what)

    async def _answer(self, what: str) -> None:
        world = self.process.world
        if world.happens(world.faults.commit_unknown):
            world.seen["a commit was applied and its answer lost"] += 1
            world.seen["a close was applied and its answer lost"] += what == "close"
            raise StoreUnavailable(f"{what}: applied, but the answer was lost")
        await self.process.step(f"after {what}")

    async def create(self, task: Task, claim: Claim | None) -> Task:
        await self._reach("create")
        world = self.process.world
        if claim and claim.key in world.claims:
            made, task_id = world.claims[claim.key]
            if made.fingerprint != claim.fingerprint:
                raise KeyReused("another body")
            world.seen["a POST was replayed"] += 1
            return world.tasks[task_id][0]
        world.tasks[task.id] = (task, 0)
        if claim:
            world.claims[claim.key] = (claim, task.id)
        world.tell(f"{self.process.name} created {task.id}")
        await self._answer("create")
        return task

    async def claimed(self, claim: Claim, now: datetime) -> Task | None:
        await self._reach("claimed")
        world = self.process.world
        held = world.claims.get(claim.key)
        return world.tasks[held[1]][0] if held else None

    async def load(self, task_id: str) -> Stored | None:
        await self._reach("load")
        found = self.process.world.tasks.get(task_id)
        return Stored(*found) if found else None

    async def commit(self, stored: Stored, task: Task, ballot: Recorded | None) -> None:
        await self._reach("commit")
        world = self.process.world
        current, version = world.tasks[task.id]
        if version != stored.version:
            world.seen["a commit lost its race"] += 1
            short = stored.task.progress.missing == 1 and ballot is not None
            world.seen["two votes met on a task that lacked one"] += short
            raise Conflict(task.id)
        check_commit(current, task, ballot)
        world.tasks[task.id] = (task, version + 1)
        self._look(current, task)
        async with world.changed:
            world.changed.notify_all()
        await self._answer("close" if task.result else "commit")

    def _look(self, before: Task, after: Task) -> None:
        world = self.process.world
        world.tell(
            f"{self.process.name} moved {after.id}: {after.state} {after.progress}"
            + (f" {after.result.outcome} {after.result.close_reason}" if after.result else "")
        )
        world.holders[after.id] += after.holder != before.holder
        if after.holder != before.holder and before.holder:
            world.seen["a holder was superseded"] += 1
        if after.result and after.last_order > before.last_order:
            world.seen["a vote closed its task"] += 1
            if after.result.close_reason is CloseReason.DEADLINE:
                world.seen["a vote arrived at the deadline"] += 1
        if after.result:
            world.seen[f"closed {after.result.close_reason}"] += 1
        if after.progress.waves > 1:
            world.seen["a second wave was asked"] += 1
        if after.hedges > before.hedges:
            world.seen["a straggler was asked again"] += 1

    async def record_late(self, task_id: str, late: Recorded) -> None:
        await self._reach("record_late")
        self.process.world.seen["a ballot came late"] += 1
        self.process.world.late.setdefault((task_id, late.ballot.seat), late)
        await self._answer("record_late")

    async def reject(self, rejection: Rejection) -> None:
        await self._reach("reject")
        self.process.world.rejected.setdefault(rejection.key, rejection)
        await self._answer("reject")

    async def rejections(self, limit: int = 100) -> Sequence[Rejection]:
        return list(self.process.world.rejected.values())[:limit]

    async def page(self, owner: str, state: State | None, size: int, token: str) -> Page:
        raise NotImplementedError  # no use case under simulation lists tasks

    async def watch(self, task_id: str) -> AsyncGenerator[Task, None]:
        world = self.process.world
        last = -1
        while True:
            await self._reach("watch")
            task, version = world.tasks[task_id]
            if version > last:
                last = version
                yield replace(task, ballots=())
                if task.state is State.DONE:
                    return
                continue
            async with world.changed:
                await world.changed.wait()

    async def open_tasks(self, limit: int = 1000) -> Sequence[Task]:
        await self._reach("open_tasks")
        found = [t for t, _ in self.process.world.tasks.values() if t.state is not State.DONE]
        return sorted(found, key=lambda t: t.deadline)[:limit]

    async def open_count(self, owner: str) -> int:
        await self._reach("open_count")
        tasks = (t for t, _ in self.process.world.tasks.values())
        return sum(t.owner == owner and t.state is not State.DONE for t in tasks)


@dataclass(frozen=True, slots=True)
class SimulatedBus:
    """EventBus with at-least-once delivery, out of order."""

    process: Process

    async def dispatch(self, task: Task) -> None:
        self.process.world.dispatched[task.id] += 1
        await self._publish("dispatch", lambda p: p.dispatch().hold(task.id))

    async def ballot(self, task_id: str, ballot: Ballot, traceparent: str) -> None:
        key = f"{task_id}-{ballot.seat}-{self.process.world.new_id()}"

        async def deliver(process: Process) -> None:
            await process.aggregate().ballot(task_id, ballot, key, repr(ballot))
            process.world.acknowledged.append((task_id, ballot, key))
            await process.step("acknowledge")

        await self._publish("ballot", deliver)

    async def deadline(self, task_id: str) -> None:
        await self._publish("deadline", lambda p: p.aggregate().deadline(task_id))

    async def _publish(self, kind: str, handle: Callable[[Process], Awaitable[None]]) -> None:
        await self.process.step(f"publish {kind}")
        world = self.process.world
        if world.happens(world.faults.unavailable):
            raise BusUnavailable(kind)
        copies = 0 if world.happens(world.faults.lost) else 1
        copies += world.happens(world.faults.duplicate)
        world.seen["a message was lost"] += copies == 0
        world.seen["a message came twice"] += copies == 2
        for _ in range(copies):
            delivering = asyncio.get_running_loop().create_task(_deliver(world, kind, handle))
            world.running.add(delivering)
            delivering.add_done_callback(world.running.discard)
        await self.process.step(f"after publish {kind}")


async def _deliver(world: World, kind: str, handle: Callable[[Process], Awaitable[None]]) -> None:
    """Push until a handler acknowledges by returning, or until the dead letters."""
    for attempt in range(MAX_DELIVERIES):
        delay = 30.0 if world.happens(world.faults.slow) else 0.2
        await asyncio.sleep(world.chance.random() * delay + attempt * 0.5)
        acknowledged = False

        async def body(process: Process) -> None:
            nonlocal acknowledged
            try:
                await handle(process)
            except TransientError:
                return
            acknowledged = True

        await world.spawn(kind, body)
        if acknowledged:
            return
    world.seen["a message was dead-lettered"] += 1


@dataclass(frozen=True, slots=True)
class SimulatedPool:
    """Workers whose model answers A, B or C; a worker is a process of its own and dies alone."""

    holder: Process

    async def process(self, call: SeatCall) -> AsyncGenerator[SeatUpdate, None]:
        await self.holder.step("call a worker")
        world = self.holder.world
        worker = Process(world, f"worker#{world.new_id()}")
        yield SeatUpdate(SeatStage.ACCEPTED, worker.name)
        try:
            yield await _work(worker, call)
        except (Crash, BusUnavailable) as lost:
            world.seen["a worker was lost"] += 1
            raise WorkerUnavailable("the stream broke") from lost


async def _work(worker: Process, call: SeatCall) -> SeatUpdate:
    world = worker.world
    if world.happens(world.faults.worker_dies):
        raise Crash(worker.name)
    world.model_calls[call.task_id, call.seat] += 1
    await asyncio.sleep(world.chance.random() * (20 if world.happens(world.faults.slow) else 2))
    usage = Usage(calls=1, input_tokens=10, output_tokens=2)
    ballot: Ballot
    if world.happens(world.faults.abstain):
        ballot = Abstention(call.seat, AbstentionReason.MODEL_FAILED, usage=usage)
    else:
        answer = world.chance.choices("ABC", (6, 3, 1))[0]
        sure = world.chance.choice((None, 0.2, 0.9))
        ballot = Vote(call.seat, Reading(answer, answer, confidence=sure), usage=usage)
    await SimulatedBus(worker).ballot(call.task_id, ballot, "")
    stage = SeatStage.COMPLETED if isinstance(ballot, Vote) else SeatStage.ABSTAINED
    return SeatUpdate(stage, worker.name)


async def client(world: World, number: int) -> None:
    """POST under an idempotency key until somebody answers, then perhaps cancel."""
    await asyncio.sleep(world.chance.random() * 3)
    order = Order(
        owner="local",
        messages=(Message("user", f"Which letter is it, {number}?"),),
        options=Options(
            min_votes=world.chance.choice((1, 3, 5)),
            max_votes=world.chance.choice((5, 9, 15)),
            timeout_seconds=world.chance.choice(TIMEOUTS),
        ),
        idempotency_key=f"key{number}",
        fingerprint="body",
    )
    answers: list[str] = []

    async def post(process: Process) -> None:
        try:
            task = await process.submit()(order)
            answers.append(task.id)
            world.accepted[f"{number}-{len(answers)}"] = task.id
        except TransientError:
            pass

    while not answers or world.happens(world.faults.duplicate):
        await world.spawn("supervisor", post)
        await asyncio.sleep(world.chance.random())
    if world.happens(0.1):
        await asyncio.sleep(world.chance.random() * 10)

        async def cancel(process: Process) -> None:
            with contextlib.suppress(TransientError):
                await process.aggregate().cancel(answers[0], "local")

        await world.spawn("supervisor", cancel)


async def sweeper(world: World) -> None:
    """Cloud Scheduler: each minute, whatever became of the last one."""

    async def sweep(process: Process) -> None:
        world.lost_sweeps += 1
        with contextlib.suppress(TransientError):
            await process.aggregate().sweep()
            world.lost_sweeps -= 1

    while True:
        await asyncio.sleep(SWEEP_EVERY)
        world.spawn("sweep", sweep)
