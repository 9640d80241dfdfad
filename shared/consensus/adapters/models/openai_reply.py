"""What an endpoint sends back, read with patience: a stream of chunks, one whole reply, or lines.

The protocol says server-sent events; servers also send one JSON object though a stream was asked
for, JSON line by line, either under a wrong media type, and content in parts. All of it is read by
what it is, not by what it is called. Nothing here trusts a shape: what is not as the protocol has
it says nothing.
"""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from consensus.adapters.models import openai_endpoint as endpoint
from consensus.core.endings import End, after_thought, end_named, end_of_answer
from consensus.core.errors import ModelError
from consensus.core.logprobs import Token
from consensus.core.model import AbstentionReason

Json: TypeAlias = Mapping[str, Any]

MAX_ANSWER_BYTES = 200_000  # a vote has to fit a message and a document with room to spare
MOST_TOKENS = 1_000_000_000  # a count beyond it is a mistake, not a count
MOST_LOGPROBS = 8_192  # tokens whose log-probabilities are kept: the last, where answers stand
_LOOKS_FOR_THE_END = 100  # closing braces after which a growing answer is looked through

DONE: Final = object()
_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "thought", "thoughts")
_FINISHES = ("finish_reason", "finishReason", "done_reason")
_NO_FINISH = ("", "null", "none", "undefined")
_THOUGHT_KINDS = ("think", "thought", "reason")


async def documents(body: AsyncIterator[bytes]) -> AsyncGenerator[object, None]:
    """The JSON documents of a response's body, and DONE for the [DONE] that ends a stream.

    Raises ModelError, or ValueError, for what is not JSON.
    """
    reader = _Reader()
    async for line in _lines(body):
        for document in reader.read(line):
            yield document
    for document in reader.rest():
        yield document


@dataclass(slots=True)
class _Reader:
    """Lines to documents. kind is the first character of all: what is sent is known by it."""

    kind: bytes = b""
    _whole: bytearray = field(default_factory=bytearray)  # a document that goes over several lines
    _names_error: bool = False

    def read(self, line: bytes) -> Iterator[object]:
        """The documents that a line brings."""
        self.kind = self.kind or line[:1]
        if self.kind in b"{[":
            yield from self._of_json(line)
        elif self.kind == b"<":
            raise endpoint.not_the_protocol("sent a web page; check OPENAI_BASE_URL")
        elif line.startswith(b"event:"):
            self._names_error = line[6:].strip() == b"error"
        elif line.startswith(b"data:"):
            yield from self._of_event(line[5:].strip())

    def rest(self) -> Iterator[object]:
        """The document that went over several lines, if one did."""
        if self._whole:
            yield from _each(json.loads(self._whole))

    def _of_json(self, line: bytes) -> Iterator[object]:
        document = None if self._whole else _json_or_none(line)
        if document is None:
            self._whole += line + b"\n"
        else:
            yield from _each(document)

    def _of_event(self, data: bytes) -> Iterator[object]:
        if data == b"[DONE]":
            yield DONE
        elif data:
            document = json.loads(data)
            is_error = self._names_error and isinstance(document, dict)
            yield {"error": document, **document} if is_error else document


def _each(document: object) -> Iterator[object]:
    yield from document if isinstance(document, list) else [document]


