"""Accepting a task: planned, stored once, sent for a holder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consensus.core.analysis import analyse
from consensus.core.errors import (
    InvalidTask,
    KeyReused,
    NoRoom,
    StoreUnavailable,
    TooFast,
    TooManyTasks,
)
from consensus.core.model import Message, Options, Plan, State, Strategy, Task
from consensus.ports import ANY_ROOM, Claim, Room
from consensus.usecases import submit as submit_module
from consensus.usecases.submit import Submit, SubmitTask
from tests.clocks import NOON
from tests.usecases.doubles import Small, numbered

ORDER = SubmitTask(
    owner="ann",
    messages=(Message("user", "What is 2 + 2?"),),
    prompt="What is 2 + 2?",
    options=Options(timeout_seconds=30.0, max_votes=5),
    metadata={"for": "test"},
    traceparent="00-trace",
)
LONG = (Message("user", "Is it so? " * 1000),)


def _submit(small: Small) -> Submit:
    return Submit(small.store, small.bus, small.clock, numbered("t"), max_cost_usd=0.5)


async def test_an_order_becomes_a_stored_and_dispatched_task(small: Small) -> None:
    """The task is planned, timed, durable, and sent for a holder."""
    returned = await _submit(small)(ORDER)

    task = await small.task()
    assert task == returned
    assert (task.state, task.owner, task.traceparent) == (State.QUEUED, "ann", "00-trace")
    assert (task.created_at, task.deadline) == (NOON, NOON + timedelta(seconds=30))
    assert (task.plan.strategy, task.plan.max_votes) == (Strategy.NUMERIC, 5)
    assert (task.plan.max_cost_usd, task.metadata) == (0.5, {"for": "test"})
    assert small.bus.dispatched == ["t1"]


async def test_a_long_prompt_is_read_by_the_rules_once(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What refuses an order also plans it: everybody waits while the rules read a long prompt."""
    read: list[int] = []

    def counted(messages: Sequence[Message], *given: Any) -> Plan:
        read.append(len(messages))
        return analyse(messages, *given)

    monkeypatch.setattr(submit_module, "analyse", counted)
    await _submit(small)(ORDER)
    assert read == [1]


async def test_a_failed_dispatch_is_left_to_the_sweep(small: Small) -> None:
    """The caller's task is accepted though the bus fails; the sweep dispatches it later."""
    small.bus.failures = 1
    await _submit(small)(ORDER)
    assert small.bus.dispatched == []
    small.clock.time += timedelta(seconds=31 - 2)
    assert await small.aggregate.sweep() == 0
    order = replace(ORDER, options=Options(timeout_seconds=120.0))
    small.bus.failures = 1
    await Submit(small.store, small.bus, small.clock, lambda: "t2")(order)
    small.clock.time += timedelta(seconds=31)
    assert await small.aggregate.sweep() == 2  # the first one's time is up

    assert small.bus.dispatched == ["t2"]


async def test_a_repeated_key_is_the_same_task_and_one_dispatch(small: Small) -> None:
    """The same Idempotency-Key and body return the task that stands."""
    submit = _submit(small)
    keyed = replace(ORDER, idempotency_key="k", fingerprint="f")
    first, again = await submit(keyed), await submit(keyed)

    assert first == again
    assert small.bus.dispatched == ["t1"]


async def test_a_key_with_another_body_is_refused(small: Small) -> None:
    """The same key must not answer for another question."""
    submit = _submit(small)
    await submit(replace(ORDER, idempotency_key="k", fingerprint="f"))
    with pytest.raises(KeyReused):
        await submit(replace(ORDER, idempotency_key="k", fingerprint="g"))


async def test_keys_are_apart_by_owner_and_expire_after_a_day(small: Small) -> None:
    """Another owner's key, and one used over 24 hours ago, make tasks of their own."""
    submit = _submit(small)
    keyed = replace(ORDER, idempotency_key="k", fingerprint="f")
    await submit(keyed)
    other = await submit(replace(keyed, owner="bob", fingerprint="g"))
    small.clock.time += timedelta(hours=24, seconds=1)
    later = await submit(replace(keyed, fingerprint="h"))

    assert (other.id, later.id) == ("t2", "t3")


async def test_a_contradictory_order_is_refused_before_anything_is_stored(small: Small) -> None:
    """InvalidTask, and no trace of it."""
    with pytest.raises(InvalidTask):
        await _submit(small)(replace(ORDER, options=Options(min_votes=9, max_votes=3)))

    assert await small.store.load("t1") is None
    assert small.bus.dispatched == []


async def test_an_owner_with_too_many_open_tasks_is_asked_to_wait(small: Small) -> None:
    """The limit is each owner's own, counts open tasks alone, and stores nothing."""
    submit = replace(_submit(small), max_open_tasks=2)
    await submit(ORDER)
    await submit(ORDER)
    with pytest.raises(TooManyTasks) as refused:
        await submit(ORDER)
    assert 0 < refused.value.retry_after <= 120
    assert await small.store.open_count("ann") == 2
    await submit(replace(ORDER, owner="bob"))
    await small.aggregate.cancel("t1", "ann")
    await submit(ORDER)
    assert await small.store.open_count("ann") == 2


