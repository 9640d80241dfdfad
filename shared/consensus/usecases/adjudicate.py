"""A worker decides doubts: ask the model which answers mean the same, publish the verdicts.

They are asked once, in one call. A model that fails, or says anything but what it was asked for,
leaves them open: the verdicts are UNKNOWN, and the task goes on with its evidence.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass

from consensus.core.adjudication import adjudication, read_findings
from consensus.core.answers import LONGEST_ANSWER
from consensus.core.deadlines import calls_end
from consensus.core.endings import after_thought
from consensus.core.errors import ModelError
from consensus.core.model import Doubt, Finding, Usage, Verdict
from consensus.core.parts.writing import writing
from consensus.ports import ChatModel, Clock, DoubtCall, EventBus, SeatStage, SeatUpdate
from consensus.usecases.publishing import finish_despite_cancellation, publish

log = logging.getLogger(__name__)

LONGEST_CALL = 30.0  # seconds; the task asks no seat meanwhile


@dataclass(frozen=True, slots=True)
class Adjudicate:
    """Decides the doubts that come to this worker together, with one call of the model."""

    model: ChatModel
    bus: EventBus
    clock: Clock
    jitter: Callable[[], float]
    worker: str = ""

    async def process(self, call: DoubtCall) -> AsyncGenerator[SeatUpdate, None]:
        """Decide the doubts. Raises BusUnavailable where the verdicts could not be published."""
        yield SeatUpdate(SeatStage.ACCEPTED, self.worker)
        yield SeatUpdate(SeatStage.PROGRESS, self.worker)
        verdicts = await self._decide(call)
        # They are paid for: from here on they outlive whoever asked for them.
        await finish_despite_cancellation(
            publish(
                lambda: self.bus.verdicts(call.task_id, verdicts, call.traceparent),
                self.clock,
                self.jitter,
                _named(call),
            )
        )
        yield SeatUpdate(SeatStage.COMPLETED, self.worker)

    async def _decide(self, call: DoubtCall) -> tuple[Verdict, ...]:
        unknown = (Finding.UNKNOWN,) * len(call.doubts)
        left = (calls_end(call.deadline) - self.clock.now()).total_seconds()
        if left <= 0:
            return _verdicts(call, unknown, Usage())
        if call.doubts[0].claims:
            return (await self._write(call, call.doubts[0], min(left, LONGEST_CALL)),)
        pairs = [(doubt.one, doubt.other) for doubt in call.doubts]
        messages = adjudication(call.question, pairs)
        try:
            reply = await self.model.complete(messages, min(left, LONGEST_CALL))
        except ModelError as error:
            log.info("no verdict: %s", error, extra=_named(call))
            return _verdicts(call, unknown, error.usage)
        return _verdicts(call, read_findings(reply.text, pairs), reply.usage)

    async def _write(self, call: DoubtCall, doubt: Doubt, seconds: float) -> Verdict:
        try:
            reply = await self.model.complete(writing(call.question, doubt.claims), seconds)
        except ModelError as error:
            log.info("no text: %s", error, extra=_named(call))
            return Verdict(doubt.number, Finding.UNKNOWN, error.usage)
        text = after_thought(reply.text).strip()
        if not text or len(text) > LONGEST_ANSWER:
            return Verdict(doubt.number, Finding.UNKNOWN, reply.usage)
        return Verdict(doubt.number, Finding.WRITTEN, reply.usage, text)


def _verdicts(call: DoubtCall, findings: Iterable[Finding], usage: Usage) -> tuple[Verdict, ...]:
    """The findings as verdicts, of which the first carries what the call cost."""
    costs = (usage, *(Usage() for _ in call.doubts[1:]))
    told = zip(call.doubts, findings, costs, strict=True)
    return tuple(Verdict(doubt.number, finding, cost) for doubt, finding, cost in told)


def _named(call: DoubtCall) -> dict[str, object]:
    """The doubts, for the log."""
    return {"task_id": call.task_id, "doubts": [doubt.number for doubt in call.doubts]}
