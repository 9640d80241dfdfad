"""An OpenAI-compatible endpoint: how it is reached, and the one table in which its failures end.

Nothing an endpoint writes enters an error's text, apart from a short error code: foreign text may
echo the prompt or the key.
"""

from __future__ import annotations

import email.utils
import json
import math
import re
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx2

from consensus import __version__
from consensus.config import Settings
from consensus.core.errors import ConfigurationError, ModelError
from consensus.core.model import AbstentionReason, Usage
from consensus.tls import trusted

OPENAI = "https://api.openai.com/v1"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
AZURE = (".azure.com", ".azure-api.net")  # hosts that take the key under another header's name
# Says that a seat asks: a consensus service refuses it, since it would ask itself for ever.
SEAT_HEADER = "X-Consensus-Seat"
CONNECT_SECONDS = 5.0
LONGEST_RETRY_AFTER = 120.0  # seconds; more is cut to this
ABSURD_RETRY_AFTER = 86_400.0  # seconds; more is no answer to "when"
# As received. A line is held in memory, a stream is not: with log-probabilities, a token of four
# letters comes in some four hundred bytes.
MAX_LINE_BYTES = 16_000_000
MAX_RESPONSE_BYTES = 64_000_000
PIECE_BYTES = 1_000_000

# What to do about the refusals that people meet, by the endpoint's code, else by the status.
_ADVICE: dict[str | int, str] = {
    "unknown_demo_task": (
        "the demo panel knows only its own tasks; "
        "set OPENAI_API_KEY or OPENAI_BASE_URL to ask a real model"
    ),
    "insufficient_quota": "the account's quota is spent",
    "model_not_found": "check OPENAI_MODEL",
    "context_length_exceeded": "the prompt is too long for the model",
    "content_filter": "the endpoint's content filter does not let the prompt through",
    "loop": "OPENAI_BASE_URL leads back to a consensus service; name a model's endpoint",
    401: "check OPENAI_API_KEY",
    402: "the account has no credit left",
    403: "check what OPENAI_API_KEY may do",
    404: "check OPENAI_BASE_URL and OPENAI_MODEL",
    405: "check OPENAI_BASE_URL; it often ends in /v1",
    413: "the prompt is too long for the endpoint",
}
# A redirect is not followed: it could lead the key, and us, to a host that nobody chose.
_REDIRECTED = "set OPENAI_BASE_URL to the address that it redirects to"
# What helps where an endpoint names a field of ours and nothing else would do.
_FIELD_ADVICE = {
    "max_tokens": "see CONSENSUS_MAX_OUTPUT_TOKENS",
    "max_completion_tokens": "see CONSENSUS_MAX_OUTPUT_TOKENS",
    "temperature": "unset CONSENSUS_TEMPERATURE",
    "reasoning_effort": "see CONSENSUS_REASONING_EFFORT",
    "logprobs": "set CONSENSUS_LOGPROBS=off",
    "response_format": "set CONSENSUS_STRUCTURED=off",
    "model": "check OPENAI_MODEL",
    "messages": "the prompt, or its form, does not suit the model",
}
# Statuses that pass by themselves.
_PASSING = (408, 409, 423, 424, 425, 499)

_CODE = re.compile(r"[a-z][a-z_]{0,39}\Z")  # what a code looks like, and a key does not
_AGAIN = re.compile(
    r"(?:try again|retry)[a-z ]{0,20}? (?:in|after)[: ]{1,3}"
    r"((?:\d{1,6}(?:\.\d{1,9})?(?:ms|s|m|h)){1,4})",
    re.IGNORECASE,
)
_RETRY_DELAY = re.compile(
    r"retry_?delay[\"']?\s{0,3}[:=]\s{0,3}[\"']([0-9.]{1,12}s)", re.IGNORECASE
)
_PARAM = re.compile(
    r"(?:model|messages|stream|stream_options|max_tokens|max_completion_tokens|temperature|"
    r"logprobs|top_logprobs|response_format|reasoning_effort)"
    r"(?:\[\d{1,4}\]|\.[a-z_]{1,30}){0,4}"
)
LONGEST_WORDS = 20_000  # characters of an error that are looked through
_PART = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)(ms|s|m|h)")
_DURATION = re.compile(rf"(?:{_PART.pattern}){{1,4}}")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SHAPELESS = (ValueError, TypeError, AttributeError, LookupError, RecursionError, OverflowError)
_NEVER_REACHED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError)
_NOBODY_BEHIND = (502, 503, 504)  # what stands before an endpoint says so while it is away
_UNBILLED = Usage(calls=1)
_UNKNOWN = Usage(calls=1, cost_usd=None)


