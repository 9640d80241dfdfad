"""The topics and subscriptions that the emulated stack needs; in the cloud Terraform makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from google.api_core import exceptions as google_errors
from google.pubsub_v1 import PublisherAsyncClient, SubscriberAsyncClient
from google.pubsub_v1.types import DeadLetterPolicy, PushConfig, RetryPolicy, Subscription

from consensus.adapters.google.google_calls import CALL
from consensus.adapters.google.pubsub import (
    publisher,
    subscriber,
    subscription_path,
    topic_path,
    translated,
)
from consensus.config import Settings

FIRST_BACKOFF: Final = timedelta(seconds=1)
LONGEST_BACKOFF: Final = timedelta(seconds=60)
DEAD_LETTERS: Final = "dead-letters"  # the end of every dead letter topic's name
DEAD_LETTER_ACK_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Push:
    """A subscription: its topic, the URL it pushes to, None where it is pulled.

    ack_deadline is in seconds; after max_attempts deliveries (5 to 100) a message is a dead letter.
    """

    topic: str
    url: str | None
    ack_deadline: int
    max_attempts: int


async def create(
    settings: Settings,
    push: Mapping[str, Push],
    dead_letters: str | None = None,
    topics: Sequence[str] = (),
) -> None:
    """Create what is absent: by subscription, its topic, its dead letter topic, and itself.

    topics are others, to which nothing of ours subscribes. dead_letters is the URL to which every
    dead letter topic is pushed. A subscription that is there already keeps its messages and pushes
    to the URL given. Raises BusUnavailable.
    """
    with translated():
        publishing, subscriptions = publisher(settings), subscriber(settings)
        try:
            for topic in topics:
                await _create_topic(publishing, topic_path(settings, topic))
            for name, wanted in push.items():
                dead_topic = f"{wanted.topic}-{DEAD_LETTERS}"
                for topic in (wanted.topic, dead_topic):
                    await _create_topic(publishing, topic_path(settings, topic))
                if dead_letters is not None:
                    last = Push(dead_topic, dead_letters, DEAD_LETTER_ACK_SECONDS, 0)
                    await _subscribe(subscriptions, _subscription(settings, dead_topic, last))
                policy = DeadLetterPolicy(
                    dead_letter_topic=topic_path(settings, dead_topic),
                    max_delivery_attempts=wanted.max_attempts,
                )
                await _subscribe(subscriptions, _subscription(settings, name, wanted, policy))
        finally:
            await publishing.transport.close()  # type: ignore[no-untyped-call]
            await subscriptions.transport.close()  # type: ignore[no-untyped-call]


def _subscription(
    settings: Settings, name: str, push: Push, dead: DeadLetterPolicy | None = None
) -> Subscription:
    return Subscription(
        name=subscription_path(settings, name),
        topic=topic_path(settings, push.topic),
        push_config=PushConfig(push_endpoint=push.url) if push.url else None,
        ack_deadline_seconds=push.ack_deadline,
        retry_policy=RetryPolicy(minimum_backoff=FIRST_BACKOFF, maximum_backoff=LONGEST_BACKOFF),
        dead_letter_policy=dead,
    )


async def _create_topic(topics: PublisherAsyncClient, path: str) -> None:
    try:
        await topics.create_topic(name=path, **CALL)
    except google_errors.AlreadyExists:
        return


async def _subscribe(subscriptions: SubscriberAsyncClient, wanted: Subscription) -> None:
    try:
        await subscriptions.create_subscription(request=wanted, **CALL)
    except google_errors.AlreadyExists:
        await subscriptions.modify_push_config(
            subscription=wanted.name, push_config=wanted.push_config, **CALL
        )
