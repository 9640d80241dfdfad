import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FormatKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FORMAT_KIND_UNSPECIFIED: _ClassVar[FormatKind]
    FORMAT_KIND_OBJECT: _ClassVar[FormatKind]
    FORMAT_KIND_SCHEMA: _ClassVar[FormatKind]
    FORMAT_KIND_TOOLS: _ClassVar[FormatKind]

class Strategy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STRATEGY_UNSPECIFIED: _ClassVar[Strategy]
    STRATEGY_EXACT: _ClassVar[Strategy]
    STRATEGY_NUMERIC: _ClassVar[Strategy]
    STRATEGY_SEMANTIC: _ClassVar[Strategy]
    STRATEGY_STRUCTURED: _ClassVar[Strategy]
    STRATEGY_TEXT: _ClassVar[Strategy]

class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_UNSPECIFIED: _ClassVar[Stage]
    STAGE_ACCEPTED: _ClassVar[Stage]
    STAGE_PROGRESS: _ClassVar[Stage]
    STAGE_COMPLETED: _ClassVar[Stage]
    STAGE_ABSTAINED: _ClassVar[Stage]

class Availability(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AVAILABILITY_UNSPECIFIED: _ClassVar[Availability]
    AVAILABILITY_AVAILABLE: _ClassVar[Availability]
    AVAILABILITY_BUSY: _ClassVar[Availability]
    AVAILABILITY_DRAINING: _ClassVar[Availability]
FORMAT_KIND_UNSPECIFIED: FormatKind
FORMAT_KIND_OBJECT: FormatKind
FORMAT_KIND_SCHEMA: FormatKind
FORMAT_KIND_TOOLS: FormatKind
STRATEGY_UNSPECIFIED: Strategy
STRATEGY_EXACT: Strategy
STRATEGY_NUMERIC: Strategy
STRATEGY_SEMANTIC: Strategy
STRATEGY_STRUCTURED: Strategy
STRATEGY_TEXT: Strategy
STAGE_UNSPECIFIED: Stage
STAGE_ACCEPTED: Stage
STAGE_PROGRESS: Stage
STAGE_COMPLETED: Stage
STAGE_ABSTAINED: Stage
AVAILABILITY_UNSPECIFIED: Availability
AVAILABILITY_AVAILABLE: Availability
AVAILABILITY_BUSY: Availability
AVAILABILITY_DRAINING: Availability

class ProcessTaskRequest(_message.Message):
    __slots__ = ("task_id", "seat", "voter", "messages", "strategy", "deadline", "traceparent", "doubt", "doubts", "ballots", "format", "rate", "spend_usd", "writing")
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    SEAT_FIELD_NUMBER: _ClassVar[int]
    VOTER_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    DOUBT_FIELD_NUMBER: _ClassVar[int]
    DOUBTS_FIELD_NUMBER: _ClassVar[int]
    BALLOTS_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    SPEND_USD_FIELD_NUMBER: _ClassVar[int]
    WRITING_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    seat: int
    voter: str
    messages: _containers.RepeatedCompositeFieldContainer[ChatMessage]
    strategy: Strategy
    deadline: _timestamp_pb2.Timestamp
    traceparent: str
    doubt: Doubt
    doubts: Doubts
    ballots: int
    format: Format
    rate: float
    spend_usd: float
    writing: Writing
    def __init__(self, task_id: _Optional[str] = ..., seat: _Optional[int] = ..., voter: _Optional[str] = ..., messages: _Optional[_Iterable[_Union[ChatMessage, _Mapping]]] = ..., strategy: _Optional[_Union[Strategy, str]] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., traceparent: _Optional[str] = ..., doubt: _Optional[_Union[Doubt, _Mapping]] = ..., doubts: _Optional[_Union[Doubts, _Mapping]] = ..., ballots: _Optional[int] = ..., format: _Optional[_Union[Format, _Mapping]] = ..., rate: _Optional[float] = ..., spend_usd: _Optional[float] = ..., writing: _Optional[_Union[Writing, _Mapping]] = ...) -> None: ...

class Format(_message.Message):
    __slots__ = ("kind", "schema", "name", "required")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    kind: FormatKind
    schema: str
    name: str
    required: bool
    def __init__(self, kind: _Optional[_Union[FormatKind, str]] = ..., schema: _Optional[str] = ..., name: _Optional[str] = ..., required: _Optional[bool] = ...) -> None: ...

class Doubt(_message.Message):
    __slots__ = ("number", "one", "other", "question")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ONE_FIELD_NUMBER: _ClassVar[int]
    OTHER_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    number: int
    one: str
    other: str
    question: str
    def __init__(self, number: _Optional[int] = ..., one: _Optional[str] = ..., other: _Optional[str] = ..., question: _Optional[str] = ...) -> None: ...

class Doubts(_message.Message):
    __slots__ = ("pairs", "question")
    PAIRS_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    pairs: _containers.RepeatedCompositeFieldContainer[Doubt]
    question: str
    def __init__(self, pairs: _Optional[_Iterable[_Union[Doubt, _Mapping]]] = ..., question: _Optional[str] = ...) -> None: ...

class Writing(_message.Message):
    __slots__ = ("number", "question", "claims")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    number: int
    question: str
    claims: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, number: _Optional[int] = ..., question: _Optional[str] = ..., claims: _Optional[_Iterable[str]] = ...) -> None: ...

class ProcessTaskResponse(_message.Message):
    __slots__ = ("stage", "worker", "characters", "reason", "rate")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    CHARACTERS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    stage: Stage
    worker: str
    characters: int
    reason: str
    rate: float
    def __init__(self, stage: _Optional[_Union[Stage, str]] = ..., worker: _Optional[str] = ..., characters: _Optional[int] = ..., reason: _Optional[str] = ..., rate: _Optional[float] = ...) -> None: ...

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("worker", "availability", "in_flight", "capacity", "cpu", "memory_bytes")
    WORKER_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    CPU_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    worker: str
    availability: Availability
    in_flight: int
    capacity: int
    cpu: float
    memory_bytes: int
    def __init__(self, worker: _Optional[str] = ..., availability: _Optional[_Union[Availability, str]] = ..., in_flight: _Optional[int] = ..., capacity: _Optional[int] = ..., cpu: _Optional[float] = ..., memory_bytes: _Optional[int] = ...) -> None: ...

class ChatMessage(_message.Message):
    __slots__ = ("role", "content")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    role: str
    content: str
    def __init__(self, role: _Optional[str] = ..., content: _Optional[str] = ...) -> None: ...
