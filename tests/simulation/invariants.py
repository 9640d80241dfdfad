"""The promises of the design as checks, run at every commit and once all is quiet."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from consensus.core import stopping
from consensus.core.confidence import confidence
from consensus.core.lifecycle import MAX_HEDGES, UNATTENDED_AFTER
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Ballot,
    CloseReason,
    Finding,
    Outcome,
    Recorded,
    State,
    Task,
    Vote,
)
from consensus.core.notices import notices_of
from consensus.core.panel import Panel
from consensus.core.parts.written import with_written
from consensus.core.result import LONGEST_OF_PARTS as SHOWN
from consensus.core.result import shown
from consensus.core.spending import of_ballots
from consensus.core.tally import Tally, tally_votes
from consensus.ports import SeatCall

if TYPE_CHECKING:
    from tests.simulation.world import World

FORGER = "forged"  # the model of votes that are none of our workers'
MAX_CALLS_PER_SEAT = 3
STARTS_A_DOUBT = 2
MODEL_ATTEMPTS = 3
TOLD_WITHIN = 10.0  # seconds
GRACE = timedelta(seconds=90)
SWEEP_EVERY = timedelta(seconds=60)
WORST_SKEW = timedelta(seconds=5)
TOLD_LATELY = timedelta(seconds=70)  # of a moment that is told: a process stands still for 60 s
REFUSALS = 2  # after which a voter is asked no more in a task
ROUNDING = 1e-9
LASTING = {AbstentionReason.MODEL_REFUSED, AbstentionReason.DECLINED}
PASSING = {
    AbstentionReason.MODEL_FAILED,
    AbstentionReason.MODEL_UNREACHABLE,
    AbstentionReason.UNFINISHED,
    AbstentionReason.UNREADABLE,
    AbstentionReason.TOO_LONG,
}
LONGEST_WAY = timedelta(seconds=60)  # a sweep, its message's delivery, and the taking of the task


class BrokenPromiseError(AssertionError):
    """A promise does not hold."""


def promise(holds: bool, name: str, detail: object) -> None:
    """Raise BrokenPromiseError, naming the promise, where it does not hold."""
    if not holds:
        raise BrokenPromiseError(f"{name}: {detail}")


def check_commit(before: Task, after: Task, ballot: Recorded | None, panel: Panel) -> None:
    """What one commit may make of a task."""
    promise(before.state is not State.DONE, "I1, I2: a DONE task never changes", after)
    promise(_fixed(before) == _fixed(after), "I11: what was submitted stays", after)
    old = {r.ballot.seat: r for r in before.ballots}
    new = {r.ballot.seat: r for r in after.ballots}
    for seat, record in old.items():
        kept = new.get(seat)
        promise(kept is not None, "I3: no ballot is lost", record)
        if isinstance(record.ballot, Vote):
            promise(kept == record, "I3: a seat's first durable vote counts", (record, kept))
    for doubt, later in zip(before.doubts, after.doubts, strict=False):
        known = doubt.verdict is not None and doubt.verdict.finding is not Finding.UNKNOWN
        same_pair = replace(doubt, verdict=None) == replace(later, verdict=None)
        promise(same_pair, "I3: a doubt stays what it is", later)
        promise(not known or doubt == later, "I3: a doubt's first verdict counts", later)
    promise(len(before.doubts) <= len(after.doubts), "I3: no doubt is lost", after)
    added = [r for seat, r in new.items() if old.get(seat) != r]
    promise(added == ([ballot] if ballot else []), "ballot and task are one commit", added)
    if ballot is not None and isinstance(ballot.ballot, Vote) and ballot.ballot.model != FORGER:
        check_control_fields(before, ballot.ballot, panel)
    check_task(after)
    check_closing(before, after)
    check_asking(before, after)
    check_calls_kept(before, after, ballot)
    if ballot is not None and isinstance(ballot.ballot, Abstention):
        first = ballot.ballot.seat not in old
        promise(first, "I3: an abstention replaces nothing", ballot)
    if after.state is State.RUNNING and (added or before.state is State.QUEUED):
        check_wake_up(after)


def check_calls_kept(before: Task, after: Task, ballot: Recorded | None) -> None:
    """What was known to be begun stays counted, as what is out, lost, or told by its ballot."""
    free = ballot is not None and ballot.ballot.usage.calls == 0
    free += sum(
        later.verdict is not None and later.verdict.usage.calls == 0 and doubt.verdict is None
        for doubt, later in zip(before.doubts, after.doubts, strict=False)
    )
    known, kept = _known_calls(before), _known_calls(after)
    promise(kept >= known - free, "I10: a call that was known stays counted", (known, after))


def _known_calls(task: Task) -> int:
    told = sum(r.ballot.usage.calls for r in task.ballots)
    told += sum(d.verdict.usage.calls for d in task.doubts if d.verdict)
    return told + task.hedges + task.lost_calls + len({*task.begun, *task.orphaned})


def check_wake_up(task: Task) -> None:
    """A task that runs has not got what would have closed it."""
    settled = stopping.is_settled(with_written(task, _tally(task, task.votes)), task.plan)
    writes = any(doubt.claims for doubt in task.open_doubts)
    promise(writes or not settled, "I9: what settles a task closes it in the same commit", task)


def _fixed(task: Task) -> tuple[object, ...]:
    fixed = (task.id, task.owner, task.messages, task.prompt, task.plan, task.metadata)
    return (*fixed, task.created_at, task.deadline, task.traceparent)


def check_control_fields(task: Task, vote: Vote, panel: Panel) -> None:
    """Nothing that a model wrote reached a field that steers; task is as it was before the vote."""
    name = "I11: model text changes no control field"
    # A seat is its own voter's, or another's in the place of one whose model refuses.
    voter = next((v for v in panel.voters if v.name == vote.voter), None)
    promise(voter is not None and vote.power == panel.power(voter), name, vote)
    spent = vote.usage
    earlier = sum(a.usage.calls for a in task.abstentions if a.seat == vote.seat)
    promise(1 <= spent.calls - earlier <= MODEL_ATTEMPTS, name, spent)
    promise(spent.cost_usd is None or 0 <= spent.cost_usd <= spent.calls, name, spent)
    sure = vote.reading.confidence
    promise(sure is None or 0.0 <= sure <= 1.0, name, sure)


def check_task(task: Task) -> None:
    """What must be true of every stored task."""
    progress, plan = task.progress, task.plan
    seats = [r.ballot.seat for r in task.ballots]
    orders = [r.order for r in task.ballots]
    promise(len(set(seats)) == len(seats), "I3: one ballot a seat", seats)
    promise(orders == sorted(set(orders)), "ballots stand in recorded order", orders)
    promise(all(0 <= s < progress.asked for s in seats), "I6: only asked seats count", seats)
    votes = len(task.votes)
    promise(progress.voted == votes, "I6: voted is counted", progress)
    promise(progress.voted + progress.abstained == len(seats), "I6: conservation", progress)
    promise(progress.missing >= 0, "I6: nothing is heard twice", progress)
    promise(progress.asked <= plan.max_seats, "I10: seats are bounded", progress)
    promise(progress.voted <= plan.max_votes, "I10: votes are bounded", progress)
    most = plan.adjudications + bool(plan.compose)
    promise(len(task.doubts) <= most, "I10: doubts are bounded", task.doubts)
    promise(task.hedges <= MAX_HEDGES, "I10: hedges are bounded", task.hedges)
    waves = (len(task.waves), sum(wave.seats for wave in task.waves))
    promise(waves == (progress.waves, progress.asked), "I6: each wave is told", task.waves)
    check_cost(task)
    usage = task.usage
    counts = (usage.calls, usage.input_tokens, usage.output_tokens)
    promise(all(0 <= count < 2**63 for count in counts), "I10: what was spent is counted", usage)
    priced = usage.cost_usd is None or 0.0 <= usage.cost_usd < math.inf
    promise(priced, "I10: what was spent has a price or none", usage)
    if task.result is None:
        promise(task.state is not State.DONE, "I1: DONE has its result", task)
        limit, spent = plan.max_cost_usd, task.usage.cost_usd
        within = limit is None or spent is None or spent < limit or not progress.asked
        promise(within, "I10: what is spent up closes the task", task.usage)
    else:
        promise(task.state is State.DONE, "I1: a result is an end", task)
        check_result(task)


def check_cost(task: Task) -> None:
    """The cost is the sum of what was told; unknown where any of it is, never a guess."""
    costs = [r.ballot.usage.cost_usd for r in task.ballots]
    costs += [d.verdict.usage.cost_usd for d in task.doubts if d.verdict]
    if task.state is State.DONE:
        out = {*task.begun, *task.orphaned}
        costs += [None] * (task.hedges + task.lost_calls + len(out) + len(task.open_doubts))
    known = [cost for cost in costs if cost is not None]
    told = task.usage.cost_usd
    honest = told is None if len(known) < len(costs) else told is not None
    if honest and told is not None:
        honest = math.isclose(told, math.fsum(known), rel_tol=1e-6, abs_tol=1e-6)
    promise(honest, "I10: the cost is what was told, or unknown", (told, costs))


def check_agreement(task: Task) -> None:
    """What a consensus is, told by the result alone."""
    result, plan, voted = task.result, task.plan, task.progress.voted
    if result is None or result.outcome is not Outcome.CONSENSUS or plan.strategy.has_parts:
        return
    name = "closing: a consensus is one"
    first, *others = result.groups
    promise(voted >= plan.min_votes, name, "no quorum")
    promise(first.votes > 1 or voted == 1, name, "one vote against others")
    tied = any(math.isclose(first.weight, other.weight) for other in others)
    promise(not tied, name, "a tie")
    promise(first.share >= result.min_agreement - ROUNDING, name, "too little agreement")
    promise(result.min_agreement >= 0.5, name, "no majority")
    kept = plan.threshold_is_adaptive or result.min_agreement == plan.min_agreement
    promise(kept, name, "another threshold than the caller's")


def check_closing(before: Task, task: Task) -> None:
    """The reason of an end is what the task had come to, and no other."""
    result, plan, progress = task.result, task.plan, task.progress
    if result is None:
        return
    tally = _tally(task, task.votes)
    if result.close_reason is CloseReason.EXHAUSTED:
        wanted = stopping.next_wave(tally, plan) if progress.voted else 0
        left = min(wanted, plan.max_votes - progress.voted, plan.max_seats - progress.asked)
        promise(left <= 0, "closing: EXHAUSTED leaves no seat that could help", (task, left))
    if result.close_reason is CloseReason.BUDGET:
        spent, limit = task.usage.cost_usd, plan.max_cost_usd
        over = limit is not None and (spent is None or spent >= limit)
        promise(over, "closing: BUDGET means that it is spent", task.usage)
    if result.close_reason is CloseReason.DEADLINE:
        assert task.finished_at is not None
        promise(task.finished_at >= task.deadline, "closing: DEADLINE means that it is", task)
    if result.close_reason is CloseReason.NO_VOTES and task.finished_at < task.deadline:
        spent = task.progress.missing == 0 or plan.max_cost_usd is not None
        promise(spent, "closing: nobody is given up while seats are out", task)
        check_given_up(task)
    check_agreement(task)
    agreed = with_written(task, tally).consensus  # a text written before the last vote may stand
    told = result.outcome is Outcome.CONSENSUS
    ended = result.outcome in (Outcome.CONSENSUS, Outcome.NO_CONSENSUS)
    promise(not ended or told == agreed, "closing: CONSENSUS is told where it is", result)
    promise(
        before.progress.waves <= progress.waves <= before.progress.waves + 1,
        "I6: waves are asked one by one",
        progress,
    )


def check_given_up(task: Task) -> None:
    """A task without a vote ends early where more calls would fail again, and only there."""
    plan, progress = task.plan, task.progress
    spent, limit = task.usage.cost_usd, plan.max_cost_usd
    over = limit is not None and (spent is None or spent >= limit)
    reasons = {abstention.reason for abstention in task.abstentions}
    again = reasons <= (LASTING | PASSING if progress.waves > 1 else LASTING)
    name = "closing: what may pass is waited for"
    promise(over or again or progress.asked == plan.max_seats, name, (progress, reasons))


def check_asking(before: Task, task: Task) -> None:
    """Seats are asked only when all have answered, and exactly as many as would settle it."""
    more = task.progress.asked - before.progress.asked
    promise(more >= 0, "I6: what was asked stays asked", task.progress)
    if not more:
        return
    plan, heard = task.plan, task.progress.voted + task.progress.abstained
    all_heard = heard == before.progress.asked
    promise(all_heard, "waves: more seats are asked when every asked one has answered", task)
    voted = task.progress.voted
    tally = _tally(task, task.votes)
    wanted = stopping.next_wave(tally, plan) if voted else stopping.first_wave(plan)
    bounded = min(wanted, plan.max_votes - voted, plan.max_seats - before.progress.asked)
    promise(more == bounded, "waves: as many as agreeing votes would settle it", (more, bounded))


def check_created(task: Task, now: datetime, began: datetime) -> None:
    """A new task's times are those of its making, and its deadline what its plan gives it."""
    given = timedelta(seconds=task.plan.timeout_seconds)
    name = "L1: the time is looked at when the task is made"
    promise(task.deadline - task.created_at == given, name, task)
    promise(began <= task.created_at <= now, name, (began, task.created_at, now))


