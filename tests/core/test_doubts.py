"""Doubts: which pairs of answers a model is asked about, and what its verdicts do to a task."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consensus.core import grouping
from consensus.core.adjudication import PAIRS_A_CALL
from consensus.core.doubts import LONGEST, LONGEST_CALL
from consensus.core.events import (
    BallotCast,
    CallLost,
    CancelRequested,
    DeadlineReached,
    Event,
    Ignored,
    Swept,
    Taken,
    VerdictsGiven,
)
from consensus.core.grouping import group
from consensus.core.lifecycle import advance
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    CloseReason,
    Doubt,
    Finding,
    Message,
    Outcome,
    Plan,
    Reading,
    State,
    Strategy,
    Task,
    Usage,
    Verdict,
    Vote,
)
from consensus.core.values import Identifier, Licence, Sameness

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=60)
SAME, DIFFERENT, UNKNOWN = Finding.SAME, Finding.DIFFERENT, Finding.UNKNOWN

# Words of no language, so that the evidence is what this table says: vorn, quil and mib are in
# doubt, drat contradicts vorn, and nothing else means the same as anything.
LIKELY = {
    frozenset(("vorn", "quil")): Sameness.UNKNOWN,
    frozenset(("vorn", "mib")): Sameness.UNKNOWN,
    frozenset(("quil", "mib")): Sameness.UNKNOWN,
    frozenset(("vorn", "drat")): Sameness.DIFFERENT,
    frozenset(("quil", "drat")): Sameness.UNKNOWN,
    frozenset(("vorn", "vornish")): Sameness.SAME,
    frozenset(("vornish", "quil")): Sameness.DIFFERENT,
    frozenset(("quil", "quilic")): Sameness.SAME,
    frozenset(("vorn", "quilic")): Sameness.UNKNOWN,
    frozenset(("bridg", "vorn")): Sameness.SAME,
    frozenset(("bridg", "quil")): Sameness.SAME,
}

# Each in doubt with each.
STRANGE = {"".join(c) * 3 for c in ("bol", "dax", "fep", "gim", "hux", "jal", "kep")}


@pytest.fixture(autouse=True)
def evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table stands for all that evidence says."""

    def compared(one: Identifier, other: Identifier, _: float) -> tuple[Sameness, Licence]:
        both = frozenset((one.text, other.text))
        told = LIKELY.get(both, Sameness.UNKNOWN if both <= STRANGE else Sameness.DIFFERENT)
        return told, Licence.NOTATION

    monkeypatch.setattr(grouping, "_compared", compared)


def read(answer: str) -> Reading:
    """An answer that is what it is called."""
    return Reading(answer, answer, value=Identifier(answer))


def a_task(adjudications: int = 3, max_votes: int = 3, **plan: object) -> Task:
    """A semantic task that was just stored."""
    chosen = Plan(
        strategy=Strategy.SEMANTIC,
        min_votes=3,
        max_votes=max_votes,
        adjudications=adjudications,
    )
    return Task(
        id="t",
        owner="local",
        messages=(Message("user", "What is it?"),),
        plan=replace(chosen, **plan),  # type: ignore[arg-type]
        created_at=NOW,
        deadline=LATER,
    )


def vote(seat: int, answer: str) -> BallotCast:
    """A vote that cost a cent."""
    return BallotCast(Vote(seat, read(answer), usage=Usage(1, 8, 2, 0.01)))


def verdict(doubt: int, *findings: Finding, cost: float = 0.001) -> VerdictsGiven:
    """The verdicts of one call, on the doubts from this number on."""
    usages = (Usage(1, 20, 4, cost), *(Usage() for _ in findings[1:]))
    told = zip(findings, usages, strict=True)
    return VerdictsGiven(tuple(Verdict(doubt + i, f, usage) for i, (f, usage) in enumerate(told)))


def after(task: Task, *events: Event) -> Task:
    """The task after all of these."""
    for event in events:
        task = advance(task, event, NOW).task
    return task


def voted(answers: Sequence[str], **plan: object) -> Task:
    """A task whose first seats have brought these answers."""
    votes = [vote(seat, answer) for seat, answer in enumerate(answers)]
    count = len(answers)
    chosen: dict[str, object] = {"min_votes": count, "max_votes": count} | plan
    return after(a_task(**chosen), Taken("h"), *votes)  # type: ignore[arg-type]


def pairs(task: Task) -> list[tuple[str, str]]:
    """The answers of its doubts."""
    return [(doubt.one, doubt.other) for doubt in task.doubts]


