"""Slips of the pen, to be planted in the code that is simulated: each must be found.

planted.py holds wrong designs; these are what a tired change would do to a right one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Collection, Coroutine, Iterable, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consensus.adapters.processes.places import Place, Places
from consensus.core import deadlines, lifecycle, spending
from consensus.core.errors import TaskErased, TaskNotFound
from consensus.core.events import DeadlineReached, Event, Ignored, Swept
from consensus.core.fairness import FairQueue
from consensus.core.model import Ballot, Feedback, Recorded, Task, Usage, Verdict
from consensus.core.tally import Tally
from consensus.ports import ANY_ROOM, LONG_AGO, Claim, SeatCall, SeatStage, SeatUpdate, Stored
from consensus.usecases import aggregate, apply, dispatch, publishing, submit, vote
from consensus.usecases.seats import Seats
from consensus.usecases.vote import CastVote
from tests.simulation.ports import SimulatedStore

log = logging.getLogger(__name__)


def an_abstention_stands(patch: pytest.MonkeyPatch) -> None:
    """A vote does not replace its seat's abstention."""
    honest = lifecycle._why_no_ballot

    def stands(task: Task, ballot: Ballot) -> Ignored | None:
        heard = any(r.ballot.seat == ballot.seat for r in task.ballots)
        return Ignored.DUPLICATE if heard else honest(task, ballot)

    patch.setattr(lifecycle, "_why_no_ballot", stands)


def younger_tasks_first(patch: pytest.MonkeyPatch) -> None:
    """Of an owner's tasks the newest is handed out first."""
    honest = FairQueue.push

    def push(self: FairQueue[Any], owner: str, item: Any, since: datetime) -> None:
        honest(self, owner, item, LONG_AGO + (datetime.max.replace(tzinfo=UTC) - since))

    patch.setattr(FairQueue, "push", push)


def nobody_knows_how_old_a_task_is(patch: pytest.MonkeyPatch) -> None:
    """Seats are handed out as they came, whether their task has begun or not."""
    honest = Seats._call

    def call(self: Seats, number: int, silent: Collection[str]) -> SeatCall:
        return replace(honest(self, number, silent), created_at=LONG_AGO)

    patch.setattr(Seats, "_call", call)


def one_owner_until_it_has_no_more(patch: pytest.MonkeyPatch) -> None:
    """Owners do not take turns."""

    def pop(self: FairQueue[Any]) -> Any:
        owner, waiting = next(iter(self._by_owner.items()))
        _, _, item = waiting.pop(0)
        if not waiting:
            del self._by_owner[owner]
        return item

    patch.setattr(FairQueue, "pop", pop)


def a_place_is_left_in_silence(patch: pytest.MonkeyPatch) -> None:
    """Who waits for a place hears of it only when somebody else comes, or at the next look."""
    honest = Places._leave

    def leave(self: Places, place: Place) -> None:
        with pytest.MonkeyPatch.context() as silence:
            silence.setattr(Places, "_give", lambda _: None)
            honest(self, place)

    patch.setattr(Places, "_leave", leave)


def one_vote_too_many(patch: pytest.MonkeyPatch) -> None:
    """A full task counts what comes while it is open for a doubt alone."""
    honest = lifecycle._why_no_ballot

    def greedy(task: Task, ballot: Ballot) -> Ignored | None:
        why = honest(task, ballot)
        return None if why is Ignored.SURPLUS else why

    patch.setattr(lifecycle, "_why_no_ballot", greedy)


def given_up_after_one_wave(patch: pytest.MonkeyPatch) -> None:
    """What may pass is taken for lasting."""
    patch.setattr(
        lifecycle, "PERMANENT_FAILURES", lifecycle.PERMANENT_FAILURES | lifecycle.TRANSIENT_FAILURES
    )


def no_replacements(patch: pytest.MonkeyPatch) -> None:
    """No seat is asked in the place of one that abstained, once so many as may vote were asked."""
    honest = lifecycle._seats_to_ask

    def few(task: Task, tally: Tally) -> int:
        return min(honest(task, tally), task.plan.max_votes - task.progress.asked)

    patch.setattr(lifecycle, "_seats_to_ask", few)


