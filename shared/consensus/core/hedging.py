"""When is a seat a straggler?

Dean and Barroso, "The Tail at Scale" (CACM 2013): a second request for the slowest few, sent only
once they are slower than nearly all, cuts the tail for a few per cent more work.
"""

from __future__ import annotations

from collections.abc import Sequence

TIMES_SLOWEST = 2.0
NEVER_BEFORE = 5.0  # seconds


def hedge_after(took: Sequence[float], seats: int) -> float | None:
    """Seconds after which a seat still being asked is a straggler of its wave.

    took has the seconds of the seats of the wave that have voted; None while they are fewer than
    half, since too few cannot show what is slow.
    """
    if not took or 2 * len(took) < seats:
        return None
    return max(NEVER_BEFORE, TIMES_SLOWEST * max(took))
