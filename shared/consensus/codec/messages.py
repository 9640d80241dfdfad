"""Pub/Sub messages <-> core: versioned payloads.

A payload is one JSON object with version, kind and traceparent; decoding is strict and total: what
is not exactly a message of an allowed kind raises DecodeError, which never repeats the payload.
"""

from __future__ import annotations

import base64
import json
import math
import re
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
)

from consensus.codec.validation import explain, known_reason
from consensus.codec.values import LONGEST, decode_leaves, decode_value, encode_leaves, encode_value
from consensus.core.answers import LONGEST_ANSWER
from consensus.core.errors import DecodeError
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Ballot,
    Finding,
    Reading,
    Task,
    Timing,
    Usage,
    Verdict,
    Vote,
)

VERSION: Final[Literal[1]] = 1
MAX_TEXT: Final = 100_000  # characters of a whole answer
MAX_FINAL: Final = LONGEST_ANSWER
MAX_CANONICAL: Final = 16_000
MAX_NAME: Final = 200
MAX_DETAIL: Final = 1_000
MAX_TRACEPARENT: Final = 128
MAX_VECTOR: Final = 65_536  # bytes: 16,384 dimensions
MAX_VALUE: Final = LONGEST  # characters of an answer's value, or of its leaves
MAX_SEAT: Final = 1_000
MAX_VERDICTS: Final = 64
MAX_COUNT: Final = 10**12


@dataclass(frozen=True, slots=True)
class DispatchMessage:
    """A task wants a holder, in place of the one that it had when this was sent: "" for none."""

    task_id: str
    traceparent: str = ""
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class BallotMessage:
    """A seat brings its vote or abstention."""

    task_id: str
    ballot: Ballot
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class VerdictMessage:
    """A model's word on the doubts of one call."""

    task_id: str
    verdicts: tuple[Verdict, ...]
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class DeadlineMessage:
    """A task's time is up."""

    task_id: str
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class SweepMessage:
    """Every open task wants a look."""

    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class NoticeMessage:
    """A notice is to be told, by its key."""

    notice: str
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class BatchMessage:
    """A batch wants a look."""

    batch_id: str
    traceparent: str = ""


Kind = TypeVar("Kind")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


_TASK_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
# Ids become document names and paths.
_TaskId = Annotated[str, Field(pattern=r"\A[A-Za-z0-9_-]{1,128}\z")]
_Seat = Annotated[int, Field(ge=0, le=MAX_SEAT)]
_Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
_Name = Annotated[str, Field(max_length=MAX_NAME)]


class _Usage(_Strict):
    calls: _Count
    input_tokens: _Count
    output_tokens: _Count
    cost_usd: Annotated[float, Field(ge=0, le=1e9)] | None


class _Reading(_Strict):
    text: Annotated[str, Field(max_length=MAX_TEXT)]
    final: Annotated[str, Field(max_length=MAX_FINAL)]
    canonical: Annotated[str, Field(max_length=MAX_CANONICAL)]
    confidence: Annotated[float, Field(ge=0, le=1)] | None
    vector: str  # base64 of little-endian float32
    embedder: _Name
    value: Annotated[str, Field(max_length=MAX_VALUE)] = ""
    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    leaves: Annotated[str, Field(max_length=MAX_VALUE)] = ""

    @field_validator("vector")
    @classmethod
    def _is_vector(cls, text: str) -> str:
        _vector(text)
        return text


class _Message(_Strict):
    version: Literal[1]
    traceparent: Annotated[str, Field(max_length=MAX_TRACEPARENT)] = ""


class _Dispatch(_Message):
    kind: Literal["dispatch"] = "dispatch"
    task_id: _TaskId
    replaces: _Name = ""

    def incoming(self) -> DispatchMessage:
        return DispatchMessage(self.task_id, self.traceparent, self.replaces)


class _Timing(_Strict):
    seconds: Annotated[float, Field(ge=0, le=1e6)]
    first_word: Annotated[float, Field(ge=0, le=1e6)] | None = None

    def incoming(self) -> Timing:
        return Timing(self.seconds, self.first_word)


class _Vote(_Message):
    kind: Literal["vote"] = "vote"
    task_id: _TaskId
    seat: _Seat
    reading: _Reading
    voter: _Name
    model: _Name
    power: Annotated[float, Field(gt=0, le=1e6)]
    usage: _Usage
    timing: _Timing | None = None

    def incoming(self) -> BallotMessage:
        read = self.reading.model_dump() | {
            "vector": _vector(self.reading.vector),
            "value": decode_value(self.reading.value),
            "leaves": decode_leaves(self.reading.leaves),
        }
        vote = Vote(
            self.seat,
            Reading(**read),
            self.voter,
            self.model,
            self.power,
            Usage(**self.usage.model_dump()),
            self.timing.incoming() if self.timing else None,
        )
        return BallotMessage(self.task_id, vote, self.traceparent)


