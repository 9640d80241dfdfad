"""`make scan` and the weaknesses of dependencies: pip-audit is played by a small script."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

AUDIT = Path(__file__).parent.parent / "scripts" / "audit"


def audited(
    folder: Path, says: str | None, code: int, **told: str
) -> subprocess.CompletedProcess[str]:
    """The audit where pip-audit says that and exits so; None: it is not installed."""
    if says is not None:
        program = folder / "pip-audit"
        program.write_text(
            f"#!{sys.executable}\nimport sys\nprint({says!r})\n"
            f'print("ConnectionError: no route", file=sys.stderr)\nsys.exit({code})\n'
        )
        program.chmod(0o755)
    environment = {**os.environ, "PATH": str(folder), "CONSENSUS_REQUIRE_AUDIT": "", **told}
    command = [sys.executable, str(AUDIT)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def package(**found: object) -> str:
    """The report on one package."""
    return json.dumps({"dependencies": [{"name": "left", "version": "1.0", **found}], "fixes": []})


def test_a_known_weakness_fails_and_says_where_it_is_mended(tmp_path: Path) -> None:
    """Whoever reads it knows which version to lock."""
    weak = {"id": "CVE-1", "fix_versions": ["1.1"]}
    done = audited(tmp_path, package(vulns=[weak]), 1)
    assert done.returncode == 1
    assert "left 1.0: CVE-1, fixed in 1.1" in done.stderr


def test_no_weakness_passes_without_a_word(tmp_path: Path) -> None:
    """A clean report is silence."""
    done = audited(tmp_path, package(vulns=[]), 0)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_a_network_it_says_so_and_goes_on(tmp_path: Path) -> None:
    """pip-audit exits with 1 then too, but has no report."""
    done = audited(tmp_path, "", 1)
    assert done.returncode == 0
    assert "not audited: pip-audit could not look: ConnectionError: no route" in done.stderr


def test_packages_that_the_database_does_not_know_are_counted(tmp_path: Path) -> None:
    """pip-audit passes them over with exit code 0, as if they were sound."""
    done = audited(tmp_path, package(skip_reason="not found"), 0)
    assert done.returncode == 0
    assert "does not know 1 of 1 packages" in done.stderr


def test_without_pip_audit_it_says_so_and_goes_on(tmp_path: Path) -> None:
    """It is an extra tool that nobody has to install."""
    done = audited(tmp_path, None, 0)
    assert done.returncode == 0
    assert "pip-audit is not installed" in done.stderr


def test_where_an_audit_is_required_none_is_a_failure(tmp_path: Path) -> None:
    """What builds and deploys must not go on unlooked at."""
    required = {"CONSENSUS_REQUIRE_AUDIT": "1"}
    assert audited(tmp_path, None, 0, **required).returncode == 1
    assert audited(tmp_path, "", 1, **required).returncode == 1
    assert audited(tmp_path, package(skip_reason="not found"), 0, **required).returncode == 1
    assert audited(tmp_path, package(vulns=[]), 0, **required).returncode == 0
