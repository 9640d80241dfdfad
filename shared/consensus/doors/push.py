"""Where Pub/Sub and Cloud Tasks push: a message comes in its envelope, one use case handles it.

204 acknowledges. What can never be handled is recorded as a rejection and acknowledged too, so that
it does not come again; 503 and 500 bring it again after a pause. A message that is no more than
early (the store is away, the task contended) comes for as long as its queue brings it. One whose
handling breaks is given up here after POISON_AFTER attempts, if this process saw BREAKS of them: a
queue cannot tell the two apart, and counts those that were turned away for want of room.
In the very end Pub/Sub pushes a message to the dead letters; Cloud Tasks only drops it, so there
the last attempt records it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from opentelemetry.trace import SpanKind
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consensus.codec.envelope import Delivery, open_envelope
from consensus.codec.messages import (
    BatchMessage,
    DeadlineMessage,
    DispatchMessage,
    NoticeMessage,
    SweepMessage,
    decode,
    task_of,
)
from consensus.core.errors import ConfigurationError, DecodeError, TransientError
from consensus.doors import problem, votes
from consensus.doors.asgi import read_body
from consensus.doors.identity import Guard, Headers, anybody
from consensus.doors.ready import health
from consensus.telemetry import tracing
from consensus.usecases.aggregate import DEAD_LETTER, Aggregate
from consensus.usecases.batches import Batches
from consensus.usecases.dispatch import Dispatch
from consensus.usecases.tell import Tell

log = logging.getLogger(__name__)

LONGEST_BODY: Final = 16 * 1024 * 1024  # bytes; Pub/Sub's largest message is 10 MB before base64
POISON_AFTER: Final = 10  # attempts, of a message whose handling breaks
BREAKS: Final = 3  # of them, seen to break by one process
REMEMBERED: Final = 1000  # messages that broke, of which a process knows how often
SOURCE: Final = "CloudPubSubDeadLetterSourceSubscription"  # set by Pub/Sub on a dead letter
QUEUE: Final = "x-cloudtasks-queuename"  # set by Cloud Tasks, which takes such headers from nobody
RETRIES: Final = "x-cloudtasks-taskretrycount"  # how often it has failed, or was not let in

Timer = DeadlineMessage | SweepMessage | BatchMessage
Reject = Callable[[str, str, str, str, str], Awaitable[None]]
Handle = Callable[["Parcel"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery, and the key under which a rejection of it is recorded once."""

    delivery: Delivery
    key: str

    @property
    def payload(self) -> str:
        """The message as text."""
        return _text(self.delivery.data)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Who brings a message for which time, and after how many times it is given up; 0: never."""

    by: str
    number: int
    of: int
    is_queued: bool = False  # by Cloud Tasks

    @property
    def is_last(self) -> bool:
        """Whether it is given up now."""
        return 0 < self.of <= self.number


class _Breakages:
    """How often this process saw the handling of each message break; of the last that did."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def another(self, key: str) -> int:
        """How many there are, with this one."""
        self._seen[key] = self._seen.pop(key, 0) + 1
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return self._seen[key]


def build(
    aggregate: Aggregate,
    batches: Batches | None = None,
    *,
    tell: Tell | None = None,
    guard: Guard = anybody,
) -> Starlette:
    """The aggregator's door: /votes, /timers, /dead-letters, and /notices where it tells them.

    guard: who may push.
    """

    async def vote(parcel: Parcel) -> None:
        await votes.take(aggregate, parcel.delivery.data, parcel.key)

    async def timer(parcel: Parcel) -> None:
        kinds: tuple[type[Timer], ...] = (DeadlineMessage, SweepMessage, BatchMessage)
        message = decode(parcel.delivery.data, kinds)
        with tracing(message.traceparent, "process timers", SpanKind.CONSUMER):
            match message:
                case DeadlineMessage(task_id=task_id):
                    await aggregate.deadline(task_id)
                case BatchMessage(batch_id=batch_id) if batches:
                    await batches.move(batch_id)
                case SweepMessage():
                    await _sweep(aggregate, batches)

    async def dead_letter(parcel: Parcel) -> None:
        origin = parcel.delivery.attributes.get(SOURCE, "a subscription that is not named")
        detail = f"given up by {origin}"[:200]
        task_id = task_of(parcel.delivery.data)
        await aggregate.reject(DEAD_LETTER, detail, parcel.payload, parcel.key, task_id)

    handlers: dict[str, Handle] = {"/votes": vote, "/timers": timer, "/dead-letters": dead_letter}
    if tell is not None:
        handlers["/notices"] = _notices(tell)
    return _app(handlers, aggregate.reject, guard)


