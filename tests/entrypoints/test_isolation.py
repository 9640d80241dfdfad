"""Every route of the supervisor, asked by a task's owner, another, nobody, and with a forgery.

The table names every route that the application has; one that is added and not named fails.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncGenerator
from typing import Any, Final

import httpx2
import pytest
from starlette.applications import Starlette

from consensus.core.model import State
from consensus.doors.identity import ApiKeys
from tests.entrypoints.conftest import ASKED, Function, Service

SECRET: Final = "What is Ann's PIN?"
CHAT: Final = {"model": "consensus", "messages": [{"role": "user", "content": "What is 2 + 2?"}]}
RESPONSE: Final = {"model": "consensus", "input": "What is 2 + 2?"}
BATCH: Final = {"input_file_id": "file-1", "endpoint": "/v1/tasks"}
POSTED: Final = {
    "chat": CHAT,
    "responses": RESPONSE,
    "feedback": {"correct": True},
    "batches": BATCH,
}
UPLOADED: Final = {"file": ("asked.jsonl", json.dumps({"prompt": SECRET}).encode())}
CALLERS: Final = {
    "owner": {"x-api-key": "a-key"},
    "other": {"authorization": "Bearer b-key"},
    "anonymous": {},
    "forged": {
        "x-api-key": hashlib.sha256(b"a-key").hexdigest(),
        "authorization": "Bearer e30.eyJzdWIiOiJhbm4ifQ.AAAA",
        "x-owner": "ann",
    },
}
# Method and path: what the owner, another owner, nobody, and who forges credentials are answered.
ROUTES: Final = {
    ("GET", "/health"): (200, 200, 200, 200),
    ("GET", "/ready"): (403, 403, 401, 401),
    ("GET", "/openapi.json"): (200, 200, 200, 200),
    ("GET", "/"): (200, 200, 200, 200),
    ("GET", "/docs"): (200, 200, 200, 200),
    ("GET", "/dashboard/app.js"): (200, 200, 200, 200),
    ("GET", "/dashboard/about.json"): (200, 200, 200, 200),
    ("GET", "/v1/models"): (200, 200, 401, 401),
    ("GET", "/v1/models/consensus"): (200, 200, 401, 401),
    ("GET", "/v1/tasks"): (200, 200, 401, 401),
    ("POST", "/v1/tasks"): (202, 202, 401, 401),
    ("GET", "/v1/tasks/task1"): (200, 404, 401, 401),
    ("HEAD", "/v1/tasks/task1"): (200, 404, 401, 401),
    ("GET", "/v1/tasks/task1/events"): (200, 404, 401, 401),
    ("HEAD", "/v1/tasks/task1/events"): (200, 404, 401, 401),
    ("GET", "/v1/tasks/task1/votes"): (200, 404, 401, 401),
    ("GET", "/v1/tasks/task1/parts"): (200, 404, 401, 401),
    ("GET", "/v1/statistics"): (200, 200, 401, 401),
    ("HEAD", "/v1/events"): (200, 200, 401, 401),
    ("POST", "/v1/tasks/task1/cancel"): (200, 404, 401, 401),
    ("POST", "/v1/tasks/task1/feedback"): (200, 404, 401, 401),
    ("DELETE", "/v1/tasks/task1"): (204, 404, 401, 401),
    ("POST", "/v1/chat/completions"): (200, 200, 401, 401),
    ("POST", "/v1/responses"): (200, 200, 401, 401),
    ("GET", "/v1/responses/resp_task1"): (200, 404, 401, 401),
    ("GET", "/v1/responses/resp_task1/input_items"): (200, 404, 401, 401),
    ("POST", "/v1/responses/resp_task1/cancel"): (200, 404, 401, 401),
    ("DELETE", "/v1/responses/resp_task1"): (200, 404, 401, 401),
    ("POST", "/mcp"): (400, 400, 401, 401),  # ASKED is no message of that protocol
    ("GET", "/v1/files"): (200, 200, 401, 401),
    ("POST", "/v1/files"): (200, 200, 401, 401),
    ("GET", "/v1/files/file-1"): (200, 404, 401, 401),
    ("GET", "/v1/files/file-1/content"): (200, 404, 401, 401),
    ("DELETE", "/v1/files/file-3"): (200, 404, 401, 401),
    ("GET", "/v1/batches"): (200, 200, 401, 401),
    ("POST", "/v1/batches"): (200, 404, 401, 401),
    ("GET", "/v1/batches/batch_2"): (200, 404, 401, 401),
    ("POST", "/v1/batches/batch_2/cancel"): (200, 404, 401, 401),
    # A completion's id is no other way to its task.
    ("GET", "/v1/tasks/chatcmpl-task1"): (404, 404, 401, 401),
    ("GET", "/v1/chat/completions/chatcmpl-task1"): (404, 404, 404, 404),
}
# A list's stream does not end by itself: what guards it is asked for by HEAD.
MEANT: Final = {"GET": {"GET"}, "HEAD": {"GET"}, "POST": {"POST"}, "DELETE": {"DELETE"}}


def matches(route: str, path: str) -> bool:
    """Whether a route's pattern takes the path."""
    pattern = re.sub(r"\{\w+\}", "[^/]+", re.sub(r"\{\w+:path\}", ".+", route))
    return re.fullmatch(pattern, path) is not None