def check_told_time(now: datetime, before: Task, after: Task, recorded: Recorded | None) -> None:
    """What is told of the time is when it was, by the clock of who tells it."""
    moments = [recorded.at] if recorded else []
    moments += [after.finished_at] if after.finished_at else []
    moments += [wave.at for wave in after.waves[len(before.waves) :]]
    if after.sent_at is not None and after.sent_at != before.sent_at:
        moments.append(after.sent_at)
    honest = all(now - TOLD_LATELY <= moment <= now for moment in moments)
    promise(honest, "times: a moment is told as it was", (now, moments))


def check_taken_in(world: World, task_id: str, ballot: Ballot, key: str) -> None:
    """A vote that is acknowledged while its task is open counts, or something says why not."""
    found = world.tasks.get(task_id)
    if found is None or found[0].state is State.DONE or key in world.rejected:
        return
    held = next((r.ballot for r in found[0].ballots if r.ballot.seat == ballot.seat), None)
    counts = isinstance(held, Vote) or (held is not None and isinstance(ballot, Abstention))
    promise(counts, "I3: a vote counts, whatever abstention came before", (task_id, ballot, held))


def check_sent_for(task: Task, sender: str) -> None:
    """Whom nobody comes for is sent for again, each time after twice the wait."""
    noted = task.held_at is not None or sender != "sweep" or task.sent_at is not None
    promise(noted, "I9: that somebody was sent for is noted", task.id)


