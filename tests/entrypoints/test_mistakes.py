"""What is wrong with a request is told whole, each mistake with its place."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator

import httpx2
import pytest

from consensus.codec import requests
from tests.entrypoints.conftest import ASKED, Function, Service


@pytest.fixture
async def client(service: Service, function: Function) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of the submit entry point."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as opened:
        yield opened


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (
            {"prompt": 1, "max_votes": 65, "strategy": "guess", "metadata": {"a": 1, "b": 2}},
            ["#/prompt", "#/strategy", "#/max_votes", "#/metadata/a", "#/metadata/b"],
        ),
        ({"unheard": 1, "of": 1, "max_votes": 0}, ["#/of", "#/unheard", None, "#/max_votes"]),
        (
            {"messages": [{"role": "x", "content": " "}, {"role": "user"}]},
            ["#/messages/0/role", "#/messages/0/content", "#/messages/1"],
        ),
        (
            {"prompt": "a", "tools": [{"type": "web"}, {"function": {"name": "a b"}}]},
            ["#/tools/0", "#/tools/1"],
        ),
    ],
)
async def test_every_mistake_of_a_body_is_told(
    client: httpx2.AsyncClient, body: dict[str, object], pointers: list[str | None]
) -> None:
    """Not the first alone: each with its place, and the detail says them one after another."""
    problem = (await client.post("/v1/tasks", json=body)).json()
    assert problem["status"] == 422
    assert [error.get("pointer") for error in problem["errors"]] == pointers
    assert problem["detail"] == " ".join(error["detail"] for error in problem["errors"])


async def test_very_many_mistakes_are_told_in_part(client: httpx2.AsyncClient) -> None:
    """A broken body does not make a longer answer: the detail names five, the list twenty."""
    body = {"prompt": "a", **{f"field{n}": 1 for n in range(1000)}}
    problem = (await client.post("/v1/tasks", json=body)).json()
    assert problem["reason"] == "UNKNOWN_FIELD"
    assert len(problem["errors"]) == 20
    assert problem["detail"].endswith("And 15 more.")


async def test_feedback_is_told_all_its_mistakes(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """As tasks are."""
    await client.post("/v1/tasks", json=ASKED)
    await service.finish("task1")
    body = {"correct": "yes", "answer": 5, "right": True}
    problem = (await client.post("/v1/tasks/task1/feedback", json=body)).json()
    assert problem["status"] == 422
    assert [e["pointer"] for e in problem["errors"]] == ["#/right", "#/correct", "#/answer"]


@pytest.mark.parametrize(
    ("where", "parameters"),
    [
        ("/v1/tasks?state=OPEN&page_size=0&since=now&colour=red", "colour page_size state since"),
        ("/v1/tasks?everyone=true", "everyone"),
        ("/v1/tasks?everyone=perhaps&metadata=x&outcome=won", "outcome metadata everyone"),
        ("/v1/tasks?page_token=mine", "page_token"),
        ("/v1/tasks/task1/votes?page_size=1000&state=DONE", "state page_size"),
        ("/v1/tasks/task1/parts?page_token=mine", "page_token"),
        ("/v1/files?limit=0", "limit"),
        ("/v1/files?purpose=fun", "purpose"),
    ],
)
async def test_every_mistake_of_a_query_is_told(
    client: httpx2.AsyncClient, where: str, parameters: str
) -> None:
    """By the name of its parameter."""
    await client.post("/v1/tasks", json=ASKED)
    problem = (await client.get(where)).json()
    assert problem["status"] == 422
    assert [error["parameter"] for error in problem["errors"]] == parameters.split()


async def test_openai_s_clients_are_told_all_too(client: httpx2.AsyncClient) -> None:
    """Their one `param` is the first; options are pointed at where they stand in the body."""
    body = {
        "model": "gpt",
        "temprature": 1,
        "n": 2,
        "messages": [{"role": "x", "content": "a"}, {"role": "user", "content": [{"type": "v"}]}],
    }
    problem = (await client.post("/v1/chat/completions", json=body)).json()
    pointers = [error["pointer"] for error in problem["errors"]]
    assert pointers == ["#/temprature", "#/n", "#/model", "#/messages/1/content"]
    assert problem["error"]["param"] == "temprature"
    options = {"max_votes": 0, "metadat": {}}
    asked = {"model": "consensus", "input": "2 + 2?", "stream": 1, "consensus": options}
    problem = (await client.post("/v1/responses", json=asked)).json()
    pointers = [error["pointer"] for error in problem["errors"]]
    assert pointers == ["#/stream", "#/consensus/metadat", "#/consensus/max_votes"]
    batch = {"endpoint": "/v2", "window": 1}
    problem = (await client.post("/v1/batches", json=batch)).json()
    pointers = [error["pointer"] for error in problem["errors"]]
    assert pointers == ["#/window", "#/input_file_id", "#/endpoint"]


@pytest.mark.parametrize("text", ["x" * 300_000, '\\n"' * 60_000, "é" * 90_000])
async def test_a_text_that_is_too_long_is_refused_before_it_is_parsed(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """And the sizes are told as people read them."""

    def parse(_: bytes) -> object:
        raise AssertionError("it was parsed")

    monkeypatch.setattr(requests, "parse", parse)
    problem = (await client.post("/v1/tasks", json={"prompt": text})).json()
    assert (problem["status"], problem["reason"]) == (413, "TOO_LARGE")
    assert "kB, at most 100 kB" in problem["detail"]


async def test_what_is_announced_too_large_is_not_read(client: httpx2.AsyncClient) -> None:
    """By its Content-Length; both sizes are told."""
    problem = (await client.post("/v1/tasks", json={"prompt": "x" * 1_200_000})).json()
    assert problem["status"] == 413
    assert problem["detail"] == "The request is too large: 1.2 MB, at most 666 kB."


@pytest.mark.parametrize("text", ['"\\' * 49_000, "\x07" * 99_000, "é" * 49_000])
async def test_what_only_its_escapes_make_long_is_taken(
    client: httpx2.AsyncClient, text: str
) -> None:
    """A prompt counts by its own bytes, not by those of its JSON."""
    content = json.dumps({"prompt": f"2 + 2? {text}"})
    headers = {"content-type": "application/json"}
    assert len(content) > 100_000
    response = await client.post("/v1/tasks", content=content, headers=headers)
    assert response.status_code == 202
