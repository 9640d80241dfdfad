"""`consensus list`: what it asks a service for, and what it shows."""

from __future__ import annotations

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from typer.testing import CliRunner

from consensus.adapters.local.http_server import serving
from consensus.cli.main import app, run
from tests.cli.service import done


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


def test_a_refused_key_says_where_it_is_taken_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The service speaks to programs, of headers; the command, to people."""

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
    assert "CONSENSUS_API_KEY" in capsys.readouterr().err
