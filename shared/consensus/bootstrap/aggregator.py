"""The aggregator in the cloud and on the emulators: every message becomes one commit."""

from __future__ import annotations

import random

from starlette.applications import Starlette

from consensus import telemetry
from consensus.adapters.google.firestore_store import FirestoreStore
from consensus.adapters.google.results_topic import ResultsTopic
from consensus.adapters.local.system_clock import SystemClock
from consensus.bootstrap import batching, pushes, queueing
from consensus.bootstrap.submitting import submitting
from consensus.bootstrap.telling import telling
from consensus.config import Settings
from consensus.doors import push
from consensus.usecases.aggregate import Aggregate


def build(settings: Settings) -> Starlette:
    """The application. Raises ConfigurationError."""
    telemetry.configure(settings.log_level, project=settings.cloud_project)
    telemetry.start(settings, "aggregator")
    store, bus, clock = FirestoreStore(settings), queueing.bus(settings), SystemClock()
    results = settings.results_topic
    topic = ResultsTopic(settings, results) if results else None
    files = batching.in_cloud(settings, clock)
    aggregate = Aggregate(
        store, bus, clock, random.random, fair_share=settings.fair_share, files=files
    )
    submit, _ = submitting(
        settings, store, bus, clock, topic=True
    )  # a function's end closes everything
    batches = batching.batches_of(settings, files, submit, aggregate) if files else None
    tell = telling(settings, store, clock, topic)
    return push.build(aggregate, batches, tell=tell, guard=pushes.guard(settings))
