"""ChatModel over the OpenAI protocol: one streamed attempt, bounded in time and size."""

from __future__ import annotations

import asyncio
import json
import math
from collections import deque
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from consensus.adapters import openai_endpoint as endpoint
from consensus.config import Settings
from consensus.core.errors import ModelError
from consensus.core.logprobs import Token
from consensus.core.model import AbstentionReason, Message, Usage
from consensus.ports import Completion

MAX_ANSWER_BYTES = 200_000  # a vote has to fit a message and a document with room to spare
STALL_SECONDS = 60.0  # of silence in the middle of an answer: longer, and nothing more will come
USAGE_SECONDS = 2.0  # how long a finished answer waits for the account of its tokens

MOST_TOKENS = 1_000_000_000  # a count beyond it is a mistake, not a count
MOST_LOGPROBS = 8_192  # tokens whose log-probabilities are kept: the last, where answers stand

# Parameters that some endpoints refuse, and the older name where there is one.
_OLDER_NAME = {"stream_options": None, "max_completion_tokens": "max_tokens", "logprobs": None}
_REFUSALS = (openai.BadRequestError, openai.PermissionDeniedError, openai.UnprocessableEntityError)

Stream: TypeAlias = openai.AsyncStream[ChatCompletionChunk]


@dataclass(slots=True)
class _Answer:
    """A streamed answer as it grows."""

    began: bool = False
    parts: list[str] = field(default_factory=list)
    size: int = 0
    model: str = ""
    finish: str = ""
    usage: CompletionUsage | None = None
    tokens: deque[Token] = field(default_factory=lambda: deque(maxlen=MOST_LOGPROBS))

    def add(self, chunk: ChatCompletionChunk) -> None:
        """Take one chunk in. Raises ModelError for an answer that grows past its bound."""
        self._told_by(chunk)
        for choice in chunk.choices or ():
            if not choice.index:  # we asked for one
                self._say(choice.delta.content if choice.delta else None, choice.finish_reason)
                self.tokens.extend(_tokens(choice.logprobs))

    def add_whole(self, reply: ChatCompletion) -> None:
        """Take in a reply that was not streamed, though we asked for that."""
        self._told_by(reply)
        choice = reply.choices[0]
        self._say(choice.message.content, choice.finish_reason)
        self.tokens.extend(_tokens(choice.logprobs))

    def _told_by(self, reply: ChatCompletionChunk | ChatCompletion) -> None:
        if isinstance(reply.model, str):
            self.model = reply.model[:200]
        self.usage = reply.usage or self.usage

    def _say(self, text: str | None, finish: str | None) -> None:
        self.began = True
        self.size += len((text or "").encode(errors="replace"))
        if self.size > MAX_ANSWER_BYTES:
            message = f"the answer is longer than {MAX_ANSWER_BYTES} bytes"
            raise ModelError(message, AbstentionReason.UNFINISHED)
        self.parts.append(text or "")
        self.finish = finish or self.finish

    @property
    def text(self) -> str:
        """All of it. A character may be split between chunks; what stays halved is replaced."""
        whole = "".join(self.parts).encode("utf-16", "surrogatepass")
        return whole.decode("utf-16", "replace")