@pytest.fixture
async def client(service: Service, function: Function) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of the submit entry point, where ann has one task at its end."""
    hashes = {
        name: hashlib.sha256(f"{name[0]}-key".encode()).hexdigest() for name in ("ann", "bob")
    }
    service.identity = ApiKeys(",".join(f"{name}:{known}" for name, known in hashes.items()))
    async with function("supervisor", "submit", "supervisor", service.supervisor) as opened:
        secret = {**ASKED, "prompt": SECRET, "metadata": {"of": "ann"}}
        await opened.post("/v1/tasks", json=secret, headers=CALLERS["owner"])
        await service.finish("task1", "7319")
        purpose = {"purpose": "batch"}
        await opened.post("/v1/files", data=purpose, files=UPLOADED, headers=CALLERS["owner"])
        await opened.post("/v1/batches", json=BATCH, headers=CALLERS["owner"])
        await opened.post("/v1/files", data=purpose, files=UPLOADED, headers=CALLERS["owner"])
        yield opened


def test_every_route_is_in_the_table(service: Service) -> None:
    """A route that nobody thought of here is not served."""
    app = service.supervisor()
    assert isinstance(app, Starlette)
    served = {
        (method, str(getattr(route, "path", "")))
        for route in app.routes
        for method in getattr(route, "methods", None) or ()
        if method != "HEAD"
    }
    unnamed = {
        (method, route)
        for method, route in served
        if not any(method in MEANT[m] and matches(route, path) for m, path in ROUTES)
    }
    assert not unnamed


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
async def test_each_caller_is_told_its_own(
    client: httpx2.AsyncClient, service: Service, route: tuple[str, str], caller: str
) -> None:
    """Statuses by the table; and nobody but its owner is told a word of a task."""
    method, path = route
    posted = next((body for part, body in POSTED.items() if part in path), ASKED)
    sent: dict[str, Any] = {}
    if path == "/v1/files" and method == "POST":
        sent = {"data": {"purpose": "batch"}, "files": UPLOADED}
    elif method == "POST" and not path.endswith("/cancel"):
        sent = {"json": posted}
    asking = asyncio.create_task(client.request(method, path, headers=CALLERS[caller], **sent))
    while not asking.done():
        await asyncio.sleep(0)
        if "task2" in service.bus.dispatched:
            await service.finish("task2")  # who waits for it is answered
    response = await asking
    assert response.status_code == ROUTES[route][list(CALLERS).index(caller)]
    if caller != "owner":
        assert SECRET not in response.text
        assert "7319" not in response.text
    stored = await service.store.load("task1")
    if method == "DELETE" and caller == "owner" and "task1" in path:
        assert stored is None
    else:
        assert stored
        assert stored.task.state is State.DONE


async def test_nobody_ends_anothers_open_task(client: httpx2.AsyncClient, service: Service) -> None:
    """However another asks for it: by its path, by its key, or by hanging up on it."""
    ann = {**CALLERS["owner"], "idempotency-key": "k"}
    bob = {**CALLERS["other"], "idempotency-key": "k"}
    await client.post("/v1/tasks", json=ASKED, headers=ann)
    assert (await client.post("/v1/tasks/task2/cancel", headers=bob)).status_code == 404
    assert (await client.post("/v1/tasks", json=ASKED, headers=bob)).json()["id"] == "task3"
    assert (await client.post("/v1/tasks/task3/cancel", headers=bob)).status_code == 200
    stored = await service.store.load("task2")
    assert stored
    assert stored.task.state is State.QUEUED


async def test_anothers_page_token_opens_ones_own_list_only(client: httpx2.AsyncClient) -> None:
    """A token is a place in the order, not a right: whoever has it sees their own tasks."""
    ann, bob = CALLERS["owner"], CALLERS["other"]
    for headers in (bob, ann, bob):
        await client.post("/v1/tasks", json=ASKED, headers=headers)
    first = (await client.get("/v1/tasks?page_size=1", headers=ann)).json()
    query = {"page_token": first["next_page_token"]}
    theirs = (await client.get("/v1/tasks", params=query, headers=bob)).json()["tasks"]
    assert {task["id"] for task in theirs} <= {"task2", "task4"}
    assert SECRET not in json.dumps(theirs)
