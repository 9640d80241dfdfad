"""Real clients against a real service, each by a script in an environment of the clients' own.

`make clients-test` makes that environment. Without it these tests are skipped; with
CONSENSUS_REQUIRE_CLIENTS=1 they fail.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.e2e.model_server import model_server
from tests.e2e.service import Service, service

SCRIPTS = Path(__file__).parents[1] / "clients"
BUILT = Path(__file__).parents[2] / "build" / "clients"
REQUIRED = os.environ.get("CONSENSUS_REQUIRE_CLIENTS") == "1"
# What would ask somebody else on the way.
QUIET = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "*", "no_proxy": "*"}
SECONDS = 100


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose model answers as its prompts say."""
    with (
        model_server() as model,
        service(model.url, tmp_path_factory.mktemp("store") / "tasks.sqlite3") as running,
    ):
        yield running


def _run(command: Sequence[object], needs: Path) -> None:
    if not needs.exists():
        if REQUIRED:
            pytest.fail(f"{needs} is missing: make clients-test")
        pytest.skip("no clients here: make clients-test")
    told = subprocess.run(
        list(map(str, command)),
        env=os.environ | QUIET,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-4000:]


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("with_*.py")), ids=lambda path: path.stem)
def test_a_python_client_is_served(served: Service, script: Path) -> None:
    """A happy path of each kind, and an error, in the client's own terms."""
    python = BUILT / "bin" / "python"
    _run([python, script, f"{served.url}/v1"], python)


def test_openai_for_node_is_served(served: Service) -> None:
    """The same for the SDK of another language."""
    script = BUILT / "node" / "with_openai.mjs"
    same = json.dumps({"answers": ["4"], "delay": 0, "for": "node"})
    split = json.dumps({"answers": [str(n) for n in range(100)], "delay": 0})
    asked = [f"How many? {same}", f"How many? {split}"]
    _run(["node", script, f"{served.url}/v1", "consensus-fast", *asked], script)
