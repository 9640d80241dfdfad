"""EventBus over Pub/Sub: one request a message, awaited until the service has it."""

from __future__ import annotations

from collections.abc import Sequence

from google.pubsub_v1 import PublisherAsyncClient
from google.pubsub_v1.types import PubsubMessage

from consensus.adapters.google.google_calls import CALL
from consensus.adapters.google.pubsub import publisher, topic_path, translated
from consensus.codec.messages import (
    encode_ballot,
    encode_batch,
    encode_deadline,
    encode_dispatch,
    encode_notice,
    encode_sweep,
    encode_verdicts,
)
from consensus.config import Settings
from consensus.core.model import Ballot, Task, Verdict


class PubSubBus:
    """See EventBus. The connection is made at the first call, and belongs to its event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: PublisherAsyncClient | None = None

    async def close(self) -> None:
        """Close the connection."""
        if self._made is not None:
            await self._made.transport.close()  # type: ignore[no-untyped-call]
            self._made = None

    async def dispatch(self, task: Task) -> None:
        """See EventBus."""
        data = encode_dispatch(task)
        await self._publish(self._settings.dispatch_topic, data, task.traceparent)

    async def ballot(self, task_id: str, ballot: Ballot, traceparent: str) -> None:
        """See EventBus."""
        data = encode_ballot(task_id, ballot, traceparent)
        await self._publish(self._settings.votes_topic, data, traceparent)

    async def verdicts(self, task_id: str, verdicts: Sequence[Verdict], traceparent: str) -> None:
        """See EventBus."""
        data = encode_verdicts(task_id, verdicts, traceparent)
        await self._publish(self._settings.votes_topic, data, traceparent)

    async def deadline(self, task_id: str) -> None:
        """See EventBus."""
        await self._publish(self._settings.timers_topic, encode_deadline(task_id))

    async def notice(self, key: str) -> None:
        """See EventBus."""
        await self._publish(self._settings.notices_topic, encode_notice(key))

    async def batch(self, batch_id: str) -> None:
        """See EventBus."""
        await self._publish(self._settings.timers_topic, encode_batch(batch_id))

    async def sweep(self) -> None:
        """Ask for a look at every open task: the scheduler's message. Raises BusUnavailable."""
        await self._publish(self._settings.timers_topic, encode_sweep())

    async def _publish(self, topic: str, data: bytes, traceparent: str = "") -> None:
        attributes = {"traceparent": traceparent} if traceparent else {}
        message = PubsubMessage(data=data, attributes=attributes)
        with translated():
            if self._made is None:
                self._made = publisher(self._settings)
            path = topic_path(self._settings, topic)
            await self._made.publish(topic=path, messages=[message], **CALL)
