"""A topic on which every task's end is published, for whoever subscribes to it: CloudEvents."""

from __future__ import annotations

from google.pubsub_v1 import PublisherAsyncClient
from google.pubsub_v1.types import PubsubMessage

from consensus.adapters.google.google_calls import CALL
from consensus.adapters.google.pubsub import publisher, topic_path, translated
from consensus.codec.notices import TYPE, cloud_event
from consensus.config import Settings
from consensus.core.errors import BusUnavailable, NotTold
from consensus.core.model import Notice, Task


class ResultsTopic:
    """See Receiver. The connection is made at the first call, and belongs to its event loop."""

    def __init__(self, settings: Settings, topic: str) -> None:
        self._settings, self._topic = settings, topic
        project, database = settings.google_cloud_project, settings.firestore_database
        self._source = f"urn:consensus:{project}:{database.strip('()')}"
        self._made: PublisherAsyncClient | None = None

    async def close(self) -> None:
        """Close the connection."""
        if self._made is not None:
            await self._made.transport.close()  # type: ignore[no-untyped-call]
            self._made = None

    async def tell(self, notice: Notice, task: Task) -> None:
        """See Receiver. The attributes are for subscriptions to filter by."""
        attributes = {
            "content-type": "application/cloudevents+json",
            "type": f"{TYPE}{notice.kind}",
            "outcome": str(task.result.outcome) if task.result else "",
            "owner": task.owner,
        }
        message = PubsubMessage(data=cloud_event(notice, task, self._source), attributes=attributes)
        try:
            with translated():
                if self._made is None:
                    self._made = publisher(self._settings)
                path = topic_path(self._settings, self._topic)
                await self._made.publish(topic=path, messages=[message], **CALL)
        except BusUnavailable as error:
            raise NotTold(str(error)) from error