def each_may_spend_all(patch: pytest.MonkeyPatch) -> None:
    """What is left to spend is not shared among the seats that are out."""

    def whole(task: Task) -> float | None:
        limit = task.plan.max_cost_usd
        return None if limit is None else max(0.0, limit - (task.usage.cost_usd or 0.0))

    patch.setattr(dispatch, "allowance", whole)


def a_spent_seat_asks_again(patch: pytest.MonkeyPatch) -> None:
    """What an attempt cost is not taken off what the seat may spend."""
    patch.setattr(vote, "_left_to_spend", lambda call, spent: call.spend_usd)


def a_second_call_for_a_vote(patch: pytest.MonkeyPatch) -> None:
    """A second call is granted though the seat has its vote."""

    def may(task: Task, event: Any, now: Any) -> bool:
        return task.hedges < lifecycle.MAX_HEDGES and event.holder == task.holder

    patch.setattr(lifecycle, "_may_hedge", may)


def a_straggler_is_never_asked_again(patch: pytest.MonkeyPatch) -> None:
    """Nobody is granted a second call."""
    patch.setattr(lifecycle, "_may_hedge", lambda task, event, now: False)


def a_vote_leaves_its_call_begun(patch: pytest.MonkeyPatch) -> None:
    """A seat whose ballot came still counts as one that is out."""
    honest = lifecycle._record

    def forgetful(task: Task, recorded: Recorded) -> Task:
        moved = honest(task, recorded)
        return lifecycle._count(replace(moved, begun=task.begun, orphaned=task.orphaned))

    patch.setattr(lifecycle, "_record", forgetful)


def orphans_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What a dead holder's workers had begun is not remembered."""
    honest = lifecycle._hand_over
    patch.setattr(
        lifecycle,
        "_hand_over",
        lambda task, event, now: replace(honest(task, event, now), orphaned=task.orphaned),
    )


def what_a_lost_holder_began_is_certain(patch: pytest.MonkeyPatch) -> None:
    """Calls that a holder had no time to tell of are not told to be uncertain."""
    patch.setattr(lifecycle, "_silent", lambda task: 0)


def sent_for_each_minute(patch: pytest.MonkeyPatch) -> None:
    """That somebody was sent for is not noted: the wait never doubles."""
    honest = lifecycle._apply
    patch.setattr(
        lifecycle,
        "_apply",
        lambda task, event, now: task if isinstance(event, Swept) else honest(task, event, now),
    )


def the_sweep_sees_one_page(patch: pytest.MonkeyPatch) -> None:
    """What comes after the first page of open tasks is never swept."""
    honest = aggregate.Aggregate.sweep

    async def sweep(self: aggregate.Aggregate) -> int:
        store = self.store

        class Short:
            async def open_tasks(self, limit: int, after: Task | None) -> Sequence[Task]:
                return [] if after else await store.open_tasks(limit, after)

            def __getattr__(self, name: str) -> Any:
                return getattr(store, name)

        return await honest(replace(self, store=Short()))  # type: ignore[arg-type]

    patch.setattr(aggregate.Aggregate, "sweep", sweep)


def the_sweep_looks_past_the_overdue(patch: pytest.MonkeyPatch) -> None:
    """The sweep sends for holders, and leaves the ends of tasks to the timers."""
    honest = aggregate.Aggregate._is_due

    def due(self: aggregate.Aggregate, task: Task, newest: Any) -> bool:
        return self.clock.now() < task.deadline and honest(self, task, newest)

    patch.setattr(aggregate.Aggregate, "_is_due", due)


def one_failure_ends_the_sweep(patch: pytest.MonkeyPatch) -> None:
    """A task that cannot be moved keeps the sweep from the others."""

    async def sweep(self: aggregate.Aggregate, task: Task, *, crowded: bool) -> bool:
        await self._move(task.id, Swept(task.sent_at), crowded=crowded)
        return True

    patch.setattr(aggregate.Aggregate, "_sweep", sweep)


def dispatched_before_it_is_stored(patch: pytest.MonkeyPatch) -> None:
    """A holder is sent for before there is a task to hold."""
    honest = submit.Submit._task

    async def hasty(self: submit.Submit, *args: Any) -> Task:
        task = await honest(self, *args)
        await self._dispatch(task)
        return task

    patch.setattr(submit.Submit, "_task", hasty)


