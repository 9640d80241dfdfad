"""A task for a pipe: one line an event, then the result as `label: text` lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self, TextIO

from consensus.cli.board import Board, Seat
from consensus.cli.facts import answers, count, facts, headline, leading, percent, plan_line
from consensus.client import Event


class PlainView:
    """One line an event, then the result."""

    redraws = False

    def __init__(self, stream: TextIO, with_result: bool = True) -> None:
        self._stream = stream
        self._with_result = with_result

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()

    def show(self, board: Board, event: Event | None = None) -> None:
        """Print what a line can tell of the event."""
        if event is not None:
            for line in plain_lines(board, event):
                print(line, file=self._stream, flush=True)

    def finish(self, board: Board) -> None:
        """Print the result, if it was asked for."""
        if self._with_result:
            for line in result_lines(board):
                print(line, file=self._stream)


def plain_lines(board: Board, event: Event) -> Iterator[str]:
    """What a pipe is told of an event."""
    match event.kind:
        case "planned":
            yield f"plan: {plan_line(board.plan)}"
        case "vote" | "abstention":
            yield _plain_seat(_of_event(board, event), board)
        case "tally" if board.groups:
            yield f"tally: {_standing(board)}"


def _standing(board: Board) -> str:
    """How the answers stand: which leads, which are tied, or that none has support yet."""
    if not board.agreement:
        votes = sum(group.votes for group in board.groups)
        return "first vote in" if votes == 1 else f"{count(votes, 'vote')} in, none supported yet"
    first, *others = leading(board.groups)
    share = percent(board.agreement)
    rest = len(board.groups) - 1 - len(others)
    beside = f", {count(rest, 'other answer')}" if rest else ""
    if others:
        tied = " / ".join(group.answer for group in (first, *others))
        return f"{tied} are tied at {share}{beside}"
    return f"{first.answer} leads with {share}{beside or ', alone'}"


def _of_event(board: Board, event: Event) -> Seat:
    number = event.data.get("seat")
    return board.seats.get(number if isinstance(number, int) else 0, Seat(0))


def _plain_seat(seat: Seat, board: Board) -> str:
    if seat.reason:
        alike = [s for s in board.abstentions if (s.reason, s.detail) == (seat.reason, seat.detail)]
        # Told once: a refused key is refused twenty times.
        detail = f": {seat.detail}" if seat.detail and len(alike) == 1 else ""
        return f"seat {seat.number}: abstained, {seat.reason}{detail}"
    about = [f"confidence {percent(seat.confidence)}"] if seat.confidence is not None else []
    about += [seat.model] if seat.model else []
    return f"seat {seat.number}: {seat.answer}" + (f" ({', '.join(about)})" if about else "")


def result_lines(board: Board) -> Iterator[str]:
    """The result as `label: text` lines."""
    yield f"outcome: {headline(board)}"
    for label, text in answers(board):
        yield f"{label.lower()}: {text}"
    for label, fact in facts(board):
        if fact:
            yield f"{label.lower()}: {fact}"
