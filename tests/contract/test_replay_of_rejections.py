"""`consensus rejections` on Firestore and Pub/Sub: what was given up is handled after all."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from consensus.adapters.local.http_server import serving
from consensus.adapters.local.system_clock import SystemClock
from consensus.cli.rejections import Wanted, rejections
from consensus.codec.envelope import open_envelope
from consensus.codec.messages import (
    DispatchMessage,
    decode,
    encode_ballot,
    encode_deadline,
    encode_dispatch,
    encode_sweep,
    encode_verdicts,
)
from consensus.config import Settings
from consensus.core.model import (
    Finding,
    Message,
    Plan,
    Progress,
    Reading,
    State,
    Task,
    Verdict,
    Vote,
)
from consensus.doors import push
from consensus.ports import EventBus, Rejection, TaskStore
from consensus.usecases.aggregate import Aggregate

NOW = datetime.now(UTC)
TASK = Task(
    id="task1",
    owner="local",
    messages=(Message("user", "2 + 2?"),),
    plan=Plan(),
    created_at=NOW,
    deadline=NOW + timedelta(hours=1),
    state=State.RUNNING,
    holder="dead",
    dispatch="given up",
    progress=Progress(asked=3, waves=1),
)
VOTE = Vote(0, Reading("It is 4.", "4"))


@dataclass(slots=True)
class Service:
    """A stack's store and bus, and what its dispatcher's door was pushed."""

    store: TaskStore
    bus: EventBus
    dispatches: asyncio.Queue[DispatchMessage] = field(default_factory=asyncio.Queue)
    buried: asyncio.Event = field(default_factory=asyncio.Event)  # a dead letter was recorded

    async def reasons(self) -> list[str]:
        """Why messages were rejected."""
        return sorted(rejection.reason for rejection in await self.store.rejections())

    async def task(self) -> Task:
        """The task as it stands."""
        stored = await self.store.load(TASK.id)
        assert stored
        return stored.task


@pytest.fixture
def settings(
    monkeypatch: pytest.MonkeyPatch, firestore_emulator: str, pubsub_emulator: str
) -> Settings:
    """A project of its own on both emulators, named where the command looks for it."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", f"test-{uuid.uuid4().hex}")
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_emulator)
    return Settings.read()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Service]:
    """A stack whose aggregator takes no vote, until each is a dead letter."""
    from consensus.adapters.google import pubsub_topology
    from consensus.adapters.google.firestore_store import FirestoreStore
    from consensus.adapters.google.pubsub_bus import PubSubBus
    from consensus.adapters.google.pubsub_topology import Push

    store, bus = FirestoreStore(settings), PubSubBus(settings)
    service = Service(store, bus)

    async def refuse(_: Request) -> Response:
        return Response(status_code=500)

    async def dispatch(request: Request) -> Response:
        data = open_envelope(await request.body()).data
        await service.dispatches.put(decode(data, (DispatchMessage,)))
        return Response(status_code=204)

    aggregator = push.build(Aggregate(store, bus, SystemClock(), random.random))

    async def bury(scope: Scope, receive: Receive, send: Send) -> None:
        await aggregator(scope, receive, send)
        service.buried.set()

    routes = [
        Route("/votes", refuse, methods=["POST"]),
        Route("/dispatch", dispatch, methods=["POST"]),
        Mount("/", bury),
    ]
    async with serving(Starlette(routes=routes)) as port:
        url = f"http://127.0.0.1:{port}"
        pushed = {name: Push(name, f"{url}/{name}", 10, 5) for name in ("votes", "dispatch")}
        pushed["timers"] = Push("timers", f"{url}/timers", 10, 5)
        await pubsub_topology.create(settings, pushed, f"{url}/dead-letters")
        await store.create(TASK, None)
        yield service
        await bus.close()
        await store.close()


def replay(**wanted: object) -> int:
    """The command's exit code; it runs a loop of its own, as its process would."""
    return rejections(Wanted(**wanted))  # type: ignore[arg-type]


async def test_a_vote_that_was_given_up_counts_after_all(settings: Settings) -> None:
    """Refused five times, recorded as a dead letter, handled again: once, and then forgotten."""
    async with running(settings) as service:
        await service.bus.ballot(TASK.id, VOTE, "")
        await asyncio.wait_for(service.buried.wait(), 60)
        assert await service.reasons() == ["DEAD_LETTER"]
        assert (await service.task()).votes == ()
        assert await asyncio.to_thread(replay, replay_dead_letters=True) == 0
        assert [vote.reading.final for vote in (await service.task()).votes] == ["4"]
        assert await service.reasons() == []


@pytest.mark.parametrize(
    ("letter", "moved"),
    [
        (encode_ballot(TASK.id, VOTE, ""), lambda task: task.progress.voted == 1),
        (encode_deadline(TASK.id), lambda task: task.state is State.RUNNING),
        (encode_sweep(), lambda task: task.state is State.RUNNING),
    ],
)
async def test_every_kind_of_letter_is_handled(
    settings: Settings, letter: bytes, moved: Callable[[Task], bool]
) -> None:
    """By the use case that its push would have reached; a deadline still to come closes nothing."""
    async with running(settings) as service:
        await service.store.reject(Rejection("k" * 64, "DEAD_LETTER", "", letter.decode(), NOW))
        assert await asyncio.to_thread(replay, replay=("kkk",)) == 0
        assert moved(await service.task())
        assert await service.reasons() == []


async def test_a_dispatch_that_was_given_up_asks_for_another_holder(settings: Settings) -> None:
    """It names the holder that the task has, so that whoever takes it now may."""
    letter = encode_dispatch(TASK).decode()
    async with running(settings) as service:
        await service.store.reject(Rejection("k" * 64, "DEAD_LETTER", "", letter, NOW))
        assert await asyncio.to_thread(replay, replay=("kkk",)) == 0
        message = await asyncio.wait_for(service.dispatches.get(), 60)
        assert message == DispatchMessage(TASK.id, replaces="dead")
        assert await service.reasons() == []


async def test_what_cannot_count_is_rejected_anew(settings: Settings) -> None:
    """A verdict on a doubt that nobody raised goes, and its own rejection comes."""
    letter = encode_verdicts(TASK.id, [Verdict(0, Finding.SAME)], "").decode()
    async with running(settings) as service:
        await service.store.reject(Rejection("k" * 64, "DEAD_LETTER", "", letter, NOW))
        assert await asyncio.to_thread(replay, replay=("kkk",)) == 0
        assert await service.reasons() == ["NOT_IN_DOUBT"]


async def test_a_bus_that_is_away_leaves_the_letter(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be handled stays on record, and the exit says so."""
    letter = encode_dispatch(TASK).decode()
    async with running(settings) as service:
        await service.store.reject(Rejection("k" * 64, "DEAD_LETTER", "", letter, NOW))
        monkeypatch.setenv("CONSENSUS_DISPATCH_TOPIC", "absent")
        assert await asyncio.to_thread(replay, replay=("kkk",)) == 1
        assert await service.reasons() == ["DEAD_LETTER"]
