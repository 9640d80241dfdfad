"""What the Pub/Sub adapters share: clients, resource names, and the table of foreign errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import grpc
from google.api_core import exceptions as google_errors
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
from google.pubsub_v1 import PublisherAsyncClient, SubscriberAsyncClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcAsyncIOTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcAsyncIOTransport

from consensus.config import Settings
from consensus.core.errors import BusUnavailable, ConfigurationError, ConsensusError

# By the first that fits.
ERRORS: Final[tuple[tuple[type[Exception], type[ConsensusError]], ...]] = (
    (DefaultCredentialsError, ConfigurationError),
    (GoogleAuthError, BusUnavailable),
    (google_errors.GoogleAPIError, BusUnavailable),  # RetryError too
    (grpc.RpcError, BusUnavailable),
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn Google's exceptions into ours."""
    try:
        yield
    except (google_errors.GoogleAPIError, GoogleAuthError, grpc.RpcError) as exc:
        ours = next(ours for theirs, ours in ERRORS if isinstance(exc, theirs))
        raise ours(f"Pub/Sub: {type(exc).__name__}: {exc}"[:500]) from exc


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
    channel = grpc.aio.insecure_channel(host)
    return SubscriberAsyncClient(transport=SubscriberGrpcAsyncIOTransport(channel=channel))


def topic_path(settings: Settings, topic: str) -> str:
    """The topic's full name."""
    return f"projects/{settings.google_cloud_project}/topics/{topic}"


def subscription_path(settings: Settings, subscription: str) -> str:
    """The subscription's full name."""
    return f"projects/{settings.google_cloud_project}/subscriptions/{subscription}"
