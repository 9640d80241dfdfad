"""The demo panel's tasks, as tasks.toml has them: easy ones, hard ones, and matters of taste."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from consensus.demo.script import Form, Line, Task


def _read() -> tuple[Task, ...]:
    text = files(__package__).joinpath("tasks.toml").read_text("utf-8")
    return tuple(
        Task(task["prompt"], tuple(_line(*line) for line in task["lines"]), task.get("alike", 1))
        for task in tomllib.loads(text)["tasks"]
    )


def _line(
    answer: str, likelihood: float, confidence: float, form: str = Form.JSON, why: str = ""
) -> Line:
    return Line(answer, likelihood, confidence, Form(form), why)


TASKS = _read()


def prompts() -> tuple[str, ...]:
    """Every prompt that the demo panel can answer."""
    return tuple(task.prompt for task in TASKS)
