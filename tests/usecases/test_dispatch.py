"""Holding a task: taking it, seating it, timing it, and letting go."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consensus.core.errors import StoreUnavailable, WorkerUnavailable
from consensus.core.events import BallotCast, CancelRequested, Hedged, Ignored, Taken
from consensus.core.lifecycle import MAX_HEDGES, advance
from consensus.core.model import Abstention, AbstentionReason, CloseReason, Outcome, State
from consensus.core.panel import Panel, Voter
from consensus.ports import DoubtCall, SeatCall, SeatStage, SeatUpdate
from consensus.usecases.apply import apply_event
from consensus.usecases.dispatch import Dispatch
from consensus.usecases.publishing import PUBLISH_ATTEMPTS
from consensus.usecases.seats import MAX_CALLS_PER_SEAT, Seats
from tests.clocks import NOON
from tests.usecases.doubles import (
    ABSTAINED_AND_LOST,
    BROKEN,
    FULL,
    HANGS,
    LOST,
    REFUSED,
    SILENT,
    VOTED_AND_LOST,
    ScriptedPool,
    Small,
    a_task,
    a_vote,
    a_while,
    numbered,
    until,
)


def _dispatch(small: Small, pool: ScriptedPool) -> Dispatch:
    return Dispatch(small.store, small.bus, pool, small.clock, lambda: 0.0, numbered("holder"))


async def test_a_task_is_held_until_it_is_done(small: Small) -> None:
    """Every asked seat is opened once, with all that its worker needs, and the task ends."""
    pool = ScriptedPool(small.bus)
    await small.create([a_task()])
    await _dispatch(small, pool).hold("t1")

    task = await small.task()
    assert task.result is not None
    assert (task.result.outcome, task.result.answer) == (Outcome.CONSENSUS, "4")
    assert pool.asked == {0: 1, 1: 1, 2: 1}
    call = pool.calls[0]
    assert (call.task_id, call.messages, call.deadline) == ("t1", task.messages, task.deadline)
    assert (call.strategy, call.traceparent) == (task.plan.strategy, "00-trace")


async def test_a_holder_leaves_no_garbage(small: Small) -> None:
    """Calls that are cut off when the task ends are let go of without a look for cycles."""
    pool = ScriptedPool(small.bus, otherwise=HANGS)
    await small.create([a_task()])
    gc.collect()
    gc.disable()
    try:
        holding = asyncio.create_task(_dispatch(small, pool).hold("t1"))
        await until(lambda: len(pool.calls) == 3)
        await small.aggregate.cancel("t1", "local")
        await holding
        del holding
        assert not [left for left in gc.get_objects() if isinstance(left, Seats)]
    finally:
        gc.enable()


async def test_workers_that_refuse_whoever_asks_are_asked_once_a_seat(small: Small) -> None:
    """Only their operator can mend that: the task ends now, and not at its deadline."""
    pool = ScriptedPool(small.bus, otherwise=REFUSED)
    await small.create([a_task()])
    await _dispatch(small, pool).hold("t1")

    task = await small.task()
    assert task.result is not None
    assert task.result.outcome is Outcome.FAILED
    assert set(pool.asked.values()) == {1}
    assert task.abstentions[0].detail == "not taken: our identity may not invoke the worker"


async def test_later_waves_are_opened_as_they_are_asked(small: Small) -> None:
    """A seat asked by a later vote is opened too, each once."""
    pool = ScriptedPool(small.bus, {0: ["1"], 1: ["2"], 2: ["3"]})
    await small.create([a_task(max_votes=9)])
    await _dispatch(small, pool).hold("t1")

    task = await small.task()
    assert task.progress.waves > 1
    assert pool.asked == dict.fromkeys(range(task.progress.asked), 1)


async def test_an_unknown_or_finished_task_is_left_alone(small: Small) -> None:
    """There is nothing to hold; no seat is asked."""
    pool = ScriptedPool(small.bus)
    dispatch = _dispatch(small, pool)
    await dispatch.hold("nobody")
    await small.create([a_task()])
    await small.aggregate.cancel("t1", "local")
    await dispatch.hold("t1")

    assert pool.calls == []


async def test_a_redelivery_takes_over_and_the_superseded_holder_lets_go(small: Small) -> None:
    """The newest holder holds; the older one returns and its calls are cancelled."""
    old = ScriptedPool(small.bus, otherwise=HANGS)
    new = ScriptedPool(small.bus)
    await small.create([a_task()])
    first = asyncio.create_task(_dispatch(small, old).hold("t1"))
    await until(lambda: len(old.calls) == 3)
    second = Dispatch(small.store, small.bus, new, small.clock, lambda: 0.0, lambda: "other")
    await second.hold("t1")
    await asyncio.wait_for(first, 10)

    assert (await small.task()).holder == "other"
    assert sorted(old.cancelled) == [0, 1, 2]


async def test_another_message_leaves_the_holder_alone(small: Small) -> None:
    """A second dispatch of a task that was QUEUED then returns at once; the calls go on."""
    pool, second = ScriptedPool(small.bus, otherwise=HANGS), ScriptedPool(small.bus)
    await small.create([a_task()])
    first = asyncio.create_task(_dispatch(small, pool).hold("t1", "m1"))
    await until(lambda: len(pool.calls) == 3)
    await asyncio.wait_for(_dispatch(small, second).hold("t1", "m2"), 10)

    assert (second.calls, pool.cancelled, first.done()) == ([], [], False)
    assert (await small.task()).usage.calls == 0  # and no call counts as lost
    await small.aggregate.cancel("t1", "local")
    await asyncio.wait_for(first, 10)


@pytest.mark.parametrize(("message", "replaces"), [("m1", ""), ("m2", "holder1")])
async def test_its_own_message_and_one_that_knew_it_supersede_a_holder(
    small: Small, message: str, replaces: str
) -> None:
    """A redelivery, and a dispatch in place of this holder: they need no lease to run out."""
    old = ScriptedPool(small.bus, otherwise=HANGS)
    await small.create([a_task()])
    first = asyncio.create_task(_dispatch(small, old).hold("t1", "m1"))
    await until(lambda: len(old.calls) == 3)
    await _dispatch(small, ScriptedPool(small.bus)).hold("t1", message, replaces)
    await asyncio.wait_for(first, 10)

    assert sorted(old.cancelled) == [0, 1, 2]


async def test_a_holder_signs_until_time_is_up(small: Small) -> None:
    """Every twenty seconds, so that no sweep sends for another; the bell ends the task, later."""
    pool = ScriptedPool(small.bus, otherwise=HANGS)
    await small.create([a_task(seconds=99.0)])
    holding = asyncio.create_task(replace(_dispatch(small, pool), hedge=False).hold("t1", "m1"))
    await until(lambda: len(pool.calls) == 3)
    for seconds in (20, 40, 60, 80):
        await until(lambda: len(small.clock.sleepers) == 2)  # bell and sign
        small.clock.move(20.0)
        await until(lambda: len(small.clock.sleepers) == 2)
        assert (await small.task()).held_at == NOON + timedelta(seconds=seconds)
        await small.aggregate.sweep()
    assert small.bus.dispatched == []
    await until(lambda: len(small.clock.sleepers) == 2)
    small.clock.move(20.0)
    await until(lambda: len(small.clock.sleepers) == 1)  # the bell, for 102 s
    assert (await small.task()).state is State.RUNNING
    small.clock.move(2.0)
    await asyncio.wait_for(holding, 10)


async def test_seats_with_a_ballot_are_never_asked_again(small: Small) -> None:
    """A second holder asks only the seats that brought neither vote nor abstention."""
    await small.create([a_task()])
    await apply_event(small.store, small.clock, lambda: 0.0, "t1", Taken("dead"))
    await apply_event(small.store, small.clock, lambda: 0.0, "t1", BallotCast(a_vote(1, "4")))
    pool = ScriptedPool(small.bus)
    await _dispatch(small, pool).hold("t1")

    assert pool.asked == {0: 1, 2: 1}


async def test_a_decided_task_cancels_the_calls_that_still_run(small: Small) -> None:
    """Once DONE, what is still being asked is cancelled through to the worker."""
    pool = ScriptedPool(small.bus, {0: [HANGS]}, otherwise="4")
    await small.create([a_task(min_votes=3, min_agreement=0.5, max_votes=3)])
    holding = asyncio.create_task(_dispatch(small, pool).hold("t1"))
    await until(lambda: len(small.bus.ballots) == 2)
    await small.aggregate.cancel("t1", "local")
    await asyncio.wait_for(holding, 10)

    assert pool.cancelled == [0]


async def test_the_last_votes_receipt_is_waited_for(small: Small) -> None:
    """Its call is about to end by itself; to cancel it would cost more."""
    ended: list[int] = []

    class Slow(ScriptedPool):
        """A receipt comes a while after its vote."""

        async def process(self, call: SeatCall | DoubtCall) -> AsyncGenerator[SeatUpdate, None]:
            assert isinstance(call, SeatCall)
            yield SeatUpdate(SeatStage.ACCEPTED, "w")
            await self.bus.ballot(call.task_id, a_vote(call.seat, "4"), "")
            await a_while()
            ended.append(call.seat)
            yield SeatUpdate(SeatStage.COMPLETED, "w")

    await small.create([a_task()])
    await asyncio.wait_for(_dispatch(small, Slow(small.bus)).hold("t1"), 10)

    assert (await small.task()).state is State.DONE
    assert sorted(ended) == [0, 1, 2]


@pytest.mark.parametrize("how", [LOST, SILENT])
async def test_a_lost_workers_seat_goes_to_another(small: Small, how: str) -> None:
    """A stream that breaks, or ends without a receipt, moves the seat on."""
    pool = ScriptedPool(small.bus, {1: [how, how]})
    await small.create([a_task()])
    await _dispatch(small, pool).hold("t1")

    assert pool.asked == {0: 1, 1: 3, 2: 1}
    assert (await small.task()).progress.voted == 3


async def test_a_seat_that_loses_every_worker_is_given_up(small: Small) -> None:
    """After three lost workers the holder abstains for the seat, at an unknown cost."""
    pool = ScriptedPool(small.bus, {0: [LOST] * 3})
    await small.create([a_task()])
    await _dispatch(small, pool).hold("t1")

    lost = next(b for b in small.bus.ballots if isinstance(b, Abstention))
    assert (lost.seat, lost.reason) == (0, AbstentionReason.WORKER_LOST)
    stored = await small.store.load("t1")
    assert stored is not None
    assert stored.task.lost_calls == 3
    assert stored.task.usage.cost_usd is None
    assert pool.asked[0] == 3
    assert (await small.task()).progress.voted == 3  # its replacement voted


async def test_a_full_worker_is_waited_for(small: Small) -> None:
    """A refusal costs nothing, so the seat is offered again until a worker takes it."""
    pool = ScriptedPool(small.bus, {2: [FULL] * 9})
    await small.create([a_task()])
    await _dispatch(small, pool).hold("t1")

    assert pool.asked[2] == 10
    assert (await small.task()).usage.calls == 3


async def test_the_wait_for_a_worker_grows_and_ends_in_time(
    small: Small, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody free by two seconds before the deadline: the seats abstain, say why, at no cost."""
    pool = ScriptedPool(small.bus, otherwise=FULL)
    await small.create([a_task(seconds=10.0)])
    dispatch = Dispatch(small.store, small.bus, pool, small.clock, lambda: 1.0, numbered("holder"))
    holding = asyncio.create_task(dispatch.hold("t1"))
    for _ in range(3):
        await until(lambda: len(small.clock.sleepers) == 5)  # three seats, bell and sign
        small.clock.move(3.0)
    await until(lambda: len(small.bus.ballots) == 3)
    small.clock.move(4.0)
    await asyncio.wait_for(holding, 10)

    assert {b.usage.calls for b in small.bus.ballots} == {0}
    assert caplog.messages.count("no vote: not taken: the worker is full") == 3
    task = await small.task()
    assert task.result is not None
    assert task.result.outcome is Outcome.FAILED
    assert "the worker is full" in task.result.explanation
    assert len(pool.calls) == 9


