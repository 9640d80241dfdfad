"""The supervisor in the cloud and on the emulators: Firestore behind the HTTP surface."""

from __future__ import annotations

import random
from functools import partial
from importlib.util import find_spec

from starlette.applications import Starlette

from consensus import telemetry
from consensus.adapters.google.firestore_store import FirestoreStore
from consensus.adapters.google.id_tokens import OF_GOOGLE, IdTokens
from consensus.adapters.local.system_clock import SystemClock
from consensus.adapters.models.panel_file import read_profiles
from consensus.bootstrap import batching, queueing
from consensus.bootstrap.callers import identity_from
from consensus.bootstrap.submitting import submitting
from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.doors import http
from consensus.doors.identity import GoogleAccounts, Identity, loopback, platform_caller
from consensus.ports import Statuses
from consensus.usecases.aggregate import Aggregate


def build(settings: Settings) -> Starlette:
    """The application. Raises ConfigurationError."""
    telemetry.configure(settings.log_level, project=settings.cloud_project)
    telemetry.start(settings, "supervisor")
    store, bus, clock = FirestoreStore(settings), queueing.bus(settings), SystemClock()
    # A function's end closes everything.
    submit, _ = submitting(settings, store, bus, clock, topic=True)
    files = batching.in_cloud(settings, clock)
    aggregate = Aggregate(store, bus, clock, random.random, deciders=settings.deciders, files=files)
    batches = batching.batches_of(settings, files, submit, aggregate) if files else None
    return http.build(
        submit,
        aggregate,
        store,
        clock,
        _identity(settings),
        max_prompt_bytes=settings.max_prompt_bytes,
        workers=_workers(settings),
        operators=settings.operators,
        profiles=read_profiles(settings),
        origins=settings.cors_origins,
        files=files,
        batches=batches,
        max_file_bytes=settings.max_file_bytes,
    )


def _workers(settings: Settings) -> Statuses | None:
    """Named on the emulators alone: in the cloud the platform knows its instances, not we."""
    if not settings.worker_targets or find_spec("grpc_health") is None:
        return None
    from consensus.adapters.processes.worker_watch import look  # noqa: PLC0415  not in every bundle

    return partial(look, settings.worker_targets, settings.worker_token)


def _identity(settings: Settings) -> Identity:
    """Keys and users where there are any; else whom IAM let in; else this machine's owner."""
    known = identity_from(settings)
    if known:
        return known
    if settings.public:
        raise ConfigurationError(
            "A public service must tell its callers apart: set CONSENSUS_API_KEYS or "
            "CONSENSUS_FIREBASE_PROJECT."
        )
    if settings.caller_audience:
        return GoogleAccounts(IdTokens(settings.caller_audience, OF_GOOGLE))
    return platform_caller if settings.cloud_run_service else loopback
