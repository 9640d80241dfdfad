"""Grouping: equivalence classes of votes, the same for any order and duplication."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.core.grouping import group
from consensus.core.model import Plan, Reading, Strategy, Vote
from consensus.core.values import same
from tests.answers import said

CAPITAL = "What is the capital of France?"
ANSWERS = {
    Strategy.EXACT: ["A", "(a)", "B", "b.", "The Nile", "nile", "", "yes", "True", "[1, 2]"],
    Strategy.NUMERIC: [
        "5", "5.0", "5 km", "5000 m", "$5", "5 apples", "5 red apples", "10%", "0.1", "10",
        "1/3", "0.3333333", "0.33333333", "0.3333334", "1, 2", "(2, 1)", "(1, 2)", "no idea", "12",
        "They have 5 of them, all red", "more than 5", "It is 10 or 5",
    ],
    Strategy.SEMANTIC: [
        "Paris", "paris.", "It is Paris.", "The capital of France is Paris", "Lyon", "Not Paris",
        "The city of Paris, on the Seine", "It's Lyon, I think", "Paris or Lyon", "I don't know",
        "Marseille", "The largest city, Paris",
    ],
}  # fmt: skip


def cast(
    answers: Sequence[str], strategy: Strategy = Strategy.EXACT, question: str = ""
) -> list[Vote]:
    """One vote a seat."""
    return [Vote(seat, said(text, strategy, question)) for seat, text in enumerate(answers)]


def sizes(answers: Sequence[str], strategy: Strategy, question: str = "") -> list[tuple[str, int]]:
    """The groups as (answer, votes)."""
    plan = Plan(strategy=strategy)
    return [(g.answer, len(g.votes)) for g in group(cast(answers, strategy, question), plan)]


@st.composite
def elections(draw: st.DrawFn) -> tuple[Plan, list[Vote]]:
    """Some votes under some strategy."""
    strategy = draw(st.sampled_from(sorted(ANSWERS)))
    answers = draw(st.lists(st.sampled_from(ANSWERS[strategy]), max_size=12))
    return Plan(strategy=strategy), cast(answers, strategy, CAPITAL)


@given(elections(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_order_and_duplication_make_no_difference(
    election: tuple[Plan, list[Vote]], shuffled: random.Random
) -> None:
    """The groups are a function of the set of votes (I4)."""
    plan, votes = election
    expected = group(votes, plan)
    again = votes + shuffled.sample(votes, len(votes) // 2)
    shuffled.shuffle(again)
    assert group(again, plan) == expected


@given(elections())
@settings(deadline=None)
def test_every_vote_is_in_one_group(election: tuple[Plan, list[Vote]]) -> None:
    """Groups partition the votes; each shows an answer that one of its votes gave."""
    plan, votes = election
    groups = group(votes, plan)
    assert sorted(v.seat for g in groups for v in g.votes) == [v.seat for v in votes]
    for one in groups:
        assert one.answer in {v.reading.final.strip() for v in one.votes}


@given(elections(), st.integers(0, 11))
@settings(deadline=None)
def test_an_agreeing_vote_joins_the_vote_that_it_agrees_with(
    election: tuple[Plan, list[Vote]], place: int
) -> None:
    """One more vote with the same words changes no group but its own, which grows by one."""
    plan, votes = election
    if not votes:
        return
    model = votes[place % len(votes)]
    before = group(votes, plan)
    after = group([*votes, Vote(99, model.reading)], plan)
    seats = [{v.seat for v in g.votes} for g in before]
    grown = [s | {99} if model.seat in s else s for s in seats]
    assert sorted(map(sorted, grown)) == sorted(sorted(v.seat for v in g.votes) for g in after)


@given(elections())
@settings(deadline=None)
def test_two_answers_are_grouped_as_they_are_judged(election: tuple[Plan, list[Vote]]) -> None:
    """A pair alone forms one group exactly where the two are equivalent; symmetric."""
    plan, votes = election
    if len(votes) < 2:
        return
    a, b = votes[0], votes[1]
    assert a.reading.value is not None
    assert b.reading.value is not None
    identical = a.reading.final.strip() == b.reading.final.strip()
    alike = identical or same(a.reading.value, b.reading.value)
    assert (len(group([a, b], plan)) == 1) == alike


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["5", "5 km", "5000 m"], [("5 km", 3)]),
        (["5", "5 km", "5000 m", "$5"], [("5 km", 2), ("$5", 1), ("5", 1)]),
        (["108", "108 km/h", "108", "112.5"], [("108 km/h", 3), ("112.5", 1)]),
        (["5", "5 apples", "5 red apples", "6"], [("5 apples", 3), ("6", 1)]),
        (["397.8", "397.80", "39.78"], [("397.8", 2), ("39.78", 1)]),
        (["10%", "0.1", "10"], [("10%", 2), ("10", 1)]),
    ],
)
def test_a_bare_number_joins_the_one_unit_that_it_fits(
    answers: list[str], expected: list[tuple[str, int]]
) -> None:
    """Where it could mean several, it stays alone, and keeps them apart."""
    assert sizes(answers, Strategy.NUMERIC) == expected


def test_a_chain_of_near_numbers_does_not_join_its_ends() -> None:
    """Within one group every two numbers are within the tolerance."""
    plan = Plan(strategy=Strategy.NUMERIC, numeric_tolerance=1e-2)
    chain = [f"{100 + n / 2}" for n in range(12)]
    for one in group(cast(chain, Strategy.NUMERIC), plan):
        values = [float(v.reading.final) for v in one.votes]
        assert max(values) - min(values) <= 1e-2 * max(values)


def test_a_short_answer_gathers_the_sentences_that_give_it() -> None:
    """What means the same to the question is one group, opposites and others apart."""
    answers = ["Paris", "paris.", "The capital of France is Paris.", "Lyon", "Not Paris"]
    assert sizes(answers, Strategy.SEMANTIC, CAPITAL)[0] == ("Paris", 3)
    assert len(sizes(answers, Strategy.SEMANTIC, CAPITAL)) == 3


@given(st.lists(st.sampled_from(ANSWERS[Strategy.SEMANTIC]), max_size=12))
@settings(deadline=None)
def test_no_chain_of_answers_joins_opposites(answers: list[str]) -> None:
    """Whatever lies between them, answers that contradict are never one group."""
    votes = cast([*answers, "Paris", "Lyon", "Not Paris"], Strategy.SEMANTIC, CAPITAL)
    for one in group(votes, Plan(strategy=Strategy.SEMANTIC)):
        assert len({v.reading.final for v in one.votes} & {"Paris", "Lyon", "Not Paris"}) <= 1


def test_options_are_compared_as_options_in_open_questions_too() -> None:
    """A letter and the text behind it are one answer."""
    question = "Which gas? A) Oxygen B) Nitrogen"
    answers = ["B", "B) Nitrogen", "Nitrogen", "A"]
    for strategy in (Strategy.EXACT, Strategy.SEMANTIC):
        assert [n for _, n in sizes(answers, strategy, question)] == [3, 1]


@pytest.mark.parametrize("strategy", ANSWERS)
def test_a_thousand_distinct_answers_are_grouped(strategy: Strategy) -> None:
    """Far more than a task can bring: every vote still has its group."""
    votes = cast([f"{n} things of kind {n * 7919 % 1000}" for n in range(1000)], strategy)
    groups = group(votes, Plan(strategy=strategy))
    assert sum(len(g.votes) for g in groups) == 1000


def test_nan_confidences_do_not_count_a_duplicate_twice() -> None:
    """A vote that comes again is the same vote, whatever its confidence is worth."""
    votes = [Vote(0, Reading("A", "A", confidence=float("nan"))) for _ in range(3)]
    (only,) = group(votes, Plan())
    assert len(only.votes) == 1
