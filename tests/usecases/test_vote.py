"""A worker's seat, from the call to the receipt."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from consensus.core.answers import BALLOTS, LEAVES, TIMES, VALUES, ballot_instructions
from consensus.core.errors import BusUnavailable, ModelError
from consensus.core.logprobs import Token
from consensus.core.model import (
    Abstention,
    Ballot,
    Message,
    Strategy,
    Task,
    Timing,
    Usage,
    Verdict,
    Vote,
)
from consensus.core.model import AbstentionReason as Why
from consensus.ports import SeatCall, SeatStage, SeatUpdate
from consensus.readers.reply import read
from consensus.usecases.publishing import PUBLISH_ATTEMPTS
from consensus.usecases.vote import CastVote
from tests.answers import leaves_of, value_of
from tests.usecases.doubles import PAID, Model, Said

START = datetime(2026, 1, 1, tzinfo=UTC)
ANSWER = '{"answer": "397.8", "confidence": 0.9}'


@dataclass
class Time:
    """A clock that only sleeping moves."""

    at: datetime = START
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


@dataclass
class Bus:
    """Publishes, failing the first so many times, and not before it is let."""

    failures: int = 0
    published: list[tuple[str, Ballot, str]] = field(default_factory=list)
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    let: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.let.set()

    async def ballot(self, task_id: str, ballot: Ballot, traceparent: str) -> None:
        self.tried.set()
        await self.let.wait()
        if self.failures:
            self.failures -= 1
            raise BusUnavailable("not now")
        self.published.append((task_id, ballot, traceparent))

    async def dispatch(self, task: Task) -> None:
        raise NotImplementedError  # a worker publishes ballots alone

    async def batch(self, batch_id: str) -> None:
        raise NotImplementedError  # a worker publishes ballots alone

    async def deadline(self, task_id: str) -> None:
        raise NotImplementedError  # a worker publishes ballots alone

    async def notice(self, key: str) -> None:
        raise NotImplementedError  # a worker publishes ballots alone

    async def verdicts(self, task_id: str, verdicts: Sequence[Verdict], traceparent: str) -> None:
        raise NotImplementedError  # these tests vote alone


@dataclass
class Seat:
    """One seat and the world around it."""

    model: Model
    bus: Bus = field(default_factory=Bus)
    time: Time = field(default_factory=Time)
    strategy: Strategy = Strategy.NUMERIC
    messages: tuple[Message, ...] = (Message("user", "What is 17% of 2,340?"),)
    attempts: int = 3
    ballots: int = BALLOTS
    spend: float | None = None

    async def take(self) -> list[SeatUpdate]:
        cast = CastVote(
            self.model,
            read,
            value_of,
            leaves_of,
            self.bus,
            self.time,
            lambda: 1.0,
            self.attempts,
            "w-1",
            2.0,
        )
        deadline = START + timedelta(seconds=62)
        call = SeatCall(
            "t-1", 4, "ann", self.messages, self.strategy, deadline, "00-trace", self.ballots
        )
        call = replace(call, spend_usd=self.spend)
        async with aclosing(cast.process(call)) as updates:
            return [update async for update in updates]

    @property
    def ballot(self) -> Ballot:
        ((task_id, ballot, traceparent),) = self.bus.published
        assert (task_id, traceparent, ballot.seat, ballot.voter) == ("t-1", "00-trace", 4, "ann")
        return ballot


def _stages(updates: list[SeatUpdate]) -> list[SeatStage]:
    assert {update.worker for update in updates} == {"w-1"}
    return [update.stage for update in updates]


def _fails(why: Why, retryable: bool = True, wait: float | None = None) -> ModelError:
    return ModelError("it failed", why, retryable=retryable, retry_after=wait, usage=PAID)


def _vote(ballot: Ballot) -> Vote:
    assert isinstance(ballot, Vote)
    return ballot


async def test_an_answer_becomes_a_published_vote() -> None:
    """The answer is read, published as a vote with its voter's power, and then reported."""
    seat = Seat(Model([ANSWER]))
    updates = await seat.take()

    assert _stages(updates) == [SeatStage.ACCEPTED, SeatStage.PROGRESS, SeatStage.COMPLETED]
    vote = _vote(seat.ballot)
    assert (vote.reading.final, vote.reading.confidence) == ("397.8", 0.9)
    assert (vote.model, vote.power, vote.usage) == ("m-1", 2.0, PAID)


