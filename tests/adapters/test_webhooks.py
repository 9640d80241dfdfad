"""An endpoint that is told of ends: signed as the standard has it, and no way into a network."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from consensus.adapters.local.http_server import serving
from consensus.adapters.webhooks import guarded_post
from consensus.adapters.webhooks.guarded_post import Unreachable, may_connect, post
from consensus.adapters.webhooks.webhook import Webhook
from consensus.adapters.webhooks.webhooks_file import (
    RESULTS_TOPIC,
    read_webhooks,
    subscribers,
    webhook,
    without_secrets,
)
from consensus.config import Settings
from consensus.core.errors import ConfigurationError, NotTold
from consensus.core.model import (
    CloseReason,
    Message,
    Notice,
    NoticeKind,
    Outcome,
    Plan,
    Result,
    State,
    Subscriber,
    Task,
)

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
SECRET, NEXT = "whsec_" + "A" * 32, "whsec_" + "B" * 44
RESULT = Result(
    Outcome.NO_CONSENSUS,
    CloseReason.EXHAUSTED,
    "a secret answer",
    0.5,
    0.6,
    0.0,
    0.4,
    None,
    (),
    "a secret explanation",
)
TASK = Task(
    "task1",
    "acme",
    (Message("user", "a secret question"),),
    Plan(),
    NOON,
    NOON,
    metadata={"order": "7"},
    state=State.DONE,
    result=RESULT,
    finished_at=NOON,
)
NOTICE = Notice("task1", "crm", NoticeKind.UNSETTLED, NOON)
Answer = Callable[[Request], Awaitable[Response]]


@asynccontextmanager
async def endpoint(answer: Answer) -> AsyncIterator[str]:
    """The address of an endpoint that answers so."""
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    async with serving(app) as port:
        yield f"http://127.0.0.1:{port}/hook"


def a_webhook(url: str, *secrets: str) -> Webhook:
    """One on this machine, at the true time: whoever verifies looks at the clock."""
    return Webhook(url, secrets or (SECRET,), loopback=True, now=lambda: datetime.now(UTC))


async def test_a_summary_is_posted_and_signed() -> None:
    """The library's own verifier takes it; nothing of what was asked or answered is in it."""
    came: list[tuple[bytes, dict[str, str]]] = []

    async def answer(request: Request) -> Response:
        came.append((await request.body(), dict(request.headers)))
        return Response(status_code=204)

    async with endpoint(answer) as url:
        for _ in range(2):
            await a_webhook(url).tell(NOTICE, TASK)
    (body, headers), (again, later) = came
    told = Verifier(SECRET).verify(body, headers)
    assert told["type"] == "task.unsettled"
    assert told["timestamp"] == "2026-01-02T12:00:00.000Z"
    assert told["data"] | {"agreement": 0.5, "owner": "acme", "unsettled": True} == told["data"]
    assert told["data"]["outcome"] == "NO_CONSENSUS"
    assert told["data"]["metadata"] == {"order": "7"}
    assert b"secret" not in body
    assert headers["webhook-id"] == later["webhook-id"] == "task1-unsettled"
    assert again == body


async def test_while_a_secret_is_replaced_both_sign() -> None:
    """Whoever has either can verify."""
    came: list[tuple[bytes, dict[str, str]]] = []

    async def answer(request: Request) -> Response:
        came.append((await request.body(), dict(request.headers)))
        return Response(status_code=200)

    async with endpoint(answer) as url:
        await a_webhook(url, SECRET, NEXT).tell(NOTICE, TASK)
    ((body, headers),) = came
    for secret in (SECRET, NEXT):
        assert Verifier(secret).verify(body, headers)["type"] == "task.unsettled"


@pytest.mark.parametrize(
    ("status", "final"), [(400, False), (404, False), (410, True), (429, False), (500, False)]
)
async def test_what_is_no_success_is_told_again(status: int, final: bool) -> None:
    """But for Gone, by which an endpoint says that it wants no more."""

    async def answer(_: Request) -> Response:
        return Response(status_code=status)

    async with endpoint(answer) as url:
        with pytest.raises(NotTold, match=f"answers {status}") as told:
            await a_webhook(url).tell(NOTICE, TASK)
    assert told.value.final == final


