"""What the Pub/Sub adapters share: clients, resource names, and what its errors mean."""

from __future__ import annotations

from typing import Final

import grpc
from google.pubsub_v1 import PublisherAsyncClient, SubscriberAsyncClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcAsyncIOTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcAsyncIOTransport

from consensus.adapters.google.google_calls import Meaning
from consensus.config import Settings
from consensus.core.errors import BusRefuses, BusUnavailable

translated: Final = Meaning("Pub/Sub", BusUnavailable, BusRefuses).translated


def publisher(settings: Settings) -> PublisherAsyncClient:
    """A client that belongs to the running event loop."""
    host = settings.pubsub_emulator_host
    if not host:
        return PublisherAsyncClient()
    channel = grpc.aio.insecure_channel(host)
    return PublisherAsyncClient(transport=PublisherGrpcAsyncIOTransport(channel=channel))


def subscriber(settings: Settings) -> SubscriberAsyncClient:
    """A client that belongs to the running event loop."""
    host = settings.pubsub_emulator_host
    if not host:
        return SubscriberAsyncClient()
    # As Google's own client has it: many messages, each of up to 10 MB, come in one answer.
    channel = grpc.aio.insecure_channel(host, [("grpc.max_receive_message_length", -1)])
    return SubscriberAsyncClient(transport=SubscriberGrpcAsyncIOTransport(channel=channel))


def topic_path(settings: Settings, topic: str) -> str:
    """The topic's full name."""
    return f"projects/{settings.google_cloud_project}/topics/{topic}"


def subscription_path(settings: Settings, subscription: str) -> str:
    """The subscription's full name."""
    return f"projects/{settings.google_cloud_project}/subscriptions/{subscription}"
