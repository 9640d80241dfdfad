"""The OpenAI adapter against endpoints that keep the protocol, and that break it in every way."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pydantic import SecretStr
from starlette.responses import Response, StreamingResponse

from consensus.adapters.local.http_server import serving
from consensus.adapters.local.system_clock import SystemClock
from consensus.adapters.models import openai_model, openai_reply
from consensus.adapters.models.openai_endpoint import LONGEST_RETRY_AFTER, retry_after
from consensus.adapters.models.openai_model import OpenAIModel
from consensus.config import Settings
from consensus.core.errors import ConfigurationError, ModelError
from consensus.core.logprobs import Token
from consensus.core.model import AbstentionReason as Why
from consensus.core.model import Message, Usage
from consensus.demo import server as demo
from consensus.usecases.pacing import Paced, Pacer
from tests.adapters.misbehaving import (
    Json,
    always,
    chunk,
    cut_off,
    endpoint,
    error,
    events,
    hanging,
)

SECRET, PROMPT = "sk-very-secret-1A", "What is my mother's maiden name?"
ASKED = (Message("system", "Be brief."), Message("user", PROMPT))
TOLD = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _settings(url: str, **changes: object) -> Settings:
    told = {"openai_api_key": SecretStr(SECRET), "openai_base_url": url, "openai_model": "m"}
    return Settings().with_changes(**(told | changes))


@asynccontextmanager
async def _model(url: str, **changes: object) -> AsyncIterator[OpenAIModel]:
    model = OpenAIModel(_settings(url, **changes))
    try:
        yield model
    finally:
        await model.close()


async def _failure(url: str, seconds: float = 30.0, **changes: object) -> ModelError:
    async with _model(url, **changes) as model:
        with pytest.raises(ModelError) as failed:
            await model.complete(ASKED, seconds)
    return failed.value


async def test_a_finished_answer_is_a_completion() -> None:
    """Streamed pieces become one text, under the model's own name, with its tokens and price."""
    told = chunk(usage=TOLD) | {"choices": []}
    said = events(chunk("397"), chunk(".8"), chunk(finish="stop"), told)
    prices = {"input_usd_per_mtok": 2.0, "output_usd_per_mtok": 10.0}
    async with endpoint(always(said)) as url, _model(url, **prices) as model:
        completion = await model.complete(ASKED, 30)

    assert (completion.text, completion.model) == ("397.8", "m-1")
    assert completion.usage == Usage(1, 1000, 200, pytest.approx(0.004))
    assert completion.tokens == ()


async def test_the_demo_panel_is_an_endpoint_like_any_other() -> None:
    """The bundled panel is asked through the same adapter."""
    asked = (Message("user", "What is 17% of 2,340?"),)
    panel = demo.build(seed=0, latency_ms=0)
    async with serving(panel) as port, _model(f"http://127.0.0.1:{port}/v1") as model:
        completion = await model.complete(asked, 30)

    assert completion.text
    assert completion.model == "demo-panel"
    assert completion.usage.output_tokens > 0


async def test_an_unknown_price_is_an_unknown_cost() -> None:
    """Tokens are counted without prices, but the cost stays unknown."""
    said = events(chunk("7", "stop", usage=TOLD))
    async with endpoint(always(said)) as url, _model(url) as model:
        completion = await model.complete(ASKED, 30)

    assert completion.usage == Usage(1, 1000, 200, None)


@pytest.mark.parametrize(("price", "cost"), [(0.0, 0.0), (1.0, None)])
async def test_uncounted_tokens_cost_nothing_only_where_all_are_free(
    price: float, cost: float | None
) -> None:
    """An endpoint that tells no tokens leaves the cost unknown, unless its tokens are free."""
    prices = {"input_usd_per_mtok": price, "output_usd_per_mtok": price}
    async with endpoint(always(events(chunk("7", "stop")))) as url, _model(url, **prices) as model:
        completion = await model.complete(ASKED, 30)

    assert completion.usage.cost_usd == cost


@pytest.mark.parametrize("told", [{"prompt_tokens": -5}, {"completion_tokens": 1e30}, {}])
async def test_absurd_token_counts_count_as_none(told: Json) -> None:
    """Counts that cannot be are not added up."""
    said = events(chunk("7", "stop", usage=told))
    async with endpoint(always(said)) as url, _model(url) as model:
        completion = await model.complete(ASKED, 30)

    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (0, 0)


