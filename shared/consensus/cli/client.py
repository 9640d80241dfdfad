"""The service over HTTP, as any other client speaks to it: tasks as JSON, progress as SSE."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from consensus.cli.terminal import one_line
from consensus.config import Settings
from consensus.core.errors import CallerError, TransientError

Json = dict[str, Any]
Pause = Callable[[float], Awaitable[None]]

# A stream is heard from at least at every heartbeat; one silent for longer is dead.
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
STREAM_TIMEOUT = httpx.Timeout(60.0, connect=5.0)
STREAM_ATTEMPTS = 3  # in a row without an event, before polling takes over
POLL_ATTEMPTS = 10  # in a row without a reply, before giving up
POLL_SECONDS = 1.0
LONGEST_LINE = 16 * 1024 * 1024  # bytes; a task of a hundred kilobytes is a small part of it

_BAD_REQUEST = {400, 413, 414, 415, 422}


class Refused(CallerError):
    """The service answered with an error. usage says that the request itself was wrong."""

    reason = "REFUSED"

    def __init__(self, message: str, *, status: int, usage: bool) -> None:
        super().__init__(message)
        self.status = status
        self.usage = usage


class Unreachable(TransientError):
    """No usable reply: no connection, a broken one, or not this service's protocol."""

    reason = "UNREACHABLE"


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event. id is "" where the server gave none; data is its JSON object."""

    kind: str
    data: Json
    id: str = ""


class Client:
    """One service at one base URL. Use as an async context."""

    def __init__(self, url: str, credentials: Mapping[str, str] | None = None) -> None:
        """credentials are headers. Raises Refused for what is no URL, or would give them away."""
        self.url = base_url(url)
        place = httpx.URL(self.url)
        direct = place.host in ("127.0.0.1", "localhost", "::1")
        if credentials and place.scheme != "https" and not direct:
            message = f"{one_line(self.url, 100)} would carry credentials in the clear; use https"
            raise Refused(message, status=0, usage=True)
        # Proxies from the environment are for the model endpoint, not for a service on loopback.
        self._http = httpx.AsyncClient(
            base_url=self.url, timeout=TIMEOUT, trust_env=not direct, headers=credentials
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def submit(self, body: Mapping[str, Any]) -> Json:
        """POST /v1/tasks: the new task. Raises Refused, Unreachable."""
        return await self._call("POST", "/v1/tasks", body)

    async def task(self, task_id: str) -> Json:
        """GET the task as it stands. Raises Refused, Unreachable."""
        return await self._call("GET", _path(task_id))

    async def cancel(self, task_id: str) -> Json:
        """POST its cancel: the task afterwards. Raises Refused, Unreachable."""
        return await self._call("POST", f"{_path(task_id)}/cancel")

    async def events(self, task_id: str, after: str = "") -> AsyncIterator[Event]:
        """One connection's events after that id, until it ends. Raises Refused, Unreachable."""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": after} if after else {})}
        with _as_ours(self.url):
            async with self._http.stream(
                "GET", f"{_path(task_id)}/events", headers=headers, timeout=STREAM_TIMEOUT
            ) as response:
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    raise _refusal(response)
                if not response.headers.get("content-type", "").startswith("text/event-stream"):
                    raise Unreachable(f"{self.url} did not send an event stream")
                async for event in parse_events(response.aiter_bytes()):
                    yield event

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        with _as_ours(self.url):
            response = await self._http.request(method, path, json=body)
        if not response.is_success:
            raise _refusal(response)
        return _object(response.content, self.url)


async def follow(
    client: Client, task_id: str, pause: Pause = asyncio.sleep
) -> AsyncIterator[Event]:
    """Every event of a task, up to and with its result, over lost connections and without SSE.

    A broken stream resumes after the last event seen; where streaming keeps failing the task is
    polled, and arrives as `planned`, `progress` and `result` events whose data is the task. Raises
    Refused, and Unreachable when nothing answers any more.
    """
    last, misses = "", 0
    while misses < STREAM_ATTEMPTS:
        try:
            async for event in client.events(task_id, last):
                last, misses = event.id or last, 0
                yield event
                if event.kind == "result":
                    return
        except Refused as error:
            if error.usage or error.status in (401, 403, 404):
                raise
        except Unreachable:
            pass
        misses += 1
        await pause(0.2 * 2**misses)
    async for event in _poll(client, task_id, pause):
        yield event


