"""A task's changes as Firestore tells them: for programs beside a deployment.

A listener can die without a word: a proxy drops the connection, a laptop sleeps. So one that has
been quiet for a while is given up, and the task is read and listened to over new connections.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from http import HTTPStatus
from typing import Any, Final, cast

from google.api_core.exceptions import NotFound
from google.cloud.firestore_v1.services.firestore import FirestoreAsyncClient
from google.cloud.firestore_v1.types import GetDocumentRequest

from consensus.adapters.google import firestore
from consensus.adapters.google.firestore_listener import FirestoreListener
from consensus.client.errors import Refused, Unreachable
from consensus.client.types import Task
from consensus.codec.documents import Document, task_from_document
from consensus.codec.responses import task_to_json
from consensus.config import Settings
from consensus.core.errors import ConfigurationError, StoreRefuses, StoreUnavailable, TaskNotFound
from consensus.core.model import State

FAILURES: Final = 10  # in a row, before giving up
LOOK_SECONDS: Final = 10.0  # for one look at the document
LONGEST_PAUSE: Final = 30.0  # seconds between two attempts to reach Firestore


def place(project: str | None, database: str | None) -> Settings:
    """Which Firestore it is, by the environment where nothing is named. Raises Refused."""
    named = {"google_cloud_project": project, "firestore_database": database}
    settings = Settings.read().with_changes(**{k: v for k, v in named.items() if v is not None})
    if not settings.names_cloud:
        raise Refused(
            "name the deployment's project, or set GOOGLE_CLOUD_PROJECT", status=0, usage=True
        )
    return settings


async def listen(
    task_id: str,
    settings: Settings,
    quiet_seconds: float,
    pause: Callable[[float], Awaitable[None]],
) -> AsyncGenerator[Task, None]:
    """The task as it stands, then after each change, until it is DONE.

    Raises Refused where there is no such task (any more) or Firestore lets nobody read it, and
    Unreachable once Firestore has not answered several times in a row.
    """
    revision = failures = 0
    while True:
        try:
            async with aclosing(_heard(settings, task_id, quiet_seconds)) as documents:
                async for document in documents:
                    failures = 0
                    if document["revision"] <= revision:
                        continue
                    revision = document["revision"]
                    task = task_from_document(document)
                    yield cast(Task, task_to_json(task))
                    if task.state is State.DONE:
                        return
        except ConfigurationError as error:  # no credentials
            raise Refused(str(error), status=0, usage=True) from error
        except StoreRefuses as error:
            raise Refused(str(error), status=HTTPStatus.FORBIDDEN, usage=False) from error
        except StoreUnavailable as error:
            failures += 1
            if failures == FAILURES:
                raise Unreachable(str(error)) from error
            await pause(min(0.25 * 2.0**failures, LONGEST_PAUSE))


async def _heard(
    settings: Settings, task_id: str, quiet_seconds: float
) -> AsyncGenerator[Document, None]:
    """The task's document now and after whatever is heard, over a connection of its own.

    Ends when nothing has been heard for that long. Raises Refused, StoreUnavailable.
    """
    with firestore.translated():
        connection = firestore.listener(settings, alone=True)
    listener = FirestoreListener(settings, connection)
    name = f"{firestore.database_path(settings)}/documents/tasks/{task_id}"
    try:
        async with listener.of_task(task_id) as news:
            while True:
                found = await _document(connection, name, firestore.metadata(settings))
                yield firestore.decoded(found.fields)
                if not await news.since(found.update_time, quiet_seconds):
                    return
    finally:
        await listener.close()


async def _document(
    connection: FirestoreAsyncClient, name: str, metadata: Sequence[tuple[str, str]]
) -> Any:
    with firestore.translated():
        try:
            return await connection.get_document(
                GetDocumentRequest(name=name),
                retry=None,  # tried again over another connection
                timeout=LOOK_SECONDS,
                metadata=metadata,
            )
        except NotFound as error:
            raise Refused(
                f"Firestore has no task {name.rpartition('/')[2]}; it may have been erased",
                status=HTTPStatus.NOT_FOUND,
                usage=False,
                reason=TaskNotFound.reason,
            ) from error
