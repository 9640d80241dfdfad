"""A real language model behind the whole embedded service: protocol and promises, not its wit.

`make real-model-test` makes its environment. Without it these tests are skipped; with
CONSENSUS_REQUIRE_REAL_MODEL=1 they fail.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.service import Service, service

FOLDER = Path(__file__).parents[1] / "real_model"
BUILT = Path(__file__).parents[2] / "build" / "real-model"
PYTHON = BUILT / "bin" / "python"
REQUIRED = os.environ.get("CONSENSUS_REQUIRE_REAL_MODEL") == "1"
START_SECONDS = 60
OPTIONS: dict[str, Any] = {"min_votes": 2, "max_votes": 3, "timeout_seconds": 90}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    """The model's base URL."""
    if not PYTHON.exists():
        if REQUIRED:
            pytest.fail(f"{PYTHON} is missing: make real-model-test")
        pytest.skip("no real model here: make real-model-test")
    port = _free_port()
    command = [PYTHON, FOLDER / "serve.py", str(port), BUILT]
    with (BUILT / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/health", process)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, (BUILT / "log").read_text()[-2000:]
        try:
            if httpx2.get(url, trust_env=False).is_success:
                return
        except httpx2.TransportError:
            pass
        threading.Event().wait(0.2)
    pytest.fail(f"the model did not start within {START_SECONDS} s")


@pytest.fixture(scope="module")
def served(model: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service that asks it."""
    store = tmp_path_factory.mktemp("store") / "tasks.sqlite3"
    told = {"OPENAI_MODEL": "gemma", "CONSENSUS_TEMPERATURE": "0.3", "CONSENSUS_WORKERS": "1"}
    with service(model, store, **told, CONSENSUS_MAX_WORKERS="1") as running:
        yield running


def _post(served: Service, prompt: str, **options: Any) -> Any:
    body = {"prompt": prompt, **OPTIONS, **options}
    return served.http.post("/v1/tasks", json=body).json()


@pytest.mark.timeout(170)
@pytest.mark.parametrize(
    ("prompt", "strategy"),
    [("What is 2 + 3?", "numeric"), ("Which planet has rings?", "exact")],
)
def test_it_votes(served: Service, prompt: str, strategy: str) -> None:
    """Every seat brings a ballot, the votes are counted, and their probabilities are real."""
    task = served.end_of(_post(served, prompt, strategy=strategy)["id"])
    progress, result = task["progress"], task["result"]
    assert progress["asked"] == progress["voted"] + progress["abstained"]
    assert result["outcome"] in ("CONSENSUS", "NO_CONSENSUS")
    assert sum(group["votes"] for group in result["groups"]) == progress["voted"] >= 2
    votes = served.http.get(f"/v1/tasks/{task['id']}/votes").json()["votes"]
    told = [vote for vote in votes if "answer" in vote and vote.get("confidence") is not None]
    assert len(told) == progress["voted"]
    assert all(0 <= vote["confidence"] <= 1 for vote in told)
    # What a model states of itself is whole per cent; what its tokens say is not.
    assert any(round(vote["confidence"], 2) != vote["confidence"] for vote in told)
    assert task["usage"]["output_tokens"] > 0


@pytest.mark.timeout(170)
def test_a_client_streams_it(served: Service) -> None:
    """As a chat completion: progress, the answer or a refusal, the end, the tokens."""
    body = {
        "model": "consensus",
        "messages": [{"role": "user", "content": "What is 4 + 4?"}],
        "consensus": OPTIONS,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    with served.http.stream("POST", "/v1/chat/completions", json=body, timeout=120) as response:
        lines = list(response.iter_lines())
    chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    said = "".join(c["delta"].get("content") or c["delta"].get("refusal") or "" for c in choices)
    assert said
    assert choices[-1]["finish_reason"] in ("stop", "content_filter")
    assert chunks[-1]["usage"]["completion_tokens"] > 0
    assert lines[-2:] == ["data: [DONE]", ""]
    assert any(line.startswith(": {") for line in lines)


@pytest.mark.timeout(170)
def test_cancelling_reaches_it(served: Service, model: str) -> None:
    """A cancelled task ends at once, and the model stops working for it."""
    task_id = _post(served, "What is 5 + 5?", min_votes=3, max_votes=3)["id"]
    slots = f"{model.removesuffix('/v1')}/slots"

    def working() -> int:
        return sum(slot["is_processing"] for slot in httpx2.get(slots, trust_env=False).json())

    _until(lambda: working() > 0 or served.task(task_id)["state"] == "DONE")
    ended = served.http.post(f"/v1/tasks/{task_id}/cancel").json()
    assert ended["state"] == "DONE"
    _until(lambda: working() == 0)


def _until(holds: Any) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until, "it did not come about"
        threading.Event().wait(0.05)
