"""What holds of every decision, whatever the votes: the promises by their names.

Each is about the whole way from votes to result, under every strategy, with voters of different
weight, and confidences that are no numbers.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.core import stopping
from consensus.core.confidence import confidence
from consensus.core.events import BallotCast, Hedged, Taken
from consensus.core.grouping import group
from consensus.core.lifecycle import MAX_HEDGES, advance
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Message,
    Outcome,
    Plan,
    Reading,
    ShapePrior,
    State,
    Strategy,
    Task,
    Vote,
    VoterWeight,
    Voting,
)
from consensus.core.prior import SHAPES
from consensus.core.tally import tally_votes
from consensus.core.values import compare, same
from tests.answers import said

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUESTION = "What is the capital of France?"
ANSWERS = {
    Strategy.EXACT: ["A", "(a)", "B", "b.", "The Nile", "nile", "yes", "True", "[1, 2]"],
    Strategy.NUMERIC: ["5", "5.0", "5 km", "5000 m", "$5", "10%", "0.1", "10", "1/3", "0.3333333",
                       "0.33333333", "0.3333334", "They have 5 of them", "no idea"],
    Strategy.SEMANTIC: ["Paris", "paris.", "It is Paris.", "The capital of France is Paris", "Lyon",
                        "Not Paris", "It's Lyon, I think", "Paris or Lyon", "Marseille", "Rome"],
}  # fmt: skip
WEIGHTS = (VoterWeight("ann", 4.0), VoterWeight("bob", 0.25))
EVEN = ShapePrior((1.0 / SHAPES,) * SHAPES, tasks=30)
VOTERS = ("ann", "bob", "cid")
CONFIDENCES = (None, 0.0, 0.3, 0.9, 1.0, float("nan"), float("inf"))


def reading(
    answer: str, confidence: float | None = None, strategy: Strategy = Strategy.EXACT
) -> Reading:
    """An answer as a worker read it."""
    return replace(said(answer, strategy, QUESTION), confidence=confidence)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan of any strategy, with what was learned or without, and a threshold of either kind."""
    low = draw(st.integers(1, 4))
    return Plan(
        strategy=draw(st.sampled_from(sorted(ANSWERS))),
        voting=draw(st.sampled_from(Voting)),
        min_votes=low,
        max_votes=draw(st.integers(low, 12)),
        min_agreement=draw(st.sampled_from([0.5, 0.6, 0.8])),
        threshold_is_adaptive=draw(st.booleans()),
        voter_weights=draw(st.sampled_from([(), WEIGHTS])),
        prior=draw(st.sampled_from([None, EVEN])),
    )


def readings(strategy: Strategy) -> st.SearchStrategy[Reading]:
    """Answers under the strategy."""
    return st.builds(
        lambda answer, sure: reading(answer, sure, strategy),
        st.sampled_from(ANSWERS[strategy]),
        st.sampled_from(CONFIDENCES),
    )


@st.composite
def elections(draw: st.DrawFn) -> tuple[Plan, list[Vote]]:
    """A plan, and one vote a seat."""
    plan = draw(plans())
    cast = draw(st.lists(st.tuples(readings(plan.strategy), st.sampled_from(VOTERS)), max_size=10))
    return plan, [Vote(seat, read, voter) for seat, (read, voter) in enumerate(cast)]


def decided(plan: Plan, votes: Sequence[Vote]) -> Task:
    """A task that asked all of these seats at once, and heard them in this order."""
    seats = max(1, len({vote.seat for vote in votes}))
    asking = replace(plan, min_votes=seats, max_votes=max(plan.max_votes, seats))
    asked = (Message("user", QUESTION),)
    soon = NOW + timedelta(minutes=1)
    task = Task("t", "local", asked, asking, created_at=NOW, deadline=soon)
    task = advance(task, Taken("h"), NOW).task
    for vote in votes:
        task = advance(task, BallotCast(vote), NOW).task
    return advance(task, Taken("h"), soon).task


