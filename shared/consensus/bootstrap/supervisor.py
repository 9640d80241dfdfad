"""The supervisor in the cloud and on the emulators: Firestore behind the HTTP surface."""

from __future__ import annotations

import random
from functools import partial

from starlette.applications import Starlette

from consensus import telemetry
from consensus.adapters.calibration_file import read_calibrations
from consensus.adapters.firestore_store import FirestoreStore
from consensus.adapters.pubsub_bus import PubSubBus
from consensus.adapters.system_clock import SystemClock
from consensus.bootstrap.analysts import analyst
from consensus.bootstrap.identifiers import new_id
from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.doors import http
from consensus.doors.identity import ApiKeys, Identity, local, platform_caller
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.experience import Experience
from consensus.usecases.submit import Submit


def build(settings: Settings) -> Starlette:
    """The application. Raises ConfigurationError."""
    telemetry.configure(settings.log_level)
    store, bus, clock = FirestoreStore(settings), PubSubBus(settings), SystemClock()
    submit = Submit(
        store,
        bus,
        clock,
        new_id,
        settings.max_cost_usd,
        settings.max_open_tasks,
        Experience(
            store, clock, settings.learn, read_calibrations(settings), settings.weigh_voters
        ),
        settings.adjudications,
        analyst(settings)[0],
    )
    aggregate = Aggregate(store, bus, clock, random.random)
    return http.build(
        submit,
        aggregate,
        store,
        clock,
        _identity(settings),
        settings=settings,
        workers=_workers(settings),
    )


def _workers(settings: Settings) -> http.Workers | None:
    """Named on the emulators alone: in the cloud the platform knows its instances, not we."""
    if not settings.worker_targets:
        return None
    from consensus.adapters.worker_watch import look  # noqa: PLC0415  it brings gRPC

    return partial(look, settings.worker_targets)


def _identity(settings: Settings) -> Identity:
    """Keys where there are any; else whom the platform's IAM let in; else this machine's owner."""
    if settings.api_keys:
        return ApiKeys(settings.api_keys.get_secret_value())
    if settings.public:
        raise ConfigurationError("A public service needs keys: set CONSENSUS_API_KEYS.")
    return platform_caller if settings.cloud_run_service else local
