"""What goes wrong at a door, as RFC 9457 problem details: one table from reason to status.

type is "urn:consensus:problem:" and the reason in kebab case; reason is what programs switch on,
detail says what to do. Nothing internal shows: a foreign exception is a bare 500.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from math import ceil
from types import MappingProxyType
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send

from consensus.core.errors import (
    CallerError,
    ConfigurationError,
    ConsensusError,
    Mistake,
    TooManyTasks,
    TransientError,
)
from consensus.doors import limits

log = logging.getLogger(__name__)

# What every answer that carries a task's text says to browsers and caches.
SAFE_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
)

_PROBLEMS: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "MALFORMED": (400, "The request is not well formed"),
        "BAD_REQUEST": (400, "The request cannot be served as it is"),
        "UNAUTHENTICATED": (401, "Credentials are missing or unknown"),
        "FORBIDDEN": (403, "The caller may not do this"),
        "TASK_NOT_FOUND": (404, "No such task"),
        "FILE_NOT_FOUND": (404, "No such file"),
        "BATCH_NOT_FOUND": (404, "No such batch"),
        "NOT_FOUND": (404, "No such route"),
        "MODEL_NOT_FOUND": (404, "No such model"),
        "TASK_ERASED": (410, "The task was erased"),
        "TOO_SLOW": (408, "The request took too long to come"),
        "METHOD_NOT_ALLOWED": (405, "The route does not take this method"),
        "CANCELLED": (409, "The task was cancelled"),
        "NO_CONSENSUS": (409, "The panel came to no consensus"),
        "FILE_IN_USE": (409, "A batch of the file runs"),
        "TOO_MANY_FILES": (409, "Too many files are kept"),
        "TOO_MANY_BATCHES": (409, "Too many batches are under way"),
        "NOT_DONE": (409, "The task is not done"),
        "TOO_LARGE": (413, "The request is too large"),
        "UNSUPPORTED_MEDIA_TYPE": (415, "The content type is not served"),
        "WRONG_HOST": (421, "The service is not called by this name"),
        "INVALID_FILE": (422, "The file cannot be asked"),
        "OUT_OF_RANGE": (422, "A value is out of range"),
        "UNKNOWN_FIELD": (422, "A field is unknown"),
        "RESERVED_FIELD": (422, "A field is reserved"),
        "IDEMPOTENCY_KEY_REUSED": (422, "The Idempotency-Key was used for another body"),
        "TOO_MANY_TASKS": (429, "Too many tasks are open"),
        "TOO_FAST": (429, "Too many tasks came within a minute"),
        "TOO_MANY_STREAMS": (429, "Too many event streams are open"),
        "INTERNAL": (500, "The service failed"),
        "NO_VOTES": (502, "The panel brought no answer"),
        "LOOP": (508, "The service asks itself"),
        "UNAVAILABLE": (503, "The service is not available just now"),
    }
)
_BY_STATUS: Final = {
    404: ("NOT_FOUND", "Tasks are at /v1/tasks; check the path."),
    405: ("METHOD_NOT_ALLOWED", "The Allow header names the methods that this route takes."),
}
# Where a caller of this surface finds what there is; other surfaces name their own ways.
_WHERE: Final = {
    "TASK_NOT_FOUND": "GET /v1/tasks lists yours.",
    "FILE_NOT_FOUND": "GET /v1/files lists yours.",
    "BATCH_NOT_FOUND": "GET /v1/batches lists yours.",
}
_RETRY_AFTER = "2"  # seconds
LONGEST_RETRY_AFTER = 120
_INTERNAL = "An error of ours, which has been logged. Try again; a task that was accepted goes on."


class TooSlow(CallerError):
    """A body that takes too long to arrive."""

    reason = "TOO_SLOW"


class UnsupportedMediaType(CallerError):
    """A body that is not declared as JSON."""

    reason = "UNSUPPORTED_MEDIA_TYPE"


def problem(
    reason: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    mistakes: Sequence[Mistake] = (),
) -> Response:
    """The problem response for a reason of the table; an unknown reason is INTERNAL."""
    reason = reason if reason in _PROBLEMS else "INTERNAL"
    status, title = _PROBLEMS[reason]
    told: dict[str, object] = {
        "type": f"urn:consensus:problem:{reason.lower().replace('_', '-')}",
        "title": title,
        "status": status,
        "detail": detail,
        "reason": reason,
    }
    if mistakes:
        told["errors"] = [_told(mistake) for mistake in mistakes]
    return JSONResponse(
        told,
        status,
        {**SAFE_HEADERS, **(headers or {})},
        "application/problem+json",
    )


def _told(mistake: Mistake) -> dict[str, str]:
    places = {"pointer": mistake.pointer, "parameter": mistake.parameter}
    return {"detail": mistake.detail, **{name: place for name, place in places.items() if place}}


def of_error(error: Exception) -> Response:
    """The problem that an exception is."""
    match error:
        case ConfigurationError():
            return problem("INTERNAL", "The service is not set up rightly; its operator must act.")
        case CallerError():
            known = error.reason if error.reason in _PROBLEMS else "BAD_REQUEST"
            detail = f"{error} {_WHERE.get(known, '')}".rstrip()
            return problem(known, detail, _headers(error), error.mistakes)
        case TransientError():
            return _unavailable(error)
        case HTTPException(status_code=status) if status in _BY_STATUS:
            return problem(*_BY_STATUS[status], error.headers)
        case HTTPException(status_code=status) if status < 500:
            return problem("BAD_REQUEST", error.detail, error.headers)
        case _:
            return problem("INTERNAL", _INTERNAL)


def _unavailable(error: TransientError) -> Response:
    if error.heals:
        detail = "A part of the service does not answer just now. Send the request again."
        return problem("UNAVAILABLE", detail, {"Retry-After": _RETRY_AFTER})
    detail = "A part of the service is not set up rightly; its operator must act."
    return problem("UNAVAILABLE", detail, {"Retry-After": str(LONGEST_RETRY_AFTER)})


def _headers(error: CallerError) -> Mapping[str, str]:
    if isinstance(error, TooManyTasks):
        after = min(error.retry_after, LONGEST_RETRY_AFTER)
        seconds = max(1, ceil(after))
        # Retry-After knows whole seconds only; clients of OpenAI's look at the other one first.
        return {
            "Retry-After": str(seconds),
            "Retry-After-Ms": str(int(after * 1000)),
            **limits.headers(error.limits, error.spent, seconds),
        }
    if error.reason == "TOO_MANY_STREAMS":
        return {"Retry-After": _RETRY_AFTER}
    if error.reason == "TOO_SLOW":
        return {"Connection": "close"}
    return {"WWW-Authenticate": "Bearer"} if error.reason == "UNAUTHENTICATED" else {}


async def _handle(_: Request, error: Exception) -> Response:
    if isinstance(error, ConfigurationError):
        log.error("for the operator: %s", error)
    elif isinstance(error, TransientError):
        level = logging.WARNING if error.heals else logging.ERROR
        log.log(level, "unavailable: %s", error, extra={"reason": error.reason})
    return of_error(error)


HANDLERS: Final[Mapping[Any, ExceptionHandler]] = MappingProxyType(
    {CallerError: _handle, TransientError: _handle, HTTPException: _handle}
)


class Guard:
    """Middleware that turns unexpected exceptions into a logged 500.

    Starlette's own handler raises again after answering, which a host framework would print with
    the exception's text; that text may hold a prompt.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and answer for what goes wrong."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            return
        except Exception as error:
            reason = error.reason if isinstance(error, ConsensusError) else type(error).__name__
            log.exception("unexpected error", extra={"reason": reason})
            if started:
                # The answer is half out: only a broken connection can still say so.
                raise ConnectionAbortedError from None
            await problem("INTERNAL", _INTERNAL)(scope, receive, send)
