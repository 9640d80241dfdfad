"""Consensus over the responses protocol, asked by the openai SDK."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, cast

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from consensus.core.model import Abstention, AbstentionReason, State
from tests.entrypoints.conftest import Function, Service
from tests.entrypoints.test_chat_completions import dissent, submitted

OPTIONS: dict[str, Any] = {"strategy": "numeric", "min_votes": 3, "max_votes": 3}
THREE: dict[str, Any] = {"consensus": OPTIONS}


@pytest.fixture
async def client(service: Service, function: Function) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of the submit entry point."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as opened:
        yield opened


@pytest.fixture
def sdk(client: httpx2.AsyncClient) -> AsyncOpenAI:
    """The SDK on that client."""
    return AsyncOpenAI(base_url="http://test/v1", api_key="key", http_client=cast(Any, client))


async def test_an_answer_is_a_response(sdk: AsyncOpenAI, service: Service) -> None:
    """The consensus is the text, instructions and metadata are kept, and it can be looked up."""
    asking = asyncio.create_task(
        sdk.responses.create(
            model="consensus",
            input="What is 2 + 2?",
            instructions="Be brief.",
            metadata={"from": "a test"},
            extra_body=THREE,
        )
    )
    await service.finish(await submitted(service))
    response = await asking
    assert (response.id, response.status, response.output_text) == ("resp_task1", "completed", "4")
    assert response.instructions == "Be brief."
    assert response.metadata == {"from": "a test"}
    assert response.usage
    assert response.usage.total_tokens == 45
    again = await sdk.responses.retrieve("resp_task1")
    assert again.output_text == "4"
    items = [item async for item in sdk.responses.input_items.list("resp_task1")]
    assert [cast(Any, item).content[0].text for item in items] == ["What is 2 + 2?"]


async def test_a_stream_is_made_of_events(sdk: AsyncOpenAI, service: Service) -> None:
    """In the protocol's order, numbered, and the last one holds the whole response."""
    opening = asyncio.create_task(
        sdk.responses.create(model="consensus", input="2 + 2?", stream=True, extra_body=THREE)
    )
    await service.finish(await submitted(service))
    events = [event async for event in await opening]
    assert [event.type for event in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(9))
    assert cast(Any, events[-1]).response.output_text == "4"


async def test_the_sdks_own_stream_reads_it(sdk: AsyncOpenAI, service: Service) -> None:
    """Its helper checks the order of events, and gathers the text."""

    async def heard() -> str:
        manager = sdk.responses.stream(model="consensus", input="2 + 2?", extra_body=THREE)
        async with manager as stream:
            return (await stream.get_final_response()).output_text

    asking = asyncio.create_task(heard())
    await service.finish(await submitted(service))
    assert await asking == "4"


@pytest.mark.parametrize("stream", [False, True])
async def test_dissent_is_a_refusal(sdk: AsyncOpenAI, service: Service, stream: bool) -> None:
    """The response is incomplete, and has no text that a program could take for the answer."""
    create: Any = sdk.responses.create
    asking = asyncio.create_task(
        create(model="consensus", input="2 + 2?", stream=stream, extra_body=THREE)
    )
    await dissent(service)
    told = await asking
    response = [event async for event in told][-1].response if stream else told
    assert (response.status, response.output_text) == ("incomplete", "")
    assert response.incomplete_details.reason == "content_filter"
    (part,) = response.output[0].content
    assert part.refusal.startswith("No consensus")


async def test_background_work_is_looked_up_and_cancelled(
    sdk: AsyncOpenAI, service: Service
) -> None:
    """It is answered at once, goes on without its caller, and ends when it is told to."""
    response = await sdk.responses.create(
        model="consensus", input="2 + 2?", background=True, extra_body=THREE
    )
    assert response.status == "queued"
    await service.take("task1")
    assert (await sdk.responses.retrieve(response.id)).status == "in_progress"
    assert (await sdk.responses.cancel(response.id)).status == "cancelled"
    stored = await service.store.load("task1")
    assert stored
    assert stored.task.state is State.DONE


async def test_a_conversation_goes_on(sdk: AsyncOpenAI, service: Service) -> None:
    """previous_response_id brings what was asked and answered, but not the instructions."""
    asking = asyncio.create_task(
        sdk.responses.create(
            model="consensus", input="2 + 2?", instructions="Be brief.", extra_body=THREE
        )
    )
    await service.finish(await submitted(service))
    first = await asking
    await sdk.responses.create(
        model="consensus",
        previous_response_id=first.id,
        background=True,
        input=[
            {"role": "developer", "content": "Mind the sign."},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "-1?"}]},
        ],
        extra_body=THREE,
    )
    stored = await service.store.load("task2")
    assert stored
    assert [(m.role, m.content) for m in stored.task.messages] == [
        ("user", "2 + 2?"),
        ("assistant", "4"),
        ("system", "Mind the sign."),
        ("user", "-1?"),
    ]


