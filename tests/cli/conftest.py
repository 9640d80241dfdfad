"""What the command line's tests share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.service import Service, on_loopback

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "consensus.cli.main"]


@pytest.fixture
def serve() -> Iterator[Callable[[Service], Service]]:
    """Start scripted services; they end with the test."""
    with ExitStack() as stack:
        yield lambda service: stack.enter_context(on_loopback(service))


def environment(**changes: str) -> dict[str, str]:
    """The environment of a command under test: this one without the caller's own endpoint."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "CONSENSUS_"))}
    path = os.pathsep.join(filter(None, [str(ROOT / "shared"), os.environ.get("PYTHONPATH")]))
    return {**mine, "PYTHONPATH": path, "COLUMNS": "100", **changes}


@pytest.fixture
def consensus() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the real command in a process of its own, piped."""

    def run(
        *arguments: str, stdin: bytes = b"", **changes: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            env=environment(**changes),
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return run
