"""The gRPC wire: calls and updates to and from protobuf (proto/consensus/rpc/v1/worker.proto).

Requests are checked, since a worker is a door; responses are read leniently, since a newer worker
may say things that this side does not know yet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from consensus.core.errors import DecodeError
from consensus.core.model import AbstentionReason, Doubt, Format, FormatKind, Message, Strategy
from consensus.core.parts.asking import check_format
from consensus.core.parts.documents import NotOneValue
from consensus.core.parts.writing import MOST_CLAIMS
from consensus.ports import Call, DoubtCall, SeatCall, SeatStage, SeatUpdate
from consensus.rpc.v1 import worker_pb2 as pb

Metadata = tuple[tuple[str, str], ...]
CREDENTIAL = "x-consensus-token"  # metadata; not authorization, which is for the platform's IAM

MOST_PAIRS = 64
ROLES = frozenset({"system", "user", "assistant"})

_STRATEGY = {
    Strategy.EXACT: pb.STRATEGY_EXACT,
    Strategy.NUMERIC: pb.STRATEGY_NUMERIC,
    Strategy.SEMANTIC: pb.STRATEGY_SEMANTIC,
    Strategy.STRUCTURED: pb.STRATEGY_STRUCTURED,
    Strategy.TEXT: pb.STRATEGY_TEXT,
}
_FORMAT = {
    FormatKind.OBJECT: pb.FORMAT_KIND_OBJECT,
    FormatKind.SCHEMA: pb.FORMAT_KIND_SCHEMA,
    FormatKind.TOOLS: pb.FORMAT_KIND_TOOLS,
}
_STAGE = {
    SeatStage.ACCEPTED: pb.STAGE_ACCEPTED,
    SeatStage.PROGRESS: pb.STAGE_PROGRESS,
    SeatStage.COMPLETED: pb.STAGE_COMPLETED,
    SeatStage.ABSTAINED: pb.STAGE_ABSTAINED,
}
_STRATEGY_FROM = {number: strategy for strategy, number in _STRATEGY.items()}
_FORMAT_FROM = {number: kind for kind, number in _FORMAT.items()}
_STAGE_FROM = {number: stage for stage, number in _STAGE.items()}
_REASONS = {reason.value: reason for reason in AbstentionReason}


def credentials(token: str) -> Metadata:
    """The metadata by which a worker knows its callers; none without a token."""
    return ((CREDENTIAL, token),) if token else ()


def to_request(call: Call) -> pb.ProcessTaskRequest:
    """The seat as a worker is asked to take it, or the doubts as it is asked to decide them."""
    deadline = Timestamp()
    deadline.FromDatetime(call.deadline)
    if isinstance(call, DoubtCall):
        # Without messages, so that a worker which knows no doubts refuses instead of voting; and a
        # single one in the field that came first, which more workers know.
        request = pb.ProcessTaskRequest(
            task_id=call.task_id,
            voter=call.voter,
            deadline=deadline,
            traceparent=call.traceparent,
            rate=call.rate,
        )
        first = call.doubts[0]
        if first.claims:
            request.writing.CopyFrom(
                pb.Writing(number=first.number, question=call.question, claims=first.claims)
            )
            return request
        pairs = [pb.Doubt(number=d.number, one=d.one, other=d.other) for d in call.doubts]
        if len(pairs) == 1:
            request.doubt.CopyFrom(pairs[0])
            request.doubt.question = call.question
        else:
            request.doubts.CopyFrom(pb.Doubts(pairs=pairs, question=call.question))
        return request
    return pb.ProcessTaskRequest(
        task_id=call.task_id,
        seat=call.seat,
        voter=call.voter,
        messages=[pb.ChatMessage(role=m.role, content=m.content) for m in call.messages],
        strategy=_STRATEGY[call.strategy],
        deadline=deadline,
        traceparent=call.traceparent,
        ballots=call.ballots,
        format=_format(call.format),
        rate=call.rate,
        spend_usd=call.spend_usd,
    )


def _format(wanted: Format | None) -> pb.Format | None:
    if wanted is None:
        return None
    return pb.Format(
        kind=_FORMAT[wanted.kind], schema=wanted.schema, name=wanted.name, required=wanted.required
    )


def from_request(request: pb.ProcessTaskRequest) -> Call:
    """What a request asks for. DecodeError names the field that is wrong."""
    if not request.task_id:
        raise DecodeError("task_id is empty")
    if request.HasField("doubt"):
        return _doubts(request, [request.doubt], request.doubt.question)
    if request.HasField("doubts"):
        return _doubts(request, request.doubts.pairs, request.doubts.question)
    if request.HasField("writing"):
        return _writing(request)
    return _seat(request)


def _writing(request: pb.ProcessTaskRequest) -> DoubtCall:
    told = request.writing
    if not 0 < len(told.claims) <= MOST_CLAIMS or not all(told.claims):
        raise DecodeError(f"writing.claims must be 1 to {MOST_CLAIMS}, none of them empty")
    return DoubtCall(
        task_id=request.task_id,
        doubts=(Doubt(told.number, "", "", claims=tuple(told.claims)),),
        voter=request.voter or "default",
        question=told.question,
        deadline=_deadline(request),
        traceparent=request.traceparent,
        rate=_rate(request.rate),
    )


def _doubts(request: pb.ProcessTaskRequest, pairs: Sequence[pb.Doubt], question: str) -> DoubtCall:
    if not 0 < len(pairs) <= MOST_PAIRS:
        raise DecodeError(f"doubts must be 1 to {MOST_PAIRS}")
    if any(not pair.one or not pair.other for pair in pairs):
        raise DecodeError("a doubt needs two answers")
    return DoubtCall(
        task_id=request.task_id,
        doubts=tuple(Doubt(pair.number, pair.one, pair.other) for pair in pairs),
        voter=request.voter or "default",
        question=question,
        deadline=_deadline(request),
        traceparent=request.traceparent,
        rate=_rate(request.rate),
    )


def _seat(request: pb.ProcessTaskRequest) -> SeatCall:
    if not request.messages:
        raise DecodeError("messages is empty")
    if any(message.role not in ROLES for message in request.messages):
        raise DecodeError(f"a message's role must be one of {', '.join(sorted(ROLES))}")
    if request.strategy not in _STRATEGY_FROM:
        raise DecodeError("strategy is none that this worker knows")
    return SeatCall(
        task_id=request.task_id,
        seat=request.seat,
        voter=request.voter or "default",
        messages=tuple(Message(m.role, m.content) for m in request.messages),
        strategy=_STRATEGY_FROM[request.strategy],
        deadline=_deadline(request),
        traceparent=request.traceparent,
        ballots=request.ballots,
        format=_wanted(request),
        rate=_rate(request.rate),
        spend_usd=max(0.0, request.spend_usd) if request.HasField("spend_usd") else None,
    )


def _rate(told: float) -> float:
    """A rate as it was told; what is none tells of no limit."""
    return told if math.isfinite(told) and told > 0 else 0.0


def _wanted(request: pb.ProcessTaskRequest) -> Format | None:
    if not request.HasField("format"):
        return None
    told = request.format
    if told.kind not in _FORMAT_FROM:
        raise DecodeError("format.kind is none that this worker knows")
    wanted = Format(_FORMAT_FROM[told.kind], told.schema, told.name, required=told.required)
    try:
        check_format(wanted)
    except NotOneValue as error:
        raise DecodeError(f"format.schema: {error}") from error
    return wanted


def _deadline(request: pb.ProcessTaskRequest) -> datetime:
    if not request.HasField("deadline"):
        raise DecodeError("deadline is missing")
    try:
        return request.deadline.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise DecodeError("deadline is not a time") from error


def to_response(update: SeatUpdate) -> pb.ProcessTaskResponse:
    """The update as it travels."""
    return pb.ProcessTaskResponse(
        stage=_STAGE[update.stage],
        worker=update.worker,
        reason=update.reason.value if update.reason else "",
        rate=update.rate,
    )


def from_response(response: pb.ProcessTaskResponse) -> SeatUpdate:
    """The update in a response; total. An unknown stage is progress, an unknown reason none."""
    return SeatUpdate(
        stage=_STAGE_FROM.get(response.stage, SeatStage.PROGRESS),
        worker=response.worker,
        reason=_REASONS.get(response.reason),
        rate=_rate(response.rate),
    )