async def test_what_is_sent() -> None:
    """One streamed request carries the conversation, the limits, and no more than is set."""
    sent: list[Json] = []
    handler = always(events(chunk("7", "stop")))
    async with endpoint(handler, sent) as url, _model(url, max_output_tokens=50) as model:
        await model.complete(ASKED, 30)

    (request,) = sent
    assert request == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": PROMPT},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens": 50,
        "logprobs": True,
        "top_logprobs": 1,
    }


async def test_older_endpoints_are_spoken_to_in_older_words() -> None:
    """Parameters that an endpoint refuses are left out or renamed, once for all later calls."""
    sent: list[Json] = []

    async def old(body: Json) -> Response:
        for name in ("stream_options", "max_completion_tokens", "logprobs"):
            if name in body:
                return error(400, message=f"Unrecognized request argument supplied: {name}")
        return events(chunk("7", "stop"))

    async with endpoint(old, sent) as url, _model(url, temperature=0.5) as model:
        first = await model.complete(ASKED, 30)
        await model.complete(ASKED, 30)

    assert first.usage.calls == 1
    assert len(sent) == 5
    assert sent[-1]["max_tokens"] == openai_model.FIRST_LIMIT
    assert "logprobs" not in sent[-1]
    assert sent[-1]["temperature"] == 0.5
    assert "stream_options" not in sent[-1]


@pytest.mark.parametrize("status", [400, 403, 422])
async def test_log_probabilities_are_not_insisted_on(status: int) -> None:
    """A model without them is asked again without, in whatever status it says so, and only once."""
    sent: list[Json] = []

    async def without(body: Json) -> Response:
        if "logprobs" in body:
            return error(status, message="You may not request logprobs from this model.")
        return events(chunk("7", "stop"))

    async with endpoint(without, sent) as url, _model(url) as model:
        texts = [(await model.complete(ASKED, 30)).text for _ in range(3)]

    assert texts == ["7"] * 3
    assert [body.get("logprobs") for body in sent] == [True, None, None, None]


async def test_log_probabilities_may_be_switched_off() -> None:
    """CONSENSUS_LOGPROBS=off asks for none."""
    sent: list[Json] = []
    async with (
        endpoint(always(events(chunk("7", "stop"))), sent) as url,
        _model(url, logprobs="off") as model,
    ):
        await model.complete(ASKED, 30)

    assert "logprobs" not in sent[0]


def _with_logprobs(*content: object) -> Json:
    said = chunk("".join(str(one.get("token")) for one in content if isinstance(one, dict)))
    said["choices"][0]["logprobs"] = {"content": [*content]}
    return said


async def test_the_answer_s_tokens_come_with_it() -> None:
    """Streamed log-probabilities are gathered in order."""
    first = _with_logprobs({"token": "39", "logprob": -0.5}, {"token": "7", "logprob": 0})
    then = _with_logprobs({"token": ".8", "logprob": -9999.0, "top_logprobs": []})
    async with (
        endpoint(always(events(first, then, chunk(finish="stop")))) as url,
        _model(url) as model,
    ):
        completion = await model.complete(ASKED, 30)

    assert completion.tokens == (Token("39", -0.5), Token("7", 0.0), Token(".8", -9999.0))


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        "none",
        {"content": None},
        {"content": "none"},
        {"content": [None, 7, "x", {}, {"token": 7, "logprob": -1.0}]},
        {"tokens": ["397.8"], "token_logprobs": [-0.1]},
    ],
    ids=lambda told: str(told)[:40],
)
async def test_log_probabilities_that_are_none_cost_no_answer(told: object) -> None:
    """Whatever stands in their place, the answer stands."""
    said = chunk("397.8", "stop")
    said["choices"][0]["logprobs"] = told
    async with endpoint(always(events(said))) as url, _model(url) as model:
        completion = await model.complete(ASKED, 30)

    assert (completion.text, completion.tokens) == ("397.8", ())


@pytest.mark.parametrize("value", [None, "-1", [], {}, 10**400])
async def test_a_token_without_a_probability_is_still_a_token(value: object) -> None:
    """Its text is kept, since the place of the others depends on it."""
    said = _with_logprobs({"token": "397.8", "logprob": value})
    async with endpoint(always(events(said, chunk(finish="stop")))) as url, _model(url) as model:
        (token,) = (await model.complete(ASKED, 30)).tokens

    assert token.text == "397.8"
    assert math.isnan(token.logprob)


