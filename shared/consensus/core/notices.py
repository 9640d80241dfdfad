"""What a task's subscribers are to be told of its end, and when it is tried again.

Notices are made in the commit that ends the task, so that none is lost and none comes before. Each
attempt is written down before it is made: whoever dies in the middle of one leaves it due again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from consensus.core.model import Notice, NoticeKind, Task

FIRST_LOOK: Final = timedelta(seconds=30)  # by when the message that follows the commit has come
SHORTEST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=6)
MOST_ATTEMPTS: Final = 16  # over about two days


def notices_of(task: Task, now: datetime) -> tuple[Notice, ...]:
    """All that is to be told of the task's end; nothing of one that is not DONE."""
    if task.result is None:
        return ()
    kinds = {NoticeKind.DONE} | ({NoticeKind.UNSETTLED} if task.result.unsettled else set())
    return tuple(
        Notice(task.id, subscriber.name, kind, now + FIRST_LOOK)
        for subscriber in task.subscribers
        for kind in subscriber.kinds
        if kind in kinds
    )


def attempted(notice: Notice, now: datetime, jitter: float) -> Notice:
    """The notice once another attempt begins: due again after twice the wait of the one before.

    jitter, from 0 to 1, lengthens that by up to a quarter, so that those who failed together do not
    come back together.
    """
    wait = min(LONGEST_WAIT, SHORTEST_WAIT * 2**notice.attempts)
    due = now + wait * (1 + jitter / 4)
    return replace(notice, attempts=notice.attempts + 1, due=due)


def is_due(notice: Notice, now: datetime) -> bool:
    """Whether it may be tried: a new one at once, one that was tried when its time has come."""
    return not notice.attempts or now >= notice.due
