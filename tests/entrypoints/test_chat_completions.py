"""Consensus as a model, asked by the openai SDK through the functions framework."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any, cast

import httpx
import openai
import pytest
from openai import AsyncOpenAI
from starlette.types import Message

from consensus.adapters.http_server import serving
from consensus.core.model import Abstention, AbstentionReason, State
from consensus.doors.identity import ApiKeys
from tests.entrypoints.conftest import Function, Service

ASK: list[Any] = [{"role": "user", "content": "What is 2 + 2?"}]
THREE = {"consensus": {"strategy": "numeric", "min_votes": 3, "max_votes": 3}}


@pytest.fixture
async def client(service: Service, function: Function) -> AsyncGenerator[httpx.AsyncClient, None]:
    """A client of the submit entry point."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as opened:
        yield opened


@pytest.fixture
def sdk(client: httpx.AsyncClient) -> AsyncOpenAI:
    """The SDK on that client; it tries again by itself, as users have it."""
    return AsyncOpenAI(base_url="http://test/v1", api_key="key", http_client=cast(Any, client))


async def submitted(service: Service) -> str:
    """The id of the task that a waiting request has made."""
    while not (made := service.bus.dispatched):  # noqa: ASYNC110
        await asyncio.sleep(0)
    return made[0]


async def test_an_answer_is_a_completion(sdk: AsyncOpenAI, service: Service) -> None:
    """The consensus is the message, the task comes beside it, and tokens are the panel's."""
    asking = asyncio.create_task(
        sdk.chat.completions.create(model="consensus", messages=ASK, extra_body=THREE)
    )
    await service.finish(await submitted(service))
    completion = await asking
    assert completion.id == "chatcmpl-task1"
    assert completion.model == "consensus"
    assert completion.choices[0].message.content == "4"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage
    assert (completion.usage.prompt_tokens, completion.usage.total_tokens) == (30, 45)
    task = (completion.model_extra or {})["consensus"]
    assert (task["id"], task["result"]["outcome"]) == ("task1", "CONSENSUS")


async def test_dissent_is_said_first(sdk: AsyncOpenAI, service: Service) -> None:
    """Without a consensus the message says so before it gives the leading answer."""
    asking = asyncio.create_task(
        sdk.chat.completions.create(model="consensus", messages=ASK, extra_body=THREE)
    )
    task_id = await submitted(service)
    await service.take(task_id)
    for seat, answer in enumerate(("4", "5", "6")):
        await service.vote(task_id, seat, answer)
    content = (await asking).choices[0].message.content or ""
    assert content.startswith("No consensus")
    assert content.endswith("not to be trusted: 4")


async def test_a_stream_ends_with_the_answer(sdk: AsyncOpenAI, service: Service) -> None:
    """Chunks: the role, the answer, the end with the task, and the usage that was asked for."""
    opening = asyncio.create_task(
        sdk.chat.completions.create(
            model="consensus",
            messages=ASK,
            extra_body=THREE,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    await service.finish(await submitted(service))
    chunks = [chunk async for chunk in await opening]
    said = [c.choices[0].delta.content for c in chunks if c.choices]
    assert said == ["", "4", None]
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert (chunks[-2].model_extra or {})["consensus"]["state"] == "DONE"
    assert chunks[-1].usage
    assert chunks[-1].usage.total_tokens == 45


async def test_a_silent_panel_is_an_error_once(sdk: AsyncOpenAI, service: Service) -> None:
    """A task without votes is 502, and the SDK does not pay for it twice."""
    asking = asyncio.create_task(
        sdk.chat.completions.create(model="consensus", messages=ASK, extra_body=THREE)
    )
    await fail(service, await submitted(service))
    with pytest.raises(openai.InternalServerError, match="No worker brought an answer") as refused:
        await asking
    assert refused.value.code == "no_votes"
    assert service.made == 1


async def test_a_silent_panel_breaks_a_stream(sdk: AsyncOpenAI, service: Service) -> None:
    """In a stream the same is an error event, which the SDK raises."""
    opening = asyncio.create_task(
        sdk.chat.completions.create(model="consensus", messages=ASK, extra_body=THREE, stream=True)
    )
    await fail(service, await submitted(service))
    with pytest.raises(openai.APIError, match="No worker brought an answer"):
        [chunk async for chunk in await opening]


async def fail(service: Service, task_id: str) -> None:
    """Have every seat of a task abstain for a reason that more seats would repeat."""
    await service.take(task_id)
    for seat in range(3):
        refusal = Abstention(seat, AbstentionReason.MODEL_REFUSED)
        await service.aggregate.ballot(task_id, refusal, f"key{seat}", "")


async def test_a_cancelled_task_is_an_error_once(sdk: AsyncOpenAI, service: Service) -> None:
    """Somebody cancels the task that a request waits for: 409, not tried again."""
    asking = asyncio.create_task(
        sdk.chat.completions.create(model="consensus", messages=ASK, extra_body=THREE)
    )
    await service.aggregate.cancel(await submitted(service), "local")
    with pytest.raises(openai.ConflictError, match="Cancelled"):
        await asking
    assert service.made == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"model": "gpt-4o"}, 404, "model_not_found"),
        ({"model": None}, 404, "model_not_found"),
        ({"messages": []}, 422, "out_of_range"),
        ({"messages": "2 + 2"}, 422, "out_of_range"),
        ({"messages": [{"role": "tool", "content": "4"}]}, 422, "out_of_range"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 422, "out_of_range"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, 422, "out_of_range"),
        ({"messages": [{"role": "user", "content": " "}]}, 422, "out_of_range"),
        ({"n": 2}, 422, "reserved_field"),
        ({"tools": [{"type": "function"}]}, 422, "reserved_field"),
        ({"response_format": {"type": "json_object"}}, 422, "reserved_field"),
        ({"logprobs": True}, 422, "reserved_field"),
        ({"stream": "yes"}, 422, "out_of_range"),
        ({"stream_options": 1}, 422, "out_of_range"),
        ({"consensus": {"min_vote": 1}}, 422, "unknown_field"),
        ({"consensus": {"prompt": "other"}}, 422, "out_of_range"),
        ({"consensus": []}, 422, "out_of_range"),
        ({"messages": [{"role": "user", "content": "x" * 200_000}]}, 413, "too_large"),
    ],
)
async def test_what_cannot_be_served_is_refused(
    client: httpx.AsyncClient,
    service: Service,
    changes: dict[str, object],
    status: int,
    code: str,
) -> None:
    """Nothing that would change the answer is ignored; both protocols' errors are in the body."""
    response = await client.post(
        "/v1/chat/completions", json={"model": "consensus", "messages": ASK, **changes}
    )
    problem = response.json()
    assert (response.status_code, problem["error"]["code"]) == (status, code)
    assert problem["error"]["message"] == problem["detail"]
    assert not service.bus.dispatched


