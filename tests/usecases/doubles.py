"""A small world for the use cases: SQLite in memory, a clock moved by hand, a scripted pool."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.core.errors import BusUnavailable, WorkerRefuses, WorkerUnavailable
from consensus.core.logprobs import Token
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Ballot,
    Message,
    Plan,
    Reading,
    Strategy,
    Task,
    Usage,
    Verdict,
    Vote,
)
from consensus.ports import Completion, DoubtCall, Form, SeatCall, SeatStage, SeatUpdate
from consensus.usecases.aggregate import Aggregate
from tests.clocks import NOON, HandClock

FULL, LOST, SILENT, HANGS, VOTED_AND_LOST = "full", "lost", "silent", "hangs", "voted and lost"
ABSTAINED_AND_LOST = "abstained and lost"
REFUSED = "refused"
BROKEN = "broken"
PAID = Usage(1, 10, 5, 0.25)
Said = str | Exception | Callable[[], Awaitable[str]]


@dataclass
class Model:
    """Says one thing whenever it is asked, or the things of a list in turn.

    An exception is raised, a coroutine function awaited.
    """

    said: Said | list[Said]
    usage: Usage = PAID
    name: str = "m-1"
    tokens: tuple[Token, ...] = ()
    first_word: float | None = None
    asked: list[Sequence[Message]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    forms: list[Form | None] = field(default_factory=list)
    spends: list[float | None] = field(default_factory=list)

    async def complete(
        self,
        messages: Sequence[Message],
        seconds: float,
        form: Form | None = None,
        spend: float | None = None,
    ) -> Completion:
        self.asked.append(messages)
        self.seconds.append(seconds)
        self.forms.append(form)
        self.spends.append(spend)
        said = self.said.pop(0) if isinstance(self.said, list) else self.said
        if isinstance(said, Exception):
            raise said
        text = said if isinstance(said, str) else await said()
        return Completion(text, self.name, self.usage, self.tokens, first_word=self.first_word)


@dataclass
class RecordingBus:
    """Remembers what was published; ballots go on to an aggregate. failures fail first."""

    failures: int = 0
    dispatched: list[str] = field(default_factory=list)
    rung: list[str] = field(default_factory=list)
    ballots: list[Ballot] = field(default_factory=list)
    given: list[Verdict] = field(default_factory=list)
    noticed: list[str] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)
    aggregate: Aggregate | None = None

    async def dispatch(self, task: Task) -> None:
        self._may_fail()
        self.dispatched.append(task.id)

    async def ballot(self, task_id: str, ballot: Ballot, traceparent: str) -> None:
        self._may_fail()
        self.ballots.append(ballot)
        if self.aggregate:
            await self.aggregate.ballot(task_id, ballot, f"{task_id}-{ballot.seat}", "")

    async def verdicts(self, task_id: str, verdicts: Sequence[Verdict], traceparent: str) -> None:
        self._may_fail()
        self.given += verdicts
        if self.aggregate:
            await self.aggregate.verdicts(task_id, verdicts, f"{task_id}-{verdicts[0].doubt}", "")

    async def deadline(self, task_id: str) -> None:
        self._may_fail()
        self.rung.append(task_id)
        if self.aggregate:
            await self.aggregate.deadline(task_id)

    async def notice(self, key: str) -> None:
        self._may_fail()
        self.noticed.append(key)

    async def batch(self, batch_id: str) -> None:
        self._may_fail()
        self.batches.append(batch_id)

    def _may_fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise BusUnavailable("not now")


@dataclass
class ScriptedPool:
    """Workers that do with each call of a seat what its script says, else `otherwise`.

    An answer is voted; BROKEN is a defect of the pool's; FULL and LOST raise before and after the
    seat was accepted, REFUSED is the operator's to mend, SILENT ends without a receipt, HANGS waits
    until it is cancelled, VOTED_AND_LOST and ABSTAINED_AND_LOST break after their ballot.
    """

    bus: RecordingBus
    scripts: dict[int, list[str]] = field(default_factory=dict)
    otherwise: str = "4"
    calls: list[SeatCall] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)

    async def process(self, call: SeatCall | DoubtCall) -> AsyncGenerator[SeatUpdate, None]:
        assert isinstance(call, SeatCall)
        script = self.scripts.get(call.seat)
        said = script.pop(0) if script else self.otherwise
        self.calls.append(call)
        if said == FULL:
            raise WorkerUnavailable("the worker is full")
        if said == REFUSED:
            raise WorkerRefuses("our identity may not invoke the worker")
        if said == BROKEN:
            raise ValueError("a defect")
        yield SeatUpdate(SeatStage.ACCEPTED, "w")
        if said == LOST:
            raise WorkerUnavailable("the worker is not there")
        if said == HANGS:
            try:
                await asyncio.Event().wait()
            except (asyncio.CancelledError, GeneratorExit):
                self.cancelled.append(call.seat)
                raise
        if said == VOTED_AND_LOST:
            await self.bus.ballot(call.task_id, a_vote(call.seat, "4"), "")
            raise WorkerUnavailable("the worker is not there")
        if said == ABSTAINED_AND_LOST:
            failed = Abstention(call.seat, AbstentionReason.MODEL_FAILED)
            await self.bus.ballot(call.task_id, failed, "")
            raise WorkerUnavailable("the worker is not there")
        if said != SILENT:
            await self.bus.ballot(call.task_id, a_vote(call.seat, said), "")
            yield SeatUpdate(SeatStage.COMPLETED, "w")

    @property
    def asked(self) -> dict[int, int]:
        """How often each seat was asked."""
        counted: dict[int, int] = defaultdict(int)
        for call in self.calls:
            counted[call.seat] += 1
        return dict(counted)


def a_task(task_id: str = "t1", seconds: float = 60.0, **plan: object) -> Task:
    """A queued task of three numeric votes."""
    chosen = replace(
        Plan(strategy=Strategy.NUMERIC, min_votes=3, max_votes=3, timeout_seconds=seconds),
        **plan,  # type: ignore[arg-type]
    )
    return Task(
        id=task_id,
        owner="local",
        messages=(Message("user", "What is 2 + 2?"),),
        plan=chosen,
        created_at=NOON,
        deadline=NOON + timedelta(seconds=seconds),
        traceparent="00-trace",
    )


def a_vote(seat: int, answer: str) -> Vote:
    """One seat's vote for a number."""
    reading = Reading(f"It is {answer}.", answer, answer, confidence=0.9)
    return Vote(seat, reading, usage=Usage(1, 10, 5, 0.001))