class OpenAIModel:
    """The model that OPENAI_* names. Prices come from the settings; unset, cost is unknown."""

    def __init__(self, settings: Settings) -> None:
        self._client = endpoint.client(settings)
        self._settings = settings
        self._refused: set[str] = set()

    async def complete(self, messages: Sequence[Message], seconds: float) -> Completion:
        """See ChatModel. Only an answer that the model itself ended (stop) is one."""
        answer = _Answer()
        try:
            await self._stream(answer, messages, seconds)
        except ModelError as error:
            # What comes after the end of an answer cannot unmake it.
            if answer.finish != "stop":
                raise self._accounted(error, answer) from error
        if answer.finish != "stop":
            raise self._accounted(_unfinished(answer.finish), answer)
        model = answer.model or self._settings.openai_model
        return Completion(answer.text, model, self._usage(answer.usage), tuple(answer.tokens))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _stream(self, answer: _Answer, messages: Sequence[Message], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        try:
            async with asyncio.timeout_at(end) as limit:
                with endpoint.foreign_errors():
                    async with await self._open(messages) as chunks:
                        if _is_whole(chunks):
                            answer.add_whole(await _whole(chunks))
                            return
                        async for chunk in chunks:
                            answer.add(chunk)
                            if answer.finish:
                                end = min(end, loop.time() + USAGE_SECONDS)
                            # Before its first word a model may think as long as there is time.
                            silence = STALL_SECONDS if answer.size else seconds
                            limit.reschedule(min(end, loop.time() + silence))
        except TimeoutError as error:
            if loop.time() < end:
                raise endpoint.stalled(STALL_SECONDS) from error
            raise endpoint.out_of_time(seconds) from error
        if not answer.began:
            raise endpoint.not_the_protocol("streamed no answer")

    async def _open(self, messages: Sequence[Message]) -> Stream:
        """Start the stream, in the newest words that this endpoint understands."""
        while True:
            request = self._request(messages)
            try:
                stream: Stream = await self._client.chat.completions.create(**request)
            except _REFUSALS as error:
                refused = _refused(error, _OLDER_NAME.keys() & request.keys())
                if refused is None:
                    raise
                self._refused.add(refused)
            else:
                return stream

    def _request(self, messages: Sequence[Message]) -> dict[str, Any]:
        settings = self._settings
        request: dict[str, Any] = {
            "model": settings.openai_model,
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_completion_tokens": settings.max_output_tokens,
        }
        if settings.logprobs == "auto":
            request["logprobs"] = True
        if settings.temperature is not None:
            request["temperature"] = settings.temperature
        for name in self._refused & request.keys():
            value, older = request.pop(name), _OLDER_NAME[name]
            if older is not None:
                request[older] = value
        return request

    def _usage(self, told: CompletionUsage | None) -> Usage:
        prices = self._settings.input_usd_per_mtok, self._settings.output_usd_per_mtok
        if told is None:
            # Nobody counted, so the cost is known only where all tokens are free.
            return Usage(calls=1, cost_usd=0.0 if prices == (0.0, 0.0) else None)
        tokens = _count(told, "prompt_tokens"), _count(told, "completion_tokens")
        if None in prices:
            return Usage(1, *tokens, cost_usd=None)
        cost = sum(t * (p or 0.0) for t, p in zip(tokens, prices, strict=True)) / 1e6
        return Usage(1, *tokens, cost_usd=cost)

    def _accounted(self, error: ModelError, answer: _Answer) -> ModelError:
        """The error with what the attempt cost, where the endpoint began to answer."""
        if not answer.began and error.usage.cost_usd is not None:
            return error
        return ModelError(
            str(error),
            error.why,
            retryable=error.retryable,
            retry_after=error.retry_after,
            usage=self._usage(answer.usage),
        )


def _is_whole(chunks: Stream) -> bool:
    """Whether the endpoint knows no streams, and sent one JSON reply instead."""
    kind: str = chunks.response.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower() == "application/json"


async def _whole(chunks: Stream) -> ChatCompletion:
    fields = json.loads(await chunks.response.aread())
    if fields.get("error"):
        raise endpoint.not_the_protocol("reported an error instead of an answer")
    return ChatCompletion.construct(**fields)


def _unfinished(finish: str) -> ModelError:
    match finish:
        case "":
            what, retryable = "the stream ended before the answer did", True
        case "length":
            what, retryable = "the answer was cut at the token limit", False
        case "content_filter":
            what, retryable = "the answer was cut by a content filter", False
        case _:
            what, retryable = "the model ended with something other than an answer", False
    return ModelError(what, AbstentionReason.UNFINISHED, retryable=retryable)


def _refused(error: openai.APIStatusError, candidates: Set[str]) -> str | None:
    """The parameter that the endpoint does not know, by its own words."""
    if error.param in candidates:
        return error.param
    words = f"{error.message} {error.body}"
    return next((name for name in sorted(candidates) if name in words), None)


def _tokens(told: object) -> Iterator[Token]:
    """Tokens with their log-probabilities, NaN for what is none: no answer depends on them."""
    content = getattr(told, "content", None)
    for one in content if isinstance(content, list) else ():
        text = getattr(one, "token", None)
        if isinstance(text, str):
            yield Token(text, _logprob(getattr(one, "logprob", None)))


def _logprob(value: object) -> float:
    if isinstance(value, float):
        return value
    return float(value) if isinstance(value, int) and abs(value) <= MOST_TOKENS else math.nan


def _count(usage: CompletionUsage, name: str) -> int:
    tokens = getattr(usage, name, 0)
    return tokens if isinstance(tokens, int) and 0 <= tokens <= MOST_TOKENS else 0
