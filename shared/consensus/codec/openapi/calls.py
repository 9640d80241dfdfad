"""A call of the HTTP surface: what it takes, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from consensus.codec.openapi.shapes import COUNT, TEXT, Json, ref

PROBLEM: Final = "application/problem+json"
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


def call(
    summary: str,
    answer: Json | None,
    parameters: Iterable[Json] = (),
    *,
    body: Json | None = None,
    statuses: dict[str, str] | None = None,
    public: bool = False,
    limited: bool = False,
) -> Json:
    """An operation that answers JSON of this schema, or nothing, and else a problem.

    statuses: what each success means. public: it takes no key. limited: the caller's bounds apply.
    """
    content = {} if answer is None else {"content": {"application/json": {"schema": answer}}}
    told = statuses or {"200": "done"}
    operation: Json = {
        "summary": summary,
        "parameters": list(parameters),
        "responses": {
            **{status: {"description": what, **content} for status, what in told.items()},
            "default": _problem(),
        },
    }
    if limited:
        for response in operation["responses"].values():
            response["headers"] = LIMITS
        again = {"description": "seconds until there is room", "schema": COUNT}
        refused = {"headers": {**LIMITS, "Retry-After": again}}
        operation["responses"]["429"] = {**_problem(), **refused}
    if body is not None:
        content = {"application/json": {"schema": body}}
        operation["requestBody"] = {"required": True, "content": content}
    if public:
        operation["security"] = [{}]
    return operation


def stream(events: str, parameters: Iterable[Json] = ()) -> Json:
    """An operation that answers a stream of these events."""
    content = {"text/event-stream": {"schema": TEXT}}
    return {
        "summary": f"Server-sent events: {events}",
        "parameters": list(parameters),
        "responses": {
            "200": {"description": "the stream", "content": content},
            "default": _problem(),
        },
    }


def in_path(name: str) -> Json:
    """A parameter of the path."""
    return {"name": name, "in": "path", "required": True, "schema": TEXT}


def in_query(name: str, schema: Json, description: str = "") -> Json:
    """A parameter of the query, which may be left out or empty."""
    told = {"description": description} if description else {}
    or_empty = {"anyOf": [schema, {"const": ""}]}  # ?name= is as if it were not there
    return {"name": name, "in": "query", "schema": or_empty, **told}


def in_header(name: str, description: str) -> Json:
    """A header that may be sent."""
    return {"name": name, "in": "header", "schema": TEXT, "description": description}


def _problem() -> Json:
    schema = ref("Problem")
    return {
        "description": "a problem: reason is stable, detail says what to do",
        "content": {
            PROBLEM: {"schema": schema},
            "application/json": {"schema": {"type": "object"}},
        },
    }
