"""How tasks are dispatched: through a queue where one is named, else over the dispatch topic."""

from __future__ import annotations

from consensus.adapters.google.cloud_tasks import CloudTasksBus
from consensus.adapters.google.pubsub_bus import PubSubBus
from consensus.config import Settings


def bus(settings: Settings) -> CloudTasksBus | PubSubBus:
    """The bus for parts that dispatch tasks. Raises ConfigurationError for half of a queue."""
    return CloudTasksBus(settings) if settings.dispatch_queue else PubSubBus(settings)
