"""Dispatch through Cloud Tasks: the bus over its gRPC surface, and the dispatcher's door behind."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consensus.adapters.google.cloud_tasks import CloudTasksBus
from consensus.adapters.local.http_server import serving
from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.adapters.local.system_clock import SystemClock
from consensus.codec.envelope import Delivery, open_envelope
from consensus.codec.messages import DeadlineMessage, DispatchMessage, decode
from consensus.config import Settings
from consensus.core.errors import BusRefuses, BusUnavailable, ConfigurationError, StoreUnavailable
from consensus.core.events import Taken
from consensus.core.model import Message, Plan, Reading, State, Task, Usage, Vote
from consensus.doors import push
from consensus.ports import Call, SeatCall, SeatStage, SeatUpdate
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.dispatch import Dispatch
from consensus.usecases.submit import Submit, SubmitTask
from tests.queues.stand_in import CloudTasks, Queue, cloud_tasks

QUEUE = "projects/p/locations/l/queues/dispatch"
CROWD = "projects/p/locations/l/queues/crowd"
TIMERS = "projects/p/locations/l/queues/timers"
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"


def a_task(name: str = "task1", seconds: float = 120.0, created: float = 0.0) -> Task:
    """A task that ends so many seconds from now."""
    now = datetime.now(UTC) + timedelta(seconds=created)
    plan = Plan(min_votes=3, max_votes=3)
    return Task(
        name,
        "ann",
        (Message("user", "?"),),
        plan,
        now,
        now + timedelta(seconds=seconds),
        traceparent=TRACE,
    )


@dataclass
class Door:
    """What a queue brings, and the answers that it gets: each status given, then 204."""

    url: str
    came: asyncio.Queue[tuple[Request, bytes]]
    statuses: list[int]

    async def take(self, request: Request) -> Response:
        """Handle a delivery."""
        await self.came.put((request, await request.body()))
        return Response(status_code=self.statuses.pop(0) if self.statuses else 204)

    async def delivery(self) -> tuple[Request, Delivery]:
        """The next one."""
        request, body = await self.came.get()
        return request, open_envelope(body)


@pytest.fixture
async def tasks() -> AsyncIterator[tuple[CloudTasks, str]]:
    """The stand-in and where it listens."""
    async with cloud_tasks() as served:
        yield served


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """The dispatcher's place, and that of Pub/Sub's REST surface."""
    opened = Door("", asyncio.Queue(), [])
    app = Starlette(routes=[Route("/{path:path}", opened.take, methods=["POST"])])
    async with serving(app) as port:
        opened.url = f"http://127.0.0.1:{port}"
        yield opened


def settings(host: str, url: str) -> Settings:
    """Those of whoever dispatches through the stand-in."""
    return Settings().with_changes(
        cloud_tasks_host=host,
        pubsub_emulator_host=url.removeprefix("http://"),
        google_cloud_project="p",
        dispatch_queue=QUEUE,
        crowd_queue=CROWD,
        timer_queue=TIMERS,
        dispatcher_url=url,
        dispatch_account="dispatch-push@p.example",
        timer_account="scheduler@p.example",
    )


@pytest.fixture
async def bus(tasks: tuple[CloudTasks, str], door: Door) -> AsyncIterator[CloudTasksBus]:
    """The bus, with both its queues there."""
    service, host = tasks
    service.queue(QUEUE)
    service.queue(TIMERS)
    made = CloudTasksBus(settings(host, door.url))
    yield made
    await made.close()


async def test_a_dispatch_arrives_in_the_envelope_of_a_push(bus: CloudTasksBus, door: Door) -> None:
    """The dispatcher's door cannot tell it from Pub/Sub's but by the headers."""
    await bus.dispatch(replace(a_task(), holder="h"))
    request, delivery = await door.delivery()
    assert request.url.path == "/dispatch"
    assert decode(delivery.data, (DispatchMessage,)) == DispatchMessage("task1", TRACE, "h")
    assert delivery.attributes == {"traceparent": TRACE}
    assert request.headers["authorization"] == f"Bearer dispatch-push@p.example for {door.url}"
    assert request.headers["x-cloudtasks-taskretrycount"] == "0"


async def test_the_message_id_is_the_same_at_each_attempt(bus: CloudTasksBus, door: Door) -> None:
    """So that a holder's own message is known when it comes again; another's is another."""
    door.statuses += [500, 503, 429]
    await bus.dispatch(a_task())
    came = [await door.delivery() for _ in range(4)]
    assert len({delivery.message_id for _, delivery in came}) == 1
    assert [r.headers["x-cloudtasks-taskretrycount"] for r, _ in came] == ["0", "1", "2", "3"]
    await bus.dispatch(a_task())
    _, other = await door.delivery()
    assert other.message_id != came[0][1].message_id


async def test_a_deadline_rings_once_on_the_timers_topic(
    bus: CloudTasksBus, tasks: tuple[CloudTasks, str], door: Door
) -> None:
    """However often the task is dispatched, by the name that its timer has."""
    task = a_task(seconds=-3.0)
    for _ in range(3):
        await bus.dispatch(task)
    came = [await door.came.get() for _ in range(4)]
    rung = [(r, body) for r, body in came if r.url.path != "/dispatch"]
    assert [r.url.path for r, _ in rung] == ["/v1/projects/p/topics/timers:publish"]
    (message,) = json.loads(rung[0][1])["messages"]
    assert decode(base64.b64decode(message["data"]), (DeadlineMessage,)) == DeadlineMessage("task1")
    assert rung[0][0].headers["authorization"].startswith("Bearer scheduler@p.example")
    assert list(tasks[0].queues[TIMERS].used) == [f"{TIMERS}/tasks/task1"]


async def test_a_timer_waits_for_its_time(
    bus: CloudTasksBus, tasks: tuple[CloudTasks, str], door: Door
) -> None:
    """It is scheduled three seconds after the deadline."""
    task = a_task()
    await bus.dispatch(task)
    await door.delivery()
    (waiting,) = tasks[0].queues[TIMERS].waiting.values()
    assert abs(waiting.schedule_time - task.deadline - timedelta(seconds=3)) < timedelta(seconds=1)


async def test_a_missing_queue_is_the_operator_s_to_mend(
    tasks: tuple[CloudTasks, str], door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    """It says which fault and what to do, once: nobody asks again."""
    bus = CloudTasksBus(settings(tasks[1], door.url))
    with pytest.raises(BusRefuses):
        await bus.dispatch(a_task())
    await bus.close()
    line = next(r for r in caplog.records if "for the operator: Cloud Tasks refuses" in r.message)
    assert line.levelname == "ERROR"
    told = vars(line)
    assert (told["error"], told["code"]) == ("NotFound", "NOT_FOUND")
    assert told["told"] == "Queue does not exist."


async def test_a_full_queue_and_a_closed_port_pass(
    bus: CloudTasksBus, tasks: tuple[CloudTasks, str], door: Door, unused_tcp_port: int
) -> None:
    """The task is stored already: the sweep dispatches it again."""
    tasks[0].queues[QUEUE].room = 0
    with pytest.raises(BusUnavailable) as full:
        await bus.dispatch(a_task())
    assert full.value.heals


def test_half_a_queue_is_refused() -> None:
    """What is missing is named."""
    half = Settings().with_changes(dispatch_queue=QUEUE, timer_queue=TIMERS)
    with pytest.raises(ConfigurationError, match="CONSENSUS_DISPATCHER_URL"):
        CloudTasksBus(half)


# With the dispatcher behind the queue.


class Voters:
    """Workers that vote once they may."""

    def __init__(self, aggregate: Aggregate) -> None:
        self._aggregate = aggregate
        self.may = asyncio.Event()
        self.asked: list[str] = []

    async def process(self, call: Call) -> AsyncGenerator[SeatUpdate, None]:
        """See WorkerPool."""
        assert isinstance(call, SeatCall)
        self.asked.append(call.task_id)
        yield SeatUpdate(SeatStage.ACCEPTED)
        await self.may.wait()
        vote = Vote(call.seat, Reading("4", "4", "4"), "default", "m", 1.0, Usage(1, 1, 1, 0.0))
        await self._aggregate.ballot(call.task_id, vote, f"{call.task_id}{call.seat}", "")
        yield SeatUpdate(SeatStage.COMPLETED)


@dataclass
class Dispatching:
    """A queue with the dispatcher behind it."""

    queue: Queue
    service: CloudTasks
    bus: CloudTasksBus
    store: SqliteStore
    voters: Voters

    async def submit(self, name: str) -> Task:
        """Store a task and send it for a holder."""
        task = await self.store.create(a_task(name), None)
        await self.bus.dispatch(task)
        return task

    async def until_done(self, name: str) -> Task:
        """The task at its end."""
        async for task in self.store.watch(name):
            if task.state is State.DONE:
                return task
        raise AssertionError(name)


ATTEMPTS = 4


async def until(condition: Callable[[], object]) -> None:
    """Let others run until the condition holds."""
    while not condition():  # noqa: ASYNC110  the condition is any
        await asyncio.sleep(0)


@pytest.fixture
async def dispatching(tasks: tuple[CloudTasks, str]) -> AsyncIterator[Dispatching]:
    """A dispatcher, its store, and the queue before it."""
    service, host = tasks
    queue = service.queue(QUEUE, attempts=ATTEMPTS)
    service.queue(CROWD)
    service.queue(TIMERS)
    store, clock = SqliteStore(":memory:"), SystemClock()
    holders = iter(range(10_000))
    app = Starlette()

    async def forward(scope: object, receive: object, send: object) -> None:
        await app(scope, receive, send)  # type: ignore[arg-type]

    async with serving(forward) as port:  # type: ignore[arg-type]
        bus = CloudTasksBus(settings(host, f"http://127.0.0.1:{port}"))
        aggregate = Aggregate(store, bus, clock, lambda: 0.5)
        voters = Voters(aggregate)
        dispatch = Dispatch(
            store, bus, voters, clock, lambda: 0.5, lambda: f"holder{next(holders)}"
        )
        app = push.build_dispatcher(dispatch, aggregate.reject, attempts=ATTEMPTS)
        yield Dispatching(queue, service, bus, store, voters)
        await bus.close()
    await store.close()


async def test_a_burst_is_held_at_once_up_to_the_places(dispatching: Dispatching) -> None:
    """Nothing grows from a small window: so many are held as the queue was told, and no more."""
    dispatching.queue.places = 40
    await asyncio.gather(*(dispatching.submit(f"t{n}") for n in range(60)))
    await until(lambda: len(set(dispatching.voters.asked)) == 40)
    assert dispatching.queue.most_at_once == 40
    dispatching.voters.may.set()
    for n in range(60):
        await dispatching.until_done(f"t{n}")
    assert dispatching.queue.most_at_once == 40
    assert not await dispatching.store.rejections()


async def test_nobody_s_crowd_keeps_another_waiting(dispatching: Dispatching) -> None:
    """Most of one owner's sixty wait in a line of their own; another's one is held at once."""
    fair, crowd = dispatching.queue, dispatching.service.queues[CROWD]
    fair.places = crowd.places = 25
    clock, ids = SystemClock(), iter(range(1000))
    submit = Submit(
        dispatching.store, dispatching.bus, clock, lambda: f"t{next(ids)}", fair_share=20
    )
    question = (Message("user", "?"),)
    crowded = [await submit(SubmitTask("ann", question)) for _ in range(60)]
    await until(lambda: len(set(dispatching.voters.asked)) == 45)
    assert (fair.made, crowd.made, crowd.most_at_once) == (20, 40, 25)
    alone = await submit(SubmitTask("ben", question))
    await until(lambda: alone.id in dispatching.voters.asked)
    dispatching.voters.may.set()
    for task in (*crowded, alone):
        await dispatching.until_done(task.id)


async def test_a_paused_queue_carries_on(dispatching: Dispatching) -> None:
    """What was submitted meanwhile waits, QUEUED."""
    dispatching.voters.may.set()
    dispatching.queue.pause()
    await dispatching.submit("t1")
    stored = await dispatching.store.load("t1")
    assert stored
    assert stored.task.state is State.QUEUED
    dispatching.queue.resume()
    await dispatching.until_done("t1")


async def test_a_purged_queue_loses_no_task(dispatching: Dispatching) -> None:
    """The sweep sends a forgotten task again, and no name is in its way."""
    dispatching.voters.may.set()
    dispatching.queue.pause()
    old = await dispatching.store.create(a_task("t1", created=-60.0), None)
    await dispatching.bus.dispatch(old)
    dispatching.queue.purge()
    dispatching.queue.resume()
    aggregate = Aggregate(dispatching.store, dispatching.bus, SystemClock(), lambda: 0.5)
    assert await aggregate.sweep() == 1
    await dispatching.until_done("t1")


async def test_twice_delivered_has_one_result(dispatching: Dispatching) -> None:
    """The second delivery takes over or finds it done; there is one closing."""
    dispatching.queue.twice = True
    dispatching.voters.may.set()
    await asyncio.gather(*(dispatching.submit(f"t{n}") for n in range(10)))
    done = [await dispatching.until_done(f"t{n}") for n in range(10)]
    assert {task.result.outcome for task in done if task.result} == {"CONSENSUS"}


async def test_a_late_one_finds_its_time_up(dispatching: Dispatching) -> None:
    """Minutes late, say: the task ends all the same, without a call."""
    task = await dispatching.store.create(a_task("t1", seconds=-1.0, created=-60.0), None)
    await dispatching.bus.dispatch(task)
    done = await dispatching.until_done("t1")
    assert done.result
    assert done.result.close_reason == "NO_VOTES"
    assert not dispatching.voters.asked


async def test_the_last_attempt_is_recorded(
    dispatching: Dispatching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue would drop it without a word; an operator can have it handled again."""

    async def gone(*_: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(type(dispatching.store), "load", gone)
    monkeypatch.setattr("consensus.usecases.apply.OUTAGES", 0)
    await dispatching.submit("t1")
    await until(lambda: not dispatching.queue.waiting)
    (rejection,) = await dispatching.store.rejections()
    assert rejection.reason == "DEAD_LETTER"
    assert rejection.detail == f"given up by dispatch after {ATTEMPTS} attempts"
    assert decode(rejection.payload.encode(), (DispatchMessage,)).task_id == "t1"
    assert dispatching.queue.dropped == []
    assert dispatching.queue.rests == 0  # one message's trouble slows no other


async def test_a_dispatch_of_the_topic_s_is_held_too(dispatching: Dispatching) -> None:
    """At the switch what waits on the topic is still pushed, to the same door."""
    from consensus.codec.envelope import envelope
    from consensus.codec.messages import encode_dispatch

    dispatching.voters.may.set()
    task = await dispatching.store.create(a_task("t1"), None)
    body = envelope(encode_dispatch(task), "projects/p/subscriptions/dispatch", "m1", {})
    url = dispatching.bus._queues.dispatcher
    async with httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.post(f"{url}/dispatch", json=body)).status_code == 204
    assert (await dispatching.until_done("t1")).result


async def test_the_holder_s_own_message_takes_over(dispatching: Dispatching) -> None:
    """An attempt that failed left a holder behind; the next attempt is the same message."""
    await dispatching.submit("t1")
    await until(lambda: len(dispatching.voters.asked) == 3)
    stored = await dispatching.store.load("t1")
    assert stored
    same = Taken("other", stored.task.dispatch)
    from consensus.usecases.apply import apply_event

    step = await apply_event(dispatching.store, SystemClock(), lambda: 0.5, "t1", same)
    assert step
    assert step.task.holder == "other"
