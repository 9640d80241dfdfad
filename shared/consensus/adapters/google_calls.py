"""How long a call of Google's clients may take, and what is tried again within that time."""

from __future__ import annotations

from typing import Any, Final

from google.api_core import exceptions as google_errors
from google.api_core.retry import AsyncRetry, if_exception_type

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
