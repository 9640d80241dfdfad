"""What happens to a task after it was accepted: ballots, time, cancellation, the sweep."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from consensus.core.errors import StoreRefuses, StoreUnavailable, TaskNotFound
from consensus.core.events import Ignored, Step, Taken
from consensus.core.model import CloseReason, Outcome, State, Task
from consensus.ports import Stored
from consensus.usecases import apply
from consensus.usecases.apply import apply_event
from tests.clocks import NOON
from tests.usecases.doubles import Small, a_task, a_vote, an_abstention, until


async def _running(small: Small, task_id: str = "t1", seconds: float = 60.0) -> None:
    await small.create([a_task(task_id, seconds)])
    await apply_event(small.store, small.clock, lambda: 0.0, task_id, Taken("h"))


async def test_the_deciding_vote_closes_in_its_own_commit(small: Small) -> None:
    """The third agreeing vote records, tallies and closes."""
    await _running(small)
    for seat in range(3):
        assert (await small.task()).state is State.RUNNING
        await small.aggregate.ballot("t1", a_vote(seat, "4"), f"k{seat}", "")

    result = (await small.task()).result
    assert result is not None
    assert (result.outcome, result.close_reason) == (Outcome.CONSENSUS, CloseReason.SETTLED)


async def test_votes_that_come_at_once_all_count(small: Small) -> None:
    """Losing a commit to another vote is only a reason to look again."""
    await small.create([a_task(min_votes=15, max_votes=15)])
    await apply_event(small.store, small.clock, lambda: 0.0, "t1", Taken("h"))
    await asyncio.gather(
        *(small.aggregate.ballot("t1", a_vote(s, "4"), f"k{s}", "") for s in range(15))
    )

    task = await small.task()
    assert (task.state, task.progress.voted) == (State.DONE, 15)


async def test_a_second_vote_of_a_seat_changes_nothing(small: Small) -> None:
    """The first durable vote counts; the message is acknowledged without a rejection."""
    await _running(small)
    await small.aggregate.ballot("t1", a_vote(0, "4"), "a", "")
    before = await small.task()
    await small.aggregate.ballot("t1", a_vote(0, "5"), "b", "")
    await small.aggregate.ballot("t1", an_abstention(0), "c", "")

    assert await small.task() == before
    assert list(await small.store.rejections()) == []


async def test_a_vote_replaces_its_seats_abstention(small: Small) -> None:
    """A holder gave the seat up, but its worker had answered."""
    await _running(small)
    await small.aggregate.ballot("t1", an_abstention(0), "a", "")
    await small.aggregate.ballot("t1", a_vote(0, "4"), "b", "")

    progress = (await small.task()).progress
    assert (progress.voted, progress.abstained) == (1, 0)


async def test_a_late_vote_is_kept_uncounted(small: Small) -> None:
    """The result stands as it was; nothing is rejected."""
    await _running(small)
    await small.aggregate.cancel("t1", "local")
    before = await small.task()
    await small.aggregate.ballot("t1", a_vote(0, "4"), "a", "")

    assert await small.task() == before


async def test_a_vote_too_many_is_rejected_on_record(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot count, and the task is not yet DONE, so that it is not late."""
    await _running(small)
    surplus = Step(await small.task(), ignored=Ignored.SURPLUS)
    monkeypatch.setattr(apply, "advance", lambda *_: surplus)
    await small.aggregate.ballot("t1", a_vote(0, "4"), "key", "{}")
    assert [r.reason for r in await small.store.rejections()] == ["SURPLUS_VOTE"]


@pytest.mark.parametrize(
    ("task_id", "seat", "reason"), [("none", 0, "UNKNOWN_TASK"), ("t1", 9, "SEAT_NOT_ASKED")]
)
async def test_what_cannot_count_is_rejected_on_record(
    small: Small, task_id: str, seat: int, reason: str
) -> None:
    """Acknowledged means recorded, once, with at most 4 kB of its payload."""
    await _running(small)
    for _ in range(2):
        await small.aggregate.ballot(task_id, a_vote(seat, "4"), "key", "x" * 9000)

    (kept,) = await small.store.rejections()
    assert (kept.reason, kept.key, len(kept.payload)) == (reason, "key", 4096)


