"""A batch: a file of requests, each asked as a task, and the results written when all have ended.

A batch is a value, what happens to it is an event, and one pure function moves it. A line is
reserved before its task is made, and its task's id follows from the batch and the line: whatever
breaks off, the same line makes the same task, so no line is asked twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

WINDOW: Final = timedelta(hours=24)  # after which no more lines are asked
MOST_LINES: Final = 50_000
LONGEST_LINE: Final = 4 * 1024 * 1024  # bytes
ERASED: Final = b"null"  # what is left of a line whose task was erased
MOST_FAULTS: Final = 20  # that are told; a file with more has the same fault in many places
PREFIX: Final = "batch_"


class Status(StrEnum):
    """How far a batch is; the words are OpenAI's."""

    VALIDATING = "validating"
    IN_PROGRESS = "in_progress"
    FINALIZING = "finalizing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


ENDED: Final = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.EXPIRED})


@dataclass(frozen=True, slots=True)
class File:
    """A file of lines, kept in parts. starts has the number of each part's first line, from 1."""

    id: str
    owner: str
    name: str
    purpose: str
    size: int
    created_at: datetime
    starts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a batch cannot be asked, and the line that is to blame, if one is."""

    code: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it stands. ending is what it will be once its results are written.

    starts is its file's; lines is the number of that file's last line, total how many of them are
    requests; read is the last line that was reserved, open are those reserved whose tasks are not
    known to have ended. written counts the parts whose results are written; the sizes are those of
    its result files, in bytes.
    """

    id: str
    owner: str
    file_id: str
    endpoint: str
    created_at: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)
    status: Status = Status.VALIDATING
    ending: Status = Status.COMPLETED
    faults: tuple[Fault, ...] = ()
    starts: tuple[int, ...] = ()
    lines: int = 0
    total: int = 0
    read: int = 0
    open: tuple[int, ...] = ()
    completed: int = 0
    failed: int = 0
    written: int = 0
    output_size: int = 0
    error_size: int = 0
    started_at: datetime | None = None
    cancelling_at: datetime | None = None
    finalizing_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def expires_at(self) -> datetime:
        """When no more of its lines are asked."""
        return self.created_at + WINDOW

    @property
    def is_active(self) -> bool:
        """Whether there is still something to do for it."""
        return self.status not in ENDED

    @property
    def output_id(self) -> str:
        """The id of the file of its results."""
        return f"file-{self.id.removeprefix(PREFIX)}-output"

    @property
    def error_id(self) -> str:
        """The id of the file of the lines that have none."""
        return f"file-{self.id.removeprefix(PREFIX)}-errors"

    def part_of(self, line: int) -> int:
        """The part of its file, and of its results, that a line is in; 0 where nothing is known."""
        return max(0, bisect_right(self.starts, line) - 1)

    def line_in_part(self, line: int) -> int:
        """Where in that part the line is, from 0."""
        return line - (self.starts[self.part_of(line)] if self.starts else 1)

    def task_of(self, line: int) -> str:
        """The id of a line's task."""
        return f"{self.id}-{line}"


def line_of(task_id: str) -> tuple[str, int] | None:
    """The batch and the line whose task this is; None for any other task."""
    batch_id, _, line = task_id.rpartition("-")
    if not batch_id.startswith(PREFIX) or not (line.isascii() and line.isdigit()):
        return None
    return batch_id, int(line)


@dataclass(frozen=True, slots=True)
class Validated:
    """The file was looked through: its parts, its last line, its requests, its faults."""

    starts: tuple[int, ...]
    lines: int
    total: int
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Reserved:
    """These lines are to be asked; all up to `read` have been looked at."""

    read: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LinesEnded:
    """These reserved lines have ended, each with a result (True) or without.

    expired: the batch's time was over before some of them were asked.
    """

    results: Mapping[int, bool]
    expired: bool = False


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """Its owner wants no more of it."""


@dataclass(frozen=True, slots=True)
class TimeLooked:
    """Somebody looked at the clock."""


@dataclass(frozen=True, slots=True)
class PartWritten:
    """The results of the next part are written: lines and bytes of each file."""

    completed: int
    failed: int
    output_size: int
    error_size: int


Event = Validated | Reserved | LinesEnded | CancelRequested | TimeLooked | PartWritten


