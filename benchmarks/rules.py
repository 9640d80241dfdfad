"""The engine beside published stopping rules: python -m benchmarks.rules FILE.jsonl

Every rule decides the same recorded questions in the same seeded orders; the engine once with no
history, and once learning from the questions before.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from consensus.cli.recordings import BadRecording, read_recordings
from consensus.readers import answer, leaves
from consensus.usecases.learning import Lessons
from consensus.usecases.replay import Recording, Report, replay, summarise
from consensus.usecases.rules import RULES, Rule, fixed

FIXED = (5, 10)


def main() -> int:
    """Print a line a rule; exit code 2 for a file that cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="recorded votes, as consensus replay reads them")
    parser.add_argument("--max-votes", type=int, default=40)
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the reports as JSON alone")
    options = parser.parse_args()
    try:
        recordings = read_recordings(options.file)
    except BadRecording as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    reports = compare(recordings, options.max_votes, options.orders, options.seed)
    if options.json:
        print(json.dumps({name: dataclasses.asdict(report) for name, report in reports.items()}))
    else:
        print(readable(reports))
    return 0


def compare(
    recordings: list[Recording], max_votes: int, orders: int, seed: int
) -> Mapping[str, Report]:
    """A report for the engine, cold and learning, and for every rule."""
    rules: dict[str, Rule | None] = {"consensus": None, "consensus, learning": None, **RULES}
    rules |= {f"fixed-{votes}": fixed(votes) for votes in FIXED}
    reports = {}
    for name, rule in rules.items():
        lessons = [Lessons() for _ in range(orders)] if name.endswith("learning") else []
        replayed = [
            replay(
                one,
                orders=orders,
                seed=seed,
                max_votes=max_votes,
                value=answer.read,
                leaves=leaves.read,
                lessons=lessons,
                rule=rule,
            )
            for one in recordings
        ]
        reports[name] = summarise(replayed, max_votes)
    return reports


def readable(reports: Mapping[str, Report]) -> str:
    """A table, a rule a line."""

    def share(value: float | None) -> str:
        return "-" if value is None else f"{value:.4f}"

    lines = [f"{'rule':<28}{'votes':>8}{'waves':>8}{'agreement':>11}{'accuracy':>10}{'ece':>8}"]
    lines += [
        f"{name:<28}{r.mean_votes:>8.2f}{r.mean_waves:>8.2f}{r.agreement_with_full:>11.4f}"
        f"{share(r.accuracy):>10}{share(r.ece):>8}"
        for name, r in reports.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
