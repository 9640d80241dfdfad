"""A worker's voters: each seat is taken, each doubt decided, by the voter whom its call names."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from consensus.core.errors import ModelError
from consensus.core.model import AbstentionReason, Message, Usage
from consensus.ports import Call, Completion, Form, SeatCall, SeatUpdate
from consensus.usecases.adjudicate import Adjudicate
from consensus.usecases.pacing import Pacer
from consensus.usecases.vote import CastVote


@dataclass(frozen=True, slots=True)
class Panelists:
    """One CastVote a voter, by name; unknown_voter abstains for whoever is not among them.

    pacers are those of the voters' endpoints: what others found of them is taken in with each call,
    and what is found here told with each update.
    """

    voters: Mapping[str, CastVote]
    unknown_voter: CastVote
    pacers: Mapping[str, Pacer] = field(default_factory=dict)

    @property
    def worker(self) -> str:
        """The worker's name."""
        return self.unknown_voter.worker

    async def process(self, call: Call) -> AsyncGenerator[SeatUpdate, None]:
        """See CastVote.process and Adjudicate.process."""
        cast = self.voters.get(call.voter, self.unknown_voter)
        pacer = self.pacers.get(call.voter)
        if pacer is not None:
            pacer.told(call.rate)
        if isinstance(call, SeatCall):
            updates = cast.process(call)
        else:
            judge = Adjudicate(cast.model, cast.bus, cast.clock, cast.jitter, cast.worker)
            updates = judge.process(call)
        async with aclosing(updates):
            async for update in updates:
                yield replace(update, rate=pacer.known) if pacer is not None else update


class NoSuchVoter:
    """The model of a voter who is not in this worker's panel: it refuses, and costs nothing."""

    async def complete(
        self,
        messages: Sequence[Message],
        seconds: float,
        form: Form | None = None,
        spend: float | None = None,
    ) -> Completion:
        """Raise ModelError."""
        raise ModelError(
            "the worker's panel has no such voter; "
            "give dispatcher and workers the same CONSENSUS_PANEL",
            AbstentionReason.MODEL_REFUSED,
            usage=Usage(),
        )
