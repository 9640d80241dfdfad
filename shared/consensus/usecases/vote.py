"""A worker takes a seat: ask the model, read its answer, publish the ballot, report it.

    ACCEPTED ── PROGRESS ── model call, retried ── ballot published ── COMPLETED | ABSTAINED

The last update is a receipt: it is sent only once the ballot is durable. Cancelling cancels the
model call, and then there is no ballot; once the model has answered, the ballot is brought in
whatever happens.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from consensus.core import logprobs
from consensus.core.answers import (
    LEAVES,
    TIMES,
    VALUES,
    Read,
    Unread,
    ballot_instructions,
    understood,
)
from consensus.core.deadlines import calls_end
from consensus.core.errors import ModelError
from consensus.core.form import SCHEMA_INSTRUCTIONS, ballot_schema
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Ballot,
    Message,
    Reading,
    Strategy,
    Timing,
    Usage,
    Vote,
    question_of,
)
from consensus.core.parts.asking import instructions, read_answer
from consensus.core.parts.documents import NotOneValue
from consensus.ports import (
    ChatModel,
    Clock,
    Completion,
    EventBus,
    Form,
    ReadLeaves,
    ReadValue,
    SeatCall,
    SeatStage,
    SeatUpdate,
)
from consensus.usecases.publishing import finish_despite_cancellation, publish

log = logging.getLogger(__name__)

LONGEST_BACKOFF = 8.0  # seconds
LONGEST_KNOCK = 2.0  # seconds between two looks whether an endpoint that was away is back
MOST_KNOCKS = 300  # about the longest task's time


@dataclass(frozen=True, slots=True)
class CastVote:
    """Casts ballots for the seats that this worker takes.

    read finds the answer in a reply, value what that answer is, and leaves what the texts are
    of one that is JSON; attempts bounds the model
    calls of one seat; jitter draws from 0..1; power is the voting power of every vote cast here;
    worker is the name that updates carry.
    """

    model: ChatModel
    read: Read
    value: ReadValue
    leaves: ReadLeaves
    bus: EventBus
    clock: Clock
    jitter: Callable[[], float]
    attempts: int = 3
    worker: str = ""
    power: float = 1.0

    async def process(self, call: SeatCall) -> AsyncGenerator[SeatUpdate, None]:
        """Take the seat. Raises BusUnavailable if the ballot could not be published."""
        yield SeatUpdate(SeatStage.ACCEPTED, self.worker)
        yield SeatUpdate(SeatStage.PROGRESS, self.worker)
        began = self.clock.now()
        try:
            outcome: Completion | ModelError = await self._complete(call)
        except ModelError as error:
            outcome = error
        # An answer is paid for: from here on, the seat's ballot outlives whoever asked for it.
        ballot = await finish_despite_cancellation(self._bring_in(call, outcome, began))
        if isinstance(ballot, Vote):
            yield SeatUpdate(SeatStage.COMPLETED, self.worker)
        else:
            yield SeatUpdate(SeatStage.ABSTAINED, self.worker, ballot.reason)

    async def _bring_in(
        self, call: SeatCall, outcome: Completion | ModelError, began: datetime
    ) -> Ballot:
        if isinstance(outcome, ModelError):
            log.warning("no vote: %s", outcome, extra=_named(call))
            ballot: Ballot = Abstention(
                call.seat, outcome.why, str(outcome), call.voter, outcome.usage
            )
        else:
            ballot = await self._ballot(call, outcome)
        if call.ballots >= TIMES:
            took = (self.clock.now() - began).total_seconds()
            first = None if isinstance(outcome, ModelError) else outcome.first_word
            ballot = replace(ballot, timing=Timing(max(0.0, took), first))
        await publish(
            lambda: self.bus.ballot(call.task_id, ballot, call.traceparent),
            self.clock,
            self.jitter,
            _named(call),
        )
        return ballot

    async def _ballot(self, call: SeatCall, answer: Completion) -> Ballot:
        reading = self._read(answer.text, call)
        if isinstance(reading, Unread):
            why = understood(reading.reason, call.ballots)
            return Abstention(call.seat, why, reading.detail, call.voter, answer.usage)
        # How probable the answer was says more than what the model says of itself.
        written = reading.text if call.strategy.has_parts else reading.final
        measured = logprobs.confidence(answer.tokens, written)
        if measured is not None:
            reading = replace(reading, confidence=measured, probability=measured)
        if call.ballots >= VALUES and not call.strategy.has_parts:
            question = question_of(call.messages)
            value = await self.value(reading.final, question, call.strategy)
            reading = replace(reading, value=value)
        if call.ballots >= LEAVES and call.strategy is Strategy.STRUCTURED:
            leaves = await self.leaves(reading.final, question_of(call.messages), call.format)
            reading = replace(reading, leaves=leaves)
        return Vote(call.seat, reading, call.voter, answer.model, self.power, answer.usage)

    def _read(self, text: str, call: SeatCall) -> Reading | Unread:
        """What the reply says; of an answer with parts, all of it, unless it declines."""
        question = question_of(call.messages)
        if not call.strategy.has_parts:
            return self.read(text, call.strategy, question)
        try:
            reading: Reading | Unread = read_answer(text, call.strategy, call.format)
        except NotOneValue as error:
            reading = Unread(AbstentionReason.UNREADABLE, str(error))
        if call.strategy is Strategy.TEXT or isinstance(reading, Unread):
            as_words = self.read(text, Strategy.SEMANTIC, question)
            if isinstance(as_words, Unread) and as_words.reason is AbstentionReason.DECLINED:
                return as_words
        return reading

    async def _complete(self, call: SeatCall) -> Completion:
        """The model's answer, with what every attempt cost.

        The one retry loop over the model: attempts are bounded, and none begins, nor is waited
        for, that could not end in time. While the endpoint is away, asking is no attempt: it is
        waited for, within bounds. Raises ModelError for the last one.
        """
        messages, form = _instructed(call), _form(call)
        spent = Usage()
        failure = ModelError(
            "the seat came too late to ask the model", AbstentionReason.OUT_OF_TIME, usage=spent
        )
        attempts = knocks = 0
        began = self.clock.now()
        while (left := self._seconds_left(call)) > 0:
            waited = (self.clock.now() - began).total_seconds()
            try:
                completion = await self.model.complete(
                    messages, left, form, _left_to_spend(call, spent)
                )
            except ModelError as error:
                failure, spent = error, spent + error.usage
            else:
                spoke = completion.first_word
                first = None if spoke is None else max(0.0, waited + spoke)
                return replace(completion, usage=spent + completion.usage, first_word=first)
            if failure.away:
                if not knocks:
                    log.warning("waiting for the model: %s", failure, extra=_named(call))
                pause, knocks = self._pause(knocks, failure.retry_after, LONGEST_KNOCK), knocks + 1
            else:
                pause, attempts = self._pause(attempts, failure.retry_after), attempts + 1
            spent_all = attempts == self.attempts or knocks == MOST_KNOCKS
            if spent_all or not failure.retryable or pause >= self._seconds_left(call):
                break
            await self.clock.sleep(pause)
        raise ModelError(str(failure), failure.why, usage=spent) from failure

    def _pause(
        self, attempt: int, asked_for: float | None, longest: float = LONGEST_BACKOFF
    ) -> float:
        """Seconds to wait; jitter comes on top of what was asked for, since it asked others too."""
        backoff = self.jitter() * min(longest, 0.5 * 2.0**attempt)
        return backoff + (asked_for or 0.0)

    def _seconds_left(self, call: SeatCall) -> float:
        left: timedelta = calls_end(call.deadline) - self.clock.now()
        return left.total_seconds()


def _named(call: SeatCall) -> dict[str, object]:
    """The seat, for the log."""
    return {"task_id": call.task_id, "seat": call.seat}


def _left_to_spend(call: SeatCall, spent: Usage) -> float | None:
    """What another attempt may cost: nothing, after one whose cost nobody knows."""
    if call.spend_usd is None:
        return None
    return max(0.0, call.spend_usd - spent.cost_usd) if spent.cost_usd is not None else 0.0


def _form(call: SeatCall) -> Form | None:
    """The question for an endpoint that takes schemas, where the answer is short enough for one."""
    if call.strategy.has_parts:
        return Form(_instructed(call), None)
    schema = ballot_schema(call.strategy)
    return Form(_instructed(call, SCHEMA_INSTRUCTIONS), schema) if schema else None


def _instructed(call: SeatCall, more: str = "") -> tuple[Message, ...]:
    """The conversation under our instructions; as it is where there are none.

    A system message of the caller's is joined with them: many models take only one, and only as
    the first.
    """
    told = instructions(call.strategy, call.format)
    if not call.strategy.has_parts:
        told = f"{ballot_instructions(call.strategy)} {more}".rstrip()
    if not told:
        return call.messages
    first, *rest = call.messages
    if first.role == "system":
        return (Message("system", f"{first.content}\n\n{told}"), *rest)
    return (Message("system", told), *call.messages)
