"""The service inside a program, as the examples show it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "ask_many.py"


def test_the_example_runs() -> None:
    """Two questions, two answers from the demo panel, and nothing left running."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    done = subprocess.run(
        [sys.executable, str(EXAMPLE)],
        env=told | {"CONSENSUS_DEMO_LATENCY_MS": "10"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "CONSENSUS: 397.8" in done.stdout
    assert "Canberra" in done.stdout
    assert done.stdout.count("confidence") == 2