async def test_an_early_deadline_is_waited_out(small: Small) -> None:
    """A bell up to five seconds fast by our clock waits for the deadline, then closes."""
    await _running(small, seconds=60.0)
    small.clock.move(56.0)
    ringing = asyncio.create_task(small.aggregate.deadline("t1"))
    await until(lambda: small.clock.sleepers)
    assert (await small.task()).state is State.RUNNING
    small.clock.move(4.0)
    await ringing

    assert (await small.task()).state is State.DONE


async def test_a_far_too_early_deadline_closes_nothing(small: Small) -> None:
    """Whoever rings, the task keeps its time."""
    await _running(small, seconds=60.0)
    await small.aggregate.deadline("t1")
    await small.aggregate.deadline("nobody")

    assert (await small.task()).state is State.RUNNING


async def test_only_the_owner_cancels(small: Small) -> None:
    """Another owner's task is not there; an own one ends once and stays as it ended."""
    await _running(small)
    with pytest.raises(TaskNotFound):
        await small.aggregate.cancel("t1", "mallory")
    with pytest.raises(TaskNotFound):
        await small.aggregate.cancel("nobody", "local")
    first = await small.aggregate.cancel("t1", "local")
    again = await small.aggregate.cancel("t1", "local")

    assert first.result is not None
    assert first.result.outcome is Outcome.CANCELLED
    assert again.result == first.result


async def test_the_sweep_closes_the_overdue_and_dispatches_the_forgotten(small: Small) -> None:
    """A running task in its time is left alone; neither is one that was just queued."""
    await _running(small, "overdue", seconds=10.0)
    await _running(small, "running", seconds=300.0)
    await small.create([a_task("forgotten", 300.0)])
    small.clock.move(31.0)
    assert await small.aggregate.sweep() == 2

    assert (await small.task("overdue")).state is State.DONE
    assert (await small.task("running")).state is State.RUNNING
    assert small.bus.dispatched == ["forgotten"]


async def test_the_sweep_sends_less_often_for_what_waits_its_turn(small: Small) -> None:
    """Others that came before it are held, none that came after: the queue is only long."""
    await _running(small, "held", seconds=540.0)
    later = NOON + timedelta(seconds=1)
    await small.create([replace(a_task(f"queued{n}", 540.0), created_at=later) for n in range(5)])
    small.clock.move(150.0)
    assert await small.aggregate.sweep() == 1  # for the holder, which is silent
    small.clock.move(29.0)
    await small.aggregate.sweep()
    assert set(small.bus.dispatched) == {"held"}
    for _ in range(5):
        small.clock.move(60.0)
        await small.aggregate.sweep()
    sent = Counter(small.bus.dispatched)
    assert {sent[f"queued{n}"] for n in range(5)} == {2}


async def test_others_in_another_line_overtake_nobody(small: Small) -> None:
    """Whoever has many open waits apart: that a later one of somebody else is held says nothing."""
    await _running(small, "held", seconds=540.0)
    later = NOON + timedelta(seconds=1)
    await small.create([replace(a_task(f"queued{n}", 540.0), created_at=later) for n in range(5)])
    last = NOON + timedelta(seconds=2)
    await small.create([replace(a_task("other", 540.0), created_at=last, owner="another")])
    await apply_event(small.store, small.clock, lambda: 0.0, "other", Taken("h"))
    small.clock.move(50.0)
    await replace(small.aggregate, fair_share=3).sweep()
    assert small.bus.dispatched == []


async def test_each_sweep_that_sends_notes_when(small: Small) -> None:
    """The wait that doubles is counted from the last one."""
    await small.create([a_task("lost", 540.0)])
    sent = []
    for seconds in (31.0, 40.0, 75.0):
        small.clock.move(seconds)
        await small.aggregate.sweep()
        sent.append((await small.task("lost")).sent_at)
    assert sent == [NOON + timedelta(seconds=s) for s in (31, 71, 146)]


async def test_what_was_overtaken_is_sent_for_at_once(small: Small) -> None:
    """Somebody who came after it is held: its own message is lost."""
    await small.create([a_task("lost", 540.0)])
    small.clock.move(40.0)
    later = NOON + timedelta(seconds=39)
    await small.create([replace(a_task("later", 540.0), created_at=later)])
    await apply_event(small.store, small.clock, lambda: 0.0, "later", Taken("h"))
    await small.aggregate.sweep()
    assert small.bus.dispatched == ["lost"]


