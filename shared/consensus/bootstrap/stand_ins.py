"""What a stack on the emulators lacks: subscriptions that push, the sweep, and a model.

python -m consensus.bootstrap.stand_ins --dispatcher URL --aggregator URL [--port N]

In the cloud Terraform and Cloud Scheduler do the first two. The third is the demo panel, if no
model endpoint is configured. As a process it serves the containers.
"""

from __future__ import annotations

import argparse
import asyncio
import logging

from consensus import telemetry
from consensus.adapters.google import pubsub_topology
from consensus.adapters.google.forwarder import LEASE_SECONDS, Forwarder
from consensus.adapters.google.pubsub_bus import PubSubBus
from consensus.adapters.google.pubsub_topology import Push
from consensus.adapters.local.http_server import serving
from consensus.config import Settings
from consensus.core.errors import ConsensusError
from consensus.demo import server as demo

log = logging.getLogger(__name__)

SWEEP_SECONDS = 10.0  # the cloud's scheduler knows minutes only
DISPATCH_ACK_SECONDS = 600  # a dispatch is held for its task's life
ACK_SECONDS = 60
MAX_ATTEMPTS = 100  # the most that Pub/Sub knows: an hour and more of overload is no dead letter


def main() -> None:
    """Run until ended."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--dispatcher", required=True, help="the dispatcher's URL")
    parser.add_argument("--aggregator", required=True, help="the aggregator's URL")
    parser.add_argument("--port", type=int, default=8080, help="the demo panel's")
    options = parser.parse_args()
    settings = Settings.read()
    telemetry.configure(settings.log_level)
    asyncio.run(_serve(settings, options.dispatcher, options.aggregator, options.port))


async def connect(
    settings: Settings, dispatcher: str, aggregator: str, *, forward: bool = True
) -> list[Forwarder]:
    """Create the topics, and subscriptions whose messages are POSTed to these URLs.

    Returns what must run for that: a forwarder each, or none where the emulator itself pushes.
    Raises BusUnavailable.
    """
    token = settings.push_token
    known = f"?token={token.get_secret_value()}" if token else ""
    to = {
        "votes": (settings.votes_topic, f"{aggregator}/votes", ACK_SECONDS),
        "timers": (settings.timers_topic, f"{aggregator}/timers", ACK_SECONDS),
        "notices": (settings.notices_topic, f"{aggregator}/notices", ACK_SECONDS),
        "dispatch": (settings.dispatch_topic, f"{dispatcher}/dispatch", DISPATCH_ACK_SECONDS),
    }
    subscriptions = {
        name: Push(topic, None, LEASE_SECONDS, MAX_ATTEMPTS)
        if forward
        else Push(topic, f"{url}{known}", seconds, MAX_ATTEMPTS)
        for name, (topic, url, seconds) in to.items()
    }
    letters = f"{aggregator}/dead-letters{known}"
    results = filter(None, [settings.results_topic])
    await pubsub_topology.create(settings, subscriptions, letters, topics=tuple(results))
    return [Forwarder(settings, name, url) for name, (_, url, _) in to.items() if forward]


async def keep_sweeping(bus: PubSubBus) -> None:
    """Publish the scheduler's message until cancelled."""
    while True:
        try:
            await bus.sweep()
        except ConsensusError as error:
            log.warning("sweep not published: %s", error.reason)
        await asyncio.sleep(SWEEP_SECONDS)


async def _serve(settings: Settings, dispatcher: str, aggregator: str, port: int) -> None:
    forwarders = await connect(settings, dispatcher, aggregator)
    panel = demo.build(settings.demo_seed, settings.demo_latency_ms)
    everywhere = "0.0.0.0"  # noqa: S104  a container is reached from outside
    # Served only when the topics are there: whoever waits for this port may publish.
    async with serving(panel, port, everywhere), asyncio.TaskGroup() as running:
        for forwarder in forwarders:
            running.create_task(forwarder.run())
        await keep_sweeping(PubSubBus(settings))


if __name__ == "__main__":
    main()
