"""Known wrong designs, to be planted in the code that is simulated: each must be found."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from consensus.core import lifecycle
from consensus.core.events import Event, Swept
from consensus.core.lifecycle import Step, advance
from consensus.core.model import Ballot, CloseReason, Task, Vote
from consensus.core.tally import Tally
from consensus.ports import Clock, Completion, SeatCall, TaskStore
from consensus.usecases import aggregate, moving, seats
from consensus.usecases.vote import Cast
from tests.simulation.ports import SimulatedStore

Plant = Callable[[pytest.MonkeyPatch], None]


def no_version_check(patch: pytest.MonkeyPatch) -> None:
    """A commit does not look at the version: the last writer wins."""
    patch.setattr(SimulatedStore, "_stands", lambda store, stored, version: True)


def vote_and_close_in_two(patch: pytest.MonkeyPatch) -> None:
    """The ballot is recorded in one commit, and what follows from it in another."""

    async def once(store: TaskStore, clock: Clock, task_id: str, event: Event) -> Step | None:
        stored = await store.load(task_id)
        if stored is None:
            return None
        step = advance(stored.task, event, clock.now())
        if step.recorded is not None:
            await store.commit(stored, lifecycle._record(stored.task, step.recorded), step.recorded)
            return await once(store, clock, task_id, Swept())
        if step.task is not stored.task:
            await store.commit(stored, step.task, None)
        return step

    patch.setattr(moving, "_once", once)


def one_shot_relay(patch: pytest.MonkeyPatch) -> None:
    """The dispatch is sent when a task is submitted, and never again."""
    honest = lifecycle._effects
    patch.setattr(
        lifecycle,
        "_effects",
        lambda task, event, now: () if event == Swept() else honest(task, event, now),
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
    patch.setattr(seats, "STARTS_A_SEAT", 1_000)


def second_retry_layer(patch: pytest.MonkeyPatch) -> None:
    """The model is asked again below the loop that already asks again."""
    honest = Cast._complete

    async def twice(self: Cast, call: SeatCall) -> Completion:
        try:
            return await honest(self, call)
        except Exception:
            return await honest(self, call)

    patch.setattr(Cast, "_complete", twice)


def obedient_reader(patch: pytest.MonkeyPatch) -> None:
    """What a model writes about its power is believed."""
    honest = Cast._ballot

    async def believing(self: Cast, call: SeatCall, answer: Completion) -> Ballot:
        ballot = await honest(self, call, answer)
        told = re.search(r'"power": (\d+)', answer.text)
        if told and isinstance(ballot, Vote):
            return replace(ballot, power=float(told[1]))
        return ballot

    patch.setattr(Cast, "_ballot", believing)


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
    )
}


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    """With that bug in the code; with none where there is no name."""
    with pytest.MonkeyPatch.context() as patch:
        if name is not None:
            PLANTS[name](patch)
        yield
