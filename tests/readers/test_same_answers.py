"""The same value, however it is written, is the same answer; and no other value is."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from itertools import combinations, product
from pathlib import Path

import pytest

from consensus.core.analysis import analyse
from consensus.core.answers import Unread
from consensus.core.model import Message, Options, Strategy
from consensus.core.values import Sameness, Value, compare
from consensus.readers import answer, reply

CASES = [
    case
    for path in sorted(Path(__file__).parent.glob("same_*.toml"))
    for case in tomllib.loads(path.read_text("utf-8"))["cases"]
]


LINES = [
    pytest.param(
        case["question"],
        [line.split(" | ") for line in case["answers"]],
        id=f"{case['kind']}: {case['question']}",
    )
    for case in CASES
]


@cache
def voted(text: str, question: str, strategy: Strategy) -> Value:
    """What a worker makes of {"answer": text}."""
    reading = reply.read(json.dumps({"answer": text}), strategy, question)
    assert not isinstance(reading, Unread), text
    return answer.read(reading.final, question, strategy)


def told(one: str, other: str, question: str) -> Sameness:
    """How two answers compare, whichever comes first."""
    strategy = analyse((Message("user", question),), Options()).strategy
    strategy = Strategy.SEMANTIC if strategy.has_parts else strategy
    a, b = (voted(text, question, strategy) for text in (one, other))
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
