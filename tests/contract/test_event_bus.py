"""What every EventBus that ends at a door promises: PushBus, and Pub/Sub on its emulator."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consensus.adapters.local.http_server import serving
from consensus.adapters.local.push_bus import TOGETHER_BYTES, PushBus
from consensus.codec.envelope import Delivery, open_envelope
from consensus.codec.messages import (
    MAX_TEXT,
    BallotMessage,
    DeadlineMessage,
    DispatchMessage,
    NoticeMessage,
    SweepMessage,
    VerdictMessage,
    decode,
)
from consensus.config import Settings
from consensus.core.errors import BusRefuses, BusUnavailable
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Ballot,
    Finding,
    Message,
    Plan,
    Reading,
    Task,
    Usage,
    Verdict,
    Vote,
)
from consensus.ports import EventBus
from tests.chaos.wire import wire

TOPICS = ("votes", "timers", "notices", "dispatch")
NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
A_TASK = Task(
    "task1",
    "local",
    (Message("user", "?"),),
    Plan(),
    NOON,
    NOON + timedelta(seconds=9),
    traceparent=TRACE,
)
A_VOTE = Vote(
    3,
    Reading("Well, it is naïve ∑ 漢字 🗳️\n\x00", "naïve", "n", 0.25, bytes(range(64)) * 4, "e5"),
    "ada",
    "model-1",
    2.0,
    Usage(2, 10, 20, None),
)
AN_ABSTENTION = Abstention(4, AbstentionReason.UNFINISHED, "cut at 漢", "ada", Usage(1, 5, 5, 0.1))


@dataclass(slots=True)
class Door:
    """It keeps what came, pushed in an envelope or line by line, and answers with each status
    given, then with 204. While it is shut it answers nobody."""

    url: str = ""
    deliveries: asyncio.Queue[Delivery] = field(default_factory=asyncio.Queue)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    of_lines: dict[bytes, int] = field(default_factory=dict)  # by a part of the line; else 204
    is_called: asyncio.Event = field(default_factory=asyncio.Event)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: Request) -> Response:
        """Handle a request."""
        self.headers.append(dict(request.headers))
        body = await request.body()
        self.is_called.set()
        await self.is_open.wait()
        status = self.statuses.pop(0) if self.statuses else 204
        if request.headers["content-type"] != "application/x-ndjson":
            await self.deliveries.put(open_envelope(body))
            return Response(status_code=status)
        lines = body.split(b"\n")
        for line in lines:
            await self.deliveries.put(Delivery("", line))
        told = [next((c for p, c in self.of_lines.items() if p in line), 204) for line in lines]
        return JSONResponse(told, 200 if status == 204 else status)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """A door that is open on a free port."""
    opened = Door()
    opened.is_open.set()
    app = Starlette(routes=[Route("/{path:path}", opened.take, methods=["POST"])])
    async with serving(app) as port:
        opened.url = f"http://127.0.0.1:{port}"
        yield opened


@pytest.fixture
def pubsub(request: pytest.FixtureRequest) -> Settings:
    """Settings of a project of its own on the Pub/Sub emulator."""
    return Settings().with_changes(
        pubsub_emulator_host=request.getfixturevalue("pubsub_emulator"),
        google_cloud_project=f"test-{uuid.uuid4().hex}",
    )


@pytest.fixture(params=["push", "pubsub"])
async def bus(request: pytest.FixtureRequest, door: Door) -> AsyncIterator[EventBus]:
    """A bus whose ballots arrive at the door; each parameter builds only its own backend."""
    if request.param == "push":
        push = PushBus(f"{door.url}/votes", "secret")
        yield push
        await push.close()
    else:
        settings = request.getfixturevalue("pubsub")
        async with pubsub_bus(settings, door.url) as published:
            yield published


@asynccontextmanager
async def pubsub_bus(settings: Settings, url: str) -> AsyncIterator[EventBus]:
    """Pub/Sub with the service's topics, all pushed to one door."""
    from consensus.adapters.google import pubsub_topology
    from consensus.adapters.google.pubsub_bus import PubSubBus
    from consensus.adapters.google.pubsub_topology import Push

    push = {name: Push(name, f"{url}/{name}", 10, 5) for name in TOPICS}
    await pubsub_topology.create(settings, push, f"{url}/dead-letters")
    published = PubSubBus(settings)
    yield published
    await published.close()


