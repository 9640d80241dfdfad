"""Who says what: the n-th request for a prompt gets the n-th draw of that prompt's own dice."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass

from consensus.demo.script import Form, Line, Task, same_prompt


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
        """The next answer to the prompt; None for one that is neither scripted nor a doubt."""
        task = self._tasks.get(same_prompt(prompt))
        if task is None:
            return self._verdict(prompt)
        if task.prompt not in self._dice:
            self._dice[task.prompt] = random.Random(f"{self._seed}:{task.prompt}")  # noqa: S311
        dice = self._dice[task.prompt]
        (line,) = dice.choices(task.lines, weights=[line.likelihood for line in task.lines])
        return Draw(line, pace=dice.uniform(0.6, 1.5))

    def _verdict(self, prompt: str) -> Draw | None:
        """What the panel says where it is asked which answers to a prompt mean the same, or for a
        text of what they support."""
        try:
            asked = json.loads(prompt)
        except (ValueError, RecursionError):
            return None
        match asked:
            case {"question": str(question), "pairs": [*pairs]}:
                said = json.dumps({"verdicts": [self._word(question, pair) for pair in pairs]})
                return Draw(Line(said, 1, 0.99, Form.BARE), pace=1.0)
            case {"question": str(), "claims": [*claims]}:
                said = " ".join(str(claim.get("claim")) for claim in claims)
                return Draw(Line(said, 1, 0.99, Form.BARE), pace=1.0)
            case _:
                return None

    def _word(self, question: str, pair: object) -> str:
        """What it says of one pair of answers: same, different or unknown."""
        task = self._tasks.get(same_prompt(question))
        match pair:
            case {"answer_1": str(one), "answer_2": str(other)} if task:
                return task.compare(one, other)
            case _:
                return "unknown"
