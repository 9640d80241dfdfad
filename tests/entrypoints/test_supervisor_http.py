"""The supervisor's HTTP surface, through the functions framework."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx2
import pytest
from starlette.types import ASGIApp

from consensus.adapters.local import sqlite_tables
from consensus.adapters.local.http_server import serving
from consensus.core.errors import BusUnavailable, ConfigurationError, StoreRefuses, StoreUnavailable
from consensus.core.events import StillHeld
from consensus.core.model import Abstention, AbstentionReason, Task
from consensus.doors import sse
from consensus.doors.following import HEARTBEAT
from consensus.doors.identity import ApiKeys
from consensus.ports import Availability, WorkerStatus
from consensus.usecases.apply import apply_event
from tests.entrypoints.conftest import ASKED, Function, Service


@pytest.fixture
async def client(service: Service, function: Function) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of the submit entry point."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as opened:
        yield opened


def is_problem(response: httpx2.Response, status: int, reason: str) -> dict[str, object]:
    """Check the members that RFC 9457 and the surface promise; return the problem."""
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, object] = response.json()
    assert (response.status_code, found["status"], found["reason"]) == (status, status, reason)
    assert found["type"] == f"urn:consensus:problem:{reason.lower().replace('_', '-')}"
    assert found["title"]
    assert found["detail"]
    return found


def told(stream: str) -> list[tuple[str | None, str, dict[str, object]]]:
    """Id, name and data of each event of a whole stream."""
    blocks = [b for b in stream.split("\n\n") if "event: " in b]
    fields = [dict(line.split(": ", 1) for line in b.split("\n")) for b in blocks]
    return [(f.get("id"), f["event"], json.loads(f["data"])) for f in fields]


async def test_a_task_is_accepted(client: httpx2.AsyncClient, service: Service) -> None:
    """202 with its place, and the dispatch is published."""
    response = await client.post("/v1/tasks", json=ASKED)
    assert response.status_code == 202
    assert response.headers["location"] == "/v1/tasks/task1"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "preference-applied" not in response.headers
    task = response.json()
    assert (task["id"], task["state"], task["prompt"]) == ("task1", "QUEUED", ASKED["prompt"])
    assert service.bus.dispatched == ["task1"]
    assert (await client.get(response.headers["location"])).json() == task


async def test_a_task_carries_a_trace(client: httpx2.AsyncClient, service: Service) -> None:
    """The caller's trace context is kept; without a valid one the task gets its own."""
    given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    for header in (given, "nonsense", None):
        headers = {"traceparent": header} if header else {}
        await client.post("/v1/tasks", json=ASKED, headers=headers)
    stored = [await service.store.load(f"task{n}") for n in (1, 2, 3)]
    first, second, third = (s.task.traceparent for s in stored if s)
    assert first == given
    assert len({first, second, third}) == 3
    assert len(second) == len(third) == len(given)


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"{", 400, "MALFORMED"),
        (b'{"prompt": "\xff"}', 400, "MALFORMED"),
        (b"[]", 400, "MALFORMED"),
        (b'{"prompt": " "}', 422, "OUT_OF_RANGE"),
        (b'{"prompt": "a", "max_votes": 65}', 422, "OUT_OF_RANGE"),
        (b'{"prompt": "a", "worker_count": 3}', 422, "UNKNOWN_FIELD"),
        (b'{"prompt": "a", "response_format": {}}', 422, "OUT_OF_RANGE"),
        (json.dumps({"prompt": "x" * 100_001}).encode(), 413, "TOO_LARGE"),
        (b" " * 700_000, 413, "TOO_LARGE"),
    ],
)
async def test_a_bad_body_is_a_problem_and_stores_nothing(
    client: httpx2.AsyncClient, service: Service, content: bytes, status: int, reason: str
) -> None:
    """Each kind of bad input has its status and reason, and leaves nothing half-written."""
    headers = {"content-type": "application/json"}
    response = await client.post("/v1/tasks", content=content, headers=headers)
    is_problem(response, status, reason)
    assert not await service.store.open_tasks()
    assert not service.bus.dispatched


