"""The service from async code.

async with AsyncClient("http://127.0.0.1:8080") as client:
    task = await client.ask("What is 17% of 2,340?")
    print(task["result"]["answer"])
"""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast
from urllib.parse import quote

import httpx2

from consensus.client.calls import (
    AGAIN,
    STREAM_TIMEOUT,
    as_ours,
    base_url,
    http_client,
    path,
    pause_before,
    read,
    refusal,
)
from consensus.client.errors import Refused, Unreachable
from consensus.client.events import Event, parse_events
from consensus.client.types import Ballot, Page, Task
from consensus.distribution import pip_install

LOCAL_URL: Final = "http://127.0.0.1:8080"
ATTEMPTS: Final = 5
LONGEST_ANSWER: Final = 660.0  # seconds: the longest task, and its grace
WAIT_SECONDS: Final = 60  # that one request waits for a task's end
STREAM_ATTEMPTS: Final = 3  # in a row without an event, before polling takes over
POLL_ATTEMPTS: Final = 10  # in a row without a reply, before giving up
POLL_SECONDS: Final = 1.0

FILES: Final = "/v1/files"
BATCHES: Final = "/v1/batches"
UPLOAD_TIMEOUT: Final = httpx2.Timeout(300.0, connect=5.0)

Pause = Callable[[float], Awaitable[None]]
Question = str | Sequence[Mapping[str, Any]]


