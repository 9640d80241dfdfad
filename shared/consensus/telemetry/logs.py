"""Logs as JSON lines with the fields that Cloud Logging knows, and only what was meant for them.

On a terminal, where a person reads them, they are plain lines of the same.

A prompt, an answer or a key cannot get in by accident: extra fields come from a short list of
names, an exception is told by its types and places and never by its text, and of other libraries'
lines only warnings are kept, cut to their first line.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, TextIO

# What log calls may pass as extra; anything else that is passed is left out.
FIELDS: Final = (
    "task_id",
    "seat",
    "voter",
    "worker",
    "reason",
    "door",
    "message_id",
    "attempt",
    "count",
    "milliseconds",
    "error",
    "code",
    "told",
)
LONGEST_FIELD: Final = 200  # characters
LONGEST_TOLD: Final = 600  # characters of what Google says: it names the index to make by a URL
MOST_ALIKE: Final = 100  # lines of one kind in so many seconds
DAMPED_SECONDS: Final = 10.0
MOST_KINDS: Final = 1000
FRAMES: Final = 12  # innermost ones that are told of an exception

_OURS = "consensus"
_traceparent: ContextVar[str] = ContextVar("traceparent", default="")


def configure(level: str = "INFO", stream: TextIO | None = None, project: str = "") -> None:
    """Send every log line of this process to the stream (standard error).

    project is the Google Cloud project that keeps its traces, "" for none.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PlainLines() if stream.isatty() else JsonLines(project))
    handler.addFilter(_is_wanted)
    handler.addFilter(Damper())
    logging.basicConfig(level=level, handlers=[handler], force=True)


@contextmanager
def told_under(traceparent: str) -> Iterator[None]:
    """Log what happens inside under this W3C trace context; "" changes nothing."""
    if not traceparent:
        yield
        return
    before = _traceparent.set(traceparent)
    try:
        yield
    finally:
        _traceparent.reset(before)


def under_which() -> str:
    """The current trace context, "" for none."""
    return _traceparent.get()


class JsonLines(logging.Formatter):
    """One record, one line of JSON."""

    def __init__(self, project: str = "") -> None:
        super().__init__()
        # Cloud Logging finds a line's trace by its whole name.
        self._traces = f"projects/{project}/traces/" if project else ""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "severity": record.levelname,
            "message": _message(record),
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "logger": record.name,
            **_trace(_traceparent.get(), self._traces),
            **{n: _short(getattr(record, n), n) for n in FIELDS if hasattr(record, n)},
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= _exception(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


class PlainLines(logging.Formatter):
    """One record, one line for a person; an exception adds its types and places."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        loud = f" {record.levelname}:" if record.levelno >= logging.WARNING else ""
        told = ((name, getattr(record, name, None)) for name in FIELDS)
        named = ", ".join(
            f"{name} {_short(value, name)}" for name, value in told if value not in (None, "")
        )
        line = f"{at}{loud} {_message(record)}" + (f" ({named})" if named else "")
        if record.exc_info and record.exc_info[1] is not None:
            line += f" {json.dumps(_exception(record.exc_info[1]), ensure_ascii=False)}"
        # Whatever is told of comes from afar: no escape sequence may reach the terminal.
        return "".join(c if c.isprintable() else " " for c in line)


class Damper:
    """Limits lines of one kind in a period; the next one says how many were held back.

    A fault that repeats thousands of times a second must not fill the disk.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._heard: dict[tuple[str, str], list[float]] = {}  # since when, let through, kept back

    def __call__(self, record: logging.LogRecord) -> bool:
        """Whether the line is told; as a filter of logging's."""
        kind = record.name, str(record.msg).partition("\n")[0][:LONGEST_FIELD]
        now = self._now()
        since, told, kept = self._heard.get(kind, (now, 0, 0))
        if now - since >= DAMPED_SECONDS:
            if kept:
                record.like_it = kept
            since, told, kept = now, 0, 0
        is_told = told < MOST_ALIKE
        if len(self._heard) > MOST_KINDS:
            self._heard.clear()
        self._heard[kind] = [since, told + is_told, kept + (not is_told)]
        return is_told


def _is_wanted(record: logging.LogRecord) -> bool:
    """Others' debug lines repeat whole requests."""
    return _is_ours(record) or record.levelno >= logging.WARNING


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == _OURS or record.name.startswith(f"{_OURS}.")


def _message(record: logging.LogRecord) -> str:
    text = record.getMessage()
    text = text if _is_ours(record) else text.partition("\n")[0][:LONGEST_FIELD]
    kept = getattr(record, "like_it", 0)
    return f"{text} [{kept} lines like it were left out]" if kept else text


def _short(value: object, name: str) -> object:
    if isinstance(value, int | float | None):
        return value
    return str(value)[: LONGEST_TOLD if name == "told" else LONGEST_FIELD]


def _trace(traceparent: str, traces: str) -> dict[str, object]:
    parts = traceparent.split("-")
    if len(parts) != 4:
        return {}
    _, trace, span, flags = parts
    return {
        "logging.googleapis.com/trace": traces + trace,
        "logging.googleapis.com/spanId": span,
        "logging.googleapis.com/trace_sampled": flags.endswith(("1", "3")),
    }


def _exception(error: BaseException) -> dict[str, object]:
    return {
        "exception": [type(e).__name__ for e in _chain(error)],
        "at": _places(error.__traceback__),
    }


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _places(trace: TracebackType | None) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-FRAMES:]
