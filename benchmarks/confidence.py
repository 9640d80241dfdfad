"""Whether `confidence` is what it says: python -m benchmarks.confidence FILE.jsonl

It says how likely the same answer would lead after all votes; here all of a question's recorded
votes tell. A line is as consensus replay reads it, best with forty votes and more; gold is not
looked at, and each voter counts as one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from consensus.cli.recordings import BadRecording, read_recordings
from consensus.readers import answer
from consensus.usecases.learning import Lessons
from consensus.usecases.replay import Recording, calibration_error
from consensus.usecases.replay import replay as replayed


def main() -> int:
    """Print the calibration error with and without history; 2 for a file that cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="recorded votes, as consensus replay reads them")
    parser.add_argument("--max-votes", type=int, default=40)
    parser.add_argument("--orders", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    options = parser.parse_args()
    try:
        recordings = read_recordings(options.file)
    except BadRecording as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    lessons = [Lessons(weigh=False) for _ in range(options.orders)]
    report = {
        name: measure(recordings, options.max_votes, options.seed, options.orders, known)
        for name, known in (("no history", []), ("learning", lessons))
    }
    print(json.dumps(report) if options.json else _readable(report))
    return 0


def measure(
    recordings: Sequence[Recording],
    max_votes: int,
    seed: int,
    orders: int,
    lessons: Sequence[Lessons] = (),
) -> float:
    """The calibration error over ten bins of every order of every question."""
    judged = [
        # Without gold nothing is known of being right, and what a run is sure of is confidence.
        (run.sure, run.agrees)
        for recording in recordings
        for run in replayed(
            replace(recording, gold=None),
            orders=orders,
            seed=seed,
            max_votes=max_votes,
            value=answer.read,
            lessons=lessons,
        ).runs
    ]
    return calibration_error(judged)


def _readable(report: dict[str, float]) -> str:
    return "calibration error: " + ", ".join(f"{e:.3f} {name}" for name, e in report.items())


if __name__ == "__main__":
    sys.exit(main())
