"""The tally: weights, shares, who leads, and whether that is a consensus."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.model import Plan, Reading, Strategy, Vote, VoterWeight, Voting
from consensus.core.tally import (
    LARGEST_POWER,
    ROUNDING,
    WeighedGroup,
    tally_groups,
    tally_votes,
    weight,
)

PLAN = Plan(strategy=Strategy.EXACT, min_votes=3, max_votes=15, min_agreement=0.6)
MAJORITY = replace(PLAN, voting=Voting.MAJORITY)


def cast(answers: str) -> list[Vote]:
    """One vote a letter."""
    return [Vote(seat, Reading(a, a)) for seat, a in enumerate(answers)]


confidences = st.none() | st.floats(allow_nan=True, allow_infinity=True)
votes_of = st.lists(
    st.builds(
        lambda answer, confidence, power: (answer, confidence, power),
        st.sampled_from("ABC"),
        confidences,
        st.floats(allow_nan=True, allow_infinity=True),
    ),
    max_size=12,
).map(
    lambda told: [
        Vote(seat, Reading(answer, answer, confidence=confidence), power=power)
        for seat, (answer, confidence, power) in enumerate(told)
    ]
)


def test_no_votes_are_no_consensus() -> None:
    """Nothing leads, nothing is shared out."""
    tally = tally_votes([], PLAN)
    assert tally.leader is None
    assert (tally.votes, tally.agreement, tally.margin) == (0, 0.0, 0.0)
    assert not tally.quorum
    assert not tally.tied
    assert not tally.consensus


@pytest.mark.parametrize(
    ("answers", "consensus", "tied"),
    [
        ("A", False, False),  # no quorum
        ("AA", False, False),
        ("AAA", True, False),
        ("AAB", True, False),
        ("ABC", False, True),
        ("AABB", False, True),
        ("AAABB", True, False),
        ("AAABBB", False, True),
    ],
)
def test_consensus_is_quorum_agreement_and_no_tie(
    answers: str, consensus: bool, tied: bool
) -> None:
    """All three, and the quorum counts votes."""
    tally = tally_votes(cast(answers), MAJORITY)
    assert (tally.consensus, tally.tied) == (consensus, tied)
    assert tally.leader is not None
    assert tally.leader.answer == "A"


def test_one_weighty_vote_is_no_quorum() -> None:
    """A weight is never votes: however heavy, one vote is one."""
    vote = Vote(0, Reading("A", "A", confidence=1.0), power=LARGEST_POWER)
    assert not tally_votes([vote], PLAN).consensus


@pytest.mark.parametrize(
    ("power", "confidence", "expected"),
    [
        (1.0, 1.0, 1.0),
        (1.0, 0.0, 0.5),
        (2.0, 1.0, 2.0),
        (1.0, 7.0, 1.0),
        (1.0, -7.0, 0.5),
        (math.nan, 1.0, 1.0),
        (math.inf, 1.0, 1.0),
        (-3.0, 1.0, 0.0),
        (1e300, 1.0, LARGEST_POWER),
    ],
)
def test_a_weight_is_power_times_bounded_confidence(
    power: float, confidence: float, expected: float
) -> None:
    """What is no number, or out of bounds, is neutral or held within them."""
    vote = Vote(0, Reading("A", "A", confidence=confidence), power=power)
    assert weight(vote, Voting.CONFIDENCE_WEIGHTED) == expected


@given(confidences)
def test_no_boast_outweighs_two_doubters(confidence: float | None) -> None:
    """A vote's confidence moves its weight within a factor of two."""
    vote = Vote(0, Reading("A", "A", confidence=confidence))
    assert 0.5 <= weight(vote, Voting.CONFIDENCE_WEIGHTED) <= 1.0
    assert weight(vote, Voting.MAJORITY) == 1.0


def by(voters: str, answers: str) -> list[Vote]:
    """One vote a letter, each by the voter of that letter."""
    told = zip(voters, answers, strict=True)
    return [Vote(seat, Reading(a, a), voter) for seat, (voter, a) in enumerate(told)]


KNOWN = (VoterWeight("x", 4.0), VoterWeight("y", 0.25))
WEIGHED = replace(PLAN, voter_weights=KNOWN)


def test_a_voter_weighs_what_its_record_says() -> None:
    """A strong voter's two votes outweigh three; who has no record is neutral."""
    tally = tally_votes(by("xxyyy", "AABBB"), WEIGHED)
    assert tally.leader is not None
    assert (tally.leader.answer, tally.leader.voters) == ("A", ("x", "x"))
    strangers = by("zzzzz", "AABBB")
    assert tally_votes(strangers, WEIGHED).groups == tally_votes(strangers, PLAN).groups


def test_a_majority_is_a_majority() -> None:
    """Who asks for one vote a voice gets it, whatever was learned."""
    votes = by("xxyyy", "AABBB")
    plan = replace(WEIGHED, voting=Voting.MAJORITY)
    assert tally_votes(votes, plan) == tally_votes(votes, MAJORITY)


def test_a_single_vote_is_no_consensus_whatever_it_weighs() -> None:
    """It may lead the others by its weight, but never settle the question against them."""
    votes = by("xyy", "ABC")
    tally = tally_votes(votes, WEIGHED)
    assert tally.agreement > 0.8
    assert tally.lone
    assert not tally.consensus
    powerful = [replace(votes[0], power=LARGEST_POWER), *votes[1:]]
    assert not tally_votes(powerful, PLAN).consensus