def client(settings: Settings) -> httpx2.AsyncClient:
    """A client that keeps to no clock but its caller's, and reads a bounded response.

    Raises ConfigurationError for a base URL that is none.
    """
    if settings.openai_api_key is None and settings.openai_base_url is None:
        raise ConfigurationError("Set OPENAI_API_KEY, or OPENAI_BASE_URL for another endpoint.")
    url, query = _address(settings.openai_base_url)
    key = _key(settings)
    try:
        return httpx2.AsyncClient(
            base_url=url,
            params=query,
            headers=_headers(settings, key, _host(url)),
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=1_000, max_keepalive_connections=100),
            # A redirect could lead the key, and us, to a host that nobody chose.
            follow_redirects=False,
            event_hooks={"response": [_bound]},
            verify=trusted(url),
            # No proxy stands before an endpoint on this machine, whatever the environment says.
            trust_env=_host(url) not in LOOPBACK,
        )
    except (httpx2.InvalidURL, ValueError) as error:
        raise ConfigurationError("OPENAI_BASE_URL or a proxy's URL cannot be used.") from error


def _headers(settings: Settings, key: str, host: str) -> httpx2.Headers:
    headers = httpx2.Headers(
        {
            "Authorization": f"Bearer {key}",
            "User-Agent": f"consensus-panel/{__version__}",
            # Compressed, a small response could unpack to any size.
            "Accept-Encoding": "identity",
            SEAT_HEADER: "1",
        }
    )
    if host.endswith(AZURE):
        headers["api-key"] = key
    if host == _host(OPENAI):
        billed = {"Organization": settings.openai_org_id, "Project": settings.openai_project_id}
        headers.update({f"OpenAI-{what}": named for what, named in billed.items() if named})
    headers.update(settings.headers)
    return headers


@asynccontextmanager
async def posted(
    client: httpx2.AsyncClient, body: Mapping[str, Any]
) -> AsyncIterator[httpx2.Response]:
    """The response to a request for a chat, once it begins. Raises Refused, NoResponse."""
    request = client.build_request("POST", "chat/completions", json=body)
    try:
        response = await client.send(request, stream=True)
    except (httpx2.RequestError, OSError) as error:
        raise NoResponse from error
    try:
        if not response.is_success:
            await response.aread()
            raise Refused(_refusal_of(response))
        yield response
    finally:
        await response.aclose()


def _key(settings: Settings) -> str:
    """The key without the newline that came along from a file; a header carries ASCII only."""
    if settings.openai_api_key is None:
        return "none"  # endpoints without keys exist, and gateways that want to see some
    key = settings.openai_api_key.get_secret_value().strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigurationError("OPENAI_API_KEY has characters that no key has; paste it again.")
    return key


def _address(url: str | None) -> tuple[str, dict[str, str]]:
    """Where requests go, and the query that goes with each, such as Azure's api-version.

    People copy an address with the route at its end: that is left out. Raises ConfigurationError.
    """
    if url is None:
        return OPENAI, {}
    if not _host(url):
        raise ConfigurationError("OPENAI_BASE_URL must be like http://localhost:11434/v1.")
    parts = urlsplit(url.strip())
    path = parts.path.rstrip("/").removesuffix("/chat/completions")
    bare = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    return bare, dict(parse_qsl(parts.query))


def is_near(url: str) -> bool:
    """Whether it is an address on this machine."""
    return _host(url) in LOOPBACK


