"""Endpoints as people have them: what they refuse, how they end, in what shape they answer."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.responses import Response

from consensus.adapters.models import openai_endpoint, openai_model
from consensus.adapters.models.openai_dialect import Dialect, Manner, folded
from consensus.adapters.models.openai_model import OpenAIModel
from consensus.config import Settings
from consensus.core.errors import ModelError
from consensus.core.form import ballot_schema
from consensus.core.model import AbstentionReason as Why
from consensus.core.model import Message, Strategy
from consensus.ports import Completion, Form
from tests.adapters.misbehaving import (
    Handler,
    Json,
    always,
    chunk,
    cut_off,
    endpoint,
    error,
    events,
    hanging,
)

ASKED = (Message("system", "Be brief."), Message("user", "What is 6 times 7?"))
OBJECT = '{"answer": "42", "confidence": 0.9}'
SCHEMA = ballot_schema(Strategy.NUMERIC)
assert SCHEMA is not None
FORM = Form((Message("system", "By schema."), ASKED[1]), SCHEMA)
GOOD = events(chunk(OBJECT), chunk(finish="stop"))


@asynccontextmanager
async def _model(
    url: str, dialect: Dialect | None = None, **changes: object
) -> AsyncIterator[OpenAIModel]:
    told = {"openai_api_key": SecretStr("k"), "openai_base_url": url, "openai_model": "m"}
    model = OpenAIModel(Settings().with_changes(**(told | changes)), dialect)
    try:
        yield model
    finally:
        await model.close()


async def _answer(
    handler: Handler, sent: list[Json] | None = None, **changes: object
) -> Completion:
    async with endpoint(handler, sent) as url, _model(url, **changes) as model:
        return await model.complete(ASKED, 30, FORM)


async def _failure(handler: Handler, sent: list[Json] | None = None) -> ModelError:
    with pytest.raises(ModelError) as failed:
        await _answer(handler, sent)
    return failed.value


def _refusing(
    holds: Callable[[Json], bool], response: Response, otherwise: Response = GOOD
) -> Handler:
    async def handler(body: Json) -> Response:
        return response if holds(body) else otherwise

    return handler


def _has(*names: str) -> Callable[[Json], bool]:
    return lambda body: any(name in body for name in names)


def _raw(status: int, body: object) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")


def _extra_forbidden(*names: str) -> Response:
    wrong = [{"type": "extra_forbidden", "loc": ["body", n], "input": 1} for n in names]
    return _raw(422, {"detail": wrong})


WHOLE = Response(
    json.dumps({"choices": [{"message": {"content": OBJECT}, "finish_reason": "stop"}]}),
    media_type="application/json",
)

# What is refused, and in which words, and whether the rest of the request is kept.
REFUSALS: list[tuple[str, Callable[[Json], bool], Response]] = [
    ("capital", _has("logprobs"), _raw(400, [{"error": {"message": "Logprobs is not enabled"}}])),
    ("in-words", _has("logprobs"), error(400, message="log probabilities are not supported here")),
    ("forbidden", _has("logprobs"), error(403, message="You may not request logprobs")),
    ("alternatives", _has("top_logprobs"), error(400, message="topLogprobs is not supported")),
    ("not-found", _has("logprobs"), error(404, message="No endpoint supports: logprobs")),
    ("failed", _has("stream_options"), error(500, message="Unknown field stream_options")),
    ("unserved", _has("logprobs"), error(501, message="logprobs not implemented")),
    ("crash", _has("logprobs"), error(500, message="Out of range float values")),
    ("nameless", _has("logprobs", "stream_options"), error(400, message="Extra inputs")),
    ("nameless-404", _has("top_logprobs"), error(404, message="Nobody serves that")),
    ("several", _has("logprobs", "stream_options"), _extra_forbidden("logprobs", "stream_options")),
    ("temperature", _has("temperature"), error(400, message="Only the default temperature (1)")),
    ("stream", _has("stream"), error(400, message="You must be verified to stream this model")),
    ("no-streams", _has("stream"), error(501, message="Streaming is not supported")),
    ("schema", _has("response_format"), error(400, message="response format is unavailable now")),
    ("schema-words", _has("response_format"), error(422, message="no structured outputs here")),
    ("limit", _has("max_completion_tokens"), error(400, message="maxCompletionTokens unknown")),
    ("no-limit", _has("max_completion_tokens", "max_tokens"), error(400, message="max_tokens?")),
    ("all", lambda body: set(body) > {"model", "messages"}, error(500, message="Bad things")),
    ("all-422", lambda body: set(body) > {"model", "messages"}, error(422)),
    ("in-a-200", _has("logprobs"), _raw(200, {"error": {"message": "no logprobs", "code": 400}})),
]


@pytest.mark.parametrize(("holds", "response"), [r[1:] for r in REFUSALS], ids=lambda _: "")
@pytest.mark.parametrize("otherwise", [GOOD, WHOLE], ids=["streamed", "whole"])
async def test_what_is_refused_is_done_without(
    holds: Callable[[Json], bool], response: Response, otherwise: Response
) -> None:
    """Whatever of ours an endpoint refuses, in any words and status, costs no vote."""
    sent: list[Json] = []
    completion = await _answer(_refusing(holds, response, otherwise), sent, temperature=0.5)
    assert completion.text.endswith('"confidence": 0.9}')
    assert completion.usage.calls == 1
    assert len(sent) <= 5


async def test_what_was_learned_is_kept_and_shared() -> None:
    """The second call, of another voter at the same endpoint and model, asks rightly at once."""
    sent: list[Json] = []
    handler = _refusing(_has("logprobs"), error(400, message="no logprobs"))
    shared = Dialect()
    async with endpoint(handler, sent) as url:
        for _ in range(2):
            async with _model(url, shared) as model:
                await model.complete(ASKED, 30)
    assert [("logprobs" in body) for body in sent] == [True, False, False]


async def test_a_named_field_alone_is_given_up() -> None:
    """Streams, limits and temperature stay where only log-probabilities are refused."""
    sent: list[Json] = []
    handler = _refusing(_has("logprobs"), error(400, message="no logprobs"))
    await _answer(handler, sent, temperature=0.5)
    gone = sent[0].keys() - sent[-1].keys()
    assert gone == {"logprobs", "top_logprobs"}


async def test_a_failure_teaches_only_when_it_comes_again() -> None:
    """One 500 may be chance; the second makes the endpoint one that is asked more plainly."""
    sent: list[Json] = []
    handler = _refusing(_has("logprobs"), error(500))
    async with endpoint(handler, sent) as url, _model(url) as model:
        for _ in range(3):
            await model.complete(ASKED, 30)
    assert [("logprobs" in body) for body in sent] == [True, False, True, False, False]


async def test_a_failure_of_a_server_that_took_all_this_teaches_nothing() -> None:
    """Once it has answered such a request, a 500 is its own, and is not asked about twice."""
    said = iter([GOOD, error(500), GOOD])

    async def handler(_: Json) -> Response:
        return next(said)

    async with endpoint(handler) as url, _model(url) as model:
        await model.complete(ASKED, 30)
        with pytest.raises(ModelError) as failed:
            await model.complete(ASKED, 30)
        await model.complete(ASKED, 30)
    assert (failed.value.why, failed.value.retryable) == (Why.MODEL_FAILED, True)


async def test_a_server_that_crashes_is_asked_more_plainly_the_next_time() -> None:
    """A connection broken without a word may be the work of what we asked for besides."""
    dialect = Dialect()
    async with cut_off(b"") as url, _model(url, dialect) as model:
        with pytest.raises(ModelError) as failed:
            await model.complete(ASKED, 30)
    assert failed.value.retryable
    sent: list[Json] = []
    async with endpoint(always(GOOD), sent) as url, _model(url, dialect) as model:
        await model.complete(ASKED, 30)
    assert "logprobs" not in sent[0]


async def test_an_endpoint_may_change_its_mind() -> None:
    """Behind one address are two servers, each of which refuses the other's name of the limit."""
    sent: list[Json] = []

    async def handler(body: Json) -> Response:
        wrong = "max_completion_tokens" if len(sent) < 3 else "max_tokens"
        refused = error(400, message=f"Unsupported parameter: '{wrong}'")
        return refused if wrong in body else GOOD

    async with endpoint(handler, sent) as url, _model(url) as model:
        for _ in range(3):
            assert (await model.complete(ASKED, 30)).text == OBJECT
    assert len(sent) == 5
    assert "max_completion_tokens" in sent[-1]