def check_patience(before: Task, after: Task) -> None:
    """What a sweep that sends for somebody again has waited for, at least."""
    if after.sent_at is None or after.sent_at == before.sent_at:
        return
    last = before.sent_at or before.created_at
    waited, wait = after.sent_at - last, last - before.created_at
    # Two sweeps at one moment may both send.
    patient = waited >= wait - 2 * WORST_SKEW or waited < SWEEP_EVERY / 2
    promise(patient, "I9: each wait for a holder is twice the last", (before.id, waited, wait))


def check_dealt(world: World, task: Task, seat: int, voter: str) -> None:
    """A seat is its own voter's, or another's where that one's model refuses."""
    refused = [a.voter for a in task.abstentions if a.reason is AbstentionReason.MODEL_REFUSED]
    name = "I10: a seat is dealt to whose turn it is"
    promise(bool(refused) or voter == world.panel.deal(task.id, seat), name, (seat, voter))
    wave = next(w for w in task.waves if w.first <= seat < w.first + w.seats)
    heard = [a for a in task.abstentions if a.seat < wave.first]
    silent = {
        one.name
        for one in world.panel.voters
        if sum(a.voter == one.name and a.reason is AbstentionReason.MODEL_REFUSED for a in heard)
        >= REFUSALS
        and not any(vote.voter == one.name for vote in task.votes)
    }
    all_silent = len(silent) == len(world.panel.voters)
    name = "I10: a voter whose model refuses is asked no more"
    promise(all_silent or voter not in silent, name, (seat, voter, refused))


