"""A replay as a picture: votes against agreement, and stated probability against truth.

matplotlib is heavy and wanted by few: it is loaded only where a picture was asked for.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from consensus.core.errors import ConfigurationError
from consensus.distribution import pip_install
from consensus.usecases.replay import BINS, Replayed, Run


def require() -> None:
    """Raises ConfigurationError where matplotlib is not installed."""
    if importlib.util.find_spec("matplotlib") is None:
        raise ConfigurationError(f"--plot needs matplotlib: {pip_install('plot')}")


def save(replayed: Sequence[Replayed], file: Path) -> None:
    """Write the picture, in the format that the file's name ends in. Raises ConfigurationError."""
    from matplotlib.figure import Figure

    runs = [run for question in replayed for run in question.runs]
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    votes, agreed = agreement_by_votes(runs)
    left.plot(votes, agreed)
    left.set(xlabel="votes at most", ylabel="decided, and as all votes would", ylim=(0, 1.02))
    bins = reliability(runs)
    right.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    if bins:
        stated, true, sizes = zip(*bins, strict=True)
        right.scatter(stated, true, [20 + 300 * size / len(runs) for size in sizes])
    right.set(xlabel="stated probability", ylabel="share right", xlim=(0, 1.02), ylim=(0, 1.02))
    try:
        figure.savefig(file)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"cannot write {file}: {error}") from error


def agreement_by_votes(runs: Sequence[Run]) -> tuple[list[int], list[float]]:
    """For each number of votes, the share of runs that had ended by then with the answer of all."""
    most = max((run.votes for run in runs), default=0)
    ended = [0] * (most + 1)
    for run in runs:
        ended[run.votes] += run.agrees
    return list(range(most + 1)), [total / len(runs) for total in accumulate(ended)]


def reliability(runs: Sequence[Run]) -> list[tuple[float, float, int]]:
    """Per bin of judged runs: the mean stated probability, the share right, and how many."""
    judged = [(run.sure, run.correct) for run in runs if run.correct is not None]
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for stated, right in judged:
        bins[min(BINS - 1, max(0, int(stated * BINS)))].append((stated, right))
    return [
        (sum(s for s, _ in b) / len(b), sum(r for _, r in b) / len(b), len(b)) for b in bins if b
    ]
