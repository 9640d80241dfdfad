"""When parts are sure enough, and what their shares are worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.parts.composing import Ballot, Part, decide
from consensus.core.parts.shapes import Open
from consensus.core.parts.stopping import votes_wanted
from consensus.core.parts.trust import confidence


@pytest.mark.parametrize(
    ("votes", "left", "wanted"),
    [
        ([{"a": 1}] * 3, 12, 0),
        ([{"a": 1}] * 2, 12, 1),
        ([{"a": 1}, {"a": 1}, {"a": 2}], 12, 3),
        ([{"a": 1, "b": 1}, {"a": 1, "b": 1}, {"a": 1, "b": 2}], 12, 3),
        ([{"a": 1}, {"a": 1}, {"a": 2}], 1, 0),  # hopeless
        ([{"a": 1}, {"a": 2}], 0, 0),
    ],
)
def test_votes_wanted(votes: list[object], left: int, wanted: int) -> None:
    """As many as would make every field sure, none where that is out of reach."""
    decision = decide([Ballot(v) for v in votes], Open(ordered=True), derived=True)  # type: ignore[arg-type]
    assert votes_wanted(decision, left) == wanted


def test_a_few_doubtful_elements_are_not_worth_a_wave() -> None:
    """One of eight may be wrong; one of one may not."""
    eight = [[*"abcdefgh"], [*"abcdefgh"], [*"abcdefgh"], [*"abcdefg"]]
    decision = decide([Ballot(list(v)) for v in eight], Open(), derived=False)
    assert votes_wanted(decision, 10) == 0
    lone = decide([Ballot(v) for v in (["a"], ["b"], ["a"])], Open(), derived=False)  # type: ignore[arg-type]
    assert votes_wanted(lone, 10) > 0


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 64), st.booleans(), st.booleans())
def test_more_agreement_is_never_less_sure(
    a: float, b: float, votes: int, element: bool, one: bool
) -> None:
    """And it is a probability."""
    low, high = (
        confidence(Part("/x", 1, share, 1, element=element), votes, one_voter=one)
        for share in sorted((a, b))
    )
    assert 0.0 < low <= high < 1.0


def test_one_voter_asked_often_is_trusted_less() -> None:
    """What it repeats is its habit."""
    part = Part("/x", 1, 0.8, 8, element=True)
    assert confidence(part, 10, one_voter=True) < confidence(part, 10, one_voter=False)