@pytest.mark.parametrize("ballot", [A_VOTE, AN_ABSTENTION])
async def test_a_ballot_arrives_as_it_was(bus: EventBus, door: Door, ballot: Ballot) -> None:
    """A ballot decodes to the same, and carries its trace."""
    await bus.ballot("task1", ballot, TRACE)
    delivery = await door.deliveries.get()
    message = decode(delivery.data, (BallotMessage,))
    assert message == BallotMessage("task1", ballot, TRACE)


async def test_pubsub_pushes_a_ballot_in_its_envelope(pubsub: Settings, door: Door) -> None:
    """It says which message it is and of which subscription, and carries the trace again."""
    async with pubsub_bus(pubsub, door.url) as bus:
        await bus.ballot("task1", A_VOTE, TRACE)
        delivery = await door.deliveries.get()
    assert delivery.attributes["traceparent"] == TRACE
    assert delivery.message_id
    assert delivery.subscription


async def test_verdicts_arrive_as_they_were(bus: EventBus, door: Door) -> None:
    """The verdicts of one call go the ballots' way, together."""
    verdicts = (Verdict(2, Finding.SAME, Usage(1, 20, 4, None)), Verdict(3, Finding.DIFFERENT))
    await bus.verdicts("task1", verdicts, TRACE)
    delivery = await door.deliveries.get()
    assert decode(delivery.data, (VerdictMessage,)) == VerdictMessage("task1", verdicts, TRACE)


async def test_ballots_are_told_apart(bus: EventBus, door: Door) -> None:
    """Of many ballots at once each arrives."""
    await asyncio.gather(*(bus.ballot("task1", Vote(s, A_VOTE.reading), "") for s in range(15)))
    deliveries = [await door.deliveries.get() for _ in range(15)]
    messages = [decode(delivery.data, (BallotMessage,)) for delivery in deliveries]
    assert {message.ballot.seat for message in messages} == set(range(15))


async def test_what_comes_meanwhile_goes_together(door: Door) -> None:
    """While one POST is under way no other begins; the next brings all that waits."""
    door.is_open.clear()
    bus = PushBus(f"{door.url}/votes", "secret")
    first = asyncio.create_task(bus.ballot("task1", A_VOTE, ""))
    await door.is_called.wait()
    votes = [Vote(seat, A_VOTE.reading) for seat in range(15)]
    others = [asyncio.create_task(bus.ballot("task2", vote, "")) for vote in votes]
    door.is_open.set()
    await asyncio.gather(first, *others)
    assert len(door.headers) == 2
    assert door.deliveries.qsize() == 16
    await bus.close()


async def test_what_is_long_goes_by_itself(door: Door) -> None:
    """A POST is bounded in bytes: what is together too long comes one after another."""
    long = Vote(3, replace(A_VOTE.reading, text="x" * MAX_TEXT, vector=b""))
    bus = PushBus(f"{door.url}/votes", "secret")
    await asyncio.gather(*(bus.ballot("task1", long, "") for _ in range(30)))
    sizes = [int(headers["content-length"]) for headers in door.headers]
    assert door.deliveries.qsize() == 30
    assert 1 < len(sizes) < 30
    assert max(sizes) <= TOGETHER_BYTES + 30
    await bus.close()


async def test_one_refusal_among_many_is_of_one(door: Door) -> None:
    """Each ballot of a POST has its own answer."""
    door.of_lines[b"refused"] = 503
    bus = PushBus(f"{door.url}/votes", "secret")
    calls = (bus.ballot(task, A_VOTE, "") for task in ("one", "refused", "another"))
    said = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in said] == [type(None), BusUnavailable, type(None)]
    await bus.close()


async def test_closing_leaves_nobody_waiting(door: Door) -> None:
    """Whoever waits for an answer when the bus is closed hears that there is none."""
    door.is_open.clear()
    bus = PushBus(f"{door.url}/votes", "secret")
    first = asyncio.create_task(bus.ballot("task1", A_VOTE, ""))
    await door.is_called.wait()
    second = asyncio.create_task(bus.ballot("task2", A_VOTE, ""))
    await asyncio.sleep(0)
    await bus.close()
    said = await asyncio.gather(first, second, return_exceptions=True)
    door.is_open.set()
    assert all(isinstance(answer, BusUnavailable) for answer in said)


async def test_a_caller_that_leaves_takes_nobody_along(door: Door) -> None:
    """A cancelled call is its own affair; the others of its POST hear what came of theirs."""
    door.is_open.clear()
    bus = PushBus(f"{door.url}/votes", "secret")
    first, second = (asyncio.create_task(bus.ballot(t, A_VOTE, "")) for t in ("one", "two"))
    await door.is_called.wait()
    first.cancel()
    door.is_open.set()
    await second
    assert first.cancelled()
    await bus.close()


