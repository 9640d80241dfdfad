"""The aggregator's door, through the functions framework: what is acknowledged is recorded."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx2
import pytest
from starlette.types import ASGIApp

from consensus.codec.messages import (
    encode_ballot,
    encode_deadline,
    encode_dispatch,
    encode_sweep,
    encode_verdicts,
)
from consensus.core.errors import ConfigurationError, StoreUnavailable
from consensus.core.model import Finding, State, Task, Verdict
from consensus.doors import push
from consensus.doors.identity import bearer_of
from tests.entrypoints.conftest import A_TASK, ASKED, Function, Service, a_vote, envelope

VOTE = encode_ballot("task1", a_vote(0, "4"), "")


@pytest.fixture
async def client(service: Service, function: Function) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of the aggregate entry point, beside one running task."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as supervisor:
        await supervisor.post("/v1/tasks", json=ASKED)
    await service.take("task1")

    def build() -> ASGIApp:
        return push.build(service.aggregate)

    async with function("aggregator", "aggregate", "aggregator", build) as opened:
        yield opened


async def the_task(service: Service) -> Task:
    """The one task, with its ballots."""
    stored = await service.store.load("task1")
    assert stored
    return stored.task


async def reasons(service: Service) -> list[str]:
    """The reasons of the rejections there are."""
    return [rejection.reason for rejection in await service.store.rejections()]


async def test_a_vote_is_recorded_before_it_is_acknowledged(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """204, and the vote is in the store."""
    response = await client.post("/votes", content=envelope(VOTE))
    assert response.status_code == 204
    assert response.content == b""
    assert [vote.seat for vote in (await the_task(service)).votes] == [0]


async def test_a_verdict_comes_by_the_votes_door_alone(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """It reaches the task, here one that has no such doubt; what moves time takes none."""
    verdict = encode_verdicts("task1", [Verdict(0, Finding.SAME)], "")
    for door in ("/votes", "/timers"):
        response = await client.post(door, content=envelope(verdict))
        assert response.status_code == 204
    assert sorted(await reasons(service)) == ["NOT_IN_DOUBT", "UNDECODABLE"]


async def test_a_message_that_comes_twice_counts_once(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """Push is at-least-once."""
    for message_id in ("m1", "m1", "m2"):
        response = await client.post("/votes", content=envelope(VOTE, message_id))
        assert response.status_code == 204
    assert (await the_task(service)).progress.voted == 1
    assert await reasons(service) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"message": 7}',
        b'{"message": {"messageId": "m1", "data": "***"}}',
        b'{"message": {"messageId": "m1", "data": 7}}',
        envelope(b"not json"),
        envelope(b"\xff"),
        envelope(b"[]"),
        envelope(b"{}"),
        envelope(VOTE[:-1]),
    ],
)
@pytest.mark.parametrize("door", ["/votes", "/timers"])
async def test_poison_is_recorded_once_and_never_comes_again(
    client: httpx2.AsyncClient, service: Service, door: str, body: bytes
) -> None:
    """What will never decode is acknowledged, under a key that is the same each time."""
    before = await the_task(service)
    for _ in range(2):
        assert (await client.post(door, content=body)).status_code == 204
    assert await reasons(service) == ["UNDECODABLE"]
    assert await the_task(service) == before


@pytest.mark.parametrize(
    ("door", "data"),
    [
        ("/votes", encode_deadline("task1")),
        ("/votes", encode_sweep()),
        ("/votes", encode_dispatch(A_TASK)),
        ("/timers", VOTE),
        ("/timers", encode_dispatch(A_TASK)),
    ],
)
async def test_a_message_at_another_topics_door_is_refused(
    client: httpx2.AsyncClient, service: Service, door: str, data: bytes
) -> None:
    """A worker may publish votes, and must not be able to ring a deadline through them."""
    service.clock.move(10_000)
    before = await the_task(service)
    assert (await client.post(door, content=envelope(data))).status_code == 204
    assert await reasons(service) == ["UNDECODABLE"]
    assert await the_task(service) == before


async def test_a_vote_for_an_unknown_task_is_recorded(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """As a rejection that keeps the message."""
    data = encode_ballot("task9", a_vote(0, "4"), "")
    assert (await client.post("/votes", content=envelope(data))).status_code == 204
    (rejection,) = await service.store.rejections()
    assert rejection.reason == "UNKNOWN_TASK"
    assert "task9" in rejection.payload


async def test_a_late_vote_changes_nothing(client: httpx2.AsyncClient, service: Service) -> None:
    """A DONE task never changes, and the vote is acknowledged."""
    service.clock.move(10_000)
    assert (await client.post("/timers", content=envelope(encode_sweep()))).is_success
    before = await the_task(service)
    assert before.state is State.DONE
    assert (await client.post("/votes", content=envelope(VOTE))).status_code == 204
    assert await the_task(service) == before


async def test_a_deadline_closes_a_task(client: httpx2.AsyncClient, service: Service) -> None:
    """The timer's message ends what is overdue, and only that."""
    ring = envelope(encode_deadline("task1"))
    assert (await client.post("/timers", content=ring)).status_code == 204
    assert (await the_task(service)).state is State.RUNNING
    service.clock.move(10_000)
    assert (await client.post("/timers", content=ring)).status_code == 204
    assert (await the_task(service)).state is State.DONE


async def test_a_dead_letter_is_recorded(client: httpx2.AsyncClient, service: Service) -> None:
    """With the message, and the subscription that gave it up."""
    attributes = {push.SOURCE: "votes-push"}
    body = envelope(VOTE, attributes=attributes)
    for _ in range(2):
        assert (await client.post("/dead-letters", content=body)).status_code == 204
    (rejection,) = await service.store.rejections()
    assert rejection.reason == "DEAD_LETTER"
    assert "votes-push" in rejection.detail
    assert rejection.payload.encode() == VOTE, "whole, so that it can be handled again"
    assert (await the_task(service)).progress.voted == 0


