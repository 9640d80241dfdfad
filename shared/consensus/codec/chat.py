"""The OpenAI chat completions protocol: consensus as a model.

A request is read as the task that it is; a finished task becomes a completion.
The protocol: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from consensus.codec.mistakes import Mistakes
from consensus.codec.openai_fields import (
    NO_TOOLS,
    OPTIONS,
    Asked,
    Route,
    at,
    fields_of,
    flag_of,
    message,
    object_of,
    profile_of,
    submission,
)
from consensus.codec.responses import task_to_json
from consensus.core.errors import InvalidTask
from consensus.core.model import Format, FormatKind, Options, Outcome, Result, Task
from consensus.core.parts.asking import calls_in
from consensus.core.parts.calls import function_of
from consensus.core.parts.documents import Json, dumps, held
from consensus.core.profiles import Profile, Unsettled

_LEAVE_OUT: Final = "leave it out"
ROUTE: Final = Route(
    read=frozenset(
        {"messages", "stream", "stream_options", "response_format", "tools", "tool_choice"}
    ),
    idle=frozenset(
        "max_tokens max_completion_tokens seed stop presence_penalty frequency_penalty logit_bias "
        "reasoning_effort verbosity prediction".split()
    ),
    unserved={
        "audio": ((), "the panel writes text; leave it out"),
        "function_call": (("none", "auto"), NO_TOOLS),
        "functions": (([],), NO_TOOLS),
        "logprobs": ((False,), "result.confidence and result.agreement say how sure the panel is"),
        "modalities": ((["text"],), "the panel writes text; leave it out"),
        "n": (
            (1,),
            "a task has one answer; the others that were given are in consensus.result.groups, "
            "with their shares",
        ),
        "top_logprobs": ((0,), _LEAVE_OUT),
        "web_search_options": ((), "the panel does not search; put what it needs in the prompt"),
    },
)


def read_chat(body: bytes, max_prompt_bytes: int, profiles: Collection[Profile]) -> Asked:
    """A POSTed chat completion. Raises Malformed, ModelNotFound, InvalidTask, TooLarge."""
    fields = fields_of(body, ROUTE)
    given, found = fields.given, fields.found
    profile, stream, include_usage = Profile(), False, False
    with found.gathered():
        profile = profile_of(given, profiles)
    with found.gathered():
        stream = flag_of(given, "stream")
    with found.gathered():
        include_usage = flag_of(object_of(given, "stream_options"), "include_usage")
    with found.gathered():
        asked, unsettled = submission(given, _messages(given), profile, max_prompt_bytes)
        asked = replace(asked, options=_with_choice(asked.options, given.get("tool_choice")))
    found.tell()
    return Asked(
        asked,
        profile.name,
        unsettled,
        stream=stream,
        include_usage=include_usage,
        ignored=fields.ignored,
    )


def _messages(given: Mapping[str, object]) -> list[dict[str, object]]:
    listed = given.get("messages")
    if not isinstance(listed, list) or not listed:
        problem = "messages must be a list of {role, content} objects, at least one."
        raise at("messages", InvalidTask(problem))
    found = Mistakes()
    spoken: list[dict[str, object]] = []
    for place, value in enumerate(listed):
        with found.gathered():
            turn = message(f"messages/{place}", value)
            spoken += [turn] if turn else []
    found.tell()
    return spoken


def completion_to_json(task: Task, asked: Asked) -> dict[str, object]:
    """A DONE task as a chat completion; its `consensus` is the complete task."""
    answer, refusal = told_as(task, asked.no_consensus)
    said: dict[str, object] = {"role": "assistant", "content": answer, "refusal": refusal}
    calls = calls_of(task)
    if calls:
        said |= {"content": None, "tool_calls": calls}
    finish = "tool_calls" if calls else finish_of(refusal)
    choice = {"index": 0, "message": said, "logprobs": None, "finish_reason": finish}
    return {
        **_head(task, "chat.completion", asked.model),
        "choices": [choice],
        "usage": _usage(task),
        OPTIONS: task_to_json(task),
    }


def chunk_to_json(
    task: Task, delta: Mapping[str, object], asked: Asked, finish: str | None = None
) -> dict[str, object]:
    """One chunk of a streamed completion; the last has the complete task."""
    choice = {"index": 0, "delta": dict(delta), "logprobs": None, "finish_reason": finish}
    return {
        **_head(task, "chat.completion.chunk", asked.model),
        "choices": [choice],
        **({"usage": None} if asked.include_usage else {}),
        **({OPTIONS: task_to_json(task)} if finish else {}),
    }


def usage_chunk_to_json(task: Task, asked: Asked) -> dict[str, object]:
    """The chunk after the last that `stream_options.include_usage` asks for."""
    head = _head(task, "chat.completion.chunk", asked.model)
    return {**head, "choices": [], "usage": _usage(task)}


def told_as(task: Task, unsettled: Unsettled) -> tuple[str | None, str | None]:
    """What the assistant says of a DONE task: an answer, or a refusal, and never both.

    Without a consensus it says so: as a refusal, so that no program takes it for the answer, or in
    words, for people.
    """
    result = task.result
    if result is None or result.answer is None:
        return "", None
    wanted = task.plan.format
    if result.outcome is Outcome.CONSENSUS:
        return _in_words(result.answer, wanted), None
    if unsettled is Unsettled.EXPLAIN and wanted and wanted.kind is not FormatKind.TOOLS:
        return result.answer, None  # who reads JSON could not read words; the task says the rest
    said = f"{result.explanation}\n\n{_leading(result)}"
    return (said, None) if unsettled is Unsettled.EXPLAIN else (None, said)


def _leading(result: Result) -> str:
    """What leads where there is no consensus: in a tie, all that do."""
    most = result.groups[0].share if result.groups else 0.0
    tied = [group.answer for group in result.groups if math.isclose(group.share, most)]
    if len(tied) > 1:
        return f"Tied, and none of them to be trusted: {' / '.join(tied)}"
    return f"The leading answer, not to be trusted: {result.answer}"


def _in_words(answer: str, wanted: Format | None) -> str:
    """An answer as it is; of one under tools, what it says where it calls none."""
    if wanted is None or wanted.kind is not FormatKind.TOOLS:
        return answer
    made = calls_in(answer)
    return made if isinstance(made, str) else answer


def calls_of(task: Task) -> list[dict[str, object]]:
    """The tool calls that a panel agreed on, in the protocol's form; none without a consensus."""
    result, wanted = task.result, task.plan.format
    agreed = result is not None and result.outcome is Outcome.CONSENSUS
    if not agreed or wanted is None or wanted.kind is not FormatKind.TOOLS:
        return []
    made = calls_in(result.answer or '""') if result else ""
    return [
        {
            "id": f"call_{task.id}_{number}",
            "type": "function",
            "function": {"name": call["name"], "arguments": dumps(call["arguments"])},
        }
        for number, call in enumerate(made if isinstance(made, list) else [])
    ]


