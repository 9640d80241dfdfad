"""The nouns of the service. Immutable values; times are timezone-aware UTC, durations seconds.

A *task* has a *plan*; its *panel* has numbered *seats*; a seat brings one *ballot*, a *vote* or an
*abstention*; seats are asked in *waves*; votes that mean the same form a *group*; a pair of answers
that may mean the same is a *doubt*, on which a model gives its *verdict*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from consensus.core.values import Value

PROBABLY_RIGHT = 0.5  # an answer less probable than that waits for a person's decision
IMPROBABLE = 0.5  # of a short answer, by the tokens of those who agree on it
SHORT = 5  # words


class Strategy(StrEnum):
    """How two answers are compared."""

    EXACT = "exact"
    NUMERIC = "numeric"
    SEMANTIC = "semantic"
    STRUCTURED = "structured"  # JSON, part by part
    TEXT = "text"  # one of several texts, as it was written

    @property
    def has_parts(self) -> bool:
        """Whether answers are compared by their parts rather than as one short value."""
        return self in (Strategy.STRUCTURED, Strategy.TEXT)


class FormatKind(StrEnum):
    """The kinds of JSON that a caller may ask for, by the protocol's names."""

    OBJECT = "json_object"
    SCHEMA = "json_schema"
    TOOLS = "tools"


class Compose(StrEnum):
    """What may be made of texts, besides choosing one of them."""

    SUPPORTED = "supported"  # a model writes one of the sentences that the panel supports


class Voting(StrEnum):
    """What a vote weighs: its voter's power times its confidence, or its power alone."""

    CONFIDENCE_WEIGHTED = "confidence_weighted"
    MAJORITY = "majority"


class Complexity(StrEnum):
    """How hard analysis takes a task to be."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class State(StrEnum):
    """Where a task stands. It only ever moves downwards in this list."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"


class Outcome(StrEnum):
    """How a finished task ended."""

    CONSENSUS = "CONSENSUS"
    NO_CONSENSUS = "NO_CONSENSUS"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_decision(self) -> bool:
        """Whether the panel was heard out, with an answer to trust or without."""
        return self in (Outcome.CONSENSUS, Outcome.NO_CONSENSUS)


class CloseReason(StrEnum):
    """Why the service stopped asking."""

    SETTLED = "SETTLED"
    EXHAUSTED = "EXHAUSTED"
    DEADLINE = "DEADLINE"
    BUDGET = "BUDGET"
    CANCELLED = "CANCELLED"
    NO_VOTES = "NO_VOTES"


class AbstentionReason(StrEnum):
    """Why a seat cast no vote."""

    WORKER_LOST = "WORKER_LOST"  # the stream broke, and no other worker took the seat
    MODEL_UNREACHABLE = "MODEL_UNREACHABLE"  # no connection, or it broke
    MODEL_REFUSED = "MODEL_REFUSED"  # 4xx: bad key, unknown model, content policy
    MODEL_FAILED = "MODEL_FAILED"  # 5xx, or a reply that is not the protocol
    RATE_LIMITED = "RATE_LIMITED"
    OUT_OF_TIME = "OUT_OF_TIME"
    UNFINISHED = "UNFINISHED"  # finish_reason was not "stop": a cut answer is not a vote
    UNREADABLE = "UNREADABLE"  # finished, but what it gives as its answer cannot be made out
    DECLINED = "DECLINED"  # a refusal, "I don't know", N/A, or nothing at all
    TOO_LONG = "TOO_LONG"  # the answer is longer than a vote may be, and no answer is cut


class Finding(StrEnum):
    """What an adjudicator says of two answers, or that it wrote what it was asked for."""

    SAME = "SAME"
    DIFFERENT = "DIFFERENT"
    UNKNOWN = "UNKNOWN"  # it could not be asked in time, or its reply was none of the others
    WRITTEN = "WRITTEN"


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message: role is system, user or assistant."""

    role: str
    content: str


def question_of(messages: Sequence[Message]) -> str:
    """What a conversation asks: its last user message, "" if there is none."""
    return next((m.content for m in reversed(messages) if m.role == "user"), "")


@dataclass(frozen=True, slots=True)
class Format:
    """The JSON that is wanted: any object, what fits a schema, or calls of tools.

    schema is the JSON schema as text, or the list of the tools; name is what the caller calls it.
    required: a tool must be called; an answer in words does not count.
    """

    kind: FormatKind
    schema: str = ""
    name: str = ""
    strict: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller asked for. None: task analysis decides."""

    strategy: Strategy | None = None
    voting: Voting | None = None
    min_votes: int | None = None
    max_votes: int | None = None
    min_agreement: float | None = None
    timeout_seconds: float | None = None
    numeric_tolerance: float | None = None
    format: Format | None = None
    compose: Compose | None = None


