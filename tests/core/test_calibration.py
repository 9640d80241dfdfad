"""The probability that an answer is right, learned from judged results."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core.calibration import LEAST_TASKS, features, fit, probability_correct
from consensus.core.model import Calibration

anything = st.floats(0, 1)


def test_nothing_is_said_without_evidence() -> None:
    """No calibration, or one of another version, is None and never a number."""
    shown = features(0.97, 1.0, 1.0, 4)
    assert probability_correct(None, shown) is None
    assert probability_correct(Calibration((1.0,)), shown) is None
    assert probability_correct(Calibration((float("nan"),) * len(shown)), shown) is None
    assert fit([(shown, True)] * (LEAST_TASKS - 1)) is None


def test_weights_of_before_say_what_they_said() -> None:
    """A calibration that knows nothing of tokens' probabilities ignores them."""
    known = Calibration((0.1, 0.2, 0.3, 0.4, 0.5), 100)
    without, told = features(0.9, 0.8, 0.6, 5), features(0.9, 0.8, 0.6, 5, 0.1)
    assert probability_correct(known, told) == probability_correct(known, without) is not None


def test_the_probability_of_tokens_is_learned_from() -> None:
    """Where it tells right from wrong among results that agree alike, the estimates differ."""
    judged = [(features(0.97, 1.0, 1.0, 4, p), p > 0.5) for p in (0.2, 0.8)] * 60
    fitted = fit(judged, ("b", "a", "", "a"))
    low, high = (probability_correct(fitted, shown) or 0.0 for shown, _ in judged[:2])
    assert low < 0.2
    assert high > 0.8
    assert fitted is not None
    assert fitted.models == ("a", "b")


@given(anything, anything, anything, st.integers(0, 64), st.none() | anything)
def test_an_estimate_is_a_probability(
    sure: float, agreed: float, lead: float, votes: int, told: float | None
) -> None:
    """Whatever the tally shows."""
    fitted = fit([(features(0.97, 1.0, 1.0, 4), True)] * LEAST_TASKS)
    estimate = probability_correct(fitted, features(sure, agreed, lead, votes, told))
    assert estimate is not None
    assert 0.0 <= estimate <= 1.0


def test_a_sure_panel_that_is_often_wrong_is_told_as_such() -> None:
    """Unanimous votes right four times in five come to four fifths, however sure they are."""
    shown = features(0.97, 1.0, 1.0, 4)
    fitted = fit([(shown, n % 5 != 0) for n in range(500)])
    assert probability_correct(fitted, shown) == pytest.approx(0.8, abs=0.02)


def test_what_is_learned_holds_for_others() -> None:
    """Stated and true shares agree on results that were not fitted."""
    rng = random.Random(2)

    def result() -> tuple[tuple[float, ...], bool]:
        agreed = rng.uniform(0.4, 1.0)
        shown = features(agreed, agreed, 2 * agreed - 1, 8)
        return shown, rng.random() < agreed**2

    fitted = fit([result() for _ in range(1500)])
    others = [result() for _ in range(1500)]
    stated = [probability_correct(fitted, shown) or 0.0 for shown, _ in others]
    assert sum(stated) / 1500 == pytest.approx(sum(right for _, right in others) / 1500, abs=0.05)
    high = [right for s, (_, right) in zip(stated, others, strict=True) if s > 0.75]
    assert sum(high) / len(high) > 0.7


def test_all_right_so_far_is_not_certainty() -> None:
    """The ridge keeps an estimate below one where nothing has gone wrong yet."""
    shown = features(0.97, 1.0, 1.0, 4)
    estimate = probability_correct(fit([(shown, True)] * 40), shown)
    assert estimate is not None
    assert 0.9 < estimate < 0.9999