def check_result(task: Task) -> None:
    """The result follows from the plan and the set of counted votes, whatever their order."""
    result = task.result
    assert result is not None
    for votes in _orders(task):
        tally = with_written(task, _tally(task, votes))
        derived = (tally.agreement, tally.margin, tally.min_agreement)
        told = (result.agreement, result.margin, result.min_agreement)
        promise(derived == told, "I4: the numbers follow from the set of votes", (tally, result))
        sure = confidence(tally, task.plan)
        promise(sure == result.confidence, "I4: so does the confidence", (sure, result))
        groups = [(g.answer[:SHOWN], g.votes, g.weight, g.share) for g in tally.groups]
        seen = [(g.answer[:SHOWN], g.votes, g.weight, g.share) for g in result.groups]
        promise(groups == seen, "I4: so do the groups", (groups, seen))
        if result.outcome is not Outcome.CANCELLED:
            promise(tally.answer == result.answer, "I4: so does the answer", (tally, result))
        parts = shown(tally.parts.parts) if tally.parts else ()
        promise(parts == result.parts, "I4: so do its parts", (parts, result))
        promise(tally.votes == task.progress.voted, "I11: a vote counts once", tally)
        settled = stopping.is_settled(tally, task.plan)
        honest = settled or result.close_reason is not CloseReason.SETTLED
        promise(honest, "closing: SETTLED means that more votes would not change it", result)
        timed_out = result.close_reason in (CloseReason.DEADLINE, CloseReason.NO_VOTES)
        promise(not (settled and timed_out), "I5: no false timeout", result)
        agreed = result.outcome is Outcome.CONSENSUS
        if result.outcome is not Outcome.CANCELLED:
            promise(agreed == tally.consensus, "I5: consensus as it stands", (tally, result))
        promise(not agreed or tally.votes >= task.plan.min_votes, "quorum counts votes", result)
    heard = of_ballots(r.ballot for r in task.ballots)
    decided = sum(d.verdict.usage.calls for d in task.doubts if d.verdict)
    decided += bool(task.open_doubts)  # they are one call's
    calls = (
        heard.calls + task.hedges + task.lost_calls + len({*task.begun, *task.orphaned}) + decided
    )
    promise(task.usage.calls == calls, "usage counts what was started", task.usage)


