"""Core values <-> the documents that stores keep: plain dicts of text, numbers, bytes and times.

Reading tolerates what an older or newer version wrote: unknown fields are left out, missing ones
take their defaults.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from consensus.codec.validation import explain, known_reason
from consensus.codec.values import decode_leaves, decode_value, encode_leaves, encode_value
from consensus.core.batches import Batch, File
from consensus.core.errors import DecodeError, InvalidTask, KeyReused, Mistake
from consensus.core.model import Abstention, Ballot, Feedback, Notice, Recorded, Task, Vote
from consensus.ports import Claim, Erased, Page, Rejection

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    value: str


_TASK = TypeAdapter(Task)
_VOTE = TypeAdapter(Vote)
_ABSTENTION = TypeAdapter(Abstention)
_METADATA = TypeAdapter(list[_Entry])
_ORDER = TypeAdapter(int)
_MOMENT = TypeAdapter(datetime)
_REJECTION = TypeAdapter(Rejection)
_CLAIM = TypeAdapter(Claim)
_FEEDBACK = TypeAdapter(Feedback)
_ERASED = TypeAdapter(Erased)
_NOTICE = TypeAdapter(Notice)
_BATCH = TypeAdapter(Batch)
_FILE = TypeAdapter(File)
LONGEST_TOKEN = 400


def task_to_document(task: Task) -> Document:
    """The task without its ballots, which are documents of their own."""
    document: Document = _TASK.dump_python(task, exclude={"ballots", "crowded"})
    document["seats_out"] = task.seats_out  # for stores to sum, and the rest for them to find by
    document["outcome"] = task.result.outcome if task.result else None
    document["unsettled"] = bool(task.result and task.result.unsettled)
    document["labels"] = [label(name, value) for name, value in task.metadata.items()]
    # A list, since a store may reserve some names of a map's fields.
    document["metadata"] = [{"name": n, "value": v} for n, v in task.metadata.items()]
    return document


def label(name: str, value: str) -> str:
    """A metadata entry as stores find it: a hash, since an index takes no long values."""
    return hashlib.sha256(f"{name}\0{value}".encode()).hexdigest()[:32]


def task_from_document(document: Mapping[str, Any], ballots: Iterable[Recorded] = ()) -> Task:
    """The task, with ballots in recorded order. Raises DecodeError."""
    told = _read(_METADATA, document.get("metadata", ()))
    metadata = {entry.name: entry.value for entry in told}
    task = _read(_TASK, {**document, "metadata": metadata, "ballots": ()})
    return _with_ballots(task, ballots)


def recorded_to_document(recorded: Recorded, *, counted: bool) -> Document:
    """A seat's ballot as recorded; counted says whether the task's result may rest on it."""
    ballot = recorded.ballot
    kind = "vote" if isinstance(ballot, Vote) else "abstention"
    adapter: TypeAdapter[Any] = _VOTE if isinstance(ballot, Vote) else _ABSTENTION
    encoded = {}
    if isinstance(ballot, Vote):
        reading = ballot.reading
        encoded = {"value": encode_value(reading.value), "leaves": encode_leaves(reading.leaves)}
        ballot = replace(ballot, reading=replace(reading, value=None, leaves=()))
    told: Document = adapter.dump_python(ballot)
    if encoded:
        told["reading"] |= {name: text for name, text in encoded.items() if text}
    return {
        "order": recorded.order,
        "at": recorded.at,
        "counted": counted,
        "kind": kind,
        **told,
    }


def recorded_from_document(document: Mapping[str, Any]) -> Recorded:
    """The recorded ballot. Raises DecodeError."""
    adapter: TypeAdapter[Any] = _VOTE if document.get("kind") == "vote" else _ABSTENTION
    reading = document.get("reading")
    value = leaves = None
    if isinstance(reading, Mapping):
        value, leaves = reading.get("value"), reading.get("leaves")
        document = {**document, "reading": {**reading, "value": None, "leaves": ()}}
    if "reason" in document:
        document = {**document, "reason": known_reason(document["reason"])}
    ballot: Ballot = _read(adapter, document)
    if isinstance(ballot, Vote):
        read = replace(
            ballot.reading,
            value=decode_value(value) if isinstance(value, str) else None,
            leaves=decode_leaves(leaves) if isinstance(leaves, str) else (),
        )
        ballot = replace(ballot, reading=read)
    order, at = _read(_ORDER, document.get("order")), _read(_MOMENT, document.get("at"))
    return Recorded(order, at, ballot)


def rejection_to_document(rejection: Rejection) -> Document:
    """A rejection."""
    return asdict(rejection)


def rejection_from_document(document: Mapping[str, Any]) -> Rejection:
    """A rejection. Raises DecodeError."""
    return _read(_REJECTION, document)


def late_rejection(task_id: str, late: Recorded) -> Rejection:
    """What is kept of a late ballot whose seat has one already; the same ballot, the same key."""
    told = recorded_to_document(late, counted=False) | {"order": 0, "at": None}
    text = json.dumps(told, default=lambda value: base64.b64encode(value).decode())
    key = hashlib.sha256(f"late\0{task_id}\0{text}".encode()).hexdigest()
    detail = f"task {task_id} is DONE and seat {late.ballot.seat} has its ballot"
    return Rejection(key, "LATE_BALLOT", detail, text[:4096], late.at, task_id)


def feedback_to_document(feedback: Feedback) -> Document:
    """What was said of a task's answer."""
    return asdict(feedback)


