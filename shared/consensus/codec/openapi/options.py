"""The options of a task, which a request and the tools for agents share."""

from __future__ import annotations

from consensus.codec.openapi.shapes import Json, one_of
from consensus.codec.requests import (
    MAX_VOTES,
    METADATA_ENTRIES,
    METADATA_KEY_LENGTH,
    METADATA_VALUE_LENGTH,
)
from consensus.core.model import Compose, Strategy, Voting


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
            **one_of(Voting),
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
        "compose": {
            **one_of(Compose),
            "description": "of texts in agreement: one that a model writes of what they support",
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