class AsyncClient:
    """One service at one base URL. Use as an async context.

    Calls are repeated where the service is busy or a connection breaks: `attempts` times in all,
    after the pause that the service asks for. A task carries an idempotency key, so that it is
    never asked twice. Every method raises Refused, with the service's own words, if the request
    is wrong, and Unreachable if no usable answer comes.
    """

    def __init__(
        self,
        url: str = LOCAL_URL,
        *,
        api_key: str | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        attempts: int = ATTEMPTS,
        pause: Pause = asyncio.sleep,
    ) -> None:
        """api_key or token identifies the caller; sent only over https, or to this machine."""
        told = dict(headers or {})
        if api_key:
            told["X-API-Key"] = api_key
        if token:
            told["Authorization"] = f"Bearer {token}"
        self.url = base_url(url)
        self._http = http_client(self.url, told)
        self._attempts = attempts
        self._pause = pause

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def ask(
        self, question: Question, *, idempotency_key: str | None = None, **options: Any
    ) -> Task:
        """Ask, wait, and return the finished task. options are those of POST /v1/tasks."""
        task = await self.submit(question, idempotency_key=idempotency_key, **options)
        return await self.wait(task["id"])

    async def submit(
        self, question: Question, *, idempotency_key: str | None = None, **options: Any
    ) -> Task:
        """Ask, and return the task as planned. The same key gives the same task for a day."""
        name = "prompt" if isinstance(question, str) else "messages"
        given = {k: v for k, v in options.items() if v is not None}
        return await self.create({name: question, **given}, idempotency_key=idempotency_key)

    async def create(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Task:
        """POST /v1/tasks with that body."""
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return cast(Task, await self._call("POST", "/v1/tasks", json=body, headers=headers))

    async def task(self, task_id: str, *, wait_seconds: int = 0) -> Task:
        """The task as it stands, after waiting up to that long for its end."""
        headers = {"Prefer": f"wait={wait_seconds}"} if wait_seconds else {}
        timeout = httpx2.Timeout(wait_seconds + 30.0, connect=5.0)
        return cast(Task, await self._call("GET", path(task_id), headers=headers, timeout=timeout))

    async def wait(self, task_id: str) -> Task:
        """The finished task; every task ends soon after its deadline at the latest."""
        while True:
            task = await self.task(task_id, wait_seconds=WAIT_SECONDS)
            if task["state"] == "DONE":
                return task

    def stream(self, task_id: str) -> AsyncGenerator[Event, None]:
        """Its events up to `result`, despite lost connections and without server-sent events."""
        return follow(self, task_id, self._pause)

    async def listen(
        self,
        task_id: str,
        *,
        project: str | None = None,
        database: str | None = None,
        quiet_seconds: float = 30.0,
    ) -> AsyncGenerator[Task, None]:
        """The task after each change, up to its end, as its deployment's Firestore tells it.

        Asks nothing of the service; Google's own credentials say who reads. project and database
        default to GOOGLE_CLOUD_PROJECT and CONSENSUS_FIRESTORE_DATABASE. What has been quiet for
        quiet_seconds is read, and listened to anew. Needs the extra `cloud`.
        """
        try:
            from consensus.client.listening import listen, place  # noqa: PLC0415  an extra
        except ImportError as error:
            message = f"listen needs: {pip_install('cloud')}"
            raise Refused(message, status=0, usage=True) from error
        changes = listen(task_id, place(project, database), quiet_seconds, self._pause)
        async with aclosing(changes):
            async for task in changes:
                yield task

    async def votes(self, task_id: str) -> list[Ballot]:
        """Every vote and abstention in full, in recorded order."""
        told: list[Ballot] = []
        query: dict[str, str | int] = {"page_size": 100}
        while True:
            page = await self._call("GET", path(task_id, "votes"), params=query)
            told += page["votes"]
            if not page["next_page_token"]:
                return told
            query["page_token"] = page["next_page_token"]

    async def list(self, **filters: str | int) -> Page:
        """One page of your tasks, newest first: state, outcome, metadata, since, page_token ..."""
        return cast(Page, await self._call("GET", "/v1/tasks", params=filters))

    async def cancel(self, task_id: str) -> Task:
        """End it and return it; a DONE task is unchanged."""
        return cast(Task, await self._call("POST", path(task_id, "cancel")))

    async def delete(self, task_id: str) -> None:
        """Erase the task and everything that contains its text."""
        try:
            await self._call("DELETE", path(task_id))
        except Refused as error:
            if error.status != httpx2.codes.GONE:  # an attempt whose answer was lost
                raise

    async def feedback(
        self, task_id: str, *, correct: bool | None = None, answer: str | None = None
    ) -> dict[str, Any]:
        """Say whether its answer is right, or what is."""
        said = {"correct": correct, "answer": answer}
        body = {name: value for name, value in said.items() if value is not None}
        return await self._call("POST", path(task_id, "feedback"), json=body)

    async def batch(
        self,
        file: str | PathLike[str],
        *,
        endpoint: str = "/v1/tasks",
        metadata: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Have the service ask every line of a file; return the batch as it begins.

        The file is sent once: after Unreachable, call again. Raises TypeError for what is no path.
        """
        asked = _path_of(file)
        with asked.open("rb") as lines, as_ours(self.url):
            form = {"file": (asked.name, lines)}
            sent = await self._http.post(
                FILES, data={"purpose": "batch"}, files=form, timeout=UPLOAD_TIMEOUT
            )
        kept = read(sent, self.url)
        body = {"input_file_id": kept["id"], "endpoint": endpoint, "metadata": metadata or {}}
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return await self._call("POST", BATCHES, json=body, headers=headers)

    async def batch_status(self, batch_id: str) -> dict[str, Any]:
        """A batch as it stands."""
        return await self._call("GET", f"{BATCHES}/{quote(batch_id, safe='')}")

    async def batches(self, **query: str | int) -> dict[str, Any]:
        """One page of your batches, newest first: limit, after."""
        return await self._call("GET", BATCHES, params=query)

    async def batch_results(self, batch_id: str) -> AsyncGenerator[dict[str, Any], None]:
        """Each line's result or error, once the batch has ended."""
        batch = await self.batch_status(batch_id)
        for file_id in filter(None, (batch["output_file_id"], batch["error_file_id"])):
            with as_ours(self.url):
                where = f"{FILES}/{quote(file_id, safe='')}/content"
                async with self._http.stream("GET", where) as response:
                    if not response.is_success:
                        await response.aread()
                        raise refusal(response)
                    async for line in response.aiter_lines():
                        yield json.loads(line)

    async def post(
        self, where: str, body: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """POST to another route, such as /v1/chat/completions, and wait for its answer."""
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        timeout = httpx2.Timeout(LONGEST_ANSWER, connect=5.0)
        return await self._call("POST", where, json=body, headers=headers, timeout=timeout)

    async def events(self, task_id: str, after: str = "") -> AsyncGenerator[Event, None]:
        """One connection's events after that id, until it ends. `stream` resumes by itself."""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": after} if after else {})}
        with as_ours(self.url):
            async with self._http.stream(
                "GET", path(task_id, "events"), headers=headers, timeout=STREAM_TIMEOUT
            ) as response:
                if response.status_code != httpx2.codes.OK:
                    await response.aread()
                    raise refusal(response)
                if not response.headers.get("content-type", "").startswith("text/event-stream"):
                    raise Unreachable(f"{self.url} did not send an event stream")
                async for event in parse_events(response.aiter_bytes()):
                    yield event

    async def _call(self, method: str, where: str, **request: Any) -> dict[str, Any]:
        for attempt in range(1, self._attempts + 1):
            response, last = None, attempt == self._attempts
            try:
                with as_ours(self.url):
                    response = await self._http.request(method, where, **request)
            except Unreachable:
                if last:
                    raise
            if response is not None and (last or response.status_code not in AGAIN):
                return read(response, self.url)
            await self._pause(pause_before(attempt, response, random.random()))  # noqa: S311
        raise AssertionError("the last attempt returns or raises")


def _path_of(file: object) -> Path:
    if not isinstance(file, (str, PathLike)):
        raise TypeError(f"file must be a path, as str or PathLike, not {type(file).__name__}")
    return Path(file)


async def follow(
    client: AsyncClient, task_id: str, pause: Pause = asyncio.sleep
) -> AsyncGenerator[Event, None]:
    """Every event of a task up to its result, despite lost connections and without SSE.

    A broken stream resumes after the last event seen; if streaming keeps failing, the task is
    polled and arrives as `planned`, `progress` and `result` events whose data is the task. Raises
    Refused, and Unreachable once nothing answers.
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
            if error.usage or error.status in (401, 403, 404, 410):
                raise
        except Unreachable:
            pass
        misses += 1
        await pause(0.2 * 2**misses)
    async for event in _poll(client, task_id, pause):
        yield event


async def _poll(client: AsyncClient, task_id: str, pause: Pause) -> AsyncIterator[Event]:
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
                yield Event("result", dict(task))
                return
            yield Event(kind, dict(task))
            kind = "progress"
        await pause(POLL_SECONDS)
