"""The worker: gRPC in, the model out, ballots to the votes topic or the parent's loopback door.

python -m consensus.bootstrap.worker [--port N]      (PORT where a platform sets it; 0: a free one)
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

from consensus import telemetry
from consensus.adapters.local.system_clock import SteadyClock
from consensus.adapters.models.openai_dialect import Dialect
from consensus.adapters.models.openai_model import OpenAIModel
from consensus.adapters.models.panel_file import read_panel, settings_of
from consensus.adapters.models.traced_model import TracedModel
from consensus.adapters.processes.own_process import OwnProcess
from consensus.adapters.processes.parent import say_ready, until_told_to_end
from consensus.adapters.processes.value_process import ValueProcess
from consensus.bootstrap.identifiers import new_id
from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.doors.worker import Worker, serving
from consensus.ports import EventBus
from consensus.readers.reply import read
from consensus.usecases.pacing import Paced, Pacer
from consensus.usecases.panelists import NoSuchVoter, Panelists
from consensus.usecases.vote import CastVote

LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104  a container is reached from outside


def main() -> None:
    """Serve until told to end; one line and exit code 2 for settings that cannot work."""
    options = _options()
    try:
        settings = Settings.read()
        telemetry.configure(settings.log_level, project=settings.cloud_project)
        telemetry.start(settings, "worker")
        asyncio.run(serve(settings, host=options.host, port=options.port))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


async def serve(settings: Settings, *, host: str = LOOPBACK, port: int = 0) -> None:
    """Serve until SIGTERM, SIGINT, or the parent's end. Raises ConfigurationError."""
    async with AsyncExitStack() as stack:
        # Asked first, so that a signal during the rest is not lost.
        ending = await stack.enter_async_context(until_told_to_end())
        panel = read_panel(settings)
        bus, close_bus = _bus(settings)
        stack.push_async_callback(close_bus)
        values = ValueProcess()
        stack.push_async_callback(values.close)
        unknown_voter = CastVote(
            model=NoSuchVoter(),
            read=read,
            value=values,
            bus=bus,
            clock=SteadyClock(),
            jitter=random.SystemRandom().random,
            attempts=settings.model_attempts,
            worker=f"worker-{new_id()[:8]}",
        )
        voters, paced = {}, {}
        pacers: dict[object, Pacer] = defaultdict(lambda: Pacer(unknown_voter.clock))
        dialects: dict[object, Dialect] = defaultdict(Dialect)
        for voter in panel.voters:
            own = settings_of(voter, settings)
            model = OpenAIModel(own, dialects[own.openai_base_url, own.openai_model])
            stack.push_async_callback(model.close)
            # Within the pace, so that a call's time is the endpoint's own.
            paced[voter.name] = pacer = pacers[_who_limits(own)]
            limited = Paced(TracedModel.of(model, own), pacer)
            voters[voter.name] = replace(unknown_voter, model=limited, power=panel.power(voter))
        worker = Worker(
            Panelists(voters, unknown_voter, paced),
            settings.worker_capacity,
            OwnProcess().load,
            unknown_voter.clock.now,
        )
        key = settings.worker_token
        served = serving(
            worker,
            f"{host}:{port}",
            token=key.get_secret_value() if key else "",
            reflection=settings.reflection,
        )
        say_ready(await stack.enter_async_context(served))
        await ending.wait()


def _who_limits(settings: Settings) -> tuple[object, ...]:
    """Providers limit a key's requests to a model: voters that have these in common share them."""
    return settings.openai_base_url, settings.openai_api_key, settings.openai_model


def _bus(settings: Settings) -> tuple[EventBus, Callable[[], Awaitable[None]]]:
    """The parent's loopback door where there is one, else Pub/Sub; each brings its libraries."""
    if settings.votes_url:
        from consensus.adapters.local.push_bus import PushBus  # noqa: PLC0415

        token = settings.votes_token
        door = PushBus(settings.votes_url, token.get_secret_value() if token else "")
        return door, door.close
    from consensus.adapters.google.pubsub_bus import PubSubBus  # noqa: PLC0415

    topics = PubSubBus(settings)
    return topics, topics.close


def _options() -> argparse.Namespace:
    """--port means this machine alone; PORT comes from a platform, which calls from outside."""
    assigned = os.environ.get("PORT", "")
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, help="0: any free one (default: $PORT, else 0)")
    parser.add_argument("--host", help=f"default: {LOOPBACK}; {EVERYWHERE} with $PORT")
    options = parser.parse_args()
    platform = options.port is None and assigned.isdecimal()
    options.host = options.host or (EVERYWHERE if platform else LOOPBACK)
    options.port = int(assigned) if platform else options.port or 0
    return options


if __name__ == "__main__":
    main()
