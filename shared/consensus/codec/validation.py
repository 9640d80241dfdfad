"""What was wrong with data from outside, told without a word of it."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ValidationError

from consensus.core.model import AbstentionReason

MOST_TOLD = 5
_REASON = re.compile(r"[A-Z][A-Z_]{0,60}")
_REASONS = frozenset(AbstentionReason)


def explain(error: ValidationError) -> str:
    """Where and what, and nothing of the values."""
    problems: list[Any] = list(error.errors(include_url=False, include_input=False))
    parts = (f"{'.'.join(map(str, p['loc']))}: {p['type']}" for p in problems[:MOST_TOLD])
    return "; ".join(parts)[:500]


def known_reason(reason: object) -> object:
    """An abstention's reason; one that a newer version wrote is told as UNREADABLE."""
    is_newer = isinstance(reason, str) and _REASON.fullmatch(reason) and reason not in _REASONS
    return AbstentionReason.UNREADABLE if is_newer else reason
