"""Files and batches through the real framework: what comes in, what is asked, what comes out."""

from __future__ import annotations

import asyncio
import errno
import json
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from consensus.codec.messages import encode_batch, encode_sweep
from consensus.core.batches import MOST_LINES
from consensus.core.errors import StoreUnavailable, TooManyBatches, TransientError
from consensus.core.model import State, Task
from consensus.doors import push
from consensus.ports import Erased
from consensus.usecases import files as keeping
from consensus.usecases.batches import Wanted
from consensus.usecases.files import parts_of
from tests.entrypoints.conftest import ASKED, Function, Service, envelope

CHAT = "/v1/chat/completions"


@pytest.fixture
async def client(service: Service, function: Function) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of the submit entry point."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as opened:
        yield opened


def a_line(name: str, prompt: str = "What is 2 + 2?", **more: object) -> dict[str, object]:
    """A line of three numeric votes."""
    return {"custom_id": name, "body": {**ASKED, "prompt": prompt}, **more}


def a_chat(name: str, model: str = "consensus") -> dict[str, object]:
    """A line for chat completions."""
    body = {
        "model": model,
        "messages": [{"role": "user", "content": "What is 2 + 2?"}],
        "consensus": {"strategy": "numeric", "max_votes": 3},
    }
    return {"custom_id": name, "method": "POST", "url": CHAT, "body": body}


async def uploaded(client: httpx2.AsyncClient, *lines: object) -> str:
    """The id of a new file of these lines; bytes stand for themselves."""
    raws = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    sent = {"file": ("asked.jsonl", b"\n".join(raws))}
    response = await client.post("/v1/files", data={"purpose": "batch"}, files=sent)
    assert response.status_code == 200, response.text
    return str(response.json()["id"])


async def started(
    client: httpx2.AsyncClient, file_id: str, endpoint: str = "/v1/tasks", **more: object
) -> str:
    """The id of a new batch of the file."""
    body = {"input_file_id": file_id, "endpoint": endpoint, "completion_window": "24h", **more}
    response = await client.post("/v1/batches", json=body)
    assert response.status_code == 200, response.text
    return str(response.json()["id"])


async def shown(client: httpx2.AsyncClient, batch_id: str) -> dict[str, Any]:
    """The batch as it stands."""
    told: dict[str, Any] = (await client.get(f"/v1/batches/{batch_id}")).json()
    return told


async def open_of(service: Service) -> list[str]:
    """The tasks that are open."""
    return [task.id for task in await service.store.open_tasks()]


async def ended(service: Service, client: httpx2.AsyncClient, batch_id: str) -> dict[str, Any]:
    """The batch at its end: every task that it asks is answered."""
    while (told := await shown(client, batch_id))["status"] in ("validating", "in_progress"):
        await service.batches.move(batch_id)
        for task_id in await open_of(service):
            await service.finish(task_id)
    await service.batches.move(batch_id)
    return await shown(client, batch_id) or told


async def lines_of(client: httpx2.AsyncClient, file_id: str | None) -> list[dict[str, Any]]:
    """The lines of a result file, none of no file."""
    if file_id is None:
        return []
    response = await client.get(f"/v1/files/{file_id}/content")
    assert response.status_code == 200
    return [json.loads(line) for line in response.text.splitlines()]


