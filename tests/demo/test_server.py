"""The demo panel over the real protocol, asked by the openai SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import openai
import pytest

from consensus.adapters.local.http_server import serving
from consensus.core.logprobs import COUNTED, Token, confidence
from consensus.demo import server as demo
from consensus.demo.tasks import TASKS, prompts

ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": prompts()[0]}]


@pytest.fixture
async def client() -> AsyncIterator[openai.AsyncOpenAI]:
    """The SDK's client, pointed at a demo panel of its own."""
    async with (
        serving(demo.build(seed=0, latency_ms=0)) as port,
        openai.AsyncOpenAI(
            api_key="any", base_url=f"http://127.0.0.1:{port}/v1", max_retries=0
        ) as asking,
    ):
        yield asking


async def _streamed(client: openai.AsyncOpenAI, **options: object) -> list[openai.BaseModel]:
    stream = await client.chat.completions.create(model="m", messages=ASKED, stream=True, **options)
    return [chunk async for chunk in stream]


async def test_a_completion_is_whole(client: openai.AsyncOpenAI) -> None:
    """A plain call gets an answer, its end and its tokens."""
    reply = await client.chat.completions.create(model="any", messages=ASKED)

    assert reply.model == "demo-panel"
    assert reply.choices[0].finish_reason == "stop"
    assert "397.8" in (reply.choices[0].message.content or "")
    assert reply.usage is not None
    assert reply.usage.prompt_tokens + reply.usage.completion_tokens == reply.usage.total_tokens


async def test_a_stream_says_what_a_plain_call_says(client: openai.AsyncOpenAI) -> None:
    """Streamed pieces, joined, are an answer of the same script; the end comes once, and last."""
    chunks = await _streamed(client)
    choices = [chunk.choices[0] for chunk in chunks]

    assert "397.8" in "".join(choice.delta.content or "" for choice in choices)
    assert [c.finish_reason for c in choices if c.finish_reason] == ["stop"]
    assert choices[-1].finish_reason == "stop"
    assert all(chunk.usage is None for chunk in chunks)


async def test_a_stream_tells_its_tokens_when_asked(client: openai.AsyncOpenAI) -> None:
    """With include_usage, one more chunk without choices carries the tokens."""
    *others, last = await _streamed(client, stream_options={"include_usage": True})

    assert last.choices == []
    assert last.usage.completion_tokens > 0
    assert all(chunk.usage is None for chunk in others)


async def test_a_short_limit_cuts_the_answer(client: openai.AsyncOpenAI) -> None:
    """An answer over max_tokens is cut, and says so."""
    reply = await client.chat.completions.create(model="m", messages=ASKED, max_tokens=2)

    assert reply.choices[0].finish_reason == "length"
    assert reply.usage is not None
    assert reply.usage.completion_tokens == 2


async def test_logprobs_come_when_asked(client: openai.AsyncOpenAI) -> None:
    """Log-probabilities cover the whole answer, token by token; unasked, there are none."""
    plain = await client.chat.completions.create(model="m", messages=ASKED)
    asked = await client.chat.completions.create(model="m", messages=ASKED, logprobs=True)
    chunks = await _streamed(client, logprobs=True)

    assert plain.choices[0].logprobs is None
    told = asked.choices[0].logprobs
    assert told is not None
    assert "".join(t.token for t in told.content or ()) == asked.choices[0].message.content
    assert all(t.logprob < 0 for t in told.content or ())
    assert any(chunk.choices[0].logprobs for chunk in chunks)


@pytest.mark.parametrize("prompt", prompts()[::7])
async def test_the_doubt_is_the_answer_s(client: openai.AsyncOpenAI, prompt: str) -> None:
    """What a worker reads from the log-probabilities is how sure the script is of the answer."""
    asked = [{"role": "user", "content": prompt}]
    reply = await client.chat.completions.create(model="m", messages=asked, logprobs=True)
    text, told = reply.choices[0].message.content or "", reply.choices[0].logprobs
    assert told is not None
    tokens = [Token(t.token, t.logprob) for t in told.content or ()]

    (task,) = (task for task in TASKS if task.prompt == prompt)
    (line,) = {line for line in task.lines if line.text == text}
    doubted = sum(token.logprob < demo.SURE for token in tokens)
    scripted = line.confidence ** (min(doubted, COUNTED) / doubted)
    assert confidence(tokens, line.answer) == pytest.approx(scripted, abs=0.01)


async def test_an_unknown_prompt_is_refused_with_help(client: openai.AsyncOpenAI) -> None:
    """A prompt off script gets an OpenAI-shaped error with examples and the way to a real model."""
    asked = [{"role": "user", "content": "What is the meaning of life?"}]
    with pytest.raises(openai.NotFoundError) as refused:
        await client.chat.completions.create(model="m", messages=asked)

    assert refused.value.code == "unknown_demo_task"
    assert prompts()[0] in refused.value.message
    assert "OPENAI_API_KEY" in refused.value.message
    assert "OPENAI_BASE_URL" in refused.value.message


async def test_content_may_come_in_parts(client: openai.AsyncOpenAI) -> None:
    """A message whose content is a list of text parts is read as their sum."""
    parts = [{"type": "text", "text": prompts()[0][:9]}, {"type": "text", "text": prompts()[0][9:]}]
    reply = await client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": parts}]
    )

    assert reply.choices[0].finish_reason == "stop"


async def test_models_are_listed(client: openai.AsyncOpenAI) -> None:
    """The one model is listed, found by name, and no other is."""
    listed = await client.models.list()

    assert [model.id for model in listed.data] == ["demo-panel"]
    assert (await client.models.retrieve("demo-panel")).id == "demo-panel"
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("gpt-4o")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"messages": "hi"}', b'{"messages": [1]}', b'{"messages": [], "n": 2}'],
)
async def test_a_malformed_body_is_refused(client: openai.AsyncOpenAI, body: bytes) -> None:
    """What is not a request gets a 400 of the protocol's shape."""
    async with httpx2.AsyncClient() as http:
        reply = await http.post(f"{client.base_url}chat/completions", content=body)

    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"


async def test_an_unknown_route_has_the_protocol_s_shape(client: openai.AsyncOpenAI) -> None:
    """A route that is not there gets a 404 of the protocol's shape."""
    async with httpx2.AsyncClient() as http:
        reply = await http.get(f"{client.base_url}completions")

    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "unknown_url")
