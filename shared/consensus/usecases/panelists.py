"""A worker's voters: each seat is taken, each doubt decided, by the voter whom its call names."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from consensus.core.errors import ModelError
from consensus.core.model import AbstentionReason, Message, Usage
from consensus.ports import Call, Completion, Form, SeatCall, SeatUpdate
from consensus.usecases.adjudicate import Adjudicate
from consensus.usecases.vote import Cast


@dataclass(frozen=True, slots=True)
class Panelists:
    """One Cast a voter, by name; the stranger abstains for every voter who is not among them."""

    voters: Mapping[str, Cast]
    stranger: Cast

    @property
    def worker(self) -> str:
        """The worker's name."""
        return self.stranger.worker

    async def process(self, call: Call) -> AsyncGenerator[SeatUpdate, None]:
        """See Cast.process and Adjudicate.process."""
        cast = self.voters.get(call.voter, self.stranger)
        if isinstance(call, SeatCall):
            updates = cast.process(call)
        else:
            judge = Adjudicate(cast.model, cast.bus, cast.clock, cast.jitter, cast.worker)
            updates = judge.process(call)
        async with aclosing(updates):
            async for update in updates:
                yield update


class NoSuchVoter:
    """The model of a voter who is not in this worker's panel: it refuses, and costs nothing."""

    async def complete(
        self, messages: Sequence[Message], seconds: float, form: Form | None = None
    ) -> Completion:
        """Raise ModelError."""
        raise ModelError(
            "the worker's panel has no such voter; "
            "give dispatcher and workers the same CONSENSUS_PANEL",
            AbstentionReason.MODEL_REFUSED,
            usage=Usage(),
        )
