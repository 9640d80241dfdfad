"""What the service answers with: JSON as it comes, typed. docs/api.md explains every member.

A newer service may send more than is named here.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class Group(TypedDict):
    """Votes whose answers mean the same. share is of the whole weight, 0 to 1."""

    answer: str
    votes: int
    weight: float
    share: float


class _Result(TypedDict, total=False):
    answer_probability: float | None
    value: Any
    composed: bool
    parts: list[dict[str, Any]]


class Result(_Result):
    """How a task ended. On NO_CONSENSUS answer is the leading one, and not to be trusted."""

    outcome: Literal["CONSENSUS", "NO_CONSENSUS", "FAILED", "CANCELLED"]
    close_reason: str
    answer: str | None
    agreement: float
    min_agreement: float
    margin: float
    confidence: float | None
    probability_correct: float | None
    groups: list[Group]
    explanation: str


class _Usage(TypedDict, total=False):
    calls_saved: int | None
    known_cost_usd: float | None
    adjudication_calls: int
    uncertain_calls: int


class Usage(_Usage):
    """What was spent. cost_usd is None where a price is unknown, known_cost_usd what is known of
    it; calls_saved is None unless the panel decided; uncertain_calls may have been made besides."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None


class Progress(TypedDict):
    """Seats by what came of them."""

    asked: int
    voted: int
    abstained: int
    waves: int


class _Task(TypedDict, total=False):
    prompt: str
    messages: list[dict[str, Any]]
    plan: dict[str, Any]
    feedback: dict[str, Any]


class Task(_Task):
    """A task as it stands; result is None until state is DONE. Times are RFC 3339, UTC."""

    id: str
    state: Literal["QUEUED", "RUNNING", "DONE"]
    progress: Progress
    result: Result | None
    usage: Usage
    metadata: dict[str, str]
    created_at: str
    deadline: str
    finished_at: str | None


class _Ballot(TypedDict, total=False):
    model: str
    answer: str
    text: str
    group: int | None
    confidence: float | None
    probability: float | None
    reason: str
    detail: str


class Ballot(_Ballot):
    """One seat's vote, or its abstention with a reason. group is a place in result.groups."""

    seat: int
    kind: Literal["vote", "abstention"]
    counted: bool
    order: int
    at: str
    seconds: float | None
    worked_seconds: float | None
    first_word_seconds: float | None
    voter: str
    usage: Usage


class Page(TypedDict):
    """One page of a listing; an empty token says that it is the last."""

    tasks: list[dict[str, Any]]
    next_page_token: str
