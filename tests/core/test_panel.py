"""Dealing seats to voters."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from consensus.core.model import Abstention, Ballot, Plan, Reading, Recorded, Task, Vote
from consensus.core.model import AbstentionReason as Why
from consensus.core.panel import Panel, Voter, silent_voters

NOW = datetime(2026, 1, 1, tzinfo=UTC)

THREE = Panel((Voter("ann"), Voter("bob"), Voter("eve")))


def test_one_voter_takes_every_seat() -> None:
    """The default panel has the one voter "default"."""
    assert {Panel().deal("t", seat) for seat in range(20)} == {"default"}


def test_any_run_of_seats_is_as_diverse_as_can_be() -> None:
    """As many seats in a row as there are voters meet all of them."""
    for start in range(20):
        assert len({THREE.deal("t", start + n) for n in range(3)}) == 3


def test_a_seat_always_gets_the_same_voter() -> None:
    """A redelivery, on whatever machine, deals alike."""
    assert [THREE.deal("task-1", seat) for seat in range(4)] == ["eve", "ann", "bob", "eve"]


def test_every_voter_begins_about_as_often() -> None:
    """Who gets the first seat depends on the task."""
    first = Counter(THREE.deal(f"task-{n}", 0) for n in range(3000))
    assert all(900 < times < 1100 for times in first.values())


def test_powers_are_told_beside_the_heaviest() -> None:
    """Nobody's is above 1, so that a vote to come is bounded before its voter was heard."""
    ann, bob = Voter("ann", power=4.0), Voter("bob", power=1.0)
    panel = Panel((ann, bob))
    assert (panel.power(ann), panel.power(bob)) == (1.0, 0.25)
    assert Panel().power(Voter()) == 1.0


def test_a_silent_voters_seats_go_to_others() -> None:
    """To the next at the table; where nobody is left to speak, they stay."""
    dealt = [THREE.deal("task-1", seat, {"ann"}) for seat in range(4)]
    assert dealt == ["eve", "bob", "bob", "eve"]
    everybody = {"ann", "bob", "eve"}
    assert [THREE.deal("task-1", seat, everybody) for seat in range(3)] == ["eve", "ann", "bob"]


def _refusal(seat: int, voter: str, why: Why = Why.MODEL_REFUSED) -> Abstention:
    return Abstention(seat, why, "401", voter)


@pytest.mark.parametrize(
    ("ballots", "silent"),
    [
        ([], set()),
        ([_refusal(0, "ann")], set()),
        ([_refusal(0, "ann"), _refusal(1, "ann")], {"ann"}),
        ([_refusal(0, "ann"), _refusal(1, "ann", Why.RATE_LIMITED)], set()),
        ([_refusal(0, "ann"), _refusal(1, "ann"), Vote(2, Reading("A", "A"), "ann")], set()),
        ([_refusal(0, "ann"), _refusal(1, "bob"), _refusal(2, "bob")], {"bob"}),
    ],
)
def test_a_voter_is_silent_whose_model_refuses(ballots: list[Ballot], silent: set[str]) -> None:
    """Twice, and never voted; what passes by itself is no refusal."""
    recorded = tuple(Recorded(n + 1, NOW, ballot) for n, ballot in enumerate(ballots))
    task = Task("t", "local", (), Plan(), created_at=NOW, deadline=NOW, ballots=recorded)
    assert silent_voters(task) == silent