async def test_only_the_last_tokens_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long answer's log-probabilities take bounded memory; answers stand at the end."""
    monkeypatch.setattr(openai_reply, "MOST_LOGPROBS", 3)
    said = _with_logprobs(*({"token": str(n), "logprob": -0.1} for n in range(9)))
    async with endpoint(always(events(said, chunk(finish="stop")))) as url, _model(url) as model:
        completion = await model.complete(ASKED, 30)

    assert completion.text == "012345678"
    assert [token.text for token in completion.tokens] == ["6", "7", "8"]


STATUSES = [
    (error(400), Why.MODEL_REFUSED, False),
    (error(401, "invalid_api_key"), Why.MODEL_REFUSED, False),
    (error(403), Why.MODEL_REFUSED, False),
    (error(404, "model_not_found"), Why.MODEL_REFUSED, False),
    (error(404, "unknown_demo_task"), Why.MODEL_REFUSED, False),
    (error(422), Why.MODEL_REFUSED, False),
    (error(408), Why.MODEL_FAILED, True),
    (error(409), Why.MODEL_FAILED, True),
    (error(429), Why.RATE_LIMITED, True),
    (error(429, "insufficient_quota"), Why.RATE_LIMITED, False),
    (error(500), Why.MODEL_FAILED, True),
    (error(503), Why.MODEL_FAILED, True),
    (error(529), Why.MODEL_FAILED, True),
    (Response("<html>Bad gateway", 502, media_type="text/html"), Why.MODEL_FAILED, True),
]


@pytest.mark.parametrize(("response", "why", "retryable"), STATUSES)
async def test_a_status_says_who_must_act(response: Response, why: Why, retryable: bool) -> None:
    """Every status ends as one reason; only what may pass is tried again; nothing was billed."""
    async with endpoint(always(response)) as url:
        failed = await _failure(url)

    assert (failed.why, failed.retryable) == (why, retryable)
    assert failed.usage == Usage(calls=1, cost_usd=0.0)
    assert str(response.status_code) in str(failed)


BROKEN = [
    (Response("<html>Welcome to the hotel's Wi-Fi", media_type="text/html"), Why.MODEL_FAILED),
    (Response('{"error": {"message": "no"}}', media_type="application/json"), Why.MODEL_FAILED),
    (Response("", media_type="text/event-stream"), Why.MODEL_FAILED),
    (events({"error": {"message": "overloaded", "code": "overloaded"}}), Why.MODEL_FAILED),
    (events(chunk("7"), {"error": {"message": "overloaded"}}), Why.MODEL_FAILED),
    (events("{not json"), Why.MODEL_FAILED),
    (events("[1, 2]"), Why.MODEL_FAILED),
    (events("null"), Why.MODEL_FAILED),
    (events({"choices": "none"}), Why.MODEL_FAILED),
    (events({"choices": [{"index": 0, "delta": {"content": 7}}]}), Why.MODEL_FAILED),
    (events(chunk() | {"choices": []}), Why.MODEL_FAILED),
    (events(chunk() | {"choices": None}), Why.MODEL_FAILED),
    (events(), Why.MODEL_FAILED),
    (events(chunk("39")), Why.UNFINISHED),
    (events(chunk("39"), done=False), Why.UNFINISHED),
    (events(chunk("39"), chunk(finish="length")), Why.UNFINISHED),
    (events(chunk("39"), chunk(finish="content_filter")), Why.UNFINISHED),
    (events(chunk(finish="tool_calls")), Why.UNFINISHED),
]


@pytest.mark.parametrize(("response", "why"), BROKEN)
async def test_a_broken_reply_is_no_answer(response: Response, why: Why) -> None:
    """A 200 that is not a finished answer ends as a reason, and its cost is not taken for zero."""
    async with endpoint(always(response)) as url:
        failed = await _failure(url)

    assert failed.why is why
    assert failed.usage.cost_usd is None


def _unstreamed(**choice: object) -> Response:
    reply = {"id": "c", "object": "chat.completion", "model": "m-1", "usage": TOLD}
    return Response(json.dumps(reply | {"choices": [choice]}), media_type="application/json")


