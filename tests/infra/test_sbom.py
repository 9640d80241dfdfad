"""A bill of materials names each package with licence and hashes, and what it is the bill of."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.infra.plans import ROOT

REQUIREMENTS = """a-package==1.0 ; python_version >= "3.11" \\
    --hash=sha256:{} \\
    --hash=sha256:{}
other[extra]==2.0 \\
    --hash=sha256:{}
""".format("a" * 64, "b" * 64, "c" * 64)
MIT = [{"license": {"id": "MIT"}}]


def completed(tmp_path: Path, *components: dict[str, Any]) -> tuple[int, Any, str]:
    """The script's exit code, the bill that it wrote, and what it says."""
    bill, requirements = tmp_path / "bill.json", tmp_path / "requirements.txt"
    requirements.write_text(REQUIREMENTS)
    root = {"name": "consensus-panel", "type": "application"}
    bill.write_text(json.dumps({"metadata": {"component": root}, "components": components}))
    command = [sys.executable, str(ROOT / "scripts" / "sbom"), "worker", requirements, bill]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(bill.read_text()), done.stderr


def package(name: str, version: str, **told: object) -> dict[str, Any]:
    """A component as an environment tells it."""
    return {"name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}", **told}


def test_each_package_has_its_hashes_and_the_deployable_is_the_root(tmp_path: Path) -> None:
    """By name however it is spelt, and by version."""
    a, other = package("A_package", "1.0", licenses=MIT), package("other", "2.0", licenses=MIT)
    code, bill, _ = completed(tmp_path, a, other)
    assert code == 0
    assert bill["metadata"]["component"]["name"] == "consensus-worker"
    told = [c["externalReferences"][-1]["hashes"] for c in bill["components"]]
    assert [[h["content"][0] for h in hashes] for hashes in told] == [["a", "b"], ["c"]]


@pytest.mark.parametrize(
    "wrong",
    [
        package("other", "2.0"),
        package("other", "2.1", licenses=MIT),
        package("new", "1", licenses=MIT),
    ],
)
def test_what_has_no_licence_or_no_hash_fails(tmp_path: Path, wrong: dict[str, Any]) -> None:
    """It would be signed as the whole truth."""
    code, _, said = completed(tmp_path, wrong)
    assert code == 1
    assert wrong["name"] in said