async def test_what_is_refused_or_replayed_is_not_read(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Analysis takes long over a long text: whoever may have no more costs nobody that."""
    long = replace(ORDER, messages=LONG)
    submit, again = replace(_submit(small), max_open_tasks=1), replace(long, idempotency_key="k")
    made = await submit(again)

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("consensus.usecases.submit.analyse", never)
    with pytest.raises(TooManyTasks):
        await submit(long)
    assert (await submit(again)).id == made.id


async def test_a_short_prompt_costs_no_look_of_its_own(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its create looks for room anyway."""

    async def never(_: str) -> int:
        raise AssertionError

    monkeypatch.setattr(small.store, "open_count", never)
    await replace(_submit(small), max_open_tasks=1)(ORDER)
    with pytest.raises(AssertionError):
        await replace(_submit(small), max_open_tasks=2)(replace(ORDER, messages=LONG))


async def test_an_owner_with_too_many_seats_out_is_asked_to_wait(small: Small) -> None:
    """Tasks that nobody took yet count with the seats that they will ask first."""
    submit = replace(_submit(small), max_open_seats=4)
    await submit(ORDER)
    await submit(ORDER)
    assert await small.store.open_seats("ann") == 6
    with pytest.raises(TooManyTasks):
        await submit(ORDER)
    await small.aggregate.cancel("t1", "ann")
    await submit(ORDER)


async def test_an_owner_that_asks_too_fast_is_told_when_to_come_again(small: Small) -> None:
    """Tasks of the last minute count, whatever became of them; each owner has its own."""
    submit = replace(_submit(small), max_tasks_per_minute=2)
    await submit(ORDER)
    small.clock.move(20)
    await submit(ORDER)
    await small.aggregate.cancel("t1", "ann")
    small.clock.move(15)
    with pytest.raises(TooFast) as refused:
        await submit(ORDER)
    assert refused.value.retry_after == pytest.approx(25)
    await submit(replace(ORDER, owner="bob"))
    small.clock.move(refused.value.retry_after + 0.1)
    await submit(ORDER)


async def test_an_owner_may_know_how_far_its_limits_are(small: Small) -> None:
    """Each bound that there is, with what is left of it; the refusal tells the same."""
    submit = replace(_submit(small), max_open_tasks=2, max_tasks_per_minute=60)
    assert await replace(submit, max_open_tasks=None, max_tasks_per_minute=None).limits("ann") == ()
    await submit(ORDER)
    await submit(ORDER)
    limits = await submit.limits("ann")
    assert [(limit.name, limit.quota, limit.left) for limit in limits] == [
        ("open", 2, 0),
        ("minute", 60, 58),
    ]
    with pytest.raises(TooManyTasks) as refused:
        await submit(ORDER)
    assert (refused.value.reason, refused.value.limits) == ("TOO_MANY_TASKS", limits)


async def test_posts_at_one_moment_do_not_pass_the_bounds_together(small: Small) -> None:
    """All look before any is stored; the create's commit decides, and what it refuses is gone."""
    each = _submit(small)
    limits = (
        replace(each, max_open_tasks=5),
        replace(each, max_open_seats=15),
        replace(each, max_tasks_per_minute=5),
    )
    for owner, submit in enumerate(limits):
        mine = replace(ORDER, owner=f"owner{owner}")
        ends = await asyncio.gather(*(submit(mine) for _ in range(40)), return_exceptions=True)
        refused = [end for end in ends if isinstance(end, TooManyTasks)]
        assert len(refused) == 35
        assert await small.store.open_count(mine.owner) == 5


async def test_a_task_that_was_stored_too_late_ends_at_once(small: Small) -> None:
    """Where the store took longer than the task has time, nobody waits for a sweep."""
    create = small.store.create

    async def slowly(task: Task, claim: Claim | None, room: Room = ANY_ROOM) -> Task:
        made = await create(task, claim, room)
        small.clock.move(task.plan.timeout_seconds + 1)
        return made

    small.store.create = slowly  # type: ignore[method-assign]
    task = await _submit(small)(ORDER)
    assert (task.state, small.bus.dispatched) == (State.DONE, [])


async def test_a_retry_ends_a_task_that_was_stored_too_late(small: Small) -> None:
    """The first answer was lost on the way, and with it the look at the clock."""
    create = small.store.create

    async def unheard(task: Task, claim: Claim | None, room: Room = ANY_ROOM) -> Task:
        await create(task, claim, room)
        small.clock.move(task.plan.timeout_seconds + 1)
        raise StoreUnavailable("the answer was lost")

    order = replace(ORDER, idempotency_key="k", fingerprint="body")
    small.store.create = unheard  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailable):
        await _submit(small)(order)
    assert (await small.task()).state is State.QUEUED
    assert (await _submit(small)(order)).state is State.DONE


async def test_a_replay_needs_no_room(small: Small) -> None:
    """At the limit, a retry of an accepted POST is that task; another body is another matter."""
    submit = replace(_submit(small), max_open_tasks=1)
    order = replace(ORDER, idempotency_key="k", fingerprint="body")
    first = await submit(order)
    assert (await submit(order)).id == first.id
    with pytest.raises(KeyReused):
        await submit(replace(order, fingerprint="other"))
    with pytest.raises(TooManyTasks):
        await submit(replace(order, idempotency_key="new"))


async def test_twins_that_meet_at_the_limit_are_one_task(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A POST whose twin takes the last place while it looks for one is answered with that twin."""
    submit = replace(_submit(small), max_open_tasks=1)
    order = replace(ORDER, idempotency_key="k", fingerprint="body")
    create = small.store.create

    async def create_after_the_twin(task: Task, claim: Claim | None, room: Room) -> Task:
        await create(replace(task, id="twin"), claim, ANY_ROOM)
        raise NoRoom  # as where the store looks for room before it looks for the twin

    monkeypatch.setattr(small.store, "create", create_after_the_twin)
    assert (await submit(order)).id == "twin"
