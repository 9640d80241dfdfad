"""Pulls a subscription and POSTs each message as Pub/Sub would push it.

The Pub/Sub emulator pushes at most two messages of a subscription at once; this has no such bound.
What the door answers decides: a success acknowledges, anything else brings the message again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Collection, Sequence
from typing import Final

import httpx2
from google.pubsub_v1 import SubscriberAsyncClient
from google.pubsub_v1.types import PubsubMessage, ReceivedMessage

from consensus.adapters.google.google_calls import CALL
from consensus.adapters.google.pubsub import subscriber, subscription_path, translated
from consensus.adapters.google.pubsub_topology import FIRST_BACKOFF, LONGEST_BACKOFF
from consensus.codec.envelope import envelope
from consensus.config import Settings

log = logging.getLogger(__name__)

# Short and extended while a message is handled: what a lost connection took comes again soon.
LEASE_SECONDS: Final = 10  # Pub/Sub's least; the subscription's must be no longer
EXTEND_SECONDS = 3.0
LONGEST_REQUEST: Final = 600.0  # seconds; Pub/Sub's own bound for a push
AGAIN_SECONDS = 1.0  # after a failed pull
AT_ONCE = 500  # messages handled together, each over a connection; the queue holds the rest
# Seconds between the emulator's looks whether there is something for a pull, for each pull apart.
LOOKS_EVERY = 0.05
PULLS = 8


class Forwarder:
    """Forwards one subscription, by its short name, to one URL."""

    def __init__(self, settings: Settings, subscription: str, url: str) -> None:
        self._settings = settings
        self._subscription = subscription_path(settings, subscription)
        self._url = url
        token = settings.push_token
        self._headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
        # By message, the id under which its newest delivery is acknowledged: older ones are void.
        self._handled: dict[str, str] = {}
        self._asked = 0  # messages that pulls may still bring
        self._has_room = asyncio.Event()

    async def run(self) -> None:
        """Forward until cancelled; what is then being handled is delivered again."""
        client = subscriber(self._settings)
        try:
            limits = httpx2.Limits(max_connections=None)
            async with (
                httpx2.AsyncClient(timeout=LONGEST_REQUEST, limits=limits, trust_env=False) as http,
                asyncio.TaskGroup() as handling,
            ):
                handling.create_task(self._keep_leases(client))
                for number in range(PULLS):
                    handling.create_task(self._keep_pulling(client, http, handling, number))
        finally:
            await client.transport.close()  # type: ignore[no-untyped-call]

    async def _keep_pulling(
        self,
        client: SubscriberAsyncClient,
        http: httpx2.AsyncClient,
        handling: asyncio.TaskGroup,
        number: int,
    ) -> None:
        while True:
            # Each keeps to its own moment between two looks: in time they would drift together.
            now = asyncio.get_running_loop().time()
            await asyncio.sleep((number * LOOKS_EVERY / PULLS - now) % LOOKS_EVERY)
            for received in await self._pull(client):
                message_id = received.message.message_id
                is_handled = message_id in self._handled
                self._handled[message_id] = received.ack_id
                if not is_handled:
                    handling.create_task(self._forward(client, http, received))

    async def _pull(self, client: SubscriberAsyncClient) -> Sequence[ReceivedMessage]:
        """The next messages, none after some seconds without any.

        Not a streaming pull: the emulator goes on feeding a stream whose connection is gone.
        """
        while (room := AT_ONCE - len(self._handled) - self._asked) <= 0:
            self._has_room.clear()
            await self._has_room.wait()
        asked = min(room, max(1, AT_ONCE // PULLS))
        self._asked += asked
        try:
            with translated():
                pulled = await client.pull(
                    subscription=self._subscription, max_messages=asked, **CALL
                )
                return pulled.received_messages
        except Exception as error:
            log.warning("pulling again: %r", error)
            await asyncio.sleep(AGAIN_SECONDS)
            return ()
        finally:
            self._asked -= asked
            self._has_room.set()

    async def _keep_leases(self, client: SubscriberAsyncClient) -> None:
        while True:
            await asyncio.sleep(EXTEND_SECONDS)
            if self._handled:
                await self._lease(client, self._handled.values(), LEASE_SECONDS)

    async def _forward(
        self, client: SubscriberAsyncClient, http: httpx2.AsyncClient, received: ReceivedMessage
    ) -> None:
        """Have a message handled, and tell its subscription what became of it."""
        taken = await self._post(http, received.message, received.delivery_attempt)
        ack_id = self._handled.pop(received.message.message_id)
        self._has_room.set()
        if taken:
            acknowledging = client.acknowledge(
                subscription=self._subscription, ack_ids=[ack_id], **CALL
            )
            await _told(acknowledging)
        else:
            # A message that is let go comes again at once, so the pause must be asked for.
            await self._lease(client, [ack_id], backoff(received.delivery_attempt))

    async def _post(self, http: httpx2.AsyncClient, message: PubsubMessage, attempt: int) -> bool:
        """Whether the door took the message."""
        try:
            attributes = dict(message.attributes)
            name = self._subscription
            body = envelope(message.data, name, message.message_id, attributes, attempt)
            response = await http.post(self._url, json=body, headers=self._headers)
        except httpx2.HTTPError as error:
            log.warning("not forwarded: %s", type(error).__name__)
            return False
        except Exception:  # one message must not end the forwarding of all the others
            log.exception("not forwarded")
            return False
        return response.is_success

    async def _lease(
        self, client: SubscriberAsyncClient, ack_ids: Collection[str], seconds: int
    ) -> None:
        """Let the messages come again after so many seconds from now."""
        leasing = client.modify_ack_deadline(
            subscription=self._subscription,
            ack_ids=sorted(ack_ids),
            ack_deadline_seconds=seconds,
            **CALL,
        )
        await _told(leasing)


async def _told(call: Awaitable[None]) -> None:
    """Await a call whose failure mends itself, as leases end."""
    try:
        with translated():
            await call
    except Exception as error:
        log.warning("comes again when its lease ends: %r", error)


def backoff(attempt: int) -> int:
    """Seconds after that delivery, as the subscription's retry policy has it for a push."""
    first, longest = FIRST_BACKOFF.total_seconds(), LONGEST_BACKOFF.total_seconds()
    return int(min(longest, first * 2 ** min(max(0, attempt - 1), 10)))
