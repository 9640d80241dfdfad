"""The OpenAI responses protocol, over the same tasks: a response is a task, seen its way.

The protocol: https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from consensus.codec.chat import told_as
from consensus.codec.mistakes import Mistakes
from consensus.codec.openai_fields import (
    NO_TOOLS,
    OPTIONS,
    Asked,
    Fields,
    Route,
    at,
    flag_of,
    message,
    object_of,
    profile_of,
    shown,
    submission,
    told,
)
from consensus.codec.requests import Submission
from consensus.codec.responses import task_to_json
from consensus.core.errors import InvalidTask
from consensus.core.model import Message, Outcome, State, Task
from consensus.core.profiles import Profile, Unsettled

PREFIX: Final = "resp_"
ROUTE: Final = Route(
    read=frozenset(
        {"input", "instructions", "stream", "background", "text", "previous_response_id"}
    ),
    idle=frozenset(
        "max_output_tokens max_tool_calls reasoning truncation include stream_options "
        "top_logprobs moderation context_management".split()
    ),
    unserved={
        "conversation": ((), "send the conversation as input, or name previous_response_id"),
        "prompt": ((), "prompts are not kept here; send the text as input"),
        "tool_choice": (("none", "auto"), NO_TOOLS),
        "tools": (([],), NO_TOOLS),
    },
)
_PLAIN: Final = {"type": "text"}
_SILENT: Final = ("reasoning", "item_reference")  # items that say nothing by themselves


def asked_of(
    fields: Fields,
    max_prompt_bytes: int,
    profiles: Collection[Profile],
    earlier: Sequence[Message],
) -> Asked:
    """What a request's fields ask for, after what was said earlier. Raises as `read_chat` does."""
    given, found = fields.given, fields.found
    profile, stream, background = Profile(), False, False
    with found.gathered():
        profile = profile_of(given, profiles)
    with found.gathered():
        stream = flag_of(given, "stream")
    with found.gathered():
        background = flag_of(given, "background")
    with found.gathered():
        asked, unsettled = _submission(given, profile, max_prompt_bytes, earlier)
    found.tell()
    return Asked(
        asked,
        profile.name,
        unsettled,
        stream=stream,
        background=background,
        ignored=fields.ignored,
    )


def _submission(
    given: Mapping[str, object],
    profile: Profile,
    max_prompt_bytes: int,
    earlier: Sequence[Message],
) -> tuple[Submission, Unsettled]:
    form: Mapping[str, object] = object_of(object_of(given, "text"), "format") or _PLAIN
    if form.get("type") == "json_schema":  # here the schema's fields stand beside its type
        form = {"type": "json_schema", "json_schema": {k: form[k] for k in form if k != "type"}}
    if form != _PLAIN:
        given = {**given, "response_format": form}
    spoken: list[dict[str, object]] = [{"role": m.role, "content": m.content} for m in earlier]
    messages = [*_instructions(given), *spoken, *_input(given.get("input"))]
    return submission(given, messages, profile, max_prompt_bytes)


def previous(given: Mapping[str, object]) -> str | None:
    """The id of the task whose conversation goes on, None where a new one begins."""
    named = given.get("previous_response_id")
    if named is None:
        return None
    if not isinstance(named, str):
        problem = "previous_response_id must be the id of a response."
        raise at("previous_response_id", InvalidTask(problem))
    return task_id_of(named)


def task_id_of(response_id: str) -> str:
    """The task that a response is."""
    return response_id.removeprefix(PREFIX)


def conversation_of(task: Task) -> list[Message]:
    """What was said so far, as the next turn finds it. Raises InvalidTask where it has no end."""
    result = task.result
    if result is None or result.outcome is not Outcome.CONSENSUS or result.answer is None:
        problem = "previous_response_id names a response without an answer to go on from."
        raise at("previous_response_id", InvalidTask(problem))
    spoken = [m for m in task.messages if m.role != "system"]
    return [*spoken, Message("assistant", result.answer)]


def _instructions(given: Mapping[str, object]) -> Iterator[dict[str, object]]:
    said = given.get("instructions")
    if isinstance(said, list):
        yield from _items("instructions", said)
    elif said is not None:
        turn = message("instructions", {"role": "system", "content": said})
        yield from [turn] if turn else []


def _input(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, list) and value:
        yield from _items("input", value)
        return
    turn = message("input", {"role": "user", "content": value}) if value else None
    if turn is None:
        raise at("input", InvalidTask("input must be a text, or a list of messages, at least one."))
    yield turn


def _items(name: str, items: list[object]) -> Iterator[dict[str, object]]:
    found = Mistakes()
    for place, item in enumerate(items):
        turn = None
        with found.gathered():
            turn = _item(f"{name}/{place}", item)
        if turn is not None:
            yield turn
    found.tell()


