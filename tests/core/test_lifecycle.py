"""advance(): the one function that moves a task."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.events import (
    BallotCast,
    CallLost,
    CallsBegun,
    CancelRequested,
    DeadlineReached,
    Effect,
    Event,
    Ignored,
    StillHeld,
    Submitted,
    Swept,
    Taken,
)
from consensus.core.lifecycle import advance
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    CloseReason,
    Message,
    Outcome,
    Plan,
    Progress,
    Reading,
    State,
    Strategy,
    Task,
    Usage,
    Vote,
    VoterWeight,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLAN = Plan(strategy=Strategy.EXACT, min_votes=3, max_votes=7, min_agreement=0.6)


def task(plan: Plan = PLAN) -> Task:
    """A task that was just stored."""
    return Task(
        id="t",
        owner="local",
        messages=(Message("user", "Which letter?"),),
        plan=plan,
        created_at=NOW,
        deadline=NOW + timedelta(seconds=60),
    )


def vote(seat: int, answer: str, cost: float | None = 0.0) -> BallotCast:
    """A vote of one call and ten tokens."""
    usage = Usage(calls=1, input_tokens=8, output_tokens=2, cost_usd=cost)
    return BallotCast(Vote(seat, Reading(answer, answer), usage=usage))


def abstention(seat: int) -> BallotCast:
    """An abstention that cost one call."""
    return BallotCast(Abstention(seat, AbstentionReason.MODEL_FAILED, usage=Usage(calls=1)))


def after(*events: Event, start: Task | None = None, at: datetime = NOW) -> Task:
    """The task after these events."""
    moved = start or task()
    for event in events:
        moved = advance(moved, event, at).task
    return moved


def running() -> Task:
    """A task that a holder has taken."""
    return after(Taken("h1"))


def test_a_timer_ends_a_task_though_the_clock_was_set_back_before_its_beginning() -> None:
    """Such a clock cannot tell; the timer waited. Anything else leaves the task open meanwhile."""
    back = NOW - timedelta(hours=1)
    for event in (vote(0, "A"), Swept(), StillHeld("h1")):
        assert after(event, start=running(), at=back).state is State.RUNNING
    ended = after(DeadlineReached(), start=running(), at=back)
    assert ended.result is not None
    assert ended.result.close_reason is CloseReason.NO_VOTES
    a_little = NOW - timedelta(seconds=5)  # as clocks may differ: the timer was early
    assert after(DeadlineReached(), start=running(), at=a_little).state is State.RUNNING


def test_a_submitted_task_is_dispatched() -> None:
    """QUEUED means: somebody must be found to hold it."""
    step = advance(task(), Submitted(), NOW)
    assert step.effects == (Effect.DISPATCH,)
    assert step.task.state is State.QUEUED


def test_a_sweep_dispatches_a_queued_task_again() -> None:
    """A lost dispatch message is repaired by the next sweep."""
    assert advance(task(), Swept(), NOW).effects == (Effect.DISPATCH,)
    assert advance(running(), Swept(), NOW).effects == ()


def test_a_sweep_that_comes_twice_is_noted_once() -> None:
    """Its commit stood, and the answer was lost: it sends now, and waits from the first time on."""
    later = NOW + timedelta(seconds=20)
    first = advance(task(), Swept(), NOW).task
    again = advance(first, Swept(), later)
    assert (again.effects, again.task.sent_at) == ((Effect.DISPATCH,), NOW)
    assert advance(first, Swept(first.sent_at), later).task.sent_at == later


def test_taking_a_task_asks_its_first_wave() -> None:
    """The holder's id is on the task, and at least min_votes seats are asked."""
    taken = running()
    assert (taken.state, taken.holder) == (State.RUNNING, "h1")
    assert taken.progress.asked >= PLAN.min_votes
    assert taken.progress.waves == 1


def test_a_second_holder_takes_over_without_asking_more() -> None:
    """A redelivery takes over at once; what was asked stays asked."""
    first = running()
    second = after(Taken("h2"), start=first)
    assert second.holder == "h2"
    assert second.progress == first.progress


HELD = after(Taken("h1", "m1"))