async def test_the_deadline_is_rung_three_seconds_late_and_again(small: Small) -> None:
    """The holder says that time is up, and repeats it where the bus failed."""
    pool = ScriptedPool(small.bus, otherwise=HANGS)
    await small.create([a_task(seconds=60.0)])
    holding = asyncio.create_task(_dispatch(small, pool).hold("t1"))
    await until(lambda: len(pool.calls) == 3 and small.clock.sleepers)
    assert (await small.task()).deadline.replace(second=3) in small.clock.sleepers.values()
    small.bus.failures = 1
    small.clock.move(63.0)
    await until(lambda: small.bus.failures == 0 and small.clock.sleepers)
    assert small.bus.rung == []
    small.clock.move(10.0)
    await asyncio.wait_for(holding, 10)

    task = await small.task()
    assert small.bus.rung == ["t1"]
    assert task.result is not None
    assert (task.state, task.result.close_reason) == (State.DONE, CloseReason.NO_VOTES)
    assert sorted(pool.cancelled) == [0, 1, 2]


async def test_an_abstention_that_cannot_be_published_is_left_to_the_deadline(
    small: Small,
) -> None:
    """Publishing is tried a few times; then the seat stays missing and the holder goes on."""
    pool = ScriptedPool(small.bus, {0: [LOST] * 3}, otherwise=HANGS)
    await small.create([a_task()])
    small.bus.failures = PUBLISH_ATTEMPTS
    holding = asyncio.create_task(_dispatch(small, pool).hold("t1"))
    await until(lambda: small.bus.failures == 0)
    assert not holding.done()
    await small.aggregate.cancel("t1", "local")
    await asyncio.wait_for(holding, 10)

    assert small.bus.ballots == []


