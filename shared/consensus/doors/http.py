"""The supervisor's door: each route reads a request, calls one use case or the store, answers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consensus import __version__
from consensus.codec.documents import place_from_token, token_of_place
from consensus.codec.queries import read_page_query, read_paging
from consensus.codec.requests import (
    FEEDBACK_LENGTH,
    read_feedback,
    read_submission,
)
from consensus.codec.responses import (
    ballots_to_json,
    feedback_to_json,
    part_to_json,
    statistics_to_json,
    summary_to_json,
    task_to_json,
)
from consensus.core.errors import TaskNotFound
from consensus.core.model import State, Strategy, Task
from consensus.core.parts.written import with_written
from consensus.core.profiles import BUILT_IN, Profile
from consensus.core.tally import tally_votes
from consensus.doors import dashboard, limits, prefer, problem, sse
from consensus.doors.batches import BatchDoor
from consensus.doors.browsers import SameOriginOnly
from consensus.doors.chat import Chat
from consensus.doors.courtesies import Courtesies
from consensus.doors.following import EVENT_STREAM, until_done
from consensus.doors.identity import Identity
from consensus.doors.mcp import ROUTE as MCP_ROUTE
from consensus.doors.mcp import Mcp
from consensus.doors.news import News, Streams
from consensus.doors.openai_responses import Responses
from consensus.doors.openai_terms import Line, unknown
from consensus.doors.ready import Look, Ready, health
from consensus.doors.submission import command_from, read_json_body, within_trace
from consensus.ports import Clock, Listing, Statuses, TaskStore
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.batches import Batches
from consensus.usecases.files import Files
from consensus.usecases.look_back import LookBack
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
    demo: bool = False,
    workers: Statuses | None = None,
    queue: Look | None = None,
    operators: Collection[str] = ("local",),
    profiles: Sequence[Profile] = BUILT_IN,
    origins: Sequence[str] = (),
    files: Files | None = None,
    batches: Batches | None = None,
    max_file_bytes: int = 0,
) -> Starlette:
    """The supervisor's ASGI application; workers and queue report their state if they can.

    operators are the owners who may see whether the service is ready; profiles are the models that
    clients may name; origins are the other sites whose pages may call; files and batches, which go
    together, are served if there is a place for files.
    """
    news = News(store, clock)
    door = _Door(submit, aggregate, store, clock, identity, max_prompt_bytes, news)
    line = Line(submit, aggregate, store, clock, identity, max_prompt_bytes, profiles)
    mcp = Mcp(submit, aggregate, store, clock, identity, max_prompt_bytes)
    of_batches: list[Route] = []
    if files and batches:
        of_batches = BatchDoor(files, batches, identity, max_file_bytes).routes()
    app = Starlette(
        routes=[
            Route("/health", health),
            Route("/ready", Ready(store, identity, operators, workers, queue).answer),
            Route("/openapi.json", describe),
            Route("/v1/tasks", door.tasks, methods=["GET", "POST"]),
            Route("/v1/tasks/{id}", door.task, methods=["GET", "DELETE"]),
            Route("/v1/tasks/{id}/votes", door.votes, methods=["GET"]),
            Route("/v1/tasks/{id}/parts", door.parts, methods=["GET"]),
            Route("/v1/tasks/{id}/events", door.events, methods=["GET"]),
            Route("/v1/tasks/{id}/cancel", door.cancel, methods=["POST"]),
            Route("/v1/tasks/{id}/feedback", door.judge, methods=["POST"]),
            Route("/v1/events", door.news, methods=["GET"]),
            Route("/v1/statistics", door.statistics, methods=["GET"]),
            *Chat(line).routes(),
            *Responses(line).routes(),
            Route(MCP_ROUTE, mcp.answer, methods=["POST"]),
            *of_batches,
            *dashboard.routes(demo=demo),
        ],
        # Event streams are left as they are: what is compressed waits for more.
        middleware=[
            Middleware(Courtesies),
            Middleware(problem.Guard),
            *_for_pages_of(origins),
            Middleware(SameOriginOnly, origins=origins),
            Middleware(GZipMiddleware, minimum_size=1000),
        ],
        exception_handlers={**problem.HANDLERS, HTTPException: unknown},
    )
    app.router.redirect_slashes = False
    return app


def _for_pages_of(origins: Sequence[str]) -> list[Middleware]:
    """What lets a browser show our answers to pages of these other sites; nothing for none."""
    if not origins:
        return []
    told = ["x-request-id", "x-consensus-task-id", "x-consensus-outcome", "location"]
    told += ["x-consensus-agreement", "x-consensus-confidence", "x-consensus-warning"]
    told += ["retry-after", *limits.NAMES]
    methods = ["GET", "POST", "DELETE"]
    cors = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=methods,
        allow_headers=["*"],
        expose_headers=told,
    )
    return [cors]


@dataclass(frozen=True, slots=True)
class _Door:
    submit: Submit
    aggregate: Aggregate
    store: TaskStore
    clock: Clock
    identity: Identity
    max_prompt_bytes: int
    news_of: News
    streams: Streams = field(default_factory=Streams)

    async def tasks(self, request: Request) -> Response:
        """/v1/tasks; one route, so that a wrong method is told of both."""
        return await (self.create if request.method == "POST" else self.list)(request)

    async def create(self, request: Request) -> Response:
        """POST /v1/tasks."""
        owner = await self.identity(request.headers)
        longest = self.max_prompt_bytes
        asked = read_submission(await read_json_body(request, longest), longest)
        command = command_from(owner, request.headers, asked)
        with within_trace(command, "/v1/tasks") as command:
            task = await self.submit(command)
        headers = {"Location": f"/v1/tasks/{task.id}", **await limits.told(self.submit, owner)}
        task, applied = await self._waited(request, task)
        done = applied and task.state is State.DONE
        return _answer(task_to_json(task), 200 if done else 202, headers | applied)

    async def task(self, request: Request) -> Response:
        """/v1/tasks/{id}; one route, so that a wrong method is told of both."""
        return await (self.erase if request.method == "DELETE" else self.show)(request)

    async def show(self, request: Request) -> Response:
        """GET /v1/tasks/{id}."""
        task, applied = await self._waited(request, await self._own(request))
        said = await self.store.feedback([task.id]) if task.state is State.DONE else {}
        told = task_to_json(task)
        if heard := said.get(task.id):
            told["feedback"] = feedback_to_json(heard)
        return _answer(told, headers=applied)

    async def erase(self, request: Request) -> Response:
        """DELETE /v1/tasks/{id}."""
        owner = await self.identity(request.headers)
        await self.aggregate.erase(_task_id(request), owner)
        return Response(status_code=204, headers=problem.SAFE_HEADERS)

    async def votes(self, request: Request) -> Response:
        """GET /v1/tasks/{id}/votes: every ballot in full, in recorded order, late ones last."""
        task = await self._own(request)
        size, token = read_paging(request.query_params)
        first = place_from_token(token)
        late = await self.store.late(task.id) if task.state is State.DONE else ()
        ballots = ballots_to_json(task, late)
        told, more = ballots[first : first + size], len(ballots) > first + size
        return _answer(
            {"votes": told, "next_page_token": token_of_place(first + size) if more else ""}
        )

    async def parts(self, request: Request) -> Response:
        """GET /v1/tasks/{id}/parts: every part of the answer in full, in order.

        A task keeps the least agreed; all of them follow from its plan and its votes.
        """
        task = await self._own(request)
        size, token = read_paging(request.query_params)
        first = place_from_token(token)
        stands = with_written(task, tally_votes(task.votes, task.plan)).parts
        parts = stands.parts if stands else ()
        is_json = task.plan.strategy is Strategy.STRUCTURED
        told = [part_to_json(part, is_json=is_json) for part in parts[first : first + size]]
        more = len(parts) > first + size
        following = token_of_place(first + size) if more else ""
        return _answer({"parts": told, "part_count": len(parts), "next_page_token": following})

    async def judge(self, request: Request) -> Response:
        """POST /v1/tasks/{id}/feedback."""
        owner = await self.identity(request.headers)
        said = read_feedback(await read_json_body(request, 4 * FEEDBACK_LENGTH))  # UTF-8
        task_id = _task_id(request)
        feedback = await self.aggregate.judge(task_id, owner, said.correct, said.answer)
        return _answer(feedback_to_json(feedback))

    async def list(self, request: Request) -> Response:
        """GET /v1/tasks. Unsettled tasks come with their feedback."""
        owner = await self.identity(request.headers)
        query = read_page_query(request.query_params)
        everyone = query.everyone and owner in self.aggregate.deciders
        listing = Listing(
            None if everyone else owner,
            query.state,
            query.outcome,
            query.metadata,
            query.since,
            query.unsettled,
        )
        page = await self.store.page(listing, query.size, query.token)
        tasks = [summary_to_json(task) for task in page.tasks]
        if query.everyone:
            named = zip(page.tasks, tasks, strict=True)
            tasks = [told | {"owner": task.owner} for task, told in named]
        if query.unsettled:
            said = await self.store.feedback([task.id for task in page.tasks])
            for task, told in zip(page.tasks, tasks, strict=True):
                if heard := said.get(task.id):
                    told["feedback"] = feedback_to_json(heard)
        return _answer({"tasks": tasks, "next_page_token": page.next_token})

    async def news(self, request: Request) -> Response:
        """GET /v1/events: the list, live."""
        owner = await self.identity(request.headers)
        if request.method == "HEAD":
            return Response(media_type=EVENT_STREAM, headers=problem.SAFE_HEADERS)
        return self.streams.opened(owner, self.news_of.follow(owner))

    async def events(self, request: Request) -> Response:
        """GET /v1/tasks/{id}/events."""
        task = await self._own(request)
        after = _last_event_id(request)
        if request.method == "HEAD":
            return Response(media_type=EVENT_STREAM, headers=problem.SAFE_HEADERS)
        following = sse.follow(self.store, self.clock, task.id, after)
        return self.streams.opened(task.owner, following)

    async def statistics(self, request: Request) -> Response:
        """GET /v1/statistics: the caller's last tasks over time."""
        owner = await self.identity(request.headers)
        look_back = LookBack(self.store, self.clock)
        return _answer(statistics_to_json(await look_back(owner)))

    async def cancel(self, request: Request) -> Response:
        """POST /v1/tasks/{id}/cancel."""
        owner = await self.identity(request.headers)
        return _answer(task_to_json(await self.aggregate.cancel(_task_id(request), owner)))

    async def _own(self, request: Request) -> Task:
        """The task that the path names, if the caller may see it: else it is not even confirmed."""
        owner = await self.identity(request.headers)
        return await self.aggregate.visible(_task_id(request), owner)

    async def _waited(self, request: Request, task: Task) -> tuple[Task, dict[str, str]]:
        """The task after the wait that its caller prefers, and the header that says so."""
        seconds = prefer.wait(request.headers.getlist("prefer"))
        if seconds is None:
            return task, {}
        task = await until_done(request, self.store, self.clock, task, seconds)
        return task, {"Preference-Applied": f"wait={seconds}"}


async def describe(_: Request) -> Response:
    """GET /openapi.json: this HTTP surface, for programs; the same for everybody."""
    from consensus.codec.openapi import document  # noqa: PLC0415  large, and seldom asked for

    return JSONResponse(document(__version__))


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
    return TaskNotFound("You have no task of that id.")


def _last_event_id(request: Request) -> int:
    """The id to resume after. One that is none of ours starts anew: events are safe to repeat."""
    given = request.headers.get("last-event-id") or request.query_params.get("last_event_id", "")
    return int(given[:9]) if given.isascii() and given.isdigit() else sse.FROM_START
