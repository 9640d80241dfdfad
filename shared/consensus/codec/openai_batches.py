"""Files and batches as OpenAI's protocol tells them.

The protocol: https://platform.openai.com/docs/api-reference/batch, .../files
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from consensus.codec.batch_lines import ROUTES
from consensus.codec.mistakes import Mistakes, at, pointer_to
from consensus.codec.requests import UnknownField, metadata_of, read_object
from consensus.core.batches import Batch, Fault, File, Status
from consensus.core.errors import InvalidTask

PURPOSES: Final = ("batch", "batch_output")
COMPLETION_WINDOW: Final = "24h"
PAGE_SIZE: Final = 20
MOST_A_PAGE: Final = 100
_FIELDS: Final = ("input_file_id", "endpoint", "completion_window", "metadata")


@dataclass(frozen=True, slots=True)
class BatchAsked:
    """A POSTed batch."""

    file_id: str
    endpoint: str
    metadata: Mapping[str, str]


def read_batch(body: bytes) -> BatchAsked:
    """A POSTed batch. Raises Malformed, InvalidTask (an unknown field too)."""
    given = {name: value for name, value in read_object(body).items() if value is not None}
    found = Mistakes()
    for name in given:
        with found.gathered(pointer_to(name)):
            if name not in _FIELDS:
                raise UnknownField(f"A batch takes {', '.join(_FIELDS)}, and nothing else.")
    file_id, endpoint = given.get("input_file_id"), given.get("endpoint")
    with found.gathered("#/input_file_id"):
        if not isinstance(file_id, str):
            raise InvalidTask("input_file_id must be the id of a file.")
    with found.gathered("#/endpoint"):
        if endpoint not in ROUTES:
            raise InvalidTask(f"endpoint must be one of {', '.join(ROUTES)}.")
    with found.gathered("#/completion_window"):
        if given.get("completion_window", COMPLETION_WINDOW) != COMPLETION_WINDOW:
            raise InvalidTask(f"completion_window must be {COMPLETION_WINDOW}.")
    with found.gathered():
        metadata = metadata_of(given.get("metadata", {}))
    found.tell()
    return BatchAsked(str(file_id), str(endpoint), metadata)


def read_listing(query: Mapping[str, str]) -> tuple[int, str]:
    """The limit of a page, and the id after which it begins. Raises InvalidTask."""
    limit = query.get("limit") or str(PAGE_SIZE)
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= MOST_A_PAGE):
        with at(parameter="limit"):
            raise InvalidTask(f"limit must be a whole number from 1 to {MOST_A_PAGE}.")
    return int(limit), query.get("after", "")


def read_purpose(query: Mapping[str, str]) -> str:
    """Which files a listing shows, "" for all. Raises InvalidTask."""
    purpose = query.get("purpose", "")
    if purpose not in ("", *PURPOSES):
        with at(parameter="purpose"):
            raise InvalidTask(f"purpose must be one of {', '.join(PURPOSES)}.")
    return purpose


def file_to_json(file: File) -> dict[str, object]:
    """A file."""
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.size,
        "created_at": _seconds(file.created_at),
        "expires_at": None,
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
    }


def batch_to_json(batch: Batch) -> dict[str, object]:
    """A batch as it stands."""
    ended = {status: batch.ended_at for status in (batch.status,) if not batch.is_active}
    is_told = bool(ended) and batch.status is not Status.FAILED
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": _faults(batch.faults),
        "input_file_id": batch.file_id,
        "completion_window": COMPLETION_WINDOW,
        "status": _status(batch),
        "output_file_id": batch.output_id if is_told and batch.output_size else None,
        "error_file_id": batch.error_id if is_told and batch.error_size else None,
        "created_at": _seconds(batch.created_at),
        "in_progress_at": _seconds(batch.started_at),
        "expires_at": _seconds(batch.expires_at),
        "finalizing_at": _seconds(batch.finalizing_at),
        "completed_at": _seconds(ended.get(Status.COMPLETED)),
        "failed_at": _seconds(ended.get(Status.FAILED)),
        "expired_at": _seconds(ended.get(Status.EXPIRED)),
        "cancelling_at": _seconds(batch.cancelling_at),
        "cancelled_at": _seconds(ended.get(Status.CANCELLED)),
        "request_counts": {
            "total": batch.total,
            "completed": batch.completed,
            "failed": batch.failed,
        },
        "metadata": dict(batch.metadata),
    }


def list_to_json(data: Sequence[Mapping[str, Any]], *, has_more: bool) -> dict[str, object]:
    """A page of either."""
    return {
        "object": "list",
        "data": list(data),
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": has_more,
    }


def _status(batch: Batch) -> Status:
    """A cancelled batch whose results are being written is still one that is being cancelled."""
    is_cancelled = batch.is_active and batch.ending is Status.CANCELLED
    return Status.CANCELLING if is_cancelled else batch.status


def _faults(faults: Sequence[Fault]) -> dict[str, object] | None:
    if not faults:
        return None
    told = [
        {"code": fault.code, "message": fault.message, "line": fault.line, "param": None}
        for fault in faults
    ]
    return {"object": "list", "data": told}


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