def a_key_of_a_moment(patch: pytest.MonkeyPatch) -> None:
    """An Idempotency-Key is forgotten after a second."""
    patch.setattr(submit, "KEY_LIFETIME", timedelta(seconds=1))


def any_body_will_do(patch: pytest.MonkeyPatch) -> None:
    """A key with another body is answered with the first one's task."""
    honest = submit.Submit._claim

    def claim(self: submit.Submit, order: submit.SubmitTask) -> Claim | None:
        return honest(self, replace(order, fingerprint=""))

    patch.setattr(submit.Submit, "_claim", claim)


def a_retry_is_told_of_its_own(patch: pytest.MonkeyPatch) -> None:
    """Whoever lost the race for a key is answered with a task that nobody stored."""
    honest = SimulatedStore.create

    async def create(self: SimulatedStore, task: Task, *args: Any) -> Task:
        await honest(self, task, *args)
        return task

    patch.setattr(SimulatedStore, "create", create)


def a_surplus_vote_vanishes(patch: pytest.MonkeyPatch) -> None:
    """A vote that cannot count any more is acknowledged and kept nowhere."""
    honest = aggregate.Aggregate.reject

    async def reject(self: aggregate.Aggregate, reason: str, *args: Any) -> None:
        if reason != "SURPLUS_VOTE":
            await honest(self, reason, *args)

    patch.setattr(aggregate.Aggregate, "reject", reject)


def an_early_timer_is_dropped(patch: pytest.MonkeyPatch) -> None:
    """A deadline message that is early by the reader's clock is not waited out."""
    patch.setattr(aggregate, "EARLY", timedelta())


def time_is_up_on_anybodys_word(patch: pytest.MonkeyPatch) -> None:
    """A deadline message ends the task whatever the time is."""
    patch.setattr(
        lifecycle,
        "_is_before_its_time",
        lambda task, event, now: isinstance(event, DeadlineReached),
    )


def rung_too_early(patch: pytest.MonkeyPatch) -> None:
    """The holder says that time is up when it is not yet."""
    patch.setattr(dispatch, "RING_AFTER", timedelta(seconds=-4))


def calls_to_the_last_moment(patch: pytest.MonkeyPatch) -> None:
    """Model calls may end after the deadline."""
    patch.setattr(deadlines, "CALLS_END_BEFORE", timedelta(seconds=-2))


def calls_outlive_their_task(patch: pytest.MonkeyPatch) -> None:
    """Whoever lets go of a task leaves its calls running."""

    async def close(self: Seats) -> None:
        return

    patch.setattr(Seats, "close", close)


def both_calls_run_to_their_ends(patch: pytest.MonkeyPatch) -> None:
    """A vote does not end the seat's other call."""

    async def both(self: Seats, seat: Any) -> None:
        await asyncio.gather(self._ask(seat), self._hedge(seat))

    patch.setattr(Seats, "_both_calls", both)


def an_abstention_is_asked_again(patch: pytest.MonkeyPatch) -> None:
    """A seat whose worker told its abstention is given to another worker."""
    honest = Seats._try_worker

    async def again(self: Seats, seat: Any, *, hedge: bool = False) -> Any:
        began, stage = await honest(self, seat, hedge=hedge)
        return began, None if stage is SeatStage.ABSTAINED else stage

    patch.setattr(Seats, "_try_worker", again)


def a_given_up_seat_is_silent(patch: pytest.MonkeyPatch) -> None:
    """Whoever gives a seat up tells nobody."""

    async def silent(self: Seats, seat: Any) -> None:
        return

    patch.setattr(Seats, "_abstain", silent)


def refusals_are_dealt_again(patch: pytest.MonkeyPatch) -> None:
    """A voter whose model refuses is asked on and on."""

    patch.setattr(dispatch, "silent_voters", lambda task: frozenset())


