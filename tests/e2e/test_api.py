"""The whole surface, as /openapi.json tells it, tried by schemathesis; with keys and without.

`make api-test` makes its environment. Without it these tests are skipped; with
CONSENSUS_REQUIRE_SCHEMATHESIS=1 they fail. Streams are left out: they do not end by themselves.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "build" / "api" / "bin" / "schemathesis"
REQUIRED = os.environ.get("CONSENSUS_REQUIRE_SCHEMATHESIS") == "1"
KEY = "a-key-for-tests"
# Which page tokens and which ids there are, no schema tells: valid data may be refused.
COMMAND = ("--exclude-path-regex", "events", "--exclude-checks", "positive_data_acceptance")
HOW = ("--phases", "coverage,fuzzing,stateful", "--max-examples", "10", "--seed", "1")


@contextmanager
def _served(folder: Path, keys: str) -> Iterator[str]:
    named = ("OPENAI_", "CONSENSUS_")
    mine = {name: value for name, value in os.environ.items() if not name.startswith(named)}
    mine |= {
        "CONSENSUS_STORE": str(folder / "tasks.sqlite3"),
        "CONSENSUS_DEMO_LATENCY_MS": "1",
        "CONSENSUS_WORKERS": "1",
        "CONSENSUS_MAX_WORKERS": "1",
        "CONSENSUS_API_KEYS": keys,
    }
    command = [sys.executable, "-m", "consensus.cli.main", "serve", "--port", "0"]
    with (folder / "serve.log").open("wb") as log:
        service = subprocess.Popen(command, env=mine, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert service.stdout is not None
        yield service.stdout.readline().rpartition(" ")[2].strip()
    finally:
        service.send_signal(signal.SIGTERM)
        service.communicate()


@pytest.mark.timeout(400)
@pytest.mark.parametrize("key", ["", KEY], ids=["without keys", "with keys"])
def test_no_request_is_answered_otherwise_than_the_document_says(tmp_path: Path, key: str) -> None:
    """No 5xx, no undocumented status or shape, and invalid requests are refused."""
    if not PROGRAM.exists():
        if REQUIRED:
            pytest.fail(f"{PROGRAM} is missing: make api-test")
        pytest.skip("no schemathesis here: make api-test")
    keys = f"ann:{hashlib.sha256(key.encode()).hexdigest()}" if key else ""
    with _served(tmp_path, keys) as url:
        asked = ["--header", f"X-API-Key: {key}"] if key else []
        done = subprocess.run(
            [str(PROGRAM), "run", f"{url}/openapi.json", *COMMAND, *HOW, *asked],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=380,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-6000:]
    assert "0 generated" not in done.stdout
