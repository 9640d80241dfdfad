"""The calibration error of `confidence`: stated certainty beside what all votes come to."""

from __future__ import annotations

import pytest

from benchmarks.confidence import measure
from consensus.core.model import Strategy
from consensus.usecases.learning import Lessons
from consensus.usecases.replay import RecordedVote, Recording


def _recording(number: int, answers: str, gold: str | None = None) -> Recording:
    return Recording(
        str(number), tuple(RecordedVote(a) for a in answers), Strategy.EXACT, gold, prompt=""
    )


def test_certainty_that_comes_true_is_off_by_what_it_lacks_of_one() -> None:
    """Of questions that everybody answers alike, history makes the engine surer, rightly."""
    alike = [_recording(n, "a" * 40) for n in range(60)]
    without = measure(alike, 40, seed=0, orders=1)
    learning = measure(alike, 40, seed=0, orders=1, lessons=[Lessons(weigh=False)])
    assert 0 < learning < without < 0.1


def test_gold_is_not_looked_at() -> None:
    """Wrong answers that stay are as certain as right ones."""
    known = [_recording(n, "aab" * 13, gold="b") for n in range(3)]
    unknown = [_recording(n, "aab" * 13) for n in range(3)]
    assert measure(known, 15, seed=0, orders=2) == pytest.approx(
        measure(unknown, 15, seed=0, orders=2)
    )
