"""How batches are kept and moved, on one machine and in the cloud alike."""

from __future__ import annotations

from pathlib import Path

from consensus.adapters.local.disk_files import DiskFiles
from consensus.adapters.models.panel_file import read_profiles
from consensus.bootstrap.identifiers import new_id
from consensus.codec.batch_lines import Lines
from consensus.config import Settings
from consensus.core.batches import share_of
from consensus.ports import BatchStore, Clock, FileStore
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.batches import Batches
from consensus.usecases.files import Files
from consensus.usecases.submit import Submit


def files_of(settings: Settings, store: BatchStore, kept: FileStore, clock: Clock) -> Files:
    """The files of batches. Raises ConfigurationError."""
    lines = Lines(settings.max_prompt_bytes, read_profiles(settings))
    most, most_bytes = settings.max_files, settings.max_files_bytes
    return Files(store, kept, lines, clock, new_id, most, most_bytes)


def batches_of(settings: Settings, files: Files, submit: Submit, aggregate: Aggregate) -> Batches:
    """Batches over these files."""
    share = share_of(settings.batch_tasks, settings.max_open_tasks)
    return Batches(files, submit, aggregate, share, settings.max_batches)


def in_cloud(settings: Settings, clock: Clock) -> Files | None:
    """The files of a deployment: in its bucket, or on the emulators in a folder; None where neither
    is named, so that there are no batches. Raises ConfigurationError."""
    from consensus.adapters.google.firestore_batches import FirestoreBatches  # noqa: PLC0415  an extra

    kept: FileStore
    if settings.files_bucket:
        from consensus.adapters.google.bucket_files import BucketFiles  # noqa: PLC0415  an extra

        kept = BucketFiles(settings)
    elif settings.files:
        kept = DiskFiles(Path(settings.files))
    else:
        return None
    return files_of(settings, FirestoreBatches(settings), kept, clock)