async def test_a_store_that_fails_sends_the_message_back(small: Small) -> None:
    """What cannot be taken is not acknowledged."""
    pool = ScriptedPool(small.bus)
    await small.store.close()
    with pytest.raises(StoreUnavailable):
        await _dispatch(small, pool).hold("t1")


async def test_cancelling_the_hold_cancels_its_calls(small: Small) -> None:
    """A holder that is told to end leaves nothing running."""
    pool = ScriptedPool(small.bus, otherwise=HANGS)
    await small.create([a_task()])
    holding = asyncio.create_task(_dispatch(small, pool).hold("t1"))
    await until(lambda: len(pool.calls) == 3)
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding

    assert sorted(pool.cancelled) == [0, 1, 2]
    assert (await small.task()).state is State.RUNNING


async def test_seats_are_dealt_across_the_panels_voters(small: Small) -> None:
    """Three seats of a panel of three meet three voters."""
    pool = ScriptedPool(small.bus)
    panel = Panel((Voter("ann"), Voter("bob"), Voter("eve")))
    await small.create([a_task()])
    await replace(_dispatch(small, pool), panel=panel).hold("t1")

    assert {call.seat: call.voter for call in pool.calls} == {
        seat: panel.deal("t1", seat) for seat in range(3)
    }
    assert {call.voter for call in pool.calls} == {"ann", "bob", "eve"}


