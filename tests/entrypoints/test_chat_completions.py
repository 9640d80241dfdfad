"""Consensus as a model, asked by the openai SDK through the functions framework."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any, cast

import httpx2
import openai
import pydantic
import pytest
from openai import AsyncOpenAI
from starlette.types import Message

from consensus.adapters.local.http_server import serving
from consensus.core.model import Abstention, AbstentionReason, State, Strategy
from consensus.core.profiles import BUILT_IN
from consensus.doors.identity import ApiKeys
from tests.entrypoints.conftest import Function, Service

ASK: list[Any] = [{"role": "user", "content": "What is 2 + 2?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
THREE = {"consensus": {"strategy": "numeric", "min_votes": 3, "max_votes": 3}}


@pytest.fixture
async def client(service: Service, function: Function) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of the submit entry point."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as opened:
        yield opened


@pytest.fixture
def sdk(client: httpx2.AsyncClient) -> AsyncOpenAI:
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


class Met(pydantic.BaseModel):
    """What is extracted."""

    people: list[str]
    year: int


async def test_the_sdk_parses_what_it_asks_for(sdk: AsyncOpenAI, service: Service) -> None:
    """`.parse()` sends the schema of its class; the composed JSON comes back as one."""
    asking = asyncio.create_task(
        sdk.chat.completions.parse(model="consensus", messages=ASK, response_format=Met)
    )
    task_id = await submitted(service)
    stored = await service.store.load(task_id)
    assert stored
    assert stored.task.plan.strategy is Strategy.STRUCTURED
    await service.take(task_id)
    answers = ('["Ann", "Bo"], "year": 1833', '["Bo", "Ann"], "year": 1833')
    for seat in range(6):
        await service.vote(task_id, seat, f'{{"people": {answers[seat % 2]}}}')
    completion = await asking
    assert completion.choices[0].message.parsed == Met(people=["Ann", "Bo"], year=1833)
    task = (completion.model_extra or {})["consensus"]
    assert task["result"]["value"] == {"people": ["Ann", "Bo"], "year": 1833}
    paths = [part["path"] for part in task["result"]["parts"]]
    assert paths == ["/people/0", "/people/1", "/year"]
    assert task["response_format"]["json_schema"]["name"] == "Met"


@pytest.mark.parametrize("stream", [False, True])
async def test_an_agreed_call_is_a_tool_call(
    sdk: AsyncOpenAI, service: Service, stream: bool
) -> None:
    """Name and arguments are voted on, and come in the protocol's form."""
    asking = asyncio.create_task(
        sdk.chat.completions.create(
            model="consensus", messages=ASK, tools=cast(Any, [WEATHER]), stream=stream
        )
    )
    task_id = await submitted(service)
    await service.take(task_id)
    for seat, city in enumerate(("Oslo", "oslo", "Bergen", "Oslo", "Oslo", "Oslo")):
        await service.vote(task_id, seat, json.dumps([{"weather": {"city": city}}]))
    answer = cast(Any, await asking)
    if stream:
        said = [chunk.choices[0] async for chunk in answer]
        calls, finish = [c for one in said for c in one.delta.tool_calls or ()], said[-1]
    else:
        finish = answer.choices[0]
        calls = finish.message.tool_calls
        assert finish.message.content is None
    (call,) = calls
    assert (call.function.name, json.loads(call.function.arguments)) == (
        "weather",
        {"city": "Oslo"},
    )
    assert finish.finish_reason == "tool_calls"


async def test_words_may_be_the_answer_under_tools(sdk: AsyncOpenAI, service: Service) -> None:
    """Where no tool helps, they are the message."""
    asking = asyncio.create_task(
        sdk.chat.completions.create(model="consensus", messages=ASK, tools=cast(Any, [WEATHER]))
    )
    task_id = await submitted(service)
    await service.take(task_id)
    for seat in range(6):
        await service.vote(task_id, seat, json.dumps("It is 4."))
    completion = await asking
    assert completion.choices[0].message.content == "It is 4."
    assert completion.choices[0].finish_reason == "stop"