@pytest.mark.parametrize(
    ("held", "dispatch", "replaces", "holder"),
    [
        (task(), "m1", "", "new"),  # nobody holds it
        (HELD, "m1", "", "new"),  # the holder's message came again: its delivery failed
        (HELD, "m2", "", "h1"),  # sent while it was QUEUED; the holder works on it by now
        (HELD, "m2", "h1", "new"),  # sent to replace this very holder
        (HELD, "m2", "h0", "h1"),  # sent to replace one who was replaced already
        (HELD, "", "", "h1"),
        (after(Taken("h2", "m2", "h1"), start=HELD), "m1", "", "h2"),  # the former holder's message
        (after(Taken("h2", "m2", "h1"), start=HELD), "m2", "h1", "new"),
        (after(Taken("h1")), "m1", "", "new"),  # taken by a version that told no message
    ],
)
def test_who_may_take_a_task(held: Task, dispatch: str, replaces: str, holder: str) -> None:
    """A message takes a task from the holder that it brought, and from whom its sender knew."""
    step = advance(held, Taken("new", dispatch, replaces), NOW)
    assert step.task.holder == holder
    assert step.ignored is (Ignored.HELD if holder != "new" else None)
    assert step.task.state is State.RUNNING


def test_a_message_that_may_not_take_the_task_changes_nothing() -> None:
    """No call of the holder's is lost by it, and none is counted as lost."""
    assert advance(HELD, Taken("new", "m2"), NOW).task is HELD


@pytest.mark.parametrize(("silent", "sent"), [(59, False), (60, True), (1e6, True)])
def test_a_task_whose_holder_is_silent_is_sent_again(silent: float, sent: bool) -> None:
    """Only by a sweep, and only a minute after the last sign of life."""
    long = replace(task(), deadline=NOW + timedelta(days=100))
    held = after(Taken("h1", "m1"), start=long)
    signed = after(StillHeld("h1"), StillHeld("h0"), start=held, at=NOW + timedelta(seconds=20))
    then = NOW + timedelta(seconds=20 + silent)
    assert signed.held_at == NOW + timedelta(seconds=20)
    assert advance(signed, Swept(), then).effects == ((Effect.DISPATCH,) if sent else ())
    assert advance(signed, Submitted(), then).effects == ()


def test_only_the_holder_signs() -> None:
    """A superseded holder's sign says nothing of the task's."""
    later = NOW + timedelta(seconds=20)
    assert advance(HELD, StillHeld("h0"), later).task is HELD
    assert advance(HELD, StillHeld("h1"), later).task == replace(HELD, held_at=later)


def test_agreeing_votes_settle_the_task() -> None:
    """As many agreeing votes as the first wave asked are enough."""
    first = running()
    done = after(*(vote(s, "A") for s in range(first.progress.asked)), start=first)
    assert done.result
    assert (done.result.outcome, done.result.close_reason) == (
        Outcome.CONSENSUS,
        CloseReason.SETTLED,
    )
    assert done.result.answer == "A"
    assert done.usage == Usage(
        first.progress.asked, 8 * first.progress.asked, 2 * first.progress.asked, 0.0
    )
    assert done.finished_at == NOW


def test_dissent_asks_a_second_wave_only_when_all_have_answered() -> None:
    """Seats are asked when every asked seat has voted or abstained, never before."""
    first = running()
    asked = first.progress.asked
    almost = after(*(vote(s, "AB"[s % 2]) for s in range(asked - 1)), start=first)
    assert almost.progress.asked == asked
    full = after(vote(asked - 1, "B"), start=almost)
    assert full.progress.asked > asked
    assert full.progress.waves == 2


def test_the_first_vote_of_a_seat_counts() -> None:
    """A second vote of the same seat changes nothing, whatever it says."""
    once = after(vote(0, "A"), start=running())
    step = advance(once, vote(0, "B"), NOW)
    assert step.task is once
    assert step.ignored is Ignored.DUPLICATE


def test_a_vote_that_replaces_an_abstention_takes_over_its_cost() -> None:
    """Both calls were made and paid: the usage only grows."""
    abstained = after(abstention(0), start=running())
    voted = after(vote(0, "A"), start=abstained)
    alone = after(vote(0, "A"), start=running())
    assert voted.usage.calls == abstained.usage.calls + alone.usage.calls


def test_a_vote_replaces_an_abstention_and_never_the_reverse() -> None:
    """Votes beat abstentions, in either order."""
    voted = after(abstention(0), vote(0, "A"), start=running())
    assert (voted.progress.voted, voted.progress.abstained) == (1, 0)
    kept = after(vote(0, "A"), abstention(0), start=running())
    assert (kept.progress.voted, kept.progress.abstained) == (1, 0)
    assert voted.last_order == 2


