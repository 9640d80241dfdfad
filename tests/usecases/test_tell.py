"""Telling subscribers: at least once, one attempt at a time, and never for ever."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.core.errors import NotTold
from consensus.core.events import Taken
from consensus.core.model import Notice, State, Subscriber, Task
from consensus.core.notices import MOST_ATTEMPTS
from consensus.ports import Erased
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.apply import apply_event
from consensus.usecases.tell import AT_ONCE, PATIENCE, Tell
from tests.clocks import HandClock
from tests.usecases.doubles import RecordingBus, a_task, a_vote, until

KEY = "t1.crm.done"


@dataclass
class Listener:
    """A subscriber that fails as told, or keeps whoever tells it waiting."""

    failing: list[NotTold] = field(default_factory=list)
    told: list[tuple[Notice, Task]] = field(default_factory=list)
    opened: asyncio.Event | None = None
    waiting: int = 0

    async def tell(self, notice: Notice, task: Task) -> None:
        self.waiting += 1
        if self.opened is not None:
            await self.opened.wait()
        if self.failing:
            raise self.failing.pop(0)
        self.told.append((notice, task))


@dataclass
class Told:
    """A store, a bus, and whoever is told."""

    store: SqliteStore
    clock: HandClock = field(default_factory=HandClock)
    bus: RecordingBus = field(default_factory=RecordingBus)
    listener: Listener = field(default_factory=Listener)

    def __post_init__(self) -> None:
        self.tell = Tell(self.store, self.clock, lambda: 0.0, {"crm": self.listener})
        self.aggregate = Aggregate(self.store, self.bus, self.clock, lambda: 0.0)

    async def end(self, task_id: str = "t1") -> None:
        """Have a task end by its votes."""
        task = replace(a_task(task_id), subscribers=(Subscriber("crm"),))
        await self.store.create(task, None)
        await apply_event(self.store, self.clock, lambda: 0.0, task_id, Taken("h"))
        for seat in range(3):
            await self.aggregate.ballot(task_id, a_vote(seat, "4"), f"{task_id}-{seat}", "")


@pytest.fixture
async def told() -> Told:
    """A world without a task."""
    return Told(SqliteStore(":memory:"))


async def test_an_end_is_told_by_the_message_that_follows_it(told: Told) -> None:
    """Of a DONE task, once; the message may come again."""
    await told.end()
    assert told.bus.noticed == [KEY]
    for _ in range(2):
        await told.tell(KEY)
    ((notice, task),) = told.listener.told
    assert (notice.key, task.state) == (KEY, State.DONE)
    assert await told.store.notice(KEY) is None
    await told.store.close()


async def test_a_lost_message_is_the_sweep_s_to_repeat(told: Told) -> None:
    """Also where the bus is away just then: the ballot that ended the task is none the worse."""
    told.bus.failures = 1
    await told.end()
    assert told.bus.noticed == []
    await told.aggregate.sweep()
    assert told.bus.noticed == []  # not yet: its message might still come
    told.clock.move(30)
    await told.aggregate.sweep()
    assert told.bus.noticed == [KEY]
    await told.store.close()


async def test_an_endpoint_that_is_down_for_an_hour_hears_of_it_after(told: Told) -> None:
    """Sweeps by the minute bring a dozen attempts at most, further and further apart."""
    await told.end()
    attempts = 0
    for minute in range(180):
        told.listener.failing = [NotTold("down")] if minute < 60 else []
        for key in told.bus.noticed:
            await told.tell(key)
        told.bus.noticed.clear()
        attempts = told.listener.waiting
        told.clock.move(60)
        await told.aggregate.sweep()
    assert len(told.listener.told) == 1
    assert 5 < attempts < 12
    await told.store.close()


async def test_it_ends_though_nobody_ever_answers(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    """After two days of attempts the notice is a rejection and a line, for the operator to see."""
    told.listener.failing = [NotTold("it answers 500") for _ in range(MOST_ATTEMPTS)]
    await told.end()
    for _ in range(MOST_ATTEMPTS):
        await told.tell(KEY)
        told.clock.move(7 * 3600)
    assert told.listener.failing == []
    assert await told.store.notice(KEY) is None
    (rejection,) = await told.store.rejections()
    assert (rejection.reason, rejection.task_id) == ("NOT_TOLD", "t1")
    assert rejection.detail == "crm was not told task.done: it answers 500"
    assert caplog.messages.count("gave up telling crm") == 1
    await told.store.close()


async def test_an_endpoint_that_wants_no_more_is_not_asked_again(told: Told) -> None:
    """It said so: Gone."""
    told.listener.failing = [NotTold("it answers 410", final=True)]
    await told.end()
    await told.tell(KEY)
    assert await told.store.notice(KEY) is None
    assert [r.reason for r in await told.store.rejections()] == ["NOT_TOLD"]
    await told.store.close()


async def test_one_that_is_not_known_here_is_told_once_it_is(told: Told) -> None:
    """Who takes tasks may know of an endpoint before who tells: nothing is lost meanwhile."""
    await told.end()
    await Tell(told.store, told.clock, lambda: 0.0, {})(KEY)
    told.clock.move(30)
    await told.tell(KEY)
    assert [notice.key for notice, _ in told.listener.told] == [KEY]
    assert await told.store.rejections() == []
    await told.store.close()


async def test_two_messages_at_once_are_one_attempt(told: Told) -> None:
    """The second finds that the first is at it."""
    told.listener.opened = asyncio.Event()
    await told.end()
    telling = [asyncio.create_task(told.tell(KEY)) for _ in range(2)]
    await until(lambda: any(task.done() for task in telling))
    told.listener.opened.set()
    await asyncio.gather(*telling)
    assert len(told.listener.told) == told.listener.waiting == 1
    await told.store.close()


async def test_a_slow_endpoint_is_asked_so_often_at_once_and_no_more(told: Told) -> None:
    """The others wait for a place; those that waited for long are left to the sweep."""
    told.listener.opened = asyncio.Event()
    keys = []
    for number in range(AT_ONCE + 2):
        await told.end(f"t{number}")
        keys.append(f"t{number}.crm.done")
    early = [asyncio.create_task(told.tell(key)) for key in keys[:-1]]
    await until(lambda: told.listener.waiting == AT_ONCE)
    told.listener.opened.set()
    await asyncio.gather(*early)
    assert len(told.listener.told) == AT_ONCE + 1
    told.listener.opened.clear()
    places = [told.tell._places["crm"].acquire() for _ in range(AT_ONCE)]
    await asyncio.gather(*places)
    late = asyncio.create_task(told.tell(keys[-1]))
    await until(lambda: told.tell._places["crm"].locked() and told.tell._places["crm"]._waiters)
    told.clock.move(PATIENCE.total_seconds() + 1)
    told.tell._places["crm"].release()
    await late
    assert len(told.listener.told) == told.listener.waiting == AT_ONCE + 1
    told.clock.move(30)
    await told.aggregate.sweep()
    assert told.bus.noticed[-1] == keys[-1]
    await told.store.close()


async def test_an_erased_task_is_told_to_nobody(told: Told) -> None:
    """Though a message of it was under way."""
    await told.end()
    await told.store.erase(Erased("t1", "local", told.clock.now()))
    await told.tell(KEY)
    assert told.listener.told == []
    await told.store.close()