async def test_nothing_of_an_erased_task_is_recorded(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """Its vote, as a message and as a dead letter, before and after: none of its text stays."""
    await client.post("/dead-letters", content=envelope(VOTE, "before"))
    (rejection,) = await service.store.rejections()
    assert rejection.task_id == "task1"
    await service.aggregate.erase("task1", "local")
    for door in ("/votes", "/dead-letters"):
        assert (await client.post(door, content=envelope(VOTE, "after"))).status_code == 204
    assert list(await service.store.rejections()) == []


@pytest.mark.parametrize(
    ("error", "status"), [(StoreUnavailable("gone"), 503), (ZeroDivisionError("a defect"), 500)]
)
async def test_what_was_not_recorded_is_not_acknowledged(
    client: httpx2.AsyncClient,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
) -> None:
    """It comes again, and is recorded then."""

    async def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as failing:
        failing.setattr(type(service.store), "commit", fail)
        assert (await client.post("/votes", content=envelope(VOTE))).status_code == status
        failing.setattr(type(service.store), "reject", fail)
        assert (await client.post("/votes", content=b"poison")).status_code == status
    assert (await client.post("/votes", content=envelope(VOTE))).status_code == 204
    assert (await the_task(service)).progress.voted == 1


@pytest.mark.parametrize("error", [StoreUnavailable("full"), ConfigurationError("wrong")])
async def test_overload_makes_no_dead_letter(
    client: httpx2.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """However often it came: a vote that finds the store away, or ill set up, waits for it."""

    async def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as failing:
        failing.setattr(type(service.store), "commit", fail)
        for attempt in (1, push.POISON_AFTER, 99):
            body = envelope(VOTE, attempt=attempt)
            assert (await client.post("/votes", content=body)).status_code in (500, 503)
    assert await reasons(service) == []
    assert (await client.post("/votes", content=envelope(VOTE, attempt=100))).status_code == 204
    assert (await the_task(service)).progress.voted == 1


@pytest.mark.parametrize("door", ["/votes", "/timers"])
async def test_what_breaks_each_time_is_given_up(
    client: httpx2.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    """After ten attempts, as a dead letter that can be handled again; nothing behind it waits."""
    data = VOTE if door == "/votes" else encode_deadline("task1")
    service.clock.move(10_000)

    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as failing:
        failing.setattr(type(service.store), "commit", fail)
        for attempt in range(1, push.POISON_AFTER):
            early = envelope(data, attempt=attempt)
            assert (await client.post(door, content=early)).status_code == 500
        assert await reasons(service) == []
        last = envelope(data, attempt=push.POISON_AFTER)
        assert (await client.post(door, content=last)).status_code == 204
    (rejection,) = await service.store.rejections()
    assert rejection.reason == "DEAD_LETTER"
    assert rejection.detail == f"given up by {door[1:]} after 10 attempts"
    assert rejection.payload.encode() == data


async def test_being_turned_away_is_no_breakage(
    client: httpx2.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vote that overload kept away a dozen times is not given up at the first error after."""

    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as failing:
        failing.setattr(type(service.store), "commit", fail)
        for attempt in range(13, 12 + push.BREAKS):
            body = envelope(VOTE, attempt=attempt)
            assert (await client.post("/votes", content=body)).status_code == 500
        # Another message's breaking says nothing of this one.
        other = envelope(VOTE, message_id="another", attempt=12 + push.BREAKS)
        assert (await client.post("/votes", content=other)).status_code == 500
    assert await reasons(service) == []
    again = envelope(VOTE, attempt=12 + push.BREAKS)
    assert (await client.post("/votes", content=again)).status_code == 204
    assert (await the_task(service)).progress.voted == 1


async def test_of_the_messages_that_broke_the_last_are_remembered() -> None:
    """However many break, what a process knows of them is bounded."""
    broke = push._Breakages()
    assert [broke.another("first"), broke.another("first")] == [1, 2]
    for number in range(push.REMEMBERED):
        broke.another(str(number))
    assert broke.another("first") == 1


async def test_only_a_post_is_a_push(client: httpx2.AsyncClient) -> None:
    """Anything else is a problem, as is a path that is no door."""
    assert (await client.get("/votes")).status_code == 405
    assert (await client.post("/vote", content=envelope(VOTE))).status_code == 404


async def test_a_push_too_large_for_pubsub_is_not_read(client: httpx2.AsyncClient) -> None:
    """No subscription can have sent it."""
    headers = {"content-length": str(push.LONGEST_BODY + 1)}
    assert (await client.post("/votes", content=b"", headers=headers)).status_code == 413


async def test_the_loopback_door_asks_for_its_token(service: Service) -> None:
    """Another process of the same machine must not vote; an emulator has it in its URL."""
    app = push.build(service.aggregate, guard=bearer_of("right"))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "right"}):
            response = await client.post("/votes", content=b"", headers=headers)
            assert response.status_code == 401
        for url in ("/votes?token=wrong", "/votes?token="):
            assert (await client.post(url, content=b"")).status_code == 401
        wrong = {"authorization": "Bearer wrong"}
        assert (await client.post("/votes?token=right", headers=wrong)).status_code == 401
        right = {"authorization": "Bearer right"}
        assert (await client.post("/votes", content=b"", headers=right)).status_code == 204
        assert (await client.post("/votes?token=right", content=b"")).status_code == 204
    assert await reasons(service) == ["UNDECODABLE"]
