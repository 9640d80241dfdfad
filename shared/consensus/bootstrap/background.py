"""Work that runs beside a stack."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

log = logging.getLogger(__name__)


@asynccontextmanager
async def in_background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run the work beside the context's body, and cancel it at the end; log a failure."""
    task = asyncio.create_task(_told(work))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _told(work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except Exception:  # nobody awaits it: the stack would go on without it, and without a word
        log.exception("failed, and runs no more: %r", work)
