"""Signals, as a command is told of them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import consensus
from consensus.cli import serve
from consensus.cli.interrupts import Interrupts, interruptible
from consensus.config import Settings
from tests.cli.conftest import environment


async def test_work_that_is_not_patient_is_cancelled_and_closes_its_contexts() -> None:
    """A first Ctrl-C while things start ends them in order, with 130."""
    closed = []

    @asynccontextmanager
    async def part() -> AsyncIterator[None]:
        try:
            yield
        finally:
            closed.append(True)

    async def work() -> int:
        async with part():
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        return 0

    assert await interruptible(work(), Interrupts()) == 130
    assert closed == [True]


async def test_patient_work_sees_the_first_signal_and_falls_to_the_second() -> None:
    """Once to end in order, twice to leave at once; the first signal names the exit code."""
    interrupts = Interrupts()
    seen = []

    async def work() -> int:
        interrupts.patient = True
        os.kill(os.getpid(), signal.SIGTERM)
        await interrupts.wait()
        seen.append(interrupts.number)
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()
        return 0

    assert await interruptible(work(), interrupts) == 143
    assert seen == [signal.SIGTERM]


async def test_work_keeps_its_own_exit_code_and_errors() -> None:
    """Without a signal nothing is changed, and the handlers are gone afterwards."""

    async def fail() -> int:
        raise LookupError

    async def three() -> int:
        return 3

    assert await interruptible(three(), Interrupts()) == 3
    with pytest.raises(LookupError):
        await interruptible(fail(), Interrupts())
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


EARLY = """
import os, signal, sys

class Early:
    def find_spec(self, name, *_):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Early())
from consensus.cli.entry import run
run()
"""


def test_an_interrupt_while_modules_are_read_is_quiet() -> None:
    """Ctrl-C in the first moments ends the command with 130, and without a traceback."""
    command = [sys.executable, "-c", EARLY, "doctor"]
    ended = subprocess.run(command, capture_output=True, check=False, env=environment())

    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")


def test_hardly_anything_is_read_before_interrupts_are_quiet() -> None:
    """Reading `typing` would be most of the time in which Ctrl-C still shows a traceback."""
    path = str(Path(consensus.__file__).parents[1])
    told = f"import sys; sys.path.insert(0, {path!r}); import consensus.cli.entry; "
    command = [sys.executable, "-S", "-c", f"{told}print('typing' in sys.modules)"]
    ended = subprocess.run(command, capture_output=True, check=True, env=environment())

    assert ended.stdout.strip() == b"False"


async def test_a_signal_at_the_first_line_ends_serve_in_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever waits for the line that says where it is may stop it at once: that is no accident."""
    interrupts, told = Interrupts(), list[bool]()

    @asynccontextmanager
    async def started(*_: object) -> AsyncIterator[tuple[str, str]]:
        yield "http://127.0.0.1:1", "nowhere"

    def at_the_line(*_: object, **__: object) -> None:
        told.append(interrupts.patient)
        interrupts.tell(signal.SIGTERM)

    monkeypatch.setattr(serve, "_embedded", started)
    monkeypatch.setattr(serve, "print", at_the_line, raising=False)
    settings = Settings(store=tmp_path / "tasks.sqlite3", openai_base_url="http://127.0.0.1:1")
    assert await serve.serve_on(settings, 0, "127.0.0.1", interrupts, emulators=False) == 0
    assert told == [True, True]