async def test_the_push_bus_bears_its_token(door: Door) -> None:
    """The loopback door can tell its own workers from others."""
    bus = PushBus(f"{door.url}/votes", "secret")
    await bus.ballot("task1", A_VOTE, "")
    assert door.headers[0]["authorization"] == "Bearer secret"
    await bus.close()


async def test_the_push_bus_reports_a_refusal(door: Door) -> None:
    """An answer other than a success is BusUnavailable: the ballot is not durable."""
    door.statuses += [503, 401, 302]
    bus = PushBus(f"{door.url}/votes", "secret")
    for _ in range(3):
        with pytest.raises(BusUnavailable):
            await bus.ballot("task1", A_VOTE, "")
    await bus.ballot("task1", A_VOTE, "")
    await bus.close()


async def test_the_push_bus_reports_an_absent_door(unused_tcp_port: int) -> None:
    """No connection is BusUnavailable."""
    bus = PushBus(f"http://127.0.0.1:{unused_tcp_port}/votes", "secret")
    with pytest.raises(BusUnavailable):
        await bus.ballot("task1", A_VOTE, "")
    await bus.close()


async def test_the_push_bus_takes_what_workers_bring_alone() -> None:
    """A worker can neither start tasks nor ring deadlines."""
    bus = PushBus("http://127.0.0.1:1/votes", "secret")
    with pytest.raises(BusUnavailable):
        await bus.dispatch(A_TASK)
    with pytest.raises(BusUnavailable):
        await bus.deadline("task1")
    await bus.close()


@pytest.mark.parametrize(
    ("publish", "expected"),
    [
        (lambda bus: bus.dispatch(A_TASK), DispatchMessage("task1", TRACE)),
        (
            lambda bus: bus.dispatch(replace(A_TASK, holder="h")),
            DispatchMessage("task1", TRACE, replaces="h"),
        ),
        (lambda bus: bus.deadline("task1"), DeadlineMessage("task1")),
        (lambda bus: bus.notice("task1.crm.done"), NoticeMessage("task1.crm.done")),
        (lambda bus: bus.sweep(), SweepMessage()),
    ],
)
async def test_pubsub_brings_what_moves_tasks(
    pubsub: Settings, door: Door, publish: Callable[[EventBus], object], expected: object
) -> None:
    """A dispatch, a deadline, a notice and a sweep arrive as they were."""
    async with pubsub_bus(pubsub, door.url) as bus:
        published = publish(bus)
        assert asyncio.iscoroutine(published)
        await published
        delivery = await door.deliveries.get()
        assert decode(delivery.data, (type(expected),)) == expected


async def test_pubsub_delivers_again_what_was_refused(pubsub: Settings, door: Door) -> None:
    """A push that is not taken comes again with the same message id."""
    door.statuses.append(503)
    async with pubsub_bus(pubsub, door.url) as bus:
        await bus.ballot("task1", A_VOTE, "")
        first, second = [await door.deliveries.get() for _ in range(2)]
        assert first == replace(second, attempt=first.attempt)


async def test_pubsub_gives_up_to_the_dead_letters(pubsub: Settings, door: Door) -> None:
    """What is refused again and again is pushed to the dead letters' door, as it was."""
    door.statuses += [500] * 5
    async with pubsub_bus(pubsub, door.url) as bus:
        await bus.ballot("task1", A_VOTE, "")
        deliveries = [await door.deliveries.get() for _ in range(6)]
        last = deliveries[-1]
        assert last.subscription.endswith("/votes-dead-letters")
        assert last.attributes["CloudPubSubDeadLetterSourceSubscription"] == "votes"
        assert decode(last.data, (BallotMessage,)).ballot == A_VOTE


async def test_large_messages_keep_nobody_waiting(pubsub: Settings, door: Door) -> None:
    """Messages pulled together may be larger than gRPC takes unasked: each of them arrives."""
    from consensus.adapters.google import pubsub_topology
    from consensus.adapters.google.forwarder import Forwarder
    from consensus.adapters.google.pubsub_bus import PubSubBus
    from consensus.adapters.google.pubsub_topology import Push

    await pubsub_topology.create(pubsub, {"votes": Push("votes", None, 10, 5)})
    bus = PubSubBus(pubsub)
    large = replace(A_VOTE, reading=replace(A_VOTE.reading, text="x" * 100_000))
    await asyncio.gather(*(bus.ballot("task1", replace(large, seat=n), "") for n in range(60)))
    forwarding = asyncio.create_task(Forwarder(pubsub, "votes", f"{door.url}/votes").run())
    arrived = [await door.deliveries.get() for _ in range(60)]
    ballots = [decode(delivery.data, (BallotMessage,)).ballot for delivery in arrived]
    assert {ballot.seat for ballot in ballots} == set(range(60))
    forwarding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await forwarding
    await bus.close()