async def test_every_line_has_its_answer_or_its_error(
    service: Service, client: httpx2.AsyncClient
) -> None:
    """Broken lines among good ones; the same line twice has its answer twice."""
    file_id = await uploaded(
        client,
        a_chat("one"),
        b"{broken",
        b"",
        b"\xff\xfe not UTF-8",
        a_chat("two"),
        a_chat("elsewhere") | {"url": "/v1/tasks"},
        a_chat("nobody", model="gpt-4o"),
        a_chat("streamed") | {"body": {"stream": True}},
        {"custom_id": 7, "url": CHAT, "body": {}},
    )
    batch_id = await started(client, file_id, CHAT, metadata={"of": "ann"})
    assert service.bus.batches == [batch_id]
    told = await ended(service, client, batch_id)
    assert told["status"] == "completed"
    assert told["request_counts"] == {"total": 8, "completed": 2, "failed": 6}
    assert told["metadata"] == {"of": "ann"}
    answers = await lines_of(client, told["output_file_id"])
    assert [line["custom_id"] for line in answers] == ["one", "two"]
    for line in answers:
        assert line["error"] is None
        assert line["response"]["status_code"] == 200
        assert line["response"]["body"]["choices"][0]["message"]["content"] == "4"
    errors = {
        line["custom_id"]: line["error"]["code"]
        for line in await lines_of(client, told["error_file_id"])
    }
    assert errors == {
        "line-2": "invalid_line",
        "line-4": "invalid_line",
        "elsewhere": "invalid_line",
        "nobody": "model_not_found",
        "streamed": "invalid_line",
        "line-9": "invalid_line",
    }
    known = (await client.get(f"/v1/files/{told['output_file_id']}")).json()
    whole = await client.get(f"/v1/files/{told['output_file_id']}/content")
    assert (known["bytes"], known["purpose"]) == (len(whole.content), "batch_output")


@pytest.mark.parametrize("endpoint", ["/v1/tasks", "/v1/responses"])
async def test_each_endpoint_answers_in_its_own_shape(
    service: Service, client: httpx2.AsyncClient, endpoint: str
) -> None:
    """As it does for a single request; a task is its own answer."""
    body: dict[str, object] = {**ASKED, "prompt": "What is 2 + 2?"}
    if endpoint == "/v1/responses":
        options = {"strategy": "numeric", "max_votes": 3}
        body = {"model": "consensus", "input": "What is 2 + 2?", "consensus": options}
    line = {"custom_id": "a", "url": endpoint, "body": body}
    batch_id = await started(client, await uploaded(client, line), endpoint)
    told = await ended(service, client, batch_id)
    (answer,) = await lines_of(client, told["output_file_id"])
    task_id = f"{batch_id}-1"
    single = f"/v1/tasks/{task_id}" if endpoint == "/v1/tasks" else f"/v1/responses/resp_{task_id}"
    assert answer["response"]["body"] == (await client.get(single)).json()


@pytest.mark.parametrize("endpoint", ["/v1/tasks", CHAT])
async def test_a_line_on_which_nobody_voted_is_a_failed_one(
    service: Service, client: httpx2.AsyncClient, endpoint: str
) -> None:
    """By either endpoint, as the chat route answers 502 with NO_VOTES."""
    line = a_line("a") if endpoint == "/v1/tasks" else a_chat("a")
    batch_id = await started(client, await uploaded(client, line), endpoint)
    await service.batches.move(batch_id)
    (task_id,) = await open_of(service)
    service.clock.move(600)
    await service.aggregate.sweep()
    task = (await client.get(f"/v1/tasks/{task_id}")).json()
    assert task["result"]["outcome"] == "FAILED"
    await service.batches.move(batch_id)
    told = await shown(client, batch_id)
    assert told["request_counts"] == {"total": 1, "completed": 0, "failed": 1}
    (error,) = await lines_of(client, told["error_file_id"])
    assert error["error"] == {"code": "no_votes", "message": task["result"]["explanation"]}


async def test_it_is_paced_so_that_single_tasks_have_room(
    service: Service, client: httpx2.AsyncClient
) -> None:
    """As many are open as the share says; two batches divide it, and each end makes room."""
    file_id = await uploaded(client, *(a_line(f"q{n}") for n in range(5)))
    first = await started(client, file_id)
    await service.batches.move(first)
    assert await open_of(service) == [f"{first}-1", f"{first}-2"]
    second = await started(client, file_id)
    await service.batches.move(second)
    assert len(await open_of(service)) == 3
    service.bus.batches.clear()
    await service.finish(f"{first}-2")
    assert set(service.bus.batches) == {first}
    await service.batches.move(first)
    assert sorted(await open_of(service)) == [f"{first}-1", f"{second}-1"], "half of two is one"
    for batch_id in (first, second):
        told = await ended(service, client, batch_id)
        assert told["request_counts"]["completed"] == 5
    tasks = (await client.get("/v1/tasks?page_size=100")).json()["tasks"]
    assert len(tasks) == 10


