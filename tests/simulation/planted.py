"""Known wrong designs, to be planted in the code that is simulated: each must be found."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consensus.core import lifecycle
from consensus.core.errors import NotTold
from consensus.core.events import CancelRequested, Event, Hedged, Step, Swept
from consensus.core.lifecycle import advance
from consensus.core.model import Ballot, CloseReason, Notice, State, Task, Vote
from consensus.core.tally import Tally
from consensus.ports import Claim, Clock, Completion, Room, SeatCall, TaskStore
from consensus.usecases import aggregate, apply, dispatch, seats, submit
from consensus.usecases.apply import Known
from consensus.usecases.vote import CastVote
from tests.simulation.ports import SimulatedReceiver, SimulatedStore
from tests.simulation.slips import SLIPS

Plant = Callable[[pytest.MonkeyPatch], None]
Once = Callable[[TaskStore, Clock, str, Event], Awaitable[Step | None]]


def no_version_check(patch: pytest.MonkeyPatch) -> None:
    """A commit does not look at the version: the last writer wins."""
    patch.setattr(SimulatedStore, "_stands", lambda store, stored, version: True)


def _one_by_one(patch: pytest.MonkeyPatch, once: Once) -> None:
    """Every event is applied in this way, each by itself."""

    async def each(
        store: TaskStore, clock: Clock, task_id: str, due: Callable[[], Sequence[Event]], _: Known
    ) -> list[Step]:
        steps = [await once(store, clock, task_id, event) for event in due()]
        return [step for step in steps if step is not None]

    patch.setattr(apply, "_once", each)


def vote_and_close_in_two(patch: pytest.MonkeyPatch) -> None:
    """The ballot is recorded in one commit, and what follows from it in another."""

    async def once(store: TaskStore, clock: Clock, task_id: str, event: Event) -> Step | None:
        stored = await store.load(task_id)
        if stored is None:
            return None
        step = advance(stored.task, event, clock.now())
        if step.recorded is not None:
            recorded = lifecycle._record(stored.task, step.recorded)
            await store.commit(stored, Step(recorded, step.recorded))
            return await once(store, clock, task_id, Swept())
        if step.task is not stored.task:
            await store.commit(stored, Step(step.task))
        return step

    _one_by_one(patch, once)


def one_shot_relay(patch: pytest.MonkeyPatch) -> None:
    """The dispatch is sent when a task is submitted, and never again."""
    honest = lifecycle._effects
    patch.setattr(
        lifecycle,
        "_effects",
        lambda task, event, now: () if isinstance(event, Swept) else honest(task, event, now),
    )


def timer_without_tally(patch: pytest.MonkeyPatch) -> None:
    """What comes at the deadline closes the task without looking at its votes first."""
    honest = lifecycle._reason_to_close

    def hasty(task: Task, tally: Tally, event: Event, now: Any) -> CloseReason | None:
        late = now >= task.deadline
        return CloseReason.DEADLINE if late else honest(task, tally, event, now)

    patch.setattr(lifecycle, "_reason_to_close", hasty)


def unbounded_calls(patch: pytest.MonkeyPatch) -> None:
    """A seat whose worker is lost is given to another for as long as there is time."""
    patch.setattr(seats, "MAX_CALLS_PER_SEAT", 1_000)


def second_retry_layer(patch: pytest.MonkeyPatch) -> None:
    """The model is asked again below the loop that already asks again."""
    honest = CastVote._complete

    async def twice(self: CastVote, call: SeatCall) -> Completion:
        try:
            return await honest(self, call)
        except Exception:
            return await honest(self, call)

    patch.setattr(CastVote, "_complete", twice)


def obedient_reader(patch: pytest.MonkeyPatch) -> None:
    """What a model writes about its power is believed."""
    honest = CastVote._ballot

    async def believing(self: CastVote, call: SeatCall, answer: Completion) -> Ballot:
        ballot = await honest(self, call, answer)
        told = re.search(r'"power": (\d+)', answer.text)
        if told and isinstance(ballot, Vote):
            return replace(ballot, power=float(told[1]))
        return ballot

    patch.setattr(CastVote, "_ballot", believing)


def unfenced_holder(patch: pytest.MonkeyPatch) -> None:
    """A holder that was superseded does not notice, and goes on."""
    honest = SimulatedStore.watch

    async def as_if_mine(self: SimulatedStore, task_id: str) -> AsyncGenerator[Task, None]:
        async for task in honest(self, task_id):
            yield replace(task, holder=self.process.holder)

    patch.setattr(SimulatedStore, "watch", as_if_mine)


def any_message_takes_over(patch: pytest.MonkeyPatch) -> None:
    """Whatever message is delivered supersedes whoever holds the task."""
    patch.setattr(lifecycle, "_may_take", lambda task, event: True)


def first_holder_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Once somebody holds a task, nobody else ever does."""
    patch.setattr(lifecycle, "_may_take", lambda task, event: task.holder in ("", event.holder))


