"""Connections of our HTTP servers: bounded in number, and none waits for ever for its request.

Whoever sends half a header, trickles one, or opens connections and says nothing, needs no key for
it. So a header has its time from the connection's first moment, or from its first byte on one that
is used again; and where there are as many connections as there may be, a new one takes the place of
the oldest that has asked for nothing, and is refused only if all are being served.

What a body may take is the doors' to say (`doors/asgi.py`): they also stand where another server
accepts the connections.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import sys
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

log = logging.getLogger(__name__)

HEADER_SECONDS = 10.0  # for a whole header
LINGER_SECONDS = 1.0  # for a client to read why it was refused: a close at once may reset that
KEEP_ALIVE_SECONDS = 75  # longer than clients keep theirs: whoever closes first cannot be too late
ACCEPTED_AT_ONCE = 64  # between two looks at how many there are
MOST = 12_000
KEPT_FOR_OTHERS: Final = 96  # descriptors: files, workers, the loop, libraries
WANTED: Final = 16_384  # descriptors
TELL_EVERY = 10.0  # seconds between two lines on refusals


def _refusal(status: HTTPStatus, reason: str, title: str, detail: str, header: str = "") -> bytes:
    """A whole answer, as the doors would give it (`doors/problem.py`)."""
    told = {
        "type": f"urn:consensus:problem:{reason.lower().replace('_', '-')}",
        "title": title,
        "status": status.value,
        "detail": detail,
        "reason": reason,
    }
    body = json.dumps(told, separators=(",", ":"))
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\n{header}"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


_TOO_MANY: Final = _refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "TOO_MANY_CONNECTIONS",
    "Too many connections are open",
    "Close some, or come again.",
    "Retry-After: 2\r\n",
)
_TOO_LONG: Final = _refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "HEADER_TOO_LARGE",
    "The header is too large",
    "Send a shorter path, and fewer or shorter header fields: 16 KiB at most.",
)
_UNREADABLE: Final = _refusal(
    HTTPStatus.BAD_REQUEST,
    "MALFORMED",
    "The request is not well formed",
    "Send HTTP/1.1 with one Host, and with one Content-Length or chunks.",
)


@lru_cache
def most_connections() -> int:
    """How many connections this process may hold, once it has asked for all the files it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = WANTED if hard == unlimited else min(hard, WANTED)
    if soft != unlimited and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (OSError, ValueError):
            log.info("no more than %d open files", soft)
    if soft == unlimited:
        return MOST
    return max(8, min(MOST, (soft - KEPT_FOR_OTHERS) * 3 // 4))


class Connection(H11Protocol):
    """One connection: uvicorn's, with a bound on its silence and on how many there are."""

    _waiting: asyncio.TimerHandle | None = None
    _is_over = False  # what comes was refused: the rest of it is not read
    _told_at = float("-inf")  # of all connections, when a refusal was last told

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection in, in place of an idle one where there are too many."""
        if len(self.connections) >= most_connections():
            idle = next((c for c in _oldest_first(self.connections) if c.is_idle), None)
            if idle is None:
                self._refuse(transport)
                return
            idle.end()
        super().connection_made(transport)
        self._opened_at = self.loop.time()
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Hand the bytes on; a request that has begun to come has its time to be complete."""
        if self.transport is None or self.transport.is_closing() or self._is_over:
            return
        super().data_received(data)
        if self.is_idle:
            self._wait()
        else:
            self._no_longer_wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._no_longer_wait()
        if self.transport is not None:
            super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """The next request may come on the same connection."""
        super().on_response_complete()
        if not self.is_idle:  # it was here already, behind this one
            self._no_longer_wait()

    @property
    def is_idle(self) -> bool:
        """Whether it has asked for nothing that is still to be answered."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def opened_at(self) -> float:
        """When it came, on the loop's clock."""
        return self._opened_at

    def end(self) -> None:
        """Close it, whatever it was about to say."""
        self._no_longer_wait()
        self.connections.discard(self)
        self._unset_keepalive_if_required()
        self.transport.abort()

    def _wait(self) -> None:
        # Not set anew by each byte: a trickle would hold it for ever.
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEADER_SECONDS, self._too_slow)

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.end()

    def _no_longer_wait(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def send_400_response(self, msg: str) -> None:
        """Say why what came cannot be read, unless an answer to it has begun, and close."""
        error = sys.exception()  # h11's: called where it is handled
        hint = getattr(error, "error_status_hint", HTTPStatus.BAD_REQUEST)
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            is_long = hint == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            self.transport.write(_TOO_LONG if is_long else _UNREADABLE)
        if not self.is_idle:  # nobody hears any more what the application says
            self.cycle.disconnected = True
            self.cycle.waiting_for_100_continue = False
            self.cycle.message_event.set()
        self._is_over = True
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self._let_go)

    def _let_go(self) -> None:
        """Close it, but not before all is sent that was said."""
        if self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size():
            self.transport.close()
        else:
            self.end()

    def _refuse(self, transport: asyncio.Transport) -> None:
        transport.write(_TOO_MANY)
        transport.close()
        now = self.loop.time()
        if now - Connection._told_at > TELL_EVERY:
            Connection._told_at = now
            log.warning("refusing connections", extra={"count": len(self.connections)})


def _oldest_first(connections: set[Any]) -> Iterator[Connection]:
    yield from sorted(connections, key=lambda connection: connection.opened_at)
