"""Who is notified when tasks end: the webhooks' endpoints and the results topic."""

from __future__ import annotations

import random

from consensus.adapters.webhooks.webhooks_file import RESULTS_TOPIC, read_webhooks, webhook
from consensus.config import Settings
from consensus.ports import Clock, Receiver, TaskStore
from consensus.usecases.tell import Tell


def telling(
    settings: Settings, store: TaskStore, clock: Clock, topic: Receiver | None = None
) -> Tell:
    """The use case, with every receiver's secrets. Raises ConfigurationError for one without."""
    receivers: dict[str, Receiver] = {
        entry.name: webhook(entry, clock.now) for entry in read_webhooks(settings)
    }
    if topic is not None:
        receivers[RESULTS_TOPIC] = topic
    return Tell(store, clock, random.SystemRandom().random, receivers)
