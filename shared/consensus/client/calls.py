"""The protocol without its I/O: addresses, headers, problems, and when to try again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote

import httpx2

from consensus.client.errors import Refused, Unreachable
from consensus.core.errors import Mistake
from consensus.tls import trusted
from consensus.visible import one_line

# A stream is heard from at least at every heartbeat; one silent for longer is dead.
TIMEOUT: Final = httpx2.Timeout(30.0, connect=5.0)
STREAM_TIMEOUT: Final = httpx2.Timeout(60.0, connect=5.0)
LONGEST_PAUSE: Final = 120.0  # seconds that the service may ask us to wait
AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})  # statuses that may pass by themselves
_BAD_REQUEST: Final = frozenset({400, 413, 414, 415, 422})


def base_url(url: str) -> str:
    """The service's base URL, with http:// where no scheme is given. Raises Refused for no URL."""
    named = url if "://" in url else f"http://{url}"
    try:
        parsed = httpx2.URL(named)
    except (httpx2.InvalidURL, TypeError) as error:
        raise _not_a_url(url) from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise _not_a_url(url)
    return named.rstrip("/")


def http_client(url: str, headers: Mapping[str, str]) -> httpx2.AsyncClient:
    """The HTTP client of a base URL. Raises Refused if it would leak credentials."""
    direct = is_direct(url)
    if headers and httpx2.URL(url).scheme != "https" and not direct:
        message = f"{one_line(url, 100)} would carry credentials in the clear; use https"
        raise Refused(message, status=0, usage=True)
    # Proxies from the environment are for the model endpoint, not for a service on loopback.
    return httpx2.AsyncClient(
        base_url=url,
        timeout=TIMEOUT,
        trust_env=not direct,
        headers=headers,
        verify=trusted(url),
    )


def is_direct(url: str) -> bool:
    """Whether that is this machine, so that nobody reads along."""
    return httpx2.URL(url).host in ("127.0.0.1", "localhost", "::1")


def path(task_id: str, *more: str) -> str:
    """The path of a task, or of what is beneath it."""
    return "/".join(("/v1/tasks", quote(task_id, safe=""), *more))


def pause_before(attempt: int, response: httpx2.Response | None, chance: float) -> float:
    """Seconds until that attempt (1 is the second one); chance in 0..1 spreads callers."""
    asked = response.headers.get("retry-after", "") if response is not None else ""
    if asked.isascii() and asked.isdigit():
        return min(float(asked), LONGEST_PAUSE) + chance
    return min(0.25 * 2.0**attempt, 8.0) * (0.5 + chance)


def read(response: httpx2.Response, url: str) -> dict[str, Any]:
    """The JSON object of a response; {} for one without a body. Raises Refused, Unreachable."""
    if not response.is_success:
        raise refusal(response)
    if not response.content:
        return {}
    try:
        value = json.loads(response.content)
    except ValueError as error:
        raise Unreachable(f"{url} did not answer with JSON; is that the service?") from error
    if not isinstance(value, dict):
        raise Unreachable(f"{url} did not answer with a task; is that the service?")
    return value


def refusal(response: httpx2.Response) -> Refused:
    """The service's own words for its refusal."""
    try:
        problem = response.json()
    except ValueError:
        problem = None
    told = problem if isinstance(problem, dict) else {}
    detail = told.get("detail") or told.get("title")
    if not detail:
        where = response.request.url
        detail = f"{where} answered {response.status_code}; is that the service's address?"
    status = response.status_code
    reason = str(told.get("reason") or Refused.reason)
    refused = Refused(
        one_line(detail, 1000), status=status, usage=status in _BAD_REQUEST, reason=reason
    )
    refused.mistakes = _mistakes(told.get("errors"))
    return refused


def _mistakes(errors: object) -> tuple[Mistake, ...]:
    names = ("detail", "pointer", "parameter")
    return tuple(
        Mistake(*(one_line(str(error.get(name, "")), 1000) for name in names))
        for error in (errors if isinstance(errors, list) else [])
        if isinstance(error, dict)
    )


@contextmanager
def as_ours(url: str) -> Iterator[None]:
    """Where httpx2's errors become ours."""
    try:
        yield
    except httpx2.TimeoutException as error:
        message = f"{url} did not answer in time; try again, or check the service"
        raise Unreachable(message) from error
    except httpx2.ConnectError as error:
        message = f"nothing answers at {url}; start it with `consensus serve`, or check the address"
        raise Unreachable(message) from error
    except (httpx2.HTTPError, httpx2.StreamError) as error:
        detail = one_line(error) or type(error).__name__
        raise Unreachable(f"the connection to {url} broke ({detail}); try again") from error


def _not_a_url(url: str) -> Refused:
    message = f'"{one_line(url, 100)}" is not a URL of the service; try http://127.0.0.1:8080'
    return Refused(message, status=0, usage=True)
