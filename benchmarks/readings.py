"""How often a model's reply is read rightly: python -m benchmarks.readings FILE.jsonl

A line is {"prompt": str, "text": str, "expected_final": str | null}: what was asked, the model's
whole reply, and the answer in it; null where the reply declines to answer, so that it is no vote.
Replies are read exactly as a worker reads them, by the strategy that analysis gives the prompt, and
compared to the letter after trimming and case.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from consensus.core.analysis import analyse
from consensus.core.answers import Unread
from consensus.core.model import Message, Options
from consensus.readers.reply import read


@dataclass(frozen=True, slots=True)
class Case:
    """A reply, what it replies to, and the answer that it gives: None where it declines."""

    name: str
    prompt: str
    text: str
    expected: str | None


@dataclass(frozen=True, slots=True)
class Read:
    """What was made of a case: the answer, or None and why not."""

    case: Case
    final: str | None
    why: str = ""

    @property
    def is_right(self) -> bool:
        """Whether it is what was expected, but for spaces around it and case."""
        if self.final is None or self.case.expected is None:
            return self.final is self.case.expected
        return self.final.strip().casefold() == self.case.expected.strip().casefold()


def main() -> int:
    """Print the accuracy, and what was read wrongly; 2 for a file that cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="replies and their answers, one JSON object a line")
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    options = parser.parse_args()
    try:
        cases = load(options.file)
    except (OSError, ValueError) as error:
        print(f"error: {options.file}: {error}", file=sys.stderr)
        return 2
    made = [read_case(case) for case in cases]
    if options.json:
        print(json.dumps({"readings": len(made), "accuracy": accuracy(made)}))
        return 0
    for one in made:
        if not one.is_right:
            told = json.dumps(one.final, ensure_ascii=False) if one.final is not None else one.why
            wanted = json.dumps(one.case.expected, ensure_ascii=False)
            print(f"{one.case.name}: {told}, expected {wanted}, of {one.case.text[:200]!r}")
    right = sum(one.is_right for one in made)
    print(f"{right} of {len(made)} read rightly: accuracy {accuracy(made):.3f}")
    return 0


def load(path: Path) -> list[Case]:
    """The cases. Raises ValueError naming the line."""
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if line.strip():
            try:
                cases.append(_case(json.loads(line), number))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"line {number}: {error!r}") from error
    if not cases:
        raise ValueError("no reply in it")
    return cases


def _case(fields: Mapping[str, object], number: int) -> Case:
    prompt, text, expected = fields["prompt"], fields["text"], fields["expected_final"]
    if not isinstance(prompt, str) or not isinstance(text, str):
        raise TypeError("prompt and text are strings")
    if expected is not None and not isinstance(expected, str):
        raise TypeError("expected_final is a string or null")
    return Case(str(fields.get("id") or f"line {number}"), prompt, text, expected)


def read_case(case: Case) -> Read:
    """Read the reply as the worker does that is asked the prompt."""
    plan = analyse((Message("user", case.prompt),), Options(), None)
    reading = read(case.text, plan.strategy, case.prompt)
    if isinstance(reading, Unread):
        return Read(case, None, f"{reading.reason}: {reading.detail}")
    return Read(case, reading.final)


def accuracy(made: Sequence[Read]) -> float:
    """The share that was read rightly."""
    return sum(one.is_right for one in made) / len(made)


if __name__ == "__main__":
    sys.exit(main())
