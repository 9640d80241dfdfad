"""What agents send and receive over MCP: the tools' arguments, and tasks as their results.

An agent acts on what it reads. So the first thing it reads says whether there is an answer to
trust, in words that no model wrote; and `answer` is null wherever there is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from consensus.codec.openapi.options import request_options
from consensus.codec.openapi.shapes import COUNT, FLAG, SHARE, TEXT, TIME, Json
from consensus.codec.queries import MAX_PAGE_SIZE
from consensus.core import figures
from consensus.core.model import Outcome, State
from consensus.visible import escape_json

LONGEST_WAIT: Final = 300  # seconds that one reading of a task may wait for its end

_ID: Final[Json] = {"type": "string", "minLength": 1, "description": "as ask or submit told it"}
_SHARE: Final[Json] = {"anyOf": [SHARE, {"type": "null"}]}
_TEXT: Final[Json] = {"anyOf": [TEXT, {"type": "null"}]}


def _arguments(properties: Json, required: Sequence[str] = ()) -> Json:
    told: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    return told | ({"required": list(required)} if required else {})


QUESTION: Final = _arguments(
    {
        "prompt": {
            "type": "string",
            "minLength": 1,
            "description": "the question, whole: voters see nothing else",
        },
        **request_options(),
    },
    required=["prompt"],
)
NAMED: Final = _arguments({"task_id": _ID}, required=["task_id"])
READING: Final = _arguments(
    {
        "task_id": _ID,
        "wait_seconds": {
            "type": "number",
            "minimum": 0,
            "maximum": LONGEST_WAIT,
            "default": 0,
            "description": "how long to wait for its end",
        },
        "texts": {
            "type": "boolean",
            "default": False,
            "description": "whether votes come with all that the models wrote",
        },
    },
    required=["task_id"],
)
FILTERS: Final = _arguments(
    {
        "state": {"enum": [str(state) for state in State]},
        "outcome": {"enum": [str(outcome) for outcome in Outcome]},
        "metadata": {"type": "string", "description": "name=value"},
        "page_size": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": 20},
        "page_token": {"type": "string", "description": "next_page_token of the page before"},
    }
)

_STANDING: Final[Json] = {
    "task_id": TEXT,
    "state": {"enum": [str(state) for state in State]},
    "outcome": {"enum": [*map(str, Outcome), None], "description": "null until state is DONE"},
    "trusted": {**FLAG, "description": "whether the panel agrees on answer; false: do not use it"},
    "answer": {**_TEXT, "description": "null where there is none to trust"},
    "agreement": {**_SHARE, "description": "the leading answer's share of the weight"},
}
_TASK: Final[Json] = {
    **_STANDING,
    "value": {"description": "the answer as JSON, where JSON was asked for"},
    "min_agreement": {**_SHARE, "description": "the share that was needed"},
    "confidence": {**_SHARE, "description": "that more votes would not change the answer"},
    "probability_correct": {**_SHARE, "description": "that it is right; null: not known"},
    "dissent": {
        "type": "array",
        "description": "what else was said; without consensus, all that was said",
        "items": {
            "type": "object",
            "properties": {"answer": TEXT, "share": SHARE, "votes": COUNT},
            "required": ["answer", "share", "votes"],
        },
    },
    "explanation": {**TEXT, "description": "why it ended so"},
    "asked": COUNT,
    "voted": COUNT,
    "abstained": COUNT,
    "waves": COUNT,
    "calls": COUNT,
    "cost_usd": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]},
}
_REQUIRED: Final = [name for name in _TASK if name != "value"]
_VOTES: Final[Json] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "seat": COUNT,
            "kind": {"enum": ["vote", "abstention"]},
            "counted": FLAG,
            "voter": TEXT,
            "model": TEXT,
            "answer": TEXT,
            "text": TEXT,
            "confidence": _SHARE,
            "reason": TEXT,
            "detail": TEXT,
        },
        "required": ["seat", "kind", "counted", "voter"],
    },
}
TASK: Final[Json] = {"type": "object", "properties": _TASK, "required": _REQUIRED}
TASK_AND_VOTES: Final[Json] = {
    "type": "object",
    "properties": {**_TASK, "votes": _VOTES},
    "required": [*_REQUIRED, "votes"],
}
TASKS: Final[Json] = {
    "type": "object",
    "properties": {
        "tasks": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {**_STANDING, "prompt": TEXT, "created_at": TIME},
                "required": [*_STANDING, "prompt", "created_at"],
            },
        },
        "next_page_token": {**TEXT, "description": "empty on the last page"},
    },
    "required": ["tasks", "next_page_token"],
}


def task_to_agent(task: Mapping[str, Any]) -> Json:
    """A task of the HTTP surface as a tool's result."""
    result, progress, usage = task.get("result") or {}, task["progress"], task["usage"]
    standing = _standing(task)
    said = [
        {"answer": group["answer"], "share": group["share"], "votes": group["votes"]}
        for group in result.get("groups", ())
        if group["answer"] != standing["answer"]
    ]
    trusted = standing["trusted"]
    return {
        **standing,
        **({"value": result["value"]} if trusted and "value" in result else {}),
        "min_agreement": result.get("min_agreement"),
        "confidence": result.get("confidence"),
        "probability_correct": result.get("probability_correct"),
        "dissent": said,
        "explanation": result.get("explanation", ""),
        **{name: progress[name] for name in ("asked", "voted", "abstained", "waves")},
        "calls": usage["calls"],
        "cost_usd": usage["cost_usd"],
    }


