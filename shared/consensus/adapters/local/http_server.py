"""An ASGI application served on loopback, inside the running event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from consensus.adapters.local.http_connections import (
    ACCEPTED_AT_ONCE,
    KEEP_ALIVE_SECONDS,
    Connection,
    most_connections,
)
from consensus.core.errors import ConfigurationError

# An event stream may never end by itself: at shutdown it gets this long, then is cut.
GRACE_SECONDS = 1
WAITING = 2048  # connections that may wait to be accepted


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: the process that serves owns them."""
        yield


@asynccontextmanager
async def serving(app: ASGIApp, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """Serve the application while the context is open; yields the port, a free one for port 0.

    Raises ConfigurationError where the port is taken.
    """
    # Our doors log their own errors; its words on streams that outlive the service help nobody.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    most_connections()  # asks for more open files while there is time
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        backlog=ACCEPTED_AT_ONCE,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not running.done():  # noqa: ASYNC110  uvicorn has no event
            await asyncio.sleep(0.005)
        if server.started:
            listener.listen(WAITING)
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await running
        listener.close()


def ensure_free(port: int, host: str = "127.0.0.1") -> None:
    """Raise ConfigurationError at once where the port is taken, rather than after the start."""
    _listen(host, port).close()


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        message = f"Port {port} on {host} is not free. Name another with --port, or 0 for any."
        raise ConfigurationError(message) from error
    return listener
