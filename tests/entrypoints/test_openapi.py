"""The OpenAPI document against the application: its routes, its requests, its answers."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import jsonschema_rs
import pytest

from consensus import __version__
from consensus.codec.openapi import document
from consensus.codec.requests import submission_of
from consensus.core.errors import CallerError
from tests.entrypoints.conftest import ASKED, Function, Service
from tests.entrypoints.test_isolation import ROUTES

DOCUMENT = document(__version__)
# The dashboard is no API; what is beneath these is OpenAI's, and told by theirs.
OTHERS = ("/v1/responses/", "/v1/chat/completions/", "/v1/models/", "/dashboard/")


def _validator(schema: str) -> Any:
    whole = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(whole)


@pytest.fixture
async def client(service: Service, function: Function) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of the submit entry point, with one finished task."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as opened:
        await opened.post("/v1/tasks", json=ASKED)
        await service.finish("task1")
        asked = {"file": ("asked.jsonl", b'"What is 2 + 2?"')}
        await opened.post("/v1/files", data={"purpose": "batch"}, files=asked)
        await opened.post("/v1/batches", json={"input_file_id": "file-1", "endpoint": "/v1/tasks"})
        yield opened


def test_it_tells_every_route_and_no_other() -> None:
    """By the table that names every route of the application."""
    told = {(m.upper(), p) for p, calls in DOCUMENT["paths"].items() for m in calls}
    there = {
        (method, re.sub(r"/(chatcmpl-task1|task1|file-\d|batch_\d)(?=/|$)", "/{id}", path))
        for method, path in ROUTES
        if method != "HEAD" and not path.startswith(OTHERS) and path not in ("/", "/docs")
    }
    streams = {("GET", "/v1/events")}  # asked by HEAD in that table
    assert {t for t in told if t[0] != "PARAMETERS"} == there | streams


async def test_it_is_served_to_everybody_and_every_reference_leads_somewhere(
    client: httpx2.AsyncClient,
) -> None:
    """As it is written."""
    response = await client.get("/openapi.json")
    assert response.json() == json.loads(json.dumps(DOCUMENT))
    schemas = DOCUMENT["components"]["schemas"]
    named = set(re.findall(r"#/components/schemas/(\w+)", response.text))
    assert named <= set(schemas)
    for schema in schemas:
        assert _validator(schema) is not None


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/v1/tasks/task1", "Task"),
        ("/v1/tasks/task1/votes", "Votes"),
        ("/v1/tasks", "Page"),
        ("/v1/tasks/none", "Problem"),
        ("/v1/files/file-1", "File"),
        ("/v1/files", "List"),
        ("/v1/batches/batch_2", "Batch"),
        ("/v1/batches", "List"),
    ],
)
async def test_answers_are_as_it_says(client: httpx2.AsyncClient, path: str, schema: str) -> None:
    """Each answer satisfies its schema."""
    _validator(schema).validate((await client.get(path)).json())


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_votes": 65},
        {"max_votes": 0},
        {"min_votes": 1.5},
        {"min_agreement": 0.4},
        {"min_agreement": 1.1},
        {"timeout_seconds": 4},
        {"timeout_seconds": 541},
        {"numeric_tolerance": -0.1},
        {"numeric_tolerance": 1.5},
        {"strategy": "guess"},
        {"voting": "loud"},
        {"metadata": {"a": 1}},
        {"metadata": {"": "x"}},
        {"metadata": {str(n): "" for n in range(17)}},
        {"metadata": {"a": "x" * 513}},
        {"messages": [{"role": "user", "content": "?"}]},
        {"unheard": 1},
    ],
)
def test_what_it_forbids_is_refused(wrong: dict[str, object]) -> None:
    """The document's limits are those of the reader of requests."""
    body = {"prompt": "What is 2 + 2?", **wrong}
    assert not _validator("Request").is_valid(body)
    with pytest.raises(CallerError):
        submission_of(body, 1000)


@pytest.mark.parametrize(
    "right",
    [
        {},
        {"max_votes": 64, "min_votes": 1, "min_agreement": 0.5, "timeout_seconds": 5},
        {"min_agreement": 1, "timeout_seconds": 540, "numeric_tolerance": 0, "strategy": "auto"},
        {"numeric_tolerance": 1, "strategy": None, "voting": "majority"},
        {"metadata": {"a" * 64: "x" * 512}, "strategy": "structured"},
    ],
)
def test_what_it_allows_is_taken(right: dict[str, object]) -> None:
    """At each limit."""
    body = {"prompt": "What is 2 + 2?", **right}
    _validator("Request").validate(body)
    submission_of(body, 1000)
