"""The JSON schemas that all others are built from."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

Json = dict[str, Any]
SHARE: Final[Json] = {"type": "number", "minimum": 0, "maximum": 1}
COUNT: Final[Json] = {"type": "integer", "minimum": 0}
TEXT: Final[Json] = {"type": "string"}
FLAG: Final[Json] = {"type": "boolean"}
TIME: Final[Json] = {"type": "string", "format": "date-time"}


def object_of(properties: Json, optional: Iterable[str] = ()) -> Json:
    """An object that has all of these but the optional ones, and may have more one day."""
    required = [name for name in properties if name not in set(optional)]
    return {"type": "object", "properties": properties, "required": required}


def one_of(words: type[StrEnum]) -> Json:
    """One of the enum's words."""
    return {"type": "string", "enum": [str(word) for word in words]}


def or_null(schema: Json) -> Json:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Json:
    """The schema of that name among the components."""
    return {"$ref": f"#/components/schemas/{name}"}
