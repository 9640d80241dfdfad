"""The published stopping rules, by the cases of their papers."""

from __future__ import annotations

import pytest

from consensus.usecases.rules import RULES, drawn, named

SAME = [0] * 40
SPLIT = [0, 1] * 20


@pytest.mark.parametrize(
    ("name", "answers", "expected"),
    [
        ("adaptive-consistency", SAME, (4, 4)),
        ("adaptive-consistency-waves", SAME, (4, 1)),
        ("adaptive-consistency-waves", [0, 0, 0, 1, 0, 0, 0], (7, 2)),
        ("esc", SAME, (5, 1)),
        ("esc", [1, *SAME], (10, 2)),
        ("sprt", SAME, (3, 1)),
        ("sprt", [0, 0, 1, 0, 0], (5, 2)),
        ("fixed-10", SPLIT, (10, 1)),
        ("fixed-10", [0, 0], (2, 1)),
    ],
)
def test_a_rule_draws_what_its_paper_says(
    name: str, answers: list[int], expected: tuple[int, int]
) -> None:
    """Votes and waves, counted by hand."""
    rule = named(name)
    assert rule is not None
    assert drawn(answers, rule, 40) == expected


@pytest.mark.parametrize("name", RULES)
def test_a_divided_question_is_drawn_to_the_end(name: str) -> None:
    """No rule stops on a tie, and none draws past the cap."""
    assert drawn(SPLIT, RULES[name], 40)[0] == 40
    assert drawn(SPLIT, RULES[name], 7)[0] == 7
    assert drawn([], RULES[name], 40) == (0, 0)


@pytest.mark.parametrize("name", ["", "nothing", "fixed-", "fixed-0", "fixed-x", "fixed-²"])
def test_an_unknown_rule_is_none(name: str) -> None:
    """Names are exact."""
    assert named(name) is None