@pytest.mark.parametrize(
    ("answer_token", "confidence"), [(Token("397.8", math.log(0.5)), 0.5), (Token("?", -1.0), 0.9)]
)
async def test_log_probabilities_say_more_than_the_model_of_itself(
    answer_token: Token, confidence: float
) -> None:
    """Where they cover the answer, they are the vote's confidence; else what the model stated."""
    tokens = (Token('{"answer": "', 0.0), answer_token, Token('", "confidence": 0.9}', 0.0))
    seat = Seat(Model([ANSWER], tokens=tokens))
    await seat.take()

    reading = _vote(seat.ballot).reading
    assert reading.confidence == pytest.approx(confidence)
    assert (reading.probability is None) == (answer_token.text == "?")


async def test_the_model_has_until_two_seconds_before_the_deadline() -> None:
    """The call ends early enough for its ballot to be in at the deadline."""
    seat = Seat(Model([ANSWER]))
    await seat.take()

    assert seat.model.seconds == [60.0]


async def test_the_model_is_told_how_to_vote() -> None:
    """The instructions come first; a system message of the caller's is joined with them."""
    told = ballot_instructions(Strategy.NUMERIC)
    plain = Seat(Model([ANSWER]))
    await plain.take()
    spoken = Seat(Model([ANSWER]), messages=(Message("system", "Be brief."), *plain.messages))
    await spoken.take()

    assert plain.model.asked == [(Message("system", told), *plain.messages)]
    assert spoken.model.asked == [(Message("system", f"Be brief.\n\n{told}"), *plain.messages)]


async def test_a_passing_failure_is_tried_again_and_paid_for() -> None:
    """Attempts come with growing pauses, and the vote carries what all of them cost."""
    failing = [_fails(Why.MODEL_FAILED), _fails(Why.MODEL_UNREACHABLE)]
    seat = Seat(Model([*failing, ANSWER]))
    updates = await seat.take()

    assert updates[-1].stage is SeatStage.COMPLETED
    assert _vote(seat.ballot).usage == Usage(3, 30, 15, 0.75)
    assert seat.time.slept == [0.5, 1.0]
    assert seat.model.seconds == [60.0, 59.5, 58.5]


def _away() -> ModelError:
    return ModelError("away", Why.MODEL_UNREACHABLE, retryable=True, usage=Usage(), away=True)


async def test_an_endpoint_that_is_away_is_waited_for() -> None:
    """However often it is looked for within the time, that is no attempt, and no call."""
    seat = Seat(Model([*[_away()] * 9, _fails(Why.MODEL_FAILED), _away(), ANSWER]), attempts=2)
    updates = await seat.take()

    assert updates[-1].stage is SeatStage.COMPLETED
    assert _vote(seat.ballot).usage == Usage(2, 20, 10, 0.5)
    assert max(seat.time.slept) <= 2.0


async def test_an_endpoint_that_stays_away_ends_the_seat_in_time() -> None:
    """The seat abstains before its time is up, says why, and has cost nothing."""
    seat = Seat(Model([_away()] * 100))
    updates = await seat.take()

    assert updates[-1].reason is Why.MODEL_UNREACHABLE
    assert isinstance(seat.ballot, Abstention)
    assert seat.ballot.usage == Usage()
    assert 50.0 < sum(seat.time.slept) < 60.0


async def test_attempts_are_bounded() -> None:
    """After the last attempt the seat abstains, with the reason of that one."""
    seat = Seat(Model([_fails(Why.MODEL_FAILED), _fails(Why.RATE_LIMITED), ANSWER]), attempts=2)
    updates = await seat.take()

    assert updates[-1] == SeatUpdate(SeatStage.ABSTAINED, "w-1", Why.RATE_LIMITED)
    assert seat.ballot == Abstention(
        4, Why.RATE_LIMITED, "it failed", "ann", Usage(2, 20, 10, 0.5), Timing(*seat.time.slept)
    )


@pytest.mark.parametrize(
    ("ballots", "told"), [(TIMES, Timing(5.5, 5.0)), (VALUES, None), (0, None)]
)
async def test_a_ballot_tells_how_long_it_took(ballots: int, told: Timing | None) -> None:
    """From when the seat was taken, attempts and pauses among it; only where that is understood."""
    said: list[Said] = [_fails(Why.RATE_LIMITED, wait=4.0)]
    seat = Seat(Model(said, first_word=0.5), ballots=ballots)

    async def slowly() -> str:
        seat.time.at += timedelta(seconds=1.0)
        return ANSWER

    said.append(slowly)
    await seat.take()
    assert isinstance(seat.ballot, Vote)
    assert seat.time.slept == [4.5]
    assert seat.ballot.timing == told