async def _straggling(small: Small, pool: ScriptedPool, **changes: Any) -> asyncio.Task[None]:
    """A hold in which seat 0 hangs and the other two of its wave have voted."""
    await small.create([a_task()])
    dispatch = replace(_dispatch(small, pool), **changes)
    holding = asyncio.create_task(dispatch.hold("t1"))
    await until(lambda: len(small.bus.ballots) == 2)
    return holding


async def test_a_straggler_is_asked_a_second_time(small: Small) -> None:
    """Five seconds after a wave that took none, another call votes, and the first is cancelled."""
    pool = ScriptedPool(small.bus, {0: [HANGS]})
    holding = await _straggling(small, pool)
    await until(lambda: len(small.clock.sleepers) == 3)  # bell, sign, and the look at seat 0
    small.clock.move(4.9)
    assert pool.asked[0] == 1
    small.clock.move(0.1)
    await asyncio.wait_for(holding, 10)

    task = await small.task()
    assert pool.asked == {0: 2, 1: 1, 2: 1}
    assert pool.cancelled == [0]
    assert task.progress.voted == 3
    # The loser was started, and may be billed.
    assert (task.hedges, task.usage.calls, task.usage.cost_usd) == (1, 4, None)


async def test_a_seat_is_hedged_once(small: Small) -> None:
    """The second call may hang as well; there is no third."""
    pool = ScriptedPool(small.bus, {0: [HANGS] * 9})
    holding = await _straggling(small, pool)
    await until(lambda: len(small.clock.sleepers) == 3)
    small.clock.move(5.0)
    await until(lambda: pool.asked.get(0) == 2)
    for _ in range(4):
        small.clock.move(10.0)
        await a_while()
    assert pool.asked[0] == 2
    await small.aggregate.cancel("t1", "local")
    await asyncio.wait_for(holding, 10)

    assert pool.cancelled == [0, 0]


