"""The loopback door for one machine's workers: each message of a request has its own answer."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from consensus.codec.messages import encode_ballot, encode_deadline, encode_verdicts
from consensus.core.errors import StoreUnavailable
from consensus.core.model import Finding, Verdict
from consensus.doors import votes
from consensus.doors.identity import bearer_of
from tests.entrypoints.conftest import ASKED, Function, Service, a_vote

VOTES = [encode_ballot("task1", a_vote(seat, "4"), "") for seat in range(2)]


@pytest.fixture
async def client(service: Service, function: Function) -> AsyncIterator[httpx2.AsyncClient]:
    """A worker's client of the door, beside one running task."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as supervisor:
        await supervisor.post("/v1/tasks", json=ASKED)
    await service.take("task1")
    door = httpx2.ASGITransport(votes.build(service.aggregate, bearer_of("secret")))
    headers = {"Authorization": "Bearer secret"}
    async with httpx2.AsyncClient(
        transport=door, base_url="http://door", headers=headers
    ) as opened:
        yield opened


async def answered(client: httpx2.AsyncClient, *messages: bytes) -> list[int]:
    """The status of each message."""
    response = await client.post("/votes", content=b"\n".join(messages))
    assert response.status_code == 200
    statuses: list[int] = response.json()
    return statuses


async def reasons(service: Service) -> list[str]:
    """The reasons of the rejections there are."""
    return sorted(rejection.reason for rejection in await service.store.rejections())


async def voted(service: Service) -> int:
    """How many votes the one task has."""
    stored = await service.store.load("task1")
    assert stored
    return stored.task.progress.voted


async def test_all_that_comes_together_is_recorded(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """Votes of one task too; a message that comes again counts once."""
    assert await answered(client, *VOTES) == [204, 204]
    assert await answered(client, VOTES[0]) == [204]
    assert await voted(service) == 2
    assert await reasons(service) == []


async def test_verdicts_come_the_same_way(client: httpx2.AsyncClient, service: Service) -> None:
    """They reach the task, here one that has no such doubt."""
    verdicts = encode_verdicts("task1", [Verdict(0, Finding.SAME)], "")
    assert await answered(client, verdicts, VOTES[0]) == [204, 204]
    assert await reasons(service) == ["NOT_IN_DOUBT"]
    assert await voted(service) == 1


@pytest.mark.parametrize("poison", [b"", b"not json", b"\xff", b"{}", encode_deadline("task1")])
async def test_poison_is_recorded_once_beside_what_counts(
    client: httpx2.AsyncClient, service: Service, poison: bytes
) -> None:
    """What can never be handled comes no more, and takes nothing along."""
    assert await answered(client, VOTES[0], poison, VOTES[1]) == [204, 204, 204]
    assert await answered(client, poison) == [204]
    assert await reasons(service) == ["UNDECODABLE"]
    assert await voted(service) == 2


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
    """Only of it is that said, and it is recorded when it comes again."""

    async def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as failing:
        failing.setattr(type(service.store), "commit", fail)
        assert await answered(client, VOTES[0], b"poison") == [status, 204]
    assert await answered(client, VOTES[0]) == [204]
    assert await voted(service) == 1


async def test_strangers_bring_nothing(client: httpx2.AsyncClient, service: Service) -> None:
    """Without the token nothing is read."""
    forged = {"Authorization": "Bearer guessed"}
    response = await client.post("/votes", content=VOTES[0], headers=forged)
    assert response.status_code == 401
    assert await voted(service) == 0
    assert await reasons(service) == []