def result(task: Task) -> tuple[Outcome, str | None]:
    """What a task came to."""
    assert task.result is not None
    return task.result.outcome, task.result.answer


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        (("vorn", "vorn", "quil"), []),  # a consensus of two in three that nothing can change
        (("vorn", "quil", "zupf"), [("quil", "vorn")]),
        (("vorn", "quil", "mib"), [("mib", "quil"), ("mib", "vorn")]),  # the third is implied
        (("vorn", "drat", "zupf"), []),  # they contradict
        (("vorn", "zupf", "plim"), []),  # the evidence is clear
        (("quil", "drat", "zupf"), [("drat", "quil")]),
    ],
)
def test_only_open_pairs_that_matter_are_in_doubt(
    answers: tuple[str, ...], asked: list[tuple[str, str]]
) -> None:
    """A pair is asked about where evidence leaves it open and joining it changes the decision."""
    assert pairs(voted(answers)) == asked


def test_a_contradiction_anywhere_in_the_groups_forbids_the_question() -> None:
    """A model is never asked to join a group to one that holds its contradiction."""
    task = voted(("vorn", "vornish", "quil", "quil", "zupf"))
    assert task.doubts == ()


def test_a_pair_that_cannot_change_the_decision_is_not_asked_about() -> None:
    """Two stragglers that would stay stragglers are worth no call."""
    task = voted(("zupf", "zupf", "zupf", "vorn", "quil", "plim"), max_votes=15)
    assert task.state is State.RUNNING
    assert pairs(task) == []


def test_answers_too_long_to_show_whole_are_not_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A model that is shown a part would judge another answer."""
    monkeypatch.setattr(grouping, "_compared", lambda *_: (Sameness.UNKNOWN, Licence.LETTER))
    assert len(pairs(voted(("hax" * 9, "brol", "lim")))) == 2
    assert pairs(voted(("hax" * LONGEST, "brol", "lim"))) == [("brol", "lim")]


def test_the_heaviest_come_first_within_the_plan() -> None:
    """Calls are spent where most weight lies, and no more of them than the plan allows."""
    answers = ("vorn", "vorn", "quil", "mib", "mib", "zupf", "plim")
    task = voted(answers, adjudications=1)
    assert pairs(task) == [("mib", "vorn")]
    assert after(task, verdict(0, DIFFERENT)).state is State.DONE


def test_one_verdict_joins_two_groups() -> None:
    """What was no consensus of three singles is one of two against one."""
    task = voted(("vorn", "quil", "zupf"))
    assert (task.state, len(task.open_doubts)) == (State.RUNNING, 1)
    task = after(task, verdict(0, SAME))
    assert result(task) == (Outcome.CONSENSUS, "quil")
    assert task.result is not None
    assert "asked about 1 pair of answers: 1 the same" in task.result.explanation


@pytest.mark.parametrize("finding", [DIFFERENT, UNKNOWN])
def test_any_other_verdict_leaves_the_groups_as_they_were(finding: Finding) -> None:
    """Without a yes the task ends as it would have ended, and the pair is not asked again."""
    task = after(voted(("vorn", "quil", "zupf")), verdict(0, finding))
    assert result(task)[0] is Outcome.NO_CONSENSUS
    assert len(task.doubts) == 1


def test_a_model_is_asked_before_more_seats_are() -> None:
    """One call may save a wave; only its answer shows how many seats are wanted."""
    task = voted(("vorn", "vorn", "vorn", "quil"), max_votes=9)
    assert (task.progress.asked, pairs(task)) == (4, [("quil", "vorn")])
    assert after(task, verdict(0, SAME)).state is State.DONE
    task = after(task, verdict(0, DIFFERENT))
    assert task.progress.asked > 4


def test_what_was_asked_stays_answered_for_later_votes() -> None:
    """A group that grows, or is named after another of its answers, is not asked about again."""
    task = voted(("vorn", "vorn", "vorn", "quil"), max_votes=15, min_agreement=0.9)
    task = after(task, verdict(0, DIFFERENT))
    assert task.progress.asked > 4
    for seat in range(4, task.progress.asked):
        task = after(task, vote(seat, "quilic"))
    assert {v.reading.final for v in task.votes} == {"vorn", "quil", "quilic"}
    assert pairs(task) == [("quil", "vorn")]


def test_found_different_holds_against_later_evidence() -> None:
    """A late vote cannot bridge two groups that a model told apart."""
    doubt = Doubt(0, "quil", "vorn", Verdict(0, DIFFERENT))
    votes = [Vote(i, read(a)) for i, a in enumerate(("vorn", "quil", "bridg"))]
    plan = a_task().plan
    assert len(group(votes, plan)) == 1
    assert len(group(votes, plan, [doubt])) == 2


def test_found_same_yields_to_a_contradiction() -> None:
    """A model cannot join what a vote in either group contradicts."""
    doubt = Doubt(0, "drat", "vorn", Verdict(0, SAME))
    votes = [Vote(i, read(a)) for i, a in enumerate(("vorn", "drat"))]
    assert len(group(votes, a_task().plan, [doubt])) == 2


FOUND = st.lists(
    st.tuples(
        st.sampled_from(("vorn", "quil", "mib", "drat", "vornish")),
        st.sampled_from(("vorn", "quil", "mib", "drat", "zupf")),
        st.sampled_from(Finding),
    ),
    max_size=5,
    unique_by=lambda found: frozenset(found[:2]),
)
CAST = st.lists(
    st.sampled_from(("vorn", "quil", "mib", "drat", "zupf", "vornish")), min_size=1, max_size=8
)


@given(CAST, FOUND, st.randoms(use_true_random=False))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_groups_do_not_depend_on_the_order_of_votes_or_verdicts(
    answers: list[str], found: list[tuple[str, str, Finding]], chance: random.Random
) -> None:
    """Groups are a function of the set of votes and the set of verdicts (I4)."""
    plan = a_task().plan
    votes = [Vote(seat, read(a)) for seat, a in enumerate(answers)]
    doubts = [Doubt(i, a, b, Verdict(i, f)) for i, (a, b, f) in enumerate(found)]
    expected = group(votes, plan, doubts)
    chance.shuffle(votes)
    chance.shuffle(doubts)
    assert group(votes + votes[:2], plan, doubts) == expected
    for g in expected:
        said = {v.reading.final for v in g.votes}
        assert not any(f is DIFFERENT and a != b and {a, b} <= said for a, b, f in found)
        assert not {"vorn", "drat"} <= said


@given(
    st.permutations([vote(0, "vorn"), vote(1, "quil"), vote(2, "zupf")]),
    st.permutations([verdict(0, SAME), verdict(0, SAME), verdict(0, UNKNOWN)]),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_result_is_the_same_for_any_arrival(
    votes: list[BallotCast], verdicts: list[VerdictsGiven]
) -> None:
    """Votes and verdicts may come in any order, and more than once; a lost call's no replaces."""
    task = after(a_task(), Taken("h"), *votes, *verdicts, DeadlineReached())
    told = result(task)
    expected = (Outcome.CONSENSUS, "quil")
    lost_first = verdicts[0].verdicts[0].finding is UNKNOWN
    assert told == ((Outcome.NO_CONSENSUS, told[1]) if lost_first else expected)


