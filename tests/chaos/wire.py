"""A wire between processes and an emulator, which may be cut, held still, or slowed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

READ_AT_ONCE = 65_536  # bytes


class Wire:
    """A TCP proxy on a free loopback port, in a thread of its own. address is host:port."""

    def __init__(self, target: str) -> None:
        self.address = ""
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._ends: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._delay = 0.0
        self._deaf: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._ending = asyncio.Event()

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._ends) // 2

    def cut(self) -> None:
        """Break every connection; new ones are taken at once."""
        self._loop.call_soon_threadsafe(self._abort)

    def deafen(self) -> None:
        """Leave every connection open, and carry nothing over it any more; new ones carry."""
        self._loop.call_soon_threadsafe(lambda: self._deaf.update(self._ends))

    def hold(self, seconds: float) -> None:
        """Let nothing through for that long, and lose nothing: what a dead network looks like."""
        self._loop.call_soon_threadsafe(self._flows.clear)
        self._later(seconds, self._flows.set)

    def slow(self, seconds: float, by: float) -> None:
        """Let every piece wait, for that long."""
        self._loop.call_soon_threadsafe(setattr, self, "_delay", by)
        self._later(seconds, lambda: setattr(self, "_delay", 0.0))

    def _later(self, seconds: float, what: Callable[[], object]) -> None:
        self._loop.call_soon_threadsafe(lambda: self._loop.call_later(seconds, what))

    def _abort(self) -> None:
        for end in self._ends:
            end.transport.abort()

    async def run(self, ready: threading.Event) -> None:
        """Carry until the end."""
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        self.address = f"{host}:{port}"
        ready.set()
        await self._ending.wait()
        for listening in server.sockets:
            self._loop.remove_reader(listening.fileno())
        await asyncio.sleep(0)  # a connection that begins after its server closed is never closed
        server.close()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.sleep(0)  # a task that has not begun would not close what it was given
            self._abort()  # those that connected meanwhile
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # what was aborted closes its socket in the loop's next turn

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self._target.rpartition(":")
        try:
            far_reader, far_writer = await asyncio.open_connection(host, int(port))
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self._ends |= both
        for task in (
            asyncio.create_task(self._carry(reader, far_writer)),
            asyncio.create_task(self._carry(far_reader, writer)),
        ):
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)
            task.add_done_callback(lambda _: self._close(both))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(READ_AT_ONCE):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._flows.wait()
                if writer in self._deaf:
                    continue
                writer.write(piece)
                await writer.drain()

    def _close(self, both: set[asyncio.StreamWriter]) -> None:
        self._ends -= both
        self._deaf -= both
        for end in both:
            end.close()

    def serve(self, ready: threading.Event) -> None:
        """The thread's work."""
        self._loop.run_until_complete(self.run(ready))
        self._loop.close()

    def end(self) -> None:
        """Break what is open, and take no more."""
        self._loop.call_soon_threadsafe(self._ending.set)


@contextmanager
def wire(target: str) -> Iterator[Wire]:
    """A wire to host:port while the context is open."""
    carrying, ready = Wire(target), threading.Event()
    thread = threading.Thread(target=carrying.serve, args=(ready,))
    thread.start()
    try:
        assert ready.wait(10), "the wire did not open"
        yield carrying
    finally:
        carrying.end()
        thread.join(10)
