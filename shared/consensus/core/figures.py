"""Shares and sizes as people read them: the same in a sentence, on a terminal and on the page."""

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


def size(count: int) -> str:
    """A number of bytes: 812 bytes, 100 kB, 1.2 MB."""
    for unit, name in ((1_000_000, "MB"), (1000, "kB")):
        if count >= unit:
            few = count < 10 * unit and count % unit
            return f"{count / unit:.1f} {name}" if few else f"{count / unit:,.0f} {name}"
    return f"{count:,} bytes"


def too_much(count: int, most: int) -> str:
    """So many bytes where fewer are allowed: 1.2 MB, at most 100 kB."""
    if size(count) == size(most):
        return f"{count:,} bytes, at most {most:,}"
    return f"{size(count)}, at most {size(most)}"
