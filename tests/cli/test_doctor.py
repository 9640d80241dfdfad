"""The doctor's findings."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consensus.adapters.local.http_server import serving
from consensus.cli.doctor import (
    Check,
    Finding,
    endpoint,
    endpoints,
    free_port,
    python,
    required_parts,
    store,
    tried,
    webhooks,
)
from consensus.config import Settings
from consensus.distribution import pip_install
from tests.adapters.misbehaving import Json, always, chunk, error, events
from tests.adapters.misbehaving import endpoint as model_endpoint
from tests.cli.conftest import environment

Run = Callable[..., subprocess.CompletedProcess[str]]

MODELS = {"data": [{"id": "gpt-4o-mini"}]}


def _settings(**values: Any) -> Settings:
    return Settings(openai_api_key="secret", openai_base_url="http://model.test/v1", **values)


def _answering(status: int, body: object) -> httpx2.MockTransport:
    return httpx2.MockTransport(lambda _: httpx2.Response(status, json=body))


@pytest.mark.parametrize(
    ("status", "body", "finding", "says"),
    [
        (200, MODELS, Finding.OK, "has the model gpt-4o-mini"),
        (200, {"data": []}, Finding.NOTE, "does not list the model"),
        (200, ["?"], Finding.NOTE, "does not list the model"),
        (404, {}, Finding.NOTE, "does not list its models"),
        (401, {}, Finding.PROBLEM, "refuses the key"),
        (403, {}, Finding.PROBLEM, "refuses the key"),
        (502, {}, Finding.PROBLEM, "fails (502)"),
    ],
)
def test_the_endpoint_is_judged_by_its_answer(
    status: int, body: object, finding: Finding, says: str
) -> None:
    """Only what would stop a question is a problem; the key itself is never told."""
    check = endpoint(_settings(), _answering(status, body))
    assert check.finding is finding
    assert says in check.what
    assert "secret" not in check.what + check.todo


SECRET = "whsec_" + "A" * 44


def test_every_webhook_is_told_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes it, one that refuses, and one that may not be asked."""
    hooks = tmp_path / "hooks.toml"
    hook = '[[webhooks]]\nname = "{}"\nurl = "{}"\nsecret = "HOOK_SECRET"\nloopback = {}\n'
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    heard: list[Any] = []

    async def take(request: Request) -> Response:
        told = Webhook(SECRET).verify(await request.body(), dict(request.headers))
        heard.append((request.url.path, told["type"]))
        return Response(status_code=204 if request.url.path == "/yes" else 401)

    async def look() -> list[Check]:
        app = Starlette(routes=[Route("/{path}", take, methods=["POST"])])
        async with serving(app) as port:
            here = f"http://127.0.0.1:{port}"
            listed = [
                hook.format("yes", f"{here}/yes", "true"),
                hook.format("no", f"{here}/no", "true"),
                hook.format("inner", f"https://127.0.0.1:{port}/inner", "false"),
            ]
            hooks.write_text("".join(listed))
            settings = Settings().with_changes(webhooks=hooks)
            return await asyncio.to_thread(lambda: list(webhooks(settings)))

    yes, no, inner = asyncio.run(look())
    assert (yes.finding, no.finding, inner.finding) == (Finding.OK, Finding.NOTE, Finding.NOTE)
    assert "answers 401" in no.what
    assert "private" in inner.what
    assert heard == [("/yes", "webhook.test"), ("/no", "webhook.test")]
    monkeypatch.delenv("HOOK_SECRET")
    (lacking,) = webhooks(Settings().with_changes(webhooks=hooks))
    assert (lacking.finding, "HOOK_SECRET" in lacking.what) == (Finding.PROBLEM, True)


def test_every_voter_of_a_panel_is_looked_at(tmp_path: Path) -> None:
    """Each voter's own endpoint and model."""
    panel = tmp_path / "panel.json"
    voters = [
        {"name": "ann", "model": "gpt-4o-mini"},
        {"name": "bob", "model": "b", "base_url": "http://bob.test/v1"},
    ]
    panel.write_text(json.dumps({"voters": voters}))
    said = list(endpoints(_settings(panel=panel), _answering(200, MODELS)))
    assert [check.finding for check in said] == [Finding.OK, Finding.NOTE]
    assert "http://bob.test/v1" in said[1].what


def test_a_panel_that_cannot_work_is_a_problem(tmp_path: Path) -> None:
    """The finding names the file."""
    (check,) = endpoints(_settings(panel=tmp_path / "none.toml"))
    assert check.finding is Finding.PROBLEM
    assert "none.toml" in check.what


