"""The endpoints that are told of tasks' ends, as the operator wrote them down: TOML or JSON.

    [[webhooks]]
    name = "crm"
    url = "https://crm.example.com/hooks/consensus"
    secret = "CRM_WEBHOOK_SECRET"               # the environment variable that holds it: whsec_...
    events = ["task.done", "task.unsettled"]    # both, where it is not said
    owners = ["acme"]                           # whose tasks; everybody's, where it is not said
    loopback = false                            # true: http or https on this very machine

Who subscribes to what is known to whoever takes tasks; the secrets only to whoever tells.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from consensus.adapters.local.operator_file import read_file
from consensus.adapters.webhooks.webhook import Webhook
from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.core.model import NoticeKind, Subscriber

MOST: Final = 32
LARGEST_FILE: Final = 100_000  # bytes
LEAST_SECRET, MOST_SECRET = 24, 64  # bytes, as Standard Webhooks has it
RESULTS_TOPIC: Final = "results-topic"  # the name by which the topic subscribes


class WebhookEntry(BaseModel):
    """One endpoint of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"\A[a-z0-9][a-z0-9-]{0,63}\z")]
    url: Annotated[str, Field(max_length=2_000)]
    secret: Annotated[str, Field(pattern=r"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    events: Annotated[tuple[NoticeKind, ...], Field(min_length=1)] = tuple(NoticeKind)
    owners: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    loopback: bool = False

    @model_validator(mode="after")
    def _can_be_reached(self) -> WebhookEntry:
        try:
            parts = urlsplit(self.url)
            usable = bool(parts.hostname) and parts.port != 0 and self.url.isascii()
        except ValueError:
            usable = False
        if not usable or any(c.isspace() or not c.isprintable() for c in self.url):
            raise ValueError("url must be like https://example.com/hooks/consensus")
        if parts.scheme != "https" and not (self.loopback and parts.scheme == "http"):
            raise ValueError("url must be https://; http:// is for loopback = true alone")
        if parts.username is not None or parts.password is not None:
            raise ValueError("url must hold no credentials; the signature tells who sends")
        if self.name == RESULTS_TOPIC:
            raise ValueError(f"the name {RESULTS_TOPIC} is the results topic's")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    webhooks: Annotated[tuple[WebhookEntry, ...], Field(max_length=MOST)]

    @model_validator(mode="after")
    def _are_told_apart(self) -> _File:
        if len({one.name for one in self.webhooks}) < len(self.webhooks):
            raise ValueError("two webhooks have the same name")
        return self


def read_webhooks(settings: Settings) -> tuple[WebhookEntry, ...]:
    """The endpoints that the settings name. Raises ConfigurationError, which says what is wrong."""
    if settings.webhooks is None:
        return ()
    return read_file("CONSENSUS_WEBHOOKS", settings.webhooks, _File, LARGEST_FILE).webhooks


def subscribers(settings: Settings, *, topic: bool) -> Callable[[str], tuple[Subscriber, ...]]:
    """Who is told of an owner's tasks. topic: whether there is a bus that a results topic is on.

    Raises ConfigurationError.
    """
    entries = read_webhooks(settings)
    everybody = (Subscriber(RESULTS_TOPIC),) if topic and settings.results_topic else ()

    def of(owner: str) -> tuple[Subscriber, ...]:
        named = (one for one in entries if not one.owners or owner in one.owners)
        return (*everybody, *(Subscriber(one.name, one.events) for one in named))

    return of


def webhook(
    entry: WebhookEntry, now: Callable[[], datetime], environment: Mapping[str, str] = os.environ
) -> Webhook:
    """The endpoint, with its secrets: several, separated by spaces, while one is being replaced.

    Raises ConfigurationError where they are not in the environment, or are none.
    """
    secrets = tuple(environment.get(entry.secret, "").split())
    if not secrets or not all(map(_is_secret, secrets)):
        raise ConfigurationError(
            f"Webhook {entry.name}: set {entry.secret} to its secret, whsec_ and "
            f"{LEAST_SECRET} to {MOST_SECRET} bytes as base64."
        )
    return Webhook(entry.url, secrets, entry.loopback, now)


def without_secrets(settings: Settings) -> dict[str, str]:
    """The variables that hold secrets, empty, for a child that tells nobody and would inherit them.

    Raises ConfigurationError.
    """
    return {entry.secret: "" for entry in read_webhooks(settings)}


def _is_secret(text: str) -> bool:
    prefix, _, encoded = text.partition("whsec_")
    try:
        length = len(base64.b64decode(encoded, validate=True))
    except binascii.Error:
        return False
    return not prefix and LEAST_SECRET <= length <= MOST_SECRET
