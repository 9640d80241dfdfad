"""Whether a task submitted now would be decided: GET /ready, for operators.

/health says only that the process lives: anybody may ask it, and killing a process does not help if
its store is away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consensus.codec.responses import worker_to_json
from consensus.core.errors import Forbidden, TransientError
from consensus.doors.identity import Identity
from consensus.doors.problem import SAFE_HEADERS
from consensus.ports import Availability, Statuses, TaskStore

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0  # a part that takes longer to say that it works does not
OK = "ok"

Look = Callable[[], Awaitable[str]]  # OK, or what is wrong, for people


@dataclass(frozen=True, slots=True)
class Ready:
    """Looks at the parts that a task needs. queue and workers: if they can be known."""

    store: TaskStore
    identity: Identity
    operators: Collection[str]
    workers: Statuses | None = None
    queue: Look | None = None

    async def answer(self, request: Request) -> Response:
        """GET /ready: 200 where all work, else 503; each part says what is wrong with it."""
        if await self.identity(request.headers) not in self.operators:
            raise Forbidden("Operators see this; CONSENSUS_OPERATORS names them.")
        told: dict[str, object] = {"store": await _within_reason(self._store)}
        if self.queue:
            told["queue"] = await _within_reason(self.queue)
        if self.workers:
            statuses = await self.workers()
            told["workers"] = [worker_to_json(status) for status in statuses]
            away = (Availability.OFFLINE, Availability.DRAINING)
            there = any(status.availability not in away for status in statuses)
            told["pool"] = OK if there else "no worker is there"
        works = all(said == OK for name, said in told.items() if name != "workers")
        status = "ready" if works else "not ready"
        return JSONResponse({"status": status, **told}, 200 if works else 503, SAFE_HEADERS)

    async def _store(self) -> str:
        await self.store.check()
        return OK


async def health(_: Request) -> Response:
    """GET /health: that the process lives."""
    return JSONResponse({"status": OK}, headers=SAFE_HEADERS)


async def _within_reason(look: Look) -> str:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await look()
    except TimeoutError:
        return f"no answer within {LOOK_SECONDS:g} s"
    except TransientError as error:
        log.warning("not ready: %s", error, extra={"reason": error.reason})
        return str(error)