def trust_in_redelivery(patch: pytest.MonkeyPatch) -> None:
    """That a dead holder's message comes again is all that brings another."""
    patch.setattr(lifecycle, "is_unattended", lambda task, now: False)
    patch.setattr(aggregate, "is_unattended", lambda task, now: False)


def last_verdict_wins(patch: pytest.MonkeyPatch) -> None:
    """Whatever was said of a doubt before, the newest verdict stands."""
    patch.setattr(lifecycle, "_why_no_verdict", lambda task, verdict: None)


def no_ring(patch: pytest.MonkeyPatch) -> None:
    """The holder says to nobody that time is up; some sweep will see."""

    async def silent(self: dispatch.Dispatch, task: Task) -> None:
        return

    patch.setattr(dispatch.Dispatch, "_publish_deadline", silent)


def no_ring_after_a_takeover(patch: pytest.MonkeyPatch) -> None:
    """Who takes a task over has forgotten to set the timer."""
    honest, first = dispatch.Dispatch._publish_deadline, dict[tuple[int, str], str]()

    async def once(self: dispatch.Dispatch, task: Task) -> None:
        world = self.store.process.world  # type: ignore[attr-defined]
        if first.setdefault((id(world), task.id), task.holder) == task.holder:
            await honest(self, task)

    patch.setattr(dispatch.Dispatch, "_publish_deadline", once)


def lost_calls_are_free(patch: pytest.MonkeyPatch) -> None:
    """A call whose worker was lost is never counted."""
    patch.setattr(lifecycle, "_lose", lambda task, calls: lifecycle._count(task))


def hedges_are_free(patch: pytest.MonkeyPatch) -> None:
    """A second call is granted, and never counted."""
    honest = lifecycle._apply

    def apply(task: Task, event: Event, now: Any) -> Task:
        return task if isinstance(event, Hedged) else honest(task, event, now)

    patch.setattr(lifecycle, "_apply", apply)


def no_cancel_after_a_vote(patch: pytest.MonkeyPatch) -> None:
    """A cancel is ignored once there is a vote."""
    honest = lifecycle._reason_to_close

    def stubborn(task: Task, tally: Tally, event: Event, now: Any) -> CloseReason | None:
        ignored = isinstance(event, CancelRequested) and task.votes
        return honest(task, tally, Swept() if ignored else event, now)

    patch.setattr(lifecycle, "_reason_to_close", stubborn)


def settled_at_the_first_consensus(patch: pytest.MonkeyPatch) -> None:
    """SETTLED whatever more votes could change."""
    honest = lifecycle._reason_to_close

    def rash(task: Task, tally: Tally, event: Event, now: Any) -> CloseReason | None:
        return CloseReason.SETTLED if tally.consensus else honest(task, tally, event, now)

    patch.setattr(lifecycle, "_reason_to_close", rash)


def never_a_third_wave(patch: pytest.MonkeyPatch) -> None:
    """After two waves no seat is asked any more, whatever is left."""
    honest = lifecycle._seats_to_ask

    def tired(task: Task, tally: Tally) -> int:
        return 0 if task.progress.waves >= 2 else honest(task, tally)

    patch.setattr(lifecycle, "_seats_to_ask", tired)


def a_voted_seat_is_asked_again(patch: pytest.MonkeyPatch) -> None:
    """Who takes a task over opens all its seats, also those whose votes are there."""
    honest = seats.Seats.__post_init__

    def forget(self: seats.Seats) -> None:
        honest(self)
        self._opened = set()

    patch.setattr(seats.Seats, "__post_init__", forget)


def one_task_too_many(patch: pytest.MonkeyPatch) -> None:
    """An owner may have one task more open than it may."""
    honest = submit.Submit._room

    def roomy(self: submit.Submit, command: submit.SubmitTask) -> Room:
        room = honest(self, command)
        return replace(room, tasks=None if room.tasks is None else room.tasks + 1)

    async def is_full(self: submit.Submit, command: submit.SubmitTask) -> bool:
        most = self.max_open_tasks
        return most is not None and await self.store.open_count(command.owner) > most

    patch.setattr(submit.Submit, "_room", roomy)
    patch.setattr(submit.Submit, "_is_full", is_full)


def one_task_too_few(patch: pytest.MonkeyPatch) -> None:
    """An owner is refused the last task that it may have."""

    async def is_full(self: submit.Submit, command: submit.SubmitTask) -> bool:
        most = self.max_open_tasks
        return most is not None and await self.store.open_count(command.owner) >= most - 1

    patch.setattr(submit.Submit, "_is_full", is_full)