def _tally(task: Task, votes: Iterable[Vote]) -> Tally:
    """Where these votes would stand under the task's plan and its verdicts, in another order."""
    return tally_votes(votes, task.plan, task.doubts[::-1])


def _orders(task: Task) -> Iterable[tuple[Vote, ...]]:
    """The counted votes backwards, and shuffled with some of them twice."""
    votes = task.votes
    yield votes[::-1]
    chance = random.Random(task.last_order)
    twice = [*votes, *chance.choices(votes, k=2)] if votes else []
    chance.shuffle(twice)
    yield tuple(twice)


def check_world(world: World) -> None:
    """What must be true when nothing moves any more."""
    # Each sweep that died or was hindered postpones the promise by one period.
    allowed_late = GRACE + world.lost_sweeps * SWEEP_EVERY
    for task_id, (task, _) in world.tasks.items():
        promise(task.state is State.DONE, "L1: every accepted task ends", task)
        assert task.finished_at is not None
        late = task.finished_at - task.deadline
        promise(late <= allowed_late, "L1: by deadline and grace", (late, task_id))
        _check_not_forgotten(world, task)
        check_account(world, task)
        check_no_phantoms(world, task)
        check_spending(world, task)
        for seat in range(task.progress.asked):
            begun = world.begun[task_id, f"seat {seat}"]
            allowed = MAX_CALLS_PER_SEAT * world.holders[task_id]
            promise(begun <= allowed, "I10: calls are bounded", (task_id, seat, begun))
        for doubt in task.doubts:
            begun = world.begun[task_id, f"doubt {doubt.number}"]
            allowed = STARTS_A_DOUBT * world.holders[task_id]
            promise(begun <= allowed, "I10: calls are bounded", (task_id, doubt, begun))
        for due in notices_of(task, task.finished_at):
            heard = world.heard[due.key] or f"notice-{due.key}" in world.rejected
            promise(bool(heard), "T1: subscribers are told of every end", due)
        cancelled = task.result is not None and task.result.outcome is Outcome.CANCELLED
        asked = task_id in world.cancelling
        promise(asked or not cancelled, "closing: CANCELLED only where it was asked", task_id)
    _check_keys(world)
    _check_erased(world)
    _check_feedback(world)
    for task_id, ballot, key in world.acknowledged:
        found = world.tasks.get(task_id)
        held = found and any(r.ballot.seat == ballot.seat for r in found[0].ballots)
        late_vote = (task_id, ballot.seat) in world.late
        recorded = held or late_vote or key in world.rejected or task_id in world.erased
        promise(bool(recorded), "I8: acknowledged is recorded", (task_id, ballot))
    for task_id, verdict, key in world.decided:
        if task_id in world.erased:
            continue
        doubts = world.tasks[task_id][0].doubts
        held = verdict.doubt < len(doubts) and doubts[verdict.doubt].verdict is not None
        promise(held or key in world.rejected, "I8: acknowledged is recorded", (task_id, verdict))
    unrecorded = [key for key in world.dead_letters if key not in world.rejected]
    promise(not unrecorded, "I8: a dead letter is recorded", unrecorded)
    promise(not world.notices, "T1: what is to be told is told", world.notices)
    promise(not world.running, "L2: everything comes to rest", len(world.running))
    promise(not world.poison, "L2: poison leaves its subscription", world.poison)


