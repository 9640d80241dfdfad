"""The worker: gRPC in, the model out, ballots to the votes topic or the parent's loopback door.

python -m consensus.bootstrap.worker [--port N]      (PORT where a platform sets it; 0: a free one)
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from consensus import telemetry
from consensus.adapters.local import event_loop
from consensus.adapters.local.system_clock import SteadyClock
from consensus.adapters.processes.own_process import OwnProcess
from consensus.adapters.processes.parent import say_ready, until_told_to_end
from consensus.bootstrap.panelists import panelists
from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.doors.worker import Worker, serving
from consensus.ports import EventBus

LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104  a container is reached from outside


def main() -> None:
    """Serve until told to end; one line and exit code 2 for settings that cannot work."""
    options = _options()
    try:
        settings = Settings.read()
        telemetry.configure(settings.log_level, project=settings.cloud_project)
        telemetry.start(settings, "worker")
        event_loop.run(serve(settings, host=options.host, port=options.port))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


async def serve(settings: Settings, *, host: str = LOOPBACK, port: int = 0) -> None:
    """Serve until SIGTERM, SIGINT, or the parent's end. Raises ConfigurationError."""
    async with AsyncExitStack() as stack:
        # Asked first, so that a signal during the rest is not lost.
        ending = await stack.enter_async_context(until_told_to_end())
        bus, close_bus = _bus(settings)
        stack.push_async_callback(close_bus)
        clock = SteadyClock()
        voters = await stack.enter_async_context(panelists(settings, bus, clock))
        worker = Worker(voters, settings.worker_capacity, OwnProcess().load, clock.now)
        key = settings.worker_token
        served = serving(
            worker,
            f"{host}:{port}",
            token=key.get_secret_value() if key else "",
            reflection=settings.reflection,
        )
        say_ready(await stack.enter_async_context(served))
        await ending.wait()


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