def limits_of_all_together(patch: pytest.MonkeyPatch) -> None:
    """What one owner has open counts for another."""

    async def everybody(self: SimulatedStore, owner: str) -> int:
        tasks = (t for t, _ in self.process.world.tasks.values())
        return sum(t.state is not State.DONE for t in tasks)

    patch.setattr(SimulatedStore, "open_count", everybody)


def keys_of_all_together(patch: pytest.MonkeyPatch) -> None:
    """An Idempotency-Key that another owner used is taken for one's own."""
    honest = submit.Submit._claim

    def shared(self: submit.Submit, order: submit.SubmitTask) -> Claim | None:
        return honest(self, replace(order, owner=""))

    patch.setattr(submit.Submit, "_claim", shared)


def a_stale_beginning(patch: pytest.MonkeyPatch) -> None:
    """A task begins when somebody looked at the clock long before."""
    honest = submit.Submit._task

    async def stale(self: submit.Submit, *args: Any) -> Task:
        task = await honest(self, *args)
        return replace(task, created_at=task.created_at - timedelta(seconds=1))

    patch.setattr(submit.Submit, "_task", stale)


def anybody_cancels(patch: pytest.MonkeyPatch) -> None:
    """Whose task it is does not matter to a cancel."""
    honest = aggregate.Aggregate.cancel

    async def cancel(self: aggregate.Aggregate, task_id: str, owner: str) -> Task:
        stored = await self.store.load(task_id)
        return await honest(self, task_id, stored.task.owner if stored else owner)

    patch.setattr(aggregate.Aggregate, "cancel", cancel)


def told_in_a_second_commit(patch: pytest.MonkeyPatch) -> None:
    """What is to be told is written down after the commit that ends the task."""

    async def once(store: TaskStore, clock: Clock, task_id: str, event: Event) -> Step | None:
        stored = await store.load(task_id)
        if stored is None:
            return None
        step = advance(stored.task, event, clock.now())
        if step.task is not stored.task:
            await store.commit(stored, replace(step, notices=()))
            assert isinstance(store, SimulatedStore)
            await store.process.step("write the notices")
            store.process.world.notices |= {notice.key: notice for notice in step.notices}
        return step

    _one_by_one(patch, once)


def told_before_it_is_so(patch: pytest.MonkeyPatch) -> None:
    """Subscribers are told that a task is about to end, and then it ends."""
    honest = apply._once

    async def once(
        store: TaskStore,
        clock: Clock,
        task_id: str,
        due: Callable[[], Sequence[Event]],
        known: Known,
    ) -> Sequence[Step]:
        stored = await store.load(task_id)
        for event in due() if stored else ():
            step = advance(stored.task, event, clock.now())
            assert isinstance(store, SimulatedStore)
            for notice in step.notices:
                with contextlib.suppress(NotTold):
                    await SimulatedReceiver(store.process, notice.subscriber).tell(
                        notice, step.task
                    )
        return await honest(store, clock, task_id, due, known)

    patch.setattr(apply, "_once", once)


def forgotten_before_it_is_told(patch: pytest.MonkeyPatch) -> None:
    """A notice is let go of when an attempt begins."""

    async def attempt(self: SimulatedStore, notice: Notice, attempted: Notice) -> None:
        await self.forget_notice(notice.key)

    patch.setattr(SimulatedStore, "attempt", attempt)


def a_notice_is_sent_once(patch: pytest.MonkeyPatch) -> None:
    """The message that follows the commit is all that has a notice told."""

    async def none(self: SimulatedStore, now: Any, limit: int) -> list[Notice]:
        return []

    patch.setattr(SimulatedStore, "due_notices", none)


PLANTS: dict[str, Plant] = {
    plant.__name__.replace("_", "-"): plant
    for plant in (
        no_version_check,
        vote_and_close_in_two,
        one_shot_relay,
        timer_without_tally,
        unbounded_calls,
        second_retry_layer,
        obedient_reader,
        unfenced_holder,
        any_message_takes_over,
        first_holder_for_ever,
        trust_in_redelivery,
        last_verdict_wins,
        no_ring,
        no_ring_after_a_takeover,
        lost_calls_are_free,
        hedges_are_free,
        no_cancel_after_a_vote,
        settled_at_the_first_consensus,
        never_a_third_wave,
        a_voted_seat_is_asked_again,
        one_task_too_many,
        one_task_too_few,
        limits_of_all_together,
        keys_of_all_together,
        a_stale_beginning,
        anybody_cancels,
        told_in_a_second_commit,
        told_before_it_is_so,
        forgotten_before_it_is_told,
        a_notice_is_sent_once,
        *SLIPS,
    )
}


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    """With that bug in the code; with none where there is no name."""
    with pytest.MonkeyPatch.context() as patch:
        if name is not None:
            PLANTS[name](patch)
        yield