def feedback_from_document(document: Mapping[str, Any]) -> Feedback:
    """What was said of a task's answer. Raises DecodeError."""
    return _read(_FEEDBACK, document)


def notice_to_document(notice: Notice) -> Document:
    """What a subscriber is still to be told."""
    return asdict(notice)


def notice_from_document(document: Mapping[str, Any]) -> Notice:
    """What a subscriber is still to be told. Raises DecodeError."""
    return _read(_NOTICE, document)


def erased_to_document(erased: Erased) -> Document:
    """A tombstone."""
    return asdict(erased)


def erased_from_document(document: Mapping[str, Any]) -> Erased:
    """A tombstone. Raises DecodeError."""
    return _read(_ERASED, document)


def batch_to_document(batch: Batch) -> Document:
    """A batch. active is for stores to find it by."""
    # A list, since a store may reserve some names of a map's fields.
    metadata = [{"name": n, "value": v} for n, v in batch.metadata.items()]
    return {**asdict(batch), "metadata": metadata, "active": batch.is_active}


def batch_from_document(document: Mapping[str, Any]) -> Batch:
    """A batch. Raises DecodeError."""
    metadata = {entry["name"]: entry["value"] for entry in document.get("metadata", ())}
    return _read(_BATCH, {**document, "metadata": metadata})


def file_to_document(file: File) -> Document:
    """What is known of a file."""
    return asdict(file)


def file_from_document(document: Mapping[str, Any]) -> File:
    """What is known of a file. Raises DecodeError."""
    return _read(_FILE, document)


def claim_to_document(claim: Claim, task_id: str) -> Document:
    """A claim, and the task that it stands for."""
    return {**asdict(claim), "task_id": task_id}


def claim_from_document(document: Mapping[str, Any]) -> tuple[Claim, str]:
    """A claim and its task's id. Raises DecodeError."""
    return _read(_CLAIM, document), str(document["task_id"])


def claimed_task(document: Mapping[str, Any], claim: Claim, now: datetime) -> str | None:
    """The id of the task that a kept claim with this one's key stands for; None once it expired.

    Raises KeyReused where the kept one is of another body, and DecodeError.
    """
    held, task_id = claim_from_document(document)
    if held.expires_at <= now:
        return None
    if held.fingerprint != claim.fingerprint:
        raise KeyReused("This Idempotency-Key was used for another body; take a new key.")
    return task_id


@dataclass(frozen=True, slots=True)
class Position:
    """The last task of a page: the next page begins after it."""

    created_at: datetime
    task_id: str


def position_to_token(position: Position) -> str:
    """An opaque page token."""
    text = f"{position.created_at.astimezone(UTC).isoformat()} {position.task_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def token_of_place(place: int) -> str:
    """An opaque page token for a list that only grows at its end."""
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def place_from_token(token: str) -> int:
    """Where the page begins; 0 for "". Raises InvalidTask for a token that is not ours."""
    if not token:
        return 0
    try:
        padded = token[:LONGEST_TOKEN].encode() + b"=" * (-len(token) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise _not_ours() from None
    is_place = text.isascii() and text.isdigit() and len(text) < 6
    if not is_place or token_of_place(int(text)) != token:
        raise _not_ours()
    return int(text)


def page_of(tasks: Sequence[Task], size: int) -> Page:
    """A page of at most size tasks. Those given are one more where the page is not the last."""
    shown = tuple(tasks[:size])
    more = len(tasks) > size
    token = position_to_token(Position(shown[-1].created_at, shown[-1].id)) if more else ""
    return Page(shown, token)


def position_from_token(token: str) -> Position:
    """The position. Raises InvalidTask for a token that is not ours."""
    try:
        padded = token[:LONGEST_TOKEN].encode() + b"=" * (-len(token) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        moment, _, task_id = text.partition(" ")
        position = Position(datetime.fromisoformat(moment).astimezone(UTC), task_id)
    except (binascii.Error, ValueError, OverflowError):
        raise _not_ours() from None
    if not is_id(task_id) or position_to_token(position) != token:
        raise _not_ours()
    return position


def is_id(text: str) -> bool:
    """Whether the text can be an id here: 1 to 128 of A-Z, a-z, 0-9, - and _, but no __*__."""
    legal = text.isascii() and text.replace("-", "a").replace("_", "a").isalnum()
    return legal and len(text) <= 128 and not (text.startswith("__") and text.endswith("__"))


def _not_ours() -> InvalidTask:
    error = InvalidTask("page_token is not one of ours; use next_page_token of the page before.")
    error.mistakes = (Mistake(str(error), parameter="page_token"),)
    return error


def _with_ballots(task: Task, ballots: Iterable[Recorded]) -> Task:
    return replace(task, ballots=tuple(sorted(ballots, key=lambda r: r.order)))


Value = TypeVar("Value")


def _read(adapter: TypeAdapter[Value], document: object) -> Value:
    try:
        return adapter.validate_python(document)
    except ValidationError as error:
        raise DecodeError(f"a stored document cannot be read. {explain(error)}") from None
