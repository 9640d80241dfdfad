"""Where the `consensus` script begins: quiet from its first line, though imports take a while."""

from __future__ import annotations

import os
import signal

# As `typing` has it, whose import would be most of the time before the first line of run().
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

INTERRUPTED = 128 + signal.SIGINT


def run() -> None:
    """Run the command. Ctrl-C while its modules are still being read ends it without a word."""
    signal.signal(signal.SIGINT, lambda *_: _leave())
    from consensus.cli.main import run as command

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        command()
    except KeyboardInterrupt:
        _leave()


def _leave() -> NoReturn:
    os._exit(INTERRUPTED)  # nothing has been opened yet, and nothing half-imported can be unwound


if __name__ == "__main__":
    run()
