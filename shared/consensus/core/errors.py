"""One error tree; each branch says who must act.

ConsensusError
├── CallerError            the caller: change the request
│   ├── InvalidTask            a value out of range, or a contradiction (422)
│   ├── KeyReused              an Idempotency-Key with another body (422)
│   ├── TaskNotFound           no such task for this owner (404)
│   ├── TaskErased             the owner had it erased (410)
│   ├── NotDone                what was asked takes a task that is DONE (409)
│   ├── FileNotFound           no such file for this owner (404)
│   ├── FileInUse              a batch of it runs (409)
│   ├── TooManyFiles           as many of this owner's are kept as may be (409)
│   ├── TooManyBatches         as many of this owner's are under way as may be (409)
│   ├── InvalidFile            no file of requests (422)
│   ├── FileTooLarge           more bytes or lines than a file may have (413)
│   ├── BatchNotFound          no such batch for this owner (404)
│   ├── WrongHost              called by a name that is not the service's (421)
│   ├── TooManyTasks           too many open tasks of this owner (429)
│   │   └── TooFast                too many new ones within a minute (429)
│   └── ConfigurationError     a setting that cannot work: the operator is the caller
├── TransientError         nobody: try again later, with jitter
│   ├── Conflict               the stored version moved on: load again
│   ├── StoreUnavailable
│   │   └── StoreRefuses       the operator: a permission, an index, a database is missing
│   ├── BusUnavailable
│   │   └── BusRefuses         the operator: a permission, a topic, a queue is missing
│   └── WorkerUnavailable      no worker took the seat, or its stream broke
│       └── WorkerRefuses      the operator: the workers do not know who asks
├── NotTold                a subscriber outside: it is told again later
├── NoRoom                 the use case: it says when to come again
├── DecodeError            the sender: a message that will never decode; record it and acknowledge
└── ModelError             the model's operator: ends as an abstention with its reason
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from consensus.core.admission import Limit
from consensus.core.model import AbstentionReason, Usage

ONE_CALL = Usage(calls=1)


class ConsensusError(Exception):
    """Root. reason is stable and UPPER_SNAKE; the message says what to do."""

    reason = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong with a request, and what to do.

    pointer is the JSON Pointer, as a URI fragment, of the member of the body, parameter the name
    of the query's parameter that is to blame; "" for neither.
    """

    detail: str
    pointer: str = ""
    parameter: str = ""


class CallerError(ConsensusError):
    """The request cannot be served as it is. mistakes are those whose place is known."""

    reason = "BAD_REQUEST"
    mistakes: tuple[Mistake, ...] = ()


class InvalidTask(CallerError):
    """A value out of range, or options that contradict each other."""

    reason = "OUT_OF_RANGE"


class KeyReused(CallerError):
    """The Idempotency-Key belongs to another body."""

    reason = "IDEMPOTENCY_KEY_REUSED"


class TaskNotFound(CallerError):
    """No such task, or another owner's."""

    reason = "TASK_NOT_FOUND"


class TaskErased(CallerError):
    """The owner had the task erased: only its tombstone is left."""

    reason = "TASK_ERASED"


class NotDone(CallerError):
    """The task must be DONE first, with an answer."""

    reason = "NOT_DONE"


class FileNotFound(CallerError):
    """No such file, or another owner's."""

    reason = "FILE_NOT_FOUND"


class FileInUse(CallerError):
    """A batch runs whose lines are in the file."""

    reason = "FILE_IN_USE"


class TooManyFiles(CallerError):
    """The owner keeps as many files, or as much in them, as allowed."""

    reason = "TOO_MANY_FILES"


class TooManyBatches(CallerError):
    """The owner has as many batches under way as allowed."""

    reason = "TOO_MANY_BATCHES"


class InvalidFile(CallerError):
    """A file of which nothing can be asked."""

    reason = "INVALID_FILE"


class FileTooLarge(CallerError):
    """A file with more bytes or lines than one may have."""

    reason = "TOO_LARGE"


class BatchNotFound(CallerError):
    """No such batch, or another owner's."""

    reason = "BATCH_NOT_FOUND"


class WrongHost(CallerError):
    """The service was called by a name that is not its own."""

    reason = "WRONG_HOST"


class Unauthenticated(CallerError):
    """No credentials, or unknown ones."""

    reason = "UNAUTHENTICATED"


class Forbidden(CallerError):
    """Known, but not allowed this."""

    reason = "FORBIDDEN"


class TooManyTasks(CallerError):
    """The owner has as many open tasks as allowed.

    retry_after: seconds until asking again; limits: how far the owner was from each; spent: the
    name of the one that refused.
    """

    reason = "TOO_MANY_TASKS"
    spent = "open"

    def __init__(self, message: str, retry_after: float, limits: Sequence[Limit] = ()) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.limits = limits


class TooFast(TooManyTasks):
    """The owner has asked for as many tasks within a minute as allowed."""

    reason = "TOO_FAST"
    spent = "minute"


class NotTold(ConsensusError):
    """A subscriber did not take a notice in. final: it wants none of it, now or later."""

    reason = "NOT_TOLD"

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


class NoRoom(ConsensusError):
    """The store holds as many of the owner's open tasks, or seats, as it may."""

    reason = "NO_ROOM"


class ConfigurationError(CallerError):
    """A setting that cannot work; the operator must change it."""

    reason = "CONFIGURATION"


class TransientError(ConsensusError):
    """May succeed when tried again.

    heals says whether it may do so by itself. What does not is still no fault of the message that
    met it: that waits in its queue until the operator has acted, but nobody asks again meanwhile.
    """

    reason = "UNAVAILABLE"
    heals = True


class Conflict(TransientError):
    """The stored version moved on."""

    reason = "CONFLICT"


class StoreUnavailable(TransientError):
    """The store did not answer, or its answer was lost."""

    reason = "STORE_UNAVAILABLE"


class StoreRefuses(StoreUnavailable):
    """The store answered, and will answer the same until its operator acts."""

    reason = "STORE_REFUSES"
    heals = False


class BusUnavailable(TransientError):
    """A message could not be published."""

    reason = "BUS_UNAVAILABLE"


class BusRefuses(BusUnavailable):
    """The bus answered, and will answer the same until its operator acts."""

    reason = "BUS_REFUSES"
    heals = False


class WorkerUnavailable(TransientError):
    """No worker took the seat, or its stream broke."""

    reason = "WORKER_UNAVAILABLE"


class WorkerRefuses(WorkerUnavailable):
    """The workers refuse whoever asks, and will until their operator acts."""

    reason = "WORKER_REFUSES"
    heals = False


class DecodeError(ConsensusError):
    """A message that will never decode."""

    reason = "UNDECODABLE"


class ModelError(ConsensusError):
    """A model call that ended without a usable answer.

    retry_after is the wait in seconds that the endpoint asked for, None where it did not;
    retryable says whether the same call may succeed later; usage is what the attempt cost.
    away: nobody was there to answer, so that asking again is no second attempt at an answer.
    """

    reason = "MODEL_ERROR"

    def __init__(
        self,
        message: str,
        why: AbstentionReason,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        usage: Usage = ONE_CALL,
        away: bool = False,
    ) -> None:
        super().__init__(message)
        self.why = why
        self.retryable = retryable
        self.retry_after = retry_after
        self.usage = usage
        self.away = away