def test_a_finding_replaces_not_knowing_while_the_task_is_open() -> None:
    """As a vote replaces an abstention; and the first finding counts."""
    task = voted(("vorn", "quil", "mib"))
    task = after(task, verdict(0, UNKNOWN), verdict(0, SAME))
    ignored = advance(task, verdict(0, DIFFERENT), NOW).ignored
    assert task.doubts[0].verdict is not None
    assert (task.doubts[0].verdict.finding, ignored) == (SAME, Ignored.DUPLICATE)


def test_verdicts_that_nobody_asked_for_change_nothing() -> None:
    """A number that is no doubt's, or a task that is DONE, makes no difference."""
    open_task = voted(("vorn", "quil", "zupf"))
    assert advance(open_task, verdict(7, SAME), NOW).ignored is Ignored.NOT_IN_DOUBT
    assert advance(open_task, verdict(-1, SAME), NOW).ignored is Ignored.NOT_IN_DOUBT
    done = after(open_task, CancelRequested())
    step = advance(done, verdict(0, SAME), NOW)
    assert (step.task, step.ignored) == (done, Ignored.LATE)


@pytest.mark.parametrize("finding", [SAME, DIFFERENT])
def test_a_verdict_is_counted_and_paid(finding: Finding) -> None:
    """Calls, tokens and cost include the adjudicator's."""
    task = after(voted(("vorn", "quil", "zupf")), verdict(0, finding))
    assert task.usage.calls == 4
    assert task.usage.cost_usd == pytest.approx(0.031)
    assert task.usage.input_tokens == 44


def test_a_budget_holds_for_verdicts_too() -> None:
    """A verdict that spends the rest closes the task; one that could not be paid is not asked."""
    task = voted(("vorn", "vorn", "vorn", "quil"), max_votes=9, max_cost_usd=0.041)
    task = after(task, verdict(0, DIFFERENT, cost=0.002))
    assert task.result is not None
    assert task.result.close_reason is CloseReason.BUDGET
    assert voted(("vorn", "quil", "zupf"), max_cost_usd=0.03).doubts == ()


def test_open_doubts_do_not_outlive_the_deadline() -> None:
    """A task whose verdict never comes closes as it stands; what that call cost is unknown."""
    task = voted(("vorn", "quil", "zupf"))
    assert advance(task, Swept(), NOW).task is task
    closed = advance(task, DeadlineReached(), LATER).task
    assert closed.result is not None
    assert closed.result.close_reason is CloseReason.DEADLINE
    assert (closed.usage.calls, closed.usage.cost_usd) == (4, None)