class _Abstention(_Message):
    kind: Literal["abstention"] = "abstention"
    task_id: _TaskId
    seat: _Seat
    reason: Annotated[AbstentionReason, BeforeValidator(known_reason)]
    detail: Annotated[str, Field(max_length=MAX_DETAIL)]
    voter: _Name
    usage: _Usage
    timing: _Timing | None = None

    def incoming(self) -> BallotMessage:
        usage = Usage(**self.usage.model_dump())
        timing = self.timing.incoming() if self.timing else None
        abstention = Abstention(self.seat, self.reason, self.detail, self.voter, usage, timing)
        return BallotMessage(self.task_id, abstention, self.traceparent)


class _Found(_Strict):
    doubt: _Seat
    finding: Finding


class _Verdict(_Message):
    kind: Literal["verdict"] = "verdict"
    task_id: _TaskId
    doubt: _Seat
    finding: Finding
    usage: _Usage
    text: Annotated[str, Field(max_length=MAX_FINAL)] = ""
    others: Annotated[list[_Found], Field(max_length=MAX_VERDICTS)] = []

    def incoming(self) -> VerdictMessage:
        usage = Usage(**self.usage.model_dump())
        first = Verdict(self.doubt, self.finding, usage, self.text)
        others = (Verdict(found.doubt, found.finding) for found in self.others)
        return VerdictMessage(self.task_id, (first, *others), self.traceparent)


class _Deadline(_Message):
    kind: Literal["deadline"] = "deadline"
    task_id: _TaskId

    def incoming(self) -> DeadlineMessage:
        return DeadlineMessage(self.task_id, self.traceparent)


class _Sweep(_Message):
    kind: Literal["sweep"] = "sweep"

    def incoming(self) -> SweepMessage:
        return SweepMessage(self.traceparent)


class _Notice(_Message):
    kind: Literal["notice"] = "notice"
    notice: Annotated[str, Field(pattern=r"\A[A-Za-z0-9_-]{1,128}\.[a-z0-9-]{1,64}\.[a-z]{1,20}\z")]

    def incoming(self) -> NoticeMessage:
        return NoticeMessage(self.notice, self.traceparent)


class _Batch(_Message):
    kind: Literal["batch"] = "batch"
    batch_id: _TaskId

    def incoming(self) -> BatchMessage:
        return BatchMessage(self.batch_id, self.traceparent)


_Any = _Dispatch | _Vote | _Abstention | _Verdict | _Deadline | _Sweep | _Notice | _Batch
_PAYLOAD: TypeAdapter[_Any] = TypeAdapter(Annotated[_Any, Field(discriminator="kind")])


def encode_dispatch(task: Task) -> bytes:
    """The payload that asks for the task's holder, in place of the one that it has."""
    message = _Dispatch(
        version=VERSION,
        task_id=task.id,
        traceparent=_traceparent(task.traceparent),
        replaces=task.holder,
    )
    # A dispatcher that does not know the field yet refuses it, so it is there only where it says
    # something.
    return message.model_dump_json(exclude=None if task.holder else {"replaces"}).encode()


def encode_ballot(task_id: str, ballot: Ballot, traceparent: str) -> bytes:
    """The payload that brings a ballot.

    Text that is only shown is cut to its bound. A vote whose final answer is over its bound cannot
    be cut, since a cut answer is not a vote: it travels as an abstention, UNREADABLE, as which any
    reader knows it.
    """
    match ballot:
        case Vote() if _is_too_long(ballot.reading):
            detail = f"the final answer is longer than {MAX_FINAL} characters"
            unread = Abstention(
                ballot.seat,
                AbstentionReason.UNREADABLE,
                detail,
                ballot.voter,
                ballot.usage,
                ballot.timing,
            )
            return encode_ballot(task_id, unread, traceparent)
        case Vote():
            told = _vote(task_id, ballot, traceparent)
            # An aggregator that does not know these fields yet refuses them, as above; where the
            # dispatch did not say that values are understood, there is none.
            untold = {"probability"} if told.reading.probability is None else set()
            untold |= {name for name in ("value", "leaves") if not getattr(told.reading, name)}
            exclude: dict[str, set[str] | bool] = {"reading": untold}
            exclude |= {} if told.timing else {"timing": True}
            return told.model_dump_json(exclude=exclude).encode()
        case Abstention():
            abstained = _abstention(task_id, ballot, traceparent)
            return abstained.model_dump_json(
                exclude=None if abstained.timing else {"timing"}
            ).encode()


