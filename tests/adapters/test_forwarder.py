"""What the forwarder decides by itself; what it does with messages is in the buses' contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from google.pubsub_v1.types import PubsubMessage, PullResponse, ReceivedMessage
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consensus.adapters.google import forwarder
from consensus.adapters.google.forwarder import Forwarder, backoff
from consensus.adapters.local.http_server import serving
from consensus.bootstrap.stand_ins import MAX_ATTEMPTS
from consensus.codec.envelope import envelope, open_envelope
from consensus.config import Settings
from tests.usecases.doubles import until


@pytest.mark.parametrize(
    ("delivery", "seconds"), [(0, 1), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (1_000_000, 60)]
)
def test_a_refused_message_waits_longer_each_time(delivery: int, seconds: int) -> None:
    """As the subscription's retry policy has it for a push: from a second to a minute."""
    assert backoff(delivery) == seconds


def test_an_hour_of_refusals_makes_no_dead_letter() -> None:
    """Overload counts as deliveries: there are as many as take longer than any overload may."""
    assert sum(backoff(n) for n in range(1, MAX_ATTEMPTS)) > 90 * 60


@dataclass
class Subscription:
    """A subscriber client whose messages a test puts in; it notes what it is told of them.

    Each name of a call in `broken` fails once, in a way that nobody foresaw.
    """

    waiting: asyncio.Queue[ReceivedMessage] = field(default_factory=asyncio.Queue)
    asked_for: list[int] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    leases: list[tuple[list[str], int]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    is_open: bool = True

    def put(self, message_id: str, ack_id: str, attempt: int = 1) -> None:
        """Deliver a message."""
        message = PubsubMessage(message_id=message_id, data=b"x")
        self.waiting.put_nowait(
            ReceivedMessage(ack_id=ack_id, message=message, delivery_attempt=attempt)
        )

    async def pull(self, subscription: str, max_messages: int, **_: Any) -> PullResponse:
        """One message, as soon as there is one."""
        self._may_break("pull")
        self.asked_for.append(max_messages)
        return PullResponse(received_messages=[await self.waiting.get()])

    async def acknowledge(self, subscription: str, ack_ids: Sequence[str], **_: Any) -> None:
        """Note them."""
        self._may_break("acknowledge")
        self.acknowledged += ack_ids

    async def modify_ack_deadline(
        self, subscription: str, ack_ids: Sequence[str], ack_deadline_seconds: int, **_: Any
    ) -> None:
        """Note them."""
        self._may_break("modify_ack_deadline")
        self.leases.append((list(ack_ids), ack_deadline_seconds))

    @property
    def transport(self) -> Subscription:
        """What is closed in the end."""
        return self

    async def close(self) -> None:
        """No call comes after this."""
        self.is_open = False

    def _may_break(self, call: str) -> None:
        assert self.is_open
        if call in self.broken:
            self.broken.discard(call)
            raise RuntimeError(call)


@dataclass
class Door:
    """A push endpoint that answers when it is opened: at first with the statuses, then with 204."""

    came: list[str] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    statuses: list[int] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        """Handle a push."""
        delivery = open_envelope(await request.body())
        self.came.append(delivery.message_id)
        self.attempts.append(delivery.attempt)
        await self.opened.wait()
        return Response(status_code=self.statuses.pop(0) if self.statuses else 204)


@asynccontextmanager
async def _forwarding(
    monkeypatch: pytest.MonkeyPatch, subscription: Subscription, door: Door
) -> AsyncIterator[None]:
    """A forwarder between the two, with leases extended at once; it runs to the end."""
    monkeypatch.setattr(forwarder, "subscriber", lambda _: subscription)
    monkeypatch.setattr(forwarder, "EXTEND_SECONDS", 0.01)
    monkeypatch.setattr(forwarder, "AGAIN_SECONDS", 0.01)
    app = Starlette(routes=[Route("/", door.take, methods=["POST"])])
    async with serving(app) as port:
        work = Forwarder(Settings(), "dispatch", f"http://127.0.0.1:{port}/").run()
        running = asyncio.create_task(work)
        try:
            yield
            assert not running.done()
        finally:
            door.opened.set()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running


async def test_a_message_that_comes_again_while_it_is_handled_is_not_handled_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its lease ran out meanwhile: only the newest delivery of it can still be acknowledged."""
    subscription, door = Subscription(), Door()
    async with _forwarding(monkeypatch, subscription, door):
        subscription.put("m1", "first")
        await until(lambda: door.came)
        subscription.put("m1", "second", attempt=2)
        await until(lambda: (["second"], forwarder.LEASE_SECONDS) in subscription.leases)
        door.opened.set()
        await until(lambda: subscription.acknowledged)
        assert subscription.acknowledged == ["second"]
        assert door.came == ["m1"]
        subscription.put("m1", "third", attempt=3)  # that was in vain after all
        await until(lambda: len(subscription.acknowledged) == 2)
    assert door.came == ["m1", "m1"]


async def test_what_is_refused_is_left_to_its_subscription(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes again after the pause that the retry policy has for that delivery."""
    subscription, door = Subscription(), Door(statuses=[503])
    door.opened.set()
    async with _forwarding(monkeypatch, subscription, door):
        subscription.put("m1", "first", attempt=3)
        await until(lambda: (["first"], 4) in subscription.leases)
        seen = len(subscription.leases)
        subscription.put("m1", "second", attempt=4)
        await until(lambda: subscription.acknowledged == ["second"])
        assert all(ids == ["second"] for ids, _ in subscription.leases[seen:])
        assert door.attempts == [3, 4], "the door gives up by it what breaks each time"


async def test_no_more_is_taken_than_can_be_handled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue holds the rest until there is room."""
    monkeypatch.setattr(forwarder, "AT_ONCE", 2)
    subscription, door = Subscription(), Door()
    for number in range(4):
        subscription.put(f"m{number}", f"a{number}")
    async with _forwarding(monkeypatch, subscription, door):
        await until(lambda: len(door.came) == 2)
        for _ in range(100):
            await asyncio.sleep(0)
        assert (subscription.asked_for, subscription.waiting.qsize()) == ([1, 1], 2)
        door.opened.set()
        await until(lambda: len(subscription.acknowledged) == 4)
        assert max(subscription.asked_for) <= 2


@pytest.mark.parametrize("call", ["pull", "acknowledge", "modify_ack_deadline", "envelope"])
async def test_what_nobody_foresaw_costs_one_message_at_most(
    monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """The forwarding of all the others goes on, and so do their leases."""
    subscription, door = Subscription(broken={call}), Door()
    door.opened.set()
    if call == "envelope":
        monkeypatch.setattr(forwarder, "envelope", _fails_once(envelope))
    async with _forwarding(monkeypatch, subscription, door):
        subscription.put("m1", "a1")
        subscription.put("m2", "a2")
        await until(lambda: {"a2"} <= set(subscription.acknowledged))
        door.opened.clear()
        subscription.put("m3", "a3")
        await until(lambda: (["a3"], forwarder.LEASE_SECONDS) in subscription.leases)


def _fails_once(function: Callable[..., Any]) -> Callable[..., Any]:
    failures = [RuntimeError("a defect")]

    def called(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return function(*arguments)

    return called
