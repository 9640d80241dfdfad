"""The OpenAI responses door: create, follow, look up, cancel and delete, over the same tasks."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consensus.codec import openai_responses as codec
from consensus.codec.chat import told_as
from consensus.codec.openai_fields import OPTIONS, Asked, fields_of
from consensus.codec.requests import Submission
from consensus.core.errors import CallerError, TransientError
from consensus.core.model import Task
from consensus.core.profiles import Unsettled
from consensus.doors import problem
from consensus.doors.following import EventStream
from consensus.doors.openai_terms import (
    Line,
    error_to_json,
    headers_of,
    in_its_terms,
    pieces,
    require_answer,
)
from consensus.doors.submission import read_json_body
from consensus.usecases.submit import SubmitTask

# As a response is told that is looked up: nobody knows any more under which profile it was asked.
_LOOKED_UP = Asked(Submission(()), OPTIONS, Unsettled.REFUSE)


@dataclass(frozen=True, slots=True)
class Responses:
    """The routes of responses."""

    line: Line

    def routes(self) -> list[Route]:
        """What to serve."""
        one = "/v1/responses/{id}"
        return [
            Route("/v1/responses", in_its_terms(self.create), methods=["POST"]),
            Route(one, in_its_terms(self.one), methods=["GET", "DELETE"]),
            Route(f"{one}/cancel", in_its_terms(self.cancel), methods=["POST"]),
            Route(f"{one}/input_items", in_its_terms(self.input_items), methods=["GET"]),
        ]

    async def create(self, request: Request) -> Response:
        """POST /v1/responses."""
        line = self.line
        owner = await line.caller(request)
        body = await read_json_body(request, line.max_prompt_bytes)
        fields = fields_of(body, codec.ROUTE)
        before = codec.previous(fields.given)
        earlier = codec.conversation_of(await line.aggregate.own(before, owner)) if before else []
        asked = codec.asked_of(fields, line.max_prompt_bytes, line.profiles, earlier)
        command, task = await line.ask(owner, request, asked)
        if asked.stream:
            ended = None if asked.background else partial(line.abandon, command, task)
            return EventStream(self._stream(task, asked), ended, await line.headers(task, asked))
        if not asked.background:
            task = await self._answered(request, command, task, asked)
        told = codec.response_to_json(task, asked)
        return JSONResponse(told, headers=await line.headers(task, asked))

    async def _answered(
        self, request: Request, command: SubmitTask, task: Task, asked: Asked
    ) -> Task:
        task = await self.line.end_of(request, command, task)
        require_answer(task, asked.no_consensus)
        return task

    async def one(self, request: Request) -> Response:
        """/v1/responses/{id}; one route, so that a wrong method is told of both."""
        return await (self.delete if request.method == "DELETE" else self.show)(request)

    async def show(self, request: Request) -> Response:
        """GET /v1/responses/{id}; with stream=true its events from the beginning."""
        task = await self._own(request)
        if request.query_params.get("stream") == "true":
            return EventStream(self._stream(task, _LOOKED_UP), headers=headers_of(task))
        return JSONResponse(codec.response_to_json(task), headers=headers_of(task))

    async def cancel(self, request: Request) -> Response:
        """POST /v1/responses/{id}/cancel; one that has ended stays as it is."""
        owner = await self.line.identity(request.headers)
        task = await self.line.aggregate.cancel(_task_id(request), owner)
        return JSONResponse(codec.response_to_json(task), headers=headers_of(task))

    async def delete(self, request: Request) -> Response:
        """DELETE /v1/responses/{id}: its task is erased."""
        owner = await self.line.identity(request.headers)
        await self.line.aggregate.erase(_task_id(request), owner)
        gone = {"id": request.path_params["id"], "object": "response", "deleted": True}
        return JSONResponse(gone, headers=problem.SAFE_HEADERS)

    async def input_items(self, request: Request) -> Response:
        """GET /v1/responses/{id}/input_items."""
        task = await self._own(request)
        return JSONResponse(codec.input_items_to_json(task), headers=headers_of(task))

    async def _own(self, request: Request) -> Task:
        owner = await self.line.identity(request.headers)
        return await self.line.aggregate.own(_task_id(request), owner)

    async def _stream(self, task: Task, asked: Asked) -> AsyncGenerator[bytes, None]:
        """The response in its events: how far the panel is as comments, the answer at its end."""
        numbered = _Numbered()
        for name in ("response.created", "response.in_progress"):
            yield numbered.event(name, {"response": codec.response_to_json(task, asked)})
        try:
            async with aclosing(self.line.progress_of(task)) as moves:
                async for moved, comment in moves:
                    task = moved
                    yield comment
            require_answer(task, asked.no_consensus)
            answer, refusal = told_as(task, asked.no_consensus)
            for name, told in codec.answer_events(task, asked, pieces(refusal or answer or "")):
                yield numbered.event(name, told)
            whole = codec.response_to_json(task, asked)
            yield numbered.event(f"response.{whole['status']}", {"response": whole})
        except (CallerError, TransientError) as error:
            yield numbered.failure(task, asked, error)


class _Numbered:
    """Events of one stream, numbered from 0."""

    def __init__(self) -> None:
        self._next = 0

    def event(self, name: str, told: dict[str, Any]) -> bytes:
        """An event on the wire."""
        document = {"type": name, "sequence_number": self._next, **told}
        self._next += 1
        data = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        return f"event: {name}\ndata: {data}\n\n".encode()

    def failure(self, task: Task, asked: Asked, error: CallerError | TransientError) -> bytes:
        """How a stream ends without an answer: as the response that failed, or as an error."""
        failed = codec.response_to_json(task, asked)
        if failed["status"] == "failed":
            return self.event("response.failed", {"response": failed})
        body = error_to_json(problem.of_error(error))
        told = body["error"]
        # The protocol has the fields in the event itself; its clients raise what is under `error`.
        return self.event("error", {**told, "type": "error", "error": told})


def _task_id(request: Request) -> str:
    return codec.task_id_of(request.path_params["id"])
