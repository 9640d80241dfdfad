"""The whole service as real processes, embedded and on the emulators."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp.client.client import Client

from tests.e2e.model_server import ModelServer, model_server
from tests.e2e.service import Service, service

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    """A model server that answers on cue."""
    with model_server() as server:
        yield server


@pytest.fixture(scope="module", params=["embedded", "emulated"])
def stack(
    request: pytest.FixtureRequest, model: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A running stack of either kind."""
    store = tmp_path_factory.mktemp("store") / "tasks.sqlite3"
    options: list[str] = []
    environment: dict[str, str] = {}
    if request.param == "emulated":
        environment["FIRESTORE_EMULATOR_HOST"] = request.getfixturevalue("firestore_emulator")
        environment["PUBSUB_EMULATOR_HOST"] = request.getfixturevalue("pubsub_emulator")
        environment["GOOGLE_CLOUD_PROJECT"] = "e2e"
        options = ["--emulators"]
    with service(model.url, store, *options, **environment) as running:
        yield running


@pytest.mark.parametrize(
    ("strategy", "answers", "expected"),
    [
        (
            "numeric",
            ["1,234.50", "1234.5", "99", "1234.500"],
            {"1,234.50", "1234.50", "1234.5", "1234.500"},
        ),
        ("exact", ["B", "(b)", "b.", "C"], {"B", "(b)", "b."}),
        ("semantic", ["Paris", "It is Paris.", "Paris, France"], {"Paris", "It is Paris."}),
    ],
)
def test_a_task_reaches_consensus(
    stack: Service, strategy: str, answers: list[str | None], expected: set[str]
) -> None:
    """Answers that mean the same count together, and the task ends CONSENSUS."""
    task = stack.ask([*answers, answers[0]], strategy=strategy, text=f"{strategy}?")
    done = stack.end_of(task["id"])
    assert done["state"] == "DONE"
    assert done["result"]["outcome"] == "CONSENSUS", done
    assert done["result"]["answer"] in expected | {"Paris, France"}
    progress = done["progress"]
    assert progress["voted"] + progress["abstained"] <= progress["asked"]
    assert done["usage"]["input_tokens"] > 0


def test_waiting_for_the_end_answers_with_it(stack: Service) -> None:
    """Prefer: wait=N returns 200 and the finished task."""
    done = stack.ask(["7"], text="How many are waiting?", headers={"Prefer": "wait=60"})
    assert done["state"] == "DONE"
    assert done["result"]["answer"] == "7"


def test_a_batch_is_answered_and_leaves_room_for_single_tasks(stack: Service) -> None:
    """Moved by the stack's own messages; a task that is erased leaves its files."""
    cue = json.dumps({"answers": ["7"], "delay": 0.2})
    lines = [
        {"custom_id": f"q{n}", "prompt": f"Number {n}? {cue}", "strategy": "numeric"}
        for n in range(20)
    ]
    raw = "\n".join(json.dumps(line | {"max_votes": 3}) for line in lines).encode()
    sent = {"data": {"purpose": "batch"}, "files": {"file": ("asked.jsonl", raw)}}
    file = stack.http.post("/v1/files", **sent).json()
    body = {"input_file_id": file["id"], "endpoint": "/v1/tasks"}
    batch = stack.http.post("/v1/batches", json=body).json()
    single = stack.ask(["8"], text="How many wait?", headers={"Prefer": "wait=60"})
    assert single["result"]["answer"] == "8"
    while batch["status"] in ("validating", "in_progress", "finalizing"):
        time.sleep(0.2)
        batch = stack.http.get(f"/v1/batches/{batch['id']}").json()
    assert batch["status"] == "completed", batch
    assert batch["request_counts"] == {"total": 20, "completed": 20, "failed": 0}
    output = f"/v1/files/{batch['output_file_id']}/content"
    results = [json.loads(line) for line in stack.http.get(output).text.splitlines()]
    assert [result["custom_id"] for result in results] == [line["custom_id"] for line in lines]
    assert {r["response"]["body"]["result"]["answer"] for r in results} == {"7"}
    assert stack.http.delete(f"/v1/tasks/{batch['id']}-4").status_code == 204
    for where in (output, f"/v1/files/{file['id']}/content"):
        assert "Number 3?" not in stack.http.get(where).text
        assert "Number 4?" in stack.http.get(where).text


async def test_an_agent_asks(stack: Service) -> None:
    """Over MCP, with progress, embedded and emulated alike."""
    heard: list[str | None] = []

    async def progress(_: float, __: float | None, message: str | None) -> None:
        heard.append(message)

    prompt = f"How many agents? {json.dumps({'answers': ['7']})}"
    async with Client(f"{stack.url}/mcp") as agent:
        told = await agent.call_tool("ask", {"prompt": prompt}, progress_callback=progress)
    assert told.structured_content["answer"] == "7"
    assert len(heard) > 1


