"""Where workers bring ballots and verdicts: what each is, and the door for those of one machine.

That door takes many messages in one request, one a line, and answers with a status for each, in
their order. 204: it is kept, or is a rejection because nobody could ever handle it; 503 and 500:
bring it again.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import Final

from opentelemetry.trace import SpanKind
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from consensus.codec.messages import BallotMessage, VerdictMessage, decode, task_of
from consensus.core.errors import DecodeError, TransientError
from consensus.doors import problem
from consensus.doors.asgi import read_body
from consensus.doors.identity import Guard
from consensus.telemetry import tracing
from consensus.usecases.aggregate import Aggregate

log = logging.getLogger(__name__)

LONGEST_BODY: Final = 16 * 1024 * 1024  # bytes; workers send far less together


async def take(aggregate: Aggregate, data: bytes, key: str) -> None:
    """Hand a ballot or verdicts to the aggregate. key identifies the message in a rejection.

    Raises DecodeError, and TransientError where it is not recorded.
    """
    kinds: tuple[type[BallotMessage | VerdictMessage], ...] = (BallotMessage, VerdictMessage)
    message = decode(data, kinds)
    payload = data.decode(errors="replace")
    with tracing(message.traceparent, "process votes", SpanKind.CONSUMER):
        match message:
            case BallotMessage(task_id=task_id, ballot=ballot):
                await aggregate.ballot(task_id, ballot, key, payload)
            case VerdictMessage(task_id=task_id, verdicts=verdicts):
                await aggregate.verdicts(task_id, verdicts, key, payload)


def build(aggregate: Aggregate, guard: Guard) -> Starlette:
    """The door for this machine's workers. guard: who may bring votes."""

    async def kept(data: bytes) -> int:
        key = hashlib.sha256(b"votes\0" + data).hexdigest()
        try:
            await _take_or_reject(aggregate, data, key)
        except TransientError as error:
            log.warning("a vote comes again: %s", error, extra={"reason": error.reason})
            return 503
        except Exception as error:
            # One message must not keep the others from being told.
            log.exception("a vote broke", extra={"reason": type(error).__name__})
            return 500
        return 204

    async def votes(request: Request) -> JSONResponse:
        await guard(request.headers)
        body = await read_body(request, LONGEST_BODY)
        return JSONResponse(await asyncio.gather(*map(kept, body.split(b"\n"))))

    return Starlette(
        routes=[Route("/votes", votes, methods=["POST"])],
        middleware=[Middleware(problem.Guard)],
        exception_handlers=problem.HANDLERS,
    )


async def _take_or_reject(aggregate: Aggregate, data: bytes, key: str) -> None:
    try:
        await take(aggregate, data, key)
    except DecodeError as error:
        payload = data.decode(errors="replace")
        await aggregate.reject(error.reason, str(error), payload, key, task_of(data))
