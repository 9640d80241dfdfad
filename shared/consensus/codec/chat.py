"""The OpenAI chat completions protocol: consensus as a model.

A request is read as the task that it is; a task at its end is told as a completion. Parameters of
sampling (temperature, max_tokens, seed, ...) are the panel's own and have no effect; those that
would change what comes back (n, tools, response_format, ...) are refused rather than ignored.
The protocol: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from consensus.codec.requests import ReservedField, Submission, read_object, submission_of
from consensus.codec.responses import task_to_json
from consensus.core.errors import CallerError, InvalidTask
from consensus.core.model import Outcome, Task

MODEL: Final = "consensus"

# What cannot be served, and the values that ask for nothing.
_UNSERVED: Final[Mapping[str, tuple[object, ...]]] = {
    "audio": (),
    "function_call": ("none", "auto"),
    "functions": ([],),
    "logprobs": (False,),
    "modalities": (["text"],),
    "n": (1,),
    "response_format": ({"type": "text"},),
    "tool_choice": ("none", "auto"),
    "tools": ([],),
    "top_logprobs": (0,),
    "web_search_options": (),
}


class ModelNotFound(CallerError):
    """A model that is not ours (404)."""

    reason = "MODEL_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A chat completion as asked for: the task behind it, and how its answer is to come."""

    submission: Submission
    stream: bool
    include_usage: bool


def read_chat(body: bytes, max_prompt_bytes: int) -> ChatRequest:
    """A POSTed chat completion. Raises Malformed, ModelNotFound, InvalidTask, TooLarge."""
    given = {name: value for name, value in read_object(body).items() if value is not None}
    if given.get("model") != MODEL:
        raise ModelNotFound(f'There is one model here: send "model": "{MODEL}".')
    for name, harmless in _UNSERVED.items():
        if name in given and given[name] not in harmless:
            raise ReservedField(f"{name} is not served; leave it out.")
    stream_options = _object(given, "stream_options")
    return ChatRequest(
        submission_of(_task(given), max_prompt_bytes),
        _flag(given, "stream"),
        _flag(stream_options, "include_usage"),
    )


def _task(given: Mapping[str, object]) -> dict[str, object]:
    """The body that POST /v1/tasks would take for it."""
    messages = given.get("messages")
    if not isinstance(messages, list) or not messages:
        raise InvalidTask("messages must be a list of {role, content} objects, at least one.")
    spoken = [_message(f"messages[{n}]", message) for n, message in enumerate(messages)]
    options = _object(given, MODEL)
    if not options.keys().isdisjoint(("prompt", "messages", "metadata")):
        raise InvalidTask(f"{MODEL} takes a task's options, such as min_votes, and no more.")
    return {"messages": spoken, "metadata": given.get("metadata", {}), **options}


def _message(name: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InvalidTask(f"{name} must be a JSON object.")
    role = "system" if value.get("role") == "developer" else value.get("role")
    return {"role": role, "content": _content(name, value.get("content"))}


def _content(name: str, value: object) -> object:
    """Plain text as it is; parts of text joined. Anything else is the submission's to refuse."""
    if not isinstance(value, list):
        return value
    parts = [part for part in value if isinstance(part, dict) and part.get("type") == "text"]
    texts = [part.get("text") for part in parts]
    if len(parts) < len(value) or not all(isinstance(text, str) for text in texts):
        raise InvalidTask(f"{name}.content may have parts of type text only.")
    return "\n".join(map(str, texts))


def _object(given: Mapping[str, object], name: str) -> dict[str, object]:
    value = given.get(name, {})
    if not isinstance(value, dict):
        raise InvalidTask(f"{name} must be a JSON object.")
    return value


def _flag(given: Mapping[str, object], name: str) -> bool:
    value = given.get(name, False)
    if not isinstance(value, bool):
        raise InvalidTask(f"{name} must be true or false.")
    return value


def completion_to_json(task: Task) -> dict[str, object]:
    """A DONE task as a chat completion; `consensus` beside it holds the whole task."""
    message = {"role": "assistant", "content": answer_of(task), "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {
        **_head(task, "chat.completion"),
        "choices": [choice],
        "usage": _usage(task),
        MODEL: task_to_json(task),
    }


def chunk_to_json(
    task: Task, delta: Mapping[str, object], *, usage_follows: bool, last: bool = False
) -> dict[str, object]:
    """One chunk of a streamed completion; the last holds the whole task."""
    choice = {
        "index": 0,
        "delta": dict(delta),
        "logprobs": None,
        "finish_reason": "stop" if last else None,
    }
    return {
        **_head(task, "chat.completion.chunk"),
        "choices": [choice],
        **({"usage": None} if usage_follows else {}),
        **({MODEL: task_to_json(task)} if last else {}),
    }


def usage_chunk_to_json(task: Task) -> dict[str, object]:
    """The chunk after the last that `stream_options.include_usage` asks for."""
    return {**_head(task, "chat.completion.chunk"), "choices": [], "usage": _usage(task)}


def answer_of(task: Task) -> str:
    """What the assistant says: the answer; where there is none to trust, that first."""
    result = task.result
    if result is None or result.answer is None:
        return ""
    if result.outcome is Outcome.CONSENSUS:
        return result.answer
    return f"{result.explanation}\n\nThe leading answer, not to be trusted: {result.answer}"


def models_to_json() -> dict[str, object]:
    """GET /v1/models."""
    return {"object": "list", "data": [model_to_json()]}


def model_to_json() -> dict[str, object]:
    """GET /v1/models/consensus."""
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}


def _head(task: Task, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{task.id}",
        "object": kind,
        "created": int(task.created_at.timestamp()),
        "model": MODEL,
        "system_fingerprint": None,
    }


def _usage(task: Task) -> dict[str, object]:
    """Tokens of every call of the panel together."""
    asked, told = task.usage.input_tokens, task.usage.output_tokens
    return {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told}