async def test_an_endpoint_without_streams_is_understood() -> None:
    """One JSON reply, where a stream was asked for, is an answer all the same."""
    said = _unstreamed(index=0, finish_reason="stop", message={"content": "397.8"})
    async with endpoint(always(said)) as url, _model(url) as model:
        completion = await model.complete([Message("user", "17%?")], 30)

    assert (completion.text, completion.model) == ("397.8", "m-1")
    assert completion.usage.input_tokens == 1000


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (_unstreamed(index=0, finish_reason="length", message={"content": "39"}), Why.UNFINISHED),
        (_unstreamed(index=0, finish_reason="stop"), Why.MODEL_FAILED),
        (Response("[1]", media_type="application/json"), Why.MODEL_FAILED),
        (Response('{"choices": []}', media_type="application/json"), Why.MODEL_FAILED),
        (Response('{"error": {"message": "no"}}', media_type="application/json"), Why.MODEL_FAILED),
    ],
)
async def test_an_unstreamed_reply_is_held_to_the_same(said: Response, why: Why) -> None:
    """Cut, shapeless and failed replies are no answers, streamed or not."""
    async with endpoint(always(said)) as url:
        failed = await _failure(url)

    assert failed.why is why


@pytest.mark.parametrize(("finish", "retryable"), [(None, True), ("length", False)])
async def test_only_an_accident_is_worth_another_try(finish: str | None, retryable: bool) -> None:
    """A stream that broke off may be tried again; an answer cut at its limit would be again."""
    async with endpoint(always(events(chunk("39", finish)))) as url:
        failed = await _failure(url)

    assert failed.retryable is retryable


async def test_a_cut_answer_tells_what_it_cost() -> None:
    """Tokens of an answer that does not count are still counted."""
    said = events(chunk("39", "length"), chunk(usage=TOLD) | {"choices": []})
    async with endpoint(always(said)) as url:
        failed = await _failure(url, input_usd_per_mtok=1.0, output_usd_per_mtok=5.0)

    assert failed.usage == Usage(1, 1000, 200, pytest.approx(0.002))


async def test_no_endpoint_is_unreachable() -> None:
    """A refused connection may be tried again, and was no call."""
    async with cut_off(b"") as url:
        pass
    failed = await _failure(url)

    assert (failed.why, failed.retryable) == (Why.MODEL_UNREACHABLE, True)
    assert (failed.away, failed.usage) == (True, Usage())


@pytest.mark.parametrize(
    ("status", "away"), [(500, False), (502, True), (503, True), (504, True), (429, False)]
)
async def test_a_gateway_with_nobody_behind_it_is_away(status: int, away: bool) -> None:
    """What stands before an endpoint says so while it is restarted."""
    async with endpoint(always(error(status))) as url:
        failed = await _failure(url)
    assert (failed.away, failed.usage.calls) == (away, 1)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def _framed(*said: Json) -> bytes:
    lines = [f"data: {json.dumps(one)}\n\n".encode() for one in said]
    return HEAD + b"".join(b"%x\r\n%s\r\n" % (len(line), line) for line in lines)


@pytest.mark.parametrize("head", [b"", HEAD, _framed(chunk("39")), b"not http at all\r\n\r\n"])
async def test_a_broken_connection_is_unreachable(head: bytes) -> None:
    """A connection that breaks, before the answer or within it, may be tried again.

    What was said of an answer may be billed; before its first word, nothing is.
    """
    async with cut_off(head) as url:
        failed = await _failure(url)

    assert (failed.why, failed.retryable) == (Why.MODEL_UNREACHABLE, True)
    assert failed.away is not head.startswith(b"HTTP")
    assert failed.usage == Usage(calls=1, cost_usd=None if b"39" in head else 0.0)


async def test_what_comes_after_the_end_cannot_unmake_an_answer() -> None:
    """An answer whose end was seen stands, though the connection breaks before [DONE]."""
    async with cut_off(_framed(chunk("397.8", "stop"))) as url, _model(url) as model:
        assert (await model.complete(ASKED, 30)).text == "397.8"


async def test_a_finished_answer_does_not_wait_for_its_tokens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An endpoint that never closes its stream does not hold a finished answer."""
    monkeypatch.setattr(openai_model, "USAGE_SECONDS", 0.01)
    handler = always(hanging(chunk("397.8"), chunk(finish="stop")))
    async with endpoint(handler) as url, _model(url) as model:
        assert (await model.complete(ASKED, 3600)).text == "397.8"


@pytest.mark.parametrize("said", [(), (chunk("39"),)])
async def test_a_call_ends_with_its_time(said: tuple[Json, ...]) -> None:
    """A silent endpoint, or one that stops in mid-answer, ends by the wall clock."""
    async with endpoint(always(hanging(*said))) as url:
        failed = await _failure(url, seconds=0.05)

    assert (failed.why, failed.retryable) == (Why.OUT_OF_TIME, False)
    assert failed.usage.cost_usd is None


async def test_silence_in_the_middle_of_an_answer_is_not_waited_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stream that stalls long before its time leaves time to ask again."""
    monkeypatch.setattr(openai_model, "STALL_SECONDS", 0.01)
    async with endpoint(always(hanging(chunk("39")))) as url:
        failed = await _failure(url, seconds=3600)

    assert (failed.why, failed.retryable) == (Why.MODEL_UNREACHABLE, True)
    assert failed.usage.cost_usd is None