async def test_an_endpoint_that_refuses_everything_is_asked_a_few_times_only() -> None:
    """It ends as a refusal, and says what can be done."""
    sent: list[Json] = []
    failed = await _failure(always(error(400)), sent)
    assert (failed.why, failed.retryable) == (Why.MODEL_REFUSED, False)
    assert len(sent) <= 3


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (error(401), "OPENAI_API_KEY"),
        (error(404, "model_not_found"), "OPENAI_MODEL"),
        (error(402), "credit"),
        (error(307), "OPENAI_BASE_URL"),
        (_raw(400, {"error": {"message": "", "param": "messages[0].content"}}), "messages[0]"),
        (_raw(400, {"error": {"message": "", "param": "model"}}), "OPENAI_MODEL"),
    ],
)
async def test_a_refusal_says_what_to_do(response: Response, told: str) -> None:
    """The field that the endpoint names, and the setting that helps."""
    assert told in str(await _failure(always(response)))


@pytest.mark.parametrize(
    "told",
    [
        "max_tokens is too large: 4096. This model supports at most 1024 completion tokens.",
        "Invalid max_tokens value, the valid range of max_tokens is [1, 1024]",
        "max_completion_tokens must be between 1 and 1024",
        "`max_tokens` must be less than or equal to `1024`",
    ],
)
async def test_a_limit_that_is_too_high_is_lowered_to_what_is_told(told: str) -> None:
    """The number in the error is taken; where there is none, the limit goes."""
    sent: list[Json] = []
    handler = _refusing(
        lambda b: b.get("max_completion_tokens", 0) > 1024, error(400, message=told)
    )
    await _answer(handler, sent)
    assert [body["max_completion_tokens"] for body in sent] == [4096, 1024]


