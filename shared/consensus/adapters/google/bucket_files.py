"""FileStore in a Cloud Storage bucket: an object for each part of a file.

The client library blocks, so each call has a thread; it repeats what may be repeated, and checks
what it read by its checksum.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from google.api_core import exceptions as google_errors
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Blob, Bucket, Client
from google.cloud.storage.retry import DEFAULT_RETRY

from consensus.adapters.google.google_calls import Meaning
from consensus.config import Settings
from consensus.core.errors import ConfigurationError, StoreRefuses, StoreUnavailable

KIND: Final = "application/jsonl"
ATTEMPTS: Final = 20
TIMEOUT: Final = 30.0  # seconds, of one request
translated: Final = Meaning("Cloud Storage", StoreUnavailable, StoreRefuses).translated
Returned = TypeVar("Returned")


class BucketFiles:
    """See FileStore. The connection is made at the first call."""

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigurationError where the settings name no bucket."""
        if not settings.files_bucket:
            raise ConfigurationError("Set CONSENSUS_FILES_BUCKET to the bucket of batches' files.")
        self._settings = settings
        self._name = settings.files_bucket
        self._made: Bucket | None = None
        self._making = threading.Lock()

    async def close(self) -> None:
        """Close the connections."""
        if self._made is not None:
            self._made.client.close()
            self._made = None

    async def write(self, file_id: str, part: int, data: bytes) -> None:
        """See FileStore."""

        def upload() -> None:
            self._part(file_id, part).upload_from_string(
                data, KIND, timeout=TIMEOUT, retry=DEFAULT_RETRY
            )

        await _in_thread(upload)

    async def read(self, file_id: str, part: int) -> bytes | None:
        """See FileStore."""

        def download() -> bytes | None:
            try:
                found: bytes = self._part(file_id, part).download_as_bytes(timeout=TIMEOUT)
            except google_errors.NotFound as absent:
                if absent.response is not None:
                    absent.response.close()  # the library leaves the connection open
                return None
            return found

        return await _in_thread(download)

    async def change(self, file_id: str, part: int, edit: Callable[[bytes], bytes]) -> None:
        """See FileStore. What was read must still stand when it is replaced."""

        def once() -> bool:
            held = self._bucket.get_blob(_name(file_id, part), timeout=TIMEOUT)
            if held is None:
                return True
            unchanged = held.generation
            try:
                before = held.download_as_bytes(if_generation_match=unchanged, timeout=TIMEOUT)
                after = edit(before)
                if after != before:
                    held.upload_from_string(
                        after, KIND, if_generation_match=unchanged, timeout=TIMEOUT
                    )
            except (google_errors.PreconditionFailed, google_errors.NotFound):
                return False
            return True

        for _ in range(ATTEMPTS):
            if await _in_thread(once):
                return
        raise StoreUnavailable(f"part {part} of {file_id} kept changing; try again")

    async def delete(self, file_id: str) -> None:
        """See FileStore."""

        def each() -> None:
            for part in self._bucket.list_blobs(prefix=f"{file_id}/", timeout=TIMEOUT):
                try:
                    part.delete(timeout=TIMEOUT, retry=DEFAULT_RETRY)
                except google_errors.NotFound:
                    continue

        await _in_thread(each)

    def _part(self, file_id: str, part: int) -> Blob:
        return self._bucket.blob(_name(file_id, part))

    @property
    def _bucket(self) -> Bucket:
        with self._making:
            if self._made is None:
                client = _client(self._settings)
                _ = client._http
                self._made = client.bucket(self._name)
            return self._made


def _name(file_id: str, part: int) -> str:
    return f"{file_id}/{part:05}"


def _client(settings: Settings) -> Client:
    host = settings.storage_emulator_host
    if not host:
        return Client(project=settings.google_cloud_project)
    return Client(
        project=settings.google_cloud_project,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": host},
    )


async def _in_thread(work: Callable[[], Returned]) -> Returned:
    with translated():
        return await asyncio.to_thread(work)