async def test_hedging_can_be_turned_off(small: Small) -> None:
    """Then nothing but the deadline ends a straggler."""
    pool = ScriptedPool(small.bus, {0: [HANGS] * 9})
    holding = await _straggling(small, pool, hedge=False)
    small.clock.move(50.0)
    await a_while()
    assert pool.asked[0] == 1
    small.clock.move(13.0)
    await asyncio.wait_for(holding, 10)

    assert (await small.task()).hedges == 0


async def test_a_hedge_that_finds_no_worker_leaves_the_first_call_alone(small: Small) -> None:
    """The straggler may still answer."""
    pool = ScriptedPool(small.bus, {0: [HANGS, FULL]})
    holding = await _straggling(small, pool, jitter=lambda: 1.0)
    await until(lambda: len(small.clock.sleepers) == 3)
    small.clock.move(5.0)
    await until(lambda: pool.asked.get(0) == 2)
    await a_while()
    assert pool.cancelled == []
    await small.aggregate.ballot("t1", a_vote(0, "4"), "k", "")
    await asyncio.wait_for(holding, 10)

    assert (await small.task()).progress.voted == 3


async def test_a_hedge_waits_for_a_worker(small: Small) -> None:
    """Full workers turn the second call away until one has room: it is granted once, and kept."""
    pool = ScriptedPool(small.bus, {0: [HANGS, FULL, FULL, "4"]})
    holding = await _straggling(small, pool)
    await until(lambda: len(small.clock.sleepers) == 3)
    small.clock.move(5.0)
    await asyncio.wait_for(holding, 10)

    task = await small.task()
    assert (task.progress.voted, task.hedges) == (3, 1)
    assert pool.cancelled == [0]


async def test_a_hedge_that_waits_keeps_its_place_among_a_seats_calls(small: Small) -> None:
    """However the first call fares meanwhile: no more workers begin with a seat than may."""
    losing = asyncio.Event()

    class Losing(ScriptedPool):
        """Full for seat 0 beside its first call, until that is lost; then it loses every call."""

        begun = 0

        async def process(self, call: SeatCall | DoubtCall) -> AsyncGenerator[SeatUpdate, None]:
            if isinstance(call, DoubtCall) or call.seat:
                async for update in super().process(call):
                    yield update
                return
            if self.begun and not losing.is_set():
                raise WorkerUnavailable("the worker is full")
            self.begun += 1
            yield SeatUpdate(SeatStage.ACCEPTED, "w")
            await losing.wait()
            raise WorkerUnavailable("the worker is not there")

    pool = Losing(small.bus, {3: [HANGS]})  # what replaces seat 0
    holding = await _straggling(small, pool, jitter=lambda: 1.0)
    sleepers, ballots = small.clock.sleepers, small.bus.ballots
    for seconds in (5.0, 0.1, 0.2, 0.4, 0.8, 1.6):  # it is granted, and its waits double
        await until(lambda: len(sleepers) == 3)
        small.clock.move(seconds)
    await until(lambda: len(sleepers) == 3)
    losing.set()
    for seconds in (0.1, 0.2, 0.4):
        await until(lambda: len(sleepers) == 4 or len(ballots) == 3)
        small.clock.move(seconds)
    await until(lambda: len(ballots) == 3)  # the first call's lost ones have an abstention
    small.clock.move(2.0)
    await until(lambda: len(sleepers) == 2)  # bell and sign: the second call is lost as well
    await small.aggregate.cancel("t1", "local")
    await asyncio.wait_for(holding, 10)

    assert pool.begun == MAX_CALLS_PER_SEAT


