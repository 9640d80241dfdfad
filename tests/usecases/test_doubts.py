"""A holder and its task's doubts: asked once each, given up in the end, asked again by the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest

from consensus.core import grouping
from consensus.core.errors import WorkerUnavailable
from consensus.core.model import (
    Doubt,
    Finding,
    Outcome,
    Reading,
    State,
    Strategy,
    Task,
    Usage,
    Verdict,
    Vote,
)
from consensus.core.values import Identifier, Licence, Sameness
from consensus.ports import DoubtCall, SeatCall, SeatStage, SeatUpdate
from consensus.usecases.dispatch import Dispatch
from consensus.usecases.doubts import STARTS_A_DOUBT, TRIES_A_DOUBT
from tests.usecases.doubles import (
    BROKEN,
    FULL,
    HANGS,
    LOST,
    SILENT,
    RecordingBus,
    Small,
    a_task,
    numbered,
    until,
)

ANSWERS = ("splunge", "brimlet", "quandor")  # of no language: in doubt with each other
SAME, DIFFERENT, UNKNOWN = Finding.SAME, Finding.DIFFERENT, Finding.UNKNOWN


@pytest.fixture(autouse=True)
def _in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "_compared", lambda *_: (Sameness.UNKNOWN, Licence.LETTER))


@dataclass
class Pool:
    """Workers that vote ANSWERS in turn, and decide doubts as told, then as said."""

    bus: RecordingBus
    told: list[str | Finding] = field(default_factory=list)
    otherwise: str | Finding = SAME
    seats: int = 0
    asked: list[tuple[Doubt, ...]] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)

    async def process(self, call: SeatCall | DoubtCall) -> AsyncGenerator[SeatUpdate, None]:
        if isinstance(call, SeatCall):
            yield SeatUpdate(SeatStage.ACCEPTED, "w")
            self.seats += 1
            answer = ANSWERS[call.seat % len(ANSWERS)]
            vote = Vote(
                call.seat, Reading(answer, answer, value=Identifier(answer)), usage=Usage(calls=1)
            )
            await self.bus.ballot(call.task_id, vote, "")
            yield SeatUpdate(SeatStage.COMPLETED, "w")
            return
        said = self.told.pop(0) if self.told else self.otherwise
        self.asked.append(call.doubts)
        if said == FULL:
            raise WorkerUnavailable("the worker is full")
        if said == BROKEN:
            raise ValueError("a defect")
        yield SeatUpdate(SeatStage.ACCEPTED, "w")
        if said == LOST:
            raise WorkerUnavailable("the worker is not there")
        if said == HANGS:
            try:
                await asyncio.Event().wait()
            except (asyncio.CancelledError, GeneratorExit):
                self.cancelled.append(call.doubts[0].number)
                raise
        if isinstance(said, Finding):
            cost = [Usage(calls=1), *(Usage() for _ in call.doubts[1:])]
            verdicts = [Verdict(d.number, said, c) for d, c in zip(call.doubts, cost, strict=True)]
            await self.bus.verdicts(call.task_id, verdicts, "")
            yield SeatUpdate(SeatStage.COMPLETED, "w")


async def held(small: Small, pool: Pool, adjudications: int = 2) -> Task:
    """A task of three different answers, after its holder has let it go."""
    await create(small, adjudications)
    await holder(small, pool).hold("t1")
    return await small.task()


async def create(small: Small, adjudications: int = 2) -> None:
    """Store the task."""
    await small.create([a_task(strategy=Strategy.SEMANTIC, adjudications=adjudications)])


def holder(small: Small, pool: Pool, name: str = "holder") -> Dispatch:
    """Somebody who may hold it."""
    return Dispatch(small.store, small.bus, pool, small.clock, lambda: 0.0, numbered(name))


def outcome(task: Task) -> Outcome:
    """What it came to."""
    assert task.result is not None
    return task.result.outcome


async def test_doubts_are_asked_and_decide_the_task(small: Small) -> None:
    """All are asked once, in one call, with their answers, and a yes makes the consensus."""
    pool = Pool(small.bus)
    task = await held(small, pool)
    assert outcome(task) is Outcome.CONSENSUS
    assert [[doubt.number for doubt in doubts] for doubts in pool.asked] == [[0, 1]]
    assert all({doubt.one, doubt.other} <= set(ANSWERS) for doubt in pool.asked[0])
    assert (task.usage.calls, pool.seats) == (4, 3)


async def test_no_adjudications_no_doubts(small: Small) -> None:
    """Off, the task ends as its evidence says."""
    pool = Pool(small.bus)
    assert outcome(await held(small, pool, adjudications=0)) is Outcome.NO_CONSENSUS
    assert pool.asked == []


@pytest.mark.parametrize("trouble", [FULL, LOST, SILENT])
async def test_another_worker_is_asked_where_one_is_lost(small: Small, trouble: str) -> None:
    """One that was full or lost costs a pause; a call that had begun is counted."""
    pool = Pool(small.bus, [trouble])
    task = await held(small, pool)
    assert outcome(task) is Outcome.CONSENSUS
    assert task.usage.calls == (4 if trouble == FULL else 5)


@pytest.mark.parametrize(
    ("trouble", "tries"),
    [(FULL, TRIES_A_DOUBT), (LOST, STARTS_A_DOUBT), (SILENT, STARTS_A_DOUBT), (BROKEN, 1)],
)
async def test_a_doubt_is_given_up_and_the_task_goes_on(
    small: Small, trouble: str, tries: int
) -> None:
    """After so many tries its verdict is UNKNOWN; the task does not wait for its deadline."""
    pool = Pool(small.bus, otherwise=trouble)
    task = await held(small, pool, adjudications=1)
    assert outcome(task) is Outcome.NO_CONSENSUS
    assert len(pool.asked) == tries
    assert small.bus.given == [Verdict(0, UNKNOWN)]
    assert small.bus.rung == []


async def test_the_next_holder_asks_again(small: Small) -> None:
    """A holder that dies leaves its doubts open; whoever takes over asks them anew."""
    old, new = Pool(small.bus, otherwise=HANGS), Pool(small.bus)
    await create(small, adjudications=1)
    first = asyncio.create_task(holder(small, old, "old").hold("t1"))
    await until(lambda: old.asked)
    await holder(small, new, "new").hold("t1")
    await first
    assert old.cancelled == [0]
    assert [[doubt.number for doubt in doubts] for doubts in new.asked] == [[0]]
    task = await small.task()
    assert outcome(task) is Outcome.CONSENSUS
    assert task.usage.calls == 5  # the old holder's call may have been paid


async def test_the_end_of_the_task_ends_the_call(small: Small) -> None:
    """A cancelled task needs no verdict."""
    pool = Pool(small.bus, otherwise=HANGS)
    await create(small, adjudications=1)
    holding = asyncio.create_task(holder(small, pool).hold("t1"))
    await until(lambda: pool.asked)
    await small.aggregate.cancel("t1", "local")
    await holding
    assert pool.cancelled == [0]


async def test_a_verdict_that_nobody_waits_for_is_rejected_on_the_record(small: Small) -> None:
    """For an unknown task, for no doubt of it, or too late: acknowledged, kept, without effect."""
    verdict = Verdict(0, SAME, Usage(calls=1))
    await small.aggregate.verdicts("nobody", [verdict], "k1", "payload")
    await create(small)
    await small.aggregate.verdicts("t1", [verdict], "k2", "payload")
    pool = Pool(small.bus, otherwise=HANGS)
    holding = asyncio.create_task(holder(small, pool).hold("t1"))
    await until(lambda: pool.asked)
    await small.aggregate.cancel("t1", "local")
    await holding
    done = await small.task()
    await small.aggregate.verdicts("t1", [verdict], "k3", "payload")
    reasons = {r.key: r.reason for r in await small.store.rejections()}
    assert reasons == {"k1": "UNKNOWN_TASK", "k2": "NOT_IN_DOUBT", "k3": "LATE_VERDICT"}
    assert (await small.task(), done.state) == (done, State.DONE)


async def test_a_verdict_that_comes_twice_counts_once(small: Small) -> None:
    """The first word on a doubt stands; what repeats or denies it is no rejection."""
    await create(small)
    pool = Pool(small.bus, otherwise=HANGS)
    holding = asyncio.create_task(holder(small, pool).hold("t1"))
    await until(lambda: pool.asked)
    for finding in (DIFFERENT, DIFFERENT, SAME, UNKNOWN):
        verdict = Verdict(0, finding, Usage(calls=1))
        await small.aggregate.verdicts("t1", [verdict], "k", "")
    task = await small.task()
    assert (task.usage.calls, len(task.open_doubts)) == (4, 1)
    assert await small.store.rejections() == []
    await small.aggregate.cancel("t1", "local")
    await holding