def test_a_seat_that_was_never_asked_is_refused() -> None:
    """A ballot for an unknown seat changes nothing."""
    for seat in (-1, running().progress.asked, 10**9):
        step = advance(running(), vote(seat, "A"), NOW)
        assert step.ignored is Ignored.SEAT_NOT_ASKED
        assert step.recorded is None


def test_a_done_task_never_changes() -> None:
    """Late ballots, cancels, holders and timers leave it as it is."""
    done = after(CancelRequested(), start=running())
    for event in (vote(0, "A"), CancelRequested(), Taken("h9"), DeadlineReached(), Swept()):
        assert advance(done, event, NOW + timedelta(days=1)).task is done
    assert advance(done, vote(0, "A"), NOW).ignored is Ignored.LATE


def test_cancel_ends_without_an_answer() -> None:
    """CANCELLED carries no answer, but what was voted can be read."""
    done = after(vote(0, "A"), CancelRequested(), start=running())
    assert done.result
    assert done.result.outcome is Outcome.CANCELLED
    assert done.result.answer is None
    assert [g.answer for g in done.result.groups] == ["A"]


def test_a_result_tells_whose_votes_its_groups_are_where_there_were_several() -> None:
    """That is what later plans learn of voters; one voter alone has nothing to be compared with."""

    def voters(*names: str) -> list[tuple[str, ...]]:
        said = [
            Vote(seat, Reading(a, a), name)
            for seat, (name, a) in enumerate(zip(names, "ABA", strict=True))
        ]
        voted = after(*map(BallotCast, said), start=running())
        done = after(DeadlineReached(), start=voted, at=NOW + timedelta(minutes=9))
        assert done.result
        return [g.voters for g in done.result.groups]

    assert voters("bob", "cid", "ann") == [("ann", "bob"), ("cid",)]
    assert voters("ann", "ann", "ann") == [(), ()]


def test_a_heavy_voter_alone_makes_no_consensus() -> None:
    """It leads by its weight, more votes are asked, and in the end there is no consensus."""
    known = (VoterWeight("ann", 4.0), VoterWeight("bob", 0.25))
    said = zip(("ann", "bob", "bob"), "ABC", strict=True)
    cast = [BallotCast(Vote(seat, Reading(a, a), name)) for seat, (name, a) in enumerate(said)]
    plan = replace(PLAN, voter_weights=known)
    voted = after(Taken("h1"), *cast, start=task(plan))
    assert voted.state is State.RUNNING
    assert voted.progress.asked > 3
    done = after(DeadlineReached(), start=voted, at=NOW + timedelta(minutes=9))
    assert done.result
    assert (done.result.outcome, done.result.answer) == (Outcome.NO_CONSENSUS, "A")
    assert done.result.agreement > 0.8
    assert "a single vote, whatever it weighs, is no consensus" in done.result.explanation


def test_a_timer_that_comes_early_changes_nothing() -> None:
    """Only at or after the deadline is time up."""
    early = running()
    assert after(DeadlineReached(), start=early, at=early.deadline - timedelta(seconds=1)) is early


@pytest.mark.parametrize(
    ("answers", "outcome", "answer"),
    [
        ("", Outcome.FAILED, None),
        ("AA", Outcome.NO_CONSENSUS, "A"),
        ("AAAB", Outcome.CONSENSUS, "A"),
    ],
)
def test_a_deadline_closes_with_what_stands(
    answers: str, outcome: Outcome, answer: str | None
) -> None:
    """Quorum and agreement decide the outcome; no vote at all is FAILED, NO_VOTES."""
    plan = replace(PLAN, min_votes=3, max_votes=15, min_agreement=0.6)
    started = after(Taken("h"), CallsBegun("h", tuple(range(9))), start=task(plan))
    voted = after(*(vote(s, a) for s, a in enumerate(answers)), start=started)
    done = after(DeadlineReached(), start=voted, at=voted.deadline)
    assert done.result
    assert done.result.outcome is outcome
    assert done.result.answer == answer
    expected = CloseReason.DEADLINE if answers else CloseReason.NO_VOTES
    assert done.result.close_reason is expected
    assert done.usage.calls == started.progress.asked  # a wave that nobody began is no call


def test_too_late_to_ask_more_the_task_waits_for_its_deadline() -> None:
    """No seat is asked that could not vote in time; time closes the task, not exhaustion."""
    first = running()
    asked = first.progress.asked
    late = first.deadline - timedelta(seconds=1)
    waiting = after(*(abstention(s) for s in range(asked)), start=first, at=late)
    assert (waiting.state, waiting.progress.asked) == (State.RUNNING, asked)