async def test_an_endless_body_is_cut_off(client: httpx2.AsyncClient) -> None:
    """A body that announces no length is read only up to the limit."""
    read = 0

    async def endless() -> AsyncGenerator[bytes, None]:
        nonlocal read
        while True:
            read += 1
            yield b" " * 65536

    headers = {"content-type": "application/json"}
    response = await client.post("/v1/tasks", content=endless(), headers=headers)
    is_problem(response, 413, "TOO_LARGE")
    assert read < 20


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
async def test_only_plain_json_is_read(client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    """415 for what is not announced as JSON in UTF-8."""
    response = await client.post("/v1/tasks", content=json.dumps(ASKED), headers=headers)
    is_problem(response, 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_json_may_name_its_charset(client: httpx2.AsyncClient) -> None:
    """application/json; charset=UTF-8 is what many clients send."""
    headers = {"content-type": "Application/JSON; charset=UTF-8"}
    response = await client.post("/v1/tasks", content=json.dumps(ASKED), headers=headers)
    assert response.status_code == 202


async def test_the_same_key_and_body_make_one_task(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """A POST that is sent again, however spelt, finds the task it made, and one fan-out."""
    headers = {"idempotency-key": "k1", "content-type": "application/json"}
    first = await client.post("/v1/tasks", content=json.dumps(ASKED), headers=headers)
    again = json.dumps(dict(reversed(ASKED.items())), indent=2)
    second = await client.post("/v1/tasks", content=again, headers=headers)
    assert (second.status_code, second.json()["id"]) == (202, first.json()["id"])
    assert service.bus.dispatched == [first.json()["id"]]


async def test_the_same_key_with_another_body_is_refused(client: httpx2.AsyncClient) -> None:
    """422: the caller mixed up two requests."""
    headers = {"idempotency-key": "k1"}
    await client.post("/v1/tasks", json=ASKED, headers=headers)
    response = await client.post("/v1/tasks", json={**ASKED, "max_votes": 4}, headers=headers)
    is_problem(response, 422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize("key", ["", "two words", "k" * 256, "caf\u00e9"])
async def test_a_key_outside_its_grammar_is_refused(client: httpx2.AsyncClient, key: str) -> None:
    """An empty or odd key must not silently be no key."""
    headers = [(b"idempotency-key", key.encode("latin-1"))]
    is_problem(await client.post("/v1/tasks", json=ASKED, headers=headers), 400, "MALFORMED")


async def test_waiting_ends_with_the_task(client: httpx2.AsyncClient, service: Service) -> None:
    """Prefer: wait answers 200 as soon as the task is DONE."""

    async def decide() -> None:
        await service.clock.until_somebody_sleeps()
        await service.finish("task1")

    headers = {"prefer": 'respond-async, wait="30"; odd=1'}
    response, _ = await asyncio.gather(
        client.post("/v1/tasks", json=ASKED, headers=headers), decide()
    )
    assert response.status_code == 200
    assert response.headers["preference-applied"] == "wait=30"
    assert response.json()["state"] == "DONE"
    assert response.json()["result"]["answer"] == "4"


async def test_waiting_ends_with_the_time(client: httpx2.AsyncClient, service: Service) -> None:
    """A task that takes longer comes back as it stands, with 202."""

    async def decide() -> None:
        await service.clock.until_somebody_sleeps()
        await service.take("task1")
        service.clock.move(600)

    headers = {"prefer": "wait=100000"}
    response, _ = await asyncio.gather(
        client.post("/v1/tasks", json=ASKED, headers=headers), decide()
    )
    assert response.status_code == 202
    assert response.headers["preference-applied"] == "wait=600"
    assert response.json()["state"] == "RUNNING"


async def test_a_client_that_leaves_is_not_waited_for(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait ends with its connection, and the task goes on."""
    watched, closed = asyncio.Event(), asyncio.Event()

    async def watch(self: object, task_id: str) -> AsyncGenerator[Task, None]:
        stored = await service.store.load(task_id)
        assert stored
        try:
            yield stored.task
            watched.set()
            await asyncio.Event().wait()
        finally:
            closed.set()

    monkeypatch.setattr(type(service.store), "watch", watch)
    async with (
        serving(service.supervisor()) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as live,
    ):
        headers = {"prefer": "wait=600"}
        request = asyncio.create_task(live.post("/v1/tasks", json=ASKED, headers=headers))
        await asyncio.wait_for(watched.wait(), 10)
        request.cancel()
        await asyncio.wait_for(closed.wait(), 10)
    assert [task.id for task in await service.store.open_tasks()] == ["task1"]


@pytest.mark.parametrize("prefer", ["wait", "wait=soon", "wait=-1", "respond-async", ""])
async def test_other_preferences_are_ignored(client: httpx2.AsyncClient, prefer: str) -> None:
    """RFC 7240: what is not understood is no error, and is not claimed to be applied."""
    response = await client.post("/v1/tasks", json=ASKED, headers={"prefer": prefer})
    assert response.status_code == 202
    assert "preference-applied" not in response.headers


async def test_a_store_that_fails_while_waiting_does_not_undo_the_task(
    client: httpx2.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error would make the caller post the accepted task again."""

    async def broken(self: object, task_id: str) -> AsyncGenerator[Task, None]:
        raise StoreUnavailable("gone")
        yield

    monkeypatch.setattr(type(service.store), "watch", broken)
    response = await client.post("/v1/tasks", json=ASKED, headers={"prefer": "wait=30"})
    assert (response.status_code, response.json()["id"]) == (202, "task1")


async def test_a_lost_publish_is_left_to_the_sweep(
    client: httpx2.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task is durable: the caller is not told to post it again."""

    async def lost(task: Task) -> None:
        raise BusUnavailable("gone")

    monkeypatch.setattr(service.bus, "dispatch", lost)
    assert (await client.post("/v1/tasks", json=ASKED)).status_code == 202


async def test_an_unavailable_store_is_503(
    client: httpx2.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Retry-After, and nothing of the inside."""

    async def gone(*_: object) -> None:
        raise StoreUnavailable("firestore.internal:443 refused")

    monkeypatch.setattr(type(service.store), "load", gone)
    response = await client.get("/v1/tasks/task1")
    assert "firestore" not in str(is_problem(response, 503, "UNAVAILABLE"))
    assert int(response.headers["retry-after"]) <= 120


async def test_a_store_that_its_operator_must_mend_is_503_for_longer(
    client: httpx2.AsyncClient,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Asking again soon is no use; the operator finds it at ERROR."""

    async def refuses(*_: object) -> None:
        raise StoreRefuses("PermissionDenied")

    monkeypatch.setattr(type(service.store), "load", refuses)
    response = await client.get("/v1/tasks/task1")
    assert "operator" in is_problem(response, 503, "UNAVAILABLE")["detail"]
    assert response.headers["retry-after"] == "120"
    assert [(r.levelname, vars(r)["reason"]) for r in caplog.records] == [
        ("ERROR", "STORE_REFUSES")
    ]


async def test_a_wrong_setting_met_in_a_request_is_logged(
    client: httpx2.AsyncClient,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """500 to the caller; what to do is the operator's to read."""

    async def unset(*_: object) -> None:
        raise ConfigurationError("Firestore needs credentials")

    monkeypatch.setattr(type(service.store), "load", unset)
    is_problem(await client.get("/v1/tasks/task1"), 500, "INTERNAL")
    assert "for the operator: Firestore needs credentials" in caplog.text


async def test_an_unexpected_error_tells_nothing(
    client: httpx2.AsyncClient,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """500 as a problem; the error's own text stays out of the answer and of the log."""

    async def defect(*_: object) -> None:
        raise ZeroDivisionError("the prompt was: secret")

    monkeypatch.setattr(type(service.store), "load", defect)
    response = await client.get("/v1/tasks/task1")
    assert "secret" not in str(is_problem(response, 500, "INTERNAL"))


async def test_a_wrong_setting_is_a_500_without_detail(
    function: Function,
) -> None:
    """The operator finds the detail in the log; a caller can do nothing about it."""

    def build() -> ASGIApp:
        raise ConfigurationError("CONSENSUS_API_KEYS is wrong")

    async with function("supervisor", "submit", "supervisor", build) as client:
        assert "API_KEYS" not in str(is_problem(await client.get("/health"), 500, "INTERNAL"))


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/v1/tasks/unknown", 404, "TASK_NOT_FOUND"),
        ("GET", "/v1/tasks/" + "x" * 200, 404, "TASK_NOT_FOUND"),
        ("GET", "/v1/tasks/__x__", 404, "TASK_NOT_FOUND"),
        ("GET", "/v1/tasks/..", 404, "NOT_FOUND"),
        ("GET", "/v1/tasks/unknown/events", 404, "TASK_NOT_FOUND"),
        ("POST", "/v1/tasks/unknown/cancel", 404, "TASK_NOT_FOUND"),
        ("GET", "/v1/task", 404, "NOT_FOUND"),
        ("GET", "/v1/tasks/", 404, "NOT_FOUND"),
        ("DELETE", "/v1/tasks/unknown", 404, "TASK_NOT_FOUND"),
        ("GET", "/v1/tasks/unknown/votes", 404, "TASK_NOT_FOUND"),
        ("DELETE", "/v1/tasks", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/v1/tasks?outcome=AGREED", 422, "OUT_OF_RANGE"),
        ("GET", "/v1/tasks?unsettled=maybe", 422, "OUT_OF_RANGE"),
        ("GET", "/v1/tasks?metadata=run", 422, "OUT_OF_RANGE"),
        ("GET", "/v1/tasks?since=yesterday", 422, "OUT_OF_RANGE"),
        ("GET", "/v1/tasks?since=2026-11-28T00:00:00", 422, "OUT_OF_RANGE"),
        ("GET", "/v1/tasks?page_size=0", 422, "OUT_OF_RANGE"),
        ("GET", "/v1/tasks?state=OPEN", 422, "OUT_OF_RANGE"),
        ("GET", "/v1/tasks?page_token=%00", 422, "OUT_OF_RANGE"),
        ("GET", "/v1/tasks?stat=DONE", 422, "UNKNOWN_FIELD"),
    ],
)
async def test_what_is_not_there_is_a_problem(
    client: httpx2.AsyncClient, method: str, path: str, status: int, reason: str
) -> None:
    """Unknown tasks, routes, methods and queries."""
    is_problem(await client.request(method, path), status, reason)


async def test_a_wrong_method_is_told_the_right_ones(client: httpx2.AsyncClient) -> None:
    """Allow names every method of the route."""
    response = await client.put("/v1/tasks")
    is_problem(response, 405, "METHOD_NOT_ALLOWED")
    assert {m.strip() for m in response.headers["allow"].split(",")} == {"GET", "HEAD", "POST"}


async def test_tasks_are_listed_newest_first_by_page(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """The token of one page leads to the next, and is empty on the last."""
    for _ in range(3):
        await client.post("/v1/tasks", json=ASKED)
        service.clock.move(1)
    page = (await client.get("/v1/tasks", params={"page_size": 2})).json()
    assert [task["id"] for task in page["tasks"]] == ["task3", "task2"]
    query = {"page_size": 2, "page_token": page["next_page_token"]}
    rest = (await client.get("/v1/tasks", params=query)).json()
    assert [task["id"] for task in rest["tasks"]] == ["task1"]
    assert rest["next_page_token"] == ""


async def test_a_listing_may_show_one_state(client: httpx2.AsyncClient, service: Service) -> None:
    """state filters."""
    for _ in range(2):
        await client.post("/v1/tasks", json=ASKED)
    await service.finish("task1")
    page = (await client.get("/v1/tasks", params={"state": "DONE"})).json()
    assert [task["id"] for task in page["tasks"]] == ["task1"]


async def test_cancelling_ends_a_task_and_leaves_a_done_one(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """An open task ends CANCELLED; cancelling what is DONE changes nothing."""
    await client.post("/v1/tasks", json=ASKED)
    response = await client.post("/v1/tasks/task1/cancel")
    assert response.status_code == 200
    assert response.json()["result"]["outcome"] == "CANCELLED"
    await client.post("/v1/tasks", json=ASKED)
    await service.finish("task2")
    before = (await client.get("/v1/tasks/task2")).json()
    assert (await client.post("/v1/tasks/task2/cancel")).json() == before


async def test_health_is_told(client: httpx2.AsyncClient) -> None:
    """Liveness needs no identity and no store."""
    response = await client.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def _ready(service: Service, *workers: WorkerStatus) -> httpx2.Response:
    """What /ready answers where these workers are seen."""

    async def seen() -> list[WorkerStatus]:
        return list(workers)

    app = service.supervisor(workers=seen)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://t"
    ) as client:
        assert (await client.get("/health")).json() == {"status": "ok"}
        return await client.get("/ready")


BUSY = WorkerStatus("127.0.0.1:7", Availability.BUSY, "w-1", 8, 8, 0.12345, 1000, 2)
GONE = WorkerStatus("127.0.0.1:8", Availability.OFFLINE)


async def test_an_operator_is_told_of_every_part(service: Service) -> None:
    """Where workers can be seen, each is told with its availability, load and restarts."""
    response = await _ready(service, BUSY, GONE)
    told = response.json()
    first, second = told.pop("workers")

    load = {"in_flight": 8, "capacity": 8, "cpu": 0.123, "memory_bytes": 1000, "restarts": 2}
    assert first == {"worker": "w-1", "availability": "busy", **load}
    assert (second["worker"], second["availability"]) == ("127.0.0.1:8", "offline")
    assert (response.status_code, told) == (200, {"status": "ready", "store": "ok", "pool": "ok"})


async def test_what_does_not_work_is_named(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 while the store fails or no worker is there; the process lives on."""
    response = await _ready(service, GONE)
    assert (response.status_code, response.json()["pool"]) == (503, "no worker is there")

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sqlite_tables, "touch", full)
    response = await _ready(service, BUSY)
    assert (response.status_code, response.json()["status"]) == (503, "not ready")
    assert "disk is full" in response.json()["store"]


async def test_others_are_not_told_whether_it_is_ready(service: Service) -> None:
    """Strangers are 401, and an owner who is no operator 403."""
    service.identity = keys(ada="k")
    app = service.supervisor()
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://t"
    ) as client:
        is_problem(await client.get("/ready"), 401, "UNAUTHENTICATED")
        is_problem(await client.get("/ready", headers={"X-API-Key": "k"}), 403, "FORBIDDEN")


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://test"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_another_sites_page_changes_nothing(
    client: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    """Neither cancels nor makes a task, whatever it sends; what only reads is left to browsers."""
    await client.post("/v1/tasks", json=ASKED)
    is_problem(await client.post("/v1/tasks/task1/cancel", headers=headers), 403, "FORBIDDEN")
    is_problem(await client.post("/v1/tasks", json=ASKED, headers=headers), 403, "FORBIDDEN")
    assert (await client.get("/v1/tasks/task1", headers=headers)).json()["state"] == "QUEUED"


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "Multipart/Form-Data; boundary=x", "text/plain"]
)
async def test_a_form_cancels_nothing(client: httpx2.AsyncClient, kind: str) -> None:
    """What browsers send anywhere without asking is refused, also where they say nothing else."""
    await client.post("/v1/tasks", json=ASKED)
    headers = {"Content-Type": kind}
    refused = await client.post("/v1/tasks/task1/cancel", content=b"a=b", headers=headers)
    is_problem(refused, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert "-H 'Content-Type: application/json'" in refused.json()["detail"]
    assert (await client.get("/v1/tasks/task1")).json()["state"] == "QUEUED"


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://test"}],
)
async def test_its_own_page_cancels(client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    """The dashboard is of the same origin."""
    await client.post("/v1/tasks", json=ASKED)
    assert (await client.post("/v1/tasks/task1/cancel", headers=headers)).status_code == 200


def keys(**owners: str) -> ApiKeys:
    """Owners by their plain keys."""
    hashed = {name: hashlib.sha256(key.encode()).hexdigest() for name, key in owners.items()}
    return ApiKeys(",".join(f"{name}:{digest}" for name, digest in hashed.items()))


async def test_without_a_known_key_nobody_is_served(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """401 on every route of tasks, and how to do better."""
    service.identity = keys(ann="a-key")
    for headers in ({}, {"x-api-key": "b-key"}, {"authorization": "Basic a-key"}):
        for method, path in (
            ("POST", "/v1/tasks"),
            ("GET", "/v1/tasks"),
            ("GET", "/v1/tasks/task1"),
            ("GET", "/v1/tasks/task1/events"),
            ("POST", "/v1/tasks/task1/cancel"),
        ):
            response = await client.request(method, path, headers=headers)
            is_problem(response, 401, "UNAUTHENTICATED")
            assert response.headers["www-authenticate"] == "Bearer"


async def test_another_owners_task_is_not_there(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """Reading, following, cancelling, listing, and a shared Idempotency-Key find nothing of it."""
    service.identity = keys(ann="a-key", bob="b-key")
    ann = {"x-api-key": "a-key", "idempotency-key": "k"}
    bob = {"authorization": "Bearer b-key", "idempotency-key": "k"}
    await client.post("/v1/tasks", json=ASKED, headers=ann)
    for method, path in (
        ("GET", "/v1/tasks/task1"),
        ("GET", "/v1/tasks/task1/events"),
        ("POST", "/v1/tasks/task1/cancel"),
    ):
        response = await client.request(method, path, headers=bob)
        is_problem(response, 404, "TASK_NOT_FOUND")
    assert (await client.get("/v1/tasks", headers=bob)).json()["tasks"] == []
    other = {**ASKED, "max_votes": 4}
    assert (await client.post("/v1/tasks", json=other, headers=bob)).json()["id"] == "task2"
    assert (await client.get("/v1/tasks/task1", headers=ann)).json()["state"] == "QUEUED"


@pytest.mark.parametrize("text", ["", "ann", "ann:abc", "ann:" + "g" * 64, ":" + "a" * 64])
def test_a_bad_list_of_keys_is_refused(text: str) -> None:
    """The operator's mistake stops the start, and its text is not repeated."""
    with pytest.raises(ConfigurationError) as refused:
        ApiKeys(text)
    assert "abc" not in str(refused.value)


async def finished(client: httpx2.AsyncClient, service: Service) -> None:
    """A task with an abstention between its votes, at its end."""
    await client.post("/v1/tasks", json=ASKED)
    await service.take("task1")
    await service.vote("task1", 0, "4")
    lost = Abstention(1, AbstentionReason.RATE_LIMITED, "too many requests")
    await service.aggregate.ballot("task1", lost, "key", "")
    for seat in range(2, 10):
        await service.vote("task1", seat, "4" if seat != 2 else "5")


async def test_events_tell_a_task_in_its_recorded_order(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """Each vote is followed by its tally under the same id; the result comes last."""
    await finished(client, service)
    response = await client.get("/v1/tasks/task1/events")
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    events = told(response.text)
    task = (await client.get("/v1/tasks/task1")).json()
    assert [(i, name) for i, name, _ in events[:6]] == [
        ("0", "planned"),
        ("1", "vote"),
        ("1", "tally"),
        ("2", "abstention"),
        ("3", "vote"),
        ("3", "tally"),
    ]
    orders = [int(i or -1) for i, _, _ in events]
    assert orders == sorted(orders)
    assert events[0][2]["plan"] == task["plan"]
    assert events[1][2] == {
        "seat": 0,
        "voter": "default",
        "model": "demo",
        "answer": "4",
        "confidence": 0.9,
        "probability": None,
        "tokens": 15,
        "calls": 1,
        "worked_seconds": None,
        "first_word_seconds": None,
        "at": "2026-01-02T12:00:00.000Z",
    }
    assert events[2][2]["agreement"] == 1.0
    assert events[3][2]["reason"] == "RATE_LIMITED"
    assert events[5][2]["votes"] == 2
    last_id, name, data = events[-1]
    assert (last_id, name, data) == (str(orders[-2] + 1), "result", task)
    assert events[-2][2]["groups"] == task["result"]["groups"]


@pytest.mark.parametrize("by", ["header", "query"])
async def test_events_resume_after_the_last_one_seen(
    client: httpx2.AsyncClient, service: Service, by: str
) -> None:
    """Last-Event-ID skips what was seen, and the same ids mean the same events."""
    await finished(client, service)
    whole = told((await client.get("/v1/tasks/task1/events")).text)
    headers, query = {"last-event-id": "2"}, {"last_event_id": "2"}
    resumed = await client.get(
        "/v1/tasks/task1/events",
        headers=headers if by == "header" else {},
        params=query if by == "query" else {},
    )
    assert told(resumed.text) == [event for event in whole if int(event[0] or 0) > 2]


@pytest.mark.parametrize("seen", ["99", "999999999999999999999"])
async def test_the_result_always_comes(
    client: httpx2.AsyncClient, service: Service, seen: str
) -> None:
    """Whoever connects, whatever it has seen, hears how it ended."""
    await finished(client, service)
    resumed = await client.get("/v1/tasks/task1/events", headers={"last-event-id": seen})
    assert [name for _, name, _ in told(resumed.text)] == ["result"]


@pytest.mark.parametrize("seen", ["x", "-1", "1.5", "٣"])
async def test_an_id_that_is_none_of_ours_starts_anew(
    client: httpx2.AsyncClient, service: Service, seen: str
) -> None:
    """Events are safe to hear twice; an error would end a browser's reconnecting."""
    await finished(client, service)
    headers = [(b"last-event-id", seen.encode())]
    resumed = await client.get("/v1/tasks/task1/events", headers=headers)
    assert told(resumed.text)[0][1] == "planned"


async def test_events_come_as_they_happen(client: httpx2.AsyncClient, service: Service) -> None:
    """A live stream tells each vote when it is recorded, beats in between, and ends by itself."""
    await client.post("/v1/tasks", json=ASKED)
    await service.take("task1")
    async with (
        serving(service.supervisor()) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as live,
        live.stream("GET", "/v1/tasks/task1/events") as response,
    ):
        lines = response.aiter_lines()

        async def until(start: str) -> str:
            while not (line := await anext(lines)).startswith(start):
                pass
            return line

        assert await until("event") == "event: planned"
        await service.vote("task1", 0, "4")
        assert await until("event") == "event: vote"
        assert await until("event") == "event: tally"
        await service.clock.until_somebody_sleeps()
        service.clock.move(HEARTBEAT)
        assert await until(":")
        await service.vote("task1", 1, "4")
        assert await until("id") == "id: 2"
        await service.finish("task1")
        await until("event: result")
        assert [line async for line in lines if line.startswith("event")] == []


async def test_a_change_without_an_event_is_a_sign_of_life(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """It puts off the next heartbeat, so that it must be one: the stream is never silent longer."""
    await client.post("/v1/tasks", json=ASKED)
    await service.take("task1")
    following = sse.follow(service.store, service.clock, "task1", sse.FROM_START)
    async with aclosing(following) as chunks:
        assert (await anext(chunks)).startswith(b"retry")
        assert b"event: planned" in await anext(chunks)
        service.clock.move(HEARTBEAT - 1)
        sign = apply_event(service.store, service.clock, lambda: 0.0, "task1", StillHeld("holder"))
        heard, _ = await asyncio.gather(anext(chunks), sign)
        assert heard == sse.STILL_HERE


@pytest.mark.parametrize("busy", [False, True])
async def test_a_client_that_leaves_ends_the_watch(
    client: httpx2.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch, busy: bool
) -> None:
    """Nothing keeps watching for nobody, and the watch may take its time to close."""
    await client.post("/v1/tasks", json=ASKED)
    closed = asyncio.Event()

    async def watch(self: object, task_id: str) -> AsyncGenerator[Task, None]:
        stored = await service.store.load(task_id)
        assert stored
        try:
            while True:
                yield stored.task
                await (asyncio.sleep(0) if busy else asyncio.Event().wait())
        finally:
            await asyncio.sleep(0)
            closed.set()

    monkeypatch.setattr(type(service.store), "watch", watch)
    async with (
        serving(service.supervisor()) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as live,
    ):
        async with live.stream("GET", "/v1/tasks/task1/events") as response:
            async for line in response.aiter_lines():
                if line == "event: planned":
                    break
        await asyncio.wait_for(closed.wait(), 10)


async def test_a_store_that_fails_in_mid_stream_ends_it_in_band(
    client: httpx2.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status is long sent; an error event, without an id, says to connect again."""
    await client.post("/v1/tasks", json=ASKED)

    async def broken(self: object, task_id: str) -> AsyncGenerator[Task, None]:
        stored = await service.store.load(task_id)
        assert stored
        yield stored.task
        raise StoreUnavailable("gone")

    monkeypatch.setattr(type(service.store), "watch", broken)
    response = await client.get("/v1/tasks/task1/events")
    events = told(response.text)
    assert [(i, name) for i, name, _ in events] == [("0", "planned"), (None, "error")]
    assert events[1][2]["reason"] == "STORE_UNAVAILABLE"


async def test_the_stream_of_an_erased_task_says_so(
    client: httpx2.AsyncClient,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing goes on, so that nobody comes again; nor is it anything to warn of."""
    await client.post("/v1/tasks", json=ASKED)

    async def watch(self: object, task_id: str) -> AsyncGenerator[Task, None]:
        stored = await service.store.load(task_id)
        assert stored
        yield stored.task
        assert (await client.delete("/v1/tasks/task1")).status_code == 204

    monkeypatch.setattr(type(service.store), "watch", watch)
    events = told((await client.get("/v1/tasks/task1/events")).text)
    assert [(i, name) for i, name, _ in events] == [("0", "planned"), (None, "error")]
    assert events[1][2]["reason"] == "TASK_ERASED"
    assert "stream broke" not in caplog.text


async def test_model_text_cannot_break_out_of_an_event(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """Line breaks in an answer stay inside its JSON."""
    await client.post("/v1/tasks", json={**ASKED, "strategy": "exact"})
    await service.take("task1")
    await service.vote("task1", 0, "4\n\nevent: result\r\ndata: {}\n\n")
    await service.finish("task1")
    events = told((await client.get("/v1/tasks/task1/events")).text)
    assert [name for _, name, _ in events].count("result") == 1
    assert events[1][2]["answer"] == "4\n\nevent: result\r\ndata: {}\n\n"


async def test_every_part_is_told_in_pages(client: httpx2.AsyncClient, service: Service) -> None:
    """Ten thousand leaves fit no task; what it keeps are the least agreed, and the rest follow."""
    wanted = {"prompt": "Extract it.", "response_format": {"type": "json_object"}, "max_votes": 4}
    assert (await client.post("/v1/tasks", json=wanted)).status_code == 202
    await service.take("task1")
    record = {f"f{n}": n for n in range(2_000)}
    for seat in range(4):
        await service.vote("task1", seat, json.dumps(record | {"f7": seat // 3}))
    task = (await client.get("/v1/tasks/task1")).json()
    assert task["result"]["outcome"] == "CONSENSUS"
    assert task["result"]["value"]["f7"] == 0
    assert task["result"]["part_count"] == 2_000
    assert len(task["result"]["parts"]) <= 300
    assert "/f7" in [part["path"] for part in task["result"]["parts"]]
    first = (await client.get("/v1/tasks/task1/parts", params={"page_size": 60})).json()
    query = {"page_size": 60, "page_token": first["next_page_token"]}
    second = (await client.get("/v1/tasks/task1/parts", params=query)).json()
    paths = [part["path"] for part in (*first["parts"], *second["parts"])]
    assert paths == [f"/f{n}" for n in range(120)]
    assert first["part_count"] == 2_000
    plain = (await client.post("/v1/tasks", json={"prompt": "What is 2 + 2?"})).json()
    told = (await client.get(f"/v1/tasks/{plain['id']}/parts")).json()
    assert told == {"parts": [], "part_count": 0, "next_page_token": ""}
    assert (await client.get("/v1/tasks/none/parts")).status_code == 404