def versioned(url: str | None) -> str | None:
    """The address with the /v1 that people forget; None where it has a path already."""
    bare, _ = _address(url)
    return f"{bare}/v1" if urlsplit(bare).path in ("", "/") else None


def _host(url: str) -> str:
    """The URL's host; "" for what is no http URL."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "" if parts.scheme in ("http", "https") and parts.port != 0 else ""
    except ValueError:
        return ""


class NoResponse(Exception):
    """The endpoint was never reached, or broke the connection before it said anything."""


def never_connected(error: Exception) -> bool:
    """Whether a broken connection was none in the first place."""
    return isinstance(error.__cause__, (*_NEVER_REACHED, httpx2.TimeoutException))


@contextmanager
def foreign_errors() -> Iterator[None]:
    """Turn every failure of the connection, or of the reply's shape, into a ModelError."""
    try:
        yield
    except NoResponse as error:
        if isinstance(error.__cause__, httpx2.TimeoutException):
            raise _away("did not accept a connection in time", Usage()) from error
        usage = Usage() if never_connected(error) else _UNBILLED
        raise _away("could not be reached, or broke the connection", usage) from error
    except Refused as error:
        raise failed(error.refusal) from error
    except (httpx2.HTTPError, OSError) as error:
        raise cut_off(began=True) from error
    except json.JSONDecodeError as error:
        raise not_the_protocol("sent something that is not JSON") from error
    except _SHAPELESS as error:
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


def cut_off(*, began: bool) -> ModelError:
    """The connection broke; where an answer had begun, it may be billed as far as it went."""
    return ModelError(
        f"the endpoint broke the connection {'in the middle of' if began else 'before'} its answer",
        AbstentionReason.MODEL_UNREACHABLE,
        retryable=True,
        usage=_UNKNOWN if began else _UNBILLED,
    )


