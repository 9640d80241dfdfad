"""The bounds on a caller's tasks, as its answers tell them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from datetime import timedelta

import httpx2
import pytest

from consensus.codec.openapi import document
from consensus.core.errors import StoreUnavailable
from tests.entrypoints.conftest import ASKED, Function, Service
from tests.entrypoints.test_chat_completions import submitted

LATER = timedelta(seconds=61)
POLICY = '"open";q=3;qu="concurrent-requests", "minute";q=4;w=60'
CHAT = {"model": "consensus", "messages": [{"role": "user", "content": "2 + 2?"}]}
# A Structured Field of the draft: a list of strings with whole numbers, and units, beside them.
FIELD = re.compile(r'"\w+"(;(q|w|r|t)=\d+|;qu="[\w-]+")+(, "\w+"(;(q|w|r|t)=\d+|;qu="[\w-]+")+)*')


@pytest.fixture
async def client(service: Service, function: Function) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of the submit entry point: three tasks at once, four a minute."""
    service.max_open_tasks, service.max_tasks_per_minute = 3, 4
    async with function("supervisor", "submit", "supervisor", service.supervisor) as opened:
        yield opened


async def test_each_answer_tells_what_is_left_and_a_refusal_when_there_is_more(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """Of the tasks that are open, and of those of the last minute, whichever ends first."""
    for left in (2, 1, 0):
        response = await client.post("/v1/tasks", json=ASKED)
        assert response.status_code == 202
        assert response.headers["ratelimit-policy"] == POLICY
        assert response.headers["ratelimit"] == f'"open";r={left}, "minute";r={left + 1}'
    refused = await client.post("/v1/tasks", json=ASKED)
    assert (refused.status_code, refused.json()["reason"]) == (429, "TOO_MANY_TASKS")
    after = refused.headers["retry-after"]
    assert refused.headers["ratelimit"] == f'"open";r=0;t={after}, "minute";r=1'

    for name in ("task1", "task2", "task3"):
        await client.post(f"/v1/tasks/{name}/cancel")
    await client.post("/v1/tasks", json=ASKED)
    refused = await client.post("/v1/tasks", json=ASKED)
    assert (refused.status_code, refused.json()["reason"]) == (429, "TOO_FAST")
    assert refused.headers["retry-after"] == "60"
    assert refused.headers["ratelimit"] == '"open";r=2, "minute";r=0;t=60'
    assert all(FIELD.fullmatch(refused.headers[name]) for name in ("ratelimit", "ratelimit-policy"))
    service.clock.time += LATER
    assert (await client.post("/v1/tasks", json=ASKED)).status_code == 202


async def test_clients_of_other_protocols_are_told_the_same(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """At the start of a stream, and in a refusal."""
    asking = asyncio.create_task(client.post("/v1/chat/completions", json={**CHAT, "stream": True}))
    await service.finish(await submitted(service))
    response = await asking
    assert response.headers["ratelimit-policy"] == POLICY
    assert response.headers["ratelimit"] == '"open";r=2, "minute";r=3'
    sent = {"model": "consensus", "input": "2 + 2?", "background": True}
    response = await client.post("/v1/responses", json=sent)
    assert response.headers["ratelimit"] == '"open";r=2, "minute";r=2'
    for _ in range(2):
        await client.post("/v1/responses", json=sent)
    refused = await client.post("/v1/responses", json=sent)
    assert (refused.status_code, refused.json()["error"]["type"]) == (429, "rate_limit_error")
    assert refused.headers["ratelimit-policy"] == POLICY


async def test_what_cannot_be_told_does_not_undo_the_task(
    client: httpx2.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error after the create would make the caller post the accepted task again."""
    count = service.store.open_count

    async def gone_afterwards(owner: str) -> int:
        if service.bus.dispatched:
            raise StoreUnavailable("gone")
        return await count(owner)

    monkeypatch.setattr(service.store, "open_count", gone_afterwards)
    response = await client.post("/v1/tasks", json=ASKED)
    assert (response.status_code, "ratelimit" in response.headers) == (202, False)


async def test_nobody_learns_limits_without_being_known(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """What is no new task's answer says nothing of them."""
    for response in (await client.get("/v1/tasks"), await client.post("/v1/tasks", json={})):
        assert "ratelimit" not in response.headers


def test_the_document_tells_them() -> None:
    """On each route that makes tasks, on whatever it answers."""
    paths = document("1")["paths"]
    for path in ("/v1/tasks", "/v1/chat/completions", "/v1/responses"):
        responses = paths[path]["post"]["responses"]
        assert "429" in responses
        assert "Retry-After" in responses["429"]["headers"]
        assert all(
            {"RateLimit", "RateLimit-Policy"} <= r["headers"].keys() for r in responses.values()
        )