async def test_the_sweep_sees_every_page(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are overdue."""
    monkeypatch.setattr("consensus.usecases.aggregate.PAGE", 7)
    for number in range(30):
        await _running(small, f"t{number}", seconds=10.0)
    small.clock.move(11.0)
    assert await small.aggregate.sweep() == 30
    assert not await small.store.open_tasks()


async def test_the_sweep_ends_within_its_time(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it leaves is the next one's, and nothing is lost."""
    monkeypatch.setattr("consensus.usecases.aggregate.PAGE", 5)
    for number in range(20):
        await _running(small, f"t{number}", seconds=10.0)
    small.clock.move(11.0)
    load = small.store.load

    async def slow(task_id: str) -> Stored | None:
        small.clock.time += timedelta(seconds=4)
        return await load(task_id)

    monkeypatch.setattr(small.store, "load", slow)
    swept = [await small.aggregate.sweep() for _ in range(2)]
    assert swept == [15, 5]


async def test_a_crowd_s_tasks_are_sent_for_apart(small: Small) -> None:
    """Those of an owner with many open stay in their own line."""
    sent: dict[str, bool] = {}

    async def dispatch(task: Task) -> None:
        sent[task.id] = task.crowded

    small.bus.dispatch = dispatch  # type: ignore[method-assign]
    many = [a_task(f"t{n}", 300.0) for n in range(25)]
    await small.create([*many, replace(a_task("one", 300.0), owner="ben")])
    small.clock.move(31.0)
    await small.aggregate.sweep()
    assert sent.pop("one") is False
    assert len(sent) == 25
    assert all(sent.values())


async def test_the_sweep_sends_for_another_where_the_holder_is_silent(small: Small) -> None:
    """Whatever became of its message: acknowledged, lost or given up."""
    await _running(small, "silent", seconds=300.0)
    small.clock.move(59.0)
    assert await small.aggregate.sweep() == 0
    small.clock.move(1.0)
    assert await small.aggregate.sweep() == 1
    assert small.bus.dispatched == ["silent"]


async def test_one_task_that_cannot_be_moved_does_not_hold_up_the_sweep(small: Small) -> None:
    """A dispatch that fails is left to the next sweep."""
    await small.create([a_task("first", 299.0), a_task("second", 300.0)])
    small.bus.failures = 1
    small.clock.move(31.0)
    assert await small.aggregate.sweep() == 1

    assert small.bus.dispatched == ["second"]


async def test_a_task_on_which_a_defect_shows_does_not_hold_up_the_sweep(
    small: Small, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told with its traceback; those that are due after it end all the same."""
    await _running(small, "first", seconds=10.0)
    await _running(small, "second", seconds=20.0)
    load = small.store.load

    async def defective(task_id: str) -> Stored | None:
        if task_id == "first":
            raise ValueError("a defect")
        return await load(task_id)

    monkeypatch.setattr(small.store, "load", defective)
    small.clock.move(31.0)
    assert await small.aggregate.sweep() == 1

    assert (await small.task("second")).state is State.DONE
    assert [(r.exc_info is not None, r.__dict__["task_id"]) for r in caplog.records] == [
        (True, "first")
    ]


async def test_a_ballot_that_cannot_be_recorded_is_not_acknowledged(small: Small) -> None:
    """StoreUnavailable after a few tries: the message comes again."""
    await small.store.close()
    with pytest.raises(StoreUnavailable):
        await small.aggregate.ballot("t1", a_vote(0, "4"), "k", "")


async def test_a_store_that_refuses_is_asked_once(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its operator must mend does not mend itself between two tries."""
    looks = []

    async def refuses(task_id: str) -> Stored | None:
        looks.append(task_id)
        raise StoreRefuses("PermissionDenied")

    monkeypatch.setattr(small.store, "load", refuses)
    with pytest.raises(StoreRefuses):
        await small.aggregate.ballot("t1", a_vote(0, "4"), "k", "")
    assert looks == ["t1"]


async def test_the_clock_at_the_deadline_closes_on_any_ballot(small: Small) -> None:
    """A vote that comes at the deadline is counted, then time is up."""
    await _running(small, seconds=60.0)
    small.clock.time += timedelta(seconds=60)
    await small.aggregate.ballot("t1", a_vote(0, "4"), "k", "")

    task = await small.task()
    assert task.result is not None
    assert (task.progress.voted, task.result.close_reason) == (1, CloseReason.DEADLINE)
