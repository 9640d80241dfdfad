"""The time to decide once, by number of votes: python -m benchmarks.decide [--json]

Beside it, where sentence-transformers is installed, its community_detection on the same vectors: it
groups by cosine alone, and weighs, tallies and decides nothing.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from consensus.core import stopping
from consensus.core import tally as tallying
from consensus.core.model import Plan, Reading, Strategy, Vote

SIZES = (15, 100, 1000)
VOTES_PER_ANSWER = 10
DIMENSIONS = 384
SYLLABLES = ("ba", "den", "fi", "gor", "hal", "ki", "lo", "mar", "nu", "pes", "ri", "sto", "vel")
WORDINGS = ("{}", "{}.", "The answer is {}.")
QUESTION = "Which place is the largest?"
Report = dict[str, dict[str, float | None]]


def main() -> int:
    """Print milliseconds, medians of some runs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    parser.add_argument("--runs", type=int, choices=range(1, 101), metavar="N", default=5)
    options = parser.parse_args()
    report = measure(options.runs)
    print(json.dumps(report) if options.json else _readable(report))
    return 0


def measure(runs: int) -> Report:
    """Milliseconds for each number of votes: by strategy, and community_detection's or None.

    Every run decides a panel of its own, so that nothing read before is remembered.
    """
    report: Report = {}
    for size in SIZES:
        row: dict[str, float | None] = {}
        for strategy in Strategy:
            panels = [panel(size, run, strategy.value) for run in range(runs + 1)]
            row[strategy.value] = _milliseconds(partial(decide, strategy=strategy), panels)
        panels = [panel(size, run, "cosine") for run in range(runs + 1)]
        row["community_detection"] = _community_detection(panels)
        report[str(size)] = row
    return report


def panel(size: int, run: int, salt: str) -> list[Vote]:
    """Votes for distinct answers, about ten each in three wordings, their vectors alike."""
    rng = np.random.default_rng([size, run, *salt.encode()])
    answers = max(2, size // VOTES_PER_ANSWER)
    names = ["".join(rng.choice(SYLLABLES, 4)).capitalize() for _ in range(answers)]
    centres = rng.standard_normal((answers, DIMENSIONS))
    votes = []
    for seat in range(size):
        answer = seat % answers
        vector = centres[answer] + 0.05 * rng.standard_normal(DIMENSIONS)
        vector /= np.linalg.norm(vector)
        text = WORDINGS[seat // answers % len(WORDINGS)].format(names[answer])
        reading = Reading(
            text, text, vector=vector.astype("<f4").tobytes(), embedder="benchmark", confidence=0.9
        )
        votes.append(Vote(seat, reading))
    return votes


def decide(votes: Sequence[Vote], strategy: Strategy) -> bool:
    """What happens at every vote: group, weigh, tally, and ask whether it is settled."""
    plan = Plan(strategy=strategy, max_votes=len(votes))
    tally = tallying.take(votes, plan, QUESTION)
    return stopping.is_settled(tally, plan)


def _community_detection(panels: Sequence[list[Vote]]) -> float | None:
    if importlib.util.find_spec("sentence_transformers") is None:
        return None
    from sentence_transformers.util import community_detection  # noqa: PLC0415  heavy, optional

    def group(votes: Sequence[Vote]) -> object:
        vectors = np.stack([np.frombuffer(vote.reading.vector, dtype="<f4") for vote in votes])
        return community_detection(vectors, min_community_size=1)

    return _milliseconds(group, panels)


def _milliseconds(work: Callable[[list[Vote]], object], panels: Sequence[list[Vote]]) -> float:
    """The median over all panels but the first, which pays for what is loaded once."""
    taken = []
    for votes in panels:
        begun = time.perf_counter()
        work(votes)
        taken.append(1000 * (time.perf_counter() - begun))
    return statistics.median(taken[1:])


def _readable(report: Report) -> str:
    names = list(next(iter(report.values())))
    lines = [f"{'votes':>6}" + "".join(f"{name:>22}" for name in names) + "   (milliseconds)"]
    for size, row in report.items():
        values = ("not installed" if v is None else f"{v:.2f}" for v in row.values())
        lines.append(f"{size:>6}" + "".join(f"{value:>22}" for value in values))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