def test_no_doubt_is_raised_that_could_not_be_decided_in_time() -> None:
    """Two seconds before the deadline a model call would only be wasted."""
    task = after(a_task(), Taken("h"), vote(0, "vorn"), vote(1, "quil"))
    assert advance(task, vote(2, "zupf"), LATER - timedelta(seconds=1)).task.doubts == ()


def test_calls_for_doubts_are_counted_when_they_are_lost() -> None:
    """A lost worker's call may be paid, and so may the one of a superseded holder."""
    task = voted(("vorn", "quil", "mib"))
    assert advance(task, CallLost("h"), NOW).task.usage.calls == 4
    assert len(task.open_doubts) == 2
    assert advance(task, Taken("other"), NOW).task.usage.calls == 4


def test_a_vote_too_many_does_not_count_while_a_doubt_is_open() -> None:
    """A seat whose replacement has voted may answer still: max_votes bounds what counts."""
    lost = BallotCast(Abstention(0, AbstentionReason.WORKER_LOST))
    doubted = after(a_task(), Taken("h"), lost, vote(1, "vorn"), vote(2, "quil"))
    full = after(doubted, verdict(0, Finding.DIFFERENT), vote(3, "mib"))
    assert (full.progress.voted, bool(full.open_doubts), full.state) == (3, True, State.RUNNING)
    step = advance(full, vote(0, "vorn"), NOW)
    assert (step.task, step.ignored) == (full, Ignored.SURPLUS)


def test_abstentions_do_not_hold_up_doubts() -> None:
    """Every asked seat has answered, whether with a vote or not."""
    task = after(a_task(max_votes=9), Taken("h"), vote(0, "vorn"), vote(1, "quil"))
    lost = BallotCast(Abstention(2, AbstentionReason.WORKER_LOST))
    assert pairs(after(task, lost)) in ([], [("quil", "vorn")])


@pytest.mark.parametrize("strategy", [Strategy.EXACT, Strategy.NUMERIC])
def test_every_kind_of_answer_may_be_in_doubt(strategy: Strategy) -> None:
    """Words that no rule can compare are for a model to tell, however a task compares."""
    task = voted(("vorn", "quil", "zupf"), strategy=strategy)
    assert pairs(task)
    assert result(after(task, verdict(0, SAME, SAME)))[0] is Outcome.CONSENSUS


@pytest.mark.parametrize("strategy", [Strategy.EXACT, Strategy.NUMERIC])
@pytest.mark.parametrize("answers", [("12", "13", "14.5"), ("5 km", "6 km", "7 m")])
def test_values_that_differ_are_in_no_doubt(strategy: Strategy, answers: tuple[str, ...]) -> None:
    """What is compared by value leaves nothing to a model's opinion."""
    if strategy is Strategy.NUMERIC or answers[0].isdigit():
        assert voted(answers, strategy=strategy).doubts == ()


def test_a_call_decides_all_that_is_in_doubt() -> None:
    """Its verdicts count together, and its cost once."""
    task = voted(("vorn", "quil", "mib"))
    assert len(task.open_doubts) == 2
    task = after(task, verdict(0, SAME, SAME))
    assert result(task)[0] is Outcome.CONSENSUS
    assert (task.usage.calls, task.usage.input_tokens) == (4, 44)


def test_the_cost_of_a_call_goes_with_what_counts_of_it() -> None:
    """Where its first verdict is known already, the next one carries what the call cost."""
    task = after(voted(("vorn", "quil", "mib")), verdict(0, DIFFERENT), verdict(0, SAME, SAME))
    assert [d.verdict.finding for d in task.doubts if d.verdict] == [DIFFERENT, SAME]
    assert task.usage.calls == 5


def test_a_call_shows_no_more_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most four pairs, and only as many as can be shown whole."""
    words = sorted(STRANGE)
    task = voted(words, strategy=Strategy.EXACT, adjudications=20)
    assert len(task.open_doubts) == PAIRS_A_CALL
    monkeypatch.setattr(grouping, "_compared", lambda *_: (Sameness.UNKNOWN, Licence.LETTER))
    long = [word * (LONGEST // 10) for word in words]
    task = voted(long, strategy=Strategy.EXACT, adjudications=20)
    assert sum(len(one) + len(other) for one, other in pairs(task)) <= LONGEST_CALL
    assert 0 < len(pairs(task)) < PAIRS_A_CALL


@given(CAST)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_off_is_as_if_there_were_no_such_thing(answers: list[str]) -> None:
    """Without adjudications no task ever has a doubt; with them, never more than the plan says."""
    off = voted(answers, adjudications=0)
    assert off.doubts == ()
    on = voted(answers, adjudications=2)
    for number in range(4):
        on = after(on, verdict(number, DIFFERENT))
    assert len(on.doubts) <= 2
    assert not on.open_doubts
