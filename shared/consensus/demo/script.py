"""What the demo panel is scripted with: tasks, and the lines that may answer them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """How a model presents its answer: as it was told to, in the ways that models really do, or as
    it is."""

    JSON = "json"
    FENCED = "fenced"
    PROSE = "prose"
    BARE = "bare"


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
        return "".join(self.parts)

    @property
    def parts(self) -> tuple[str, str, str]:
        """The text before the answer, the answer as it is written there, and the text after."""
        if self.form is Form.BARE:
            return "", self.answer, ""
        if self.form is Form.PROSE:
            return f"{self.why}\n\nAnswer: ".lstrip(), self.answer, ""
        written = json.dumps(self.answer, ensure_ascii=False)[1:-1]
        before, after = '{"answer": "', f'", "confidence": {self.confidence}}}'
        fenced = self.form is Form.FENCED
        return f"```json\n{before}" if fenced else before, written, after + "\n```" * fenced


@dataclass(frozen=True, slots=True)
class Task:
    """One prompt and the lines that the panel draws from.

    The first lines, as many as alike says, mean the same in other words; each other line means
    something of its own.
    """

    prompt: str
    lines: tuple[Line, ...]
    alike: int = 1

    def compare(self, one: str, other: str) -> str:
        """What is to be said of two answers: same, different, or unknown outside the script."""
        said = [line.answer for line in self.lines]
        if one not in said or other not in said:
            return "unknown"
        alike = one == other or max(said.index(one), said.index(other)) < self.alike
        return "same" if alike else "different"


def same_prompt(text: str) -> str:
    """What is left of a prompt when case, spaces, quotes' shapes and its last mark are ignored."""
    straight = text.translate(str.maketrans("“”‘’", "\"\"''"))
    return re.sub(r"[\s.?!:]+\Z", "", " ".join(straight.split())).casefold()
