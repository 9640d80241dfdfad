"""When the work on a task must be over. Apart from the lifecycle: a worker needs no more of it."""

from __future__ import annotations

from datetime import datetime, timedelta

CALLS_END_BEFORE = timedelta(seconds=2)  # the deadline, so that their votes are in by then


def calls_end(deadline: datetime) -> datetime:
    """When the model calls of a task end. A seat that is asked later could only abstain."""
    return deadline - CALLS_END_BEFORE
