"""How far a caller is from the bounds on its tasks, as RateLimit fields.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ (draft 11): a policy for
each bound (q: quota; w: window in seconds, or qu: counted at once), and what is left of
it (r: remaining; t: seconds until there is more, given if nothing is left).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from consensus.core.admission import Limit
from consensus.core.errors import TransientError
from consensus.usecases.submit import Submit

log = logging.getLogger(__name__)

NAMES: Final = ("RateLimit-Policy", "RateLimit")


async def told(submit: Submit, owner: str) -> dict[str, str]:
    """The headers of an answer to the owner's new task; none if they are unknown."""
    try:
        return headers(await submit.limits(owner))
    except TransientError as error:  # the task is accepted: that is what counts
        log.warning("limits not told", extra={"reason": error.reason})
        return {}


def headers(limits: Sequence[Limit], spent: str = "", seconds: int = 0) -> dict[str, str]:
    """The headers; spent names the bound that refused, seconds says when to try again."""
    if not limits:
        return {}
    left = [
        f'"{limit.name}";r=0;t={seconds}'
        if limit.name == spent
        else f'"{limit.name}";r={limit.left}'
        for limit in limits
    ]
    return dict(zip(NAMES, (", ".join(map(_policy, limits)), ", ".join(left)), strict=True))


def _policy(limit: Limit) -> str:
    if limit.within is None:
        return f'"{limit.name}";q={limit.quota};qu="concurrent-requests"'
    return f'"{limit.name}";q={limit.quota};w={limit.within.total_seconds():.0f}'
