"""How fast may an endpoint be asked? Nobody says, so it is learned from its refusals.

A token bucket that holds one token and whose rate is learned: unlimited until the endpoint first
refuses for going too fast (429); then half of what was tried, and slowly more while it accepts
(additive increase, multiplicative decrease: Chiu and Jain, Computer Networks and ISDN Systems 1989,
show that clients who share a limit this way, each by itself, come to a fair share of it). A pause
that the endpoint asks for holds for everybody who shares the pace.

Times are seconds on one clock, whose zero does not matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

SLOWEST = 1 / 60  # requests a second: one a minute
CUT = 0.5  # of the rate, for requests that were sent too fast
RAISES = 50  # acceptances that double what a cut left
LONGEST_PAUSE = 120.0
FAR_BELOW = 0.5  # of one's own rate: what another found is taken over only where it is so much less
FORGOTTEN_AFTER = 300.0  # without a refusal, a limit is taken to be gone
MEMORY = 1.0  # over which the rate of requests is measured


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of an endpoint's limit.

    rate is in requests a second, unlimited at first; raise_by is added to it by each acceptance;
    free_at is when the next request may start; tried is how many requests were started lately,
    as of tried_at.
    """

    rate: float = math.inf
    raise_by: float = 0.0
    free_at: float = -math.inf
    refused_at: float = -math.inf
    tried: float = 0.0
    tried_at: float = -math.inf


def wait(pace: Pace, now: float) -> float:
    """Seconds until a request may start; 0 for at once. Bounded, even on a clock that jumps."""
    longest = LONGEST_PAUSE + 1 / SLOWEST
    return min(longest, max(0.0, pace.free_at - now))


def start(pace: Pace, now: float) -> Pace:
    """The pace once a request starts now."""
    pace = _without_old_limits(pace, now)
    tried = _tried_lately(pace, now) + 1.0
    return replace(pace, free_at=now + 1 / pace.rate, tried=tried, tried_at=now)


def accepted(pace: Pace) -> Pace:
    """The pace after an answer: a little faster, where it was limited."""
    return replace(pace, rate=pace.rate + pace.raise_by)


def refused(pace: Pace, started: float, now: float, pause: float | None) -> Pace:
    """The pace after a refusal of the request that was started then.

    pause is what the endpoint asked for, if anything. Of requests that were under way together the
    first refusal teaches; the others say the same again.
    """
    asked = min(LONGEST_PAUSE, max(0.0, pause or 0.0))
    if started < pace.refused_at:
        return replace(pace, free_at=max(pace.free_at, now + asked))
    rate = max(SLOWEST, CUT * min(pace.rate, _tried_lately(pace, started) / MEMORY))
    return replace(
        pace,
        rate=rate,
        raise_by=rate / RAISES,
        free_at=max(pace.free_at, now + max(asked, 1 / rate)),
        refused_at=now,
    )


def told(pace: Pace, rate: float, now: float) -> Pace:
    """The pace once another, who shares the limit, has told the rate that it came to.

    Whoever met no limit yet, or goes far faster, begins there; small differences even out by
    themselves, as each goes on learning.
    """
    if not 0.0 < rate < FAR_BELOW * pace.rate:
        return pace
    rate = max(SLOWEST, rate)
    return replace(
        pace,
        rate=rate,
        raise_by=rate / RAISES,
        free_at=max(pace.free_at, now + 1 / rate),
        refused_at=now,
    )


def known(pace: Pace) -> float:
    """The rate to tell others; 0 where no limit was met."""
    return 0.0 if pace.rate == math.inf else pace.rate


def _without_old_limits(pace: Pace, now: float) -> Pace:
    if pace.rate == math.inf or now - pace.refused_at < FORGOTTEN_AFTER:
        return pace
    return replace(pace, rate=math.inf, raise_by=0.0)


def _tried_lately(pace: Pace, now: float) -> float:
    """Requests of the last second, older ones fading."""
    age = max(0.0, now - pace.tried_at)
    return pace.tried * math.exp(-age / MEMORY) if pace.tried else 0.0
