"""The demo panel as an OpenAI-compatible endpoint.

It is honest about what it is: it plays its scripted tasks, and refuses any other prompt.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from consensus.demo.panel import Draw, Panel
from consensus.demo.script import Line
from consensus.demo.tasks import TASKS, prompts

CHAT_MODEL = "demo-panel"
CREATED = 1_767_225_600  # 2026-01-01, in Unix seconds: the same in every answer
CHUNKS = 8  # in which a streamed answer comes, at most
SURE = -0.001  # log-probability of a token that nobody doubts
FIRST_TOKEN = 0.6  # share of the time that passes before the first chunk

Json = dict[str, Any]


class Refused(Exception):
    """A request that gets an OpenAI-shaped error."""

    def __init__(self, status: int, message: str, code: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {
            "error": {
                "message": message,
                "type": "invalid_request_error",
                "param": param,
                "code": code,
            }
        }


def build(seed: int, latency_ms: int) -> Starlette:
    """The endpoint. Answers are drawn under the seed and take around latency_ms milliseconds."""
    panel, number = Panel(TASKS, seed), itertools.count(1)

    async def chat(request: Request) -> Response:
        body = await _body(request)
        draw = panel.draw(_question(body))
        if draw is None:
            raise _unknown_task()
        answer = _Answer.to(body, draw, f"chatcmpl-demo-{next(number)}")
        seconds = draw.pace * latency_ms / 1000
        if body.get("stream"):
            return StreamingResponse(_events(answer, seconds), media_type="text/event-stream")
        await asyncio.sleep(seconds)
        return JSONResponse(answer.whole())

    async def models(_: Request) -> Response:
        return JSONResponse({"object": "list", "data": [_model(CHAT_MODEL)]})

    async def model(request: Request) -> Response:
        name = request.path_params["name"]
        if name != CHAT_MODEL:
            raise Refused(404, f"This endpoint has {CHAT_MODEL} alone.", "model_not_found")
        return JSONResponse(_model(name))

    return Starlette(
        routes=[
            Route("/v1/chat/completions", chat, methods=["POST"]),
            Route("/v1/models", models),
            Route("/v1/models/{name}", model),
        ],
        exception_handlers={Refused: _refuse, HTTPException: _no_such_route},
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    """One drawn answer, as the request wants it told."""

    id: str
    tokens: tuple[str, ...]
    prompt_tokens: int
    finish_reason: str
    logprobs: tuple[float, ...] | None
    usage_wanted: bool

    @classmethod
    def to(cls, body: Json, draw: Draw, id: str) -> _Answer:  # noqa: A002  the protocol's name
        tokens = _tokens(draw.line.text)
        limit = _limit(body)
        options = body.get("stream_options")
        return cls(
            id=id,
            tokens=tuple(tokens[:limit]),
            prompt_tokens=sum(len(_tokens(text)) + 3 for text in _texts(body)),
            finish_reason="length" if limit is not None and limit < len(tokens) else "stop",
            logprobs=_logprobs(tokens, draw.line) if body.get("logprobs") else None,
            usage_wanted=isinstance(options, dict) and bool(options.get("include_usage")),
        )

    def whole(self) -> Json:
        """The answer in one piece."""
        message = {"role": "assistant", "content": "".join(self.tokens), "refusal": None}
        choice = self._choice(0, len(self.tokens), self.finish_reason) | {"message": message}
        return self._envelope("chat.completion", [choice]) | {"usage": self.usage()}

    def chunks(self) -> list[Json]:
        """The answer as a stream's chunks."""
        size = max(1, math.ceil(len(self.tokens) / CHUNKS))
        cuts = range(0, len(self.tokens), size)
        return [
            self._delta(0, 0, None, {"role": "assistant", "content": ""}),
            *(self._said(start, start + size) for start in cuts),
            self._delta(0, 0, self.finish_reason, {}),
            *([self._envelope("chat.completion.chunk", [])] if self.usage_wanted else []),
        ]

    def usage(self) -> Json:
        """Tokens counted the demo's way: words and marks."""
        completion = len(self.tokens)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": self.prompt_tokens + completion,
        }

    def _said(self, start: int, end: int) -> Json:
        return self._delta(start, end, None, {"content": "".join(self.tokens[start:end])})

    def _delta(self, start: int, end: int, finish: str | None, delta: Json) -> Json:
        choice = self._choice(start, end, finish) | {"delta": delta}
        return self._envelope("chat.completion.chunk", [choice])

    def _choice(self, start: int, end: int, finish: str | None) -> Json:
        told = None
        if self.logprobs is not None and start < end:
            each = zip(self.tokens[start:end], self.logprobs[start:end], strict=False)
            told = {"content": [_logprob(*one) for one in each], "refusal": None}
        return {"index": 0, "finish_reason": finish, "logprobs": told}

    def _envelope(self, kind: str, choices: list[Json]) -> Json:
        envelope: Json = {
            "id": self.id,
            "object": kind,
            "created": CREATED,
            "model": CHAT_MODEL,
            "choices": choices,
        }
        if kind == "chat.completion.chunk" and self.usage_wanted:
            envelope["usage"] = None if choices else self.usage()
        return envelope


