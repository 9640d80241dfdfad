"""Text on its way to a terminal, and what kind of terminal it is."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from datetime import datetime
from typing import TextIO

from consensus.visible import clean, escape_json, one_line

__all__ = [
    "block",
    "clean",
    "complain",
    "escape_json",
    "is_interactive",
    "local_time",
    "note",
    "one_line",
    "tolerant_streams",
]


def local_time(told: object) -> str:
    """An RFC 3339 time on this machine's clock, to the second, with its zone; "" for none."""
    try:
        at = datetime.fromisoformat(str(told))
    except ValueError:
        return ""
    return f"{at.astimezone():%F %T %Z}"


def block(text: object, lines: int = 40, limit: int = 2000) -> str:
    """Clean text of at most so many lines of at most limit characters; says what it left out."""
    rows = clean(str(text)).strip().split("\n")
    shown = [row if len(row) <= limit else row[: limit - 1] + "…" for row in rows[:lines]]
    if len(rows) > lines:
        shown.append(f"… {len(rows) - lines} more lines (--json prints all)")
    return "\n".join(shown)


def is_interactive(stream: TextIO) -> bool:
    """Whether a person watches this stream on a terminal that can redraw."""
    return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


def tolerant_streams() -> None:
    """Let a narrow terminal encoding show "?" where it cannot show a character, never raise."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def complain(message: object) -> None:
    """One error line on stderr."""
    print(f"error: {one_line(message, 1000)}", file=sys.stderr, flush=True)


def note(message: object) -> None:
    """A word for the person at the keyboard, on stderr so that stdout stays the answer.

    One line, broken between words where a terminal is too narrow for it.
    """
    line = one_line(message, 1000)
    if is_interactive(sys.stderr):
        width = max(20, shutil.get_terminal_size().columns)
        line = textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
    print(line, file=sys.stderr, flush=True)
