"""A seeded event loop in virtual time: the same seed runs the same interleaving, hours in a blink.

Real use cases run on it unchanged. Of whatever is ready, one is drawn by the seed and run; when
nothing is ready, time jumps to the next timer. It has no sockets, threads or handles, so that a
step costs little more than the code that it runs.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Returned = TypeVar("Returned")


class StuckError(RuntimeError):
    """Every task waits for something that will never happen."""


class _Timer:
    """A callback that may be taken back."""

    def __init__(self, callback: Callable[..., object], args: tuple[object, ...]) -> None:
        self.callback, self.args = callback, args
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True

    def run(self) -> None:
        """Call it, unless it was taken back since it was due."""
        if not self.cancelled:
            self.callback(*self.args)


class SimulatedLoop(asyncio.AbstractEventLoop):
    """An event loop whose order of execution and whose time are functions of the seed.

    failures holds what asyncio would have logged: exceptions that nobody looked at.
    """

    def __init__(self, chance: random.Random) -> None:
        self.now = 0.0
        self.failures: list[BaseException] = []
        self._random = chance.random
        self._ready: list[tuple[Callable[..., object], tuple[object, ...]]] = []
        self._timers: list[tuple[float, int, asyncio.Future[None] | _Timer]] = []
        self._timed = 0

    def run(self, main: Coroutine[Any, Any, Returned]) -> Returned:
        """Run until this coroutine is done; whatever else runs is left as it stands."""
        asyncio._set_running_loop(self)
        try:
            task = self.create_task(main)
            while not task.done():
                self._run_ready(task)
                if not task.done():
                    self._jump()
            return task.result()
        finally:
            asyncio._set_running_loop(None)

    def end(self) -> None:
        """Cancel whatever is left, and let it end."""
        asyncio._set_running_loop(self)
        try:
            while left := asyncio.all_tasks(self):
                for task in left:
                    task.cancel()
                self._run_ready(None)
                if self._timers:
                    self._jump()
        finally:
            asyncio._set_running_loop(None)

    def _run_ready(self, until: asyncio.Task[Any] | None) -> None:
        ready, chance = self._ready, self._random
        while ready:
            waiting = len(ready)
            if waiting > 1:
                drawn = int(chance() * waiting)
                ready[drawn], ready[-1] = ready[-1], ready[drawn]
            callback, args = ready.pop()
            callback(*args)
            if until is not None and until.done():
                return

    def _jump(self) -> None:
        timers = self._timers
        if not timers:
            message = "every task waits for something that will never happen"
            raise StuckError(message)
        self.now = now = timers[0][0]
        while timers and timers[0][0] <= now:
            _, _, due = heapq.heappop(timers)
            if isinstance(due, _Timer):
                if not due.cancelled:
                    self._ready.append((due.run, ()))
            elif not due.done():
                due.set_result(None)

    def sleep(self, seconds: float) -> asyncio.Future[None]:
        """Done after that long."""
        waiting: asyncio.Future[None] = asyncio.Future(loop=self)
        self._at(self.now + max(0.0, seconds), waiting)
        return waiting

    def _at(self, when: float, due: asyncio.Future[None] | _Timer) -> None:
        self._timed += 1
        heapq.heappush(self._timers, (when, self._timed, due))

    # What asyncio's tasks, futures and locks ask of a loop.
    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self.now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, Returned], **_: object
    ) -> asyncio.Task[Returned]:
        return asyncio.Task(coro, loop=self, name="simulated")

    def call_soon(  # type: ignore[override]
        self,
        callback: Callable[..., object],
        *args: object,
        context: contextvars.Context | None = None,
    ) -> None:
        del context  # one for all: the use cases keep nothing in it
        self._ready.append((callback, args))

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: object, context: object = None
    ) -> _Timer:
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: object, context: object = None
    ) -> _Timer:
        del context
        timer = _Timer(callback, args)
        self._at(when, timer)
        return timer

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.failures.append(
            error if isinstance(error, BaseException) else RuntimeError(str(context))
        )