async def _events(answer: _Answer, seconds: float) -> AsyncIterator[str]:
    chunks = answer.chunks()
    await asyncio.sleep(seconds * FIRST_TOKEN)
    pause = seconds * (1 - FIRST_TOKEN) / len(chunks)
    for chunk in chunks:
        yield f"data: {json.dumps(chunk)}\n\n"
        await asyncio.sleep(pause)
    yield "data: [DONE]\n\n"


def _logprobs(tokens: Sequence[str], line: Line) -> tuple[float, ...]:
    """The script knows how sure it is of the answer: that answer's tokens share the doubt."""
    before, answer, _ = line.parts
    start, end = len(before), len(before) + len(answer)
    ends = itertools.accumulate(map(len, tokens))
    doubted = [start < e and e - len(t) < end for t, e in zip(tokens, ends, strict=True)]
    each = math.log(line.confidence) / max(1, sum(doubted))
    return tuple(each if doubt else SURE for doubt in doubted)


def _logprob(token: str, logprob: float) -> Json:
    return {
        "token": token,
        "logprob": logprob,
        "bytes": list(token.encode()),
        "top_logprobs": [],
    }


def _tokens(text: str) -> list[str]:
    """Words and marks, each with the space before it; joined, they are the text again."""
    return re.findall(r"\s*(?:\w+|[^\w\s])|\s+", text)


async def _body(request: Request) -> Json:
    try:
        body = await request.json()
    except ClientDisconnect:
        raise
    except (ValueError, RecursionError) as error:
        raise Refused(400, "The body is not JSON.", "invalid_json") from error
    if not isinstance(body, dict):
        raise Refused(400, "The body is not a JSON object.", "invalid_json")
    return body


def _question(body: Mapping[str, Any]) -> str:
    messages = body.get("messages")
    if not isinstance(messages, list) or not all(isinstance(m, dict) for m in messages):
        raise Refused(400, "messages must be a list of messages.", "invalid_type", "messages")
    if body.get("n") not in (None, 1):
        raise Refused(400, "The demo panel gives one choice a call.", "unsupported_value", "n")
    return next((_text(m) for m in reversed(messages) if m.get("role") == "user"), "")


def _texts(body: Mapping[str, Any]) -> list[str]:
    return [_text(message) for message in body["messages"]]


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(text for text in parts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _limit(body: Mapping[str, Any]) -> int | None:
    limits = (body.get(name) for name in ("max_completion_tokens", "max_tokens"))
    return next((n for n in limits if isinstance(n, int) and n > 0), None)


def _model(name: str) -> Json:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "consensus"}


def _unknown_task() -> Refused:
    known = prompts()
    examples = "; ".join(known[:: len(known) // 3][:3])
    return Refused(
        404,
        f"The demo panel knows only its own {len(known)} tasks, for example: {examples} "
        "For any other prompt set OPENAI_API_KEY (and OPENAI_BASE_URL for another endpoint than "
        "OpenAI's) to ask a real model.",
        "unknown_demo_task",
        "messages",
    )


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101  registered for it alone
    return JSONResponse(error.body, status_code=error.status)


async def _no_such_route(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    refused = Refused(status, "The demo panel has no such route.", "unknown_url")
    return JSONResponse(refused.body, status_code=status)
