"""A model endpoint that misbehaves on cue, over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from consensus.adapters.local.http_server import serving

Json = dict[str, Any]
Handler = Callable[[Json], Awaitable[Response]]


def chunk(content: str | None = None, finish: str | None = None, **more: object) -> Json:
    """One chunk of a stream, as the protocol has it."""
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "model": "m-1",
        "choices": [choice],
    } | more


def events(*said: object, done: bool = True) -> Response:
    """A stream of these chunks; text is sent as it is."""
    lines = [one if isinstance(one, str) else json.dumps(one) for one in said]
    body = "".join(f"data: {line}\n\n" for line in [*lines, *(["[DONE]"] if done else [])])
    return Response(body, media_type="text/event-stream")


def hanging(*said: object, gone: asyncio.Event | None = None) -> Response:
    """A stream that says this and then nothing more; gone is set when its reader has left."""

    async def body() -> AsyncIterator[str]:
        try:
            for one in said:
                yield f"data: {json.dumps(one)}\n\n"
            await asyncio.Event().wait()
        finally:
            if gone:
                gone.set()

    return StreamingResponse(body(), media_type="text/event-stream")


def always(response: Response) -> Handler:
    """The same response to every call."""

    async def handler(_: Json) -> Response:
        return response

    return handler


def error(status: int, code: str = "", message: str = "", **headers: str) -> Response:
    """An OpenAI-shaped error."""
    body = {"error": {"message": message, "type": "t", "param": None, "code": code or None}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(json.dumps(body), status, named, "application/json")


@asynccontextmanager
async def endpoint(handler: Handler, requests: list[Json] | None = None) -> AsyncIterator[str]:
    """Serve the handler for chats; yields the base URL. requests collects bodies."""

    async def answer(request: Request) -> Response:
        body = await request.json()
        if requests is not None:
            requests.append(body)
        return await handler(body)

    routes = [Route("/v1/chat/completions", answer, methods=["POST"])]
    async with serving(Starlette(routes=routes)) as port:
        yield f"http://127.0.0.1:{port}/v1"


@asynccontextmanager
async def cut_off(head: bytes) -> AsyncIterator[str]:
    """An endpoint that sends these bytes and closes the connection; yields the base URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