def ballot_to_agent(ballot: Mapping[str, Any], *, whole: bool) -> Json:
    """A ballot of the HTTP surface for an agent; whole: with the model's text."""
    names = ["seat", "kind", "counted", "voter", "model", "answer", "confidence", "reason"]
    names += ["detail", "text"] if whole else ["detail"]
    return {name: ballot[name] for name in names if name in ballot}


def page_to_agent(page: Mapping[str, Any]) -> Json:
    """A page of the HTTP surface as a tool's result."""
    tasks = [
        {**_standing(task), "prompt": task["prompt"], "created_at": task["created_at"]}
        for task in page["tasks"]
    ]
    return {"tasks": tasks, "next_page_token": page["next_page_token"]}


def _standing(task: Mapping[str, Any]) -> Json:
    result = task.get("result") or {}
    trusted = result.get("outcome") == Outcome.CONSENSUS
    return {
        "task_id": task["id"],
        "state": task["state"],
        "outcome": result.get("outcome"),
        "trusted": trusted,
        "answer": result["answer"] if trusted else None,
        "agreement": result.get("agreement"),
    }


def verdict_of(told: Mapping[str, Any]) -> str:
    """Whether a task has an answer to trust, in a sentence without a word of the models."""
    match told["outcome"]:
        case None:
            heard = told["voted"] + told["abstained"]
            return f"NOT DONE YET: {heard} of {told['asked']} voters asked so far have answered."
        case Outcome.CONSENSUS:
            share, needed = figures.apart(told["agreement"], told["min_agreement"])
            return (
                f"CONSENSUS: {share} of the panel's weight agrees on `answer` ({needed} needed). "
                "That says how far the voters agree, not that they are right."
            )
        case Outcome.NO_CONSENSUS:
            return (
                "NO ANSWER TO TRUST: the panel came to no consensus. `answer` is null, and "
                "`dissent` is what was said; none of it is settled. Tell your user so."
            )
        case Outcome.CANCELLED:
            return "NO ANSWER: the task was cancelled."
        case _:
            return "NO ANSWER: no voter brought one; `explanation` says why."


def as_text(told: Mapping[str, Any]) -> str:
    """A tool's result as JSON text; characters that hide or reorder others are escapes in it."""
    return escape_json(json.dumps(told, ensure_ascii=False))