def test_its_workers_are_shown(stack: Service) -> None:
    """Each worker is told with its availability and its places, embedded and emulated alike."""
    seen = stack.http.get("/ready").json()["workers"]
    assert len(seen) >= 2
    assert {worker["availability"] for worker in seen} <= {"available", "busy"}
    assert all(worker["capacity"] > 0 and worker["memory_bytes"] > 0 for worker in seen)


def test_another_name_is_not_served(stack: Service) -> None:
    """A page whose name leads to this machine learns nothing, embedded and emulated alike."""
    reply = stack.http.get("/v1/tasks", headers={"Host": "evil.example"})
    assert (reply.status_code, reply.json()["reason"]) == (421, "WRONG_HOST")


def test_a_replayed_post_is_the_same_task(stack: Service, model: ModelServer) -> None:
    """One Idempotency-Key is one task and one fan-out, however often it is sent."""
    key = {"Idempotency-Key": f"key-{os.getpid()}-{stack.url}"}
    tasks = [stack.ask(["5"], text="replayed?", headers=key) for _ in range(3)]
    assert len({task["id"] for task in tasks}) == 1
    done = stack.end_of(tasks[0]["id"])
    assert done["usage"]["calls"] == done["progress"]["asked"]
    other = stack.http.post("/v1/tasks", json={"prompt": "another"}, headers=key)
    assert other.status_code == 422


def test_a_killed_worker_loses_no_seat(stack: Service, model: ModelServer) -> None:
    """A worker killed in mid-call is replaced, and its seat is dealt again."""
    before = set(stack.workers())
    text = f"killed? {stack.url}"
    task = stack.ask([None, "3"], text=text)
    model.wait_for_calls(text, 1)
    victims = [pid for pid in before if pid in stack.workers()]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    done = stack.end_of(task["id"])
    assert done["result"]["outcome"] == "CONSENSUS", done
    assert done["result"]["answer"] == "3"


def test_a_cancelled_task_ends_cancelled_and_frees_its_calls(
    stack: Service, model: ModelServer
) -> None:
    """Cancelling ends the task at once, whatever is still being asked."""
    text = f"cancelled? {stack.url}"
    task = stack.ask([None], text=text)
    model.wait_for_calls(text, 1)
    ended = stack.http.post(f"/v1/tasks/{task['id']}/cancel").json()
    assert ended["state"] == "DONE"
    assert ended["result"]["outcome"] == "CANCELLED"
    again = stack.http.post(f"/v1/tasks/{task['id']}/cancel")
    assert again.status_code == 200
    assert again.json() == stack.task(task["id"]) == ended


def test_a_deadline_closes_with_what_stands(stack: Service) -> None:
    """Two votes of the three that quorum asks: NO_CONSENSUS, DEADLINE, and the leading answer."""
    text = f"late? {stack.url}"
    task = stack.ask(["8", "8", None], text=text, timeout_seconds=8, min_votes=3, max_votes=3)
    done = stack.end_of(task["id"])
    result = done["result"]
    assert (result["outcome"], result["close_reason"]) == ("NO_CONSENSUS", "DEADLINE"), done
    assert result["answer"] == "8"
    assert done["progress"] == {"asked": 3, "voted": 2, "abstained": 0, "waves": 1} or (
        done["progress"]["abstained"] == 1  # its worker said in time that it had run out of it
    )


def test_a_killed_service_carries_its_tasks_on(model: ModelServer, tmp_path: Path) -> None:
    """After kill -9 the next start finishes what was open."""
    store = tmp_path / "tasks.sqlite3"
    with service(model.url, store) as first:
        text = "How many are carried on?"
        task = first.ask([None, None, None, None, "6"], text=text, timeout_seconds=60)
        model.wait_for_calls(text, 4)
        below = first.descendants()
        first.process.kill()
        first.process.wait()
        assert below
    with service(model.url, store) as second:
        done = second.end_of(task["id"])
        assert done["result"]["outcome"] == "CONSENSUS", done
        assert done["result"]["answer"] == "6"


def test_a_model_is_asked_about_answers_in_doubt(model: ModelServer, tmp_path: Path) -> None:
    """By default: the panel itself says that its paraphrases mean the same, and that counts."""
    demo = {"OPENAI_BASE_URL": "", "OPENAI_API_KEY": "", "CONSENSUS_DEMO_LATENCY_MS": "50"}
    store = tmp_path / "tasks.sqlite3"
    with service(model.url, store, **demo) as running:
        prompt = {"prompt": "Why does ice float on water?"}
        task = running.http.post("/v1/tasks", json=prompt).json()
        done = running.end_of(task["id"])
    assert done["result"]["outcome"] == "CONSENSUS", done
    assert "A model was asked about" in done["result"]["explanation"]
    assert " 0 the same" not in done["result"]["explanation"]
    assert done["usage"]["calls"] > done["progress"]["asked"]
