"""What a watcher of a task knows so far: a value, folded from its events.

Servers and polling tell different parts, in any order, more than once; every field is optional
and everything a model wrote has been cleaned before it gets here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from consensus.cli.client import Json
from consensus.cli.terminal import one_line
from consensus.client import Event

ADVICE = {
    "MODEL_REFUSED": "consensus doctor tries what the endpoint takes",
    "MODEL_UNREACHABLE": "check OPENAI_BASE_URL and that the endpoint is up",
    "MODEL_FAILED": "the model endpoint is in trouble; try again later",
    "RATE_LIMITED": "wait a little, or ask fewer with --max-votes",
    "OUT_OF_TIME": "allow more with --timeout",
    "UNREADABLE": "ask for a plain final answer",
    "DECLINED": "ask in other words, or say what the answer may rest on",
    "TOO_LONG": "ask for a shorter answer",
    "WORKER_LOST": "see the service's log",
}


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat that has answered: with a vote, or, where reason is set, with an abstention."""

    number: int
    answer: str = ""
    confidence: float | None = None
    model: str = ""
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Votes that mean the same; share of the whole weight, 0..1."""

    answer: str
    votes: int
    share: float


@dataclass(frozen=True, slots=True)
class Board:
    """The picture so far. task is the task as last told, {} before; needed is the agreement that
    is enough as things stand, None while unknown."""

    task: Json = field(default_factory=dict)
    seats: Mapping[int, Seat] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    asked: int = 0
    waves: int = 0
    agreement: float | None = None
    needed: float | None = None
    confidence: float | None = None

    @property
    def plan(self) -> Json:
        """The task's plan, {} while unknown."""
        return _dict(self.task.get("plan"))

    @property
    def result(self) -> Json:
        """The task's result, {} before its end."""
        return _dict(self.task.get("result"))

    @property
    def progress(self) -> Json:
        """The task's own counts, {} while unknown."""
        return _dict(self.task.get("progress"))

    @property
    def usage(self) -> Json:
        """What the task's model calls came to, {} while unknown."""
        return _dict(self.task.get("usage"))

    @property
    def question(self) -> str:
        """What was asked, on one line: the prompt, or the last user message."""
        prompt = self.task.get("prompt")
        if prompt is None:
            messages = self.task.get("messages")
            listed = messages if isinstance(messages, list) else []
            said = [m.get("content") for m in map(_dict, listed) if m.get("role") == "user"]
            prompt = said[-1] if said else ""
        return one_line(prompt, 400)

    @property
    def voted(self) -> int:
        """Seats that brought a vote."""
        return sum(not seat.reason for seat in self.seats.values())

    @property
    def abstentions(self) -> tuple[Seat, ...]:
        """Seats that brought none, in the order heard of."""
        return tuple(seat for seat in self.seats.values() if seat.reason)


def with_task(board: Board, task: Json) -> Board:
    """The board once the whole task is known."""
    progress, result = _dict(task.get("progress")), _dict(task.get("result"))
    return replace(
        with_progress(board, progress),
        task={**board.task, **task},
        groups=_groups(result) or board.groups,
        agreement=_number(result.get("agreement"), board.agreement),
        needed=_number(result.get("min_agreement"), board.needed),
        confidence=_number(result.get("confidence"), board.confidence),
    )


def with_progress(board: Board, progress: Mapping[str, Any]) -> Board:
    """The board once a task's progress is known; counts only grow."""
    return replace(
        board,
        asked=max(board.asked, int(_number(progress.get("asked"), 0) or 0)),
        waves=max(board.waves, int(_number(progress.get("waves"), 0) or 0)),
    )


def with_event(board: Board, event: Event) -> Board:
    """The board after one more event; unknown kinds change nothing."""
    data = event.data
    match event.kind:
        case "vote" | "abstention":
            seat = _seat(event.kind, data)
            return replace(
                with_progress(board, _dict(data.get("progress"))),
                seats={**board.seats, seat.number: seat},
                asked=max(board.asked, seat.number + 1),
            )
        case "tally":
            return replace(
                with_progress(board, _dict(data.get("progress"), data)),
                groups=_groups(data) or board.groups,
                agreement=_number(data.get("agreement"), board.agreement),
                needed=_number(data.get("min_agreement"), board.needed),
                confidence=_number(data.get("confidence"), board.confidence),
            )
        case "planned" | "progress" | "result":
            return with_task(board, _as_task(event.kind, data))
        case _:
            return board


def reasons(board: Board) -> list[str]:
    """Why seats abstained, commonest first, each with what to do about it."""
    seats = Counter((seat.reason, seat.detail) for seat in board.abstentions)
    return [
        f"{'1 seat' if number == 1 else f'{number} seats'}, {_told_reason(reason, detail)}"
        for (reason, detail), number in seats.most_common()
    ]


def _told_reason(reason: str, detail: str) -> str:
    said = f"{reason}: {detail}" if detail else reason
    # Some details say what to do themselves, and know better.
    wise = any(sign in detail for sign in ("OPENAI_", "CONSENSUS_", ": ", "; "))
    return f"{said} ({ADVICE[reason]})" if reason in ADVICE and not wise else said


def _as_task(kind: str, data: Json) -> Json:
    """A `planned` may be the bare plan and a `result` the bare result."""
    if "id" in data or "plan" in data or "result" in data:
        return data
    key, mark = ("result", "outcome") if kind == "result" else ("plan", "strategy")
    return {key: data} if mark in data else data


def _seat(kind: str, data: Json) -> Seat:
    reason = one_line(data.get("reason") or "ABSTAINED", 40) if kind == "abstention" else ""
    return Seat(
        number=int(_number(data.get("seat"), 0) or 0),
        answer=one_line(data.get("answer") or "", 200),
        confidence=_number(data.get("confidence"), None),
        model=one_line(data.get("model") or "", 60),
        reason=reason,
        detail=one_line(data.get("detail") or "", 300),
    )


def _groups(data: Json) -> tuple[Group, ...]:
    groups = data.get("groups")
    if not isinstance(groups, list):
        return ()
    return tuple(
        Group(
            one_line(group.get("answer") or "", 200),
            int(_number(group.get("votes"), 0) or 0),
            _number(group.get("share"), 0.0) or 0.0,
        )
        for group in groups
        if isinstance(group, dict)
    )


def _dict(value: object, otherwise: Json | None = None) -> Json:
    return value if isinstance(value, dict) else otherwise or {}


def _number(value: object, otherwise: float | None) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number else otherwise  # type: ignore[return-value]
