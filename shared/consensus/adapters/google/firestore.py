"""What the Firestore adapters share: connections, names, and what its errors mean."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import grpc
from google.cloud.firestore import AsyncClient, DocumentSnapshot
from google.cloud.firestore_v1.services.firestore import FirestoreAsyncClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcAsyncIOTransport
from google.cloud.firestore_v1.types import Value

from consensus.adapters.google.google_calls import Meaning
from consensus.codec.documents import Document
from consensus.config import Settings
from consensus.core.errors import StoreRefuses, StoreUnavailable

translated: Final = Meaning("Firestore", StoreUnavailable, StoreRefuses).translated


def client(settings: Settings) -> AsyncClient:
    """A client that belongs to the running event loop."""
    with _emulator_in_environment(settings.firestore_emulator_host):
        return AsyncClient(
            project=settings.google_cloud_project, database=settings.firestore_database
        )


def listener(settings: Settings, *, alone: bool = False) -> FirestoreAsyncClient:
    """A client for streams, which the one above does not offer to coroutines.

    alone: over a connection of its own. Others to one place share theirs within gRPC, so that a
    new one would go over the same dead wire.
    """
    host = settings.firestore_emulator_host
    if not host and not alone:
        return FirestoreAsyncClient()
    options = [("grpc.max_receive_message_length", -1)]
    options += [("grpc.use_local_subchannel_pool", 1)] if alone else []
    channel = (
        grpc.aio.insecure_channel(host, options)
        if host
        else FirestoreGrpcAsyncIOTransport.create_channel(options=options)
    )
    return FirestoreAsyncClient(transport=FirestoreGrpcAsyncIOTransport(channel=channel))


def metadata(settings: Settings) -> list[tuple[str, str]]:
    """What calls of that client say beside their requests."""
    told = [("google-cloud-resource-prefix", database_path(settings))]
    if settings.firestore_emulator_host:
        told.append(("authorization", "Bearer owner"))  # beyond the rules, as in the cloud
    return told


def database_path(settings: Settings) -> str:
    """The database's full name."""
    return f"projects/{settings.google_cloud_project}/databases/{settings.firestore_database}"


@contextmanager
def _emulator_in_environment(host: str | None) -> Iterator[None]:
    """The client library takes its emulator's address from the environment alone."""
    name = "FIRESTORE_EMULATOR_HOST"
    before = os.environ.get(name)
    if host:
        os.environ[name] = host
    try:
        yield
    finally:
        if host and before is None:
            del os.environ[name]
        elif host and before is not None:
            os.environ[name] = before


def document_of(snapshot: DocumentSnapshot[Any]) -> Document:
    """What a snapshot holds; empty where it does not exist."""
    document: Document | None = snapshot.to_dict()
    return document or {}


def decoded(fields: Mapping[str, Value]) -> Document:
    """The document that such fields are."""
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: Value) -> Any:
    kind = Value.pb(value).WhichOneof("value_type")
    if kind == "map_value":
        return decoded(value.map_value.fields)
    if kind == "array_value":
        return [_plain(item) for item in value.array_value.values]
    return None if kind in (None, "null_value") else getattr(value, kind)


def updated_of(snapshot: DocumentSnapshot[Any]) -> datetime:
    """When what it holds was written: a precondition of whoever changes it."""
    updated: datetime = snapshot.update_time
    return updated
