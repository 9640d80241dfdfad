"""Consensus as a model: the OpenAI chat completions door, stream and not."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consensus.codec import chat
from consensus.codec.openai_fields import Asked, profile_of
from consensus.core.errors import CallerError, TransientError
from consensus.core.model import Task
from consensus.doors import problem
from consensus.doors.following import EventStream
from consensus.doors.openai_terms import (
    Line,
    error_to_json,
    in_its_terms,
    pieces,
    require_answer,
)
from consensus.doors.submission import read_json_body

DONE: Final = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Chat:
    """The routes of chat completions, and of the models that there are."""

    line: Line

    def routes(self) -> list[Route]:
        """What to serve."""
        return [
            Route("/v1/chat/completions", in_its_terms(self.complete), methods=["POST"]),
            Route("/v1/models", in_its_terms(self.models), methods=["GET"]),
            Route("/v1/models/{id:path}", in_its_terms(self.model), methods=["GET"]),
        ]

    async def models(self, request: Request) -> Response:
        """GET /v1/models."""
        await self.line.identity(request.headers)
        told = chat.models_to_json(self.line.profiles)
        return JSONResponse(told, headers=problem.SAFE_HEADERS)

    async def model(self, request: Request) -> Response:
        """GET /v1/models/{id}."""
        await self.line.identity(request.headers)
        profile = profile_of({"model": request.path_params["id"]}, self.line.profiles)
        return JSONResponse(chat.model_to_json(profile), headers=problem.SAFE_HEADERS)

    async def complete(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        line = self.line
        owner = await line.caller(request)
        body = await read_json_body(request, line.max_prompt_bytes)
        asked = chat.read_chat(body, line.max_prompt_bytes, line.profiles)
        command, task = await line.ask(owner, request, asked)
        if asked.stream:
            ended = partial(line.abandon, command, task)
            return EventStream(self._stream(task, asked), ended, await line.headers(task, asked))
        task = await line.end_of(request, command, task)
        require_answer(task, asked.no_consensus)
        told = chat.completion_to_json(task, asked)
        return JSONResponse(told, headers=await line.headers(task, asked))

    async def _stream(self, task: Task, asked: Asked) -> AsyncGenerator[bytes, None]:
        """The completion in chunks: how far the panel is as comments, the answer at its end."""
        yield _event(chat.chunk_to_json(task, {"role": "assistant", "content": ""}, asked))
        try:
            async with aclosing(self.line.progress_of(task)) as moves:
                async for moved, comment in moves:
                    task = moved
                    yield comment
            require_answer(task, asked.no_consensus)
            for chunk in _answer(task, asked):
                yield chunk
        except (CallerError, TransientError) as error:
            yield _event(error_to_json(problem.of_error(error)))
        yield DONE


def _answer(task: Task, asked: Asked) -> Iterator[bytes]:
    if calls := chat.calls_of(task):
        told = [{"index": place, **call} for place, call in enumerate(calls)]
        yield _event(chat.chunk_to_json(task, {"tool_calls": told}, asked))
        yield from _last(task, asked, "tool_calls")
        return
    answer, refusal = chat.told_as(task, asked.no_consensus)
    field, text = ("refusal", refusal) if refusal is not None else ("content", answer or "")
    for piece in pieces(text):
        yield _event(chat.chunk_to_json(task, {field: piece}, asked))
    yield from _last(task, asked, chat.finish_of(refusal))


def _last(task: Task, asked: Asked, finish: str) -> Iterator[bytes]:
    yield _event(chat.chunk_to_json(task, {}, asked, finish))
    if asked.include_usage:
        yield _event(chat.usage_chunk_to_json(task, asked))


def _event(content: Mapping[str, object]) -> bytes:
    return f"data: {json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()
