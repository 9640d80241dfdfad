"""How long deciding an answer with parts takes: python -m benchmarks.parts_speed [--json]

Fifteen records of fifty fields, and fifteen texts of a thousand words, that differ here and there;
beside ours, where k-llms is installed (pip install k-llms), its consensus of the same records, in
turns. Milliseconds, medians of some runs, each of a panel of its own.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from consensus.core.parts.composing import Ballot, decide
from consensus.core.parts.shapes import Open
from consensus.core.parts.texts import choose

VOTES, FIELDS, WORDS = 15, 50, 1_000
SAME = 0.8  # how often a vote says the usual
_VALUES = ("Acme Tools", "invoice 4711", "Lyon", "paid", "open", "2026-05-12")


def main() -> int:
    """Print milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the report as JSON alone")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    report = measure(options.runs)
    print(json.dumps(report) if options.json else json.dumps(report, indent=2))
    return 0


def measure(runs: int) -> dict[str, float | None]:
    """Milliseconds: ours for records and texts, k-llms' for records, None where it is not there."""
    theirs = _k_llms()
    ours: list[float] = []
    others: list[float] = []
    texts: list[float] = []
    for run in range(runs + 1):  # the first warms up
        panel = records(run)
        ours.append(_timed(lambda panel=panel: decide(map(Ballot, panel), Open(), derived=False)))
        if theirs is not None:
            others.append(_timed(lambda panel=panel: theirs(panel)))
        said = essays(run)
        texts.append(_timed(lambda said=said: choose(said, [1.0] * VOTES)))
    return {
        "records": _median(ours),
        "records, k-llms": _median(others) if others else None,
        "texts": _median(texts),
    }


def records(seed: int) -> list[Any]:
    """Fifteen flat records; a field is usually what the others say."""
    dice = random.Random(seed)  # noqa: S311
    usual = {f"field {n}": _value(dice, n) for n in range(FIELDS)}
    return [
        {
            name: (value if dice.random() < SAME else _value(dice, 0))
            for name, value in usual.items()
        }
        for _ in range(VOTES)
    ]


def essays(seed: int) -> list[str]:
    """Fifteen texts of a thousand words; a word is usually what the others say."""
    dice = random.Random(seed)  # noqa: S311
    known = ["".join(dice.choices("abdefgiklmnoprstu", k=dice.randint(2, 9))) for _ in range(3_000)]
    usual = [dice.choice(known) for _ in range(WORDS)]
    return [
        " ".join(
            (word if dice.random() < SAME else dice.choice(known))
            + (". The" if n % 16 == 0 else "")
            for n, word in enumerate(usual)
        )
        for _ in range(VOTES)
    ]


def _value(dice: random.Random, place: int) -> object:
    return dice.choice(_VALUES) if place % 3 else dice.randint(1, 9)


def _k_llms() -> Callable[[list[Any]], object] | None:
    if importlib.util.find_spec("k_llms") is None:
        return None
    try:
        utils = importlib.import_module("k_llms.utils.consensus_utils")
    except ImportError:  # of its own needs, of which only some versions go together
        return None
    settings = utils.ConsensusSettings(string_similarity_method="levenshtein")
    return lambda panel: utils.consensus_values(panel, settings, lambda texts: [[1.0]] * len(texts))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def _median(times: list[float]) -> float:
    return round(statistics.median(times[1:] or times), 2)


if __name__ == "__main__":
    raise SystemExit(main())
