"""What use cases and doors need from the world: small protocols, an adapter for each system."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Protocol

from consensus.core.batches import Batch, File
from consensus.core.events import Step
from consensus.core.logprobs import Token
from consensus.core.model import (
    AbstentionReason,
    Ballot,
    Doubt,
    Feedback,
    Format,
    Leaf,
    Message,
    Notice,
    Options,
    Outcome,
    Recorded,
    State,
    Strategy,
    Task,
    Usage,
    Verdict,
)
from consensus.core.values import Value


class Clock(Protocol):
    """The time, and waiting for it."""

    def now(self) -> datetime:
        """The current time, timezone-aware UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that long."""
        ...


@dataclass(frozen=True, slots=True)
class Stored:
    """A task with its ballots as loaded, and the version that a commit must still find."""

    task: Task
    version: object


@dataclass(frozen=True, slots=True)
class Claim:
    """An Idempotency-Key's claim on a task: a hash of owner and key, and one of the body."""

    key: str
    fingerprint: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Room:
    """How much one owner may have open: tasks, and seats at which the next task is refused.

    a_minute: how many tasks may be created within a minute (`core.admission.LATELY`).
    """

    tasks: int | None = None
    seats: int | None = None
    a_minute: int | None = None


ANY_ROOM = Room()


@dataclass(frozen=True, slots=True)
class Rejection:
    """A message that was acknowledged without effect, kept for the operator.

    key makes recording it twice harmless; payload is the message as text, cut to 4,096 characters,
    or to 262,144 where it is a dead letter. task_id is the task that it is about, where it says so.
    """

    key: str
    reason: str
    detail: str
    payload: str
    at: datetime
    task_id: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Which of an owner's tasks to list; None and False mean any.

    owner None lists everybody's, and needs unsettled, which selects those that need a decision
    (`Result.unsettled`). metadata is one entry that they must have; since is the earliest time of
    their creation.
    """

    owner: str | None
    state: State | None = None
    outcome: Outcome | None = None
    metadata: tuple[str, str] | None = None
    since: datetime | None = None
    unsettled: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A task that was created or has changed, without ballots; None if it is gone.

    An empty task_id names no task: it says that every change is reported from then on.
    """

    task_id: str
    task: Task | None


LISTENING: Final = Change("", None)


@dataclass(frozen=True, slots=True)
class Erased:
    """What remains of a task that its owner erased."""

    task_id: str
    owner: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """One page of tasks, newest first, without ballots. next_token is "" on the last."""

    tasks: tuple[Task, ...]
    next_token: str


