"""A worker's panel: each seat is taken by its own voter."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Doubt,
    Finding,
    Message,
    Strategy,
    Usage,
    Verdict,
    Vote,
)
from consensus.ports import DoubtCall, SeatCall, SeatStage
from consensus.readers.reply import read
from consensus.usecases.pacing import Pacer
from consensus.usecases.panelists import NoSuchVoter, Panelists
from consensus.usecases.vote import CastVote
from tests.answers import leaves_of, value_of
from tests.clocks import NOON, HandClock
from tests.usecases.doubles import Model, RecordingBus


def _model(name: str) -> Model:
    """Answers with its own name."""
    return Model(f'{{"answer": "{name}"}}', Usage(calls=1), name)


def _panelists(bus: RecordingBus) -> Panelists:
    unknown_voter = CastVote(
        NoSuchVoter(), read, value_of, leaves_of, bus, HandClock(), lambda: 0.0, worker="w-1"
    )
    voters = {
        "ann": replace(unknown_voter, model=_model("m-1"), power=2.0),
        "bob": replace(unknown_voter, model=_model("m-2"), power=0.5),
    }
    return Panelists(voters, unknown_voter)


async def _take(panelists: Panelists, voter: str) -> SeatStage:
    messages = (Message("user", "Which?"),)
    call = SeatCall("t1", 0, voter, messages, Strategy.EXACT, NOON + timedelta(seconds=60))
    async with aclosing(panelists.process(call)) as updates:
        return [update.stage async for update in updates][-1]


async def test_each_seat_is_answered_by_the_voter_it_names() -> None:
    """Model, voting power and the ballot's voter are that voter's."""
    bus = RecordingBus()
    panelists = _panelists(bus)
    for voter in ("bob", "ann"):
        assert await _take(panelists, voter) is SeatStage.COMPLETED

    votes = [b for b in bus.ballots if isinstance(b, Vote)]
    assert [(v.voter, v.model, v.power) for v in votes] == [("bob", "m-2", 0.5), ("ann", "m-1", 2)]
    assert panelists.worker == "w-1"


async def test_a_doubt_is_decided_by_the_voter_it_names() -> None:
    """Its model is asked; a voter who is not there leaves the doubt open, at no cost."""
    bus = RecordingBus()
    panelists = _panelists(bus)
    for voter in ("bob", "eve"):
        call = DoubtCall("t1", (Doubt(0, "a", "b"),), voter, "?", NOON + timedelta(seconds=60))
        async with aclosing(panelists.process(call)) as updates:
            assert [update.worker async for update in updates] == ["w-1"] * 3

    unread = Verdict(0, Finding.UNKNOWN, Usage(calls=1))
    assert bus.given == [unread, Verdict(0, Finding.UNKNOWN)]
    assert bus.ballots == []


async def test_an_unknown_voter_abstains_at_no_cost() -> None:
    """The seat is not lost: it says that the panels differ."""
    bus = RecordingBus()
    assert await _take(_panelists(bus), "eve") is SeatStage.ABSTAINED

    (ballot,) = bus.ballots
    assert isinstance(ballot, Abstention)
    assert (ballot.voter, ballot.reason) == ("eve", AbstentionReason.MODEL_REFUSED)
    assert ballot.usage == Usage()
    assert "CONSENSUS_PANEL" in ballot.detail


async def test_what_others_found_is_taken_in_and_what_is_found_told() -> None:
    """Each voter's endpoint has a pace of its own."""
    pacers = {"ann": Pacer(HandClock()), "bob": Pacer(HandClock())}
    panelists = replace(_panelists(RecordingBus()), pacers=pacers)
    question = (Message("user", "?"),)
    ends = NOON + timedelta(seconds=60)
    call = SeatCall("t1", 0, "ann", question, Strategy.EXACT, ends, rate=2.0)
    told = [update.rate async for update in panelists.process(call)]
    assert set(told) == {2.0}
    assert (pacers["ann"].known, pacers["bob"].known) == (2.0, 0.0)
