"""Pulls a subscription and POSTs each message as Pub/Sub would push it.

The Pub/Sub emulator pushes at most two messages of a subscription at once; this has no such bound.
What the door answers decides: a success acknowledges, anything else brings the message again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final

import httpx
from google.pubsub_v1 import SubscriberAsyncClient
from google.pubsub_v1.types import ReceivedMessage, StreamingPullRequest

from consensus.adapters.google_calls import CALL
from consensus.adapters.pubsub import subscriber, subscription_path, translated
from consensus.codec.envelope import envelope
from consensus.config import Settings
from consensus.core.errors import ConsensusError

log = logging.getLogger(__name__)

LEASE_SECONDS: Final = (
    600  # Pub/Sub's longest; a request that is held for longer is delivered again
)
AGAIN_SECONDS = 1.0  # before a message that was not taken comes again, and before a new stream
OUTSTANDING: Final = 1000


class Forwarder:
    """Forwards one subscription, by its short name, to one URL."""

    def __init__(self, settings: Settings, subscription: str, url: str) -> None:
        self._settings = settings
        self._subscription = subscription_path(settings, subscription)
        self._url = url

    async def run(self) -> None:
        """Forward until cancelled; what is then being handled is delivered again."""
        limits = httpx.Limits(max_connections=None)
        async with (
            httpx.AsyncClient(timeout=LEASE_SECONDS, limits=limits, trust_env=False) as http,
            asyncio.TaskGroup() as handling,
        ):
            client = subscriber(self._settings)
            try:
                while True:
                    try:
                        async for message in self._received(client):
                            handling.create_task(self._forward(client, http, message))
                    except ConsensusError as error:
                        log.warning("pulling again: %s", error)
                    await asyncio.sleep(AGAIN_SECONDS)
            finally:
                await client.transport.close()  # type: ignore[no-untyped-call]

    async def _received(self, client: SubscriberAsyncClient) -> AsyncIterator[ReceivedMessage]:
        request = StreamingPullRequest(
            subscription=self._subscription,
            stream_ack_deadline_seconds=LEASE_SECONDS,
            max_outstanding_messages=OUTSTANDING,
        )
        with translated():
            stream = await client.streaming_pull(requests=_and_stay_open(request))
            async for response in stream:
                for message in response.received_messages:
                    yield message

    async def _forward(
        self, client: SubscriberAsyncClient, http: httpx.AsyncClient, received: ReceivedMessage
    ) -> None:
        message = received.message
        body = envelope(
            message.data, self._subscription, message.message_id, dict(message.attributes)
        )
        try:
            response = await http.post(self._url, json=body)
            taken = response.is_success
        except httpx.HTTPError as error:
            log.warning("not forwarded: %s", type(error).__name__)
            taken = False
        try:
            with translated():
                if taken:
                    await client.acknowledge(
                        subscription=self._subscription, ack_ids=[received.ack_id], **CALL
                    )
                else:
                    # A refused message comes again at once, so the pause must be ours.
                    await asyncio.sleep(AGAIN_SECONDS)
                    await client.modify_ack_deadline(
                        subscription=self._subscription,
                        ack_ids=[received.ack_id],
                        ack_deadline_seconds=0,
                        **CALL,
                    )
        except ConsensusError as error:
            log.warning("comes again when its lease ends: %s", error)


async def _and_stay_open(request: StreamingPullRequest) -> AsyncIterator[StreamingPullRequest]:
    """The one request; the server ends a stream whose requests have ended."""
    yield request
    await asyncio.Event().wait()
