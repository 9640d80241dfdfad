"""Publishing what was paid for, even if the bus is briefly away or the caller has gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar

from consensus.core.errors import BusUnavailable, TransientError
from consensus.ports import Clock

log = logging.getLogger(__name__)

PUBLISH_ATTEMPTS = 6  # over about three seconds: the deadline message comes that long after it


async def publish(
    send: Callable[[], Awaitable[None]],
    clock: Clock,
    jitter: Callable[[], float],
    named: Mapping[str, object],
) -> None:
    """Send, again after growing pauses; named says for the log what it is.

    Raises BusUnavailable after the last attempt, or the first where others would end the same.
    """
    for attempt in range(1, PUBLISH_ATTEMPTS + 1):
        try:
            return await send()
        except BusUnavailable as error:
            log.warning("not published: %s", error, extra=named)
            if attempt == PUBLISH_ATTEMPTS or not error.heals:
                raise
            await clock.sleep(jitter() * 0.05 * 2.0**attempt)
    return None


async def try_to_publish(
    send: Callable[[], Awaitable[None]],
    clock: Clock,
    jitter: Callable[[], float],
    named: Mapping[str, object],
) -> bool:
    """Send, as publish does; whether that worked."""
    try:
        await publish(send, clock, jitter, named)
    except TransientError:
        return False
    return True


Returned = TypeVar("Returned")


async def finish_despite_cancellation(work: Coroutine[Any, Any, Returned]) -> Returned:
    """Finish the work even when cancelled meanwhile; only then be cancelled."""
    running = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        running.exception()  # whoever would care has gone; unread, asyncio would report it
        raise cancelled
    return running.result()
