"""The demo panel's script."""

from __future__ import annotations

import json
from itertools import combinations, islice

import pytest

from consensus.core.adjudication import adjudication, read_findings
from consensus.core.analysis import analyse
from consensus.core.model import Finding, Message, Options, Reading, Strategy
from consensus.core.parts.asking import read_answer
from consensus.core.values import Sameness, compare
from consensus.demo.panel import Panel
from consensus.demo.script import Form, Line, Task, same_prompt
from consensus.demo.tasks import TASKS, prompts
from consensus.readers.reply import read
from tests.answers import said


def _answers(seed: int, prompt: str, count: int) -> list[str]:
    panel = Panel(TASKS, seed)
    draws = (panel.draw(prompt) for _ in range(count))
    return [draw.line.text for draw in draws if draw]


def test_there_are_dozens_of_different_tasks() -> None:
    """The panel knows over forty tasks, all told apart by the lenient comparison of prompts."""
    assert len({same_prompt(prompt) for prompt in prompts()}) == len(TASKS) > 40


def test_the_readme_s_question_is_among_them() -> None:
    """The question of the first command is scripted, and its first line is right."""
    (task,) = (task for task in TASKS if task.prompt == "What is 17% of 2,340?")
    assert task.lines[0].answer == "397.8"


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.prompt)
def test_every_line_can_be_played(task: Task) -> None:
    """Every task has several lines with a likelihood and a confidence within bounds."""
    assert len(task.lines) > 1
    assert all(line.likelihood > 0 and 0 < line.confidence < 1 for line in task.lines)


def test_a_line_is_said_in_its_form() -> None:
    """JSON is the ballot alone, a fence wraps it, and prose gives the reason before the answer."""
    ballot = {"answer": "7", "confidence": 0.9}

    assert json.loads(Line("7", 1, 0.9).text) == ballot
    assert Line("7", 1, 0.9, Form.FENCED).text == f"```json\n{json.dumps(ballot)}\n```"
    assert Line("7", 1, 0.9, Form.PROSE, "Since 3 + 4.").text == "Since 3 + 4.\n\nAnswer: 7"


def test_the_panel_tells_whether_its_own_answers_mean_the_same() -> None:
    """Asked as an adjudicator it knows its script; of anything else it says that it does not."""
    panel = Panel(TASKS, 0)
    task = next(task for task in TASKS if task.alike > 1)
    first, second, *_, wrong = (line.answer for line in task.lines)

    def found(question: str, one: str, other: str) -> Finding:
        draw = panel.draw(adjudication(question, [(one, other)])[-1].content)
        assert draw
        return read_findings(draw.line.text, [(one, other)])[0]

    assert found(task.prompt, first, second) is Finding.SAME
    assert found(task.prompt, wrong, first) is Finding.DIFFERENT
    assert found(task.prompt, first, "something else") is Finding.UNKNOWN
    assert found("Another question?", first, second) is Finding.UNKNOWN
    assert panel.draw('{"question": 1}') is None
    pairs = [(first, second), (first, wrong), (first, "something else")]
    draw = panel.draw(adjudication(task.prompt, pairs)[-1].content)
    assert draw
    assert read_findings(draw.line.text, pairs) == (
        Finding.SAME,
        Finding.DIFFERENT,
        Finding.UNKNOWN,
    )


def test_there_is_a_task_for_the_adjudicator() -> None:
    """Of one task's right answers evidence can tell neither that they are the same nor that not."""
    (task,) = (task for task in TASKS if task.prompt == "Why does ice float on water?")
    values = [
        said(line.answer, Strategy.SEMANTIC, task.prompt).value for line in task.lines[: task.alike]
    ]
    told = [compare(a, b).sameness for a, b in combinations(values, 2) if a and b]
    assert Sameness.UNKNOWN in told


def test_the_same_seed_plays_the_same_answers() -> None:
    """A prompt's n-th answer depends on the seed and on n alone."""
    prompt = prompts()[0]

    assert _answers(7, prompt, 20) == _answers(7, prompt, 20)
    assert _answers(7, prompt, 20) != _answers(8, prompt, 20)


def test_prompts_do_not_disturb_each_other() -> None:
    """Asking one prompt in between leaves another's sequence as it was."""
    first, second = islice(prompts(), 2)
    panel = Panel(TASKS, seed=0)
    mixed = []
    for _ in range(10):
        panel.draw(second)
        draw = panel.draw(first)
        mixed.append(draw.line.text if draw else "")

    assert mixed == _answers(0, first, 10)


@pytest.mark.parametrize(
    "prompt",
    ["what is 17% of 2,340", "  What is\n17%  of 2,340 ?  ", "WHAT IS 17% OF 2,340?!"],
)
def test_a_prompt_is_recognised_leniently(prompt: str) -> None:
    """Case, spaces and the last mark do not matter."""
    assert Panel(TASKS, seed=0).draw(prompt) is not None


@pytest.mark.parametrize("prompt", ["", "What is 18% of 2,340?", "17% of 2,340"])
def test_another_prompt_is_not_recognised(prompt: str) -> None:
    """A prompt that is not scripted has no draw: the panel invents nothing."""
    assert Panel(TASKS, seed=0).draw(prompt) is None


def test_matters_of_taste_split_the_panel() -> None:
    """On a matter of taste no answer gets most of many draws."""
    answers = _answers(0, "Is a hot dog a sandwich?", 200)

    assert max(map(answers.count, set(answers))) < 100


BALLOTS = [task for task in TASKS if all(line.form is not Form.BARE for line in task.lines)]


@pytest.mark.parametrize("task", BALLOTS, ids=lambda task: task.prompt)
def test_every_line_is_read_as_its_answer(task: Task) -> None:
    """Whatever a line's form, a worker reads from it what was scripted; of an option its letter."""
    for line in task.lines:
        reading = read(line.text, Strategy.EXACT, task.prompt)
        assert isinstance(reading, Reading)
        is_option = line.answer.startswith(f"{reading.final})")
        assert is_option or reading.final.rstrip(".") == line.answer.rstrip(".")
        assert reading.confidence == (None if line.form is Form.PROSE else line.confidence)


@pytest.mark.parametrize(
    "task", [task for task in TASKS if task not in BALLOTS], ids=lambda task: task.prompt
)
def test_answers_with_parts_are_given_bare(task: Task) -> None:
    """As the worker asks for them: JSON alone, or a text in no wrapper; and planned as such."""
    plan = analyse((Message("user", task.prompt),), Options())
    assert plan.strategy.has_parts
    for line in task.lines:
        read_answer(line.text, plan.strategy, plan.format)