async def test_a_response_is_deleted(sdk: AsyncOpenAI, service: Service) -> None:
    """Its task is erased, and is not found again."""
    asking = asyncio.create_task(
        sdk.responses.create(model="consensus", input="2 + 2?", extra_body=THREE)
    )
    await service.finish(await submitted(service))
    await sdk.responses.delete((await asking).id)
    with pytest.raises(openai.APIStatusError) as refused:
        await sdk.responses.retrieve("resp_task1")
    assert refused.value.status_code == 410


@pytest.mark.parametrize("stream", [False, True])
async def test_a_silent_panel_is_an_error(sdk: AsyncOpenAI, service: Service, stream: bool) -> None:
    """As a status, or as the event of a response that failed."""
    create: Any = sdk.responses.create
    asking = asyncio.create_task(
        create(model="consensus", input="2 + 2?", stream=stream, extra_body=THREE)
    )
    await service.take(await submitted(service))
    for seat in range(3):
        refusal = Abstention(seat, AbstentionReason.MODEL_REFUSED)
        await service.aggregate.ballot("task1", refusal, f"key{seat}", "")
    if stream:
        last = [event async for event in await asking][-1]
        assert last.type == "response.failed"
        assert "No worker" in last.response.error.message
    else:
        with pytest.raises(openai.InternalServerError, match="No worker"):
            await asking
    assert service.made == 1


async def test_a_cancelled_stream_says_so(sdk: AsyncOpenAI, service: Service) -> None:
    """As an error, which the SDK raises."""
    opening = asyncio.create_task(
        sdk.responses.create(model="consensus", input="2 + 2?", stream=True, extra_body=THREE)
    )
    await service.aggregate.cancel(await submitted(service), "local")
    with pytest.raises(openai.APIError, match="Cancelled"):
        [event async for event in await opening]


@pytest.mark.parametrize(
    ("changes", "status", "param"),
    [
        ({"input": ""}, 422, "input"),
        ({"input": None}, 422, "input"),
        ({"input": [{"type": "function_call_output", "output": "4"}]}, 422, "input[0]"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, 422, "input[0]"),
        ({"tools": [{"type": "web_search"}]}, 422, "tools"),
        ({"text": {"format": {"type": "grammar"}}}, 422, "response_format"),
        ({"text": {"format": {"type": "text"}}, "conversation": "c"}, 422, "conversation"),
        ({"previous_response_id": "resp_none"}, 404, None),
        ({"previous_response_id": 7}, 422, "previous_response_id"),
        ({"model": "gpt-5"}, 404, "model"),
        ({"instructionz": "x"}, 422, "instructionz"),
        ({"background": "yes"}, 422, "background"),
    ],
)
async def test_what_cannot_be_served_is_refused(
    client: httpx2.AsyncClient,
    service: Service,
    changes: dict[str, object],
    status: int,
    param: str | None,
) -> None:
    """By name, in the protocol's terms, before anything is made."""
    body = {"model": "consensus", "input": "2 + 2?", **changes}
    response = await client.post("/v1/responses", json=body)
    error = response.json()["error"]
    assert response.status_code == status
    assert (error["param"] or "").startswith(param or "")
    assert not service.bus.dispatched


async def test_another_owners_response_is_not_found(
    client: httpx2.AsyncClient, sdk: AsyncOpenAI, service: Service
) -> None:
    """It is not even confirmed."""
    await sdk.responses.create(model="consensus", input="2?", background=True, extra_body=THREE)

    async def eve(_: object) -> str:
        return "eve"

    service.identity = eve
    transport = httpx2.ASGITransport(service.supervisor())
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as other:
        for path in ("", "/input_items"):
            response = await other.get(f"/v1/responses/resp_task1{path}")
            assert response.status_code == 404
        assert (await other.post("/v1/responses/resp_task1/cancel")).status_code == 404


async def test_a_response_is_streamed_from_its_beginning_whenever_it_is_looked_up(
    client: httpx2.AsyncClient, sdk: AsyncOpenAI, service: Service
) -> None:
    """One that has ended tells all of it at once."""
    await sdk.responses.create(model="consensus", input="2 + 2?", background=True, extra_body=THREE)
    await service.finish("task1")
    response = await client.get("/v1/responses/resp_task1", params={"stream": "true"})
    names = [line[7:] for line in response.text.splitlines() if line.startswith("event: ")]
    assert (names[0], names[-1]) == ("response.created", "response.completed")
