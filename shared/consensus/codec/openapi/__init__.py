"""The HTTP surface as an OpenAPI 3.1 document, from the same enums and limits that serve it.

Tests hold it to the application: its routes, what it says of a request, and real answers.
"""

from __future__ import annotations

from typing import Final

from consensus.codec.openapi.paths import paths
from consensus.codec.openapi.schemas import schemas
from consensus.codec.openapi.shapes import Json


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
        "paths": {path: _tagged(path, calls) for path, calls in paths().items()},
        "components": {
            "schemas": schemas(),
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
