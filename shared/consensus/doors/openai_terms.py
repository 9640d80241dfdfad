"""What the doors of OpenAI's protocol share: a caller who holds the line, and errors in its terms.

An answer is a task like any other. Its caller holds the line until the task's end; one that
hangs up ends the task, unless an Idempotency-Key says that it may return for the answer.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from consensus.codec.openai_fields import Asked, told
from consensus.core.errors import CallerError, TransientError
from consensus.core.model import Outcome, State, Task
from consensus.core.profiles import BUILT_IN, Profile, Unsettled
from consensus.core.tally import tally_votes
from consensus.doors import limits, problem
from consensus.doors.following import until_done, with_heartbeats
from consensus.doors.identity import Identity
from consensus.doors.submission import command_from, within_trace
from consensus.ports import Clock, TaskStore
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.submit import Submit, SubmitTask

log = logging.getLogger(__name__)

GRACE: Final = timedelta(seconds=90)  # past its deadline a task ends within this
PIECE: Final = 400  # characters of an answer that come in one delta
LEADER: Final = 200  # characters of the leading answer that progress tells
SEAT_HEADER: Final = "x-consensus-seat"  # what a worker's own model calls carry
# Clients of this protocol repeat what fails with 409 or 5xx: a failed task would be paid again.
ONCE: Final[Mapping[str, str]] = {"x-should-retry": "false"}

Endpoint = Callable[[Request], Awaitable[Response]]


class Unanswered(CallerError):
    """A task that has no answer for its caller."""

    def __init__(self, message: str, task: Task) -> None:
        super().__init__(message)
        self.task = task


class TaskFailed(Unanswered):
    """No seat of the panel voted (502)."""

    reason = "NO_VOTES"


class TaskCancelled(Unanswered):
    """The task was cancelled while somebody waited for it (409)."""

    reason = "CANCELLED"


class NotSettled(Unanswered):
    """There is no consensus, and the caller wants an error for that (409)."""

    reason = "NO_CONSENSUS"


class Loop(CallerError):
    """A worker of a consensus service asks a consensus service (508)."""

    reason = "LOOP"


@dataclass(frozen=True, slots=True)
class Line:
    """How the routes of the protocol ask the panel, and hold the line."""

    submit: Submit
    aggregate: Aggregate
    store: TaskStore
    clock: Clock
    identity: Identity
    max_prompt_bytes: int
    profiles: Sequence[Profile] = BUILT_IN

    async def caller(self, request: Request) -> str:
        """The owner who calls. Raises Unauthenticated, Loop."""
        if request.headers.get(SEAT_HEADER):
            raise Loop(
                "A worker asks its own kind: OPENAI_BASE_URL leads back to a consensus service. "
                "Name a model's endpoint there."
            )
        return await self.identity(request.headers)

    async def ask(self, owner: str, request: Request, asked: Asked) -> tuple[SubmitTask, Task]:
        """Submit the task that a request is."""
        command = command_from(owner, request.headers, asked.submission)
        with within_trace(command, request.url.path) as command:
            return command, await self.submit(command)

    async def headers(self, task: Task, asked: Asked) -> dict[str, str]:
        """What an answer's headers say of the task, of its request, and of its owner's limits."""
        return {**headers_of(task, asked), **await limits.told(self.submit, task.owner)}

    async def end_of(self, request: Request, command: SubmitTask, task: Task) -> Task:
        """The task once it has ended; one whose caller has hung up is ended."""
        seconds = (task.deadline + GRACE - self.clock.now()).total_seconds()
        task = await until_done(request, self.store, self.clock, task, max(0.0, seconds))
        if task.state is not State.DONE and await request.is_disconnected():
            await self.abandon(command, task)
        return task

    async def progress_of(self, task: Task) -> AsyncGenerator[tuple[Task, bytes], None]:
        """The task as it changes, each time with a line for the stream; ends after DONE."""
        changes = with_heartbeats(self.store.watch(task.id), self.clock)
        async with aclosing(changes):
            async for change in changes:
                task = change or task
                if task.state is State.DONE:
                    yield task, b""
                else:
                    yield task, await self._comment(task)

    async def _comment(self, task: Task) -> bytes:
        """How far the panel is, as a comment: clients skip it, and proxies take it for life.

        It ends with one newline. With two, some clients would read an empty event after it.
        """
        told = {
            "asked": task.progress.asked,
            "voted": task.progress.voted,
            **await self._lead(task),
        }
        return f": {json.dumps(told, ensure_ascii=False)}\n".encode()

    async def _lead(self, task: Task) -> dict[str, object]:
        """The leading answer and its share, once there are votes."""
        stored = await self.store.load(task.id) if task.progress.voted else None
        if stored is None:
            return {}
        tally = tally_votes(stored.task.votes, task.plan)
        leader = tally.leader
        return {"leader": leader.answer[:LEADER], "share": round(leader.share, 4)} if leader else {}

    async def abandon(self, command: SubmitTask, task: Task) -> None:
        """Nobody waits for the answer any more, so nobody should pay for more of it.

        A task that has ended meanwhile stays as it is.
        """
        if task.state is State.DONE or command.idempotency_key is not None:
            return
        try:
            await self.aggregate.cancel(task.id, task.owner)
        except TransientError as error:
            log.warning("task not cancelled", extra={"task_id": task.id, "reason": error.reason})


def require_answer(task: Task, unsettled: Unsettled) -> None:
    """Raises what a task that brings no answer is in this protocol."""
    if task.state is not State.DONE or task.result is None:
        said = f"The answer did not come in time. GET /v1/tasks/{task.id} may have it."
        raise TaskFailed(said, task)
    match task.result.outcome:
        case Outcome.FAILED:
            raise TaskFailed(task.result.explanation, task)
        case Outcome.CANCELLED:
            raise TaskCancelled(task.result.explanation, task)
        case Outcome.NO_CONSENSUS if unsettled is Unsettled.ERROR:
            said = f"{task.result.explanation} GET /v1/tasks/{task.id} has the votes."
            raise NotSettled(said, task)


def pieces(text: str) -> list[str]:
    """A text in the pieces in which a stream tells it; at least one."""
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)] or [""]


def headers_of(task: Task, asked: Asked | None = None) -> dict[str, str]:
    """What a response's headers say of the task, and of fields that had no effect."""
    told = {**problem.SAFE_HEADERS, "x-consensus-task-id": task.id}
    if task.result is not None:
        told["x-consensus-outcome"] = task.result.outcome
        told["x-consensus-agreement"] = f"{task.result.agreement:.4f}"
        if task.result.confidence is not None:
            told["x-consensus-confidence"] = f"{task.result.confidence:.4f}"
        if task.result.probability_correct is not None:
            told["x-consensus-probability-correct"] = f"{task.result.probability_correct:.4f}"
    if asked and asked.ignored:
        names = ", ".join(asked.ignored)
        told["x-consensus-warning"] = f"no effect, the panel has its own: {names}"
    return told


