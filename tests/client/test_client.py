"""Both clients against the real service with the demo panel, and against one that is busy."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consensus import AsyncClient, Client
from consensus.adapters.local.http_server import serving
from consensus.bootstrap.embedded import embedded
from consensus.client import Event, Refused, Unreachable
from consensus.client.calls import LONGEST_PAUSE, pause_before
from consensus.config import Settings

EXAMPLE = Path(__file__).parents[2] / "examples" / "ask_service.py"
QUESTION = "What is 17% of 2,340?"


@asynccontextmanager
async def _service() -> AsyncIterator[str]:
    settings = Settings(workers=1, demo_latency_ms=1).with_changes(
        openai_api_key=None, openai_base_url=None
    )
    async with embedded(settings, store=":memory:", say=lambda _: None) as stack:
        yield stack.url


async def test_async_and_sync_clients_do_the_same_over_a_tasks_whole_life(
    tmp_path: Path,
) -> None:
    """Ask, look, hear, list, judge, cancel, erase; and the example that shows it runs."""
    async with _service() as url:
        async with AsyncClient(url) as client:
            task = await client.ask(QUESTION, strategy="numeric", metadata={"of": "async"})
            assert task["result"]
            assert task["result"]["answer"] == "397.8"
            assert [e.kind async for e in client.stream(task["id"])][-1] == "result"
            assert (await client.feedback(task["id"], correct=True))["correct"] is True
        await asyncio.to_thread(_plainly, url, task["id"], tmp_path / "asked.jsonl")
        await asyncio.to_thread(_example, url)


def _plainly(url: str, known: str, lines: Path) -> None:
    lines.write_text(json.dumps(QUESTION))
    with Client(url) as client:
        again = client.submit(QUESTION, idempotency_key="k-1", max_votes=3)
        same = client.submit(QUESTION, idempotency_key="k-1", max_votes=3)
        assert same["id"] == again["id"]
        done = client.wait(again["id"])
        assert done["result"]
        assert len(client.votes(done["id"])) >= done["progress"]["voted"]
        assert [event.kind for event in client.stream(done["id"])][-1] == "result"
        listed = client.list(metadata="of=async")["tasks"]
        assert [task["id"] for task in listed] == [known]
        assert client.cancel(known)["result"]["outcome"] == "CONSENSUS"  # type: ignore[index]
        client.delete(known)
        client.delete(known)  # as after an answer that was lost
        with pytest.raises(Refused, match=r".") as erased:
            client.task(known)
        assert erased.value.status == 410
        with pytest.raises(TypeError, match="path"):
            client.batch([QUESTION])  # type: ignore[arg-type]
        batch = client.batch(str(lines), metadata={"of": "sync"})
        assert [one["id"] for one in client.batches(limit=5)["data"]] == [batch["id"]]
        while client.batch_status(batch["id"])["status"] != "completed":
            pass
        (result,) = client.batch_results(batch["id"])
        assert result["response"]["body"]["result"]["answer"] == "397.8"
        with pytest.raises(Refused, match="max_votes") as refused:
            client.submit(QUESTION, max_votes=65, strategy="guess")
        assert refused.value.usage
        assert [m.pointer for m in refused.value.mistakes] == ["#/strategy", "#/max_votes"]


def _example(url: str) -> None:
    command = [sys.executable, str(EXAMPLE), url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "397.8" in done.stdout


def test_ctrl_c_in_the_middle_of_a_stream_is_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing else, though what it broke takes a while to end."""
    began, ended = threading.Event(), threading.Event()

    async def stuck(*_: object) -> AsyncGenerator[Event, None]:
        began.set()
        try:
            await asyncio.Event().wait()
            yield Event("never", {})
        finally:
            for _ in range(100):
                await asyncio.sleep(0)
            ended.set()

    result, interruptions = Future.result, iter([KeyboardInterrupt])

    def interrupted(future: Future[object], timeout: float | None = None) -> object:
        assert began.wait(10)
        for once in interruptions:
            raise once
        return result(future, timeout)

    monkeypatch.setattr(AsyncClient, "stream", stuck)
    monkeypatch.setattr("concurrent.futures.Future.result", interrupted)
    with Client() as client:
        with pytest.raises(KeyboardInterrupt):
            next(client.stream("task1"))
        assert ended.wait(10)


class _Busy:
    """Answers with each status in turn, then with a task; tells what it was sent."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.keys: list[str] = []

    async def answer(self, request: Request) -> Response:
        self.keys.append(request.headers.get("idempotency-key", ""))
        if self.statuses:
            status = self.statuses.pop(0)
            problem = {"detail": "Later.", "reason": "NO_ROOM"}
            return JSONResponse(problem, status, headers={"Retry-After": "7"})
        return JSONResponse({"id": "t1", "state": "QUEUED"}, 202)


async def _tried(busy: _Busy, attempts: int) -> list[float]:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    app = Starlette(routes=[Route("/v1/tasks", busy.answer, methods=["POST"])])
    async with serving(app) as port:
        url = f"http://127.0.0.1:{port}"
        async with AsyncClient(url, attempts=attempts, pause=pause) as client:
            await client.submit("x")
    return pauses


async def test_a_busy_service_is_asked_again_after_the_pause_it_names_with_one_key() -> None:
    """429 and 503 pass; the key makes sure that the task is one."""
    busy = _Busy(429, 503)
    pauses = await _tried(busy, attempts=5)
    assert [7 <= seconds <= 8 for seconds in pauses] == [True, True]
    assert len(busy.keys) == 3
    assert len(set(busy.keys)) == 1
    assert busy.keys[0]


async def test_what_will_not_pass_is_told_at_once() -> None:
    """A wrong request is not repeated."""
    busy = _Busy(422)
    with pytest.raises(Refused, match="Later"):
        await _tried(busy, attempts=5)
    assert len(busy.keys) == 1


async def test_a_service_that_stays_busy_is_told_after_the_last_attempt() -> None:
    """With the service's own reason."""
    busy = _Busy(429, 429, 429)
    with pytest.raises(Refused) as refused:
        await _tried(busy, attempts=3)
    assert (refused.value.status, refused.value.reason) == (429, "NO_ROOM")


async def test_a_closed_port_is_tried_again_and_then_told() -> None:
    """Nothing listens: every attempt is used, with growing pauses."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with AsyncClient("http://127.0.0.1:9", attempts=3, pause=pause) as client:
        with pytest.raises(Unreachable):
            await client.submit("x")
    assert len(pauses) == 2


@pytest.mark.parametrize("asked", ["100000", "-1", "soon", ""])
def test_no_header_makes_it_wait_for_ever(asked: str) -> None:
    """Retry-After is capped, and nonsense is none."""
    response = httpx2.Response(429, headers={"Retry-After": asked})
    assert 0 < pause_before(1, response, 0.5) <= LONGEST_PAUSE + 1