@pytest.mark.parametrize(
    "message",
    [
        "System role not supported",
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        "Developer instruction is not enabled for models/gemma",
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "",
    ],
)
@pytest.mark.parametrize("status", [400, 500])
async def test_instructions_do_without_a_system_role(message: str, status: int) -> None:
    """They go into the first user's turn, whatever the refusal says."""
    sent: list[Json] = []
    handler = _refusing(lambda b: b["messages"][0]["role"] == "system", error(status, "", message))
    await _answer(handler, sent)
    assert [m["role"] for m in sent[-1]["messages"]] == ["user"]
    assert sent[-1]["messages"][0]["content"].endswith("\n\nWhat is 6 times 7?")


async def test_a_context_too_short_for_prompt_and_answer_together_is_enough_for_both() -> None:
    """The limit is given up; where the prompt alone is too long, it is told so."""
    sent: list[Json] = []
    told = (
        "This model's maximum context length is 4096 tokens. However, you requested 4199 tokens "
        "(103 in the messages, 4096 in the completion)."
    )
    limited = _has("max_tokens", "max_completion_tokens")
    await _answer(_refusing(limited, error(400, "context_length_exceeded", told)), sent)
    assert not sent[-1].keys() & {"max_tokens", "max_completion_tokens"}
    failed = await _failure(always(error(400, "context_length_exceeded", "The prompt is long.")))
    assert "too long" in str(failed)


async def test_a_quota_that_is_spent_is_known_by_its_type() -> None:
    """Some tell it there and not by a code; waiting would not help."""
    spent = {"message": "", "type": "insufficient_quota", "code": None}
    failed = await _failure(always(_raw(429, {"error": spent})))
    assert (failed.why, failed.retryable) == (Why.RATE_LIMITED, False)


def test_a_folded_conversation_takes_turns() -> None:
    """Neighbours of one role are joined, and nothing is lost."""
    spoken = [Message(r, t) for r, t in zip("suuaaus", "abcdefg", strict=True)]
    roles = {"s": "system", "u": "user", "a": "assistant"}
    turns = folded([Message(roles[m.role], m.content) for m in spoken])
    assert [(m.role, m.content) for m in turns] == [
        ("user", "a\n\nb\n\nc"),
        ("assistant", "d\n\ne"),
        ("user", "f\n\ng"),
    ]