async def test_a_superseded_holder_hedges_no_more(small: Small) -> None:
    """The task grants a second call to its holder alone, and only so many of them."""
    await small.create([a_task()])
    now = NOON
    task = advance(await small.task(), Taken("h"), now).task
    assert advance(task, Hedged("other", 0), now).ignored is Ignored.NO_HEDGE
    assert advance(task, Hedged("h", 3), now).ignored is Ignored.NO_HEDGE
    late = task.deadline - timedelta(seconds=2)
    assert advance(task, Hedged("h", 0), late).ignored is Ignored.NO_HEDGE
    voted = advance(task, BallotCast(a_vote(0, "4")), now).task
    assert advance(voted, Hedged("h", 0), now).ignored is Ignored.NO_HEDGE
    for count in range(MAX_HEDGES):
        assert task.hedges == count
        task = advance(task, Hedged("h", 0), now).task
    assert advance(task, Hedged("h", 0), now).ignored is Ignored.NO_HEDGE
    done = advance(task, CancelRequested(), now).task
    assert advance(done, Hedged("h", 0), now).ignored is Ignored.NO_HEDGE


@pytest.mark.parametrize("said", [VOTED_AND_LOST, ABSTAINED_AND_LOST])
async def test_a_ballot_whose_receipt_was_lost_is_not_paid_twice(small: Small, said: str) -> None:
    """The stream broke after it was recorded: the seat is not asked again."""
    pool = ScriptedPool(small.bus, {0: [said, "5"], 1: [HANGS], 3: [HANGS]})
    await small.create([a_task()])
    holding = asyncio.create_task(_dispatch(small, pool).hold("t1"))
    await until(lambda: len(small.bus.ballots) == 2)
    await a_while()
    assert pool.asked[0] == 1
    await small.aggregate.cancel("t1", "local")
    await asyncio.wait_for(holding, 10)


async def test_a_vote_that_comes_while_workers_refuse_is_not_paid_twice(small: Small) -> None:
    """The stream broke, then no worker had room, and meanwhile the lost call's vote came."""

    class Late(ScriptedPool):
        async def process(self, call: SeatCall | DoubtCall) -> AsyncGenerator[SeatUpdate, None]:
            if call.place == "seat 0" and self.asked.get(0) == 1:
                await self.bus.ballot(call.task_id, a_vote(0, "4"), "")
                await until(lambda: len(self.bus.ballots) == 1)
            async for update in super().process(call):
                yield update

    pool = Late(small.bus, {0: [LOST, FULL, "5"], 1: [HANGS], 2: [HANGS]})
    await small.create([a_task()])
    holding = asyncio.create_task(_dispatch(small, pool).hold("t1"))
    await until(lambda: pool.asked.get(0) == 2)
    await a_while()
    assert pool.asked[0] == 2
    await small.aggregate.cancel("t1", "local")
    await asyncio.wait_for(holding, 10)


async def test_a_defect_costs_a_seat_not_the_task(small: Small) -> None:
    """What nobody foresaw ends as an abstention, and its replacement is asked."""
    pool = ScriptedPool(small.bus, {0: [BROKEN]})
    await small.create([a_task()])
    await _dispatch(small, pool).hold("t1")

    progress = (await small.task()).progress
    assert (progress.voted, progress.abstained) == (3, 1)
