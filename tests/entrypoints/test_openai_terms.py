"""What clients of OpenAI's protocol meet beside an answer: errors, courtesies, odd messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest

from consensus.adapters.local.http_server import serving
from consensus.core.model import State
from consensus.doors import http
from consensus.usecases.submit import Submit
from tests.entrypoints.conftest import Function, Service
from tests.entrypoints.test_chat_completions import submitted

ASK: list[Any] = [{"role": "user", "content": "What is 2 + 2?"}]
CHAT = "/v1/chat/completions"


@pytest.fixture
async def client(service: Service, function: Function) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of the submit entry point."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as opened:
        yield opened


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/completions", 404),
        ("POST", "/v1/embeddings", 404),
        ("POST", "/v1/messages", 404),
        ("POST", "/chat/completions", 404),
        ("POST", "/v1/v1/chat/completions", 404),
        ("GET", "/v1/responses/resp_nothing", 404),
        ("GET", "/v1/models/gpt-4o", 404),
        ("GET", "/v1/models/org/model", 404),
        ("GET", CHAT, 405),
        ("PUT", "/v1/responses", 405),
    ],
)
async def test_every_error_is_in_the_protocols_terms(
    client: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    """An SDK finds `error` with a message, whatever it calls by mistake."""
    response = await client.request(method, path, json={} if method == "POST" else None)
    error = response.json()["error"]
    assert response.status_code == status
    assert error["message"]
    assert error["type"] == "invalid_request_error"
    assert error["code"]
    assert "param" in error
    assert response.headers["x-request-id"].startswith("req_")


async def test_a_route_that_is_not_names_those_that_are(client: httpx2.AsyncClient) -> None:
    """What a client wanted is one of them."""
    message = (await client.post("/v1/completions", json={})).json()["error"]["message"]
    assert "/v1/chat/completions" in message
    assert "/v1/responses" in message


async def test_tasks_keep_their_own_terms(client: httpx2.AsyncClient) -> None:
    """Their errors are problems alone."""
    response = await client.get("/v1/tasks/none")
    assert response.status_code == 404
    assert "error" not in response.json()


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"n": 2}, "n"),
        ({"model": "gpt-4o"}, "model"),
        ({"temprature": 1}, "temprature"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages[0]"),
        ({"messages": [*ASK, {"role": "user", "content": [{"type": "image_url"}]}]}, "messages[1]"),
        ({"stream_options": 1}, "stream_options"),
        ({"consensus": {"no_consensus": 1}}, "consensus.no_consensus"),
        ({"metadata": {"a": {}}}, "metadata"),
    ],
)
async def test_an_error_names_what_is_to_blame(
    client: httpx2.AsyncClient, changes: dict[str, object], param: str
) -> None:
    """param, as the protocol writes it."""
    body = {"model": "consensus", "messages": ASK, **changes}
    error = (await client.post(CHAT, json=body)).json()["error"]
    assert error["param"].startswith(param)


async def test_a_misspelt_field_is_told_its_likeness(client: httpx2.AsyncClient) -> None:
    """A slip of the pen is not taken for a field without effect."""
    body = {"model": "consensus", "messages": ASK, "temprature": 1}
    message = (await client.post(CHAT, json=body)).json()["error"]["message"]
    assert "Did you mean temperature?" in message


@pytest.mark.parametrize(
    ("messages", "heard"),
    [
        ([{"role": "system", "content": ""}, *ASK], ["What is 2 + 2?"]),
        ([{"role": "system", "content": None}, *ASK], ["What is 2 + 2?"]),
        ([*ASK, {"role": "assistant", "content": ""}, *ASK], ["What is 2 + 2?"] * 2),
        ([{"role": "user", "content": [{"type": "input_text", "text": "2?"}]}], ["2?"]),
        ([{"role": "user", "content": ["2", {"type": "text", "text": "?"}]}], ["2\n?"]),
        ([{"role": "user", "content": "half \ud83d"}], ["half \N{REPLACEMENT CHARACTER}"]),
    ],
    ids=["empty-system", "null-system", "empty-turn", "input-text", "strings", "half-an-emoji"],
)
async def test_odd_messages_are_read(
    client: httpx2.AsyncClient, service: Service, messages: list[Any], heard: list[str]
) -> None:
    """What clients send by habit is no reason to refuse the rest."""
    body = {"model": "consensus", "messages": messages, "tools": [{}], "tool_choice": "none"}
    text = b"\xef\xbb\xbf" + json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    asking = asyncio.create_task(client.post(CHAT, content=text, headers=headers))
    stored = await service.store.load(await submitted(service))
    assert stored
    assert [m.content for m in stored.task.messages] == heard
    await service.aggregate.cancel("task1", "local")
    await asking


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "function", "name": "c", "content": "4"},
        {"role": "assistant", "content": None, "function_call": {"name": "c"}},
    ],
)
async def test_a_functions_turn_is_refused_with_advice(
    client: httpx2.AsyncClient, turn: dict[str, object]
) -> None:
    """Functions came before tools, and clients send those."""
    body = {"model": "consensus", "messages": [*ASK, turn]}
    error = (await client.post(CHAT, json=body)).json()["error"]
    assert "tools" in error["message"]
    assert error["param"] == "messages[1]"


async def test_slashes_and_methods(client: httpx2.AsyncClient) -> None:
    """A trailing slash makes no difference; HEAD and OPTIONS are answered."""
    assert (await client.get("/v1/models/")).json()["object"] == "list"
    assert (await client.head("/v1/models")).status_code == 200
    options = await client.options("/v1/chat/completions/")
    assert (options.status_code, options.content) == (204, b"")
    assert set(options.headers["allow"].split(", ")) == {"POST", "OPTIONS"}
    assert (await client.options("/v1/none")).status_code == 404


@pytest.mark.parametrize("given", ["", "x" * 200, "two words"])
async def test_an_id_that_is_none_is_replaced(client: httpx2.AsyncClient, given: str) -> None:
    """Only what a header can carry comes back."""
    response = await client.get("/v1/models", headers={"x-request-id": given})
    assert response.headers["x-request-id"].startswith("req_")


async def test_a_worker_that_asks_its_own_service_is_refused(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """It would ask itself for ever: no task is made, and the SDK does not try again."""
    body = {"model": "consensus", "messages": ASK}
    for path, sent in ((CHAT, body), ("/v1/responses", {"model": "consensus", "input": "2?"})):
        response = await client.post(path, json=sent, headers={"X-Consensus-Seat": "1"})
        assert (response.status_code, response.json()["error"]["code"]) == (508, "loop")
        assert response.headers["x-should-retry"] == "false"
    assert not service.bus.dispatched


def _app(service: Service, *origins: str) -> Any:
    return http.build(
        Submit(service.store, service.bus, service.clock, service.new_id),
        service.aggregate,
        service.store,
        service.clock,
        service.identity,
        max_prompt_bytes=1000,
        origins=origins,
    )


@pytest.mark.parametrize(("origins", "allowed"), [(("https://app.example",), True), ((), False)])
async def test_pages_of_other_sites_call_where_an_operator_lets_them(
    service: Service, origins: tuple[str, ...], allowed: bool
) -> None:
    """The preflight and the call itself; without the setting, neither."""
    origin = {"origin": "https://app.example", "sec-fetch-site": "cross-site"}
    asks = {**origin, "access-control-request-method": "POST"}
    transport = httpx2.ASGITransport(_app(service, *origins))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        preflight = await client.options(CHAT, headers=asks)
        call = await client.post(CHAT, json={"model": "none"}, headers=origin)
    granted = "https://app.example" if allowed else None
    assert preflight.headers.get("access-control-allow-origin") == granted
    assert call.headers.get("access-control-allow-origin") == granted
    assert call.status_code == (404 if allowed else 403)


async def test_a_hundred_streams_that_are_dropped_leave_no_panel_working(
    service: Service,
) -> None:
    """Each hung-up stream ends its task."""
    body = {"model": "consensus", "messages": ASK, "stream": True}
    async with (
        serving(service.supervisor()) as port,
        httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            trust_env=False,
            timeout=60,
            limits=httpx2.Limits(max_connections=None),
        ) as client,
    ):

        async def first_line() -> None:
            async with client.stream("POST", CHAT, json=body) as response:
                async for _ in response.aiter_lines():
                    return

        await asyncio.gather(*(first_line() for _ in range(100)))
    for number in range(1, 101):
        stored = await service.store.load(f"task{number}")
        assert stored
        assert stored.task.state is State.DONE