@given(elections(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_permutation(election: tuple[Plan, list[Vote]], dice: random.Random) -> None:
    """The order in which votes come changes no bit of the result, ties included (I4)."""
    plan, votes = election
    shuffled = dice.sample(votes, len(votes))
    assert decided(plan, shuffled).result == decided(plan, votes).result


@given(elections(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_duplication(election: tuple[Plan, list[Vote]], dice: random.Random) -> None:
    """A vote that comes again is the same vote: it changes neither tally nor result (I4)."""
    plan, votes = election
    again = [*votes, *dice.choices(votes, k=5)] if votes else []
    assert tally_votes(again, plan) == tally_votes(votes, plan)
    assert decided(plan, again).result == decided(plan, votes).result


@given(elections(), st.sampled_from(CONFIDENCES), st.sampled_from(VOTERS))
@settings(deadline=None)
def test_monotonicity(election: tuple[Plan, list[Vote]], sure: float | None, voter: str) -> None:
    """A vote that agrees never lowers the leader: it leads on, with no smaller share, no less
    surely, and what was settled stays so. Whoever casts it, however sure."""
    plan, votes = election
    before = tally_votes(votes, plan)
    if before.leader is None:
        return
    answer = before.leader.answer
    agreeing = Vote(99, reading(answer, sure, plan.strategy), voter)
    after = tally_votes([*votes, agreeing], plan)
    assert after.leader is not None
    assert after.leader.votes == before.leader.votes + 1
    assert after.agreement >= before.agreement - 1e-12
    assert after.min_agreement <= before.min_agreement
    sure_before, sure_after = confidence(before, plan), confidence(after, plan)
    assert sure_before is not None
    assert sure_after is not None
    assert sure_after >= sure_before - 1e-12
    assert stopping.is_settled(after, plan) or not stopping.is_settled(before, plan)


@given(st.data())
@settings(deadline=None)
def test_symmetry(data: st.DataObject) -> None:
    """Whether two answers are the same does not depend on which is given first."""
    plan = data.draw(plans())
    one, other = (data.draw(readings(plan.strategy)) for _ in range(2))
    assert one.value is not None
    assert other.value is not None
    alike = one.final.strip() == other.final.strip() or same(one.value, other.value)
    assert compare(other.value, one.value) == compare(one.value, other.value)
    assert (len(group([Vote(0, one), Vote(1, other)], plan)) == 1) == alike


@given(elections())
@settings(deadline=None)
def test_transitivity(election: tuple[Plan, list[Vote]]) -> None:
    """Groups part the votes: each is in exactly one, and the same words are in the same one."""
    plan, votes = election
    groups = group(votes, plan)
    assert sorted(v.seat for g in groups for v in g.votes) == [v.seat for v in votes]
    homes: dict[str, set[int]] = {}
    for number, one in enumerate(groups):
        for vote in one.votes:
            homes.setdefault(vote.reading.final, set()).add(number)
    assert all(len(numbers) == 1 for numbers in homes.values())


@given(plans(), st.data())
@settings(deadline=None)
def test_caps(plan: Plan, data: st.DataObject) -> None:
    """However a task goes, it asks for no more votes, seats and second calls than it may, and a
    consensus has its quorum."""
    asked = (Message("user", QUESTION),)
    task = Task("t", "local", asked, plan, created_at=NOW, deadline=NOW + timedelta(minutes=1))
    task = advance(task, Taken("h"), NOW).task
    silent = data.draw(st.integers(0, 3))
    for seat in range(plan.max_seats + 3):
        if seat % 4 < silent:
            ballot: Vote | Abstention = Abstention(seat, AbstentionReason.UNREADABLE)
        else:
            ballot = Vote(seat, data.draw(readings(plan.strategy)))
        task = advance(task, Hedged("h", seat), NOW).task
        task = advance(task, BallotCast(ballot), NOW).task
        assert len(task.votes) <= plan.max_votes
        assert task.progress.asked <= plan.max_seats
        assert task.hedges <= MAX_HEDGES
    assert task.state is State.DONE
    assert task.result is not None
    quorum = task.progress.voted >= plan.min_votes
    assert quorum or task.result.outcome is not Outcome.CONSENSUS
