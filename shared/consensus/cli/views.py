"""How a task is shown as it is decided: redrawn for a person, a line an event for a pipe."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console
from rich.text import Text

from consensus.cli.board import Board
from consensus.cli.live import LiveView
from consensus.cli.plain import PlainView
from consensus.cli.terminal import is_interactive
from consensus.client import Event


class View(Protocol):
    """Shows a board as it changes. Used as a context."""

    redraws: bool

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, board: Board, event: Event | None = None) -> None:
        """The board has changed, by this event if by one."""
        ...

    def finish(self, board: Board) -> None:
        """The task is DONE: tell its result."""
        ...


def view_on(stream: TextIO, *, with_result: bool = True) -> View:
    """The view that suits a stream; without result, progress alone."""
    if is_interactive(stream):
        return LiveView(Console(file=stream, highlight=False, soft_wrap=False), with_result)
    return PlainView(stream, with_result)


@contextlib.contextmanager
def waiting(message: str) -> Iterator[None]:
    """Something to look at, on stderr, while the body runs; nothing where nobody looks."""
    if not is_interactive(sys.stderr):
        yield
        return
    with Console(stderr=True, highlight=False).status(Text(f"{message}…", style="dim")):
        yield