async def test_no_call_is_made_without_a_consensus(sdk: AsyncOpenAI, service: Service) -> None:
    """Whatever leads: a call does something in the world."""
    asking = asyncio.create_task(
        sdk.chat.completions.create(
            model="consensus-chat",
            messages=ASK,
            tools=cast(Any, [WEATHER]),
            extra_body={"consensus": {"max_votes": 3}},
        )
    )
    task_id = await submitted(service)
    await service.take(task_id)
    for seat in range(3):
        await service.vote(task_id, seat, json.dumps([{"weather": {"city": f"Oslo {seat}"}}]))
    completion = await asking
    assert not completion.choices[0].message.tool_calls
    assert (completion.choices[0].message.content or "").startswith("No consensus")


async def dissent(service: Service) -> None:
    """Have three seats of the waiting task disagree."""
    task_id = await submitted(service)
    await service.take(task_id)
    for seat, answer in enumerate(("4", "5", "6")):
        await service.vote(task_id, seat, answer)


@pytest.mark.parametrize("stream", [False, True])
async def test_dissent_is_no_answer(sdk: AsyncOpenAI, service: Service, stream: bool) -> None:
    """A program that reads the content alone finds none; the refusal says why, and the headers."""
    create = sdk.chat.completions.with_raw_response.create
    asking = asyncio.create_task(
        create(model="consensus", messages=ASK, extra_body=THREE, stream=stream)
    )
    await dissent(service)
    raw = await asking
    if stream:
        said = [c.choices[0] async for c in cast(Any, raw.parse())]
        assert not "".join(one.delta.content or "" for one in said)
        refusal, finish = "".join(one.delta.refusal or "" for one in said), said[-1].finish_reason
    else:
        (choice,) = cast(Any, raw.parse()).choices
        assert choice.message.content is None
        refusal, finish = choice.message.refusal, choice.finish_reason
        assert raw.headers["x-consensus-outcome"] == "NO_CONSENSUS"
    assert refusal.startswith("No consensus")
    assert "Tied, and none of them to be trusted: 4 / " in refusal
    assert finish == "content_filter"


async def test_people_may_read_dissent_in_words(sdk: AsyncOpenAI, service: Service) -> None:
    """The profile for chats says it in the content, before it gives the leading answer."""
    asking = asyncio.create_task(
        sdk.chat.completions.create(model="consensus-chat", messages=ASK, extra_body=THREE)
    )
    await dissent(service)
    completion = await asking
    assert completion.model == "consensus-chat"
    assert (completion.choices[0].message.content or "").startswith("No consensus")
    assert completion.choices[0].finish_reason == "stop"


async def test_dissent_may_be_an_error(sdk: AsyncOpenAI, service: Service) -> None:
    """Asked for so, it is one, and the SDK does not pay for it twice."""
    options = {"consensus": {**THREE["consensus"], "no_consensus": "error"}}
    asking = asyncio.create_task(
        sdk.chat.completions.create(model="consensus", messages=ASK, extra_body=options)
    )
    await dissent(service)
    with pytest.raises(openai.ConflictError, match="No consensus") as refused:
        await asking
    assert refused.value.code == "no_consensus"
    assert service.made == 1


async def test_the_headers_tell_the_result(sdk: AsyncOpenAI, service: Service) -> None:
    """Task, outcome, agreement, confidence, an id of the request, and what had no effect."""
    create = sdk.chat.completions.with_raw_response.create
    asking = asyncio.create_task(
        create(
            model="consensus",
            messages=ASK,
            temperature=0.2,
            seed=1,
            extra_body={**THREE, "top_k": 4},
            extra_headers={"x-request-id": "req_mine"},
        )
    )
    await service.finish(await submitted(service))
    headers = (await asking).headers
    assert headers["x-request-id"] == "req_mine"
    assert headers["x-consensus-task-id"] == "task1"
    assert headers["x-consensus-outcome"] == "CONSENSUS"
    assert headers["x-consensus-agreement"] == "1.0000"
    assert 0 <= float(headers["x-consensus-confidence"]) <= 1
    assert headers["x-consensus-warning"].endswith("seed, temperature, top_k")


