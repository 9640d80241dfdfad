"""I12: no key, prompt or answer in any log line of any process, at default settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.e2e.model_server import ModelServer, model_server
from tests.e2e.service import Service, service

pytestmark = pytest.mark.timeout(180)

KEY = "sk-canary-key-5f1d"
PROMPT = "canary-prompt-7a2b"
ANSWER = "canary-answer-9c3e"
CALLER = "canary-caller-1d4f"
CANARIES = (KEY, PROMPT, ANSWER, CALLER)


class TalkativeServer(ModelServer):
    """Its errors repeat the caller's key and prompt, as some providers' do."""

    async def chat(self, request: Request) -> Response:
        """Answer on cue, unless the prompt names an error."""
        body = await request.body()
        said = f"Incorrect API key {request.headers['authorization']}; you asked: {body.decode()}"
        for status in (400, 401, 429, 500):
            if f"fail with {status}".encode() in body:
                return JSONResponse({"error": {"message": said}}, status)
        if b"fail with nonsense" in body:
            return PlainTextResponse(f"data: {said}\n\n", media_type="text/event-stream")
        return await super().chat(request)


@pytest.fixture
def talkative() -> Iterator[ModelServer]:
    """A model server whose errors say too much."""
    with model_server(TalkativeServer()) as server:
        yield server


@pytest.mark.parametrize("stack", ["embedded", "emulated"])
def test_nothing_private_is_logged(
    stack: str, talkative: ModelServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Whether tasks go well or the model, the caller or a message fails."""
    options, environment = [], {"OPENAI_API_KEY": KEY}
    if stack == "emulated":
        options = ["--emulators"]
        environment["FIRESTORE_EMULATOR_HOST"] = request.getfixturevalue("firestore_emulator")
        environment["PUBSUB_EMULATOR_HOST"] = request.getfixturevalue("pubsub_emulator")
        environment["GOOGLE_CLOUD_PROJECT"] = "nothing-private"
    path = tmp_path / "log"
    with (
        path.open("w") as log,
        service(
            talkative.url, tmp_path / "tasks.sqlite3", *options, log=log, **environment
        ) as running,
    ):
        shown = _trouble(running)
    lines = path.read_text()
    assert "no vote" in lines  # the failures were told of
    assert [canary for canary in CANARIES if canary in lines] == []
    assert [canary for canary in (KEY, CALLER) if canary in shown] == []


def _trouble(running: Service) -> str:
    """Ask well and badly; returns what callers were shown."""
    headers = {"Authorization": f"Bearer {CALLER}", "Idempotency-Key": CALLER}
    begun = [running.ask([ANSWER], text=f"{PROMPT}:", strategy="exact", headers=headers)]
    limits = {"min_votes": 1, "max_votes": 1, "timeout_seconds": 10}
    for fault in ("400", "401", "429", "500", "nonsense"):
        begun += [running.ask([ANSWER], text=f"{PROMPT}: fail with {fault}", **limits)]
    told = [running.end_of(task["id"]) for task in begun]
    wrong = ({"prompt": PROMPT, "nonsense": 1}, [PROMPT], {"messages": [{"role": PROMPT}]})
    told += [running.http.post("/v1/tasks", json=body).json() for body in wrong]
    told.append(running.http.post("/v1/tasks", content=f'{{"{PROMPT}').json())
    return json.dumps([_without_echo(task) for task in told])


def _without_echo(task: dict[str, object]) -> object:
    """What the service says of its own accord: the result, or the problem."""
    return task.get("result", task.get("detail"))
