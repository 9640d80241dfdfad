"""An OpenAI-compatible endpoint: how it is reached, and the one table in which its failures end.

Nothing an endpoint writes enters an error's text, apart from a short error code: foreign text may
echo the prompt or the key.
"""

from __future__ import annotations

import email.utils
import json
import math
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx2
import openai

from consensus.config import Settings
from consensus.core.errors import ConfigurationError, ModelError
from consensus.core.model import AbstentionReason, Usage

LOOPBACK = ("localhost", "127.0.0.1", "::1")
CONNECT_SECONDS = 5.0
LONGEST_RETRY_AFTER = 120.0  # seconds; more is cut to this
ABSURD_RETRY_AFTER = 86_400.0  # seconds; more is no answer to "when"
# As received. A line is held in memory, a stream is not: with log-probabilities, a token of four
# letters comes in some four hundred bytes.
MAX_LINE_BYTES = 16_000_000
MAX_RESPONSE_BYTES = 64_000_000

# What to do about the refusals that people meet, by the endpoint's code, else by the status.
_ADVICE: dict[str | int, str] = {
    "unknown_demo_task": (
        "the demo panel knows only its own tasks; "
        "set OPENAI_API_KEY or OPENAI_BASE_URL to ask a real model"
    ),
    "insufficient_quota": "the account's quota is spent",
    "model_not_found": "check OPENAI_MODEL",
    "context_length_exceeded": "the prompt is too long for the model",
    401: "check OPENAI_API_KEY",
    403: "check what OPENAI_API_KEY may do",
    404: "check OPENAI_BASE_URL and OPENAI_MODEL",
}

_CODE = re.compile(r"[a-z][a-z_]{0,39}\Z")  # what a code looks like, and a key does not
_PART = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)(ms|s|m|h)")
_DURATION = re.compile(rf"(?:{_PART.pattern}){{1,4}}")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SHAPELESS = (ValueError, TypeError, AttributeError, LookupError, RecursionError, OverflowError)
_UNBILLED = Usage(calls=1)
_UNKNOWN = Usage(calls=1, cost_usd=None)


def client(settings: Settings) -> openai.AsyncOpenAI:
    """A client that tries once, keeps to no clock but its caller's, and reads a bounded response.

    Raises ConfigurationError for a base URL that is none.
    """
    if settings.openai_api_key is None and settings.openai_base_url is None:
        raise ConfigurationError("Set OPENAI_API_KEY, or OPENAI_BASE_URL for another endpoint.")
    url = _base_url(settings.openai_base_url)
    try:
        return openai.AsyncOpenAI(
            api_key=_key(settings),
            base_url=url,
            max_retries=0,
            timeout=openai.Timeout(None, connect=CONNECT_SECONDS),
            # Compressed, a small response could unpack to any size.
            default_headers={"Accept-Encoding": "identity"},
            http_client=openai.DefaultAsyncHttpxClient(
                # A redirect could lead the key, and us, to a host that nobody chose.
                follow_redirects=False,
                event_hooks={"response": [_bound]},
                # No proxy stands before an endpoint on this machine, whatever the environment says.
                trust_env=_host(url or "") not in LOOPBACK,
            ),
        )
    except (openai.OpenAIError, httpx2.InvalidURL, ValueError) as error:
        raise ConfigurationError("OPENAI_BASE_URL or a proxy's URL cannot be used.") from error


def _key(settings: Settings) -> str:
    """The key without the newline that came along from a file; a header carries ASCII only."""
    if settings.openai_api_key is None:
        return "none"  # endpoints without keys exist, but the SDK insists on sending something
    key = settings.openai_api_key.get_secret_value().strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigurationError("OPENAI_API_KEY has characters that no key has; paste it again.")
    return key


def _base_url(url: str | None) -> str | None:
    if url is None or _host(url):
        return url
    raise ConfigurationError("OPENAI_BASE_URL must be like http://localhost:11434/v1.")


def _host(url: str) -> str:
    """The URL's host; "" for what is no http URL."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "" if parts.scheme in ("http", "https") and parts.port != 0 else ""
    except ValueError:
        return ""


@contextmanager
def foreign_errors() -> Iterator[None]:
    """Turn every failure of the SDK, or of the reply's shape, into a ModelError."""
    try:
        yield
    except openai.APITimeoutError as error:
        raise _unreachable("did not accept a connection in time") from error
    except openai.APIConnectionError as error:
        raise _unreachable("could not be reached, or broke the connection") from error
    except openai.APIStatusError as error:
        raise _status(error) from error
    except openai.APIError as error:  # an {"error"} where the answer should have been
        raise not_the_protocol("reported an error instead of an answer", code(error)) from error
    except httpx2.HTTPError as error:
        raise _unreachable("could not be reached, or broke the connection") from error
    except json.JSONDecodeError as error:
        raise not_the_protocol("sent something that is not JSON") from error
    except (*_SHAPELESS, openai.OpenAIError) as error:
        # The SDK builds its objects unchecked: a reply of another shape fails where it is used.
        raise not_the_protocol("sent something that is not the protocol") from error