def an_abstention(seat: int) -> Abstention:
    """One seat's failure."""
    return Abstention(seat, AbstentionReason.MODEL_FAILED, usage=Usage(calls=1))


async def until(condition: Callable[[], object]) -> None:
    """Let others run until the condition holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  the condition is any
            await asyncio.sleep(0)


async def a_while() -> None:
    """Let others run on: what must not happen has had its chance."""
    for _ in range(1000):
        await asyncio.sleep(0)


def numbered(prefix: str) -> Callable[[], str]:
    """prefix1, prefix2, ..."""
    numbers = iter(range(1, 1_000))
    return lambda: f"{prefix}{next(numbers)}"


@dataclass
class Small:
    """The world of one test."""

    store: SqliteStore
    clock: HandClock = field(default_factory=HandClock)
    bus: RecordingBus = field(default_factory=RecordingBus)

    def __post_init__(self) -> None:
        self.aggregate = Aggregate(self.store, self.bus, self.clock, lambda: 0.0)
        self.bus.aggregate = self.aggregate

    async def task(self, task_id: str = "t1") -> Task:
        """The task as stored."""
        stored = await self.store.load(task_id)
        assert stored is not None
        return stored.task

    async def create(self, tasks: Iterable[Task]) -> None:
        """Store tasks."""
        for task in tasks:
            await self.store.create(task, None)
