"""Logs: what Cloud Logging reads, and what must never be in them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from consensus import telemetry
from consensus.telemetry import logs

SECRET = "the prompt"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged through a handler like the configured one."""
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    telemetry.configure("DEBUG", stream)
    yield stream
    root.handlers = handlers
    root.setLevel(level)


def logged(lines: io.StringIO) -> list[dict[str, object]]:
    """Each line, read back."""
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_line_carries_the_known_fields(lines: io.StringIO) -> None:
    """Severity, message, time, and the extra fields of the list."""
    extra = {"task_id": "t1", "seat": 3, "reason": None}
    logging.getLogger("consensus.doors").warning("seat %d is late", 3, extra=extra)
    (line,) = logged(lines)
    assert line.pop("time")
    assert line == {
        "severity": "WARNING",
        "message": "seat 3 is late",
        "logger": "consensus.doors",
        "task_id": "t1",
        "seat": 3,
        "reason": None,
    }


def test_a_field_that_is_not_on_the_list_is_left_out(lines: io.StringIO) -> None:
    """A prompt passed along by mistake stays out."""
    logging.getLogger("consensus").warning("accepted", extra={"prompt": SECRET, "answer": SECRET})
    assert SECRET not in lines.getvalue()


def test_an_exception_is_told_without_its_text(lines: io.StringIO) -> None:
    """Types of the whole chain, and places; texts may hold anything."""
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise ValueError(SECRET) from error
    except ValueError:
        logging.getLogger("consensus").exception("failed")
    assert SECRET not in lines.getvalue()
    (line,) = logged(lines)
    assert line["exception"] == ["ValueError", "KeyError"]
    assert "test_telemetry.py" in str(line["at"])


def test_other_libraries_speak_only_to_warn_and_in_one_line(lines: io.StringIO) -> None:
    """Their debug lines repeat whole requests, and their long warnings repeat exceptions."""
    other = logging.getLogger("openai._base_client")
    other.debug("Request options: %s", {"messages": SECRET})
    other.info("sent %s", SECRET)
    other.warning("Task exception was never retrieved\nfuture: %s", SECRET)
    (line,) = logged(lines)
    assert line["message"] == "Task exception was never retrieved"


def test_a_line_inside_a_trace_names_it(lines: io.StringIO) -> None:
    """The fields by which Cloud Logging joins lines to a trace; outside there are none."""
    log = logging.getLogger("consensus")
    with telemetry.tracing("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
        log.info("inside")
    with telemetry.tracing("nonsense"):
        log.info("nonsense")
    with telemetry.tracing(""):
        log.info("outside")
    inside, nonsense, outside = logged(lines)
    assert inside["logging.googleapis.com/trace"] == "0af7651916cd43dd8448eb211c80319c"
    assert inside["logging.googleapis.com/spanId"] == "b7ad6b7169203331"
    assert inside["logging.googleapis.com/trace_sampled"] is True
    assert not any("trace" in key for key in (*nonsense, *outside))


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_lines_are_for_people(lines: io.StringIO) -> None:
    """The same message and fields on one short line, which can send the terminal nothing."""
    terminal = _Terminal()
    telemetry.configure("INFO", terminal)
    extra = {"task_id": "t1", "seat": 0, "prompt": SECRET}
    logging.getLogger("consensus.usecases").info("no vote: it is \x1b[2Jfull", extra=extra)
    logging.getLogger("consensus.usecases").error("lost")
    first, second = terminal.getvalue().splitlines()

    assert first[8:] == " no vote: it is  [2Jfull (task_id t1, seat 0)"
    assert second[8:] == " ERROR: lost"
    assert lines.getvalue() == ""


def test_on_a_terminal_an_exception_keeps_its_text_to_itself(lines: io.StringIO) -> None:
    """Its types and places are told, never its words."""
    terminal = _Terminal()
    telemetry.configure("INFO", terminal)
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("consensus").exception("failed")

    assert "ValueError" in terminal.getvalue()
    assert SECRET not in terminal.getvalue() + lines.getvalue()


def test_a_storm_of_like_lines_is_damped(lines: io.StringIO) -> None:
    """Others are told meanwhile; the storm's next line says how many were left out."""
    time = [0.0]
    handler = logging.getLogger().handlers[0]
    handler.filters[-1] = logs.Damper(lambda: time[0])
    storm = logging.getLogger("asyncio")
    for number in range(5000):
        storm.error("socket.accept() out of system resource\nsocket: %d", number)
    logging.getLogger("consensus").warning("something else")
    assert len(logged(lines)) == logs.MOST_ALIKE + 1
    time[0] = logs.DAMPED_SECONDS
    storm.error("socket.accept() out of system resource\nsocket: %d", 1)
    left_out = 5000 - logs.MOST_ALIKE
    assert f"[{left_out} lines like it were left out]" in str(logged(lines)[-1]["message"])
