"""What Google's clients have in common: how long a call may take, and what their errors mean.

One table tells passing faults from those that an operator must fix. The foreign error is logged
here, where it dies, by its type, code and message; of an error that may repeat a request's content
the message is left out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import grpc
from google.api_core import exceptions as google_errors
from google.api_core.retry import AsyncRetry, if_exception_type
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

from consensus.core.errors import ConfigurationError, TransientError

log = logging.getLogger(__name__)

TIMEOUT: Final = 10.0  # seconds of one call, with its retries
CALL: Final[dict[str, Any]] = {
    "retry": AsyncRetry(
        if_exception_type(google_errors.ServiceUnavailable, google_errors.InternalServerError),
        initial=0.05,
        maximum=1.0,
        timeout=TIMEOUT,
    ),
    "timeout": TIMEOUT,
}

# What asking again does not mend, and what does. By the first that fits; every other error passes.
NEEDS_OPERATOR: Final[tuple[tuple[type[Exception], str], ...]] = (
    (google_errors.Forbidden, "grant this service's account its role, or enable the API"),
    (google_errors.Unauthorized, "give this service an account that Google knows"),
    (google_errors.NotFound, "make what its settings name, or name what there is"),
    (google_errors.FailedPrecondition, "make the index, or turn on what the message names"),
    (
        google_errors.InvalidArgument,
        "check the project and the names in its settings",
    ),
    (google_errors.MethodNotImplemented, "check the endpoint: it does not know the call"),
)
# Their messages may say which value was wrong, and a value may be a prompt.
_TELLS_CONTENT: Final = (google_errors.InvalidArgument, google_errors.OutOfRange)

FOREIGN: Final = (google_errors.GoogleAPIError, GoogleAuthError, grpc.RpcError)


@dataclass(frozen=True, slots=True)
class Meaning:
    """Our errors for one system of Google's: while it is away, and where it refuses for good."""

    system: str
    passing: type[TransientError]
    lasting: type[TransientError]

    @contextmanager
    def translated(self, level: int = logging.WARNING) -> Iterator[None]:
        """Turn Google's exceptions into ours, and say in the log what they were.

        level is that of faults that pass: lower where they are ordinary.
        """
        try:
            yield
        except DefaultCredentialsError as exc:
            raise ConfigurationError(
                f"{self.system} needs credentials: run as a service account, or "
                "`gcloud auth application-default login`."
            ) from exc
        except FOREIGN as exc:
            raise self.ours(exc, level) from exc

    def ours(self, exc: Exception, level: int) -> TransientError:
        """Our error for a foreign one."""
        cause = _cause(exc)
        told = describe(cause)
        advice = _advice(cause)
        if advice is None:
            log.log(level, "%s did not answer", self.system, extra=told)
            return self.passing(_said(self.system, told))
        log.error("for the operator: %s refuses; %s", self.system, advice, extra=told)
        return self.lasting(_said(self.system, told))


def describe(exc: BaseException) -> dict[str, object]:
    """An error for the log: its type, code and message, without content."""
    message = "" if isinstance(exc, _TELLS_CONTENT) else _message(exc)
    return {"error": type(exc).__name__, "code": _code(exc), "told": message}


def _said(system: str, told: dict[str, object]) -> str:
    return f"{system}: {told['error']}: {told['told']}"[:500]


def _cause(exc: Exception) -> BaseException:
    """What a call met when its time for retries was up."""
    cause: BaseException | None = getattr(exc, "cause", None)  # of a RetryError
    return cause or exc


def _advice(exc: BaseException) -> str | None:
    """What the operator is to do, None where nobody need do anything."""
    if isinstance(exc, GoogleAuthError):
        return None if exc.retryable else "give this service an account that Google knows"
    return next((advice for kind, advice in NEEDS_OPERATOR if isinstance(exc, kind)), None)


def _code(exc: BaseException) -> str:
    if isinstance(exc, google_errors.GoogleAPICallError):
        status = exc.grpc_status_code
        return status.name if status is not None else str(exc.code)
    code = getattr(exc, "code", None)
    found = code() if isinstance(exc, grpc.RpcError) and callable(code) else None
    return found.name if found is not None else ""


def _message(exc: BaseException) -> str:
    text = getattr(exc, "message", None) or str(exc)
    return str(text).partition("\n")[0]
