"""What can happen to a task, and what must be done about it. Values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consensus.core.model import Ballot, Notice, Recorded, Task, Verdict


@dataclass(frozen=True, slots=True)
class Submitted:
    """The task was stored."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A dispatcher wants to hold the task; an earlier holder is superseded if that is allowed.

    dispatch is the id of the message that was delivered, replaces the holder that its sender knew
    of: "" for none.
    """

    holder: str
    dispatch: str = ""
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class StillHeld:
    """The holder says that it is alive."""

    holder: str


@dataclass(frozen=True, slots=True)
class BallotCast:
    """A seat cast its vote or abstained."""

    ballot: Ballot


@dataclass(frozen=True, slots=True)
class VerdictsGiven:
    """A model that was asked about some of the task's doubts has answered, or cannot.

    They were one call; the first that counts carries what it cost.
    """

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Hedged:
    """The holder wants to ask a straggling seat a second time: counted before it is spent."""

    holder: str
    seat: int


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """A timer says that the deadline has come."""


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """The owner no longer wants an answer."""


@dataclass(frozen=True, slots=True)
class Swept:
    """The periodic look at every open task; sent_at is when it saw that it was last sent for."""

    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallsBegun:
    """Workers have begun with these seats: from now on their calls may cost something."""

    holder: str
    seats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CallLost:
    """A worker that had begun with a seat was lost; the holder asks another."""

    holder: str
    seat: int | None = None  # None: it was about doubts


Event = (
    Submitted
    | Taken
    | StillHeld
    | BallotCast
    | VerdictsGiven
    | Hedged
    | CallsBegun
    | CallLost
    | DeadlineReached
    | CancelRequested
    | Swept
)


class Effect(StrEnum):
    """What must happen in the world after the commit."""

    DISPATCH = "DISPATCH"


class Ignored(StrEnum):
    """Why a ballot or a verdict did not count, or a hedge or the task is not granted."""

    LATE = "LATE"
    DUPLICATE = "DUPLICATE"
    SURPLUS = "SURPLUS"
    SEAT_NOT_ASKED = "SEAT_NOT_ASKED"
    NOT_IN_DOUBT = "NOT_IN_DOUBT"
    NO_HEDGE = "NO_HEDGE"
    HELD = "HELD"


@dataclass(frozen=True, slots=True)
class Step:
    """What an event made of a task: the task (the same object where nothing changed), the ballot to
    commit with it, the effects to perform afterwards, why the event was ignored, and, where it
    ended the task, the notices to commit with it: what its subscribers are to be told."""

    task: Task
    recorded: Recorded | None = None
    effects: tuple[Effect, ...] = ()
    ignored: Ignored | None = None
    notices: tuple[Notice, ...] = ()
