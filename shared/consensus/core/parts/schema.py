"""JSON schemas of the caller's: is it one, and does a value fit it?

A well-kept validator does the work (`jsonschema_rs`, in Rust): patterns cannot run away with it,
and it looks nothing up elsewhere.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jsonschema_rs

from consensus.core.parts.documents import Json, NotOneValue, held

BACKTRACKS = 100_000  # steps that one pattern may take on one text
LONGEST_FAULT = 200  # characters


def check(schema: str) -> None:
    """Raises NotOneValue with what is wrong where the text is no JSON schema that can be used."""
    _validator(schema)


def fault(value: Json, schema: str) -> str:
    """Why the value does not fit the schema, "" where it does. It repeats nothing of the value."""
    try:
        error = next(iter(_validator(schema).iter_errors(value)), None)
    except (ValueError, RecursionError):
        return "it cannot be checked against its schema"
    if error is None:
        return ""
    place = "".join(f"/{step}" for step in error.instance_path) or "the whole"
    told = f"{place} does not fit the schema's {error.kind.name}"
    return told if len(told) <= LONGEST_FAULT else f"{told[:LONGEST_FAULT]}…"


@lru_cache(maxsize=128)
def _validator(schema: str) -> Any:
    document = held(schema)
    if not isinstance(document, dict | bool):
        raise NotOneValue("a schema is an object")
    try:
        return jsonschema_rs.validator_for(
            document,
            offline=True,
            pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACKS),
        )
    except jsonschema_rs.ValidationError as error:
        place = "".join(f"/{step}" for step in error.instance_path)[:LONGEST_FAULT]
        told = f"it is no JSON schema at {place}" if place else "it is no JSON schema by itself"
        raise NotOneValue(f"{told}; references elsewhere are not followed") from None
    except (jsonschema_rs.ReferencingError, ValueError):
        raise NotOneValue("it refers to what is not in it") from None