def _with_choice(options: Options, choice: object) -> Options:
    """The options with what tool_choice says: any tool, one that must be called, or this one."""
    wanted = options.format
    if choice in (None, "auto", "none") or wanted is None or wanted.kind is not FormatKind.TOOLS:
        return options
    if choice == "required":
        return replace(options, format=replace(wanted, required=True))
    function = choice.get("function") if isinstance(choice, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    tools = held(wanted.schema)
    chosen: list[Json] = [
        tool
        for tool in (tools if isinstance(tools, list) else [])
        if isinstance(tool, dict) and function_of(tool).get("name") == name
    ]
    if not chosen:
        problem = "tool_choice must be none, auto, required, or name one of the tools."
        raise at("tool_choice", InvalidTask(problem))
    return replace(options, format=replace(wanted, schema=dumps(chosen), required=True))


def finish_of(refusal: str | None) -> str:
    """The finish_reason: a withheld answer is content_filter, not stop."""
    return "content_filter" if refusal is not None else "stop"


def models_to_json(profiles: Collection[Profile]) -> dict[str, object]:
    """GET /v1/models."""
    return {"object": "list", "data": [model_to_json(profile) for profile in profiles]}


def model_to_json(profile: Profile) -> dict[str, object]:
    """GET /v1/models/{id}."""
    return {"id": profile.name, "object": "model", "created": 0, "owned_by": OPTIONS}


def _head(task: Task, kind: str, model: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{task.id}",
        "object": kind,
        "created": int(task.created_at.timestamp()),
        "model": model,
        "system_fingerprint": None,
    }


def _usage(task: Task) -> dict[str, object]:
    """Tokens of every call of the panel together."""
    asked, told = task.usage.input_tokens, task.usage.output_tokens
    return {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told}