async def test_a_redirect_is_not_followed() -> None:
    """Wherever it leads: only what the operator wrote down is asked."""
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        asked.append(request.url.path)
        return RedirectResponse("/elsewhere", 307)

    async with endpoint(answer) as url:
        with pytest.raises(NotTold, match="redirects"):
            await a_webhook(url).tell(NOTICE, TASK)
    assert asked == ["/hook"]


async def test_an_endless_answer_is_not_read() -> None:
    """The status says it all."""
    gone = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 65536
                await asyncio.sleep(0)
        finally:
            gone.set()

    async def answer(_: Request) -> Response:
        return StreamingResponse(body())

    async with endpoint(answer) as url:
        await a_webhook(url).tell(NOTICE, TASK)
        await gone.wait()


async def test_an_endpoint_that_answers_slowly_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has so long for all of it."""
    monkeypatch.setattr(guarded_post, "SECONDS", 0.2)
    left = asyncio.Event()

    async def answer(request: Request) -> Response:
        await request.body()
        await request.receive()  # the next that comes is that it left
        left.set()
        return Response()

    async with endpoint(answer) as url:
        with pytest.raises(NotTold, match="no answer within"):
            await a_webhook(url).tell(NOTICE, TASK)
        await left.wait()


async def test_nobody_there_is_told_again() -> None:
    """A closed port is no end of the matter."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(NotTold, match="no connection") as told:
            await a_webhook(url).tell(NOTICE, TASK)
    assert not told.value.final


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.7",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.0.192",
        "::1",
        "::",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:169.254.169.254",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "2001:0:a9fe:a9fe::1",
    ],
)
def test_addresses_of_no_public_network_are_refused(address: str) -> None:
    """However they are wrapped."""
    assert not may_connect(ipaddress.ip_address(address), loopback=False)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111"])
