"""A worker process that only says READY: python -m tests.adapters.tiny_worker --port N."""

from __future__ import annotations

import asyncio
import os
import sys

from consensus.adapters.processes.parent import say_ready, until_told_to_end


async def serve() -> None:
    """READY with our process id for a port; TINY_FAILS makes us end before that."""
    async with until_told_to_end() as ending:
        if "TINY_FAILS" in os.environ:
            sys.exit(3)
        say_ready(os.getpid())
        await ending.wait()


if __name__ == "__main__":
    asyncio.run(serve())
