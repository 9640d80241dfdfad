"""Reads answers for a parent that may end it: a JSON object a line in, a value a line out.

python -P -m consensus.readers.process

A call that computes for too long ends the whole process, by a clock that the operating system
keeps: nothing within Python can interrupt a regular expression.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from typing import Any

from consensus.codec.values import encode_leaves, encode_value
from consensus.core.model import Format, Leaf, Strategy
from consensus.readers import answer, leaves

COMPUTED = 0.5  # seconds of computing that one answer may take, or one text within it


def main() -> None:
    """Serve until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    answer.read("Loaded before the first answer: 12 km, 3 May 1990, x^2.", "", Strategy.NUMERIC)
    for line in sys.stdin:
        told = json.loads(line)
        print(_leaves(told) if "format" in told else _value(told), flush=True)


def _value(told: dict[str, Any]) -> str:
    answer.prepare(told["final"])
    signal.setitimer(signal.ITIMER_PROF, COMPUTED)
    value = answer.read(told["final"], told["question"], Strategy(told["strategy"]))
    signal.setitimer(signal.ITIMER_PROF, 0)
    return encode_value(value)


def _leaves(told: dict[str, Any]) -> str:
    wanted = Format(**told["format"]) if told["format"] else None
    leaves.prepare(told["final"], wanted)
    return encode_leaves(_each_in_time(leaves.read(told["final"], told["question"], wanted)))


def _each_in_time(read: Iterator[Leaf]) -> Iterator[Leaf]:
    while True:
        signal.setitimer(signal.ITIMER_PROF, COMPUTED)
        leaf = next(read, None)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if leaf is None:
            return
        yield leaf


if __name__ == "__main__":
    main()