def test_public_addresses_are_taken_and_never_for_loopback(address: str) -> None:
    """An endpoint on this machine is on this machine."""
    assert may_connect(ipaddress.ip_address(address), loopback=False)
    assert not may_connect(ipaddress.ip_address(address), loopback=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_this_machine(address: str) -> None:
    """In every spelling."""
    assert may_connect(ipaddress.ip_address(address), loopback=True)


def names(monkeypatch: pytest.MonkeyPatch, *looks: list[str]) -> list[str]:
    """Have each look at any name find these addresses; what was connected to."""
    remaining, connected = list(looks), list[str]()

    async def getaddrinfo(host: str, port: int, **_: object) -> list[Any]:
        found = remaining.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    async def connect(_: object, host: str, *args: object) -> object:
        connected.append(host)
        raise guarded_post.httpcore2.ConnectError("enough")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(guarded_post.httpcore2.AnyIOBackend, "connect_tcp", connect)
    return connected


async def test_a_name_is_looked_up_once_and_that_very_address_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever answers for the name cannot answer otherwise for the connection (rebinding)."""
    connected = names(monkeypatch, ["93.184.215.14"], ["169.254.169.254"])
    with pytest.raises(Unreachable, match="enough"):
        await post("https://hooks.example/", {}, b"", loopback=False)
    assert connected == ["93.184.215.14"]


@pytest.mark.parametrize("found", [["10.0.0.7"], ["93.184.215.14", "169.254.169.254"], []])
async def test_a_name_that_leads_into_a_private_network_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, found: list[str]
) -> None:
    """Nor one of whose addresses only one does."""
    connected = names(monkeypatch, found)
    with pytest.raises(Unreachable):
        await post("https://hooks.example/", {}, b"", loopback=False)
    assert connected == []


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "nowhere.invalid", "a..example"])
async def test_what_is_no_name_is_not_asked(host: str) -> None:
    """However a resolver complains of it."""
    with pytest.raises(Unreachable, match="cannot be looked up"):
        await post(f"https://{host}/", {}, b"", loopback=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "localhost", "0x7f.1"])
async def test_this_machine_is_refused_unless_it_is_allowed(host: str) -> None:
    """In any spelling that a resolver takes."""
    asked: list[Request] = []

    async def answer(request: Request) -> Response:
        asked.append(request)
        return Response()

    async with endpoint(answer) as url:
        port = url.rpartition(":")[2].partition("/")[0]
        with pytest.raises(Unreachable):
            await post(f"http://{host}:{port}/", {}, b"", loopback=False)
    assert asked == []


TOML = """
[[webhooks]]
name = "crm"
url = "https://crm.example/hook"
secret = "CRM_SECRET"
owners = ["acme"]

[[webhooks]]
name = "desk"
url = "http://127.0.0.1:9000/"
secret = "DESK_SECRET"
events = ["task.unsettled"]
loopback = true
"""


def written(folder: Path, text: str, name: str = "hooks.toml", **changes: Any) -> Settings:
    """Settings that name a file with that text."""
    path = folder / name
    path.write_text(text)
    return Settings().with_changes(webhooks=path, **changes)


def test_the_file_says_who_is_told_of_whose_tasks(tmp_path: Path) -> None:
    """Of one owner's or of all; the results topic hears of all, where there is a bus."""
    settings = written(tmp_path, TOML, results_topic="results")
    desk = Subscriber("desk", (NoticeKind.UNSETTLED,))
    of = subscribers(settings, topic=False)
    assert of("acme") == (Subscriber("crm"), desk)
    assert of("other") == (desk,)
    assert subscribers(settings, topic=True)("other") == (Subscriber(RESULTS_TOPIC), desk)
    assert subscribers(Settings(), topic=True)("acme") == ()
    assert without_secrets(settings) == {"CRM_SECRET": "", "DESK_SECRET": ""}


def test_secrets_are_named_and_not_told(tmp_path: Path) -> None:
    """They stand in the environment of whoever tells; two while one is replaced."""
    crm, _ = read_webhooks(written(tmp_path, TOML))
    made = webhook(crm, lambda: NOON, {"CRM_SECRET": f"{SECRET} {NEXT}"})
    assert (made.url, made.secrets, made.loopback) == (crm.url, (SECRET, NEXT), False)
    for told in ({}, {"CRM_SECRET": ""}, {"CRM_SECRET": "hunter2"}, {"CRM_SECRET": "whsec_QQ=="}):
        with pytest.raises(ConfigurationError, match="CRM_SECRET") as refused:
            webhook(crm, lambda: NOON, told)
        assert "hunter2" not in str(refused.value)


ONE = {"name": "a", "url": "https://a.example/", "secret": "A"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"url": "http://a.example/"}, "https"),
        ({"url": "http://127.0.0.1/"}, "https"),
        ({"url": "ftp://a.example/", "loopback": True}, "https"),
        ({"url": "https://user:hunter2@a.example/"}, "credentials"),
        ({"url": "https:///hook"}, "must be like"),
        ({"url": "https://a.example/\r\nX: y"}, "must be like"),
        ({"url": "https://bücher.example/"}, "must be like"),
        ({"url": "https://a.example:99999/"}, "must be like"),
        ({"name": "../x"}, "name"),
        ({"name": RESULTS_TOPIC}, "results topic"),
        ({"secret": "whsec_hunter2+/="}, "secret"),
        ({"events": ["task.started"]}, "events"),
        ({"events": []}, "events"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_file_that_cannot_work_is_refused_with_its_place(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    """And with nothing of what was written there, which may be a secret."""
    text = json.dumps({"webhooks": [ONE | change]})
    with pytest.raises(ConfigurationError, match=told) as refused:
        read_webhooks(written(tmp_path, text, "hooks.json"))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"webhooks": 3}', json.dumps({"webhooks": [ONE, ONE]})]
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    """Empty, cut, another form, or with one name for two."""
    with pytest.raises(ConfigurationError, match="CONSENSUS_WEBHOOKS"):
        read_webhooks(written(tmp_path, text, "hooks.json"))
    with pytest.raises(ConfigurationError, match="CONSENSUS_WEBHOOKS"):
        read_webhooks(Settings().with_changes(webhooks=tmp_path / "absent.toml"))


def test_a_summary_of_a_task_whose_figures_are_unknown() -> None:
    """What is not known is null."""
    from consensus.codec.notices import summary

    told = summary(replace(TASK, result=replace(RESULT, confidence=None)))
    assert told["confidence"] is None
    assert told["probability_correct"] is None
