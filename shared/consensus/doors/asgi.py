"""What the doors share about ASGI: bodies with a limit, and an app inside somebody else's route."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from consensus.codec.requests import TooLarge
from consensus.core import figures
from consensus.core.errors import ConfigurationError
from consensus.doors.problem import TooSlow, of_error

log = logging.getLogger(__name__)

BODY_SECONDS = 20.0  # for a body, and longer by what has come of it at the slowest rate
SLOWEST: Final = 8192  # bytes a second


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body; raises TooLarge as soon as it has more than limit bytes, TooSlow in time."""
    body = bytearray()
    async for chunk in read_chunks(request, limit):
        body += chunk
    return bytes(body)


async def read_chunks(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes. Raises as `read_body` does.

    The time grows with what has come: a long body may take long, a trickled one may not.
    """
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > limit:
        raise _too_large(announced, limit)
    size = 0
    loop = asyncio.get_running_loop()
    began = loop.time()
    chunks = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout_at(began + BODY_SECONDS + size / SLOWEST):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise TooSlow("The body came too slowly; send it whole.") from None
        size += len(chunk)
        if size > limit:
            raise _too_large("", limit)
        yield chunk


def _too_large(announced: str, limit: int) -> TooLarge:
    known = announced.isdigit() and len(announced) < 16
    said = figures.too_much(int(announced), limit) if known else f"at most {figures.size(limit)}"
    return TooLarge(f"The request is too large: {said}.")


class Lazy:
    """An ASGI app built when the first request comes, for hosts that offer one catch-all route.

    Importing a function's module then costs nothing and needs no settings.
    """

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build
        self._app: ASGIApp | None = None

    def response(self) -> Response:
        """A response that is the app's own answer to the request it is returned for."""
        try:
            self._app = self._app or self._build()
        except ConfigurationError as error:
            log.error("for the operator: %s", error)
            return of_error(error)
        return _Delegated(self._app)


class _Delegated(Response):
    """Hands the connection, its body still unread, to another app."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The app routes by the whole path; what the host's route found in it is not its own.
        await self._app({**scope, "path_params": {}}, receive, send)
