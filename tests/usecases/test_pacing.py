"""Seats that share an endpoint share what it says about going too fast."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from consensus.core.errors import ModelError
from consensus.core.model import AbstentionReason as Why
from consensus.core.model import Message, Usage
from consensus.ports import Completion, Form
from consensus.usecases.pacing import Paced, Pacer
from tests.clocks import HandClock

ASKED = (Message("user", "2 + 2?"),)


@dataclass
class Endpoint:
    """Refuses so many calls, then answers; remembers when it was asked, and with how much time."""

    clock: HandClock
    refusals: int = 0
    why: Why = Why.RATE_LIMITED
    retryable: bool = True
    pause: float | None = None
    asked: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    async def complete(
        self,
        messages: Sequence[Message],
        seconds: float,
        form: Form | None = None,
        spend: float | None = None,
    ) -> Completion:
        self.asked.append(self.clock.now().timestamp())
        self.seconds.append(seconds)
        if self.refusals:
            self.refusals -= 1
            raise ModelError("slowly", self.why, retryable=self.retryable, retry_after=self.pause)
        return Completion("4", "m-1", Usage(calls=1))


async def _failure(model: Paced, seconds: float = 60.0) -> ModelError:
    with pytest.raises(ModelError) as failed:
        await model.complete(ASKED, seconds)
    return failed.value


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_an_endpoint_that_never_refuses_is_asked_at_once() -> None:
    """Without a refusal nobody waits."""
    clock = HandClock()
    endpoint = Endpoint(clock)
    model = Paced(endpoint, Pacer(clock))
    await asyncio.gather(*(model.complete(ASKED, 60.0) for _ in range(50)))

    assert len(endpoint.asked) == 50
    assert not clock.sleepers


async def test_one_seat_s_refusal_makes_every_seat_wait() -> None:
    """A pause that one voter is asked for holds for another at the same endpoint."""
    clock = HandClock()
    pacer = Pacer(clock)
    endpoint = Endpoint(clock, refusals=1, pause=7.0)
    ann, bob = Paced(endpoint, pacer), Paced(endpoint, pacer)
    await _failure(ann)
    asking = asyncio.create_task(bob.complete(ASKED, 60.0))
    await _settle()
    assert len(endpoint.asked) == 1

    clock.move(7.0)
    await asking
    assert endpoint.asked[1] - endpoint.asked[0] == 7.0
    assert endpoint.seconds == [60.0, 53.0]


async def test_after_a_refusal_they_come_one_by_one() -> None:
    """Seats that waited together do not start together."""
    clock = HandClock()
    endpoint = Endpoint(clock, refusals=1, pause=5.0)
    model = Paced(endpoint, Pacer(clock))
    await _failure(model)
    asking = [asyncio.create_task(model.complete(ASKED, 60.0)) for _ in range(3)]
    for _ in range(20):
        await _settle()
        clock.move(1.0)
    await asyncio.gather(*asking)

    assert endpoint.asked == sorted(set(endpoint.asked))


async def test_no_seat_waits_past_its_time() -> None:
    """A turn that comes too late is not waited for; the seat abstains at once, at no cost."""
    clock = HandClock()
    endpoint = Endpoint(clock, refusals=1, pause=30.0)
    model = Paced(endpoint, Pacer(clock))
    await _failure(model)
    failed = await _failure(model, seconds=30.0)

    assert (failed.why, failed.retryable, failed.usage) == (Why.RATE_LIMITED, False, Usage())
    assert len(endpoint.asked) == 1


async def test_a_seat_that_leaves_gives_its_turn_away() -> None:
    """A cancelled wait delays nobody."""
    clock = HandClock()
    endpoint = Endpoint(clock, refusals=1, pause=5.0)
    model = Paced(endpoint, Pacer(clock))
    await _failure(model)
    leaving = [asyncio.create_task(model.complete(ASKED, 60.0)) for _ in range(20)]
    await _settle()
    for seat in leaving:
        seat.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    clock.move(5.0)
    await model.complete(ASKED, 60.0)

    assert len(endpoint.asked) == 2


@pytest.mark.parametrize(
    ("why", "retryable"), [(Why.MODEL_FAILED, True), (Why.RATE_LIMITED, False)]
)
async def test_other_failures_teach_no_pace(why: Why, retryable: bool) -> None:
    """A broken endpoint, or a spent quota, says nothing of how fast to ask."""
    clock = HandClock()
    endpoint = Endpoint(clock, refusals=1, why=why, retryable=retryable, pause=30.0)
    model = Paced(endpoint, Pacer(clock))
    await _failure(model)
    await model.complete(ASKED, 60.0)

    assert len(endpoint.asked) == 2