def _away(what: str, usage: Usage) -> ModelError:
    """Before any answer began: the endpoint is down, or being restarted."""
    return ModelError(
        f"the endpoint {what}",
        AbstentionReason.MODEL_UNREACHABLE,
        retryable=True,
        usage=usage,
        away=True,
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """An endpoint's error: its HTTP status, 0 where it came instead of an answer and told none.

    code and param are plain identifiers or ""; words is all that it wrote, for looking through and
    for nothing else; retry_after is in seconds.
    """

    status: int
    code: str = ""
    param: str = ""
    words: str = ""
    retry_after: float | None = None


class Reported(ModelError):
    """An error in the place of an answer."""

    def __init__(self, refusal: Refusal, told: ModelError) -> None:
        super().__init__(
            str(told),
            told.why,
            retryable=told.retryable,
            retry_after=told.retry_after,
            usage=_UNKNOWN,
        )
        self.refusal = refusal


class Refused(Exception):
    """An error status."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status)
        self.refusal = refusal


def _refusal_of(response: httpx2.Response) -> Refusal:
    """What an error status says."""
    told = _error_in(response)
    words = f"{told.get('message')} {response.text}"[:LONGEST_WORDS]
    asked_for = retry_after(response.headers, datetime.now(UTC))
    if asked_for is None and response.status_code in (429, 503):
        asked_for = _told_to_wait(words)
    code, kind = told.get("code"), told.get("type")
    code = code if code or kind not in _ADVICE else kind
    return Refusal(
        response.status_code, _identifier(code), _param(told.get("param")), words, asked_for
    )


def _error_in(response: httpx2.Response) -> Mapping[str, Any]:
    """The error object of a response's body, where it has one."""
    try:
        told = json.loads(response.text)
    except (ValueError, RecursionError):
        return {}
    error = told.get("error", told) if isinstance(told, dict) else None
    return error if isinstance(error, dict) else {}


def reported(error: object) -> Reported:
    """The failure that an error object in the place of an answer is."""
    told = error if isinstance(error, dict) else {}
    code, param = told.get("code") or told.get("type"), told.get("param")
    status = next((n for n in (told.get("code"), told.get("status")) if isinstance(n, int)), 0)
    words = json.dumps(error, ensure_ascii=False)[:LONGEST_WORDS]
    status = status if 400 <= status < 600 else 0
    refusal = Refusal(status, _identifier(code), _param(param), words, _told_to_wait(words))
    if status:
        return Reported(refusal, failed(refusal))
    what = "reported an error instead of an answer"
    return Reported(refusal, not_the_protocol(what, refusal.code))


def failed(refusal: Refusal, field: str = "") -> ModelError:
    """What a refusal says about who must act; field is the one of ours that it is about."""
    status, named = refusal.status, refusal.code
    said = f"the endpoint answered {status}{_in_brackets(named)}"
    advice = _ADVICE.get(named) or _about(field or refusal.param) or _ADVICE.get(status)
    advice = _REDIRECTED if 300 <= status < 400 else advice
    said = f"{said}: {advice}" if advice else said
    match status:
        case 429:
            # A spent quota comes as 429 too, and no waiting within a task refills it.
            why, retryable = AbstentionReason.RATE_LIMITED, named != "insufficient_quota"
        case _ if (status >= 500 or status in _PASSING) and named not in _ADVICE:
            why, retryable = AbstentionReason.MODEL_FAILED, True
        case _:
            why, retryable = AbstentionReason.MODEL_REFUSED, False
    return ModelError(
        said,
        why,
        retryable=retryable,
        retry_after=refusal.retry_after,
        usage=_UNBILLED,
        away=retryable and refusal.status in _NOBODY_BEHIND,
    )


def _about(field: str) -> str:
    """What to do about a field that the endpoint names."""
    if not field:
        return ""
    advice = _FIELD_ADVICE.get(field.partition("[")[0].partition(".")[0])
    return f"it refuses {field}; {advice}" if advice else f"it refuses {field}"


def _told_to_wait(words: str) -> float | None:
    """Seconds that an error's text asks to wait: "try again in 7.66s", "retryDelay": "1s"."""
    found = _AGAIN.search(words) or _RETRY_DELAY.search(words)
    seconds = _duration(found[1].lower()) if found else None
    return None if seconds is None else min(seconds, LONGEST_RETRY_AFTER)


def _in_brackets(code: str) -> str:
    return f" ({code})" if code else ""


def _identifier(named: object) -> str:
    """The endpoint's error code where it is a plain identifier, else ""."""
    return named if isinstance(named, str) and _CODE.match(named) else ""


def _param(named: object) -> str:
    """The field that the endpoint names, if it is one of those that we may have sent."""
    if not isinstance(named, str) or not _PARAM.fullmatch(named):
        return ""
    return named


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
    """A response body that fails once it grows past any sense; unzip is where it is compressed."""

    def __init__(self, body: httpx2.AsyncByteStream, *, zipped: bool = False) -> None:
        self._body = body
        self._unzip = zlib.decompressobj(wbits=47) if zipped else None  # gzip or zlib, by its head

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = line = 0
        async for packed in self._body:
            for part in self._unpacked(packed):
                seen += len(part)
                last = part.rfind(b"\n")
                line = line + len(part) if last < 0 else len(part) - last - 1
                if seen > MAX_RESPONSE_BYTES or line > MAX_LINE_BYTES:
                    raise httpx2.ReadError("the response is too long")
                yield part

    def _unpacked(self, packed: bytes) -> Iterator[bytes]:
        """The bytes in pieces of bounded size: a small response may unpack to any size."""
        if self._unzip is None:
            yield packed
            return
        try:
            while packed:
                yield self._unzip.decompress(packed, PIECE_BYTES)
                packed = self._unzip.unconsumed_tail
        except zlib.error as error:
            raise httpx2.ReadError("the response is compressed wrongly") from error

    async def aclose(self) -> None:
        await self._body.aclose()


async def _bound(response: httpx2.Response) -> None:
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise not_the_protocol("compressed its reply in a way that nobody asked for")
    zipped = coding not in ("identity", "")
    if zipped:
        del response.headers["content-encoding"]  # undone here, within bounds
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream, zipped=zipped)
