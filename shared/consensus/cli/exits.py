"""Exit codes, as scripts rely on them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """What the shell sees. A signal ends a command with 128 and its number: 130 for Ctrl-C."""

    CONSENSUS = 0
    FAILED = 1
    USAGE = 2
    NO_CONSENSUS = 3
    CANCELLED = 4


_BY_OUTCOME = {
    "CONSENSUS": Exit.CONSENSUS,
    "NO_CONSENSUS": Exit.NO_CONSENSUS,
    "CANCELLED": Exit.CANCELLED,
}


def exit_code(task: Mapping[str, Any]) -> Exit:
    """The exit code that a task's result stands for; FAILED for anything unknown."""
    result = task.get("result") or {}
    return _BY_OUTCOME.get(result.get("outcome", ""), Exit.FAILED)
