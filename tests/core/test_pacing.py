"""What an endpoint's refusals teach of its limit."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.core import pacing
from consensus.core.pacing import Pace


def _burst(count: int, at: float = 0.0) -> Pace:
    pace = Pace()
    for _ in range(count):
        pace = pacing.start(pace, at)
    return pace


def test_nobody_waits_before_the_first_refusal() -> None:
    """An endpoint that never refused is asked at once, however often."""
    assert pacing.wait(_burst(1000), 0.0) == 0.0


def test_a_refusal_halves_what_was_tried() -> None:
    """The first limit is half of what the last second tried."""
    pace = pacing.refused(_burst(8), started=0.0, now=0.1, pause=None)

    assert pace.rate == pytest.approx(4.0)
    assert pacing.wait(pace, 0.1) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("pause", "seconds"),
    [(None, 0.25), (0.0, 0.25), (7.0, 7.0), (-3.0, 0.25), (1e9, 120.0), (math.inf, 120.0)],
)
def test_a_pause_holds_for_all(pause: float | None, seconds: float) -> None:
    """The pause that was asked for, within reason, is everybody's; then one starts at a time."""
    pace = pacing.refused(_burst(8), started=0.0, now=0.0, pause=pause)
    assert pacing.wait(pace, 0.0) == pytest.approx(seconds)

    then = pacing.start(pace, seconds)
    assert pacing.wait(then, seconds) == pytest.approx(0.25)


def test_a_burst_is_refused_once() -> None:
    """Refusals of requests that were under way together cut the rate once, not once each."""
    pace = _burst(8)
    for _ in range(5):
        pace = pacing.refused(pace, started=0.0, now=0.1, pause=None)

    assert pace.rate == pytest.approx(4.0)


def test_a_later_refusal_of_the_burst_may_still_lengthen_the_pause() -> None:
    """The longest of the pauses that were asked for is kept."""
    pace = pacing.refused(_burst(8), started=0.0, now=0.1, pause=None)
    pace = pacing.refused(pace, started=0.0, now=0.2, pause=9.0)

    assert pacing.wait(pace, 0.2) == pytest.approx(9.0)


def test_acceptances_raise_the_rate_slowly() -> None:
    """Fifty answers double what a cut left; answers before any cut change nothing."""
    pace = pacing.refused(_burst(8), started=0.0, now=0.0, pause=None)
    for _ in range(pacing.RAISES):
        pace = pacing.accepted(pace)

    assert pace.rate == pytest.approx(8.0)
    assert pacing.accepted(Pace()) == Pace()


def test_a_limit_is_forgotten() -> None:
    """After five minutes without a refusal the endpoint is asked at once again."""
    pace = pacing.refused(_burst(8), started=0.0, now=0.0, pause=None)
    pace = pacing.start(pace, pacing.FORGOTTEN_AFTER)

    assert pacing.wait(pace, pacing.FORGOTTEN_AFTER) == 0.0


def test_the_slowest_rate_is_one_a_minute() -> None:
    """However often it is refused, the rate stays above zero, and the wait bounded."""
    pace, now = Pace(), 0.0
    for _ in range(100):
        now += pacing.wait(pace, now)
        pace = pacing.refused(pacing.start(pace, now), started=now, now=now, pause=None)

    assert pace.rate == pytest.approx(pacing.SLOWEST)
    assert pacing.wait(pace, now) <= 60.0


def test_a_clock_set_back_does_not_stop_everything() -> None:
    """An hour back on the clock costs minutes, not an hour."""
    pace = pacing.refused(_burst(8, at=3600.0), started=3600.0, now=3600.0, pause=None)

    assert pacing.wait(pace, 0.0) <= pacing.LONGEST_PAUSE + 1 / pacing.SLOWEST


@given(
    limit=st.floats(0.5, 50.0),
    burst=st.integers(1, 20),
    seats=st.integers(1, 16),
    latency=st.floats(0.1, 5.0),
)
def test_whatever_the_limit_few_are_refused(
    limit: float, burst: int, seats: int, latency: float
) -> None:
    """Seats ask two hundred times under an unknown limit: all are answered, few after refusals.

    The endpoint holds `burst` tokens and regains `limit` a second; it refuses within 0.1 s and
    answers within `latency`.
    """
    pace, now, tokens = Pace(), 0.0, float(burst)
    idle, unasked, refused = min(seats, 200), 200, 0
    under_way: list[tuple[float, float, bool]] = []  # until, since, whether refused
    while unasked or under_way:
        turn = now + pacing.wait(pace, now) if idle and unasked else math.inf
        then = min(turn, under_way[0][0] if under_way else math.inf)
        tokens, now = min(float(burst), tokens + (then - now) * limit), then
        if turn <= then:
            pace, idle, unasked = pacing.start(pace, now), idle - 1, unasked - 1
            enough = tokens >= 1
            tokens -= enough
            under_way.append((now + (latency if enough else 0.1), now, not enough))
            under_way.sort()
            continue
        _, since, was_refused = under_way.pop(0)
        idle += 1
        if was_refused:
            refused, unasked = refused + 1, unasked + 1
            pace = pacing.refused(pace, since, now, None)
        else:
            pace = pacing.accepted(pace)

    assert refused <= seats + 40
