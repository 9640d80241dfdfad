"""The HTTP surface as an OpenAPI 3.1 document, from the same enums and limits that serve it.

Tests hold it to the application: its routes, what it says of a request, and real answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from consensus.codec.batch_lines import ROUTES
from consensus.codec.openai_batches import COMPLETION_WINDOW, MOST_A_PAGE, PURPOSES
from consensus.codec.requests import (
    MAX_PAGE_SIZE,
    MAX_VOTES,
    METADATA_ENTRIES,
    METADATA_KEY_LENGTH,
    METADATA_VALUE_LENGTH,
    ROLES,
)
from consensus.core.batches import Status
from consensus.core.model import (
    AbstentionReason,
    CloseReason,
    Outcome,
    State,
    Strategy,
    Voting,
)

Json = dict[str, Any]
PROBLEM: Final = "application/problem+json"
SHARE: Final[Json] = {"type": "number", "minimum": 0, "maximum": 1}
COUNT: Final[Json] = {"type": "integer", "minimum": 0}
TEXT: Final[Json] = {"type": "string"}
FLAG: Final[Json] = {"type": "boolean"}
LIMITS: Final[Json] = {
    "RateLimit-Policy": {
        "description": "each bound on your tasks: open at once (qu), or within w seconds",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": "how many of each are left (r), and in how many seconds there are more (t)",
        "schema": {"type": "string"},
    },
}
TIME: Final[Json] = {"type": "string", "format": "date-time"}


def document(version: str) -> Json:
    """The whole document; it is the same for every caller."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Consensus",
            "version": version,
            "summary": "One trusted answer from many LLM votes.",
            "description": (
                "Times are RFC 3339, UTC; shares and probabilities are from 0 to 1. An error is a "
                "Problem, whose reason never changes and whose detail says what to do."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "tags": [{"name": name, "description": about} for name, about in _TAGS.items()],
        "security": [{"key": []}, {"bearer": []}, {}],
        "paths": {path: _tagged(path, calls) for path, calls in _paths().items()},
        "components": {
            "schemas": _explained(_schemas()),
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


_TASKS, _OPENAI, _AGENTS, _SERVICE = "Tasks", "OpenAI's protocol", "Agents", "The service"
_TAGS: Final = {
    _TASKS: "Questions to the panel, their votes and their answers.",
    _OPENAI: "Consensus as a model, for clients that speak it.",
    _AGENTS: "The panel as tools.",
    _SERVICE: "Whether it lives and works, and this description of it.",
}


def _tagged(path: str, calls: Json) -> Json:
    """The calls of a path, each with its tag, by which readers find it."""
    if path.startswith(("/v1/tasks", "/v1/events", "/v1/statistics")):
        tag = _TASKS
    else:
        tag = _OPENAI if path.startswith("/v1/") else _AGENTS if path == "/mcp" else _SERVICE
    return {
        name: told if name == "parameters" else {"tags": [tag], **told}
        for name, told in calls.items()
    }


def _explained(schemas: Json) -> Json:
    """The schemas, with what each field means where its name does not say it."""
    for name, meanings in _MEANINGS.items():
        properties = schemas[name]["properties"]
        for field, meaning in meanings.items():
            properties[field] = {**properties[field], "description": meaning}
    return schemas


_MEANINGS: Final = {
    "Task": {
        "prompt": "the question, where it came as one text",
        "messages": "the conversation, where it came as one",
        "plan": "how it is decided",
        "progress": "seats, by what came of them",
        "result": "null until state is DONE; never changes after that",
        "deadline": "when it ends at the latest, with a grace of 90 seconds",
    },
    "Result": {
        "outcome": "CONSENSUS alone has an answer to trust",
        "close_reason": "why asking ended",
        "answer": "on NO_CONSENSUS the leading one, not to be trusted",
        "agreement": "the answer's share of the votes' weight",
        "min_agreement": "the share that was needed",
        "margin": "how far it is ahead of the next answer",
        "confidence": "how probable it is that more votes would not change the answer",
        "probability_correct": "how often such answers were right; null without evidence",
        "answer_probability": "by the voters' own tokens, uncalibrated",
        "groups": "answers that mean the same, the leading one first",
        "explanation": "why, in words",
    },
    "Plan": {
        "complexity": "how hard task analysis takes the question to be",
        "strategy": "how answers are compared",
        "voting": "what a vote weighs",
        "min_votes": "votes needed for an answer",
        "max_votes": "votes asked for at most",
        "min_agreement": "share of the weight that must agree",
        "reason": "why it is planned so",
    },
    "Group": {
        "weight": "the sum of its votes' weights",
        "share": "of the whole weight",
        "seats": "whose votes these are",
    },
    "Usage": {
        "calls": "model calls, failed ones too",
        "cost_usd": "null where a price is not set",
        "calls_saved": "max_votes less the calls, never below 0",
        "adjudication_calls": "calls about whether two answers mean the same",
    },
    "Ballot": {
        "seat": "its number in the panel",
        "counted": "false for one that came after the end",
        "seconds": "from when its seat was asked",
        "voter": "which of the panel's models had the seat",
        "text": "all that the model wrote",
        "group": "the place of its group in the result's groups",
        "confidence": "what the model said of its own answer",
        "probability": "what its tokens say",
        "reason": "why it abstained",
    },
    "Request": {
        "prompt": "the question; or give messages",
        "messages": "a conversation whose last message is the question; or give prompt",
    },
    "Judgement": {
        "correct": "whether the task's answer is right",
        "answer": "what is right",
    },
}


def _paths() -> Json:
    task_id = _in_path("id")
    prefer = _in_header("Prefer", "wait=N: up to N seconds, at most 600, for the end")
    key = _in_header("Idempotency-Key", "the same key and body give the same task for a day")
    resume = _in_header("Last-Event-ID", "tell what came after this event")
    paging = [
        _in_query("page_size", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE}),
        _in_query("page_token", TEXT),
    ]
    filters = [
        _in_query("state", _one_of(State)),
        _in_query("outcome", _one_of(Outcome)),
        _in_query("metadata", TEXT, "name=value"),
        _in_query("since", TIME),
        _in_query("unsettled", {"enum": ["true", "false"]}, "what waits for a decision"),
        _in_query("everyone", {"enum": ["true", "false"]}, "others' too, where you may decide"),
    ]
    task, anything = _ref("Task"), {"type": "object"}
    return {
        "/health": {"get": _call("Liveness", anything, public=True)},
        "/ready": {"get": _call("Store, queue and workers, for operators", anything)},
        "/openapi.json": {"get": _call("This document", anything, public=True)},
        "/v1/tasks": {
            "get": _call("Your tasks, newest first", _ref("Page"), [*filters, *paging]),
            "post": _call(
                "Ask the panel",
                task,
                [key, prefer],
                body=_ref("Request"),
                statuses={"202": "asked; not at its end yet", "200": "at its end, as preferred"},
                limited=True,
            ),
        },
        "/v1/tasks/{id}": {
            "parameters": [task_id],
            "get": _call("A task as it stands", task, [prefer]),
            "delete": _call("Erase a task", None, statuses={"204": "erased"}),
        },
        "/v1/tasks/{id}/votes": {
            "parameters": [task_id],
            "get": _call("Every ballot, whole", _ref("Votes"), paging),
        },
        "/v1/tasks/{id}/parts": {
            "parameters": [task_id],
            "get": _call("The parts of an answer, each with its agreement", anything, paging),
        },
        "/v1/tasks/{id}/events": {
            "parameters": [task_id],
            "get": _stream("planned, vote, abstention, tally, result", [resume]),
        },
        "/v1/tasks/{id}/cancel": {
            "parameters": [task_id],
            "post": _call("End a task; a finished one stays as it is", task),
        },
        "/v1/tasks/{id}/feedback": {
            "parameters": [task_id],
            "post": _call(
                "Say whether its answer is right, or what is",
                _ref("Feedback"),
                body=_ref("Judgement"),
            ),
        },
        "/v1/events": {"get": _stream("listening, task, gone")},
        "/v1/statistics": {"get": _call("Figures over your last tasks", anything)},
        "/v1/models": {"get": _call("The models that OpenAI clients may name", anything)},
        "/v1/chat/completions": {
            "post": _call(
                "Consensus as a model, in OpenAI's shape",
                anything,
                [key],
                body=anything,
                limited=True,
            )
        },
        "/v1/responses": {
            "post": _call(
                "The same, as OpenAI's Responses API", anything, [key], body=anything, limited=True
            )
        },
        "/mcp": {
            "post": _call(
                "Tools for agents: the Model Context Protocol over streamable HTTP",
                anything,
                body=anything,
                statuses={"200": "a message, or a stream of them", "202": "heard"},
            )
        },
        **_batch_paths(),
    }


def _batch_paths() -> Json:
    """OpenAI's files and batches."""
    one, key = _in_path("id"), _in_header("Idempotency-Key", "the same key gives the same batch")
    file, batch = _ref("File"), _ref("Batch")
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE}
    paging = [_in_query("limit", limit), _in_query("after", TEXT, "the id before the page")]
    form = _object({"purpose": {"const": "batch"}, "file": {"type": "string", "format": "binary"}})
    upload = _call("Keep a file of requests, one a line", file)
    upload["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    content = _call("What is in a file", None)
    content["responses"]["200"]["content"] = {"application/jsonl": {"schema": TEXT}}
    return {
        "/v1/files": {
            "get": _call(
                "Your files, newest first",
                _ref("List"),
                [*paging, _in_query("purpose", {"enum": list(PURPOSES)})],
            ),
            "post": upload,
        },
        "/v1/files/{id}": {
            "parameters": [one],
            "get": _call("What is known of a file", file),
            "delete": _call("Forget a file", {"type": "object"}),
        },
        "/v1/files/{id}/content": {"parameters": [one], "get": content},
        "/v1/batches": {
            "get": _call("Your batches, newest first", _ref("List"), paging),
            "post": _call("Ask every line of a file", batch, [key], body=_ref("BatchRequest")),
        },
        "/v1/batches/{id}": {"parameters": [one], "get": _call("A batch as it stands", batch)},
        "/v1/batches/{id}/cancel": {
            "parameters": [one],
            "post": _call("Ask no more of it; one that has ended stays as it is", batch),
        },
    }


def _schemas() -> Json:
    return {
        "Request": _request(),
        "Task": _object(
            {
                "id": TEXT,
                "state": _one_of(State),
                "prompt": TEXT,
                "messages": {"type": "array", "items": _ref("Message")},
                "plan": _ref("Plan"),
                "progress": _object(dict.fromkeys(("asked", "voted", "abstained", "waves"), COUNT)),
                "seats": _object(
                    {name: {"type": "array", "items": COUNT} for name in ("begun", "hedged")}
                ),
                "result": {"anyOf": [_ref("Result"), {"type": "null"}]},
                "usage": _ref("Usage"),
                "metadata": {"type": "object", "additionalProperties": TEXT},
                "created_at": TIME,
                "deadline": TIME,
                "finished_at": _or_null(TIME),
                "feedback": _ref("Feedback"),
            },
            optional=("prompt", "messages", "feedback"),
        ),
        "Plan": _plan(),
        "Result": _object(
            {
                "outcome": _one_of(Outcome),
                "close_reason": _one_of(CloseReason),
                "answer": _or_null(TEXT),
                "agreement": SHARE,
                "min_agreement": SHARE,
                "margin": {"type": "number", "minimum": -1, "maximum": 1},
                "confidence": _or_null(SHARE),
                "probability_correct": _or_null(SHARE),
                "answer_probability": _or_null(SHARE),
                "groups": {"type": "array", "items": _ref("Group")},
                "explanation": TEXT,
            }
        ),
        "Group": _object(
            {
                "answer": TEXT,
                "votes": COUNT,
                "weight": {"type": "number", "minimum": 0},
                "share": SHARE,
                "seats": {"type": "array", "items": COUNT},
            }
        ),
        "Usage": _object(
            {
                "calls": COUNT,
                "input_tokens": COUNT,
                "output_tokens": COUNT,
                "cost_usd": _or_null({"type": "number", "minimum": 0}),
                "calls_saved": COUNT,
                "adjudication_calls": COUNT,
            },
            optional=("calls_saved", "adjudication_calls"),
        ),
        "Ballot": _object(
            {
                "seat": COUNT,
                "kind": {"enum": ["vote", "abstention"]},
                "counted": FLAG,
                "at": TIME,
                "seconds": _or_null({"type": "number"}),
                "worked_seconds": _or_null({"type": "number"}),
                "first_word_seconds": _or_null({"type": "number"}),
                "voter": TEXT,
                "usage": _ref("Usage"),
                "model": TEXT,
                "answer": TEXT,
                "text": TEXT,
                "group": _or_null(COUNT),
                "confidence": _or_null(SHARE),
                "probability": _or_null(SHARE),
                "reason": _one_of(AbstentionReason),
                "detail": TEXT,
            },
            optional=(
                *("model", "answer", "text", "group", "confidence", "probability"),
                *("reason", "detail"),
            ),
        ),
        "Votes": _object(
            {"votes": {"type": "array", "items": _ref("Ballot")}, "next_page_token": TEXT}
        ),
        "Page": _object(
            {"tasks": {"type": "array", "items": {"type": "object"}}, "next_page_token": TEXT}
        ),
        "Feedback": _object(
            {"correct": _or_null(FLAG), "answer": _or_null(TEXT), "at": TIME, "by": _or_null(TEXT)}
        ),
        "Judgement": {
            "type": "object",
            "properties": {"correct": FLAG, "answer": {"type": "string", "minLength": 1}},
            "additionalProperties": False,
            "minProperties": 1,
        },
        **_batch_schemas(),
        "Message": _object({"role": {"enum": list(ROLES)}, "content": TEXT}),
        "Problem": _object(
            {"type": TEXT, "title": TEXT, "status": COUNT, "reason": TEXT, "detail": TEXT},
            optional=("type", "title"),
        ),
    }


def _batch_schemas() -> Json:
    at = _or_null(COUNT)
    counts = _object(dict.fromkeys(("total", "completed", "failed"), COUNT))
    whens = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling")
    return {
        "File": _object(
            {
                "id": TEXT,
                "object": {"const": "file"},
                "bytes": COUNT,
                "created_at": COUNT,
                "expires_at": at,
                "filename": TEXT,
                "purpose": {"enum": list(PURPOSES)},
                "status": {"const": "processed"},
            }
        ),
        "Batch": _object(
            {
                "id": TEXT,
                "object": {"const": "batch"},
                "endpoint": {"enum": list(ROUTES)},
                "errors": _or_null({"type": "object"}),
                "input_file_id": TEXT,
                "completion_window": {"const": COMPLETION_WINDOW},
                "status": _one_of(Status),
                "output_file_id": _or_null(TEXT),
                "error_file_id": _or_null(TEXT),
                "created_at": COUNT,
                "expires_at": COUNT,
                **{f"{when}_at": at for when in (*whens, "cancelled")},
                "request_counts": counts,
                "metadata": {"type": "object", "additionalProperties": TEXT},
            }
        ),
        "BatchRequest": {
            "type": "object",
            "properties": {
                "input_file_id": TEXT,
                "endpoint": {"enum": list(ROUTES)},
                "completion_window": _or_null({"const": COMPLETION_WINDOW}),
                "metadata": _or_null(request_options()["metadata"]),
            },
            "required": ["input_file_id", "endpoint"],
            "additionalProperties": False,
        },
        "List": _object(
            {
                "object": {"const": "list"},
                "data": {"type": "array", "items": {"type": "object"}},
                "first_id": _or_null(TEXT),
                "last_id": _or_null(TEXT),
                "has_more": FLAG,
            }
        ),
    }


def request_options() -> Json:
    """The schema of each option of a task; what is left out is chosen by task analysis."""
    votes = {"type": "integer", "minimum": 1, "maximum": MAX_VOTES}
    return {
        "strategy": {
            "enum": ["auto", *map(str, Strategy)],
            "default": "auto",
            "description": "how answers are compared",
        },
        "voting": {
            **_one_of(Voting),
            "default": str(Voting.CONFIDENCE_WEIGHTED),
            "description": "what a vote weighs",
        },
        "min_votes": {**votes, "default": 3, "description": "votes needed for an answer"},
        "max_votes": {**votes, "default": 15, "description": "votes asked for at most"},
        "min_agreement": {
            "type": "number",
            "minimum": 0.5,
            "maximum": 1,
            "description": "share of the weight that must agree",
        },
        "timeout_seconds": {
            "type": "number",
            "minimum": 5,
            "maximum": 540,
            "description": "seconds until the task ends, with or without consensus",
        },
        "numeric_tolerance": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "default": 1e-6,
            "description": "how far numbers may differ, relative",
        },
        "response_format": {"type": "object", "description": "as OpenAI's: JSON as the answer"},
        "tools": {
            "type": "array",
            "items": {"type": "object"},
            "description": "as OpenAI's: calls as the answer",
        },
        "metadata": {
            "type": "object",
            "description": "kept with the task; tasks are listed by it",
            "maxProperties": METADATA_ENTRIES,
            "propertyNames": {"minLength": 1, "maxLength": METADATA_KEY_LENGTH},
            "additionalProperties": {"type": "string", "maxLength": METADATA_VALUE_LENGTH},
        },
    }


