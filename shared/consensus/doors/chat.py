"""Consensus as a model: the OpenAI chat completions door, stream and not.

A completion is a task like any other. Its caller holds the line until the task's end; one that
hangs up ends the task, unless an Idempotency-Key says that it may come again for the answer.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consensus.codec import chat
from consensus.core.errors import CallerError, TransientError
from consensus.core.model import Outcome, State, Task
from consensus.doors import problem
from consensus.doors.following import EventStream, until_done, with_heartbeats
from consensus.doors.identity import Identity
from consensus.doors.ordering import order_of, read_json_body
from consensus.ports import Clock, TaskStore
from consensus.telemetry import tracing
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.submit import Order, Submit

log = logging.getLogger(__name__)

GRACE: Final = timedelta(seconds=90)  # past its deadline a task ends within this
# Clients of this protocol repeat what fails with 5xx; a task that failed would be paid again.
ONCE: Final[Mapping[str, str]] = {"x-should-retry": "false"}
DONE: Final = b"data: [DONE]\n\n"

Endpoint = Callable[[Request], Awaitable[Response]]


class TaskFailed(CallerError):
    """The panel brought no vote (502)."""

    reason = "NO_VOTES"


class TaskCancelled(CallerError):
    """The task was cancelled while somebody waited for it (409)."""

    reason = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Chat:
    """The routes of the protocol."""

    submit: Submit
    aggregate: Aggregate
    store: TaskStore
    clock: Clock
    identity: Identity
    max_prompt_bytes: int

    def routes(self) -> list[Route]:
        """What to serve."""
        return [
            Route("/v1/chat/completions", _in_its_terms(self.complete), methods=["POST"]),
            Route("/v1/models", _in_its_terms(self.models), methods=["GET"]),
            Route("/v1/models/{id}", _in_its_terms(self.model), methods=["GET"]),
        ]

    async def models(self, request: Request) -> Response:
        """GET /v1/models."""
        await self.identity(request.headers)
        return JSONResponse(chat.models_to_json(), headers=problem.SAFE_HEADERS)

    async def model(self, request: Request) -> Response:
        """GET /v1/models/{id}."""
        await self.identity(request.headers)
        if request.path_params["id"] != chat.MODEL:
            raise chat.ModelNotFound(f"There is one model here: {chat.MODEL}.")
        return JSONResponse(chat.model_to_json(), headers=problem.SAFE_HEADERS)

    async def complete(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        owner = await self.identity(request.headers)
        longest = self.max_prompt_bytes
        asked = chat.read_chat(await read_json_body(request, longest), longest)
        order = order_of(owner, request.headers, asked.submission)
        with tracing(order.traceparent):
            task = await self.submit(order)
        if asked.stream:
            chunks = self._stream(task, asked.include_usage)
            return EventStream(chunks, ended=partial(self._abandon, order, task))
        seconds = (task.deadline + GRACE - self.clock.now()).total_seconds()
        task = await until_done(request, self.store, self.clock, task, max(0.0, seconds))
        if task.state is not State.DONE and await request.is_disconnected():
            await self._abandon(order, task)
        _require_answer(task)
        return JSONResponse(chat.completion_to_json(task), headers=problem.SAFE_HEADERS)

    async def _stream(self, task: Task, include_usage: bool) -> AsyncGenerator[bytes, None]:
        """The completion in chunks: how far the panel is as comments, the answer at its end."""
        yield _event(
            chat.chunk_to_json(
                task, {"role": "assistant", "content": ""}, usage_follows=include_usage
            )
        )
        try:
            changes = with_heartbeats(self.store.watch(task.id), self.clock)
            async with aclosing(changes):
                async for change in changes:
                    task = change or task
                    if task.state is not State.DONE:
                        yield _comment(task)
            _require_answer(task)
            for chunk in _answer(task, include_usage):
                yield chunk
        except (CallerError, TransientError) as error:
            yield _event(_as_openai(problem.of_error(error)))
        yield DONE

    async def _abandon(self, order: Order, task: Task) -> None:
        """Nobody waits for the answer any more, so nobody should pay for more of it.

        A task that has ended meanwhile stays as it is.
        """
        if task.state is State.DONE or order.idempotency_key is not None:
            return
        try:
            await self.aggregate.cancel(task.id, task.owner)
        except TransientError as error:
            log.warning("task not cancelled", extra={"task_id": task.id, "reason": error.reason})


def _require_answer(task: Task) -> None:
    """Raises what an unanswered completion is in this protocol."""
    if task.state is not State.DONE or task.result is None:
        raise TaskFailed(f"The answer did not come in time. GET /v1/tasks/{task.id} may have it.")
    if task.result.outcome is Outcome.FAILED:
        raise TaskFailed(task.result.explanation)
    if task.result.outcome is Outcome.CANCELLED:
        raise TaskCancelled(task.result.explanation)


def _answer(task: Task, include_usage: bool) -> Iterator[bytes]:
    said = {"content": chat.answer_of(task)}
    yield _event(chat.chunk_to_json(task, said, usage_follows=include_usage))
    yield _event(chat.chunk_to_json(task, {}, usage_follows=include_usage, last=True))
    if include_usage:
        yield _event(chat.usage_chunk_to_json(task))


def _comment(task: Task) -> bytes:
    """A line that clients skip and proxies take for life."""
    progress = task.progress
    return f": {progress.voted} of {progress.asked} asked have voted\n\n".encode()


def _event(content: Mapping[str, object]) -> bytes:
    return f"data: {json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def _in_its_terms(endpoint: Endpoint) -> Endpoint:
    """The endpoint, its errors told as clients of the protocol read them too."""

    async def told(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (CallerError, TransientError) as error:
            response = problem.of_error(error)
            kept = {k: v for k, v in response.headers.items() if k != "content-length"}
            once = ONCE if isinstance(error, TaskFailed | TaskCancelled) else {}
            return JSONResponse(_as_openai(response), response.status_code, {**kept, **once})

    return told


def _as_openai(response: Response) -> dict[str, object]:
    """A problem with the protocol's own `error` beside it."""
    document: dict[str, object] = json.loads(bytes(response.body))
    error = {
        "message": document["detail"],
        "type": "server_error" if response.status_code >= 500 else "invalid_request_error",
        "param": None,
        "code": str(document["reason"]).lower(),
    }
    return {**document, "error": error}