def test_any_event_after_the_deadline_tallies_first() -> None:
    """The vote that settles a task, arriving late but before the timer, still settles it."""
    first = running()
    last = first.progress.asked - 1
    almost = after(*(vote(s, "A") for s in range(last)), start=first)
    done = after(vote(last, "A"), start=almost, at=first.deadline + timedelta(seconds=2))
    assert done.result
    assert done.result.close_reason is CloseReason.SETTLED


def test_the_budget_closes_a_task_that_spent_it() -> None:
    """Known spend at the cap ends asking."""
    plan = replace(PLAN, max_cost_usd=0.05)
    done = after(Taken("h"), vote(0, "A", 0.03), vote(1, "B", 0.03), start=task(plan))
    assert done.result
    assert done.result.close_reason is CloseReason.BUDGET


def test_an_unknown_price_hides_no_known_one() -> None:
    """A call that was cut off tells no price; what the others told is spent all the same."""
    plan = replace(PLAN, max_cost_usd=0.05)
    cut_off = Abstention(2, AbstentionReason.MODEL_UNREACHABLE, usage=Usage(1, cost_usd=None))
    said = (vote(0, "A", 0.03), BallotCast(cut_off), vote(1, "B", 0.03))
    done = after(Taken("h"), *said, start=task(plan))
    assert done.result
    assert done.result.close_reason is CloseReason.BUDGET


def test_a_limit_of_nothing_is_spent_at_the_first_ballot() -> None:
    """Also where that made no call, since nothing was left to make it with."""
    unpaid = Abstention(0, AbstentionReason.UNFINISHED)
    start = task(replace(PLAN, max_cost_usd=0.0))
    done = after(Taken("h"), BallotCast(unpaid), start=start)
    assert done.state is State.DONE


def test_seats_run_out() -> None:
    """With nothing but abstentions the task fails after max_votes + 5 seats."""
    moved = running()
    for _ in range(PLAN.max_seats):
        if moved.state is State.DONE:
            break
        heard = len(moved.ballots)
        limited = Abstention(heard, AbstentionReason.RATE_LIMITED)
        moved = after(BallotCast(limited), start=moved)
    assert moved.result
    assert moved.result.close_reason is CloseReason.NO_VOTES
    assert moved.progress == Progress(PLAN.max_seats, 0, PLAN.max_seats, moved.progress.waves)


def test_a_refusing_endpoint_is_not_asked_again() -> None:
    """When every seat of the first wave was refused, the task fails, and says by what."""
    first = running()
    refusals = (
        BallotCast(Abstention(s, AbstentionReason.MODEL_REFUSED, "the endpoint answered 401"))
        for s in range(first.progress.asked)
    )
    done = after(*refusals, start=first)
    assert done.result
    assert done.result.outcome is Outcome.FAILED
    assert "4 seats: the endpoint answered 401." in done.result.explanation


def declined(seat: int) -> BallotCast:
    """A seat whose model declined."""
    return BallotCast(Abstention(seat, AbstentionReason.DECLINED, "the model declined to answer"))


def test_a_declined_question_costs_one_wave() -> None:
    """Where the whole first wave declines nobody else is asked, and the user is told so."""
    first = running()
    done = after(*map(declined, range(first.progress.asked)), start=first)
    assert done.result
    assert (done.result.outcome, done.result.close_reason) == (
        Outcome.FAILED,
        CloseReason.NO_VOTES,
    )
    assert done.progress.asked == first.progress.asked
    assert done.result.explanation.startswith("The panel declined to answer. 4 seats: ")


def test_a_decline_among_answers_is_replaced() -> None:
    """One model's refusal ends no task that others answer."""
    first = running()
    others = (vote(seat, "4") for seat in range(1, first.progress.asked))
    moved = after(declined(0), *others, start=first)
    assert moved.result is None or moved.result.outcome is Outcome.CONSENSUS


def test_declines_and_other_failures_get_a_second_wave_only() -> None:
    """What is declined by some and garbled by others is no task for twenty calls."""
    moved = running()
    while moved.state is not State.DONE:
        seat = len(moved.ballots)
        garbled = BallotCast(Abstention(seat, AbstentionReason.UNREADABLE))
        moved = after(garbled if seat % 2 else declined(seat), start=moved)
    assert moved.progress.waves == 2