def each_verdict_costs_the_call(patch: pytest.MonkeyPatch) -> None:
    """The cost of a call about many doubts is counted with each of them."""

    def decide(task: Task, verdicts: Sequence[Verdict]) -> Task:
        counted = [v for v in verdicts if lifecycle._why_no_verdict(task, v) is None]
        cost = sum((v.usage for v in verdicts), Usage())
        given = {v.doubt: replace(v, usage=cost) for v in counted}
        doubts = (replace(d, verdict=given.get(d.number, d.verdict)) for d in task.doubts)
        return lifecycle._count(replace(task, doubts=tuple(doubts)))

    patch.setattr(lifecycle, "_decide", decide)


def an_unknown_price_is_nothing(patch: pytest.MonkeyPatch) -> None:
    """A call whose price nobody told is taken to be free."""
    honest = spending.of_ballots

    def cheap(ballots: Iterable[Ballot]) -> Usage:
        told = honest(ballots)
        return replace(told, cost_usd=told.cost_usd or 0.0)

    patch.setattr(spending, "of_ballots", cheap)


def a_lost_calls_price_is_nothing(patch: pytest.MonkeyPatch) -> None:
    """What a lost call cost is taken to be known."""
    honest = spending.closing_usage

    def cheap(task: Task) -> Usage:
        return replace(honest(task), cost_usd=task.usage.cost_usd)

    patch.setattr(spending, "closing_usage", cheap)


def waves_are_not_noted(patch: pytest.MonkeyPatch) -> None:
    """When which seats were asked is forgotten after the first wave."""
    honest = lifecycle._ask

    def ask(task: Task, more: int, now: Any) -> Task:
        return replace(honest(task, more, now), waves=task.waves or honest(task, more, now).waves)

    patch.setattr(lifecycle, "_ask", ask)


def ended_when_it_was_due(patch: pytest.MonkeyPatch) -> None:
    """A task's end is told to be its deadline, whenever that was."""
    honest = lifecycle._close
    patch.setattr(
        lifecycle,
        "_close",
        lambda task, *args: replace(honest(task, *args), finished_at=task.deadline),
    )


def a_tie_is_a_consensus(patch: pytest.MonkeyPatch) -> None:
    """Of two groups that lead together the first by its spelling wins."""
    patch.setattr(Tally, "tied", property(lambda self: False))


def one_against_many_wins(patch: pytest.MonkeyPatch) -> None:
    """A single vote of a mighty voter is a consensus."""
    patch.setattr(Tally, "lone", property(lambda self: False))


def no_second_attempt_at_a_commit(patch: pytest.MonkeyPatch) -> None:
    """Whoever loses a race for a task sends its message back to the queue."""
    patch.setattr(apply, "ATTEMPTS", 2)


def a_receipt_before_the_vote(patch: pytest.MonkeyPatch) -> None:
    """The worker says that its vote is there, and only then publishes it."""
    honest = CastVote.process

    async def hasty(self: CastVote, call: SeatCall) -> AsyncGenerator[SeatUpdate, None]:
        yield SeatUpdate(SeatStage.ACCEPTED, self.worker)
        yield SeatUpdate(SeatStage.COMPLETED, self.worker)
        async for update in honest(self, call):
            if update.stage is not SeatStage.ACCEPTED:
                yield update

    patch.setattr(CastVote, "process", hasty)


def a_paid_answer_is_dropped(patch: pytest.MonkeyPatch) -> None:
    """Whoever asked for an answer takes it along when it goes."""

    async def as_it_comes(work: Coroutine[Any, Any, Any]) -> Any:
        return await work

    patch.setattr(vote, "finish_despite_cancellation", as_it_comes)


def published_at_once_or_never(patch: pytest.MonkeyPatch) -> None:
    """A vote that the bus does not take at the first attempt is lost."""
    patch.setattr(publishing, "PUBLISH_ATTEMPTS", 1)


def the_last_seats_voter_is_everybodys(patch: pytest.MonkeyPatch) -> None:
    """Every seat is dealt to the same voter."""
    honest = Seats._call

    def call(self: Seats, number: int, silent: Any) -> SeatCall:
        return replace(honest(self, number, silent), voter=self.panel.voters[0].name)

    patch.setattr(Seats, "_call", call)