def out_of_time(seconds: float) -> ModelError:
    """The call's wall clock ran out."""
    message = f"the endpoint did not finish within {seconds:.0f} s"
    return ModelError(message, AbstentionReason.OUT_OF_TIME, usage=_UNKNOWN)


def stalled(seconds: float) -> ModelError:
    """The endpoint fell silent in the middle of an answer; another attempt may fare better."""
    return ModelError(
        f"the endpoint fell silent for {seconds:.0f} s in the middle of its answer",
        AbstentionReason.MODEL_UNREACHABLE,
        retryable=True,
        usage=_UNKNOWN,
    )


def not_the_protocol(what: str, code: str = "") -> ModelError:
    """A reply that is not what the protocol promises; another attempt may fare better."""
    return ModelError(
        f"the endpoint {what}{_in_brackets(code)}",
        AbstentionReason.MODEL_FAILED,
        retryable=True,
        usage=_UNKNOWN,
    )


def _unreachable(what: str) -> ModelError:
    return ModelError(
        f"the endpoint {what}",
        AbstentionReason.MODEL_UNREACHABLE,
        retryable=True,
        usage=_UNBILLED,
    )


def _status(error: openai.APIStatusError) -> ModelError:
    """What an HTTP status says about who must act."""
    status, named = error.status_code, code(error)
    asked_for = retry_after(error.response.headers, datetime.now(UTC))
    advice = _ADVICE.get(named) or _ADVICE.get(status)
    said = f"the endpoint answered {status}{_in_brackets(named)}"
    said = f"{said}: {advice}" if advice else said
    match status:
        case 429:
            # A spent quota comes as 429 too, and no waiting within a task refills it.
            why, retryable = AbstentionReason.RATE_LIMITED, named != "insufficient_quota"
        case 408 | 409:
            why, retryable = AbstentionReason.MODEL_FAILED, True
        case _ if status >= 500:
            why, retryable = AbstentionReason.MODEL_FAILED, True
        case _:
            why, retryable = AbstentionReason.MODEL_REFUSED, False
    return ModelError(said, why, retryable=retryable, retry_after=asked_for, usage=_UNBILLED)


def _in_brackets(code: str) -> str:
    return f" ({code})" if code else ""


def code(error: openai.APIError) -> str:
    """The endpoint's error code where it is a plain identifier, else ""."""
    named = error.code or ""
    return named if _CODE.match(named) else ""


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait as the headers ask: retry-after-ms, or Retry-After in seconds or as a date.

    Without them, until the limit is reset of which x-ratelimit-remaining-* says that it is spent.
    At most LONGEST_RETRY_AFTER. What is negative, not a number, or over a day says nothing: None.
    """
    asked = (
        _number(headers.get("retry-after-ms"), 0.001),
        _number(headers.get("retry-after"), 1.0),
        _seconds_until(headers.get("retry-after"), now),
        _seconds_to_reset(headers),
    )
    sensible = (s for s in asked if s is not None and 0 <= s <= ABSURD_RETRY_AFTER)
    first = next(sensible, None)
    return None if first is None else min(first, LONGEST_RETRY_AFTER)


def _number(text: str | None, unit: float) -> float | None:
    try:
        value = float(text or "") * unit
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _seconds_until(date: str | None, now: datetime) -> float | None:
    try:
        at = email.utils.parsedate_to_datetime(date or "")
    except (ValueError, TypeError):
        return None
    # RFC 9110 dates are in GMT; "-0000" parses as naive.
    return (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()


def _seconds_to_reset(headers: Mapping[str, str]) -> float | None:
    """The longest reset ("1s", "6m0s", "120ms") among the limits that are spent."""
    spent = [
        _duration(headers.get(f"x-ratelimit-reset-{what}", ""))
        for what in ("requests", "tokens")
        if headers.get(f"x-ratelimit-remaining-{what}", "").strip() == "0"
    ]
    return max((seconds for seconds in spent if seconds is not None), default=None)


def _duration(text: str) -> float | None:
    if not _DURATION.fullmatch(text):
        return None
    return sum(float(value) * _UNITS[unit] for value, unit in _PART.findall(text))


class _Bounded(httpx2.AsyncByteStream):
    """A response body that fails once it grows past any sense."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = line = 0
        async for part in self._body:
            seen += len(part)
            last = part.rfind(b"\n")
            line = line + len(part) if last < 0 else len(part) - last - 1
            if seen > MAX_RESPONSE_BYTES or line > MAX_LINE_BYTES:
                raise httpx2.ReadError("the response is too long")
            yield part

    async def aclose(self) -> None:
        await self._body.aclose()


async def _bound(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise httpx2.ReadError("the response is compressed, though nobody asked for that")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream)
