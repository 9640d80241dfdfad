"""The supervisor's door: each route reads a request, calls one use case or the store, answers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consensus.codec.requests import read_page_query, read_submission
from consensus.codec.responses import task_to_json
from consensus.core.errors import TaskNotFound
from consensus.core.model import State, Task
from consensus.doors import dashboard, prefer, problem, sse
from consensus.doors.browsers import SameOriginOnly
from consensus.doors.chat import Chat
from consensus.doors.following import EVENT_STREAM, EventStream, until_done
from consensus.doors.identity import Identity
from consensus.doors.ordering import order_of, read_json_body
from consensus.doors.ready import Look, Ready, health
from consensus.ports import Clock, Statuses, TaskStore
from consensus.telemetry import tracing
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.submit import Submit

_TASK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


def build(
    submit: Submit,
    aggregate: Aggregate,
    store: TaskStore,
    clock: Clock,
    identity: Identity,
    *,
    max_prompt_bytes: int,
    workers: Statuses | None = None,
    queue: Look | None = None,
    operators: Collection[str] = ("local",),
) -> Starlette:
    """The supervisor's ASGI application; workers and queue tell of themselves where they can.

    operators are the owners who may see whether the service is ready.
    """
    door = _Door(submit, aggregate, store, clock, identity, max_prompt_bytes)
    chat = Chat(submit, aggregate, store, clock, identity, max_prompt_bytes)
    app = Starlette(
        routes=[
            Route("/health", health),
            Route("/ready", Ready(store, identity, operators, workers, queue).answer),
            Route("/v1/tasks", door.tasks, methods=["GET", "POST"]),
            Route("/v1/tasks/{id}", door.show, methods=["GET"]),
            Route("/v1/tasks/{id}/events", door.events, methods=["GET"]),
            Route("/v1/tasks/{id}/cancel", door.cancel, methods=["POST"]),
            *chat.routes(),
            *dashboard.routes(),
        ],
        middleware=[Middleware(problem.Guard), Middleware(SameOriginOnly)],
        exception_handlers=problem.HANDLERS,
    )
    app.router.redirect_slashes = False
    return app


@dataclass(frozen=True, slots=True)
class _Door:
    submit: Submit
    aggregate: Aggregate
    store: TaskStore
    clock: Clock
    identity: Identity
    max_prompt_bytes: int

    async def tasks(self, request: Request) -> Response:
        """/v1/tasks; one route, so that a wrong method is told of both."""
        return await (self.create if request.method == "POST" else self.list)(request)

    async def create(self, request: Request) -> Response:
        """POST /v1/tasks."""
        owner = await self.identity(request.headers)
        longest = self.max_prompt_bytes
        asked = read_submission(await read_json_body(request, longest), longest)
        order = order_of(owner, request.headers, asked)
        with tracing(order.traceparent):
            task = await self.submit(order)
        headers = {"Location": f"/v1/tasks/{task.id}"}
        seconds = prefer.wait(request.headers.getlist("prefer"))
        if seconds is None:
            return _answer(task_to_json(task), 202, headers)
        task = await until_done(request, self.store, self.clock, task, seconds)
        headers["Preference-Applied"] = f"wait={seconds}"
        return _answer(task_to_json(task), 200 if task.state is State.DONE else 202, headers)

    async def show(self, request: Request) -> Response:
        """GET /v1/tasks/{id}."""
        return _answer(task_to_json(await self._own(request)))

    async def list(self, request: Request) -> Response:
        """GET /v1/tasks."""
        owner = await self.identity(request.headers)
        query = read_page_query(request.query_params)
        page = await self.store.page(owner, query.state, query.size, query.token)
        tasks = [task_to_json(task) for task in page.tasks]
        return _answer({"tasks": tasks, "next_page_token": page.next_token})

    async def events(self, request: Request) -> Response:
        """GET /v1/tasks/{id}/events."""
        task = await self._own(request)
        after = _last_event_id(request)
        if request.method == "HEAD":
            return Response(media_type=EVENT_STREAM, headers=problem.SAFE_HEADERS)
        return EventStream(sse.follow(self.store, self.clock, task.id, after))

    async def cancel(self, request: Request) -> Response:
        """POST /v1/tasks/{id}/cancel."""
        owner = await self.identity(request.headers)
        return _answer(task_to_json(await self.aggregate.cancel(_task_id(request), owner)))

    async def _own(self, request: Request) -> Task:
        """The task that the path names, if it is the caller's: another's is not even confirmed."""
        owner = await self.identity(request.headers)
        task_id = _task_id(request)
        stored = await self.store.load(task_id)
        if stored is None or stored.task.owner != owner:
            raise _no_such_task()
        return stored.task


def _answer(
    content: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    return JSONResponse(content, status, {**problem.SAFE_HEADERS, **(headers or {})})


def _task_id(request: Request) -> str:
    task_id: str = request.path_params["id"]
    if not _TASK_ID.fullmatch(task_id):
        raise _no_such_task()
    return task_id


def _no_such_task() -> TaskNotFound:
    return TaskNotFound("You have no task of that id. GET /v1/tasks lists yours.")


def _last_event_id(request: Request) -> int:
    """The id to resume after. One that is none of ours starts anew: events are safe to repeat."""
    given = request.headers.get("last-event-id") or request.query_params.get("last_event_id", "")
    return int(given[:9]) if given.isascii() and given.isdigit() else sse.FROM_START
