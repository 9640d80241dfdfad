"""The dispatcher in the cloud and on the emulators: it holds tasks and calls the workers."""

from __future__ import annotations

import random

from starlette.applications import Starlette

from consensus import telemetry
from consensus.adapters.google.firestore_store import FirestoreStore
from consensus.adapters.google.pubsub_bus import PubSubBus
from consensus.adapters.local.system_clock import SystemClock
from consensus.adapters.models.panel_file import read_panel
from consensus.adapters.processes.grpc_pool import GrpcPool
from consensus.bootstrap import pushes
from consensus.bootstrap.identifiers import new_id
from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.doors import push
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.dispatch import Dispatch


def build(settings: Settings) -> Starlette:
    """The application. Raises ConfigurationError."""
    telemetry.configure(settings.log_level, project=settings.cloud_project)
    telemetry.start(settings, "dispatcher")
    if not settings.worker_targets:
        raise ConfigurationError("Set CONSENSUS_WORKER_TARGETS to the workers' host:port.")
    store, bus, clock = FirestoreStore(settings), PubSubBus(settings), SystemClock()
    pool = GrpcPool(settings.worker_targets, settings.worker_audience, settings.worker_token)
    panel = read_panel(settings)
    dispatch = Dispatch(store, bus, pool, clock, random.random, new_id, panel, settings.hedge)
    reject = Aggregate(store, bus, clock, random.random).reject
    guard, attempts = pushes.guard(settings), settings.dispatch_attempts
    return push.build_dispatcher(dispatch, reject, guard=guard, attempts=attempts)