@pytest.mark.parametrize("why", [Why.MODEL_REFUSED, Why.UNFINISHED, Why.OUT_OF_TIME])
async def test_what_will_not_pass_is_not_tried_again(why: Why) -> None:
    """A failure that another attempt would meet again ends the seat at once."""
    seat = Seat(Model([_fails(why, retryable=False), ANSWER]))
    updates = await seat.take()

    assert updates[-1].reason is why
    assert seat.time.slept == []


async def test_a_rate_limit_s_wait_is_kept() -> None:
    """The pause is the one that the endpoint asked for, with jitter on top."""
    seat = Seat(Model([_fails(Why.RATE_LIMITED, wait=20.0), ANSWER]))
    await seat.take()

    assert seat.time.slept == [20.5]
    assert isinstance(seat.ballot, Vote)


async def test_no_wait_outlasts_the_deadline() -> None:
    """A wait that leaves no time for a call is not begun."""
    seat = Seat(Model([_fails(Why.RATE_LIMITED, wait=60.0), ANSWER]))
    updates = await seat.take()

    assert updates[-1].reason is Why.RATE_LIMITED
    assert seat.time.slept == []


async def test_a_late_seat_asks_no_model() -> None:
    """A seat that comes when the time for calls is over abstains, and costs nothing."""
    seat = Seat(Model([ANSWER]), time=Time(START + timedelta(seconds=60)))
    updates = await seat.take()

    assert updates[-1].reason is Why.OUT_OF_TIME
    assert isinstance(seat.ballot, Abstention)
    assert seat.ballot.usage == Usage()
    assert seat.model.asked == []


async def test_an_answer_that_says_nothing_is_an_abstention() -> None:
    """A finished answer without content is a decline, and paid for."""
    seat = Seat(Model(["  \n"]))
    updates = await seat.take()

    assert updates[-1].reason is Why.DECLINED
    assert seat.ballot.usage == PAID


@pytest.mark.parametrize(("ballots", "told"), [(BALLOTS, Why.DECLINED), (0, Why.UNREADABLE)])
async def test_a_refusal_is_told_in_words_that_are_understood(ballots: int, told: Why) -> None:
    """It is no vote; whoever counts ballots of an older form is told a reason that he knows."""
    seat = Seat(Model(["I'm sorry, but I can't help with that."]), ballots=ballots)
    updates = await seat.take()

    assert updates[-1].reason is told
    assert isinstance(seat.ballot, Abstention)
    assert (seat.ballot.reason, seat.ballot.usage) == (told, PAID)
    assert "declined" in seat.ballot.detail


async def test_an_answer_beyond_what_a_vote_holds_is_told_as_that() -> None:
    """Nothing of it is cut: the seat abstains, and says how long it was."""
    seat = Seat(Model(["word " * 4_000]), strategy=Strategy.SEMANTIC)
    await seat.take()

    assert isinstance(seat.ballot, Abstention)
    assert seat.ballot.reason is Why.TOO_LONG
    assert seat.ballot.detail == "the answer has 19,999 characters, and a vote holds 16,000"


async def test_publishing_is_tried_again() -> None:
    """A bus that fails for a while costs pauses, not the vote."""
    seat = Seat(Model([ANSWER]), bus=Bus(failures=PUBLISH_ATTEMPTS - 1))
    updates = await seat.take()

    assert updates[-1].stage is SeatStage.COMPLETED
    assert len(seat.bus.published) == 1


async def test_no_receipt_without_a_published_ballot() -> None:
    """Where publishing fails to the end, the stream breaks instead of reporting a vote."""
    seat = Seat(Model([ANSWER]), bus=Bus(failures=PUBLISH_ATTEMPTS))
    with pytest.raises(BusUnavailable):
        await seat.take()

    assert seat.bus.published == []


async def test_cancelling_during_the_call_leaves_no_ballot() -> None:
    """A cancelled seat cancels its model call and publishes nothing."""
    calling, cancelled = asyncio.Event(), asyncio.Event()

    async def for_ever() -> str:
        calling.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return ANSWER

    seat = Seat(Model([for_ever]))
    taking = asyncio.create_task(seat.take())
    await calling.wait()
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking

    assert cancelled.is_set()
    assert not seat.bus.tried.is_set()


