"""The live picture, drawn on a terminal that is not there."""

from __future__ import annotations

import io

from rich.console import Console
from rich.spinner import Spinner

from consensus.cli.board import Board, with_event, with_progress, with_task
from consensus.cli.live import LiveView, board_picture, result_panel
from consensus.cli.plain import PlainView
from consensus.cli.terminal import clean
from consensus.cli.views import view_on
from consensus.client import Event
from tests.cli.service import PLANNED, TALLY, abstention, done, running, vote

EVENTS = [PLANNED, vote(0), abstention(1, "RATE_LIMITED", "slow down"), TALLY]


def _board() -> Board:
    board = with_task(Board(), running())
    for kind, data in EVENTS:
        board = with_event(board, Event(kind, data))
    return board


def _drawn(picture: object, width: int = 80, encoding: str = "utf-8") -> list[str]:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    Console(file=file, width=width, force_terminal=True, color_system=None).print(picture)
    file.seek(0)
    return [line.rstrip() for line in file.read().splitlines()]


def test_every_seat_has_its_line() -> None:
    """Votes, abstentions and seats still out are told apart, in the order of their seats."""
    lines = _drawn(board_picture(_board(), 80, Spinner("dots"), 1.0))
    seats = [line.split()[1:3] for line in lines[4:7]]
    assert seats == [["0", "397.8"], ["1", "RATE_LIMITED:"], ["2", "thinking"]]
    assert lines[-1] == "75% agree, 60% needed · wave 1 · 1 s"


def test_the_agreement_needed_is_the_one_in_force() -> None:
    """A threshold that follows the voting pattern is shown as it stands, not as it was planned."""
    board = with_event(_board(), Event("tally", {**TALLY[1], "min_agreement": 0.52}))

    line = _drawn(board_picture(board, 80))[-1]
    assert line.startswith("75% agree, 52% needed")


def test_a_narrow_terminal_keeps_the_answers() -> None:
    """Where there is little room, models' names make way."""
    assert not any("model" in line for line in _drawn(board_picture(_board(), 40), width=40))


def test_groups_have_bars_of_their_share() -> None:
    """The leader's bar is three times the other's."""
    lines = [line for line in _drawn(board_picture(_board(), 80)) if "█" in line]
    assert [line.count("█") for line in lines] == [19, 6]
    assert lines[0].split()[-3:] == ["75%", "2", "votes"]


def test_a_terminal_without_unicode_gets_plain_bars() -> None:
    """An ASCII terminal is never sent a block character."""
    lines = _drawn(board_picture(_board(), 80), encoding="ascii")
    assert any("####" in line for line in lines)


def test_a_small_terminal_shows_the_newest_seats() -> None:
    """What does not fit is counted, so that redrawing never scrolls."""
    board = with_progress(Board(), {"asked": 30, "waves": 1})
    lines = _drawn(board_picture(board, 60, Spinner("dots"), 0.0, room=5))
    assert sum("thinking" in line for line in lines) == 5
    assert any("… 25 more above" in line for line in lines)


def test_nothing_is_wider_than_the_terminal() -> None:
    """Long answers, models and questions are cut to their cells."""
    long = "word " * 200
    board = with_event(with_task(Board(), running(long)), Event(*vote(0, long, model=long)))
    board = with_event(
        board, Event("tally", {"groups": [{"answer": long, "votes": 1, "share": 1.0}]})
    )
    for width in (40, 80, 200):
        lines = _drawn(board_picture(board, width, Spinner("dots")), width)
        assert max(map(len, lines)) <= width
        assert len(lines) <= 12


def test_markup_in_an_answer_is_text() -> None:
    """Square brackets are the model's own, never styles."""
    board = with_task(Board(), done(answer="[bold red]x[/] [link=http://e]y[/link]"))
    assert "[bold red]x[/] [link=http://e]y[/link]" in "\n".join(_drawn(result_panel(board), 100))


def test_the_live_view_ends_with_the_whole_picture_and_the_result() -> None:
    """What stays on the screen is every seat and the panel, and no cursor is left hidden."""
    file = io.StringIO()
    console = Console(file=file, width=100, height=12, force_terminal=True)
    view = LiveView(console)
    with view:
        view.show(_board())
        view.finish(with_task(_board(), done()))
    text = file.getvalue()
    assert "╭─ Consensus" in clean(text)
    assert "Votes       3 used, 12 saved" in clean(text)
    assert text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l")


def test_a_pipe_gets_the_plain_view() -> None:
    """Where nobody watches a terminal, nothing is redrawn."""
    assert isinstance(view_on(io.StringIO()), PlainView)