def test_an_unreachable_endpoint_is_a_problem_with_its_remedy() -> None:
    """No connection names the address and what to look at."""

    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    check = endpoint(_settings(), httpx2.MockTransport(refuse))
    assert check.finding is Finding.PROBLEM
    assert "http://model.test/v1 does not answer" in check.what
    assert "OPENAI_BASE_URL" in check.todo


def test_no_endpoint_is_fine_and_says_who_answers() -> None:
    """The demo panel stands in, and is named."""
    check = endpoint(Settings(openai_api_key=None, openai_base_url=None))
    assert check.finding is Finding.OK
    assert "demo panel" in check.what


def test_serve_s_event_loop_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """`serve` cannot run without it."""
    monkeypatch.setitem(sys.modules, "uvloop", None)
    (check,) = required_parts()
    assert (check.finding, check.what) == (Finding.PROBLEM, "not installed: uvloop")


def test_a_command_without_a_package_says_which_to_install(consensus: Run, tmp_path: Path) -> None:
    """And speaks of nothing that should not happen."""
    absent = "raise ModuleNotFoundError(\"No module named 'uvloop'\", name='uvloop')\n"
    (tmp_path / "uvloop.py").write_text(absent)
    path = os.pathsep.join([str(tmp_path), environment()["PYTHONPATH"]])
    run = consensus("serve", "--port", "0", PYTHONPATH=path)
    assert run.returncode == 1
    told = f"error: the package uvloop is not installed: {pip_install()}"
    assert run.stderr.splitlines()[-1] == told
    assert "never awaited" not in run.stderr


def test_an_old_python_is_a_problem() -> None:
    """3.11 is the oldest that works."""
    assert python((3, 10, 9)).finding is Finding.PROBLEM
    assert python((3, 11, 0)).finding is Finding.OK


def test_a_taken_port_is_a_note_with_another() -> None:
    """serve's port being taken does not stop ask."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        check = free_port(listener.getsockname()[1])
    assert check.finding is Finding.NOTE
    assert "--port" in check.todo


def test_a_store_that_cannot_be_written_is_a_note(tmp_path: Path) -> None:
    """A directory where the file should be names the setting to change."""
    assert store(tmp_path / "new" / "tasks.sqlite3").finding is Finding.OK
    check = store(tmp_path)
    assert check.finding is Finding.NOTE
    assert "CONSENSUS_STORE" in check.todo


def test_the_command_exits_by_its_worst_finding(consensus: Run) -> None:
    """0 where ask can work, 1 with a setting that cannot, each with a readable list."""
    fine = consensus("doctor")
    assert fine.returncode == 0
    assert "ok       Python 3" in fine.stdout
    broken = consensus("doctor", CONSENSUS_WORKERS="many")
    assert broken.returncode == 1
    assert "problem  Bad setting: CONSENSUS_WORKERS must be a whole number" in broken.stdout
    unreachable = consensus("doctor", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert unreachable.returncode == 1
    assert "does not answer" in unreachable.stdout


async def test_one_tiny_question_shows_what_an_endpoint_takes() -> None:
    """What it refused is told as lacking; a key that is refused, as a problem."""

    async def fussy(body: Json) -> Response:
        if "logprobs" in body or body["messages"][0]["role"] == "system":
            what = "logprobs" if "logprobs" in body else "System role"
            return error(400, message=f"{what} not supported")
        return events(chunk('{"reasoning": "", "answer": "4", "confidence": 99}', "stop"))

    async with model_endpoint(fussy) as url:
        check = await asyncio.to_thread(tried, _settings().with_changes(openai_base_url=url))
    assert check.finding is Finding.OK
    for told in ("streams", "no log-probabilities", "JSON schemas", "no system role"):
        assert told in check.what
    async with model_endpoint(always(error(401))) as url:
        check = await asyncio.to_thread(tried, _settings().with_changes(openai_base_url=url))
    assert check.finding is Finding.PROBLEM
    assert "OPENAI_API_KEY" in check.what


def test_a_machine_without_a_model_server_says_where_it_looked(consensus: Run) -> None:
    """--local asks nobody else."""
    run = consensus("ask", "--local", "x", OLLAMA_HOST="127.0.0.1:9")
    if "Asking" not in run.stderr:  # a server of the developer's own may be there
        assert run.returncode == 1
        assert "ollama serve" in run.stderr