@given(st.text("xyz", max_size=12), st.randoms(use_true_random=False), st.sampled_from("xyz"))
def test_an_agreeing_vote_of_any_voter_never_lowers_the_leader(
    voters: str, dice: random.Random, voter: str
) -> None:
    """Learned weights keep what holds without them."""
    votes = by(voters, "".join(dice.choices("ABC", k=len(voters))))
    before = tally_votes(votes, WEIGHED)
    if before.leader is None:
        return
    answer = before.leader.answer
    after = tally_votes([*votes, Vote(99, Reading(answer, answer), voter)], WEIGHED)
    assert after.leader is not None
    assert after.leader.answer == answer
    assert after.agreement >= before.agreement - 1e-12
    assert after.consensus or not before.consensus


@given(st.text("xyz", max_size=12), st.randoms(use_true_random=False))
def test_weighed_votes_are_a_set_too(voters: str, dice: random.Random) -> None:
    """SubmitTask and duplication change no bit of a weighed tally either (I4)."""
    votes = by(voters, "".join(dice.choices("ABC", k=len(voters))))
    again = [*votes, *votes[:2]]
    dice.shuffle(again)
    assert tally_votes(again, WEIGHED) == tally_votes(votes, WEIGHED)


def test_one_more_vote_may_weigh_more_than_any_yet() -> None:
    """Light voters alone were heard: the panel's heaviest, who weighs 1, may still come."""
    light = [Vote(seat, Reading("A", "A"), power=0.25) for seat in range(3)]
    assert tally_votes(light, MAJORITY).heaviest_vote == 1.0


def test_one_more_vote_may_weigh_what_the_best_voter_does() -> None:
    """The leader counts as certain only where no voter of the panel could overturn it."""
    assert tally_votes(by("yy", "AA"), WEIGHED).heaviest_vote == 4.0
    assert tally_votes(by("yy", "AA"), PLAN).heaviest_vote == 1.0


def test_only_differences_of_confidence_matter() -> None:
    """A panel that is less sure throughout has the same shares."""

    def shares(shift: float) -> list[float]:
        told = [("A", 0.6), ("A", 0.7), ("B", 0.5), ("B", 0.9)]
        votes = [Vote(n, Reading(a, a, confidence=c - shift)) for n, (a, c) in enumerate(told)]
        return [g.share for g in tally_votes(votes, PLAN).groups]

    assert shares(0.0) == pytest.approx(shares(0.3))


@given(votes_of, st.randoms(use_true_random=False), st.sampled_from([PLAN, MAJORITY]))
def test_order_and_duplication_change_no_bit(
    votes: list[Vote], shuffled: random.Random, plan: Plan
) -> None:
    """The tally is a function of the set of votes, to the last bit (I4)."""
    again = [*votes, *votes[:3]]
    shuffled.shuffle(again)
    assert tally_votes(again, plan) == tally_votes(votes, plan)


@given(votes_of, st.sampled_from([PLAN, MAJORITY]))
def test_shares_are_of_one_whole(votes: list[Vote], plan: Plan) -> None:
    """Every number is finite, and shares sum to one where anything has weight."""
    tally = tally_votes(votes, plan)
    assert sum(g.votes for g in tally.groups) == tally.votes == len(votes)
    assert math.isfinite(tally.weight)
    if tally.weight:
        assert math.fsum(g.share for g in tally.groups) == pytest.approx(1.0)
    assert 0.0 <= tally.margin <= tally.agreement <= 1.0 + 1e-9


@given(votes_of, confidences)
def test_an_agreeing_vote_never_lowers_the_leader(
    votes: list[Vote], confidence: float | None
) -> None:
    """One more vote for the leader: it still leads, and with no smaller share."""
    before = tally_votes(votes, PLAN)
    if before.leader is None:
        return
    answer = before.leader.answer
    after = tally_votes([*votes, Vote(99, Reading(answer, answer, confidence=confidence))], PLAN)
    assert after.leader is not None
    assert after.leader.answer == answer
    assert after.agreement >= before.agreement - 1e-12


@given(
    st.lists(st.tuples(st.integers(1, 9), st.floats(0.1, 9)), min_size=1, max_size=6),
    st.floats(0.5, 1.0),
    st.booleans(),
)
def test_a_minority_never_wins(
    groups: list[tuple[int, float]], needed: float, adaptive: bool
) -> None:
    """The threshold in force is never less than half, and a given one is kept."""
    plan = replace(PLAN, min_agreement=needed, threshold_is_adaptive=adaptive)
    tally = tally_groups([WeighedGroup(f"{n}", v, w) for n, (v, w) in enumerate(groups)], plan)
    assert tally.min_agreement >= 0.5
    if not adaptive:
        assert tally.min_agreement == needed
    if tally.consensus:
        assert tally.agreement >= 0.5 - ROUNDING


@given(st.floats(0, 1), st.integers(1, 20), st.integers(1, 20))
def test_a_share_that_is_reached_counts_as_reached(sure: float, agreeing: int, others: int) -> None:
    """k equal votes of n are k/n of the weight, whatever their sum rounds to."""
    if agreeing <= others:
        return
    share = agreeing / (agreeing + others)
    plan = Plan(strategy=Strategy.EXACT, min_votes=1, max_votes=64, min_agreement=share)
    votes = [
        Vote(seat, Reading(answer, answer, confidence=sure))
        for seat, answer in enumerate(["A"] * agreeing + ["B"] * others)
    ]
    assert tally_votes(votes, plan).consensus
