"""Connections that ask for nothing, or trickle it, keep nobody out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from consensus.adapters.local import http_connections
from consensus.adapters.local.http_server import serving
from consensus.doors import asgi, problem

HALF = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"


async def _echo(request: Request) -> Response:
    return Response(await asgi.read_body(request, 1000))


async def _stream(_: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        yield b"here"
        await asyncio.Event().wait()

    return StreamingResponse(parts())


APP = Starlette(
    routes=[
        Route("/", _echo, methods=["GET", "POST"]),
        Route("/stream", _stream),
    ],
    exception_handlers=problem.HANDLERS,
)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most four connections, and little time."""
    monkeypatch.setattr(http_connections, "most_connections", lambda: 4)
    monkeypatch.setattr(http_connections, "HEADER_SECONDS", 0.2)
    monkeypatch.setattr(http_connections, "LINGER_SECONDS", 0.1)
    monkeypatch.setattr(asgi, "BODY_SECONDS", 0.2)


Open = Callable[[int, bytes], Awaitable[asyncio.StreamReader]]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """Opens a connection to a port, says something, and leaves it open."""
    writers = []

    async def open_one(port: int, said: bytes) -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        writer.write(said)
        return reader

    yield open_one
    for writer in writers:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(10):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


@pytest.mark.parametrize("said", [b"", HALF, b"G"])
async def test_a_header_that_does_not_come_ends_its_connection(said: bytes) -> None:
    """Also where it trickles: each byte gives it no more time."""
    async with serving(APP) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)

        async def trickle() -> None:
            left = list(HALF.removeprefix(said) + b"a" * 1000) if said else []
            while left:
                await asyncio.sleep(0.02)
                writer.write(bytes([left.pop(0)]))

        trickling = asyncio.create_task(trickle())
        assert await _read(reader) == b""
        trickling.cancel()
        writer.close()


async def test_a_used_connection_may_not_trickle_either() -> None:
    """The next header on it has its time from its first byte on."""
    async with serving(APP) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(10):
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
        writer.write(HALF)
        assert await _read(reader) == b""
        writer.close()


async def test_a_trickled_body_is_answered_408(opened: Open) -> None:
    """The door says so, whatever server accepted the connection."""
    async with serving(APP) as port:
        reader = await opened(port, POST + b"a")
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"\r\n\r\n")
        assert b"408" in answer.partition(b"\r\n")[0]
        assert b"connection: close" in answer.lower()


async def test_idle_connections_make_room_for_one_that_asks(opened: Open) -> None:
    """However many half-sent headers come, others are served meanwhile."""
    async with serving(APP) as port:
        idle = [await opened(port, HALF) for _ in range(12)]
        async with httpx2.AsyncClient(trust_env=False) as client:
            for _ in range(3):
                reply = await client.post(f"http://127.0.0.1:{port}/", content=b"hello")
                assert (reply.status_code, reply.text) == (200, "hello")
        assert [await _read(reader) for reader in idle] == [b""] * 12


async def test_where_all_are_served_a_new_one_is_refused_in_words(opened: Open) -> None:
    """Streams are not broken for newcomers; these are told."""
    async with serving(APP) as port:
        ask = b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
        streams = [await opened(port, ask) for _ in range(4)]
        for stream in streams:
            async with asyncio.timeout(10):
                assert b"200 OK" in await stream.readuntil(b"here")
        refused = await _read(await opened(port, b""))
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b'"TOO_MANY_CONNECTIONS"' in refused
        assert not any(stream.at_eof() for stream in streams)


async def test_a_header_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """In pieces that come fast enough, it would grow for as long as a header may take."""
    monkeypatch.setattr(http_connections, "HEADER_SECONDS", 60)
    async with serving(APP) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HALF)
        for _ in range(100):
            writer.write(b"a" * 1000)
            await asyncio.sleep(0)
        assert (await _read(reader)).startswith(b"HTTP/1.1 431")
        writer.close()


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        (
            HALF + b"a" * 17_000,
            431,
            "HEADER_TOO_LARGE",
        ),
        (POST.replace(b"\r\n\r\n", b"\r\nContent-Length: 7\r\n\r\n"), 400, "MALFORMED"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400, "MALFORMED"),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400, "MALFORMED"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "MALFORMED"),
        (
            POST.replace(b"Content-Length: 100", b"Transfer-Encoding: chunked") + b"no size\r\n",
            400,
            "MALFORMED",
        ),
    ],
)
async def test_what_cannot_be_read_is_refused_as_elsewhere(
    opened: Open, said: bytes, status: int, reason: str
) -> None:
    """By a problem that says what to do, on a connection that is then closed."""
    async with serving(APP) as port:
        answer = await _read(await opened(port, said))
        header, _, body = answer.partition(b"\r\n\r\n")
        assert header.startswith(f"HTTP/1.1 {status} ".encode())
        assert b"application/problem+json" in header
        told = json.loads(body)
        assert (told["status"], told["reason"]) == (status, reason)
        assert told["detail"]


EARLY = "early"


async def _early(_: Request) -> Response:
    return Response(EARLY, 404)


async def test_what_was_answered_is_answered_once(opened: Open) -> None:
    """Rubbish after a request's answer, as the rest of its body, brings no second one."""
    app = Starlette(routes=[Route("/", _early, methods=["POST"])])
    chunked = POST.replace(b"Content-Length: 100", b"Transfer-Encoding: chunked")
    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(chunked)
        async with asyncio.timeout(10):
            assert b" 404 " in await reader.readuntil(EARLY.encode())
        writer.write(b"no size\r\n")
        assert await _read(reader) == b""
        writer.close()


async def test_an_answer_is_sent_whole_though_rubbish_follows(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slowly it is read: its connection is closed once all of it has gone."""
    size, let_go = 20_000_000, asyncio.Event()
    lets_go = http_connections.Connection._let_go

    def noted(self: http_connections.Connection) -> None:
        lets_go(self)
        let_go.set()

    async def large(_: Request) -> Response:
        return Response(b"a" * size)

    monkeypatch.setattr(http_connections.Connection, "_let_go", noted)
    async with serving(Starlette(routes=[Route("/", large)])) as port:
        reader = await opened(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\nno request\r\n\r\n")
        await let_go.wait()
        header, _, body = (await _read(reader)).partition(b"\r\n\r\n")
        assert b"200 OK" in header
        assert body.startswith(b"a" * size)


async def test_a_connection_that_was_refused_is_let_go() -> None:
    """Though its client talks on and does not close."""
    async with serving(APP) as port, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"no request\r\n\r\n")
        assert b" 400 " in await _read(reader)

        async def talk() -> None:
            while True:
                writer.write(b"more")
                await writer.drain()
                await asyncio.sleep(0)

        with pytest.raises(ConnectionError):
            await talk()
        writer.close()


async def test_who_offers_another_protocol_is_served_in_this_one() -> None:
    """As curl --http2 does, with a body or without."""
    offer = {"Connection": "Upgrade", "Upgrade": "h2c"}
    async with serving(APP) as port, httpx2.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{port}/"
        said = await client.post(url, content=b"seven", headers=offer)
        assert (said.status_code, said.content) == (200, b"seven")
        said = await client.get(url, headers=offer)
        assert (said.status_code, said.content) == (200, b"")