def no_room_for_a_retry(patch: pytest.MonkeyPatch) -> None:
    """A retry is refused where its own first attempt filled the last place."""
    honest = submit.Submit.__call__

    async def call(self: submit.Submit, command: submit.SubmitTask) -> Task:
        if await self._is_full(command):
            raise await self._too_many(command.owner)
        return await honest(self, command)

    patch.setattr(submit.Submit, "__call__", call)


def no_room_is_no_matter(patch: pytest.MonkeyPatch) -> None:
    """POSTs at one moment all find room: the create's commit is not asked."""
    patch.setattr(submit.Submit, "_room", lambda self, command: ANY_ROOM)


def a_late_vote_is_dropped(patch: pytest.MonkeyPatch) -> None:
    """A vote that comes after the end is acknowledged and kept nowhere."""
    honest = lifecycle._why_no_ballot

    def duplicate(task: Task, ballot: Ballot) -> Ignored | None:
        why = honest(task, ballot)
        return Ignored.DUPLICATE if why is Ignored.LATE else why

    patch.setattr(lifecycle, "_why_no_ballot", duplicate)


def more_wanted_than_needed(patch: pytest.MonkeyPatch) -> None:
    """Each wave asks one seat more than would settle it."""
    honest = lifecycle._seats_to_ask

    def ask(task: Task, tally: Tally) -> int:
        wanted = honest(task, tally)
        plan, progress = task.plan, task.progress
        left = min(plan.max_votes - progress.voted, plan.max_seats - progress.asked)
        return min(wanted + 1, left) if wanted > 0 else wanted

    patch.setattr(lifecycle, "_seats_to_ask", ask)


def budget_is_looked_at_too_late(patch: pytest.MonkeyPatch) -> None:
    """What is spent up is seen only when nothing is out."""
    honest = spending.is_over_budget
    patch.setattr(
        lifecycle.spending,
        "is_over_budget",
        lambda task: honest(task) and task.progress.missing == 0,
    )


def a_doubt_holds_up_a_cancel(patch: pytest.MonkeyPatch) -> None:
    """While a model is asked about a doubt, an owner cannot cancel."""
    honest = lifecycle._reason_to_close

    def reason(task: Task, tally: Tally, event: Event, now: Any) -> Any:
        why = honest(task, tally, event, now)
        return None if task.open_doubts and why == "CANCELLED" else why

    patch.setattr(lifecycle, "_reason_to_close", reason)


def erased_while_it_runs(patch: pytest.MonkeyPatch) -> None:
    """A task that runs is erased without being ended first."""

    class Hasty(aggregate.Aggregate):
        async def cancel(self, task_id: str, owner: str) -> Task:
            return await self.own(task_id, owner)

    honest = aggregate.Aggregate.erase

    async def erase(self: aggregate.Aggregate, task_id: str, owner: str) -> None:
        parts = {part.name: getattr(self, part.name) for part in fields(self)}
        await honest(Hasty(**parts), task_id, owner)

    patch.setattr(aggregate.Aggregate, "erase", erase)


def erased_by_anybody(patch: pytest.MonkeyPatch) -> None:
    """Whose task it is that is to be erased is not looked at."""
    honest = aggregate.Aggregate.erase

    async def erase(self: aggregate.Aggregate, task_id: str, owner: str) -> None:
        stored = await self.store.load(task_id)
        await honest(self, task_id, stored.task.owner if stored else owner)

    patch.setattr(aggregate.Aggregate, "erase", erase)


def ended_and_not_erased(patch: pytest.MonkeyPatch) -> None:
    """A task that has to be ended first is left at that."""
    honest = aggregate.Aggregate.erase

    async def erase(self: aggregate.Aggregate, task_id: str, owner: str) -> None:
        stored = await self.store.load(task_id)
        running = stored is not None and stored.task.result is None
        await (self.cancel(task_id, owner) if running else honest(self, task_id, owner))

    patch.setattr(aggregate.Aggregate, "erase", erase)


def a_grave_is_overlooked(patch: pytest.MonkeyPatch) -> None:
    """Who has a task erased, and asks again since no answer came, is told that there is none."""
    honest = aggregate.Aggregate.own

    async def own(self: aggregate.Aggregate, task_id: str, owner: str) -> Task:
        try:
            return await honest(self, task_id, owner)
        except TaskErased:
            raise TaskNotFound(task_id) from None

    patch.setattr(aggregate.Aggregate, "own", own)


