"""Who says what: the n-th request for a prompt gets the n-th draw of that prompt's own dice."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

from consensus.demo.script import Line, Task, same_prompt


@dataclass(frozen=True, slots=True)
class Draw:
    """A line, and how long it takes as a multiple of the usual time."""

    line: Line
    pace: float


class Panel:
    """The tasks under a seed. Prompts do not disturb each other's draws."""

    def __init__(self, tasks: Iterable[Task], seed: int) -> None:
        self._tasks = {same_prompt(task.prompt): task for task in tasks}
        self._seed = seed
        self._dice: dict[str, random.Random] = {}

    def draw(self, prompt: str) -> Draw | None:
        """The next answer to the prompt; None for one that is not scripted."""
        task = self._tasks.get(same_prompt(prompt))
        if task is None:
            return None
        if task.prompt not in self._dice:
            self._dice[task.prompt] = random.Random(f"{self._seed}:{task.prompt}")  # noqa: S311
        dice = self._dice[task.prompt]
        (line,) = dice.choices(task.lines, weights=[line.likelihood for line in task.lines])
        return Draw(line, pace=dice.uniform(0.6, 1.5))
