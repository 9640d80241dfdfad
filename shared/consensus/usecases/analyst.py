"""Opt-in: a model is asked how a task should be decided, before its plan is made.

One call, bounded in time, and never more than advice: whatever goes wrong with it, the rules of
`core.analysis` decide, as they do without it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from consensus.core.advice import advice_wanted, read_advice
from consensus.core.analysis import Analysis
from consensus.core.errors import ModelError
from consensus.core.model import Message, Usage
from consensus.ports import ChatModel

log = logging.getLogger(__name__)

ANALYSIS_TIMEOUT = 5.0  # seconds: the caller of a submit waits for them
MOST_AT_ONCE = 16  # calls: a burst of tasks is not one of calls that nobody bounds
ADVISED = "A model's analysis chose this."


@dataclass(frozen=True, slots=True)
class Opinion:
    """A model's advice: the analysis, or None if the rules decide; why, for people; the cost."""

    analysis: Analysis | None = None
    told: str = ""
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Analyst:
    """Asks the model; without one (no endpoint is set) it says so, and the rules decide."""

    model: ChatModel | None
    seconds: float = ANALYSIS_TIMEOUT
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))

    async def __call__(self, messages: Sequence[Message]) -> Opinion:
        """An opinion on a conversation, within that many seconds. Raises nothing."""
        if self.model is None:
            return _rules("no endpoint is named for it")
        if self._turns.locked():
            return _rules("too many tasks came at once")
        try:
            async with self._turns:
                reply = await self.model.complete(advice_wanted(messages), self.seconds)
        except ModelError as error:
            return _rules(error.why, error.usage)
        try:
            return Opinion(read_advice(reply.text), ADVISED, reply.usage)
        except ValueError as error:
            return _rules(f"the reply is of no use: {error}", reply.usage)


def _rules(why: str, usage: Usage = Usage()) -> Opinion:  # noqa: B008  immutable
    log.info("planned by rules: %s", why)
    return Opinion(None, f"Rules chose this; a model's analysis was not available ({why}).", usage)