async def _lines(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Lines that say something, ended by a newline and nothing else: JSON may hold the others."""
    rest = bytearray()
    first = True
    async for part in body:
        rest += part
        if b"\n" not in part:
            continue
        *lines, last = rest.split(b"\n")
        rest = bytearray(last)
        for line in lines:
            said = bytes(line).strip(b"\r\n\t \xef\xbb\xbf" if first else b"\r\n\t ")
            if said:
                first = False
                yield said
    said = bytes(rest).strip(b"\r\n\t \xef\xbb\xbf" if first else b"\r\n\t ")
    if said:
        yield said


def _json_or_none(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


@dataclass(slots=True)
class Reply:
    """An answer as it comes in, and what the endpoint tells beside it.

    structured: it was asked for by a schema; free: it is no ballot, and only its end ends it;
    done: [DONE] was said.
    """

    structured: bool = False
    free: bool = False
    began: bool = False
    done: bool = False
    first_word: float | None = None  # seconds after it was asked for
    said: list[str] = field(default_factory=list)
    thought: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    model: str = ""
    finish: str = ""
    usage: Json | None = None
    tokens: deque[Token] = field(default_factory=lambda: deque(maxlen=MOST_LOGPROBS))
    _size: int = 0
    _length: int = 0
    _choice: object = None
    _answered: int = 0
    _looks: int = 0

    def add(self, document: object) -> None:
        """Take one document in; DONE says that there are no more.

        Raises ModelError for an answer that grows past its bound, and for an error in its place.
        """
        if document is DONE:
            self.done = True
            return
        if not isinstance(document, dict):
            raise endpoint.not_the_protocol("sent something that is not the protocol")
        choices = document.get("choices")
        if choices is None and isinstance(document.get("message"), dict):
            choices = [document]  # the one reply itself
        choice = next((c for c in _list(choices) if isinstance(c, dict)), None)
        if document.get("error") and (choice is None or not _says(choice)):
            raise endpoint.reported(document["error"])
        if isinstance(document.get("model"), str):
            self.model = document["model"][:200]
        self.usage = _usage_in(document) or self.usage
        for one in _list(choices):
            if isinstance(one, dict):
                self._take(one)

    def _take(self, choice: Json) -> None:
        index = choice.get("index")
        if self._choice is None:
            self._choice = index if isinstance(index, int) else 0
        if isinstance(index, int) and index != self._choice:
            return  # one was asked for
        finish = next((choice[n] for n in _FINISHES if isinstance(choice.get(n), str)), "")
        if finish.lower() not in _NO_FINISH:
            self.finish = finish[:100]
        for name in ("delta", "message"):
            if isinstance(choice.get(name), dict):
                self._listen(choice[name])
        if isinstance(choice.get("text"), str):
            self._say(self.said, choice["text"])
        self.tokens.extend(_tokens(choice.get("logprobs")))

    def _listen(self, message: Json) -> None:
        if not isinstance(message.get("content"), str | list | dict | None):
            raise endpoint.not_the_protocol("sent something that is not the protocol")
        self.began = True
        for thinking, text in _parts(message.get("content", message.get("text"))):
            self._say(self.thought if thinking else self.said, text)
        for name in _THOUGHTS:
            if isinstance(message.get(name), str) and message[name]:
                self._say(self.thought, message[name])
                break  # some servers say the same under two names
        if isinstance(message.get("refusal"), str):
            self._say(self.refused, message["refusal"])
        for part in _list(message.get("content")):
            if isinstance(part, dict) and isinstance(part.get("refusal"), str):
                self._say(self.refused, part["refusal"])

    def _say(self, to: list[str], text: str) -> None:
        self.began = True
        if to is not self.thought:
            self._size += len(text.encode(errors="replace"))
            if self._size > MAX_ANSWER_BYTES:
                message = f"the answer is longer than {MAX_ANSWER_BYTES} bytes"
                raise ModelError(message, AbstentionReason.UNFINISHED)
        to.append(text)
        self._length += len(text) if to is self.said else 0
        looks = to is self.said and "}" in text and not self._answered and not self.free
        if looks and self._looks < _LOOKS_FOR_THE_END:
            self._looks += 1
            self._answered = end_of_answer("".join(self.said))

    @property
    def speaks(self) -> bool:
        """Whether it has begun to answer, be it with a thought."""
        return bool(self._length or self.thought)

    @property
    def speaks_aloud(self) -> bool:
        """Whether it has begun to say something that is no thought."""
        return self._length > 0

    @property
    def is_whole(self) -> bool:
        """Whether a whole answer has been said."""
        return self._answered > 0

    @property
    def rest(self) -> int:
        """Characters said after the first whole answer, 0 while there is none."""
        return self._length - self._answered if self._answered else 0

    @property
    def end(self) -> End:
        """How it ended, as far as the endpoint told."""
        return End.DECLINED if self.refused and not self.text else end_named(self.finish)

    @property
    def text(self) -> str:
        """All that was said."""
        return _joined(self.said)

    @property
    def answer(self) -> str:
        """What was said, to the end of its first whole answer; "" where there is none."""
        text = self.text
        return "" if self.free else text[: end_of_answer(text)]

    @property
    def answer_in_thought(self) -> str:
        """The same of what was thought, for endpoints that take the whole reply for thought."""
        text = _joined(self.thought)
        return "" if self.free else text[: end_of_answer(text)]

    @property
    def only_thought(self) -> bool:
        """Whether there is thought, and nothing beside it."""
        text = self.text
        return not after_thought(text).strip() and bool(self.thought or text.strip())


def tokens_of(usage: Json | None) -> tuple[int, int] | None:
    """Tokens in and out as an account tells them, by either of their names; None without one."""
    if usage is None:
        return None
    told = _count(usage, "prompt_tokens", "input_tokens")
    return told, _count(usage, "completion_tokens", "output_tokens")


def _joined(parts: list[str]) -> str:
    """A character may be split between chunks; what stays halved is replaced."""
    return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _says(choice: Json) -> bool:
    message = choice.get("delta") or choice.get("message") or {}
    return isinstance(message, dict) and bool(message.get("content"))


def _parts(content: object, *, thinking: bool = False) -> Iterator[tuple[bool, str]]:
    """Whether it is thought, and the text, of each part of a message's content."""
    match content:
        case str():
            yield thinking, content
        case list():
            for part in content:
                yield from _parts(part, thinking=thinking)
        case dict() if "type" in content:
            kind = str(content["type"]).lower()
            thinking = thinking or any(word in kind for word in _THOUGHT_KINDS)
            names = ("text", "thinking", "reasoning", "summary", "content", "value")
            inner = next((content[name] for name in names if content.get(name)), None)
            yield from _parts(inner, thinking=thinking)
        case dict() if isinstance(content.get("text") or content.get("value"), str):
            yield thinking, content.get("text") or content["value"]
        case dict() if content:  # the answer object itself, where a server has parsed it
            yield thinking, json.dumps(content, ensure_ascii=False)


def _usage_in(document: Json) -> Json | None:
    for holder in (document, document.get("x_groq")):
        if isinstance(holder, dict) and isinstance(holder.get("usage"), dict):
            usage: Json = holder["usage"]
            return usage
    return None


def _tokens(told: object) -> Iterator[Token]:
    """Tokens with their log-probabilities, NaN for what is none: no answer depends on them."""
    content = told.get("content") if isinstance(told, dict) else None
    for one in _list(content):
        if isinstance(one, dict) and isinstance(one.get("token"), str):
            yield Token(one["token"], _logprob(one.get("logprob")))


def _logprob(value: object) -> float:
    if isinstance(value, float):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST_TOKENS:
        return float(value)
    return math.nan


def _count(usage: Json, *names: str) -> int:
    for name in names:
        value = usage.get(name)
        if isinstance(value, str) and value.isdecimal():
            value = int(value[:12])
        if isinstance(value, int | float) and 0 <= value <= MOST_TOKENS:
            return int(value)
    return 0
