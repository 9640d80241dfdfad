"""Rejected messages for an operator: to list, and to handle again.

A message is handled by the use case that its push would have reached. It stays recorded until that
is done; what is rejected again is recorded again.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from consensus.adapters.local.local_bus import LocalBus
from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.adapters.local.system_clock import SystemClock
from consensus.codec.messages import (
    BallotMessage,
    BatchMessage,
    DeadlineMessage,
    DispatchMessage,
    NoticeMessage,
    SweepMessage,
    VerdictMessage,
    decode,
)
from consensus.config import Settings
from consensus.core.errors import CallerError, ConfigurationError, DecodeError
from consensus.core.model import State
from consensus.distribution import pip_install
from consensus.ports import EventBus, Rejection, TaskStore
from consensus.usecases.aggregate import Aggregate

MOST = 1000  # rejections that one look reads
KINDS = (
    BallotMessage,
    VerdictMessage,
    DeadlineMessage,
    DispatchMessage,
    NoticeMessage,
    SweepMessage,
)


class NotReplayable(CallerError):
    """A rejection whose message cannot be handled again."""

    reason = "NOT_REPLAYABLE"


class Store(TaskStore, Protocol):
    """A task store that can delete rejections."""

    async def forget_rejection(self, key: str) -> None:
        """Let go of a rejection; idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Rejected:
    """The rejections of one stack."""

    store: Store
    bus: EventBus

    async def newest(self, limit: int) -> Sequence[Rejection]:
        """The newest first. Raises StoreUnavailable."""
        return await self.store.rejections(limit)

    async def handle_again(self, rejection: Rejection) -> None:
        """Handle its message, then forget the rejection. Raises NotReplayable, TransientError."""
        try:
            message = decode(rejection.payload.encode(), KINDS)
        except DecodeError as error:
            raise NotReplayable(f"no whole message was kept ({error})") from error
        aggregate = Aggregate(self.store, self.bus, SystemClock(), random.random)
        again = hashlib.sha256(f"{rejection.key} again".encode()).hexdigest()
        match message:
            case BallotMessage(task_id=task_id, ballot=ballot):
                await aggregate.ballot(task_id, ballot, again, rejection.payload)
            case VerdictMessage(task_id=task_id, verdicts=verdicts):
                await aggregate.verdicts(task_id, verdicts, again, rejection.payload)
            case DeadlineMessage(task_id=task_id):
                await aggregate.deadline(task_id)
            case DispatchMessage(task_id=task_id):
                await self._dispatch(task_id)
            case NoticeMessage(notice=key):
                await self.bus.notice(key)
            case BatchMessage(batch_id=batch_id):
                await self.bus.batch(batch_id)
            case SweepMessage():
                await aggregate.sweep()
        await self.store.forget_rejection(rejection.key)

    async def _dispatch(self, task_id: str) -> None:
        stored = await self.store.load(task_id)
        if stored is not None and stored.task.state is not State.DONE:
            await self.bus.dispatch(stored.task)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Rejected, None]:
    """The rejections of the stack that the settings name. Raises ConfigurationError."""
    if not settings.names_cloud:
        store = SqliteStore(settings.store)
        bus = LocalBus()
        bus.connect(*[_left_to_serve] * 4, notice=_left_to_serve, batch=_left_to_serve)
        try:
            yield Rejected(store, bus)
        finally:
            await store.close()
        return
    try:
        from consensus.adapters.google.firestore_store import FirestoreStore  # noqa: PLC0415  an extra
        from consensus.bootstrap import queueing  # noqa: PLC0415
    except ImportError as error:
        message = f"The cloud's rejections need: {pip_install('cloud')}"
        raise ConfigurationError(message) from error
    cloud, topics = FirestoreStore(settings), queueing.bus(settings)
    try:
        yield Rejected(cloud, topics)
    finally:
        await topics.close()
        await cloud.close()


async def _left_to_serve(*_: object) -> None:
    """On one machine the serving process dispatches what is QUEUED, at its start and sweeps."""