def _delta(**delta: object) -> Json:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "6 times 7 …"}]}
SHAPES: dict[str, Response] = {
    "parts": events(_delta(content=[THOUGHT]), _delta(content=[{"type": "text", "text": OBJECT}])),
    "parts-of-strings": events(_delta(content=[OBJECT])),
    "parts-output": events(_delta(content=[{"type": "output_text", "text": OBJECT}])),
    "parts-reasoning": events(
        _delta(content=[{"type": "reasoning", "text": "41?"}, {"type": "text", "text": OBJECT}])
    ),
    "an-object": events(_delta(content=json.loads(OBJECT))),
    "thought-first": events(_delta(reasoning_content="41?"), _delta(content=OBJECT)),
    "thought-alone": events(_delta(reasoning_content=OBJECT), chunk(None, "stop")),
    "reasoning-alone": events(_delta(reasoning=OBJECT), chunk("", "stop")),
    "no-finish": events(chunk(OBJECT)),
    "no-done": events(chunk(OBJECT), done=False),
    "cut-after": events(chunk(OBJECT + " and so"), chunk(finish="length")),
    "empty-finish": events(chunk(OBJECT, ""), chunk("", "stop")),
    "another-index": events({"choices": [{"index": 1, "delta": {"content": OBJECT}}]}),
    "message": events({"choices": [{"message": {"content": OBJECT}, "finish_reason": "stop"}]}),
    "text": events({"choices": [{"text": OBJECT, "finish_reason": "stop"}]}),
    "error-after": events(chunk(OBJECT), {"error": {"message": "overloaded"}}),
    "lines": Response(
        f"{json.dumps(chunk(OBJECT))}\n{json.dumps(chunk(finish='stop'))}\n",
        media_type="application/x-ndjson",
    ),
    "events-as-text": Response(f"data: {json.dumps(chunk(OBJECT))}\n\n", media_type="text/plain"),
    "no-space": Response(f"data:{json.dumps(chunk(OBJECT))}\r\n\r\n", media_type="text/plain"),
    "comments": Response(f": hi\n\nevent: x\ndata: {json.dumps(chunk(OBJECT))}\n\n"),
    "bom": Response("\ufeff" + WHOLE.body.decode(), media_type="application/json"),
    "indented": Response(json.dumps(json.loads(WHOLE.body), indent=2), media_type="text/html"),
    "whole-as-events": Response(WHOLE.body, media_type="text/event-stream"),
    "camel-case": events({"choices": [{"delta": {"content": OBJECT}, "finishReason": "STOP"}]}),
    "a-null-in-words": events(
        chunk(OBJECT[:9], "null"), chunk(OBJECT[9:], "null"), chunk("", "stop")
    ),
    "no-choices": Response(
        json.dumps({"message": {"content": OBJECT}, "done": True, "done_reason": "stop"})
    ),
    "delta-text": events({"choices": [{"delta": {"text": OBJECT}, "finish_reason": "stop"}]}),
    "line-separators": events(json.dumps(chunk("\u2028" + OBJECT), ensure_ascii=False)),
}


@pytest.mark.parametrize("said", SHAPES.values(), ids=SHAPES.keys())
async def test_an_answer_is_read_in_any_shape(said: Response) -> None:
    """Content in parts, thought beside it or instead of it, under whatever media type."""
    text = (await _answer(always(said))).text
    assert json.loads(text[text.index("{") :]) == {"answer": "42", "confidence": 0.9}


NO_ANSWERS: dict[str, tuple[Response, Why]] = {
    "refusal": (
        events(_delta(content=None, refusal="I can't."), chunk(finish="stop")),
        Why.DECLINED,
    ),
    "refusal-part": (
        events(_delta(content=[{"type": "refusal", "refusal": "No."}]), chunk(finish="stop")),
        Why.DECLINED,
    ),
    "refusal-finish": (events(chunk("I'd rather", "refusal")), Why.DECLINED),
    "thought-alone": (events(_delta(reasoning="Hm."), chunk(None, "stop")), Why.UNREADABLE),
    "nothing": (events(chunk(None, "stop")), Why.DECLINED),
    "filter": (events(chunk(OBJECT), chunk(finish="content_filter")), Why.UNFINISHED),
    "unknown-end": (events(chunk("42", "mystery")), Why.UNFINISHED),
    "coded": (_raw(200, {"error": {"message": "slow down", "code": 429}}), Why.RATE_LIMITED),
    "a-page": (Response("<!doctype html>", media_type="text/html"), Why.MODEL_FAILED),
}