def rejections_of_nobodys(patch: pytest.MonkeyPatch) -> None:
    """What is rejected does not say apart which task it is about, so that no erasure finds it."""
    honest = aggregate.Aggregate.reject

    async def reject(
        self: aggregate.Aggregate, reason: str, detail: str, payload: str, key: str, _: str = ""
    ) -> None:
        await honest(self, reason, detail, payload, key)

    patch.setattr(aggregate.Aggregate, "reject", reject)


def told_from_memory(patch: pytest.MonkeyPatch) -> None:
    """Who tells subscribers of an end remembers tasks that are gone."""
    honest, remembered = SimulatedStore.load, dict[str, Stored]()

    async def load(self: SimulatedStore, task_id: str) -> Stored | None:
        stored = await honest(self, task_id)
        if stored is not None:
            remembered[task_id] = stored
        telling = self.process.kind == "notice"
        return stored or (remembered.get(task_id) if telling else None)

    patch.setattr(SimulatedStore, "load", load)


def the_first_word_stands(patch: pytest.MonkeyPatch) -> None:
    """Who thinks again of an answer is thanked, and what was said first is kept."""
    honest = SimulatedStore.judge

    async def judge(self: SimulatedStore, task: Task, feedback: Feedback) -> None:
        if task.id not in self.process.world.feedback:
            await honest(self, task, feedback)

    patch.setattr(SimulatedStore, "judge", judge)


def judged_before_there_is_an_answer(patch: pytest.MonkeyPatch) -> None:
    """Feedback on a task that runs is taken."""

    async def judge(
        self: aggregate.Aggregate, task_id: str, caller: str, correct: bool | None, answer: Any
    ) -> Feedback:
        feedback = Feedback(self.clock.now(), correct, answer, caller)
        await self.store.judge(await self.own(task_id, caller), feedback)
        return feedback

    patch.setattr(aggregate.Aggregate, "judge", judge)


SLIPS = (
    younger_tasks_first,
    nobody_knows_how_old_a_task_is,
    one_owner_until_it_has_no_more,
    a_place_is_left_in_silence,
    erased_while_it_runs,
    erased_by_anybody,
    ended_and_not_erased,
    a_grave_is_overlooked,
    rejections_of_nobodys,
    told_from_memory,
    the_first_word_stands,
    judged_before_there_is_an_answer,
    an_abstention_stands,
    one_vote_too_many,
    given_up_after_one_wave,
    no_replacements,
    each_may_spend_all,
    a_spent_seat_asks_again,
    a_second_call_for_a_vote,
    a_straggler_is_never_asked_again,
    a_vote_leaves_its_call_begun,
    what_a_lost_holder_began_is_certain,
    orphans_are_forgotten,
    sent_for_each_minute,
    the_sweep_sees_one_page,
    the_sweep_looks_past_the_overdue,
    one_failure_ends_the_sweep,
    dispatched_before_it_is_stored,
    a_key_of_a_moment,
    any_body_will_do,
    a_retry_is_told_of_its_own,
    a_surplus_vote_vanishes,
    an_early_timer_is_dropped,
    time_is_up_on_anybodys_word,
    rung_too_early,
    calls_to_the_last_moment,
    calls_outlive_their_task,
    both_calls_run_to_their_ends,
    an_abstention_is_asked_again,
    a_given_up_seat_is_silent,
    refusals_are_dealt_again,
    each_verdict_costs_the_call,
    an_unknown_price_is_nothing,
    a_lost_calls_price_is_nothing,
    waves_are_not_noted,
    ended_when_it_was_due,
    a_tie_is_a_consensus,
    one_against_many_wins,
    no_second_attempt_at_a_commit,
    a_receipt_before_the_vote,
    a_paid_answer_is_dropped,
    published_at_once_or_never,
    the_last_seats_voter_is_everybodys,
    no_room_for_a_retry,
    no_room_is_no_matter,
    a_late_vote_is_dropped,
    more_wanted_than_needed,
    budget_is_looked_at_too_late,
    a_doubt_holds_up_a_cancel,
)
