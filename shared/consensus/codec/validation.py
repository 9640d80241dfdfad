"""What was wrong with data from outside, told without a word of it."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

MOST_TOLD = 5


def explain(error: ValidationError) -> str:
    """Where and what, and nothing of the values."""
    problems: list[Any] = list(error.errors(include_url=False, include_input=False))
    parts = (f"{'.'.join(map(str, p['loc']))}: {p['type']}" for p in problems[:MOST_TOLD])
    return "; ".join(parts)[:500]