async def test_a_slow_first_word_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model may think before its first word for as long as the call has time."""
    monkeypatch.setattr(openai_model, "STALL_SECONDS", 0.0)
    silent = always(hanging(chunk(""), chunk("")))
    async with endpoint(silent) as url:
        failed = await _failure(url, seconds=0.05)

    assert failed.why is Why.OUT_OF_TIME


async def test_a_drip_ends_with_its_time() -> None:
    """An answer that grows for ever, letter by letter, ends by the wall clock."""

    async def drip() -> AsyncIterator[str]:
        while True:
            yield f"data: {json.dumps(chunk('a'))}\n\n"
            await asyncio.sleep(0)

    async with endpoint(always(StreamingResponse(drip(), media_type="text/event-stream"))) as url:
        failed = await _failure(url, seconds=0.2)

    assert failed.why is Why.OUT_OF_TIME


async def test_cancelling_hangs_up() -> None:
    """A cancelled call closes the connection, so that the endpoint may stop generating."""
    begun, gone = asyncio.Event(), asyncio.Event()

    async def never_ending(_: Json) -> Response:
        begun.set()
        return hanging(chunk("39"), gone=gone)

    async with (
        endpoint(never_ending) as url,
        _model(url) as model,
    ):
        call = asyncio.create_task(model.complete(ASKED, 3600))
        await begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await gone.wait()


async def test_an_endless_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer over the byte limit does not count, and is not read to its end."""
    monkeypatch.setattr(openai_reply, "MAX_ANSWER_BYTES", 100)
    async with endpoint(always(hanging(chunk("é" * 51)))) as url:
        failed = await _failure(url)

    assert (failed.why, failed.retryable) == (Why.UNFINISHED, False)


async def test_an_endless_line_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply that never becomes a chunk is not read for ever."""
    monkeypatch.setattr("consensus.adapters.models.openai_endpoint.MAX_LINE_BYTES", 1000)
    said = Response("data: " + "x" * 2000, media_type="text/event-stream")
    async with endpoint(always(said)) as url:
        failed = await _failure(url)

    assert failed.why is Why.MODEL_UNREACHABLE


async def test_an_endless_stream_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks that say nothing, for ever, are not read for ever."""
    monkeypatch.setattr("consensus.adapters.models.openai_endpoint.MAX_RESPONSE_BYTES", 5000)
    async with endpoint(always(hanging(*[chunk("")] * 100))) as url:
        failed = await _failure(url)

    assert failed.why is Why.MODEL_UNREACHABLE


async def test_a_compressed_reply_is_unpacked_within_bounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A small reply may unpack to any size: it is read no further than a plain one."""
    monkeypatch.setattr("consensus.adapters.models.openai_endpoint.MAX_LINE_BYTES", 1000)
    packed = gzip.compress(b"data: " + b"x" * 1_000_000)
    headers = {"content-encoding": "gzip"}
    said = Response(packed, headers=headers, media_type="text/event-stream")
    async with endpoint(always(said)) as url:
        failed = await _failure(url)

    assert failed.why is Why.MODEL_UNREACHABLE


@pytest.mark.parametrize("kind", ["text/event-stream", "application/json"])
async def test_json_of_any_depth_is_borne(kind: str) -> None:
    """A reply nested deeper than any parser goes is no protocol, and no crash."""
    deep = "[" * 200_000
    text = f"data: {deep}\n\n" if kind == "text/event-stream" else deep
    async with endpoint(always(Response(text, media_type=kind))) as url:
        failed = await _failure(url)

    assert failed.why is Why.MODEL_FAILED


async def test_half_a_character_is_replaced() -> None:
    """A character split between chunks is whole again; half of one would fit no message."""
    said = events(
        r'{"choices":[{"index":0,"delta":{"content":"\ud83d"}}]}',
        r'{"choices":[{"index":0,"delta":{"content":"\ude00 \ud83d"}}]}',
        chunk(finish="stop"),
    )
    async with endpoint(always(said)) as url, _model(url) as model:
        assert (await model.complete(ASKED, 30)).text == "😀 \N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("echo", [SECRET, f"Incorrect key {SECRET}; you asked {PROMPT}"])
async def test_no_secret_is_told(caplog: pytest.LogCaptureFixture, echo: str) -> None:
    """What an endpoint echoes (key, prompt) enters neither the error nor the log."""
    async with endpoint(always(error(401, echo, echo))) as url:
        failed = await _failure(url)

    for told in (str(failed), caplog.text):
        assert SECRET not in told
        assert PROMPT not in told


class _HundredfoldClock(SystemClock):
    """The machine's clock, running a hundred times as fast."""

    def now(self) -> datetime:
        return NOW + (super().now() - NOW) * 100

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / 100)