def check_attendance(world: World, task_id: str) -> None:
    """A task that lost its holder got another, or ended, about as soon as a sweep could help.

    Each failure on the way postpones the promise by one period of the sweep; where dispatches wait
    for each other's tasks, nothing is promised but the end.
    """
    if task_id not in world.left:
        return
    since, hindrances = world.left.pop(task_id)
    alone = timedelta(seconds=world.loop.now - since)
    failed = max(0, world.hindrances(task_id) - hindrances)  # a sweep that ran then is no failure
    allowed = UNATTENDED_AFTER + 2 * WORST_SKEW + LONGEST_WAY + (1 + failed) * SWEEP_EVERY
    backlog = world.topics["dispatch"].window < len(world.tasks)
    name = "L1: no task stays without a holder"
    promise(backlog or alone <= allowed, name, (task_id, alone, failed))


def check_account(world: World, task: Task) -> None:
    """No call that was begun is forgotten, but for those that are told to be uncertain."""
    begun = sum(times for (of, _), times in world.begun.items() if of == task.id)
    # A ballot that cost nothing whose receipt was lost: its seat was asked again, for nothing.
    for_nothing = (r.ballot.seat for r in task.ballots if r.ballot.usage.calls == 0)
    free = sum(world.begun[task.id, f"seat {seat}"] for seat in for_nothing)
    free += sum(d.verdict is not None and d.verdict.usage.calls == 0 for d in task.doubts)
    # A call that was lost just before the end is not told of in time.
    _, ended = world.closed_by[task.id]
    just_lost = sum(ended - at < TOLD_WITHIN for at in world.lost_at[task.id])
    just_lost += sum(ended - at < TOLD_WITHIN for at in world.begun_at[task.id])
    told = task.usage.calls + free + just_lost + task.uncertain + world.untold[task.id]
    promise(begun <= told, "I10: every call that was begun is counted", (task.id, begun, told))


def check_no_phantoms(world: World, task: Task) -> None:
    """No call is counted that no worker began, but second ones, which are counted before."""
    begun = sum(times for (of, _), times in world.begun.items() if of == task.id)
    of_ballots_alone = sum(max(0, r.ballot.usage.calls - 1) for r in task.ballots)
    forged = sum(
        r.ballot.usage.calls
        for r in task.ballots
        if isinstance(r.ballot, Vote) and r.ballot.model in (FORGER, "early")
    )
    # A call that a holder lost just before it was superseded may be taken for two.
    twice = max(0, world.holders[task.id] - 1)
    # Nor is a call about open doubts known not to have begun.
    twice += bool(task.open_doubts)
    most = begun + of_ballots_alone + forged + task.hedges + twice + world.unheard[task.id]
    promise(task.usage.calls <= most, "I10: what nobody began is no call", (task.usage, most))


