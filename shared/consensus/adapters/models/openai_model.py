"""ChatModel over the OpenAI protocol: one attempt, bounded in time and size, at any endpoint."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx2

from consensus.adapters.models import openai_endpoint as endpoint
from consensus.adapters.models.openai_dialect import LIMIT, Asking, Dialect, Manner, refused_fields
from consensus.adapters.models.openai_reply import Reply, documents, tokens_of
from consensus.config import Settings
from consensus.core.endings import AFTERWORD_SECONDS, LONGEST_AFTERWORD, End, end_of_answer
from consensus.core.errors import ModelError
from consensus.core.model import AbstentionReason, Message, Usage
from consensus.ports import Completion, Form

STALL_SECONDS = 60.0  # of silence in the middle of an answer: longer, and nothing more will come
USAGE_SECONDS = 2.0  # how long a finished answer waits for the account of its tokens

# Tokens that one answer may have where no setting says so: enough for an answer that is told with
# its reasons; and for a model that has shown that it thinks before it answers.
FIRST_LIMIT = 4_096
THINKING_LIMIT = 32_768
ENDLESS = 1_000_000
# Where what may be spent bounds an answer: fewer tokens than these are not asked for.
LEAST_TOKENS = 64
CHARACTERS_PER_TOKEN = 3  # of a prompt: fewer than there are in most languages


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be asked, in which form where it can be, and what it may cost."""

    messages: Sequence[Message]
    form: Form | None
    spend: float | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request: the conversation behind it, its fields, and the tokens it allows (0: any)."""

    messages: Sequence[Message]
    body: Mapping[str, Any]
    limit: int
    is_cut_short: bool = False  # by what may be spent, or by what the endpoint allows


class OpenAIModel:
    """The model that OPENAI_* names. Prices come from the settings; unset, cost is unknown.

    What is learned of the endpoint is kept in the dialect, which models of one endpoint share.
    """

    def __init__(self, settings: Settings, dialect: Dialect | None = None) -> None:
        self._client = endpoint.client(settings)
        self._settings = settings
        self.dialect = dialect or Dialect()
        self._versioned = endpoint.versioned(settings.openai_base_url)  # until it was tried

    async def complete(
        self,
        messages: Sequence[Message],
        seconds: float,
        form: Form | None = None,
        spend: float | None = None,
    ) -> Completion:
        """See ChatModel. Only an answer that the model itself ended, or that is whole, is one."""
        reply = Reply(free=form is not None and form.schema is None)
        seconds = min(seconds, self._settings.call_seconds or seconds)
        try:
            asked = await self._within(seconds, reply, _Wanted(messages, form, spend))
        except ModelError as error:
            # What comes after the end of an answer cannot unmake it.
            text = reply.text if reply.end is End.ANSWERED else reply.answer
            if not text.strip():
                raise self._accounted(error, reply) from error
            return self._completion(reply, text)
        return self._completed(reply, asked)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _completed(self, reply: Reply, asked: _Asked) -> Completion:
        """The completion that a reply is. Raises ModelError where it is none."""
        end, text = reply.end, reply.text
        if end is End.ANSWERED and text.strip() and not reply.only_thought:
            return self._completion(reply, text)
        # An answer that is whole is one, whatever came after it, or did not come.
        if end not in (End.WITHHELD, End.DECLINED) and (whole := reply.answer):
            return self._completion(reply, whole)
        if end in (End.ANSWERED, End.UNTOLD) and (whole := reply.answer_in_thought):
            return self._completion(reply, whole)
        raise self._accounted(self._unanswered(reply, asked), reply)

    async def _within(self, seconds: float, reply: Reply, wanted: _Wanted) -> _Asked:
        """Ask and hear the reply, by the wall clock."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        try:
            async with asyncio.timeout_at(end) as limit:
                with endpoint.foreign_errors():
                    return await self._ask(reply, wanted, seconds, limit)
        except TimeoutError as error:
            if loop.time() < end and not reply.finish:
                raise endpoint.stalled(STALL_SECONDS) from error
            raise endpoint.out_of_time(seconds) from error

    async def _ask(
        self,
        reply: Reply,
        wanted: _Wanted,
        seconds: float,
        limit: asyncio.Timeout,
    ) -> _Asked:
        """Ask, giving way where the endpoint refuses something of ours, until it answers."""
        asking = Asking(self.dialect.opening())
        while True:
            asked = self._asked(asking.manner, wanted)
            reply.structured = "response_format" in asked.body
            try:
                await self._exchange(reply, asked, seconds, limit)
            except endpoint.Refused as error:
                if not self._gives_way(asking, error.refusal, asked):
                    raise self._told(error.refusal, asked) from error
            except endpoint.Reported as error:
                if reply.speaks or not self._gives_way(asking, error.refusal, asked):
                    raise
            except (endpoint.NoResponse, httpx2.HTTPError) as error:
                if not reply.began:
                    self._broke_before_a_word(error)
                raise
            else:
                self.dialect.answered(asking.manner, by_chance=asking.by_chance)
                return asked

    def _broke_before_a_word(self, error: Exception) -> None:
        """Raise ModelError where a header had come."""
        if not endpoint.never_connected(error):
            self.dialect.broke()
        if isinstance(error, httpx2.HTTPError):
            raise endpoint.cut_off(began=False) from error

    def _gives_way(self, asking: Asking, refusal: endpoint.Refusal, asked: _Asked) -> bool:
        if refusal.status in (404, 405) and self._versioned:
            self._client.base_url, self._versioned = self._versioned, None
            return True
        return asking.give_way(refusal, asked.body, asked.messages, proven=self.dialect.is_proven)

    def _told(self, refusal: endpoint.Refusal, asked: _Asked) -> ModelError:
        named = sorted(refused_fields(refusal, asked.body))
        about = named[0] if len(named) == 1 and refusal.status in range(400, 500) else ""
        return endpoint.failed(refusal, refusal.param or about)

    async def _exchange(
        self, reply: Reply, asked: _Asked, seconds: float, limit: asyncio.Timeout
    ) -> None:
        """One request and what comes back, until the answer ends or nobody needs more of it."""
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        end, whole = limit.when() or asked_at + seconds, False
        model = {"model": self._settings.openai_model}
        async with (
            endpoint.posted(
                self._client, {**model, **asked.body, **self._settings.extra_body}
            ) as response,
            aclosing(documents(response.aiter_bytes())) as said,
        ):
            async for document in said:
                reply.add(document)
                if reply.first_word is None and reply.speaks_aloud:
                    reply.first_word = loop.time() - asked_at
                if reply.done or reply.rest > LONGEST_AFTERWORD:
                    break
                if reply.is_whole and not whole:
                    whole, end = True, min(end, loop.time() + AFTERWORD_SECONDS)
                # Before its first word a model may think as long as there is time.
                silence = STALL_SECONDS if reply.speaks_aloud else seconds
                silence = USAGE_SECONDS if reply.finish else silence
                limit.reschedule(min(end, loop.time() + silence))
        if not reply.began:
            raise endpoint.not_the_protocol("sent no answer")

    def _asked(self, manner: Manner, wanted: _Wanted) -> _Asked:
        settings, form = self._settings, wanted.form
        off = settings.structured == "off" or "response_format" in manner.without
        if off or (form is not None and form.schema is None):
            form = None
        wishes: dict[str, Any] = {
            "stream": True,
            "stream_options": {"include_usage": True},
            LIMIT: min(self._limit(), self._affordable(wanted)),
        }
        if settings.logprobs == "auto":
            # One alternative is the fewest that every server takes; some send twenty unasked.
            wishes |= {"logprobs": True, "top_logprobs": 1}
        if settings.temperature is not None:
            wishes["temperature"] = settings.temperature
        if settings.reasoning_effort is not None:
            wishes["reasoning_effort"] = settings.reasoning_effort
        if form is not None:
            wishes["response_format"] = _response_format(form)
        said = wanted.messages if form is None else form.messages
        own = {n: v for n, v in wishes.items() if n not in settings.extra_body}
        body = manner.request(said, own)
        limit = body.get(manner.limit, 0)
        return _Asked(said, body, limit, limit < self._limit())

    def _limit(self) -> int:
        """Tokens that the answer may have: by the settings, else by whether the model thinks."""
        if self._settings.max_output_tokens is not None:
            return self._settings.max_output_tokens
        return THINKING_LIMIT if self.dialect.thinks else FIRST_LIMIT

    def _affordable(self, wanted: _Wanted) -> int:
        """Tokens that the answer may have for what may be spent, the prompt's taken off.

        Raises ModelError where that is none to speak of.
        """
        asked, told = self._settings.input_usd_per_mtok, self._settings.output_usd_per_mtok
        if wanted.spend is None or not told:
            return ENDLESS
        prompt = sum(len(m.content) for m in wanted.messages) / CHARACTERS_PER_TOKEN
        tokens = (wanted.spend * 1e6 - prompt * (asked or 0.0)) / told
        if tokens < LEAST_TOKENS:
            raise ModelError(
                "what is left of the task's budget pays for no answer; see CONSENSUS_MAX_COST_USD",
                AbstentionReason.UNFINISHED,
                usage=Usage(),
            )
        return min(int(tokens), ENDLESS)

    def _unanswered(self, reply: Reply, asked: _Asked) -> ModelError:
        """Why a reply that has ended is no answer."""
        why, retryable = AbstentionReason.UNFINISHED, False
        match reply.end:
            case End.UNTOLD:
                what, retryable = "the stream ended before the answer did", True
            case End.CUT if reply.only_thought or not reply.text.strip():
                retryable = self._allows_more(asked)
                what = f"the model thought its {_count(asked.limit)} away; " + (
                    "it is given more from now on"
                    if retryable
                    else f"allow more with {_setting(asked)}, "
                    "or less thought with CONSENSUS_REASONING_EFFORT=low"
                )
            case End.CUT:
                what = (
                    f"the answer was cut at {_count(asked.limit)}; "
                    f"allow longer ones with {_setting(asked)}"
                )
            case End.WITHHELD:
                what = "the answer was cut by a content filter"
            case End.DECLINED:
                what, why = "the model refused to answer", AbstentionReason.DECLINED
            case End.ANSWERED if reply.only_thought:
                what, why = "the model thought, and then said nothing", AbstentionReason.UNREADABLE
            case End.ANSWERED:
                what, why = "the model said nothing", AbstentionReason.DECLINED
            case _:
                what = "the model ended with something other than an answer"
        return ModelError(what, why, retryable=retryable)

    def _allows_more(self, asked: _Asked) -> bool:
        """Whether the next attempt may think for longer; noted for all that ask this endpoint."""
        self.dialect.thinks = True
        bound = self.dialect.manner.most or THINKING_LIMIT
        return bool(asked.limit) and asked.limit < min(self._limit(), bound)

    def _completion(self, reply: Reply, text: str) -> Completion:
        model = reply.model or self._settings.openai_model
        told = _in_shares(text) if reply.structured else None
        usage = self._usage(reply)
        tokens, structured = tuple(reply.tokens), told is not None
        return Completion(told or text, model, usage, tokens, structured, reply.first_word)

    def _usage(self, reply: Reply) -> Usage:
        prices = self._settings.input_usd_per_mtok, self._settings.output_usd_per_mtok
        tokens = tokens_of(reply.usage)
        if tokens is None:
            # Nobody counted, so the cost is known only where all tokens are free.
            return Usage(calls=1, cost_usd=0.0 if prices == (0.0, 0.0) else None)
        if None in prices:
            return Usage(1, *tokens, cost_usd=None)
        cost = sum(t * (p or 0.0) for t, p in zip(tokens, prices, strict=True)) / 1e6
        return Usage(1, *tokens, cost_usd=cost)

    def _accounted(self, error: ModelError, reply: Reply) -> ModelError:
        """The error with what the attempt cost, where the endpoint began to answer."""
        if not reply.began and error.usage.cost_usd is not None:
            return error
        return ModelError(
            str(error),
            error.why,
            retryable=error.retryable,
            retry_after=error.retry_after,
            usage=self._usage(reply),
        )


def _response_format(form: Form) -> dict[str, Any]:
    schema = {"name": form.name, "strict": True, "schema": form.schema}
    return {"type": "json_schema", "json_schema": schema}


def _in_shares(text: str) -> str | None:
    """An answer that was held to a schema, its confidence in whole per cent told as a share."""
    try:
        answer = json.loads(text[: end_of_answer(text)])
    except (ValueError, RecursionError):
        return None
    sure = answer.get("confidence")
    if isinstance(sure, int) and not isinstance(sure, bool) and 0 <= sure <= 100:
        answer["confidence"] = sure / 100
    return json.dumps(answer, ensure_ascii=False)


def _setting(asked: _Asked) -> str:
    """The settings that bound the answer's length."""
    more = " or CONSENSUS_MAX_COST_USD" if asked.is_cut_short else ""
    return f"CONSENSUS_MAX_OUTPUT_TOKENS{more}"


def _count(tokens: int) -> str:
    return f"{tokens:,} tokens" if tokens else "tokens"