def in_its_terms(endpoint: Endpoint) -> Endpoint:
    """The endpoint, its errors told as clients of the protocol read them too."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (CallerError, TransientError) as error:
            return as_openai(problem.of_error(error), error)

    return answered


async def unknown(request: Request, error: Exception) -> Response:
    """An unknown route or method, as an error in the protocol of its callers."""
    path = request.url.path
    response = problem.of_error(error)
    of_tasks = path.startswith(("/v1/tasks", "/v1/events"))
    if of_tasks or not path.startswith(("/v1/", "/chat/", "/models", "/responses", "/openai/")):
        return response
    if response.status_code == 404:
        detail = (
            "There is no such route. Here are /v1/chat/completions, /v1/responses, /v1/models and "
            "/v1/tasks; a client's base URL ends in /v1."
        )
        response = problem.problem("NOT_FOUND", detail)
    return as_openai(response, error)


def as_openai(response: Response, error: Exception) -> Response:
    """A problem with the protocol's own `error` beside it, and headers that tell of its task."""
    kept = {k: v for k, v in response.headers.items() if k != "content-length"}
    once = ONCE if isinstance(error, Unanswered | Loop) else {}
    of_task = headers_of(error.task) if isinstance(error, Unanswered) else {}
    headers = {**kept, **of_task, **once}
    return JSONResponse(error_to_json(response), response.status_code, headers)


def error_to_json(response: Response) -> dict[str, Any]:
    """The body of a problem, with the protocol's own `error` in it."""
    document: dict[str, Any] = json.loads(bytes(response.body))
    first = (document.get("errors") or [{}])[0]
    pointer, parameter = first.get("pointer"), first.get("parameter")
    error = {
        "message": document["detail"],
        "type": _TYPES.get(response.status_code, "invalid_request_error"),
        "param": told(pointer.removeprefix("#/")) if pointer else parameter,
        "code": str(document["reason"]).lower(),
    }
    return {**document, "error": error}


_TYPES: Final = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
    500: "server_error",
    502: "server_error",
    503: "server_error",
}