def _request() -> Json:
    return {
        "type": "object",
        "properties": {
            "prompt": {"type": "string", "minLength": 1},
            "messages": {"type": "array", "minItems": 1, "items": _ref("Message")},
            **{name: _or_null(schema) for name, schema in request_options().items()},
        },
        "examples": [{"prompt": "What is 17% of 2,340?"}],
        "oneOf": [{"required": ["prompt"]}, {"required": ["messages"]}],
        "additionalProperties": False,
    }


def _plan() -> Json:
    return _object(
        {
            "complexity": TEXT,
            "strategy": _one_of(Strategy),
            "voting": _one_of(Voting),
            "min_votes": COUNT,
            "max_votes": COUNT,
            "min_agreement": SHARE,
            "timeout_seconds": {"type": "number"},
            "numeric_tolerance": {"type": "number"},
            "reason": TEXT,
        }
    )


def _call(
    summary: str,
    answer: Json | None,
    parameters: Iterable[Json] = (),
    *,
    body: Json | None = None,
    statuses: dict[str, str] | None = None,
    public: bool = False,
    limited: bool = False,
) -> Json:
    content = {} if answer is None else {"content": {"application/json": {"schema": answer}}}
    told = statuses or {"200": "done"}
    call: Json = {
        "summary": summary,
        "parameters": list(parameters),
        "responses": {
            **{status: {"description": what, **content} for status, what in told.items()},
            "default": _problem(),
        },
    }
    if limited:
        for response in call["responses"].values():
            response["headers"] = LIMITS
        again = {"description": "seconds until there is room", "schema": COUNT}
        refused = {"headers": {**LIMITS, "Retry-After": again}}
        call["responses"]["429"] = {**_problem(), **refused}
    if body is not None:
        call["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    if public:
        call["security"] = [{}]
    return call


def _stream(events: str, parameters: Iterable[Json] = ()) -> Json:
    content = {"text/event-stream": {"schema": TEXT}}
    return {
        "summary": f"Server-sent events: {events}",
        "parameters": list(parameters),
        "responses": {
            "200": {"description": "the stream", "content": content},
            "default": _problem(),
        },
    }


def _problem() -> Json:
    schema = _ref("Problem")
    return {
        "description": "a problem: reason is stable, detail says what to do",
        "content": {
            PROBLEM: {"schema": schema},
            "application/json": {"schema": {"type": "object"}},
        },
    }


def _object(properties: Json, optional: Iterable[str] = ()) -> Json:
    """An object that has all of these but the optional ones, and may have more one day."""
    required = [name for name in properties if name not in set(optional)]
    return {"type": "object", "properties": properties, "required": required}


def _one_of(words: type[StrEnum]) -> Json:
    return {"type": "string", "enum": [str(word) for word in words]}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _in_path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": TEXT}


def _in_query(name: str, schema: Json, description: str = "") -> Json:
    told = {"description": description} if description else {}
    or_empty = {"anyOf": [schema, {"const": ""}]}  # ?name= is as if it were not there
    return {"name": name, "in": "query", "schema": or_empty, **told}


def _in_header(name: str, description: str) -> Json:
    return {"name": name, "in": "header", "schema": TEXT, "description": description}
