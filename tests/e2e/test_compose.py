"""The whole service as containers: `make compose-test` brings them up, and runs this.

Without the containers the tests are skipped; CONSENSUS_REQUIRE_COMPOSE=1 makes that a failure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

ROOT = Path(__file__).parents[2]
OURS = ("supervisor", "dispatcher", "aggregator", "worker", "stand-ins")
QUESTION = "What is 17% of 2,340?"  # the demo panel knows it

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def http() -> Iterator[httpx2.Client]:
    """A client for the supervisor's container."""
    address = _compose("port", "supervisor", "8080", check=False) if shutil.which("docker") else ""
    if not address and os.environ.get("CONSENSUS_REQUIRE_COMPOSE"):
        pytest.fail("the containers are not up: make compose-up")
    if not address:
        pytest.skip("the containers are not up: make compose-test")
    with httpx2.Client(base_url=f"http://{address}", timeout=90) as client:
        yield client


def test_a_question_is_answered(http: httpx2.Client) -> None:
    """From the POST through every container to the answer that most of the panel gives."""
    task = _ask(http, {"Prefer": "wait=60"})
    assert task["result"]["outcome"] == "CONSENSUS"
    assert task["result"]["answer"] == "397.8"


@pytest.mark.parametrize("part", ["worker", "dispatcher"])
def test_a_task_outlives_who_works_on_it(http: httpx2.Client, part: str) -> None:
    """Killed in mid-task, the part or its successor brings the task to its end."""
    task = _ask(http, {}, min_votes=15, max_votes=15, timeout_seconds=60)
    while not task["progress"]["asked"]:
        task = http.get(f"/v1/tasks/{task['id']}").json()
    _compose("kill", part)
    assert http.get(f"/v1/tasks/{task['id']}").json()["state"] == "RUNNING"
    _compose("start", part)
    assert "event: result" in http.get(f"/v1/tasks/{task['id']}/events").text
    done = http.get(f"/v1/tasks/{task['id']}").json()
    assert done["result"]["outcome"] == "CONSENSUS", done
    assert done["result"]["answer"] == "397.8"


def test_parts_may_do_no_more_than_they_need(http: httpx2.Client) -> None:
    """Nobody's user, no capability, and nothing to write to but what is gone with the container."""
    for part in OURS:
        (told,) = json.loads(_docker("inspect", _compose("ps", "--quiet", part)))
        assert told["Config"]["User"] == "65532:65532", part
        assert told["HostConfig"]["ReadonlyRootfs"], part
        assert told["HostConfig"]["CapDrop"] == ["ALL"], part
        assert told["HostConfig"]["SecurityOpt"] == ["no-new-privileges:true"], part
        assert not told["HostConfig"]["Binds"], part


def test_images_hold_what_runs_and_nothing_else(http: httpx2.Client) -> None:
    """No tests, no installer, no settings of whoever built them."""
    look = (
        "import importlib.util as u, os; print(sorted(os.listdir('/app')),"
        " [n for n in ('pip', 'pytest') if u.find_spec(n)])"
    )
    for part, entry in (("worker", "'health.py', 'server.py'"), ("aggregator", "'main.py'")):
        told = _compose("exec", "-T", part, "python", "-c", look)
        assert told == f"['__pycache__', 'consensus', {entry}] []"


def test_parts_end_when_told(http: httpx2.Client) -> None:
    """Each ends by itself, within the ten seconds that it is given before it is killed."""
    _compose("stop", "--timeout", "10", *OURS)
    try:
        for part in OURS:
            (told,) = json.loads(_docker("inspect", _compose("ps", "--all", "--quiet", part)))
            by_itself = 143 if part == "stand-ins" else 0  # it has nothing to finish
            assert told["State"]["ExitCode"] == by_itself, part
    finally:
        _compose("up", "--detach", "--wait", "--no-build", "--no-recreate")


def _ask(http: httpx2.Client, headers: dict[str, str], **fields: int) -> Any:
    response = http.post("/v1/tasks", json={"prompt": QUESTION, **fields}, headers=headers)
    assert response.status_code in (200, 202), response.text
    return response.json()


def _compose(*arguments: str, check: bool = True) -> str:
    return _docker("compose", "--file", str(ROOT / "compose.yaml"), *arguments, check=check)


def _docker(*arguments: str, check: bool = True) -> str:
    done = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert not check or done.returncode == 0, done.stderr
    return done.stdout.strip() if done.returncode == 0 else ""