@dataclass(frozen=True, slots=True)
class ShapePrior:
    """How answers of a task's family usually spread, learned from tasks that are DONE.

    weights are those of the mixture over the families of `prior`, in their order, summing to 1;
    they are not weights of votes. tasks is the number of tasks it was learned from.
    """

    weights: tuple[float, ...]
    tasks: int = 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """How often results like this one were right, learned from judged tasks.

    weights are the regression's, one for each of `calibration.features`, in their order; tasks is
    the number of judged tasks. They are not weights of votes. models are those whose votes were
    judged; it says nothing about results of others. Empty if they are unknown.
    """

    weights: tuple[float, ...]
    tasks: int = 0
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VoterWeight:
    """What a voter's votes weigh, learned from its record among the others: 1 is neutral."""

    voter: str
    weight: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How a task will be decided; fixed at submit.

    min_agreement is a share of the weight (0.5..1), numeric_tolerance is relative. A threshold that
    the caller gave is kept; one from analysis (threshold_is_adaptive) follows the voting pattern.
    adjudications is how many pairs of answers a model may be asked about. prior, calibration and
    voter_weights are what was learned before the task was submitted, so that a result is a function
    of its plan and votes alone; None or empty if nothing is known. format is the JSON that is
    wanted, None for any answer; derived says that its parts follow from one another (a computed
    value, a tool's call), so that an answer is taken whole. compose is what may be made of texts;
    None: one of them is chosen.
    """

    complexity: Complexity = Complexity.MEDIUM
    strategy: Strategy = Strategy.EXACT
    voting: Voting = Voting.CONFIDENCE_WEIGHTED
    min_votes: int = 3
    max_votes: int = 15
    min_agreement: float = 0.6
    timeout_seconds: float = 120.0
    numeric_tolerance: float = 1e-6
    threshold_is_adaptive: bool = False
    max_cost_usd: float | None = None
    adjudications: int = 0
    reason: str = ""
    prior: ShapePrior | None = None
    calibration: Calibration | None = None
    voter_weights: tuple[VoterWeight, ...] = ()
    format: Format | None = None
    derived: bool = False
    compose: Compose | None = None

    @property
    def max_seats(self) -> int:
        """Seats that may ever be asked: every vote, and five replacements of abstentions."""
        return self.max_votes + 5


@dataclass(frozen=True, slots=True)
class Usage:
    """What model calls cost. calls counts attempts; cost_usd is None where a price is unknown."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0

    def __add__(self, other: Usage) -> Usage:
        known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            (self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None,
        )


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a worker read a text within a JSON answer as. place is the text's JSON Pointer, with "-"
    for each item of an array."""

    place: str
    text: str
    value: Value = field(hash=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """A worker's reading of one model answer: all that consensus needs, small enough to send.

    text is the model's whole answer and final the part that answers the question; value is what
    that is, None where an older worker read it; canonical is that worker's comparable form of a
    number. confidence is in 0..1, None if not stated; probability is that of the final answer's
    tokens (0..1), None if the endpoint returned no log-probabilities. vector and embedder
    are what older workers wrote of a sentence embedding: their votes decode, and nothing reads it.
    leaves are what the texts of a JSON answer are, as far as they were read.
    """

    text: str
    final: str
    canonical: str = ""
    confidence: float | None = None
    vector: bytes = b""
    embedder: str = ""
    probability: float | None = None
    value: Value | None = None
    leaves: tuple[Leaf, ...] = field(default=(), hash=False)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a seat's worker had it, in seconds by its own clock: until its ballot was ready, and
    until its model said the first word of the answer, None where that was not heard."""

    seconds: float
    first_word: float | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """One seat's finished answer. power is the voter's voting power; timing is None where an older
    worker brought it."""

    seat: int
    reading: Reading
    voter: str = "default"
    model: str = ""
    power: float = 1.0
    usage: Usage = Usage(calls=1)
    timing: Timing | None = None


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why a seat casts no vote. detail is for people and contains no prompt and no key."""

    seat: int
    reason: AbstentionReason
    detail: str = ""
    voter: str = "default"
    usage: Usage = Usage()
    timing: Timing | None = None


Ballot = Vote | Abstention


@dataclass(frozen=True, slots=True)
class Verdict:
    """An adjudicator's word on one doubt of a task; text is what it wrote, where that was asked."""

    doubt: int
    finding: Finding
    usage: Usage = Usage()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two answers that the rules can neither join nor tell apart: a model is asked about them.

    number counts a task's doubts from 0; verdict is None while it is awaited. If there are
    claims, there are no two answers: the model is asked for a text of them.
    """

    number: int
    one: str
    other: str
    verdict: Verdict | None = None
    claims: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A ballot as the task recorded it: order counts recordings from 1, without gaps at the end."""

    order: int
    at: datetime
    ballot: Ballot


@dataclass(frozen=True, slots=True)
class Progress:
    """asked = voted + abstained + missing (the seats still out)."""

    asked: int = 0
    voted: int = 0
    abstained: int = 0
    waves: int = 0

    @property
    def missing(self) -> int:
        """Seats that were asked and have not answered."""
        return self.asked - self.voted - self.abstained


@dataclass(frozen=True, slots=True)
class Wave:
    """Seats that were asked together: so many, and the number of the first of them."""

    at: datetime
    first: int
    seats: int


@dataclass(frozen=True, slots=True)
class GroupShare:
    """One group of equivalent answers as users see it. share is of the whole weight, 0..1.

    voters names each vote's voter, for what later plans learn of them; empty where all votes of the
    task are one voter's. seats are those that brought the votes, lowest first.
    """

    answer: str
    votes: int
    weight: float
    share: float
    voters: tuple[str, ...] = ()
    seats: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SaidShare:
    """One of the things that votes say of a part: JSON as text, and its share of their weight.

    absent: they say nothing there.
    """

    value: str
    votes: int
    share: float
    absent: bool = False


@dataclass(frozen=True, slots=True)
class PartShare:
    """A part of an answer: a place in JSON by its pointer, or a sentence by its number from 0.

    value is JSON as text, or the sentence. agreement is the share of the weight that holds it, or a
    sentence's support; confidence the probability that it is right, None where nothing tells;
    contradicted the share that holds something else there, or, of the answers that speak to a
    sentence's point (so many), the share that says otherwise; groups is all that was said there.
    absent: the answer has nothing there, though some have.
    """

    path: str
    value: str
    agreement: float
    confidence: float | None = None
    contradicted: float = 0.0
    votes: int = 0
    groups: tuple[SaidShare, ...] = ()
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """The recorded, immutable end of a task. The fields are those of the HTTP surface.

    answer_probability is the mean probability (0..1) of the answer by the tokens of the votes for
    it: uncalibrated, and None where no endpoint told it. models are those of the counted votes, for
    what later plans learn of them.
    Of an answer with parts, agreement is that of the weakest part, by which a consensus is told,
    and whole the share of the votes that say all of it; composed says that no vote does. parts are
    the least agreed of all there are (part_count), in their order in the answer.
    """

    outcome: Outcome
    close_reason: CloseReason
    answer: str | None
    agreement: float
    min_agreement: float
    margin: float
    confidence: float | None
    probability_correct: float | None
    groups: tuple[GroupShare, ...]
    explanation: str
    answer_probability: float | None = None
    models: tuple[str, ...] = ()
    whole: float | None = None
    composed: bool = False
    weakest: str | None = None
    parts: tuple[PartShare, ...] = ()
    part_count: int = 0

    @property
    def improbable(self) -> bool:
        """Whether voters agree on a short answer that their own tokens give little chance.

        Of a long one its wording is improbable, however sure the model is of what it says.
        """
        told, answer = self.answer_probability, self.answer or ""
        short = len(answer.split()) <= SHORT and not self.part_count
        agreed = self.outcome is Outcome.CONSENSUS and short
        return agreed and told is not None and told < IMPROBABLE

    @property
    def unsettled(self) -> bool:
        """Whether it needs a decision: no consensus, or an answer that is probably wrong."""
        if self.outcome is Outcome.CONSENSUS:
            right = self.probability_correct
            return self.improbable or (right is not None and right < PROBABLY_RIGHT)
        return self.outcome is Outcome.NO_CONSENSUS


class NoticeKind(StrEnum):
    """The events of which subscribers are notified."""

    DONE = "task.done"
    UNSETTLED = "task.unsettled"  # it is DONE, and somebody should decide


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody outside who is told of a task's end, by the operator's name for it, and of what."""

    name: str
    kinds: tuple[NoticeKind, ...] = (NoticeKind.DONE, NoticeKind.UNSETTLED)


@dataclass(frozen=True, slots=True)
class Notice:
    """An event of a task that a subscriber has not been told yet.

    due is the time of the next attempt, attempts the number begun so far.
    """

    task_id: str
    subscriber: str
    kind: NoticeKind
    due: datetime
    attempts: int = 0

    @property
    def key(self) -> str:
        """What it is kept under: there is one of a kind for each subscriber of a task."""
        return f"{self.task_id}.{self.subscriber}.{self.kind.name.lower()}"

    @property
    def event_id(self) -> str:
        """By which a receiver knows it again: the same at every attempt."""
        return f"{self.task_id}-{self.kind.name.lower()}"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person said of a DONE task's answer, beside its result, which stays as it is.

    correct says whether the result's answer is right; None where only another answer was given,
    and nobody has compared the two. answer is what is right, None where that was not said. by is
    who said it, "" where an older version kept it.
    """

    at: datetime
    correct: bool | None = None
    answer: str | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A question, its plan, and all that has happened to it.

    prompt is set where the caller gave one instead of messages; messages always holds the
    conversation. ballots holds one record a seat, in recorded order; it is empty in listings and
    watches, which show a task without its votes. waves tells when which seats were asked (tasks of
    older versions do not say). planning is what it cost to ask a model how to decide the task.
    hedges counts second calls for straggling seats and hedged names those seats; begun are the
    seats that a worker of the holder has taken and whose ballots are out, orphaned those that an
    earlier holder's had, lost_calls those whose worker or holder was lost: started, and perhaps
    paid; uncertain counts calls that may have begun besides, before their holder could say so.
    doubts are the pairs of answers that a model was asked about.
    dispatch is the id of the message that brought the holder; held_at is when the holder last said
    that it is there. crowded says so to the bus where its owner has so many open that it is to
    wait apart from others'; sent_at is when the sweep last sent it for a holder. subscribers are
    those who are told of its end, as the operator had named them when it was submitted.
    """

    id: str
    owner: str
    messages: tuple[Message, ...]
    plan: Plan
    created_at: datetime
    deadline: datetime
    prompt: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    traceparent: str = ""
    state: State = State.QUEUED
    holder: str = ""
    dispatch: str = ""
    held_at: datetime | None = None
    crowded: bool = False
    sent_at: datetime | None = None
    subscribers: tuple[Subscriber, ...] = ()
    progress: Progress = Progress()
    waves: tuple[Wave, ...] = ()
    usage: Usage = Usage()
    planning: Usage = Usage()
    last_order: int = 0
    hedges: int = 0
    hedged: tuple[int, ...] = ()
    lost_calls: int = 0
    begun: tuple[int, ...] = ()
    orphaned: tuple[int, ...] = ()
    uncertain: int = 0
    doubts: tuple[Doubt, ...] = ()
    ballots: tuple[Recorded, ...] = ()
    result: Result | None = None
    finished_at: datetime | None = None

    @property
    def question(self) -> str:
        """What the panel is asked."""
        return question_of(self.messages)

    @property
    def votes(self) -> tuple[Vote, ...]:
        """The counted votes, in recorded order."""
        return tuple(r.ballot for r in self.ballots if isinstance(r.ballot, Vote))

    @property
    def abstentions(self) -> tuple[Abstention, ...]:
        """The abstentions that stand, in recorded order."""
        return tuple(r.ballot for r in self.ballots if isinstance(r.ballot, Abstention))

    @property
    def open_doubts(self) -> tuple[Doubt, ...]:
        """The doubts whose verdicts are awaited."""
        return tuple(doubt for doubt in self.doubts if doubt.verdict is None)

    def asked_at(self, seat: int) -> datetime | None:
        """When the seat was asked; None where that was not kept."""
        asked = (w.at for w in self.waves if w.first <= seat < w.first + w.seats)
        return next(asked, None)

    @property
    def seats_out(self) -> int:
        """Seats that work for the task: asked and not heard, or soon to be asked."""
        if self.state is State.QUEUED:
            return self.plan.min_votes
        return self.progress.missing if self.state is State.RUNNING else 0

    @property
    def adjudication_calls(self) -> int:
        """Of the model calls, those about answers in doubt. All open doubts are one call's."""
        told = sum(doubt.verdict.usage.calls for doubt in self.doubts if doubt.verdict)
        return told + bool(self.open_doubts)

    @property
    def calls_saved(self) -> int | None:
        """How many more model calls a fixed max_votes would have made; None unless it was decided:
        what is open, cancelled or failed has saved nothing."""
        if self.result is None or not self.result.outcome.is_decision:
            return None
        return max(0, self.plan.max_votes - self.usage.calls)
