"""Pulls a subscription and POSTs each message as Pub/Sub would push it.

The Pub/Sub emulator pushes at most two messages of a subscription at once; this has no such bound.
What the door answers decides: a success acknowledges, anything else brings the message again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

import httpx
from google.pubsub_v1 import SubscriberAsyncClient
from google.pubsub_v1.types import ReceivedMessage

from consensus.adapters.google_calls import CALL
from consensus.adapters.pubsub import subscriber, subscription_path, translated
from consensus.adapters.pubsub_topology import FIRST_BACKOFF, LONGEST_BACKOFF
from consensus.codec.envelope import envelope
from consensus.config import Settings
from consensus.core.errors import ConsensusError

log = logging.getLogger(__name__)

# Short and extended while a message is handled: what a lost connection took comes again soon.
LEASE_SECONDS: Final = 10  # Pub/Sub's least; the subscription's must be no longer
EXTEND_SECONDS = 3.0
LONGEST_REQUEST: Final = 600.0  # seconds; Pub/Sub's own bound for a push
AGAIN_SECONDS = 1.0  # after a failed pull
AT_ONCE: Final = 1000


class Forwarder:
    """Forwards one subscription, by its short name, to one URL."""

    def __init__(self, settings: Settings, subscription: str, url: str) -> None:
        self._settings = settings
        self._subscription = subscription_path(settings, subscription)
        self._url = url
        self._handled: set[str] = set()  # the ids by which their leases are extended

    async def run(self) -> None:
        """Forward until cancelled; what is then being handled is delivered again."""
        limits = httpx.Limits(max_connections=None)
        async with (
            httpx.AsyncClient(timeout=LONGEST_REQUEST, limits=limits, trust_env=False) as http,
            asyncio.TaskGroup() as handling,
        ):
            client = subscriber(self._settings)
            try:
                handling.create_task(self._keep_leases(client))
                while True:
                    for message in await self._pull(client):
                        self._handled.add(message.ack_id)
                        handling.create_task(self._forward(client, http, message))
            finally:
                await client.transport.close()  # type: ignore[no-untyped-call]

    async def _pull(self, client: SubscriberAsyncClient) -> Sequence[ReceivedMessage]:
        """The next messages, none after some seconds without any.

        Not a streaming pull: the emulator goes on feeding a stream whose connection is gone.
        """
        try:
            with translated():
                pulled = await client.pull(
                    subscription=self._subscription, max_messages=AT_ONCE, **CALL
                )
                return pulled.received_messages
        except ConsensusError as error:
            log.warning("pulling again: %s", error)
            await asyncio.sleep(AGAIN_SECONDS)
            return ()

    async def _keep_leases(self, client: SubscriberAsyncClient) -> None:
        while True:
            await asyncio.sleep(EXTEND_SECONDS)
            if self._handled:
                await self._lease(client, self._handled, LEASE_SECONDS)

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
        if not taken:
            # A refused message comes again at once, so the pause must be ours.
            await asyncio.sleep(backoff(received.delivery_attempt))
        self._handled.discard(received.ack_id)
        if taken:
            await self._acknowledge(client, received.ack_id)
        else:
            await self._lease(client, {received.ack_id}, 0)

    async def _acknowledge(self, client: SubscriberAsyncClient, ack_id: str) -> None:
        try:
            with translated():
                await client.acknowledge(subscription=self._subscription, ack_ids=[ack_id], **CALL)
        except ConsensusError as error:
            log.warning("comes again when its lease ends: %s", error)

    async def _lease(self, client: SubscriberAsyncClient, ack_ids: set[str], seconds: int) -> None:
        """Let the messages come again after so many seconds from now."""
        try:
            with translated():
                await client.modify_ack_deadline(
                    subscription=self._subscription,
                    ack_ids=sorted(ack_ids),
                    ack_deadline_seconds=seconds,
                    **CALL,
                )
        except ConsensusError as error:
            log.warning("comes again when its lease ends: %s", error)


def backoff(attempt: int) -> float:
    """Seconds after that delivery, as the subscription's retry policy has it for a push."""
    first, longest = FIRST_BACKOFF.total_seconds(), LONGEST_BACKOFF.total_seconds()
    return float(min(longest, first * 2 ** min(max(0, attempt - 1), 10)))
