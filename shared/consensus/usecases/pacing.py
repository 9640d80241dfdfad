"""A model asked no faster than its endpoint allows; what one seat learns of that, all know."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from consensus.core import pacing
from consensus.core.errors import ModelError
from consensus.core.model import AbstentionReason, Message, Usage
from consensus.core.pacing import Pace
from consensus.ports import ChatModel, Clock, Completion, Form

log = logging.getLogger(__name__)

SHORTEST_SLEEP = 0.001  # seconds; a shorter one might not move the clock at all


@dataclass(slots=True)
class Pacer:
    """One endpoint's pace, shared by all that ask it."""

    clock: Clock
    pace: Pace = field(default_factory=Pace)

    async def turn(self, seconds: float) -> float:
        """Wait for a turn and take it; return when that was, by `now`.

        Raises ModelError (RATE_LIMITED, at no cost) once it cannot come within so many seconds.
        """
        latest = self.now() + seconds
        # Nobody queues: a seat that is cancelled, or gives up, leaves no turn behind untaken.
        while (wait := pacing.wait(self.pace, now := self.now())) > 0:
            if now + wait >= latest:
                raise ModelError(
                    "the endpoint's rate limit leaves no time to ask",
                    AbstentionReason.RATE_LIMITED,
                    usage=Usage(),
                )
            await self.clock.sleep(max(SHORTEST_SLEEP, wait))
        self.pace = pacing.start(self.pace, now)
        return now

    def accepted(self) -> None:
        """A request was answered."""
        self.pace = pacing.accepted(self.pace)

    def refused(self, started: float, pause: float | None) -> None:
        """A request that was started then was refused for the rate."""
        before = self.pace.rate
        self.pace = pacing.refused(self.pace, started, self.now(), pause)
        if self.pace.rate < before:
            log.info("rate limited: at most %.2f requests a second", self.pace.rate)

    def told(self, rate: float) -> None:
        """Another worker found that rate at the same endpoint; 0: it met no limit."""
        self.pace = pacing.told(self.pace, rate, self.now())

    @property
    def known(self) -> float:
        """The rate that was found; 0 if no limit was met."""
        return pacing.known(self.pace)

    def now(self) -> float:
        """Seconds on this pacer's clock."""
        return self.clock.now().timestamp()


@dataclass(frozen=True, slots=True)
class Paced:
    """ChatModel over another one, in turn with whoever shares the pacer."""

    model: ChatModel
    pacer: Pacer

    async def complete(
        self,
        messages: Sequence[Message],
        seconds: float,
        form: Form | None = None,
        spend: float | None = None,
    ) -> Completion:
        """See ChatModel; the wait for a turn is part of the seconds."""
        latest = self.pacer.now() + seconds
        started = await self.pacer.turn(seconds)
        try:
            completion = await self.model.complete(messages, latest - started, form, spend)
        except ModelError as error:
            # A spent quota is refused the same way, but says nothing of how fast to ask.
            if error.why is AbstentionReason.RATE_LIMITED and error.retryable:
                self.pacer.refused(started, error.retry_after)
            raise
        self.pacer.accepted()
        return completion