async def test_a_profile_gives_what_a_request_does_not_say(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """The model's name picks the options; those of the request come first."""
    body = {"model": "consensus-careful", "messages": ASK, "consensus": {"min_agreement": 0.6}}
    asking = asyncio.create_task(client.post("/v1/chat/completions", json=body))
    stored = await service.store.load(await submitted(service))
    assert stored
    plan = stored.task.plan
    assert (plan.min_votes, plan.max_votes, plan.min_agreement) == (5, 25, 0.6)
    await service.aggregate.cancel("task1", "local")
    assert (await asking).status_code == 409


async def test_progress_is_a_comment_that_starts_no_event(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """One newline after it, never two: an empty event kills some clients; the curious read JSON."""
    body = {"model": "consensus", "messages": ASK, "stream": True, **THREE}
    asking = asyncio.create_task(client.post("/v1/chat/completions", json=body))
    await service.finish(await submitted(service))
    text = (await asking).text
    comments = [json.loads(line[2:]) for line in text.split("\n") if line.startswith(": ")]
    assert comments
    assert comments[-1].keys() >= {"asked", "voted"}
    for block in text.strip().split("\n\n"):
        assert any(line.startswith("data: ") for line in block.split("\n"))


async def test_a_long_answer_comes_in_pieces(client: httpx2.AsyncClient, service: Service) -> None:
    """Together they are the answer."""
    answer = "word " * 300 + "end"
    options = {"consensus": {"strategy": "exact", "min_votes": 3, "max_votes": 3}}
    body = {"model": "consensus", "messages": ASK, "stream": True, **options}
    asking = asyncio.create_task(client.post("/v1/chat/completions", json=body))
    await service.finish(await submitted(service), answer)
    lines = [line[6:] for line in (await asking).text.split("\n") if line.startswith("data: {")]
    deltas = [json.loads(line)["choices"][0]["delta"].get("content") for line in lines]
    said = [delta for delta in deltas if delta]
    assert "".join(said) == answer
    assert len(said) > 1


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
    assert refused.value.response.headers["x-consensus-task-id"] == "task1"
    assert refused.value.response.headers["x-consensus-outcome"] == "FAILED"
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
        ({"messages": [{"role": "function", "content": "4"}]}, 422, "out_of_range"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 422, "out_of_range"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, 422, "out_of_range"),
        ({"messages": [{"role": "user", "content": " "}]}, 422, "out_of_range"),
        ({"messages": [{"role": "system", "content": ""}]}, 422, "out_of_range"),
        ({"temprature": 1}, 422, "unknown_field"),
        ({"guided_json": {}}, 422, "unknown_field"),
        ({"consensus": {"no_consensus": "shrug"}}, 422, "out_of_range"),
        ({"tools": [{"type": "function"}], "tool_choice": "auto"}, 422, "out_of_range"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function"}}, 422, "out_of_range"),
        ({"n": 2}, 422, "reserved_field"),
        ({"tools": [{"type": "web_search"}]}, 422, "out_of_range"),
        ({"response_format": {"type": "grammar"}}, 422, "out_of_range"),
        (
            {"response_format": {"type": "json_object"}, "consensus": {"strategy": "numeric"}},
            422,
            "out_of_range",
        ),
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
    client: httpx2.AsyncClient,
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


async def test_sampling_is_the_panels_own(client: httpx2.AsyncClient, service: Service) -> None:
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
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
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
    """The profiles are the models; others are not found."""
    assert [model.id async for model in sdk.models.list()] == [p.name for p in BUILT_IN]
    assert (await sdk.models.retrieve("consensus")).owned_by == "consensus"
    with pytest.raises(openai.NotFoundError):
        await sdk.models.retrieve("gpt-4o")


async def test_a_key_is_asked_for(service: Service, function: Function) -> None:
    """The SDK's own api_key is the credential."""
    known = "a4c2f0b9dcd5d4a2a8ab2a7e0f5be1dc2b0d4c9c8ab5b2b3a8b8ce3cf8c5d2a1"
    service.identity = ApiKeys(f"ann:{known}")
    async with function("supervisor", "submit", "supervisor", service.supervisor) as client:
        sdk = AsyncOpenAI(base_url="http://test/v1", api_key="wrong", http_client=cast(Any, client))
        with pytest.raises(openai.AuthenticationError, match="key is not accepted"):
            await sdk.chat.completions.create(model="consensus", messages=ASK)
        with pytest.raises(openai.AuthenticationError):
            await sdk.models.list()


async def test_hostile_answers_stay_in_their_string(
    client: httpx2.AsyncClient, service: Service
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