def encode_verdicts(task_id: str, verdicts: Sequence[Verdict], traceparent: str) -> bytes:
    """The payload that brings the verdicts of one call, at least one; their costs are added up."""
    first, *others = verdicts
    message = _Verdict(
        version=VERSION,
        task_id=task_id,
        traceparent=_traceparent(traceparent),
        doubt=first.doubt,
        finding=first.finding,
        usage=_usage(sum((verdict.usage for verdict in verdicts), Usage())),
        text=_clean(first.text, MAX_FINAL),
        others=[_Found(doubt=v.doubt, finding=v.finding) for v in others],
    )
    # An aggregator that does not know the fields yet refuses them, as above.
    untold = {name for name in ("text", "others") if not getattr(message, name)}
    return message.model_dump_json(exclude=untold).encode()


def encode_deadline(task_id: str) -> bytes:
    """The payload that says that a task's time is up."""
    return _bytes(_Deadline(version=VERSION, task_id=task_id))


def encode_sweep() -> bytes:
    """The payload that asks for a look at every open task."""
    return _bytes(_Sweep(version=VERSION))


def encode_notice(key: str) -> bytes:
    """The payload that asks for a notice to be told."""
    return _bytes(_Notice(version=VERSION, notice=key))


def encode_batch(batch_id: str) -> bytes:
    """The payload that asks for a look at a batch."""
    return _bytes(_Batch(version=VERSION, batch_id=batch_id))


def task_of(payload: bytes) -> str:
    """The id of the task that a payload names, however else it is; "" where it names none."""
    try:
        said = json.loads(payload)
        named = said["task_id"] if "task_id" in said else said["notice"].partition(".")[0]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""
    return named if isinstance(named, str) and _TASK_ID.fullmatch(named) else ""


def decode(data: bytes, allowed: Collection[type[Kind]]) -> Kind:
    """The message, if its type is among the allowed: a topic's writers may say only what it is for.

    Raises DecodeError for anything else.
    """
    try:
        message = _PAYLOAD.validate_json(data).incoming()
    except ValidationError as error:
        raise DecodeError(explain(error)) from None
    for kind in allowed:
        if isinstance(message, kind):
            return message
    raise DecodeError(f"a {type(message).__name__} does not belong here")


def _vote(task_id: str, vote: Vote, traceparent: str) -> _Vote:
    reading = vote.reading
    return _Vote(
        version=VERSION,
        task_id=task_id,
        traceparent=_traceparent(traceparent),
        seat=vote.seat,
        reading=_Reading(
            text=_clean(reading.text, MAX_TEXT),
            final=_clean(reading.final, MAX_FINAL),
            canonical=_clean(reading.canonical, MAX_CANONICAL),
            confidence=reading.confidence,
            vector=base64.b64encode(reading.vector).decode(),
            embedder=_clean(reading.embedder, MAX_NAME),
            value=encode_value(reading.value),
            leaves=encode_leaves(reading.leaves),
            probability=reading.probability,
        ),
        voter=_clean(vote.voter, MAX_NAME),
        model=_clean(vote.model, MAX_NAME),
        power=vote.power,
        usage=_usage(vote.usage),
        timing=_timing(vote.timing),
    )


def _abstention(task_id: str, abstention: Abstention, traceparent: str) -> _Abstention:
    return _Abstention(
        version=VERSION,
        task_id=task_id,
        traceparent=_traceparent(traceparent),
        seat=abstention.seat,
        reason=abstention.reason,
        detail=_clean(abstention.detail, MAX_DETAIL),
        voter=_clean(abstention.voter, MAX_NAME),
        usage=_usage(abstention.usage),
        timing=_timing(abstention.timing),
    )


def _usage(usage: Usage) -> _Usage:
    return _Usage(
        calls=usage.calls,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cost_usd=usage.cost_usd,
    )


def _timing(timing: Timing | None) -> _Timing | None:
    return _Timing(seconds=timing.seconds, first_word=timing.first_word) if timing else None


def _is_too_long(reading: Reading) -> bool:
    return len(reading.final) > MAX_FINAL or len(reading.canonical) > MAX_CANONICAL


def _clean(text: str, longest: int) -> str:
    """Cut, and without halves of surrogate pairs, which a model may write and UTF-8 cannot."""
    return text[:longest].encode(errors="replace").decode()


def _traceparent(text: str) -> str:
    return text if len(text) <= MAX_TRACEPARENT else ""


def _vector(text: str) -> bytes:
    """Raises ValueError for what is not base64 of finite float32 values."""
    vector = base64.b64decode(text, validate=True)
    if len(vector) > MAX_VECTOR or len(vector) % 4:
        raise ValueError("not a vector of float32, or too long")
    if not all(math.isfinite(value) for (value,) in struct.iter_unpack("<f", vector)):
        raise ValueError("a value is not finite")
    return vector


def _bytes(message: BaseModel) -> bytes:
    return message.model_dump_json().encode()
