"""A worker decides a doubt: ask the model whether two answers mean the same, publish the verdict.

A doubt is asked once. A model that fails, or says anything but what it was asked for, leaves it
open: the verdict is UNKNOWN, and the task goes on with its evidence.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from consensus.core.adjudication import adjudication, read_finding
from consensus.core.errors import ModelError
from consensus.core.lifecycle import calls_end
from consensus.core.model import Finding, Verdict
from consensus.ports import ChatModel, Clock, DoubtCall, EventBus, SeatStage, SeatUpdate
from consensus.usecases.publishing import publish, whatever_happens

log = logging.getLogger(__name__)

LONGEST_CALL = 30.0  # seconds; the task asks no seat meanwhile


@dataclass(frozen=True, slots=True)
class Adjudicate:
    """Decides the doubts that come to this worker, each with one call of the model."""

    model: ChatModel
    bus: EventBus
    clock: Clock
    jitter: Callable[[], float]
    worker: str = ""

    async def process(self, call: DoubtCall) -> AsyncGenerator[SeatUpdate, None]:
        """Decide the doubt. Raises BusUnavailable where the verdict could not be published."""
        yield SeatUpdate(SeatStage.ACCEPTED, self.worker)
        yield SeatUpdate(SeatStage.PROGRESS, self.worker)
        verdict = await self._decide(call)
        # It is paid for: from here on it outlives whoever asked for it.
        await whatever_happens(
            publish(
                lambda: self.bus.verdict(call.task_id, verdict, call.traceparent),
                self.clock,
                self.jitter,
                _named(call),
            )
        )
        yield SeatUpdate(SeatStage.COMPLETED, self.worker)

    async def _decide(self, call: DoubtCall) -> Verdict:
        number = call.doubt.number
        left = (calls_end(call.deadline) - self.clock.now()).total_seconds()
        if left <= 0:
            return Verdict(number, Finding.UNKNOWN)
        messages = adjudication(call.question, call.doubt.one, call.doubt.other)
        try:
            reply = await self.model.complete(messages, min(left, LONGEST_CALL))
        except ModelError as error:
            log.info("no verdict: %s", error, extra=_named(call))
            return Verdict(number, Finding.UNKNOWN, error.usage)
        return Verdict(number, read_finding(reply.text), reply.usage)


def _named(call: DoubtCall) -> dict[str, object]:
    """The doubt, for the log."""
    return {"task_id": call.task_id, "doubt": call.doubt.number}
