"""Keeping the logs of this process, its libraries and its children off a one-shot's screen."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from consensus import telemetry
from consensus.cli.terminal import one_line
from consensus.config import Settings
from consensus.core.errors import ConsensusError

STDERR = 2
TOLD_ON_FAILURE = 5  # lines


@contextmanager
def capture_logs(settings: Settings) -> Iterator[None]:
    """While the body runs, sys.stderr is for people alone; logs go to a file without a name.

    Children inherit the file as their stderr, and C libraries, which know no logging, write to it
    too. At log level DEBUG nothing is set aside. After an error its last lines
    are told: a part that could not start said there why.
    """
    if settings.log_level == "DEBUG":
        telemetry.configure(settings.log_level)
        yield
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile("w+") as log, os.fdopen(os.dup(STDERR), "w", buffering=1) as screen:
        people = sys.stderr
        sys.stderr = screen
        os.dup2(log.fileno(), STDERR)
        telemetry.configure(settings.log_level, log)
        try:
            yield
        except ConsensusError:
            _tell_tail(log, screen)
            raise
        finally:
            os.dup2(screen.fileno(), STDERR)
            sys.stderr = people
            logging.shutdown()
            logging.getLogger().handlers.clear()


def _tell_tail(log: TextIO, screen: TextIO) -> None:
    log.flush()
    log.seek(0)
    # Every worker that could not start says the same.
    for line in dict.fromkeys(deque(log, TOLD_ON_FAILURE)):
        print(one_line(line, 300), file=screen)
