"""Tool calls as values: parallel calls in no order, each with its arguments by its tool's schema.

A call {"name": f, "arguments": {...}} is compared as the record {f: {...}}, so that a tool's name
says how its arguments compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from consensus.core.parts.documents import Json
from consensus.core.parts.shapes import Open, Record, Set, Shape, shape_of


def calls_shape(tools: Iterable[Mapping[str, Any]]) -> Shape:
    """How calls of these tools compare; a tool is its name and the JSON schema of its arguments,
    by itself or as OpenAI's "function"."""
    offered = [function_of(tool) for tool in tools]
    arguments = {
        str(tool.get("name")): shape_of(tool.get("parameters"), derived=True) for tool in offered
    }
    return Set(Record(arguments, frozenset(arguments), rest=Open(ordered=True)))


def function_of(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """A tool's name, description and parameters."""
    inner = tool.get("function")
    return inner if isinstance(inner, Mapping) else tool


def as_value(calls: Iterable[Mapping[str, Any]]) -> Json:
    """Calls as they are compared."""
    return [{str(call["name"]): call.get("arguments") or {}} for call in calls]


def as_calls(value: Json) -> list[dict[str, Json]]:
    """Calls as they are made."""
    return [
        {"name": name, "arguments": arguments}
        for one in (value if isinstance(value, list) else ())
        for name, arguments in (one.items() if isinstance(one, dict) else ())
    ]