def _item(here: str, item: object) -> dict[str, object] | None:
    """A message as a task takes it; None for an item that says nothing."""
    if isinstance(item, str):
        item = {"role": "user", "content": item}
    kind = item.get("type", "message") if isinstance(item, dict) else "message"
    if kind in _SILENT:
        return None
    if kind != "message":
        what = f"{told(here)} of type {shown(str(kind))} is not served"
        raise at(here, InvalidTask(f"{what}; {NO_TOOLS}."))
    return message(here, item)


def response_to_json(
    task: Task, asked: Asked | None = None, *, unsettled: Unsettled = Unsettled.REFUSE
) -> dict[str, object]:
    """The task as a response, as it stands; `consensus` beside it holds the whole task.

    Without what was asked (a response that is looked up) it is told under the service's own model.
    """
    unsettled = asked.no_consensus if asked else unsettled
    status = _status(task, unsettled)
    finished = task.finished_at
    withheld = {"reason": "content_filter"} if status == "incomplete" else None
    why = task.result.explanation if task.result else ""
    error = {"code": "server_error", "message": why} if status == "failed" else None
    first = task.messages[0]
    return {
        "id": f"{PREFIX}{task.id}",
        "object": "response",
        "created_at": int(task.created_at.timestamp()),
        "completed_at": int(finished.timestamp()) if finished and status == "completed" else None,
        "status": status,
        "background": bool(asked and asked.background),
        "error": error,
        "incomplete_details": withheld,
        "instructions": first.content if first.role == "system" else None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "model": asked.model if asked else OPTIONS,
        "output": _output(task, unsettled),
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": True,
        "temperature": 1.0,
        "text": {"format": dict(_PLAIN), "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": _usage(task) if task.state is State.DONE else None,
        "user": None,
        "metadata": dict(task.metadata),
        OPTIONS: task_to_json(task),
    }


def _status(task: Task, unsettled: Unsettled) -> str:
    if task.state is not State.DONE or task.result is None:
        return "queued" if task.state is State.QUEUED else "in_progress"
    match task.result.outcome:
        case Outcome.FAILED:
            return "failed"
        case Outcome.CANCELLED:
            return "cancelled"
        case _:
            return "incomplete" if told_as(task, unsettled)[1] is not None else "completed"


def _output(task: Task, unsettled: Unsettled) -> list[dict[str, object]]:
    if task.result is None or task.result.answer is None:
        return []
    answer, refusal = told_as(task, unsettled)
    return [message_item(task, part(answer, refusal))]


def message_item(
    task: Task, *parts: Mapping[str, object], open_: bool = False
) -> dict[str, object]:
    """The one output item of a response."""
    return {
        "id": f"msg_{task.id}",
        "type": "message",
        "status": "in_progress" if open_ else "completed",
        "role": "assistant",
        "content": list(parts),
    }


def part(answer: str | None, refusal: str | None) -> dict[str, object]:
    """The one part of that item: an answer or a refusal."""
    if refusal is not None:
        return {"type": "refusal", "refusal": refusal}
    return {"type": "output_text", "text": answer or "", "annotations": [], "logprobs": []}


def answer_events(
    task: Task, asked: Asked, pieces: Sequence[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events, each by its name, in which a DONE task's answer comes, in these pieces."""
    answer, refusal = told_as(task, asked.no_consensus)
    kind, field = ("refusal", "refusal") if refusal is not None else ("output_text", "text")
    whole = part(answer, refusal)
    place = {"item_id": f"msg_{task.id}", "output_index": 0, "content_index": 0}
    item = {"output_index": 0}
    yield "response.output_item.added", {**item, "item": message_item(task, open_=True)}
    empty = {**whole, field: ""}
    yield "response.content_part.added", {**place, "part": empty}
    logprobs: dict[str, object] = {"logprobs": []} if kind == "output_text" else {}
    for piece in pieces:
        yield f"response.{kind}.delta", {**place, "delta": piece, **logprobs}
    yield f"response.{kind}.done", {**place, field: whole[field], **logprobs}
    yield "response.content_part.done", {**place, "part": whole}
    yield "response.output_item.done", {**item, "item": message_item(task, whole)}


def input_items_to_json(task: Task) -> dict[str, object]:
    """GET /v1/responses/{id}/input_items: the conversation, without the instructions."""
    turns = [m for m in task.messages if m.role != "system"]
    data = [
        {
            "id": f"msg_{task.id}_{place}",
            "type": "message",
            "status": "completed",
            "role": turn.role,
            "content": [_said(turn)],
        }
        for place, turn in enumerate(turns)
    ]
    ids = [item["id"] for item in data]
    return {
        "object": "list",
        "data": data,
        "first_id": ids[0] if ids else None,
        "last_id": ids[-1] if ids else None,
        "has_more": False,
    }


def _said(turn: Message) -> dict[str, object]:
    if turn.role == "assistant":
        return part(turn.content, None)
    return {"type": "input_text", "text": turn.content}


def _usage(task: Task) -> dict[str, object]:
    asked, written = task.usage.input_tokens, task.usage.output_tokens
    return {
        "input_tokens": asked,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": asked + written,
    }
