"""A worker decides a doubt, from the call to the receipt."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import pytest

from consensus.core.answers import LONGEST_ANSWER
from consensus.core.errors import BusUnavailable, ModelError
from consensus.core.model import AbstentionReason, Doubt, Finding, Verdict
from consensus.ports import DoubtCall, SeatStage
from consensus.usecases.adjudicate import LONGEST_CALL, Adjudicate
from consensus.usecases.publishing import PUBLISH_ATTEMPTS
from tests.clocks import NOON, HandClock
from tests.usecases.doubles import PAID, Model, RecordingBus

CALL = DoubtCall(
    "t1",
    (Doubt(1, "a feline", "some cat"),),
    "ann",
    "What is it?",
    NOON + timedelta(seconds=60),
    "00",
)


async def decide(model: Model, bus: RecordingBus, call: DoubtCall = CALL) -> list[SeatStage]:
    """The stages of the call's stream."""
    judge = Adjudicate(model, bus, HandClock(), lambda: 0.0, "w-1")
    async with aclosing(judge.process(call)) as updates:
        return [update.stage async for update in updates]


async def test_a_model_s_word_is_published_before_the_receipt() -> None:
    """The question and both answers go to the model, its finding and what it cost to the task."""
    model, bus = Model('{"verdicts": ["different", "same"]}'), RecordingBus()
    stages = await decide(model, bus)
    assert stages == [SeatStage.ACCEPTED, SeatStage.PROGRESS, SeatStage.COMPLETED]
    assert bus.given == [Verdict(1, Finding.SAME, PAID)]
    shown = json.loads(model.asked[0][-1].content)
    assert shown["question"] == "What is it?"
    assert shown["pairs"][1] == {"answer_1": "a feline", "answer_2": "some cat"}
    assert model.seconds == [LONGEST_CALL]


@pytest.mark.parametrize("said", ["Yes, they are.", '{"verdicts": ["same", "same"]}', ""])
async def test_anything_else_than_a_verdict_is_unknown(said: str) -> None:
    """It is paid for and changes nothing (I11)."""
    bus = RecordingBus()
    await decide(Model(said), bus)
    assert bus.given == [Verdict(1, Finding.UNKNOWN, PAID)]


async def test_a_model_that_fails_is_asked_once() -> None:
    """A doubt is not worth a second attempt; what the first one cost is told."""
    model = Model(ModelError("429", AbstentionReason.RATE_LIMITED, retryable=True, usage=PAID))
    bus = RecordingBus()
    assert (await decide(model, bus))[-1] is SeatStage.COMPLETED
    assert (len(model.asked), bus.given) == (1, [Verdict(1, Finding.UNKNOWN, PAID)])


async def test_a_doubt_that_comes_too_late_costs_nothing() -> None:
    """No call begins that could not end two seconds before the deadline."""
    model, bus = Model('{"verdicts": ["different", "same"]}'), RecordingBus()
    await decide(model, bus, replace(CALL, deadline=NOON + timedelta(seconds=2)))
    assert (model.asked, bus.given) == ([], [Verdict(1, Finding.UNKNOWN)])
    await decide(model, bus, replace(CALL, deadline=NOON + timedelta(seconds=5)))
    assert model.seconds == [3.0]


async def test_publishing_is_tried_again_and_reported() -> None:
    """A bus that is away for a moment is waited for; one that stays away is told of."""
    bus = RecordingBus(failures=PUBLISH_ATTEMPTS - 1)
    await decide(Model('{"verdicts": ["different", "different"]}'), bus)
    assert [v.finding for v in bus.given] == [Finding.DIFFERENT]
    with pytest.raises(BusUnavailable):
        await decide(
            Model('{"verdicts": ["different", "same"]}'),
            RecordingBus(failures=PUBLISH_ATTEMPTS),
        )


async def test_cancelling_cancels_the_model_call() -> None:
    """A holder that leaves ends what it asked for, and nothing is published."""
    asked = asyncio.Event()

    async def never() -> str:
        asked.set()
        await asyncio.Event().wait()
        return ""

    bus = RecordingBus()
    deciding = asyncio.create_task(decide(Model(never), bus))
    await asked.wait()
    deciding.cancel()
    await asyncio.gather(deciding, return_exceptions=True)
    assert bus.given == []


CLAIMS = replace(CALL, doubts=(Doubt(0, "", "", claims=("It purrs.", "It is a cat.")),))


@pytest.mark.parametrize(
    ("said", "finding", "text"),
    [
        (" It is a cat that purrs. ", Finding.WRITTEN, "It is a cat that purrs."),
        ("<think>Hm.</think>It purrs.", Finding.WRITTEN, "It purrs."),
        ("", Finding.UNKNOWN, ""),
        ("x" * (LONGEST_ANSWER + 1), Finding.UNKNOWN, ""),
    ],
)
async def test_a_text_is_written_of_claims(said: str, finding: Finding, text: str) -> None:
    """The claims go to the model, its text and what it cost to the task; nothing is cut."""
    model, bus = Model(said), RecordingBus()
    await decide(model, bus, CLAIMS)
    assert bus.given == [Verdict(0, finding, PAID, text)]
    shown = json.loads(model.asked[0][-1].content)
    assert [claim["claim"] for claim in shown["claims"]] == ["It purrs.", "It is a cat."]


async def test_a_writer_that_fails_is_asked_once() -> None:
    """What it cost is told."""
    bus = RecordingBus()
    failing = Model(ModelError("429", AbstentionReason.RATE_LIMITED, retryable=True, usage=PAID))
    await decide(failing, bus, CLAIMS)
    assert (len(failing.asked), bus.given) == (1, [Verdict(0, Finding.UNKNOWN, PAID)])
