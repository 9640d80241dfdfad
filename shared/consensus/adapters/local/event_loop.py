"""The event loop of processes that serve: libuv's, where the platform has it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Returned = TypeVar("Returned")


def run(work: Coroutine[Any, Any, Returned]) -> Returned:
    """As asyncio.run, for a tenth to a fifth less of the processor."""
    with asyncio.Runner(loop_factory=_factory()) as runner:
        return runner.run(work)


def _factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":  # for which uvloop is not made
        return None
    import uvloop  # noqa: PLC0415

    return uvloop.new_event_loop