async def _begun_without_room(
    service: Service, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A batch of one line, whose owner's only place a single task has."""
    submit = service.submit
    full = type(submit)(service.store, service.bus, service.clock, service.new_id, max_open_tasks=1)
    await client.post("/v1/tasks", json=ASKED)
    batch_id = await started(client, await uploaded(client, a_line("a")))
    monkeypatch.setattr(Service, "submit", full)
    await service.batches.move(batch_id)
    return batch_id


async def test_where_an_owner_has_no_room_the_batch_waits(
    service: Service, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Single tasks are not turned away for it, and no line is lost."""
    batch_id = await _begun_without_room(service, client, monkeypatch)
    assert await open_of(service) == ["task1"]
    await service.finish("task1")
    told = await ended(service, client, batch_id)
    assert told["request_counts"] == {"total": 1, "completed": 1, "failed": 0}


async def test_wherever_it_breaks_off_each_line_is_asked_once(
    service: Service, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that is away at its n-th call, for each n; the message comes again."""
    batch_id = await started(
        client, await uploaded(client, *(a_line(f"q{n}") for n in range(24)), b"{broken")
    )
    calls, failing = 0, 1
    run = service.store.thread.run

    async def away(*args: Any, **named: Any) -> Any:
        nonlocal calls, failing
        calls += 1
        if calls == failing:
            calls, failing = 0, failing + 1
            if failing % 2:  # some calls are done, and only their answer is lost
                await run(*args, **named)
            raise StoreUnavailable("not now")
        return await run(*args, **named)

    for _ in range(2000):
        monkeypatch.setattr(service.store.thread, "run", away)
        try:
            await service.batches.move(batch_id)
        except TransientError:
            continue
        finally:
            monkeypatch.setattr(service.store.thread, "run", run)
            for task_id in await open_of(service):
                await service.finish(task_id)
        if (await shown(client, batch_id))["status"] == "completed":
            break
    assert failing > 20, "it broke off in many places"
    told = await shown(client, batch_id)
    assert told["request_counts"] == {"total": 25, "completed": 24, "failed": 1}
    tasks = (await client.get("/v1/tasks?page_size=100")).json()["tasks"]
    assert {task["id"] for task in tasks} == {f"{batch_id}-{n}" for n in range(1, 25)}


async def test_many_looks_at_once_are_as_one(service: Service, client: httpx2.AsyncClient) -> None:
    """Queues deliver a message twice, to two instances."""
    batch_id = await started(client, await uploaded(client, *(a_line(f"q{n}") for n in range(6))))
    others = [service.batches for _ in range(4)]
    while (await shown(client, batch_id))["status"] != "completed":
        await asyncio.gather(*(each.move(batch_id) for each in others))
        for task_id in await open_of(service):
            await service.finish(task_id)
    told = await shown(client, batch_id)
    answers = await lines_of(client, told["output_file_id"])
    assert [line["custom_id"] for line in answers] == [f"q{n}" for n in range(6)]


@pytest.mark.parametrize(
    ("lines", "faults"),
    [
        (
            [a_line("a"), a_line("b"), a_line("a"), a_line("a")],
            [("duplicate_custom_id", 3), ("duplicate_custom_id", 4)],
        ),
        ([b"\n \n"], [("empty_file", None)]),
    ],
)
async def test_a_file_that_cannot_be_asked_fails_before_anything_is(
    service: Service, client: httpx2.AsyncClient, lines: list[object], faults: list[object]
) -> None:
    """With what is wrong, line by line."""
    told = await ended(service, client, await started(client, await uploaded(client, *lines)))
    assert told["status"] == "failed"
    assert [(fault["code"], fault["line"]) for fault in told["errors"]["data"]] == faults
    assert (told["output_file_id"], told["error_file_id"]) == (None, None)
    assert await open_of(service) == []


@pytest.mark.parametrize(
    ("sent", "status", "reason"),
    [
        ({"files": {"file": ("a", b"")}}, 422, "INVALID_FILE"),
        ({"files": {"file": ("a", b"x" * 70_000)}}, 413, "TOO_LARGE"),
        ({"files": {"file": ("a", b"x\n" * 60)}}, 413, "TOO_LARGE"),
        ({"files": {"file": ("a", b"x" * 2000)}}, 413, "TOO_LARGE"),
        ({"files": {"file": ("a", b"x")}, "data": {"purpose": "fine-tune"}}, 422, "OUT_OF_RANGE"),
        ({"files": {"other": ("a", b"x")}}, 422, "OUT_OF_RANGE"),
        ({"files": [("file", ("a", b"x")), ("file", ("b", b"x"))]}, 400, "MALFORMED"),
        ({"json": {"purpose": "batch"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "MALFORMED"),
        (
            {"content": b"xxx", "headers": {"content-type": "multipart/form-data; boundary=b"}},
            400,
            "MALFORMED",
        ),
    ],
)
@pytest.mark.usefixtures("little_room")
async def test_what_is_no_file_is_refused(
    service: Service, client: httpx2.AsyncClient, sent: dict[str, Any], status: int, reason: str
) -> None:
    """And nothing of it is kept."""
    if "files" in sent:
        sent = {"data": {"purpose": "batch"}, **sent}
    response = await client.post("/v1/files", **sent)
    assert (response.status_code, response.json()["reason"]) == (status, reason)
    assert response.json()["error"]["code"] == reason.lower()
    assert (await client.get("/v1/files")).json()["data"] == []
    assert not service.folder.exists() or not list(service.folder.iterdir())


@pytest.fixture
def little_room(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small bounds on a file. It comes before the client, whose application knows one of them."""
    monkeypatch.setattr(keeping, "MOST_LINES", 50)
    monkeypatch.setattr(keeping, "LONGEST_LINE", 1000)
    service.settings = service.settings.with_changes(max_file_bytes=2500)


async def test_a_million_lines_are_refused_at_the_first_too_many() -> None:
    """The rest of them is not even read."""
    read = 0

    async def lines() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1000):
            read += 1000
            yield b'"What is 2 + 2?"\n' * 1000

    with pytest.raises(Exception, match="50,000 lines"):
        async for _ in parts_of(lines()):
            pass
    assert read == MOST_LINES + 1000


async def test_a_full_disk_asks_the_sender_to_come_again(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is too long for memory, where the disk takes no more, is our failure for now."""

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", full)
    sent = {"file": ("asked.jsonl", b'"What is 2 + 2?"\n' * 100_000)}
    response = await client.post("/v1/files", data={"purpose": "batch"}, files=sent)
    assert (response.status_code, response.json()["reason"]) == (503, "UNAVAILABLE")
    assert (await client.get("/v1/files")).json()["data"] == []


async def test_parts_hold_whole_lines_however_they_come() -> None:
    """Each with its first line's number; nothing is added, lost or moved."""
    data = b"\n".join(b"x" * (n % 97) for n in range(1700))

    async def chunks(size: int) -> AsyncIterator[bytes]:
        for at in range(0, len(data), size):
            yield data[at : at + size]

    for size in (1, 1000, len(data)):
        parts = [part async for part in parts_of(chunks(size))]
        assert [first for first, _ in parts] == [1, 501, 1001, 1501]
        assert b"".join(part for _, part in parts) == data


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"endpoint": "/v1/tasks"}, 422, "OUT_OF_RANGE"),
        ({"endpoint": "/v1/embeddings", "input_file_id": "file-1"}, 422, "OUT_OF_RANGE"),
        ({"endpoint": CHAT, "input_file_id": "file-9"}, 404, "FILE_NOT_FOUND"),
        ({"endpoint": CHAT, "input_file_id": "../tasks"}, 404, "FILE_NOT_FOUND"),
        (
            {"endpoint": CHAT, "input_file_id": "file-1", "completion_window": "1h"},
            422,
            "OUT_OF_RANGE",
        ),
        ({"endpoint": CHAT, "input_file_id": "file-1", "model": "x"}, 422, "UNKNOWN_FIELD"),
        ({"endpoint": CHAT, "input_file_id": "file-1", "metadata": {"a": 1}}, 422, "OUT_OF_RANGE"),
    ],
)
async def test_what_is_no_batch_is_refused(
    client: httpx2.AsyncClient, body: dict[str, object], status: int, reason: str
) -> None:
    """With what it takes."""
    await uploaded(client, a_line("a"))
    response = await client.post("/v1/batches", json=body)
    assert (response.status_code, response.json()["reason"]) == (status, reason)
    assert (await client.get("/v1/batches")).json()["data"] == []


async def test_one_key_makes_one_batch(client: httpx2.AsyncClient) -> None:
    """Another body under it is refused."""
    body = {"input_file_id": await uploaded(client, a_line("a")), "endpoint": "/v1/tasks"}
    key = {"Idempotency-Key": "k"}
    first, again = [await client.post("/v1/batches", json=body, headers=key) for _ in range(2)]
    assert first.json()["id"] == again.json()["id"]
    other = await client.post("/v1/batches", json=body | {"endpoint": CHAT}, headers=key)
    assert other.json()["reason"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_cancelled_batch_ends_its_tasks_and_tells_what_it_has(
    service: Service, client: httpx2.AsyncClient
) -> None:
    """Lines that were never asked are errors that say so; cancelling again changes nothing."""
    file_id = await uploaded(client, *(a_line(f"q{n}") for n in range(5)))
    batch_id = await started(client, file_id)
    await service.batches.move(batch_id)
    await service.finish(f"{batch_id}-1")
    response = await client.post(f"/v1/batches/{batch_id}/cancel")
    assert response.json()["status"] == "cancelling"
    await service.batches.move(batch_id)
    told = await shown(client, batch_id)
    assert told["status"] == "cancelled"
    assert told["request_counts"] == {"total": 5, "completed": 2, "failed": 3}
    outcomes = {
        line["custom_id"]: line["response"]["body"]["result"]["outcome"]
        for line in await lines_of(client, told["output_file_id"])
    }
    assert outcomes == {"q0": "CONSENSUS", "q1": "CANCELLED"}
    errors = await lines_of(client, told["error_file_id"])
    assert [line["error"]["code"] for line in errors] == ["batch_cancelled"] * 3
    assert (await client.post(f"/v1/batches/{batch_id}/cancel")).json() == told
    assert await open_of(service) == []


async def test_a_batch_that_takes_over_a_day_expires(
    service: Service, client: httpx2.AsyncClient
) -> None:
    """What was asked in time has its answer, the rest says why not."""
    batch_id = await started(client, await uploaded(client, *(a_line(f"q{n}") for n in range(3))))
    await service.batches.move(batch_id)
    for task_id in await open_of(service):
        await service.finish(task_id)
    service.clock.move(24 * 3600)
    await service.batches.move(batch_id)
    told = await shown(client, batch_id)
    assert told["status"] == "expired"
    assert told["request_counts"] == {"total": 3, "completed": 2, "failed": 1}
    (error,) = await lines_of(client, told["error_file_id"])
    assert (error["custom_id"], error["error"]["code"]) == ("q2", "batch_expired")


async def test_a_line_that_was_reserved_and_never_asked_says_that_time_was_over(
    service: Service, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Single tasks had all the room until the batch's day had passed."""
    batch_id = await _begun_without_room(service, client, monkeypatch)
    service.clock.move(24 * 3600)
    await service.batches.move(batch_id)
    told = await shown(client, batch_id)
    assert (told["status"], told["request_counts"]["failed"]) == ("expired", 1)
    (error,) = await lines_of(client, told["error_file_id"])
    message = "The batch's 24 hours were over before this line was asked."
    assert error["error"] == {"code": "batch_expired", "message": message}


async def test_what_an_owner_keeps_is_bounded(service: Service, client: httpx2.AsyncClient) -> None:
    """By number and by size; the refusal says what to do, and what it refused is not kept."""
    small = a_line("a")
    sent = {"file": ("asked.jsonl", json.dumps(small).encode())}
    form = {"purpose": "batch"}
    size = len(sent["file"][1])

    async def refused(**bounds: int) -> str:
        service.settings = service.settings.with_changes(**bounds)
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(service.supervisor()), base_url="http://test"
        ) as bounded:
            response = await bounded.post("/v1/files", data=form, files=sent)
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (409, "too_many_files")
        return str(error["message"])

    kept = await uploaded(client, small)
    assert f"You keep {size} bytes" in await refused(max_files_bytes=2 * size - 1)
    assert "DELETE /v1/files/{id}" in await refused(max_files=1)
    assert [file["id"] for file in (await client.get("/v1/files")).json()["data"]] == [kept]
    assert [path.name for path in service.folder.iterdir()] == [kept]
    await client.delete(f"/v1/files/{kept}")
    await uploaded(client, small)


async def test_how_many_batches_run_is_bounded(
    service: Service, client: httpx2.AsyncClient
) -> None:
    """A key that made one of them finds it all the same, and each end makes room."""
    service.settings = service.settings.with_changes(max_batches=1)
    batches = service.batches
    file_id = await uploaded(client, a_line("a"))
    wanted = Wanted("local", file_id, "/v1/tasks", {}, "key")
    first = await batches.create(wanted)
    with pytest.raises(TooManyBatches, match="cancel it"):
        await batches.create(replace(wanted, key="another"))
    assert (await batches.create(wanted)).id == first.id
    await batches.cancel(first.id, "local")
    await batches.create(replace(wanted, key="another"))


async def test_a_file_stays_while_its_batch_runs(
    service: Service, client: httpx2.AsyncClient
) -> None:
    """Afterwards it may go, and the results stay; another's batch of nothing is not shown."""
    file_id = await uploaded(client, a_line("a"))
    batch_id = await started(client, file_id)
    refused = await client.delete(f"/v1/files/{file_id}")
    assert (refused.status_code, refused.json()["reason"]) == (409, "FILE_IN_USE")
    told = await ended(service, client, batch_id)
    assert (await client.delete(f"/v1/files/{file_id}")).json()["deleted"] is True
    assert (await client.get(f"/v1/files/{file_id}")).status_code == 404
    assert len(await lines_of(client, told["output_file_id"])) == 1
    await client.delete(f"/v1/tasks/{batch_id}-1")
    (line,) = await lines_of(client, told["output_file_id"])
    assert line["error"]["code"] == "task_erased"
    again = await client.post(
        "/v1/batches", json={"input_file_id": file_id, "endpoint": "/v1/tasks"}
    )
    assert again.status_code == 404


async def test_an_erased_task_does_not_come_back(
    service: Service, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two may ask one line: one does, its task is erased, and the other is about to ask again."""
    batch_id = await started(client, await uploaded(client, a_line("a")))
    create, store = service.store.create, service.store

    async def late(task: Task, *given: Any) -> Task:
        await create(replace(task, state=State.DONE), *given)
        await store.erase(Erased(task.id, task.owner, service.clock.now()))
        return await create(task, *given)

    monkeypatch.setattr(store, "create", late)
    await service.batches.move(batch_id)
    assert (await client.get(f"/v1/tasks/{batch_id}-1")).status_code == 410
    assert await open_of(service) == []
    told = await ended(service, client, batch_id)
    (error,) = await lines_of(client, told["error_file_id"])
    assert error["error"]["code"] == "task_erased"


def _kept(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("when", ["asked", "answered", "written"])
async def test_an_erased_task_is_erased_from_its_batch_s_files(
    service: Service, client: httpx2.AsyncClient, when: str
) -> None:
    """While the batch runs, and after it; nothing on the disk says a word of it any more."""
    lines = [a_line("a"), a_line("secret", "What is Ann's PIN? 7319"), a_line("c")]
    batch_id = await started(client, await uploaded(client, *lines))
    await service.batches.move(batch_id)
    task_id = f"{batch_id}-2"
    if when == "answered":
        await service.finish(task_id)
    if when == "written":
        await ended(service, client, batch_id)
        assert _kept(service.folder).count(b"7319") == 2
    assert (await client.delete(f"/v1/tasks/{task_id}")).status_code == 204
    assert b"7319" not in _kept(service.folder)
    assert (await client.delete(f"/v1/tasks/{task_id}")).status_code == 204
    told = await ended(service, client, batch_id)
    assert told["status"] == "completed"
    results = await lines_of(client, told["output_file_id"])
    results += await lines_of(client, told["error_file_id"])
    assert b"7319" not in _kept(service.folder)
    assert len(results) == 3
    assert {r["custom_id"] for r in results if r["error"] is None} == {"a", "c"}
    known = (await client.get(f"/v1/files/{told['output_file_id']}")).json()
    whole = await client.get(f"/v1/files/{told['output_file_id']}/content")
    assert known["bytes"] == len(whole.content)
    stored = await service.store.load(f"{batch_id}-1")
    assert stored
    assert stored.task.state is State.DONE


async def test_whoever_writes_results_meanwhile_writes_them_anew(
    service: Service, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task was read before it was erased, and its answer is written after that."""
    lines = [a_line("a"), a_line("secret", "What is Ann's PIN? 7319")]
    batch_id = await started(client, await uploaded(client, *lines))
    await service.batches.move(batch_id)
    for task_id in await open_of(service):
        await service.finish(task_id)
    tasks = service.store.tasks
    erased: list[int] = []

    async def read(task_ids: list[str]) -> Any:
        found = await tasks(task_ids)
        if len(found) == 2 and (await shown(client, batch_id))["status"] == "finalizing":
            monkeypatch.setattr(service.store, "tasks", tasks)
            erased.append((await client.delete(f"/v1/tasks/{batch_id}-2")).status_code)
        return found

    monkeypatch.setattr(service.store, "tasks", read)
    await service.batches.move(batch_id)
    assert erased == [204]
    told = await shown(client, batch_id)
    assert (told["status"], told["request_counts"]["completed"]) == ("completed", 1)
    assert b"7319" not in _kept(service.folder)


async def test_lists_go_page_by_page(client: httpx2.AsyncClient, service: Service) -> None:
    """Newest first, after an id of one's own."""
    for _ in range(3):
        await uploaded(client, a_line("a"))
        service.clock.move(1)
    first = (await client.get("/v1/files?limit=2")).json()
    assert ([f["id"] for f in first["data"]], first["has_more"]) == (["file-3", "file-2"], True)
    rest = (await client.get(f"/v1/files?limit=2&after={first['last_id']}")).json()
    assert ([f["id"] for f in rest["data"]], rest["has_more"]) == (["file-1"], False)
    assert (await client.get("/v1/files?after=file-9")).status_code == 404
    assert (await client.get("/v1/files?limit=101")).status_code == 422
    assert (await client.get("/v1/batches?limit=x")).status_code == 422
    assert (await client.get("/v1/files?purpose=assistants")).status_code == 422
    assert (await client.get("/v1/files?purpose=batch_output")).json()["data"] == []
    batch_id = await started(client, "file-1")
    told = await ended(service, client, batch_id)
    results = (await client.get("/v1/files?limit=1&purpose=batch_output")).json()
    assert [f["id"] for f in results["data"]] == [told["output_file_id"]]
    questions = (await client.get("/v1/files?limit=2&purpose=batch")).json()
    assert [f["id"] for f in questions["data"]] == ["file-3", "file-2"]
    assert (results["has_more"], questions["has_more"]) == (False, True)
    assert [b["id"] for b in (await client.get("/v1/batches")).json()["data"]] == [batch_id]


async def test_the_aggregator_moves_batches(
    service: Service, client: httpx2.AsyncClient, function: Function
) -> None:
    """By their messages, and by the sweep's; one of an unknown batch is acknowledged."""
    batch_id = await started(client, await uploaded(client, a_line("a")))
    app = push.build(service.aggregate, service.batches)
    async with function("aggregator", "aggregate", "aggregator", lambda: app) as door:
        for name in (batch_id, "batch_none"):
            pushed = await door.post("/timers", content=envelope(encode_batch(name)))
            assert pushed.status_code == 204
        assert await open_of(service) == [f"{batch_id}-1"]
        service.bus.batches.clear()
        await door.post("/timers", content=envelope(encode_sweep()))
        assert service.bus.batches == [batch_id]
        forged = await door.post("/votes", content=envelope(encode_batch(batch_id)))
        assert forged.status_code == 204
    assert [r.reason for r in await service.store.rejections()] == ["UNDECODABLE"]


async def test_a_form_from_another_site_s_page_is_refused(client: httpx2.AsyncClient) -> None:
    """Browsers say where a page is from, and send forms to any address."""
    sent = {"file": ("a", b"x")}
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        refused = await client.post(
            "/v1/files", data={"purpose": "batch"}, files=sent, headers=headers
        )
        assert refused.status_code == 403