class TaskStore(Protocol):
    """Durable tasks. Every method may raise StoreUnavailable."""

    async def check(self) -> None:
        """Return if a task could be stored now; StoreUnavailable says what is wrong."""
        ...

    async def create(self, task: Task, claim: Claim | None, room: Room = ANY_ROOM) -> Task:
        """Store a new task and its claim in one commit, if there is room; return it.

        An unexpired claim with the same key: return the task it made instead, unchanged; with
        another fingerprint raise KeyReused. However many come at once, the owner never has more
        open than the room for tasks: raise NoRoom, and keep nothing. The other bounds may be looked
        at just before the commit. Where a task of that id is there already, it is returned,
        unchanged.
        """
        ...

    async def claimed(self, claim: Claim, now: datetime) -> Task | None:
        """The task that an unexpired claim with this key made, without ballots, or None.

        Raises KeyReused if its fingerprint differs.
        """
        ...

    async def load(self, task_id: str) -> Stored | None:
        """The task with its counted ballots in recorded order, or None."""
        ...

    async def tasks(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        """Those of these tasks that exist, without ballots."""
        ...

    async def commit(self, stored: Stored, *steps: Step) -> Stored:
        """Replace the task by the last step's, and write all steps' ballots and notices, all or
        nothing, if the version stands; return the task as it is stored now.

        At least one step, each from the task before. Raise Conflict if stored.version does not
        stand. A ballot replaces its seat's earlier one.
        """
        ...

    async def notice(self, key: str) -> Notice | None:
        """The notice, or None if it was delivered or never made."""
        ...

    async def attempt(self, notice: Notice, attempted: Notice) -> None:
        """Replace the notice if it is still the given one; otherwise raise Conflict."""
        ...

    async def forget_notice(self, key: str) -> None:
        """Delete a notice that was delivered or given up; idempotent."""
        ...

    async def due_notices(self, now: datetime, limit: int) -> Sequence[Notice]:
        """Notices that are due, the longest overdue first."""
        ...

    async def record_late(self, task_id: str, late: Recorded) -> None:
        """Keep a ballot that came after the end, uncounted. Never changes the task; idempotent.

        For an erased task nothing is kept, here or as a rejection or feedback.
        """
        ...

    async def reject(self, rejection: Rejection) -> None:
        """Keep a rejection; idempotent by its key."""
        ...

    async def rejections(self, limit: int = 100) -> Sequence[Rejection]:
        """The newest rejections, newest first."""
        ...

    async def late(self, task_id: str) -> Sequence[Recorded]:
        """The ballots that came after the task's end, in the order of their seats."""
        ...

    async def page(self, listing: Listing, size: int, token: str) -> Page:
        """These tasks, newest first, without ballots. InvalidTask for a token not ours."""
        ...

    def news(self, owner: str) -> AsyncGenerator[Change, None]:
        """LISTENING once changes are observed, then each of the owner's newest tasks as it changes.

        Intermediate states may be skipped; never ends by itself.
        """
        ...

    async def judge(self, task: Task, feedback: Feedback) -> None:
        """Keep feedback on the task's answer, replacing earlier feedback."""
        ...

    async def feedback(self, task_ids: Sequence[str]) -> Mapping[str, Feedback]:
        """The feedback on these tasks, for those that have any."""
        ...

    async def judged(self, owner: str, limit: int) -> Sequence[tuple[Task, Feedback]]:
        """The owner's tasks that have feedback, the latest feedback first, without ballots."""
        ...

    async def erase(self, erased: Erased) -> None:
        """Erase the task and everything that contains its text; a tombstone stays. Idempotent.

        Its notices are deleted and its watchers end. It must be DONE, so that nobody works on it.
        """
        ...

    async def erased(self, task_id: str) -> Erased | None:
        """The tombstone of a task that was erased, or None."""
        ...

    async def count_since(self, owner: str, since: datetime) -> int:
        """How many of the owner's tasks were created at that time or later."""
        ...

    def watch(self, task_id: str) -> AsyncGenerator[Task, None]:
        """The task without ballots, now and after each change, never backwards; ends after DONE.

        Intermediate states may be skipped. An unknown task ends at once.
        """
        ...

    async def open_tasks(self, limit: int = 1000, after: Task | None = None) -> Sequence[Task]:
        """Tasks that are not DONE, nearest deadline first, then by id, without ballots.

        after: the last of the page before.
        """
        ...

    async def open_count(self, owner: str) -> int:
        """How many of the owner's tasks are not DONE."""
        ...

    async def open_seats(self, owner: str) -> int:
        """How many seats are working for the owner's tasks (`Task.seats_out`)."""
        ...


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch as loaded, and the version that a commit must still find."""

    batch: Batch
    version: object


class BatchStore(Protocol):
    """Durable batches and files' metadata. Every method may raise StoreUnavailable."""

    async def add_file(self, file: File) -> None:
        """Store the file's metadata; idempotent."""
        ...

    async def file(self, file_id: str) -> File | None:
        """The file, or None."""
        ...

    async def files(self, owner: str, limit: int, after: File | None = None) -> Sequence[File]:
        """The owner's files, newest first, then by id; after: the last of the page before."""
        ...

    async def forget_file(self, file_id: str) -> None:
        """Delete the file's metadata; idempotent."""
        ...

    async def add_batch(self, batch: Batch) -> Batch:
        """Store a new batch; if the id exists already, return that batch unchanged."""
        ...

    async def batch(self, batch_id: str) -> StoredBatch | None:
        """The batch, or None."""
        ...

    async def commit_batch(self, stored: StoredBatch, batch: Batch) -> None:
        """Replace the batch if stored.version still stands; otherwise raise Conflict."""
        ...

    async def batches(self, owner: str, limit: int, after: Batch | None = None) -> Sequence[Batch]:
        """The owner's batches, newest first, then by id; after: the last of the page before."""
        ...

    async def active_batches(self, owner: str | None = None) -> Sequence[Batch]:
        """Up to a thousand batches that have not ended, of this owner or of all."""
        ...


class FileStore(Protocol):
    """The content of files, part by part. Every method may raise StoreUnavailable."""

    async def write(self, file_id: str, part: int, data: bytes) -> None:
        """Keep a part, replacing what was there, all or nothing."""
        ...

    async def read(self, file_id: str, part: int) -> bytes | None:
        """A part, or None."""
        ...

    async def change(self, file_id: str, part: int, edit: Callable[[bytes], bytes]) -> None:
        """Replace an existing part by edit's result, without losing a concurrent change."""
        ...

    async def delete(self, file_id: str) -> None:
        """Forget every part of the file; idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What a line of a batch asks the panel."""

    messages: tuple[Message, ...]
    prompt: str | None = None
    options: Options = Options()
    metadata: Mapping[str, str] = field(default_factory=dict)


class BatchLines(Protocol):
    """How the lines of a batch's file are read and its results written.

    A line is raw bytes without the newline; numbers start at 1.
    """

    def name(self, number: int, raw: bytes, endpoint: str) -> str:
        """A line's custom_id, or what stands for it. Total."""
        ...

    def question(self, number: int, raw: bytes, endpoint: str) -> Question:
        """What a line asks. Raises CallerError if it cannot be asked."""
        ...

    def result(
        self, batch: Batch, number: int, raw: bytes, task: Task | None
    ) -> tuple[bool, bytes]:
        """Whether a line has an answer, and the result line: the answer or the error. Total."""
        ...

    def erased(self, batch: Batch, number: int) -> bytes:
        """The result of a line whose task was erased."""
        ...

    def tells(self, batch: Batch, number: int, result: bytes) -> bool:
        """Whether that is the result of this line."""
        ...


class EventBus(Protocol):
    """Publishing. A call returns when the message is durable; raises BusUnavailable."""

    async def dispatch(self, task: Task) -> None:
        """Ask for a holder of the task, in place of its present one.

        Each message has an id, which is the same when it is delivered again.
        """
        ...

    async def ballot(self, task_id: str, ballot: Ballot, traceparent: str) -> None:
        """Publish a vote or an abstention."""
        ...

    async def verdicts(self, task_id: str, verdicts: Sequence[Verdict], traceparent: str) -> None:
        """Publish a model's verdicts on the doubts of one call, at least one."""
        ...

    async def deadline(self, task_id: str) -> None:
        """Say that the task's time is up."""
        ...

    async def notice(self, key: str) -> None:
        """Ask for the delivery of a notice, by its key."""
        ...

    async def batch(self, batch_id: str) -> None:
        """Say that there may be something to do for a batch."""
        ...


class Receiver(Protocol):
    """An outside subscriber."""

    async def tell(self, notice: Notice, task: Task) -> None:
        """Return once it has accepted the notice; otherwise raise NotTold.

        What it is told is a summary of the task, which is DONE: neither prompt nor answers.
        """
        ...


class ReadValue(Protocol):
    """Reads what a final answer is. Total: an answer that takes too long is its letters."""

    async def __call__(self, final: str, question: str, strategy: Strategy) -> Value:
        """The answer's value."""
        ...


class ReadLeaves(Protocol):
    """Reads what the texts of a JSON answer are. Total: what takes too long is left out."""

    async def __call__(self, final: str, question: str, wanted: Format | None) -> tuple[Leaf, ...]:
        """Its leaves, in their order."""
        ...


LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SeatCall:
    """One seat of one task, as a worker is asked to take it.

    ballots is the newest form of ballot that whoever counts them understands (`core.answers`). rate
    is what another worker found that one may send to the voter's endpoint, in requests a second; 0:
    nobody met a limit.
    spend_usd is what its model calls may cost, None for no bound.
    """

    task_id: str
    seat: int
    voter: str
    messages: tuple[Message, ...]
    strategy: Strategy
    deadline: datetime
    traceparent: str = ""
    ballots: int = 0
    format: Format | None = None
    rate: float = 0.0
    owner: str = ""  # whose turn it takes where workers are scarce; not told to workers
    created_at: datetime = LONG_AGO  # older tasks go first among an owner's; not told either
    spend_usd: float | None = None

    @property
    def place(self) -> str:
        """What of the task it is about."""
        return f"seat {self.seat}"


@dataclass(frozen=True, slots=True)
class DoubtCall:
    """Doubts of one task, at least one, as a worker is asked to have its model decide them."""

    task_id: str
    doubts: tuple[Doubt, ...]
    voter: str
    question: str
    deadline: datetime
    traceparent: str = ""
    rate: float = 0.0
    owner: str = ""
    created_at: datetime = LONG_AGO

    @property
    def place(self) -> str:
        """What of the task it is about."""
        return f"doubt {self.doubts[0].number}"


Call = SeatCall | DoubtCall


class SeatStage(StrEnum):
    """How far a worker is. COMPLETED and ABSTAINED are receipts: what it brings is published."""

    ACCEPTED = "ACCEPTED"
    PROGRESS = "PROGRESS"
    COMPLETED = "COMPLETED"
    ABSTAINED = "ABSTAINED"


@dataclass(frozen=True, slots=True)
class SeatUpdate:
    """One message of a seat's stream; reason says why a seat ABSTAINED, rate how fast the worker
    found that it may ask the voter's endpoint (requests a second; 0: it met no limit)."""

    stage: SeatStage
    worker: str = ""
    reason: AbstentionReason | None = None
    rate: float = 0.0


class WorkerPool(Protocol):
    """The workers that take seats, and decide doubts."""

    def process(self, call: Call) -> AsyncGenerator[SeatUpdate, None]:
        """One worker's stream for the call; closing it cancels the call, down to the model.

        Ends after COMPLETED or ABSTAINED; raises WorkerUnavailable where it breaks before.
        """
        ...


@dataclass(frozen=True, slots=True)
class Load:
    """cpu: the share of one CPU since the last reading, 0.. (threads add up). Memory: resident."""

    cpu: float
    memory_bytes: int


class Availability(StrEnum):
    """Whether a worker takes seats."""

    AVAILABLE = "available"
    BUSY = "busy"
    DRAINING = "draining"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker as last seen. cpu is a share of one CPU, memory is resident, in bytes; restarts is
    how often its process was replaced after it had died."""

    target: str
    availability: Availability
    worker: str = ""
    in_flight: int = 0
    capacity: int = 0
    cpu: float = 0.0
    memory_bytes: int = 0
    restarts: int = 0


Statuses = Callable[[], Awaitable[Sequence[WorkerStatus]]]  # each worker's, as last seen


@dataclass(frozen=True, slots=True)
class Completion:
    """A finished model answer, and its last tokens if the endpoint returned them.

    structured: the endpoint held the model to the form's schema. first_word is how many seconds
    after the call the answer's first word came, None if it was not streamed.
    """

    text: str
    model: str
    usage: Usage
    tokens: tuple[Token, ...] = ()
    structured: bool = False
    first_word: float | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """The same question for an endpoint that holds its model to a JSON schema.

    An object's "confidence" is asked for in whole per cent there; a Completion tells it as a share.
    schema None: the reply is no ballot, but a text or JSON of the caller's, which no answer object
    within it ends.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, object] | None
    name: str = "ballot"


class ChatModel(Protocol):
    """One attempt at one model call. Raises ModelError."""

    async def complete(
        self,
        messages: Sequence[Message],
        seconds: float,
        form: Form | None = None,
        spend: float | None = None,
    ) -> Completion:
        """The complete answer within that many seconds of wall clock, in the form if possible.

        It costs no more than spend, in US dollars, if prices are known.
        """
        ...
