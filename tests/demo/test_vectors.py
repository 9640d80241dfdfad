"""The demo panel's lexical vectors."""

from __future__ import annotations

import math

import pytest

from consensus.demo.script import Task
from consensus.demo.tasks import TASKS
from consensus.demo.vectors import DIMENSIONS, lexical

PROSE = [task for task in TASKS if not task.lines[0].answer.startswith("{")]
OPEN = [task for task in PROSE if len(task.lines[0].answer.split()) > 5]


def _cosine(one: str, other: str) -> float:
    return sum(a * b for a, b in zip(lexical(one), lexical(other), strict=True))


@pytest.mark.parametrize("text", ["", " ", "the of and", "Zürich 東京", "\ud800", "x" * 10_000])
def test_any_text_has_a_unit_vector(text: str) -> None:
    """Whatever the text, its vector has the promised dimension and length 1."""
    vector = lexical(text)

    assert len(vector) == DIMENSIONS
    assert math.isclose(sum(value * value for value in vector), 1.0)


def test_case_and_marks_do_not_count() -> None:
    """Texts of the same words have the same vector."""
    assert lexical("The tilt, of Earth's axis!") == lexical("tilt of earth s AXIS")


@pytest.mark.parametrize("task", OPEN[1:-1], ids=lambda task: task.prompt)
def test_scripted_paraphrases_are_near_and_other_answers_far(task: Task) -> None:
    """In an open task, all right lines are near each other, and the wrong one is far from them."""
    *right, wrong = [line.answer for line in task.lines]

    assert min(_cosine(right[0], other) for other in right) > 0.75
    assert max(_cosine(one, wrong) for one in right) < 0.5