def _notices(tell: Tell) -> Handle:
    async def notice(parcel: Parcel) -> None:
        message = decode(parcel.delivery.data, (NoticeMessage,))
        with tracing(message.traceparent, "process notices", SpanKind.CONSUMER):
            await tell(message.notice)

    return notice


async def _sweep(aggregate: Aggregate, batches: Batches | None) -> None:
    if batches:
        await batches.sweep()
    moved = await aggregate.sweep()
    if moved:
        log.warning("the sweep moved tasks", extra={"count": moved})


def build_dispatcher(
    dispatch: Dispatch, reject: Reject, *, guard: Guard = anybody, attempts: int = 0
) -> Starlette:
    """The dispatcher's door: /dispatch, whose request is held for the task's life.

    attempts is how many its queue makes at a message; 0: it has none that counts them.
    """

    async def hold(parcel: Parcel) -> None:
        message = decode(parcel.delivery.data, (DispatchMessage,))
        with tracing(message.traceparent, "process dispatch", SpanKind.CONSUMER):
            await dispatch.hold(message.task_id, parcel.delivery.message_id, message.replaces)

    return _app({"/dispatch": hold}, reject, guard, attempts)


def _app(
    handlers: Mapping[str, Handle], reject: Reject, guard: Guard, attempts: int = 0
) -> Starlette:
    routes = [
        Route(path, _endpoint(path.strip("/"), handle, reject, guard, attempts), methods=["POST"])
        for path, handle in handlers.items()
    ]
    app = Starlette(
        routes=[Route("/health", health), *routes],
        middleware=[Middleware(problem.Guard)],
        exception_handlers=problem.HANDLERS,
    )
    app.router.redirect_slashes = False
    return app


def _endpoint(
    door: str, handle: Handle, reject: Reject, guard: Guard, attempts: int
) -> Callable[[Request], Awaitable[Response]]:
    broke = _Breakages()

    async def endpoint(request: Request) -> Response:
        await guard(_credentials(request))
        body = await read_body(request, LONGEST_BODY)
        try:
            delivery = open_envelope(body)
        except DecodeError as error:
            await reject(error.reason, str(error), _text(body), _key(door, body), "")
            return Response(status_code=204)
        parcel = Parcel(delivery, _key(door, delivery.message_id.encode()))
        try:
            await handle(parcel)
        except DecodeError as error:
            task_id = task_of(parcel.delivery.data)
            await reject(error.reason, str(error), parcel.payload, parcel.key, task_id)
        except Exception as error:
            passing = isinstance(error, TransientError | ConfigurationError)
            is_poison = not passing and broke.another(parcel.key) >= BREAKS
            attempt = _attempt(request.headers, attempts) or _Attempt(
                door, delivery.attempt, POISON_AFTER if is_poison else 0
            )
            told = {"reason": type(error).__name__, "attempt": attempt.number}
            if not attempt.is_last:
                if not attempt.is_queued:
                    raise
                # Not 503, which would slow the whole queue for one message's sake.
                level = logging.WARNING if passing else logging.ERROR
                log.log(level, "comes again", extra=told, exc_info=level == logging.ERROR)
                return Response(status_code=500)
            log.exception("given up", extra=told)
            detail = f"given up by {attempt.by} after {attempt.number} attempts"
            task_id = task_of(parcel.delivery.data)
            await reject(DEAD_LETTER, detail, parcel.payload, parcel.key, task_id)
        return Response(status_code=204)

    return endpoint


def _credentials(request: Request) -> Headers:
    """Its headers; an emulator can send none of ours, so that its token stands in the URL."""
    token = request.query_params.get("token")
    if token is None or "authorization" in request.headers:
        return request.headers
    return {**request.headers, "authorization": f"Bearer {token}"}


def _attempt(headers: Mapping[str, str], attempts: int) -> _Attempt | None:
    """Which of its queue's attempts brought a message; None where none of Cloud Tasks' did."""
    queue, retries = headers.get(QUEUE, "")[:200], headers.get(RETRIES, "")
    number = int(retries[:9]) + 1 if retries.isascii() and retries.isdigit() else 1
    return _Attempt(queue, number, attempts, is_queued=True) if queue else None


def _key(door: str, identity: bytes) -> str:
    """Hexadecimal, whatever a sender calls its message: stores take it for an id."""
    return hashlib.sha256(door.encode() + b"\0" + identity).hexdigest()


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
