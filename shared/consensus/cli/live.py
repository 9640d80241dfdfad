"""A task for a person at a terminal: the board redrawn in place, then its result in a panel."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Self

from rich.box import ROUNDED
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from consensus.cli.board import Board, Seat
from consensus.cli.facts import answers, count, facts, headline, percent, plan_line
from consensus.client import Event

WIDEST = 110  # columns; longer lines are hard to read
NARROW = 60  # columns below which the answers need the models' room
MOST_GROUPS = 6
_STYLES = {"CONSENSUS": "green", "NO_CONSENSUS": "yellow", "CANCELLED": "yellow"}


class LiveView:
    """Redraws the board in place while the task runs, then leaves it there with its result."""

    redraws = True

    def __init__(self, console: Console, with_result: bool = True) -> None:
        self._console = console
        self._with_result = with_result
        self._board = Board()
        self._started = time.monotonic()
        self._done = False
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(
            console=console,
            get_renderable=self._picture,
            refresh_per_second=10,
            transient=not with_result,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done = True
        self._live.stop()

    def show(self, board: Board, event: Event | None = None) -> None:
        """Draw this board from now on."""
        self._board = board

    def finish(self, board: Board) -> None:
        """Draw it whole a last time, and its result beneath."""
        self._board = board
        self._done = True
        self._live.stop()
        if self._with_result:
            self._console.print()
            self._console.print(result_panel(board), width=self._width)

    @property
    def _width(self) -> int:
        return min(WIDEST, self._console.width)

    def _picture(self) -> RenderableType:
        # While it is redrawn it must fit, or the terminal scrolls and leaves copies behind.
        groups = min(MOST_GROUPS + 1, len(self._board.groups))
        room = None if self._done else max(1, self._console.height - groups - 8)
        waiting = None if self._done else self._spinner
        seconds = time.monotonic() - self._started
        return board_picture(self._board, self._width, waiting, seconds, room)


def board_picture(
    board: Board,
    width: int,
    waiting: Spinner | None = None,
    seconds: float = 0.0,
    room: int | None = None,
) -> RenderableType:
    """The board as a picture of at most `room` seats; waiting marks the seats still out."""
    parts: list[RenderableType] = [_header(board), Text()]
    seats = _seats(board, width, waiting, room)
    if seats.row_count:
        parts += [seats, Text()]
    if board.groups:
        parts.append(_groups(board, width))
    standing = _standing(board, None if waiting is None else seconds)
    return Group(*parts, standing) if standing else Group(*parts)


def _header(board: Board) -> RenderableType:
    question = Text(board.question or "…", style="bold", no_wrap=True, overflow="ellipsis")
    if not board.plan:
        return question
    plan = Text(plan_line(board.plan), style="dim", no_wrap=True, overflow="ellipsis")
    return Group(question, plan)


def _seats(board: Board, width: int, waiting: Spinner | None, room: int | None) -> Table:
    table = Table(box=None, width=width, padding=(0, 1, 0, 0), show_edge=False, header_style="dim")
    table.add_column("", width=1)
    table.add_column("seat", justify="right", width=4)
    table.add_column("answer", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("confidence", justify="right", width=10)
    if width >= NARROW:
        table.add_column("model", ratio=1, no_wrap=True, overflow="ellipsis", style="dim")
    out = range(board.asked) if waiting else ()
    rows = {number: _waiting_cells(number, waiting) for number in out}
    rows |= {number: _seat_cells(seat) for number, seat in board.seats.items()}
    hidden = 0 if room is None else max(0, len(rows) - room)
    if hidden:
        table.add_row("", "", Text(f"… {hidden} more above", style="dim"))
    for number in sorted(rows)[hidden:]:
        table.add_row(*rows[number][: len(table.columns)])
    return table


def _waiting_cells(number: int, waiting: Spinner | None) -> tuple[RenderableType, ...]:
    return waiting or "", str(number), Text("thinking", style="dim"), "", ""


def _seat_cells(seat: Seat) -> tuple[RenderableType, ...]:
    if seat.reason:
        text = f"{seat.reason}: {seat.detail}" if seat.detail else seat.reason
        return Text("–", style="yellow"), str(seat.number), Text(text, style="yellow"), "", ""
    sure = "" if seat.confidence is None else percent(seat.confidence)
    mark = Text("✓", style="green")
    return mark, str(seat.number), Text(seat.answer), sure, Text(seat.model)


def _groups(board: Board, width: int) -> Table:
    table = Table(box=None, width=width, padding=(0, 1, 0, 0), show_edge=False, show_header=False)
    table.add_column(ratio=2, no_wrap=True, overflow="ellipsis")
    table.add_column(width=max(10, width // 3))
    table.add_column(justify="right", width=6)
    table.add_column(justify="right", width=9)
    for place, group in enumerate(board.groups[:MOST_GROUPS]):
        style = "green" if place == 0 else "cyan"
        table.add_row(
            Text(group.answer, style="bold" if place == 0 else ""),
            _Bar(group.share, style),
            percent(group.share),
            count(group.votes, "vote"),
        )
    if len(board.groups) > MOST_GROUPS:
        rest = count(len(board.groups) - MOST_GROUPS, "more answer")
        table.add_row(Text(rest, style="dim"), "", "", "")
    return table


class _Bar:
    """A share of the cell's width, in eighths of a character where the terminal has them."""

    def __init__(self, share: float, style: str) -> None:
        self._share = min(1.0, max(0.0, share))
        self._style = style

    def __rich_console__(self, console: Console, options: object) -> Iterator[Text]:
        width = getattr(options, "max_width", 20)
        if console.encoding.lower().startswith("utf"):
            eighths = round(self._share * width * 8)
            bar = "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
        else:
            bar = "#" * round(self._share * width)
        yield Text(bar, style=self._style, no_wrap=True)


def _standing(board: Board, seconds: float | None) -> Text:
    """One line on how far it is; seconds is None once it has ended."""
    parts = []
    if board.groups:
        known = board.plan.get("min_agreement") if board.needed is None else board.needed
        needed = percent(known)
        parts.append(f"{percent(board.agreement)} agree, {needed} needed")
        if board.confidence is not None:
            parts.append(f"{percent(board.confidence)} sure that it stays")
    elif seconds is not None:
        parts.append("waiting for votes" if board.asked else "seating the panel")
    if board.waves:
        parts.append(f"wave {board.waves}")
    if seconds is not None:
        parts.append(f"{seconds:.0f} s")
    return Text(" · ".join(parts), style="dim", no_wrap=True, overflow="ellipsis")


def result_panel(board: Board) -> Panel:
    """The result as a panel: the answer first, then what speaks for it and what it took."""
    outcome = str(board.result.get("outcome", ""))
    style = _STYLES.get(outcome, "red")
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    last = ""
    for label, fact in facts(board):
        if fact:
            grid.add_row("" if label == last else label, Text(fact))
            last = label
    parts: list[RenderableType] = []
    for label, text in answers(board):
        trusted = label == "Answer"
        parts.append(Text(text if trusted else f"{label}: {text}", style="bold" if trusted else ""))
    parts += [Text()] if parts else []
    title = Text(headline(board), style=f"bold {style}")
    return Panel(
        Group(*parts, grid), title=title, title_align="left", box=ROUNDED, border_style=style
    )
