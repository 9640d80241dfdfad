"""The ruler: right or not, by the letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.gold import is_right


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("Paris", "paris."),
        (' "Paris" ', "Paris"),
        ("New  York", "new york"),
        ("1,000", "1000"),
        ("1000.0", "1000"),
        ("1e3", "1000"),
        ("−15", "-15"),
        (".5", "1/2"),
        ("$\\frac{1}{2}$", "\\frac{1}{2}"),
        ("é", "é"),
    ],
)
def test_the_same_to_the_letter_is_right(answer: str, gold: str) -> None:
    """Case, spaces, quotes, a last full stop and how a number is written do not matter."""
    assert is_right(answer, gold)
    assert is_right(gold, answer)


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("Ja", "Nein"),
        ("C", "C++"),
        ("O+", "O-"),
        ("3.10", "3.11"),
        ("7-9", "8-10"),
        ("1914-1918", "1935-1939"),
        ("10²", "102"),
        ("Paris, France", "Paris"),
        ("5 km", "5"),
        ("1,5", "15"),
        ("1/0", "1/1"),
        ("e", "1"),
        ("", ""),
        (".", "."),
        ("", "x"),
    ],
)
def test_anything_else_is_wrong(answer: str, gold: str) -> None:
    """What only the engine would join, and what only a person could."""
    assert not is_right(answer, gold)
    assert not is_right(gold, answer)


@given(st.text(), st.text())
def test_judging_is_total_and_symmetric(answer: str, gold: str) -> None:
    """Any two texts."""
    assert is_right(answer, gold) == is_right(gold, answer)


@pytest.mark.parametrize("huge", ["9" * 100_000, "1e999999999", "1/" + "3" * 100_000, "1" * 40])
def test_huge_numbers_cost_nothing(huge: str) -> None:
    """They are compared as text."""
    assert is_right(huge, huge)
    assert not is_right(huge, "1")
