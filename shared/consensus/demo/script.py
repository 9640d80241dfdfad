"""What the demo panel is scripted with: tasks, and the lines that may answer them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """How a model presents its answer: as it was told to, or in the ways that models really do."""

    JSON = "json"
    FENCED = "fenced"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class Line:
    """One scripted answer. likelihood is relative to the task's other lines; confidence is 0..1.

    why is the sentence that prose puts before the answer.
    """

    answer: str
    likelihood: float
    confidence: float
    form: Form = Form.JSON
    why: str = ""

    @property
    def text(self) -> str:
        """The line as the model says it."""
        if self.form is Form.PROSE:
            return f"{self.why}\n\nAnswer: {self.answer}".lstrip()
        ballot = {"answer": self.answer, "confidence": self.confidence}
        said = json.dumps(ballot, ensure_ascii=False)
        return f"```json\n{said}\n```" if self.form is Form.FENCED else said


@dataclass(frozen=True, slots=True)
class Task:
    """One prompt and the lines that the panel draws from."""

    prompt: str
    lines: tuple[Line, ...]


def same_prompt(text: str) -> str:
    """What is left of a prompt when case, spaces, quotes' shapes and its last mark are ignored."""
    straight = text.translate(str.maketrans("“”‘’", "\"\"''"))
    return re.sub(r"[\s.?!:]+\Z", "", " ".join(straight.split())).casefold()