def advance(batch: Batch, event: Event, now: datetime) -> Batch:
    """Apply one event; the same object where nothing changes. Total: never raises, never waits."""
    if not batch.is_active:
        return batch
    return _carry_on(_apply(batch, event, now), now)


def _apply(batch: Batch, event: Event, now: datetime) -> Batch:
    match event, batch.status:
        case Validated(), Status.VALIDATING:
            return _validated(batch, event, now)
        case Reserved(), Status.IN_PROGRESS if event.read > batch.read:
            new = tuple(line for line in event.lines if line > batch.read)
            return replace(batch, read=event.read, open=batch.open + new)
        case LinesEnded(), Status.IN_PROGRESS | Status.CANCELLING:
            return _ended(batch, event)
        case CancelRequested(), Status.VALIDATING | Status.IN_PROGRESS:
            status, ending = Status.CANCELLING, Status.CANCELLED
            return replace(batch, status=status, ending=ending, cancelling_at=now)
        case PartWritten(), Status.FINALIZING:
            return _written(batch, event, now)
        case _:
            return batch


def _validated(batch: Batch, event: Validated, now: datetime) -> Batch:
    faults = event.faults or (() if event.total else (Fault("empty_file", "It has no requests."),))
    if faults:
        return replace(batch, status=Status.FAILED, faults=faults[:MOST_FAULTS], ended_at=now)
    return replace(
        batch,
        status=Status.IN_PROGRESS,
        starts=event.starts,
        lines=event.lines,
        total=event.total,
        started_at=now,
    )


def _ended(batch: Batch, event: LinesEnded) -> Batch:
    results = event.results
    known = [line for line in batch.open if line in results]
    if not known:
        return batch
    completed = sum(results[line] for line in known)
    expired = event.expired and batch.ending is Status.COMPLETED
    return replace(
        batch,
        ending=Status.EXPIRED if expired else batch.ending,
        open=tuple(line for line in batch.open if line not in results),
        completed=batch.completed + completed,
        failed=batch.failed + len(known) - completed,
    )


def _written(batch: Batch, event: PartWritten, now: datetime) -> Batch:
    # What is written is the last word on what has a result: lines that were never asked have none.
    first = batch.written == 0
    moved = replace(
        batch,
        written=batch.written + 1,
        completed=event.completed + (0 if first else batch.completed),
        failed=event.failed + (0 if first else batch.failed),
        output_size=batch.output_size + event.output_size,
        error_size=batch.error_size + event.error_size,
    )
    if moved.written < len(moved.starts):
        return moved
    return replace(moved, status=batch.ending, ended_at=now)


def _carry_on(batch: Batch, now: datetime) -> Batch:
    """What follows by itself: an end of asking, and of waiting."""
    asking = batch.status is Status.IN_PROGRESS
    is_whole = batch.ending is Status.COMPLETED
    if asking and is_whole and now >= batch.expires_at and batch.read < batch.lines:
        batch = replace(batch, ending=Status.EXPIRED)
    is_asked = batch.read >= batch.lines or batch.ending is not Status.COMPLETED
    if batch.status is Status.CANCELLING and not batch.lines:
        return replace(batch, status=Status.CANCELLED, ended_at=now)  # nothing was asked
    if (asking or batch.status is Status.CANCELLING) and is_asked and not batch.open:
        return replace(batch, status=Status.FINALIZING, finalizing_at=now)
    return batch


def room_of(batch: Batch, share: int, active: int) -> int:
    """How many more of its lines may be asked now.

    share is how many tasks an owner's batches may have open together, active how many batches the
    owner has; each has its part of it, and at least one.
    """
    if batch.status is not Status.IN_PROGRESS or batch.ending is not Status.COMPLETED:
        return 0
    return max(0, max(1, share // max(1, active)) - len(batch.open))


def share_of(batch_tasks: int, max_open_tasks: int | None) -> int:
    """Open tasks of an owner's batches together: at most half of what the owner may have open, so
    that there is always room for single ones."""
    return batch_tasks if max_open_tasks is None else min(batch_tasks, max(1, max_open_tasks // 2))


def duplicates(names: Sequence[tuple[int, str]]) -> tuple[Fault, ...]:
    """A fault for each line whose custom_id another had before it."""
    first: dict[str, int] = {}
    return tuple(
        Fault("duplicate_custom_id", f"Line {first[name]} has the same custom_id.", line)
        for line, name in names
        if first.setdefault(name, line) != line
    )
