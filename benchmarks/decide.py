"""The time to decide once, by number of votes: python -m benchmarks.decide [--json]

First with ten votes for each distinct answer; beside it, where sentence-transformers is installed,
its community_detection on vectors made for these votes, in turns: it groups by cosine alone, and
weighs, tallies and decides nothing. Then with every answer distinct: the cost grows with those.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from consensus.core import stopping
from consensus.core.model import Plan, Reading, Strategy, Vote
from consensus.core.tally import tally_votes

SIZES = (15, 100, 1000)
DISTINCT = (100, 200, 400, 1000)
VOTES_PER_ANSWER = 10
DIMENSIONS = 384
SYLLABLES = ("ba", "den", "fi", "gor", "hal", "ki", "lo", "mar", "nu", "pes", "ri", "sto", "vel")
WORDINGS = ("{}", "{}.", "The answer is {}.")
QUESTION = "Which place is the largest?"
Work = Callable[[Sequence[Vote]], object]
Row = dict[str, float | None]
Report = dict[str, dict[str, Row]]


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
    """Milliseconds for each number of votes: by strategy, and community_detection's or None."""
    return {
        "votes": {str(size): _row(size, VOTES_PER_ANSWER, runs) for size in SIZES},
        "distinct answers": {str(size): _row(size, 1, runs) for size in DISTINCT},
    }


def _row(size: int, alike: int, runs: int) -> Row:
    """Every run decides a panel of its own, so that nothing read before is remembered."""
    works: dict[str, Work | None] = {s.value: partial(decide, strategy=s) for s in Strategy}
    works["community_detection"] = _community_detection()
    panels = {name: [panel(size, run, name, alike) for run in range(runs + 1)] for name in works}
    return _milliseconds(works, panels)


def panel(size: int, run: int, salt: str, alike: int = VOTES_PER_ANSWER) -> list[Vote]:
    """Votes for distinct answers, so many alike in three wordings, their vectors alike."""
    rng = np.random.default_rng([size, run, alike, *salt.encode()])
    answers = max(2, size // alike)
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
    tally = tally_votes(votes, plan, QUESTION)
    return stopping.is_settled(tally, plan)


def _community_detection() -> Work | None:
    if importlib.util.find_spec("sentence_transformers") is None:
        return None
    from sentence_transformers.util import community_detection  # noqa: PLC0415  heavy, optional

    def group(votes: Sequence[Vote]) -> object:
        vectors = np.stack([np.frombuffer(vote.reading.vector, dtype="<f4") for vote in votes])
        return community_detection(vectors, min_community_size=1)

    return group


def _milliseconds(works: Mapping[str, Work | None], panels: Mapping[str, list[list[Vote]]]) -> Row:
    """Medians, the works taking turns; the first turn, which pays for loading, is left out."""
    taken: dict[str, list[float]] = {name: [] for name, work in works.items() if work}
    for turn in zip(*panels.values(), strict=True):
        for (name, work), votes in zip(works.items(), turn, strict=True):
            if work:
                begun = time.perf_counter()
                work(votes)
                taken[name].append(1000 * (time.perf_counter() - begun))
    return {
        name: statistics.median(taken[name][1:]) if work else None for name, work in works.items()
    }


def _readable(report: Report) -> str:
    lines = []
    for what, rows in report.items():
        names = list(next(iter(rows.values())))
        lines.append(f"{what:>16}" + "".join(f"{name:>21}" for name in names) + "   (milliseconds)")
        for size, row in rows.items():
            values = ("not installed" if v is None else f"{v:.2f}" for v in row.values())
            lines.append(f"{size:>16}" + "".join(f"{value:>21}" for value in values))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
