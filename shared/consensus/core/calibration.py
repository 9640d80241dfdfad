"""How likely is the answer right? Learned from results that somebody judged, unknown before.

`confidence` says that more votes would not change the answer; a panel can be sure and wrong, and
how often depends on model and task, never on the votes alone. So nothing is said until enough
results were judged; then a logistic regression on what the tally shows, held back by a ridge.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from consensus.core.model import Calibration, Result

LEAST_TASKS = 30  # judged results under which no estimate is honest
RIDGE = 1.0
STEPS = 25  # of Newton's method
CLOSE = 1e-9
WITHOUT_TOKENS = 5  # features before the probability of tokens was one
CERTAIN = 1e-4  # how near to 0 or 1 a probability is taken

Features = tuple[float, ...]


def features(
    confidence: float,
    agreement: float,
    margin: float,
    votes: int,
    probability: float | None = None,
) -> Features:
    """What a tally shows, each about as large as the others: the units of Calibration's weights.

    probability is the answer's by its tokens. It comes last, so that weights of before fit what
    they were fitted for.
    """
    return (
        1.0,
        _log_odds(confidence) / 4.0,
        2.0 * agreement - 1.0,
        margin,
        math.log2(max(1, votes) / 4.0) / 2.0,
        0.0 if probability is None else 1.0,
        0.0 if probability is None else _log_odds(probability) / 4.0,
    )


def features_of(result: Result) -> Features:
    """What a recorded result shows."""
    votes = sum(group.votes for group in result.groups)
    told = result.answer_probability
    return features(result.confidence or 0.0, result.agreement, result.margin, votes, told)


def _log_odds(probability: float) -> float:
    sure = min(1.0 - CERTAIN, max(CERTAIN, probability))
    return math.log(sure / (1.0 - sure))


def probability_correct(calibration: Calibration | None, shown: Features) -> float | None:
    """A calibrated estimate (0..1); None without a calibration, or with one of another version."""
    if calibration is None or len(calibration.weights) not in (WITHOUT_TOKENS, len(shown)):
        return None
    score = math.fsum(w * f for w, f in zip(calibration.weights, shown, strict=False))
    return 1.0 / (1.0 + math.exp(-score)) if math.isfinite(score) and abs(score) < 500 else None


def fit(judged: Sequence[tuple[Features, bool]], models: Iterable[str] = ()) -> Calibration | None:
    """The calibration that explains which of these results were right; None below LEAST_TASKS.

    models are those whose votes they were, where that is known.
    """
    if len(judged) < LEAST_TASKS:
        return None
    import numpy as np  # noqa: PLC0415  a tenth of what `ask` loads, and seldom used

    shown = np.array([row for row, _ in judged])
    right = np.array([float(correct) for _, correct in judged])
    weights = np.zeros(shown.shape[1])
    ridge = RIDGE * np.eye(len(weights))
    for _ in range(STEPS):
        stated = 1.0 / (1.0 + np.exp(-np.clip(shown @ weights, -30.0, 30.0)))
        slope = shown.T @ (right - stated) - RIDGE * weights
        bend = (shown * (stated * (1.0 - stated))[:, None]).T @ shown + ridge
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if np.abs(step).max() < CLOSE:
            break
    known = tuple(sorted({name for name in models if name}))
    return Calibration(tuple(float(w) for w in weights), len(judged), known)