@pytest.mark.parametrize(("said", "why"), NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
async def test_what_is_no_answer_says_why(said: Response, why: Why) -> None:
    """Each has its reason."""
    assert (await _failure(always(said))).why is why


@pytest.mark.parametrize("finish", ["eos", "end_turn", "STOP", "COMPLETE", "stop_sequence", "done"])
async def test_an_end_by_another_name_is_an_end(finish: str) -> None:
    """Plain text counts as much as an object."""
    assert (await _answer(always(events(chunk("42", finish))))).text == "42"


async def test_a_model_that_goes_on_after_its_answer_is_not_heard_out() -> None:
    """A base model writes the next question; the answer is the first one, and it hangs up."""
    gone = asyncio.Event()
    said = hanging(chunk(OBJECT), *[chunk(f"\nQuestion: {'and ' * 100}?")] * 3, gone=gone)
    text = (await _answer(always(said))).text
    await asyncio.wait_for(gone.wait(), 20)
    assert text == OBJECT


async def test_a_whole_answer_survives_a_server_that_never_ends() -> None:
    """Time runs out after the answer object, not before it."""
    async with endpoint(always(hanging(chunk(OBJECT)))) as url, _model(url) as model:
        assert (await model.complete(ASKED, 0.3)).text == OBJECT


async def test_a_model_that_thinks_its_limit_away_gets_a_larger_one() -> None:
    """The attempt is worth another, and every later call begins with the larger limit."""
    sent: list[Json] = []

    async def thinking(body: Json) -> Response:
        if body["max_completion_tokens"] < 8_000:
            return events(_delta(reasoning_content="hm " * 99), chunk("", "length"))
        return GOOD

    async with endpoint(thinking, sent) as url, _model(url) as model:
        with pytest.raises(ModelError) as failed:
            await model.complete(ASKED, 30)
        assert failed.value.retryable
        for _ in range(2):
            assert (await model.complete(ASKED, 30)).text == OBJECT
    limits = [body["max_completion_tokens"] for body in sent]
    assert limits == [openai_model.FIRST_LIMIT, *[openai_model.THINKING_LIMIT] * 2]


@pytest.mark.parametrize("changes", [{}, {"max_output_tokens": 100}])
async def test_thought_without_end_is_bounded(changes: dict[str, Any]) -> None:
    """The larger limit is the last one, and an operator's own is never passed."""
    sent: list[Json] = []
    said = events(_delta(content="<think>hm"), chunk("", "length"))
    async with endpoint(always(said), sent) as url, _model(url, **changes) as model:
        for _ in range(3):
            with pytest.raises(ModelError) as failed:
                await model.complete(ASKED, 30)
    most = changes.get("max_output_tokens", openai_model.THINKING_LIMIT)
    assert max(body["max_completion_tokens"] for body in sent) == most
    assert not failed.value.retryable
    assert "CONSENSUS_MAX_OUTPUT_TOKENS" in str(failed.value)


async def test_a_schema_is_used_where_it_is_taken() -> None:
    """The form's own words go with it, and whole per cent come back as a share."""
    sent: list[Json] = []
    said = '{"reasoning": "6 * 7", "answer": "42", "confidence": 87}'
    completion = await _answer(always(events(chunk(said, "stop"))), sent)
    assert sent[0]["response_format"]["json_schema"]["schema"] == SCHEMA
    assert sent[0]["messages"][0]["content"] == "By schema."
    assert json.loads(completion.text)["confidence"] == 0.87
    assert completion.structured


@pytest.mark.parametrize("changes", [{}, {"structured": "off"}])
async def test_without_a_schema_the_words_are_the_plain_ones(changes: dict[str, Any]) -> None:
    """Refused or switched off, the usual instructions stand, and a confidence is as it is said."""
    sent: list[Json] = []
    said = events(chunk('{"answer": "42", "confidence": 1}', "stop"))
    handler = _refusing(_has("response_format"), error(400, message="no response_format"), said)
    completion = await _answer(handler, sent, **changes)
    assert sent[-1]["messages"][0]["content"] == "Be brief."
    assert json.loads(completion.text)["confidence"] == 1
    assert not completion.structured


async def test_a_voter_s_own_fields_and_headers_go_along() -> None:
    """extra_body stands before what we would send; reasoning_effort and timeout are the voter's."""
    sent: list[Json] = []
    own = {"extra_body": {"top_k": 40, "max_tokens": 9}, "reasoning_effort": "low"}
    await _answer(always(GOOD), sent, **own)
    assert (sent[0]["top_k"], sent[0]["reasoning_effort"]) == (40, "low")
    async with (
        endpoint(always(hanging(chunk("4")))) as url,
        _model(url, call_seconds=0.05) as model,
    ):
        with pytest.raises(ModelError) as failed:
            await model.complete(ASKED, 3600)
    assert failed.value.why is Why.OUT_OF_TIME


@pytest.mark.parametrize("path", ["", "/", "/v1/", "/v1/chat/completions", "/v1?api-version=1"])
async def test_an_address_is_understood_as_people_write_it(path: str) -> None:
    """Without its /v1, with the route at its end, with a query."""
    async with endpoint(always(GOOD)) as url:
        base = url.removesuffix("/v1") + path
        async with _model(base) as model:
            for _ in range(2):
                assert (await model.complete(ASKED, 30)).text == OBJECT


async def test_waiting_as_the_text_asks_for_it() -> None:
    """Some tell in the body alone how long to wait."""
    delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}
    for said in (
        _raw(429, [{"error": {"code": 429, "message": "Quota", "details": [delay]}}]),
        _raw(429, {"error": {"message": "Rate limit reached. Please try again in 7s."}}),
    ):
        failed = await _failure(always(said))
        assert (failed.why, failed.retry_after) == (Why.RATE_LIMITED, 7.0)


