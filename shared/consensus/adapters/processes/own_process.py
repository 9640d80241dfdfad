"""What this process uses of its machine."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

from consensus.ports import Load


class OwnProcess:
    """Reads the load of this very process; cheap enough for every status call."""

    def __init__(self) -> None:
        self._last = (time.monotonic(), time.process_time())

    def load(self) -> Load:
        """The load now."""
        wall, cpu = time.monotonic(), time.process_time()
        elapsed = wall - self._last[0]
        share = (cpu - self._last[1]) / elapsed if elapsed > 0 else 0.0
        self._last = (wall, cpu)
        return Load(share, _resident())


def _resident() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        # Elsewhere than on Linux only the peak is told: in bytes on macOS, in kilobytes on others.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * resource.getpagesize()
