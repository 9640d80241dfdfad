"""Shares as people read them: the same in a sentence, on a terminal and on the page."""

from __future__ import annotations

import math


def percent(value: float) -> str:
    """A share in per cent; 100% and 0% only where it is exactly that."""
    if value >= 1 or value <= 0:
        return "100%" if value >= 1 else "0%"
    if value > 0.999 or value < 0.001:
        return ">99.9%" if value > 0.5 else "<0.1%"
    if value > 0.99 or value < 0.01:
        return f"{value:.1%}"
    return f"{math.floor(value * 100 + 0.5)}%"  # halves go up, as a browser has them


def apart(share: float, needed: float) -> tuple[str, str]:
    """A share and the one that is needed, with the decimals that it takes to see the first fall
    short, where it does."""
    if share >= needed or percent(share) != percent(needed):
        return percent(share), percent(needed)
    differing = (d for d in (1, 2, 3) if f"{share:.{d}%}" != f"{needed:.{d}%}")
    decimals = next(differing, 0)
    return f"{share:.{decimals}%}", f"{needed:.{decimals}%}"
