"""`consensus list`: what it asks a service for, and what it shows."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from typer.testing import CliRunner

from consensus.adapters.local.http_server import serving
from consensus.cli.main import app, run
from consensus.cli.tasks import summary
from tests.cli.service import done

ALL = ["GET", "POST"]


@pytest.mark.parametrize(
    ("flags", "asked"),
    [
        ([], {"page_size": "20"}),
        (["--unsettled"], {"page_size": "20", "unsettled": "true"}),
        (
            ["--unsettled", "--everyone", "--limit", "5"],
            {"page_size": "5", "unsettled": "true", "everyone": "true"},
        ),
        (["--outcome", "NO_CONSENSUS"], {"page_size": "20", "outcome": "NO_CONSENSUS"}),
    ],
)
def test_a_list_asks_for_what_its_flags_say(flags: list[str], asked: dict[str, str]) -> None:
    """And shows a line for each task."""
    queries: list[dict[str, str]] = []

    async def page(request: Request) -> Response:
        queries.append(dict(request.query_params))
        return JSONResponse({"tasks": [done("NO_CONSENSUS")], "next_page_token": ""})

    async def listed() -> str:
        async with serving(Starlette(routes=[Route("/v1/tasks", page)])) as port:
            command = ["list", *flags, "--url", f"http://127.0.0.1:{port}"]
            result = await asyncio.to_thread(CliRunner().invoke, app, command)
        assert result.exit_code == 0, result.output
        return result.output

    told = asyncio.run(listed())
    assert "no consensus" in told
    assert "→" not in told, "what leads is no answer"
    assert queries == [asked]


@pytest.mark.parametrize("command", ["watch", "votes", "cancel"])
async def test_an_unknown_task_names_the_command_that_lists_those_there_are(
    consensus: Callable[..., subprocess.CompletedProcess[str]], command: str
) -> None:
    """Not a route: people have no use for it here."""

    async def refuse(_: Request) -> Response:
        detail = "You have no task of that id. GET /v1/tasks lists yours."
        return JSONResponse({"detail": detail, "reason": "TASK_NOT_FOUND"}, 404)

    async with serving(Starlette(routes=[Route("/{any:path}", refuse, methods=ALL)])) as port:
        url = f"http://127.0.0.1:{port}"
        ended = await asyncio.to_thread(consensus, command, "t1", "--url", url)
    assert ended.returncode == 1
    assert "`consensus list`" in ended.stderr
    assert "/v1" not in ended.stderr


@pytest.mark.parametrize(("key", "says"), [("", "is not set"), ("wrong", "was sent, and refused")])
def test_a_refused_key_says_first_where_it_is_taken_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], key: str, says: str
) -> None:
    """The service speaks to programs, of headers; the command, to people."""
    monkeypatch.setenv("CONSENSUS_API_KEY", key)

    async def refuse(_: Request) -> Response:
        return JSONResponse({"detail": "Send a key.", "reason": "UNAUTHENTICATED"}, 401)

    async def listed() -> int:
        async with serving(Starlette(routes=[Route("/v1/tasks", refuse)])) as port:
            arguments = ["consensus", "list", "--url", f"http://127.0.0.1:{port}"]
            monkeypatch.setattr("sys.argv", arguments)
            with pytest.raises(SystemExit) as ended:
                await asyncio.to_thread(run)
        return int(str(ended.value.code))

    assert asyncio.run(listed()) == 1
    told = capsys.readouterr().err
    assert told.partition("CONSENSUS_API_KEY")[2].startswith(f" {says}. The service says: ")
    assert "Send a key." in told


@pytest.mark.parametrize(
    ("zone", "says"), [("UTC", "2026-01-01 00:00:00 UTC"), ("XYZ-2", "2026-01-01 02:00:00 XYZ")]
)
def test_times_are_told_with_their_zone(
    monkeypatch: pytest.MonkeyPatch, zone: str, says: str
) -> None:
    """This machine's own."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert summary(done()).startswith(says)
    finally:
        monkeypatch.undo()
        time.tzset()