async def _poll(client: Client, task_id: str, pause: Pause) -> AsyncIterator[Event]:
    kind, misses = "planned", 0
    while True:
        try:
            task = await client.task(task_id)
        except (Unreachable, Refused) as error:
            misses += 1
            if misses >= POLL_ATTEMPTS or (isinstance(error, Refused) and error.status < 500):
                raise
        else:
            misses = 0
            if task.get("state") == "DONE":
                yield Event("result", task)
                return
            yield Event(kind, task)
            kind = "progress"
        await pause(POLL_SECONDS)


async def parse_events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """The events of a text/event-stream; comments and events without a JSON object are skipped."""
    fields: dict[str, list[str]] = {}
    async for line in _lines(chunks):
        name, _, value = line.partition(":")
        if line and name:
            fields.setdefault(name, []).append(value.removeprefix(" "))
        elif not line:
            event = _event(fields)
            fields = {}
            if event is not None:
                yield event


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Lines by the stream's own rule: JSON may hold what Python takes for further line breaks."""
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode(errors="replace")
        if len(rest) > LONGEST_LINE:
            raise Unreachable("the event stream holds an endless line")


def _event(fields: Mapping[str, list[str]]) -> Event | None:
    try:
        data = json.loads("\n".join(fields.get("data", [])))
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    return Event(fields.get("event", ["message"])[-1], data, fields.get("id", [""])[-1])


def credentials(settings: Settings) -> dict[str, str]:
    """The headers that say who calls: an API key, a bearer token, or both, where there are any."""
    key, token = settings.api_key, settings.token
    return {
        **({"X-API-Key": key.get_secret_value()} if key else {}),
        **({"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}),
    }


def base_url(url: str) -> str:
    """The service's base URL, with http:// where no scheme is given. Raises Refused for no URL."""
    named = url if "://" in url else f"http://{url}"
    try:
        parsed = httpx.URL(named)
    except (httpx.InvalidURL, TypeError) as error:
        raise _not_a_url(url) from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise _not_a_url(url)
    return named.rstrip("/")


def _not_a_url(url: str) -> Refused:
    message = f'"{one_line(url, 100)}" is not a URL of the service; try http://127.0.0.1:8080'
    return Refused(message, status=0, usage=True)


def _path(task_id: str) -> str:
    return f"/v1/tasks/{quote(task_id, safe='')}"


@contextmanager
def _as_ours(url: str) -> Iterator[None]:
    """Where httpx's errors become ours."""
    try:
        yield
    except httpx.TimeoutException as error:
        message = f"{url} did not answer in time; try again, or check the service"
        raise Unreachable(message) from error
    except httpx.ConnectError as error:
        message = f"nothing answers at {url}; start it with `consensus serve`, or correct --url"
        raise Unreachable(message) from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        detail = one_line(error) or type(error).__name__
        raise Unreachable(f"the connection to {url} broke ({detail}); try again") from error


def _refusal(response: httpx.Response) -> Refused:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    detail = problem.get("detail") or problem.get("title") if isinstance(problem, dict) else None
    if not detail:
        where = response.request.url
        detail = f"{where} answered {response.status_code}; is that the service's address?"
    status = response.status_code
    return Refused(one_line(detail, 1000), status=status, usage=status in _BAD_REQUEST)


def _object(content: bytes, url: str) -> Json:
    try:
        value = json.loads(content)
    except ValueError as error:
        raise Unreachable(f"{url} did not answer with JSON; is that the service?") from error
    if not isinstance(value, dict):
        raise Unreachable(f"{url} did not answer with a task; is that the service?")
    return value
