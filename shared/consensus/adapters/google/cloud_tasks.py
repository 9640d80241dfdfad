"""EventBus whose dispatches go through Cloud Tasks; what is said of a task goes over its topics.

A dispatch is one task of the queue, POSTed to the dispatcher in the very envelope in which Pub/Sub
pushes. The message's id is in the body, so it is the same at every attempt. Beside it goes the
task's timer: a task of another queue, scheduled for the deadline, that publishes on the timers
topic. Its name is the task's, so that however often a task is dispatched, it rings once.

A dispatch has no name of its own: a used name stays blocked for hours, also where the queue was
purged, and a task that is dispatched again must not meet it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import grpc
from google.api_core import exceptions as google_errors
from google.cloud.tasks_v2 import (
    CloudTasksAsyncClient,
    CreateTaskRequest,
    HttpMethod,
    HttpRequest,
    OAuthToken,
    OidcToken,
)
from google.cloud.tasks_v2 import Task as QueuedTask
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcAsyncIOTransport

from consensus.adapters.google.google_calls import CALL, Meaning
from consensus.adapters.google.pubsub import topic_path
from consensus.adapters.google.pubsub_bus import PubSubBus
from consensus.codec.envelope import envelope
from consensus.codec.messages import encode_deadline, encode_dispatch
from consensus.config import Settings
from consensus.core.errors import BusRefuses, BusUnavailable, ConfigurationError
from consensus.core.model import Ballot, Task, Verdict

HELD_AT_MOST: Final = timedelta(seconds=600)  # the dispatcher's own limit; a task lasts 540 s
RING_AFTER: Final = timedelta(seconds=3)  # the deadline, as a holder rings
PUBSUB: Final = "https://pubsub.googleapis.com"
SCOPE: Final = "https://www.googleapis.com/auth/pubsub"

translated: Final = Meaning("Cloud Tasks", BusUnavailable, BusRefuses).translated


@dataclass(frozen=True, slots=True)
class Queues:
    """Where dispatches and timers go, and who they are sent as; all of it, or none."""

    dispatch: str
    timers: str
    dispatcher: str
    dispatch_account: str
    timer_account: str
    crowd: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Queues:
        """Those that the settings name. Raises ConfigurationError for a part of them."""
        named = {
            "CONSENSUS_DISPATCH_QUEUE": settings.dispatch_queue,
            "CONSENSUS_TIMER_QUEUE": settings.timer_queue,
            "CONSENSUS_DISPATCHER_URL": settings.dispatcher_url,
            "CONSENSUS_DISPATCH_ACCOUNT": settings.dispatch_account,
            "CONSENSUS_TIMER_ACCOUNT": settings.timer_account,
        }
        if missing := [name for name, value in named.items() if not value]:
            raise ConfigurationError(f"A dispatch queue needs {', '.join(missing)}.")
        made = cls(*map(str, named.values()))
        return replace(made, crowd=settings.crowd_queue or made.dispatch)


class CloudTasksBus:
    """See EventBus. The connection is made at the first call, and belongs to its event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._queues = Queues.of(settings)
        self._topics = PubSubBus(settings)
        self._made: CloudTasksAsyncClient | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._made is not None:
            await self._made.transport.close()  # type: ignore[no-untyped-call]
            self._made = None
        await self._topics.close()

    async def dispatch(self, task: Task) -> None:
        """See EventBus. The task's timer is set with it."""
        with translated():
            await asyncio.gather(
                self._create(self._queue_of(task), self._hold(task)),
                self._create(self._queues.timers, self._ring(task)),
            )

    async def ballot(self, task_id: str, ballot: Ballot, traceparent: str) -> None:
        """See EventBus."""
        await self._topics.ballot(task_id, ballot, traceparent)

    async def verdicts(self, task_id: str, verdicts: Sequence[Verdict], traceparent: str) -> None:
        """See EventBus."""
        await self._topics.verdicts(task_id, verdicts, traceparent)

    async def deadline(self, task_id: str) -> None:
        """See EventBus."""
        await self._topics.deadline(task_id)

    async def notice(self, key: str) -> None:
        """See EventBus."""
        await self._topics.notice(key)

    async def batch(self, batch_id: str) -> None:
        """See EventBus."""
        await self._topics.batch(batch_id)

    def _queue_of(self, task: Task) -> str:
        """Those of a crowd wait in a line of their own, so that nobody else waits behind them."""
        return self._queues.crowd if task.crowded else self._queues.dispatch

    def _hold(self, task: Task) -> QueuedTask:
        attributes = {"traceparent": task.traceparent} if task.traceparent else {}
        queue = self._queue_of(task)
        body = envelope(encode_dispatch(task), queue, uuid.uuid4().hex, attributes)
        return QueuedTask(
            dispatch_deadline=HELD_AT_MOST,
            http_request=HttpRequest(
                url=f"{self._queues.dispatcher}/dispatch",
                http_method=HttpMethod.POST,
                headers={"Content-Type": "application/json"},
                body=json.dumps(body).encode(),
                oidc_token=OidcToken(
                    service_account_email=self._queues.dispatch_account,
                    audience=self._queues.dispatcher,
                ),
            ),
        )

    def _ring(self, task: Task) -> QueuedTask:
        host = self._settings.pubsub_emulator_host
        topic = topic_path(self._settings, self._settings.timers_topic)
        data = base64.b64encode(encode_deadline(task.id)).decode()
        return QueuedTask(
            name=f"{self._queues.timers}/tasks/{task.id}",
            schedule_time=task.deadline + RING_AFTER,
            http_request=HttpRequest(
                url=f"{f'http://{host}' if host else PUBSUB}/v1/{topic}:publish",
                http_method=HttpMethod.POST,
                headers={"Content-Type": "application/json"},
                body=json.dumps({"messages": [{"data": data}]}).encode(),
                oauth_token=OAuthToken(
                    service_account_email=self._queues.timer_account, scope=SCOPE
                ),
            ),
        )

    async def _create(self, queue: str, task: QueuedTask) -> None:
        """One whose name is taken is there already, or has rung."""
        try:
            request = CreateTaskRequest(parent=queue, task=task)
            await self._client.create_task(request, **CALL)
        except google_errors.AlreadyExists:
            return

    @property
    def _client(self) -> CloudTasksAsyncClient:
        if self._made is None:
            self._made = _connect(self._settings.cloud_tasks_host)
        return self._made


def _connect(host: str | None) -> CloudTasksAsyncClient:
    if not host:
        return CloudTasksAsyncClient()
    channel = grpc.aio.insecure_channel(host)
    return CloudTasksAsyncClient(transport=CloudTasksGrpcAsyncIOTransport(channel=channel))
