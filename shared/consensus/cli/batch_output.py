"""The output file of `consensus batch`: what is in it, one more result, and what they come to.

A failed line (it was asked, and no seat voted) is asked again by a later run. Its new result
comes after the old one, and the last one holds; at the run's end only that one is left.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from consensus.cli.exits import Exit
from consensus.client import Refused

FAILED: Final = "failed"
ERROR: Final = "error"  # it could not be asked
_BY_CODE: Final = {"no_votes": FAILED, "no_consensus": "no consensus", "cancelled": "cancelled"}
_BAD: Final = (FAILED, "cancelled", ERROR)
_ORDER: Final = ("consensus", "no consensus", "answered", *_BAD)


class BadBatch(Refused):
    """The file cannot be asked as it is: nothing of it was."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=0, usage=True)


@dataclass(frozen=True, slots=True)
class Known:
    """A line's result that is in the file: its id, and its outcome."""

    id: str
    outcome: str


def outcome(result: Mapping[str, Any]) -> str:
    """How a result's line ended, in words; "answered" where its task is not told."""
    if result["error"] is not None:
        return _BY_CODE.get(result["error"].get("code"), ERROR)
    body = result["response"]["body"]
    task = body.get("consensus") or body  # a completion, or a response, holds its task
    told = (task.get("result") or {}).get("outcome") or "answered"
    return str(told).lower().replace("_", " ")


def told(outcomes: Mapping[str, int]) -> str:
    """How many lines ended in which way: "5 consensus, 1 no consensus, 2 failed"."""
    named = [*_ORDER, *sorted(set(outcomes) - set(_ORDER))]
    counts = ((name, outcomes.get(name, 0)) for name in named)
    return ", ".join(
        f"{many:,} {name}{'s' if name == ERROR and many > 1 else ''}"
        for name, many in counts
        if many
    )


def bad(outcomes: Mapping[str, int]) -> int:
    """How many lines have no answer of the panel."""
    return sum(outcomes.get(name, 0) for name in _BAD)


def exit_of(outcomes: Mapping[str, int]) -> Exit:
    """FAILED where a line failed, was cancelled or could not be asked."""
    return Exit.FAILED if bad(outcomes) else Exit.CONSENSUS


def counted(known: Mapping[str, Known]) -> Counter[str]:
    """The outcomes of what is in the file."""
    return Counter(one.outcome for one in known.values())


def finished(output: Path) -> dict[str, Known]:
    """The lines that have a result, by name.

    A last line that was cut, as a kill leaves it, is taken out of the file. Raises BadBatch where
    the file holds something else.
    """
    known: dict[str, Known] = {}
    if not output.exists():
        return known
    whole = 0
    with output.open("r+b") as out:
        for raw in out:
            if not raw.endswith(b"\n"):
                break
            try:
                result = json.loads(raw)
                known[result["custom_id"]] = Known(result["id"], outcome(result))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise BadBatch(f"{output} is there and holds no results; name another") from error
            whole += len(raw)
        out.truncate(whole)
    return known


def write(out: BinaryIO, result: Mapping[str, Any]) -> None:
    """One more result; it is on the disk when this returns."""
    out.write(json.dumps(result, ensure_ascii=False).encode(errors="replace") + b"\n")
    out.flush()
    os.fdatasync(out.fileno())


def keep_latest(output: Path) -> None:
    """Leave one result of each line, the last."""
    latest: dict[str, int] = {}
    with output.open("rb") as out:
        for number, raw in enumerate(out):
            if raw.endswith(b"\n"):
                latest[json.loads(raw)["custom_id"]] = number
    kept = set(latest.values())
    passing = output.with_name(f"{output.name}.part")
    with output.open("rb") as out, passing.open("wb") as some:
        some.writelines(raw for number, raw in enumerate(out) if number in kept)
        some.flush()
        os.fsync(some.fileno())
    passing.replace(output)
