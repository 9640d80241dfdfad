"""A decision in a sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from consensus.core import explanation
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    CloseReason,
    Doubt,
    Finding,
    Message,
    Outcome,
    Plan,
    Progress,
    Reading,
    Recorded,
    Strategy,
    Task,
    Verdict,
    Vote,
    Voting,
)
from consensus.core.tally import Tally, tally_votes

PLAN = Plan(strategy=Strategy.EXACT, voting=Voting.MAJORITY, min_votes=3, min_agreement=0.6)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HARDLY = "more votes would hardly change"


def tally(answers: str, plan: Plan = PLAN) -> Tally:
    """One vote a letter; a small one says that it is not sure at all."""
    votes = [
        Vote(seat, Reading(a, a.upper(), confidence=float(a.isupper())))
        for seat, a in enumerate(answers)
    ]
    return tally_votes(votes, plan)


def task(plan: Plan = PLAN) -> Task:
    """A task that nothing has happened to."""
    asked = (Message("user", "Which letter?"),)
    return Task("t", "local", asked, plan, created_at=NOW, deadline=NOW)


def explain(stood: Tally, plan: Plan, outcome: Outcome, reason: CloseReason) -> str:
    """What is said of a task without doubts and abstentions."""
    return explanation.explain(task(plan), stood, outcome, reason)


def test_a_consensus_is_told_with_its_numbers() -> None:
    """Votes, weight, threshold, and why no more were asked."""
    told = explain(tally("AAAAAAB"), PLAN, Outcome.CONSENSUS, CloseReason.SETTLED)
    assert told == (
        "6 of 7 votes agree, with 86% of the weight; 60% was needed. "
        "Asking ended because more votes would hardly change that."
    )


def test_a_threshold_that_was_relaxed_is_told_with_the_one_of_the_plan() -> None:
    """Who read 60% in the plan learns why less was enough."""
    adaptive = replace(PLAN, threshold_is_adaptive=True)
    told = explain(tally("AAAAAAB", adaptive), adaptive, Outcome.CONSENSUS, CloseReason.SETTLED)
    assert "86% of the weight; 52% was needed, and up to 60% had the runner-up been closer" in told


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ("AA", "only 2 votes came of the 3 that make a quorum"),
        ("A", "only 1 vote came of the 3 that make a quorum"),
        ("AABB", "the leading answers are tied"),
        ("AABC", "the leading answer has too small a share"),
    ],
)
def test_no_consensus_says_what_it_lacks(answers: str, why: str) -> None:
    """The first thing that was missing."""
    told = explain(tally(answers), PLAN, Outcome.NO_CONSENSUS, CloseReason.DEADLINE)
    assert told.startswith(f"No consensus, because {why}. ")
    assert told.endswith("Asking ended because time was up.")


@pytest.mark.parametrize(
    ("answers", "most", "why"),
    [
        ("AAABBB", 10, "no answer could reach 80% any more"),
        ("A" * 13 + "B" * 5 + "CC", 40, f"{HARDLY} the leader or lift its share enough"),
        ("AAABB", 5, "no more votes may be asked for"),
        ("AABB", 15, "no more seats may be asked"),
    ],
)
def test_asking_that_ended_early_says_why(answers: str, most: int, why: str) -> None:
    """What could not be reached, what was hardly likely, or that the votes were used up."""
    plan = replace(PLAN, max_votes=most, min_agreement=0.8)
    stood = tally(answers, plan)
    told = explain(stood, plan, Outcome.NO_CONSENSUS, CloseReason.EXHAUSTED)
    assert told.endswith(f" because {why}.")


@pytest.mark.parametrize(
    ("answers", "most", "why"),
    [
        ("AAAA", 15, f"{HARDLY} that"),
        ("AAA", 3, "no more votes may be asked for"),
        (
            "AAAB",
            5,
            "the one vote left could not change which answer leads; confidence is about many more",
        ),
    ],
)
def test_a_settled_answer_says_what_holds_it(answers: str, most: int, why: str) -> None:
    """Only a panel that is sure is said to be: a cap that is reached is told as such."""
    plan = replace(PLAN, max_votes=most)
    told = explain(tally(answers, plan), plan, Outcome.CONSENSUS, CloseReason.SETTLED)
    assert told.endswith(f" because {why}.")


def test_a_share_that_falls_short_is_never_told_as_reached() -> None:
    """Rounded, both would be 60%: as many decimals are told as show the difference."""
    plan = replace(PLAN, min_agreement=0.603)
    told = explain(tally("AAABB", plan), plan, Outcome.NO_CONSENSUS, CloseReason.DEADLINE)
    assert "60.0% of the weight; 60.3% was needed" in told


def test_a_lone_vote_is_told_as_one() -> None:
    """Nobody agrees with it, and nobody is said to."""
    plan = replace(PLAN, min_votes=1, max_votes=1)
    told = explain(tally("A", plan), plan, Outcome.CONSENSUS, CloseReason.SETTLED)
    assert told.startswith("1 vote came, with 100% of the weight")


def test_a_cancelled_task_says_so() -> None:
    """With the votes that had come."""
    told = explain(tally("A"), PLAN, Outcome.CANCELLED, CloseReason.CANCELLED)
    assert told == "Cancelled by its owner after 1 vote."


def test_a_failed_task_says_so() -> None:
    """Without a vote there are no numbers."""
    told = explain(tally(""), PLAN, Outcome.FAILED, CloseReason.NO_VOTES)
    assert told == "No worker brought an answer. None took the task in time."


def test_a_failed_task_says_why_seats_brought_nothing() -> None:
    """The most frequent reasons, each once and with its number; a full stop is not doubled."""
    refused = [
        Abstention(seat, AbstentionReason.MODEL_REFUSED, "the key is wrong.") for seat in (0, 1)
    ]
    lost = Abstention(2, AbstentionReason.WORKER_LOST)
    records = tuple(Recorded(i, NOW, b) for i, b in enumerate([*refused, lost], start=1))
    failed = replace(task(), ballots=records, progress=Progress(asked=4, abstained=3, waves=1))
    told = explanation.explain(failed, tally(""), Outcome.FAILED, CloseReason.NO_VOTES)
    assert told == (
        "No worker brought an answer. 2 seats: the key is wrong."
        " 1 seat: its worker was lost. 1 seat: nothing was heard."
    )


def test_verdicts_are_told() -> None:
    """How many pairs a model was asked about, and what it found; one still out is unknown."""
    found = (Finding.SAME, Finding.DIFFERENT, None)
    doubts = tuple(
        Doubt(number, "a", "b", Verdict(number, finding) if finding else None)
        for number, finding in enumerate(found)
    )
    doubted = replace(task(), doubts=doubts)
    told = explanation.explain(doubted, tally("AAAB"), Outcome.CONSENSUS, CloseReason.SETTLED)
    assert told.endswith(
        " asking for. A model was asked about 3 pairs of answers: 1 the same, 1 different,"
        " 1 unknown."
    )


@pytest.mark.parametrize("reason", CloseReason)
@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("answers", ["", "A", "AAB"])
def test_every_ending_can_be_told(answers: str, outcome: Outcome, reason: CloseReason) -> None:
    """Total: one sentence for any combination."""
    assert explain(tally(answers), PLAN, outcome, reason).endswith(".")


def test_a_silent_voter_is_told_beside_a_consensus() -> None:
    """The agreement of one model is none of two, and the result says why."""
    votes = [Vote(seat, Reading("A", "A"), "ann") for seat in range(3)]
    refused = [
        Abstention(3, AbstentionReason.MODEL_REFUSED, "the endpoint answered 401", "bob"),
        Abstention(4, AbstentionReason.MODEL_REFUSED, "the endpoint answered 401", "bob"),
    ]
    heard: list[Vote | Abstention] = [*votes, *refused]
    ballots = tuple(Recorded(n + 1, NOW, b) for n, b in enumerate(heard))
    stood = tally_votes(votes, PLAN)
    ended = (stood, Outcome.CONSENSUS, CloseReason.SETTLED)
    told = explanation.explain(replace(task(), ballots=ballots), *ended)
    assert "1 of 2 voters was silent (bob): the endpoint answered 401." in told
    both = tuple(replace(r, ballot=replace(r.ballot, voter="ann")) for r in ballots)
    assert "silent" not in explanation.explain(replace(task(), ballots=both), *ended)
