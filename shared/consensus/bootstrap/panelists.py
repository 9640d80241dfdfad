"""The panel's voters, each with its model, as a process has them that takes seats."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from consensus.adapters.models.openai_dialect import Dialect
from consensus.adapters.models.openai_model import OpenAIModel
from consensus.adapters.models.panel_file import read_panel, settings_of
from consensus.adapters.models.traced_model import TracedModel
from consensus.adapters.processes.value_process import ValueProcess
from consensus.bootstrap.identifiers import new_id
from consensus.config import Settings
from consensus.ports import Clock, EventBus
from consensus.readers.reply import read
from consensus.usecases.pacing import Paced, Pacer
from consensus.usecases.panelists import NoSuchVoter, Panelists
from consensus.usecases.vote import CastVote


@asynccontextmanager
async def panelists(settings: Settings, bus: EventBus, clock: Clock) -> AsyncIterator[Panelists]:
    """The voters while the context is open; what they bring goes to the bus.

    Raises ConfigurationError.
    """
    panel = read_panel(settings)
    async with AsyncExitStack() as stack:
        values = ValueProcess()
        stack.push_async_callback(values.close)
        await values.start()  # it loads while the models think of their first answers
        unknown_voter = CastVote(
            model=NoSuchVoter(),
            read=read,
            value=values,
            leaves=values.leaves,
            bus=bus,
            clock=clock,
            jitter=random.SystemRandom().random,
            attempts=settings.model_attempts,
            worker=f"worker-{new_id()[:8]}",
        )
        voters, paced = {}, {}
        pacers: dict[object, Pacer] = defaultdict(lambda: Pacer(clock))
        dialects: dict[object, Dialect] = defaultdict(Dialect)
        for voter in panel.voters:
            own = settings_of(voter, settings)
            model = OpenAIModel(own, dialects[own.openai_base_url, own.openai_model])
            stack.push_async_callback(model.close)
            # Within the pace, so that a call's time is the endpoint's own.
            paced[voter.name] = pacer = pacers[_who_limits(own)]
            limited = Paced(TracedModel.of(model, own), pacer)
            voters[voter.name] = replace(unknown_voter, model=limited, power=panel.power(voter))
        yield Panelists(voters, unknown_voter, paced)


def _who_limits(settings: Settings) -> tuple[object, ...]:
    """Providers limit a key's requests to a model: voters that have these in common share them."""
    return settings.openai_base_url, settings.openai_api_key, settings.openai_model