def check_spending(world: World, task: Task) -> None:
    """Where no call was lost and no account is forged, the limit is kept."""
    limit, spent = task.plan.max_cost_usd, task.usage.cost_usd
    forged = any(
        isinstance(r.ballot, Vote) and r.ballot.model in (FORGER, "early") for r in task.ballots
    )
    if limit is None or spent is None or forged or world.holders[task.id] > 1:
        return
    promise(spent <= limit + ROUNDING, "I10: calls spend no more than they may", (spent, limit))


def check_share(world: World, task: Task, call: SeatCall) -> None:
    """What a task may spend is shared among the seats of a wave before they ask.

    Where nobody took the task over, and nobody forged a vote, all of them were out.
    """
    limit, allowed = task.plan.max_cost_usd, call.spend_usd
    votes = (r.ballot for r in task.ballots if isinstance(r.ballot, Vote))
    strange = any(vote.model in (FORGER, "early") for vote in votes)
    if limit is None or allowed is None or strange or world.holders[task.id] > 1:
        return
    together = [w.seats for w in task.waves if w.first <= call.seat < w.first + w.seats]
    within = all(allowed <= limit / seats + ROUNDING for seats in together)
    promise(within, "I10: seats that ask together share what is left", (call.seat, allowed))


def _check_not_forgotten(world: World, task: Task) -> None:
    """A task that nobody ever took was sent for by the sweep, too, if it had the time."""
    if task.holder or (task.result and task.result.outcome is Outcome.CANCELLED):
        return
    patient = task.deadline - task.created_at > timedelta(seconds=200) + WORST_SKEW
    tried = world.sweeps_sent[task.id] + world.lost_sweeps
    promise(not patient or tried > 0, "I9: a lost dispatch is repaired by the sweep", task)


def _check_keys(world: World) -> None:
    """One key made one task, and there is no task that no key made."""
    made: defaultdict[int, set[str]] = defaultdict(set)
    for number, task_id in world.accepted:
        made[number].add(task_id)
    # An erased task's key is free again, for whoever still asks under it.
    erased = world.erased.keys()
    promise(all(len(ids - erased) <= 1 for ids in made.values()), "I7: one key, one task", made)
    known = {task_id for ids in made.values() for task_id in ids}
    asked = {world.task(task_id).messages for task_id in erased}
    again = {task_id for task_id, (task, _) in world.tasks.items() if task.messages in asked}
    name = "I7: accepted is durable, and nothing else is"
    promise(known <= {*world.tasks, *erased}, name, known)
    promise(world.tasks.keys() - known <= again, name, known)


def _check_erased(world: World) -> None:
    """Of an erased task its tombstone is left, and nothing that was said in it or of it."""
    promise(world.erased.keys() == world.gone, "erasing: what is asked for is done", world.gone)
    for task_id in world.erased:
        name = "erasing: an erased task never comes back"
        promise(task_id not in world.tasks, name, task_id)
        about = [r for r in world.rejected.values() if task_id in (r.task_id, *r.detail.split())]
        promise(not about, "erasing: no rejected message tells of it", about)
        late = [key for key in world.late if key[0] == task_id]
        promise(not late, "erasing: no late ballot of it is kept", late)
        due = [notice for notice in world.notices.values() if notice.task_id == task_id]
        promise(not due, "erasing: nobody is still to be told of it", due)
        said = task_id in world.feedback
        promise(not said, "erasing: what was said of it goes with it", task_id)
        claims = [key for key, (_, made) in world.claims.items() if made == task_id]
        promise(not claims, "erasing: its key is free again", claims)


def _check_feedback(world: World) -> None:
    """The last word stands: the last that was answered, or one said after it."""
    for task_id, said in world.said.items():
        if task_id in world.erased:
            continue
        last = max((n for n, saying in enumerate(said) if saying.is_answered), default=None)
        may_stand: list[str | None] = [s.answer for s in (said if last is None else said[last:])]
        kept = world.feedback.get(task_id)
        answer = kept.answer if kept else None
        allowed = answer in may_stand or (last is None and kept is None)
        promise(allowed, "feedback: the last word stands", (task_id, answer, said))
