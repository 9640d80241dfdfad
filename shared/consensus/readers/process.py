"""Reads answers for a parent that may end it: a JSON object a line in, a value a line out.

python -P -m consensus.readers.process

A call that computes for too long ends the whole process, by a clock that the operating system
keeps: nothing within Python can interrupt a regular expression.
"""

from __future__ import annotations

import json
import signal
import sys

from consensus.codec.values import encode_value
from consensus.core.model import Strategy
from consensus.readers import answer

COMPUTED = 0.5  # seconds of computing that one answer may take


def main() -> None:
    """Serve until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    answer.read("Loaded before the first answer: 12 km, 3 May 1990, x^2.", "", Strategy.NUMERIC)
    for line in sys.stdin:
        told = json.loads(line)
        answer.prepare(told["final"])
        signal.setitimer(signal.ITIMER_PROF, COMPUTED)
        value = answer.read(told["final"], told["question"], Strategy(told["strategy"]))
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(encode_value(value), flush=True)


if __name__ == "__main__":
    main()