async def test_a_topology_may_be_created_again(pubsub: Settings, door: Door) -> None:
    """A later start with other addresses pushes there."""
    async with pubsub_bus(pubsub, "http://127.0.0.1:1"), pubsub_bus(pubsub, door.url) as bus:
        await bus.deadline("task1")
        delivery = await door.deliveries.get()
        assert decode(delivery.data, (DeadlineMessage,)) == DeadlineMessage("task1")


async def test_a_missing_topic_is_unavailable(
    pubsub: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Publishing to a topic that is not there says so, and tells the operator, who has an alert."""
    from consensus.adapters.google.pubsub_bus import PubSubBus

    bus = PubSubBus(pubsub)
    with pytest.raises(BusRefuses):
        await bus.deadline("task1")
    await bus.close()
    (line,) = (r for r in caplog.records if r.getMessage().startswith("for the operator: "))
    assert (line.levelname, vars(line)["code"]) == ("ERROR", "NOT_FOUND")
    assert "not found" in vars(line)["told"].lower()


async def test_a_closed_port_passes(
    pubsub: Settings, unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be open again in a moment: a warning, by type, code and message."""
    from consensus.adapters.google import pubsub_bus

    nowhere = pubsub.with_changes(pubsub_emulator_host=f"127.0.0.1:{unused_tcp_port}")
    bus = pubsub_bus.PubSubBus(nowhere)
    with pytest.raises(BusUnavailable) as passing:
        await asyncio.wait_for(bus.deadline("task1"), 60)
    await bus.close()
    assert passing.value.heals
    (line,) = (r for r in caplog.records if "did not answer" in r.getMessage())
    assert (line.levelname, vars(line)["code"]) == ("WARNING", "UNAVAILABLE")


async def test_a_forwarder_does_what_push_does(pubsub: Settings, door: Door) -> None:
    """Pulled messages arrive in the same envelope, more than two at once, refused ones again."""
    from consensus.adapters.google import forwarder, pubsub_topology
    from consensus.adapters.google.pubsub_bus import PubSubBus
    from consensus.adapters.google.pubsub_topology import Push

    await pubsub_topology.create(pubsub, {"dispatch": Push("dispatch", None, 600, 5)})
    bus = PubSubBus(pubsub)
    door.statuses += [503]
    running = asyncio.create_task(forwarder.Forwarder(pubsub, "dispatch", door.url).run())
    await asyncio.gather(*(bus.dispatch(A_TASK) for _ in range(5)))
    deliveries = [await door.deliveries.get() for _ in range(6)]
    assert len({delivery.message_id for delivery in deliveries}) == 5
    for delivery in deliveries:
        assert decode(delivery.data, (DispatchMessage,)) == DispatchMessage("task1", TRACE)
        assert delivery.attributes == {"traceparent": TRACE}
    refused = deliveries[0].message_id  # comes again as itself: that is what tells a redelivery
    assert [delivery.message_id for delivery in deliveries].count(refused) == 2
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert door.deliveries.empty()
    await bus.close()


async def test_a_forwarder_outlives_its_connections(pubsub: Settings, door: Door) -> None:
    """What a cut connection took comes again, and what is published afterwards is not lost."""
    from consensus.adapters.google import forwarder, pubsub_topology
    from consensus.adapters.google.pubsub_bus import PubSubBus
    from consensus.adapters.google.pubsub_topology import Push

    dispatch = Push("dispatch", None, forwarder.LEASE_SECONDS, 10)
    await pubsub_topology.create(pubsub, {"dispatch": dispatch})
    bus = PubSubBus(pubsub)
    assert pubsub.pubsub_emulator_host
    with wire(pubsub.pubsub_emulator_host) as connection:
        behind = pubsub.with_changes(pubsub_emulator_host=connection.address)
        running = asyncio.create_task(forwarder.Forwarder(behind, "dispatch", door.url).run())
        await bus.dispatch(A_TASK)
        seen = {(await door.deliveries.get()).message_id}
        connection.cut()
        await asyncio.gather(*(bus.dispatch(A_TASK) for _ in range(8)))
        while len(seen) < 9:
            seen.add((await door.deliveries.get()).message_id)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await bus.close()
