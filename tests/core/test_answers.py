"""What a panel is asked to write, and what may become a vote of it."""

from __future__ import annotations

import math

import pytest

from consensus.core.answers import ballot_instructions, stated_confidence, understood
from consensus.core.model import AbstentionReason, Strategy


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (0.9, 0.9),
        (0, 0.0),
        (1, 1.0),
        ("0.9", 0.9),
        ("90%", 0.9),
        ("90 %", 0.9),
        (90, 0.9),
        (5, None),  # of ten or of a hundred?
        (-0.1, None),
        (101, None),
        (math.nan, None),
        (math.inf, None),
        ("NaN", None),
        ("high", None),
        (None, None),
        (True, None),
        ([0.9], None),
    ],
)
def test_a_confidence_is_a_probability_or_nothing(stated: object, expected: float | None) -> None:
    """Out of range, not a number, or not clear: nobody said."""
    assert stated_confidence(stated) == expected


@pytest.mark.parametrize("strategy", [s for s in Strategy if not s.has_parts])
def test_the_instructions_ask_for_what_is_read(strategy: Strategy) -> None:
    """The system prompt names the two fields."""
    assert '"answer"' in ballot_instructions(strategy)
    assert '"confidence"' in ballot_instructions(strategy)


@pytest.mark.parametrize("reason", AbstentionReason)
def test_who_counts_is_told_what_he_understands(reason: AbstentionReason) -> None:
    """A new reason goes as an old one to whoever knows the old ones alone."""
    is_new = reason in (AbstentionReason.DECLINED, AbstentionReason.TOO_LONG)
    assert understood(reason, 1) is reason
    assert understood(reason, 0) is (AbstentionReason.UNREADABLE if is_new else reason)
