"""A decision in a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consensus.core.explanation import explain
from consensus.core.model import CloseReason, Outcome, Plan, Reading, Strategy, Vote, Voting
from consensus.core.tally import Tally, take

PLAN = Plan(strategy=Strategy.EXACT, voting=Voting.MAJORITY, min_votes=3, min_agreement=0.6)
HARDLY = "more votes would hardly change"


def tally(answers: str) -> Tally:
    """One vote a letter."""
    return take([Vote(seat, Reading(a, a)) for seat, a in enumerate(answers)], PLAN, "")


def test_a_consensus_is_told_with_its_numbers() -> None:
    """Votes, weight, threshold, lead, and how sure it is."""
    told = explain(tally("AAAB"), PLAN, Outcome.CONSENSUS, CloseReason.SETTLED, 0.97)
    assert told == (
        "3 of 4 votes agree, with 75% of the weight (needed: 60%) and a lead of 50%; "
        "more votes would hardly change that (confidence 0.97)."
    )


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
    told = explain(tally(answers), PLAN, Outcome.NO_CONSENSUS, CloseReason.DEADLINE, 0.5)
    assert told.startswith(f"No consensus, because {why}: ")
    assert told.endswith("time was up (confidence 0.50).")


@pytest.mark.parametrize(
    ("answers", "most", "why"),
    [
        ("AAABBB", 10, "no answer could reach 80% any more"),
        ("A" * 13 + "B" * 5 + "CC", 40, f"{HARDLY} the leader or lift its share enough"),
        ("AAABB", 5, "no more votes may be asked"),
    ],
)
def test_asking_that_ended_early_says_why(answers: str, most: int, why: str) -> None:
    """What could not be reached, what was hardly likely, or that the votes were used up."""
    plan = replace(PLAN, max_votes=most, min_agreement=0.8)
    votes = [Vote(seat, Reading(a, a)) for seat, a in enumerate(answers)]
    told = explain(take(votes, plan, ""), plan, Outcome.NO_CONSENSUS, CloseReason.EXHAUSTED, 0.99)
    assert told.endswith(f"; {why} (confidence 0.99).")


@pytest.mark.parametrize(("confidence", "says"), [(0.9, "0.90"), (0.996, "0.99"), (1.0, "1.00")])
def test_nearly_sure_is_not_told_as_sure(confidence: float, says: str) -> None:
    """Only certainty is 1.00."""
    told = explain(tally("AAAB"), PLAN, Outcome.CONSENSUS, CloseReason.SETTLED, confidence)
    assert f"(confidence {says})" in told


def test_a_cancelled_task_says_so() -> None:
    """With the votes that had come."""
    told = explain(tally("A"), PLAN, Outcome.CANCELLED, CloseReason.CANCELLED, 0.5)
    assert told == "Cancelled by its owner after 1 vote."


def test_a_failed_task_says_so() -> None:
    """Without a vote there are no numbers."""
    told = explain(tally(""), PLAN, Outcome.FAILED, CloseReason.NO_VOTES, 0.0)
    assert told == "No worker brought an answer."


@pytest.mark.parametrize("reason", CloseReason)
@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("answers", ["", "A", "AAB"])
def test_every_ending_can_be_told(answers: str, outcome: Outcome, reason: CloseReason) -> None:
    """Total: one sentence for any combination."""
    assert explain(tally(answers), PLAN, outcome, reason, 0.5).endswith(".")