def test_an_endpoint_that_keeps_failing_is_given_a_second_wave_only() -> None:
    """What may be a passing fault is tried once more, not until the seats run out."""
    moved = running()
    while moved.state is not State.DONE:
        moved = after(abstention(len(moved.ballots)), start=moved)
    assert moved.progress.waves == 2


def test_calls_of_a_lost_worker_and_of_a_former_holder_are_counted() -> None:
    """They were started and may be billed: calls count them, and the cost is unknown."""
    first = running()
    asked = first.progress.asked
    calls = (CallsBegun("h1", (0, 1)), CallLost("h1", 0), CallLost("stranger", 1))
    again = (Taken("h2"), CallsBegun("h2", (0, 1)))
    moved = after(*calls, *again, start=first)
    done = after(*(vote(s, "A") for s in range(asked)), start=moved)
    assert done.usage.calls == asked + 2  # seat 0's worker, and seat 1's whose holder was lost
    assert done.usage.cost_usd is None


def test_what_a_lost_holder_may_have_begun_is_uncertain() -> None:
    """Its workers' calls are told of a moment after they began: how many may be missing is told."""
    said = (CallsBegun("h1", (0,)), vote(1, "A", cost=0.01))
    asked = running().progress.asked
    same = after(*said, Taken("h1"), start=running())
    assert same.uncertain == 0
    moved = after(Taken("h2"), start=same)
    assert moved.uncertain == asked - 2  # seat 0 is known to be out, seat 1 is heard
    done = after(*(vote(s, "A", cost=0.01) for s in range(asked)), start=moved)
    assert done.usage.calls == asked
    assert done.usage.cost_usd == pytest.approx(0.01 * asked)


def test_a_lost_holders_seat_may_be_out_twice_at_the_end() -> None:
    """Settled without it: its worker's call counts, and the new holder's may have begun."""
    plan = replace(PLAN, min_votes=3, max_votes=9, min_agreement=0.5, threshold_is_adaptive=False)
    first = after(Taken("h1"), start=task(replace(plan, min_votes=5)))
    asked = first.progress.asked
    moved = after(CallsBegun("h1", tuple(range(asked))), Taken("h2"), start=first)
    begun = after(CallsBegun("h2", tuple(range(1, asked))), start=moved)
    done = after(*(vote(s, "A") for s in range(1, asked)), start=replace(begun, plan=plan))
    assert done.result
    assert done.result.close_reason is CloseReason.SETTLED
    assert (done.usage.calls, done.uncertain) == (2 * asked - 1, 1)


def test_what_no_worker_began_is_no_call() -> None:
    """However often holders come and go; and telling again counts nothing twice."""
    begun = CallsBegun("h1", (0,))
    moved = after(begun, begun, CallLost("h1", 2), Taken("h2"), Taken("h3"), start=running())
    ended = after(CancelRequested(), start=moved)
    assert ended.usage.calls == 1  # seat 0's: its worker may have asked the model
    lost = (CallsBegun("h3", (0,)), CallsBegun("h3", (0,)), CallLost("h3", 0), CallLost("h3", 0))
    assert after(*lost, CancelRequested(), start=moved).usage.calls == 2


ballots = st.builds(
    lambda seat, answer: vote(seat, answer) if answer else abstention(seat),
    st.integers(0, 12),
    st.sampled_from(["A", "B", "C", ""]),
)
happenings = st.one_of(
    ballots,
    st.just(Taken("other")),
    st.just(Swept()),
    st.just(DeadlineReached()),
)


@given(st.lists(happenings, max_size=60), st.integers(1, 5), st.integers(5, 9))
def test_every_history_keeps_the_books(events: list[Event], low: int, high: int) -> None:
    """asked = voted + abstained + missing, within the caps, and DONE never changes."""
    moved = after(Taken("h"), start=task(replace(PLAN, min_votes=low, max_votes=high)))
    for event in events:
        before, moved = moved, advance(moved, event, NOW).task
        progress = moved.progress
        assert progress.voted == len(moved.votes) <= high
        assert progress.abstained == len(moved.ballots) - progress.voted
        assert progress.missing >= 0
        assert progress.asked <= moved.plan.max_seats
        assert before.state is not State.DONE or moved is before


@given(st.lists(ballots, max_size=40))
def test_handling_an_event_twice_is_handling_it_once(events: list[BallotCast]) -> None:
    """Every delivery may be a duplicate."""
    once = after(*events, start=running())
    twice = after(*(e for event in events for e in (event, event)), start=running())
    assert once == twice