async def test_many_seats_are_refused_together_once() -> None:
    """Forty seats at once meet a limit: each refused one asks again once, when it is time."""
    clock = _HundredfoldClock()
    refused_until = datetime.max.replace(tzinfo=UTC)
    answered, refused = 0, 0

    async def limited(_: Json) -> Response:
        nonlocal answered, refused, refused_until
        if answered < 5 or clock.now() >= refused_until:
            answered += 1
            return events(chunk("7", "stop"))
        refused += 1
        refused_until = min(refused_until, clock.now() + timedelta(seconds=20))
        return error(429, retry_after_ms="20000")

    async def seat(model: Paced) -> str:
        while True:
            with suppress(ModelError):
                return (await model.complete(ASKED, 3600)).text

    async with endpoint(limited) as url, _model(url) as model:
        paced = Paced(model, Pacer(clock))
        texts = await asyncio.gather(*(seat(paced) for _ in range(40)))

    assert texts == ["7"] * 40
    assert refused == 35


async def test_a_rate_limit_says_how_long() -> None:
    """Retry-After of a 429 reaches the caller."""
    async with endpoint(always(error(429, Retry_After="7"))) as url:
        assert (await _failure(url)).retry_after == 7.0


def _limits(what: str, remaining: str, reset: str) -> dict[str, str]:
    return {f"x-ratelimit-remaining-{what}": remaining, f"x-ratelimit-reset-{what}": reset}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=30), usegmt=True)}, 30.0),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=30), usegmt=True)}, None),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:30 -0000"}, 30.0),
        ({"retry-after": "600"}, LONGEST_RETRY_AFTER),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "a while"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Thu, 99 Foo 2026"}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 +2359"}, None),
        (_limits("requests", "0", "1m2.5s"), 62.5),
        (_limits("tokens", "0", "120ms"), 0.12),
        (_limits("tokens", "0", "120ms") | _limits("requests", "0", "1s"), 1.0),
        (_limits("requests", "0", "6h"), LONGEST_RETRY_AFTER),
        (_limits("requests", "12", "60s"), None),
        (_limits("requests", "0", "soon"), None),
        (_limits("requests", "0", "1" * 4000), None),
        (_limits("requests", "0", "60s") | {"retry-after": "3"}, 3.0),
    ],
)
def test_how_long_to_wait_is_read_in_every_form(
    headers: dict[str, str], seconds: float | None
) -> None:
    """Milliseconds, seconds, dates and resets are read, long waits cut, and nonsense ignored."""
    assert retry_after(headers, NOW) == seconds


@pytest.mark.parametrize("url", ["localhost:11434", "ftp://x", "http://[", ""])
def test_a_base_url_that_is_none_is_a_setting_s_error(url: str) -> None:
    """A base URL that cannot work is refused at the start, by its variable's name."""
    with pytest.raises(ConfigurationError, match="OPENAI_BASE_URL"):
        OpenAIModel(_settings(url))


async def test_an_endpoint_without_a_key_is_asked_without_one() -> None:
    """A base URL alone is enough: local servers have no keys."""
    handler = always(events(chunk("7", "stop")))
    async with endpoint(handler) as url, _model(url, openai_api_key=None) as model:
        assert (await model.complete(ASKED, 30)).text == "7"


@pytest.mark.parametrize("key", ["sk-“quoted”", "sk-one\nsk-two"])
def test_a_key_that_is_none_is_a_setting_s_error(key: str) -> None:
    """A key that no header can carry is refused at the start, and not repeated."""
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY") as refused:
        OpenAIModel(_settings("http://127.0.0.1:9/v1", openai_api_key=SecretStr(key)))

    assert key not in str(refused.value)
