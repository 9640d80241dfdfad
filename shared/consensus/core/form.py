"""The form in which a short answer is asked for where an endpoint holds its model to a schema.

The thought comes first in it, or there would be none; the confidence is whole per cent, since some
servers enforce no bounds of numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from consensus.core.model import Strategy

# What is added to a ballot's instructions.
SCHEMA_INSTRUCTIONS: Final = (
    'Here the whole reply is that one object. Think in its first field, "reasoning"; then give '
    '"answer", and "confidence" in whole per cent, from 0 to 100.'
)

_BALLOT: Final[Mapping[str, object]] = {
    "type": "object",
    "properties": {
        "reasoning": {"type": "string"},
        "answer": {"type": "string"},
        "confidence": {"type": "integer"},
    },
    "required": ["reasoning", "answer", "confidence"],
    "additionalProperties": False,
}


def ballot_schema(strategy: Strategy) -> Mapping[str, object] | None:
    """The JSON schema of a ballot; None where an answer is too long to be one of its strings."""
    return _BALLOT if strategy in (Strategy.EXACT, Strategy.NUMERIC) else None