async def test_a_finished_answer_outlives_its_asker() -> None:
    """Cancelled while publishing, however often, the worker publishes first and then ends."""
    seat = Seat(Model([ANSWER]))
    seat.bus.let.clear()
    taking = asyncio.create_task(seat.take())
    await seat.bus.tried.wait()
    for _ in range(3):
        taking.cancel()
        await asyncio.sleep(0)
    assert not taking.done()
    seat.bus.let.set()
    with pytest.raises(asyncio.CancelledError):
        await taking

    assert isinstance(seat.ballot, Vote)


async def test_a_cancelled_asker_hears_no_failure() -> None:
    """Cancelled while publishing fails, the worker ends as cancelled, without stray errors."""
    seat = Seat(Model([ANSWER]), bus=Bus(failures=PUBLISH_ATTEMPTS))
    seat.bus.let.clear()
    taking = asyncio.create_task(seat.take())
    await seat.bus.tried.wait()
    taking.cancel()
    seat.bus.let.set()
    with pytest.raises(asyncio.CancelledError):
        await taking


async def test_short_answers_have_a_form_for_endpoints_with_schemas() -> None:
    """A number is asked for by a schema too, in words of its own; a sentence is not."""
    numeric, semantic = (
        Seat(Model([ANSWER])),
        Seat(Model([ANSWER]), strategy=Strategy.SEMANTIC),
    )
    for seat in (numeric, semantic):
        await seat.take()
    (form,), (none,) = numeric.model.forms, semantic.model.forms
    assert none is None
    assert form
    assert form.messages[1:] == tuple(numeric.model.asked[0][1:])
    assert "per cent" in form.messages[0].content
    assert form.schema is not None
    assert form.schema["required"] == ["reasoning", "answer", "confidence"]


async def test_a_seat_spends_no_more_than_its_share() -> None:
    """What an attempt cost is taken off for the next; one of unknown cost leaves nothing."""
    seat = Seat(Model([_fails(Why.MODEL_FAILED), ANSWER]), spend=1.0)
    await seat.take()
    assert seat.model.spends == [1.0, 0.75]
    unknown = ModelError("x", Why.MODEL_FAILED, retryable=True, usage=replace(PAID, cost_usd=None))
    seat = Seat(Model([unknown, ANSWER]), spend=1.0)
    await seat.take()
    assert seat.model.spends == [1.0, 0.0]


async def test_a_text_is_asked_for_as_the_caller_wrote_it_and_kept_whole() -> None:
    """No word of ours before it; what looks like an answer object in it ends nothing."""
    essay = 'First.\n\n```json\n{"answer": 1}\n```\n\nAnd much more after that.'
    asked = (Message("system", "Be brief."), Message("user", "Write an essay."))
    seat = Seat(Model([essay]), strategy=Strategy.TEXT, messages=asked)
    await seat.take()
    assert tuple(seat.model.asked[0]) == asked
    (form,) = seat.model.forms
    assert form is not None
    assert form.schema is None
    assert _vote(seat.bus.published[0][1]).reading.final == essay


@pytest.mark.parametrize(("ballots", "read"), [(LEAVES, ["1 March 2024"]), (TIMES, [])])
async def test_a_vote_on_json_carries_its_leaves(ballots: int, read: list[str]) -> None:
    """Where whoever counts the ballots understands them."""
    seat = Seat(Model(['{"due": "1 March 2024", "n": 3}']), strategy=Strategy.STRUCTURED)
    seat.ballots = ballots
    await seat.take()
    assert isinstance(seat.ballot, Vote)
    assert [leaf.text for leaf in seat.ballot.reading.leaves] == read
    assert seat.ballot.reading.value is None


@pytest.mark.parametrize(
    ("said", "strategy", "why"),
    [
        ("I'm sorry, but I can't help with that.", Strategy.TEXT, Why.DECLINED),
        ("I'm sorry, but I can't help with that.", Strategy.STRUCTURED, Why.DECLINED),
        ("Here are some words.", Strategy.STRUCTURED, Why.UNREADABLE),
        ('{"a": 1, "a": 2}', Strategy.STRUCTURED, Why.UNREADABLE),
    ],
)
async def test_what_is_no_answer_with_parts_is_an_abstention(
    said: str, strategy: Strategy, why: Why
) -> None:
    """A refusal is told as one, and words are no JSON."""
    seat = Seat(Model([said]), strategy=strategy)
    assert _stages(await seat.take())[-1] is SeatStage.ABSTAINED
    ballot = seat.bus.published[0][1]
    assert isinstance(ballot, Abstention)
    assert ballot.reason is why
