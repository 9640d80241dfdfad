"""What `consensus ask` does not load: each would be time before the first call."""

from __future__ import annotations

import subprocess
import sys

from tests.cli.conftest import environment

ASK = """
import sys
from consensus.cli.main import run
sys.argv = ["consensus", "ask", "What is 17% of 2,340?"]
try:
    run()
except SystemExit as ended:
    assert ended.code == 0, ended.code
heavy = {"numpy", "mcp", "matplotlib", "consensus.codec.openapi"}
print("loaded:", sorted(heavy & set(sys.modules)))
"""


def test_a_question_is_answered_without_what_it_does_not_use() -> None:
    """From the command's first line to the answer, its panel and all."""
    told = environment(CONSENSUS_DEMO_LATENCY_MS="1")
    asked = subprocess.run(
        [sys.executable, "-c", ASK], env=told, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 0, asked.stderr
    assert "397.8" in asked.stdout
    assert asked.stdout.splitlines()[-1] == "loaded: []"