async def test_what_an_endpoint_writes_stays_out_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A change of manner is told by our own names for things."""
    caplog.set_level(logging.DEBUG)
    told = error(400, message="no logprobs for sk-secret asking What is 6 times 7?")
    await _answer(_refusing(_has("logprobs"), told))
    assert "without logprobs" in caplog.text
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("consensus")]
    assert not any("sk-secret" in message for message in ours)


def test_a_manner_leaves_out_what_depends_on_what_is_left_out() -> None:
    """No alternatives without log-probabilities, no options without a stream."""
    wishes = {"stream": True, "stream_options": {}, "logprobs": True, "top_logprobs": 1}
    bare = Manner(frozenset({"stream", "logprobs"})).request(ASKED, wishes)
    assert bare.keys() == {"messages"}


PRICES = {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 10.0}


@pytest.mark.parametrize(("spend", "limit"), [(None, 4096), (1.0, 4096), (0.01, 998)])
async def test_an_answer_is_no_longer_than_may_be_spent(spend: float | None, limit: int) -> None:
    """The prompt's price is taken off; without prices nothing bounds it."""
    sent: list[Json] = []
    async with endpoint(always(GOOD), sent) as url, _model(url, **PRICES) as model:
        await model.complete(ASKED, 30, None, spend)
    assert sent[0]["max_completion_tokens"] == pytest.approx(limit, abs=2)


async def test_what_pays_for_no_answer_is_not_asked() -> None:
    """It ends at no cost, and names the setting."""
    sent: list[Json] = []
    async with endpoint(always(GOOD), sent) as url, _model(url, **PRICES) as model:
        with pytest.raises(ModelError, match="CONSENSUS_MAX_COST_USD") as failed:
            await model.complete(ASKED, 30, None, 0.0001)
    assert not sent
    assert failed.value.usage.calls == 0


async def test_who_is_billed_is_told_to_openai_alone() -> None:
    """OPENAI_ORG_ID and OPENAI_PROJECT_ID are nobody else's business."""
    billed = Settings(OPENAI_ORG_ID="org-1", OPENAI_PROJECT_ID="proj-1")
    told = []
    for url in (None, "https://llm.example.com/v1"):
        settings = billed.with_changes(openai_api_key=SecretStr("k"), openai_base_url=url)
        async with openai_endpoint.client(settings) as client:
            headers = client.headers
        told.append((headers.get("openai-organization"), headers.get("openai-project")))

    assert told == [("org-1", "proj-1"), (None, None)]


async def test_a_header_of_one_s_own_takes_the_place_of_ours() -> None:
    """Whatever its case: two of one name are more than endpoints bear."""
    settings = Settings().with_changes(
        openai_api_key=SecretStr("k"), headers={"authorization": "Basic abc"}
    )
    async with openai_endpoint.client(settings) as client:
        assert client.headers.get_list("authorization") == ["Basic abc"]
