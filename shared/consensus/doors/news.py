"""An owner's newest tasks as they change, as server-sent events.

Read from the store and put into words once for all who follow an owner's list, however many they
are: what a change costs does not grow with them, but for the bytes.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from consensus.codec.responses import summary_to_json
from consensus.core.errors import CallerError, TransientError
from consensus.doors.following import EventStream, with_heartbeats
from consensus.doors.sse import RECONNECT, STILL_HERE, Event
from consensus.ports import LISTENING, Change, Clock, TaskStore

log = logging.getLogger(__name__)

STREAM_SECONDS: Final = 540.0  # of a list's stream: less than a request may last anywhere
MOST_STREAMS: Final = 1000  # that an owner may have open, of its list and of single tasks


class TooManyStreams(CallerError):
    """All the event streams are open that an owner may have (429)."""

    reason = "TOO_MANY_STREAMS"


class Streams:
    """Counts each owner's open streams."""

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    def opened(self, owner: str, chunks: AsyncGenerator[bytes, None]) -> EventStream:
        """The owner's stream of these, which counts until it ends. Raises TooManyStreams."""
        if self._open[owner] >= self._most:
            raise TooManyStreams(f"You may have {self._most} event streams open; close some.")
        self._open[owner] += 1

        async def ended() -> None:
            self._open[owner] -= 1
            self._open += Counter()  # nothing is kept at zero, since owners come and go

        return EventStream(chunks, ended)


@dataclass(slots=True, eq=False)
class _Reader:
    """Somebody who follows: the last of each task that is still to be told, in encoded form."""

    untold: dict[str, bytes] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, about: str, said: bytes) -> None:
        self.untold[about] = said
        self.woken.set()


@dataclass(slots=True, eq=False)
class _Feed:
    """What an owner's readers share."""

    readers: set[_Reader] = field(default_factory=set)
    reading: asyncio.Task[None] | None = None
    is_listening: bool = False
    is_over: bool = False


class News:
    """Follows each owner's list for as long as somebody does."""

    def __init__(self, store: TaskStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._feeds: dict[str, _Feed] = {}

    async def follow(self, owner: str) -> AsyncGenerator[bytes, None]:
        """The owner's tasks as they change: `listening`, then `task` and `gone`, or `error`.

        Nothing is kept for readers who reconnect: list again after each `listening`. The stream
        ends by itself after STREAM_SECONDS, so that a reader who has left without a word costs no
        more than that.
        """
        yield f"retry: {RECONNECT}\n\n".encode()
        until = self._clock.now() + timedelta(seconds=STREAM_SECONDS)
        async with aclosing(with_heartbeats(self._told(owner), self._clock)) as chunks:
            async for chunk in chunks:
                yield STILL_HERE if chunk is None else chunk
                if self._clock.now() >= until:
                    return

    async def _told(self, owner: str) -> AsyncGenerator[bytes, None]:
        feed = self._feeds.setdefault(owner, _Feed())
        reader = _Reader()
        feed.readers.add(reader)
        feed.reading = feed.reading or asyncio.create_task(self._read(owner, feed))
        if feed.is_listening:
            reader.tell("", _listening(owner))
        try:
            while not feed.is_over or reader.untold:
                await reader.woken.wait()
                reader.woken.clear()
                untold, reader.untold = reader.untold, {}
                yield b"".join(untold.values())
        finally:
            feed.readers.discard(reader)
            if not feed.readers:
                self._forget(owner, feed)
                feed.reading.cancel()
                await asyncio.gather(feed.reading, return_exceptions=True)

    async def _read(self, owner: str, feed: _Feed) -> None:
        """Tell the readers of each change, until nobody reads or the store fails."""
        try:
            async with aclosing(self._store.news(owner)) as changes:
                async for change in changes:
                    feed.is_listening = True
                    said = _encoded(change, owner)
                    for reader in feed.readers:
                        reader.tell(change.task_id, said)
            reason = "UNAVAILABLE"
        except TransientError as error:
            reason = error.reason
        except Exception:
            log.exception("following a list failed")
            reason = "INTERNAL"
        log.warning("the list's stream broke", extra={"reason": reason})
        detail = "The stream broke. Connect again, and list anew."
        self._forget(owner, feed)  # who comes again begins anew
        feed.is_over = True
        for reader in feed.readers:
            reader.tell("", Event("error", {"reason": reason, "detail": detail}).encode())

    def _forget(self, owner: str, feed: _Feed) -> None:
        if self._feeds.get(owner) is feed:
            del self._feeds[owner]


def _listening(owner: str) -> bytes:
    """That changes are told from now on, and whose they are."""
    return Event("listening", {"owner": owner}).encode()


def _encoded(change: Change, owner: str) -> bytes:
    if change == LISTENING:
        return _listening(owner)
    if change.task is None:
        return Event("gone", {"id": change.task_id}).encode()
    return Event("task", summary_to_json(change.task)).encode()