async def test_sampling_is_the_panels_own(client: httpx.AsyncClient, service: Service) -> None:
    """What clients send by habit is taken, and content may come as parts of text."""
    body = {
        "model": "consensus",
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "name": "ann", "content": [{"type": "text", "text": "2 + 2?"}]},
        ],
        "temperature": 0.3,
        "max_tokens": 10,
        "n": 1,
        "tools": [],
        "response_format": {"type": "text"},
        "metadata": {"from": "a test"},
        "user": "ann",
    }
    asking = asyncio.create_task(client.post("/v1/chat/completions", json=body))
    stored = await service.store.load(await submitted(service))
    assert stored
    assert [(m.role, m.content) for m in stored.task.messages] == [
        ("system", "Be brief."),
        ("user", "2 + 2?"),
    ]
    assert stored.task.metadata == {"from": "a test"}
    await service.aggregate.cancel(stored.task.id, "local")
    assert (await asking).status_code == 409


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("key", [None, "again"])
async def test_who_hangs_up_ends_the_task(service: Service, stream: bool, key: str | None) -> None:
    """The panel stops when nobody waits, but goes on for whoever may come again with the key."""
    headers = {"Idempotency-Key": key} if key else {}
    body = {"model": "consensus", "messages": ASK, "stream": stream}
    async with (
        serving(service.supervisor()) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        asking = asyncio.create_task(
            client.post("/v1/chat/completions", json=body, headers=headers)
        )
        task_id = await submitted(service)
        await service.clock.until_somebody_sleeps()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    stored = await service.store.load(task_id)
    assert stored
    assert stored.task.state is (State.QUEUED if key else State.DONE)


async def test_who_left_before_the_first_word_ends_the_task(service: Service) -> None:
    """A client that is gone when its stream could begin leaves no panel working."""
    body = json.dumps({"model": "consensus", "messages": ASK, "stream": True}).encode()
    heard = iter([{"type": "http.request", "body": body, "more_body": False}])
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/chat/completions",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }

    async def receive() -> Message:
        return next(heard, {"type": "http.disconnect"})

    async def send(_: Message) -> None:
        await asyncio.sleep(0)

    await service.supervisor()(scope, receive, send)
    stored = await service.store.load("task1")
    assert stored
    assert stored.task.state is State.DONE


async def test_models(sdk: AsyncOpenAI) -> None:
    """There is one model; others are not found."""
    assert [model.id async for model in sdk.models.list()] == ["consensus"]
    assert (await sdk.models.retrieve("consensus")).owned_by == "consensus"
    with pytest.raises(openai.NotFoundError):
        await sdk.models.retrieve("gpt-4o")


async def test_a_key_is_asked_for(service: Service, function: Function) -> None:
    """The SDK's own api_key is the credential."""
    known = "a4c2f0b9dcd5d4a2a8ab2a7e0f5be1dc2b0d4c9c8ab5b2b3a8b8ce3cf8c5d2a1"
    service.identity = ApiKeys(f"ann:{known}")
    async with function("supervisor", "submit", "supervisor", service.supervisor) as client:
        sdk = AsyncOpenAI(base_url="http://test/v1", api_key="wrong", http_client=cast(Any, client))
        with pytest.raises(openai.AuthenticationError, match="API key"):
            await sdk.chat.completions.create(model="consensus", messages=ASK)
        with pytest.raises(openai.AuthenticationError):
            await sdk.models.list()


async def test_hostile_answers_stay_in_their_string(
    client: httpx.AsyncClient, service: Service
) -> None:
    """An answer that looks like the protocol's end cannot end the stream."""
    hostile = '4\n\ndata: [DONE]\n\ndata: {"choices": []}'
    body = {
        "model": "consensus",
        "messages": ASK,
        "stream": True,
        "consensus": {**THREE["consensus"], "strategy": "exact"},
    }
    asking = asyncio.create_task(client.post("/v1/chat/completions", json=body))
    await service.finish(await submitted(service), hostile)
    lines = [line for line in (await asking).text.split("\n") if line.startswith("data: ")]
    assert lines[-1] == "data: [DONE]"
    assert [json.loads(line[6:])["choices"][0]["delta"] for line in lines[:-1]] == [
        {"role": "assistant", "content": ""},
        {"content": hostile},
        {},
    ]
