"""The same value, however it is written, is the same answer; and no other value is."""

from __future__ import annotations

import tomllib
from itertools import combinations, product
from pathlib import Path

import pytest

from consensus.core.analysis import analyse
from consensus.core.model import Message, Options, Strategy
from consensus.core.values import Sameness, compare
from consensus.readers import answer

CASES = tomllib.loads(Path(__file__).with_name("same_answers.toml").read_text("utf-8"))["cases"]


LINES = [
    pytest.param(
        case["question"],
        [line.split(" | ") for line in case["answers"]],
        id=f"{case['kind']}: {case['question']}",
    )
    for case in CASES
]


def told(one: str, other: str, question: str) -> Sameness:
    """How two answers compare, whichever comes first."""
    strategy = analyse((Message("user", question),), Options()).strategy
    strategy = Strategy.SEMANTIC if strategy.has_parts else strategy
    a, b = (answer.read(text, question, strategy) for text in (one, other))
    assert compare(a, b) == compare(b, a)
    return compare(a, b).sameness


@pytest.mark.parametrize(("question", "answers"), LINES)
def test_a_line_is_one_answer(question: str, answers: list[list[str]]) -> None:
    """Any two that stand on one line are the same."""
    pairs = [pair for line in answers for pair in combinations(line, 2)]
    assert not [pair for pair in pairs if told(*pair, question) is not Sameness.SAME]


@pytest.mark.parametrize(("question", "answers"), LINES)
def test_two_lines_are_two_answers(question: str, answers: list[list[str]]) -> None:
    """No two from different lines are the same."""
    pairs = [pair for two in combinations(answers, 2) for pair in product(*two)]
    assert not [pair for pair in pairs if told(*pair, question) is Sameness.SAME]
