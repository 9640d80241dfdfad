"""What people install: its name, its files, its extras, and what it must not cost the cloud."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from consensus.cli import doctor
from consensus.distribution import DISTRIBUTION, pip_install

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NAME = re.compile(r"^[\w.-]+")
EXTRA = re.compile(r"""pip_install\(["'](\w+)["']\)""")
DEPLOYED = {
    "supervisor": "functions/supervisor",
    "aggregator": "functions/aggregator",
    "worker": "services/worker",
}
# What other people's packages bring along, and only those.
BROUGHT = {
    "supervisor": {"uvicorn", "h11", "httpx2"},  # functions-framework, and mcp
    "aggregator": {"uvicorn", "h11", "grpcio", "protobuf"},  # and Google's clients
    "worker": {"httpcore2", "h11"},  # httpx2
}
INSTALLED = os.environ.get("CONSENSUS_INSTALLED", "")


def _group(name: str) -> set[str]:
    """The requirements of a dependency group and of those that it includes."""
    whole: set[str] = set()
    for entry in PROJECT["dependency-groups"][name]:
        whole |= _group(entry["include-group"]) if isinstance(entry, dict) else {entry}
    return whole


def _names(requirements: set[str]) -> set[str]:
    return {found.group().lower() for line in requirements if (found := NAME.match(line))}


@pytest.mark.parametrize("of", DEPLOYED)
def test_no_deployable_installs_what_only_people_need(of: str) -> None:
    """A laptop may need more; a function starts cold."""
    people = _names(set(PROJECT["project"]["dependencies"])) - _names(_group(of))
    pinned = _names(set((ROOT / DEPLOYED[of] / "requirements.txt").read_text().splitlines()))
    assert people & pinned <= BROUGHT[of]
    assert _names(_group(of)) <= pinned


def test_the_doctor_misses_what_people_install_and_nothing_else() -> None:
    """A dependency that is dropped is no longer called missing."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    optional = set().union(*(_names(set(extra)) for extra in extras))
    assert doctor.REQUIRED.keys() <= _names(set(PROJECT["project"]["dependencies"]))
    assert doctor.OPTIONAL.keys() <= optional


def test_one_requirement_is_written_alike_wherever_it_stands() -> None:
    """A newer least version is not forgotten in one place."""
    everywhere = set(PROJECT["project"]["dependencies"])
    for extra in PROJECT["project"]["optional-dependencies"].values():
        everywhere |= set(extra)
    for of in DEPLOYED:
        everywhere |= _group(of)
    assert len(_names(everywhere)) == len(everywhere)


def test_errors_name_the_distribution_and_extras_that_exist() -> None:
    """Advice that installs a stranger's package is worse than none."""
    assert PROJECT["project"]["name"] == DISTRIBUTION
    assert pip_install("plot") == 'pip install "consensus-panel[plot]"'
    named: set[str] = set()
    for file in (ROOT / "shared").rglob("*.py"):
        text = file.read_text()
        named |= set(EXTRA.findall(text))
        assert "consensus[" not in text or "pip" not in text, file
    assert named == set(PROJECT["project"]["optional-dependencies"])


built = pytest.mark.skipif(not INSTALLED, reason="make package-test builds and installs the wheel")


@built
def test_the_wheel_holds_every_file_of_the_package() -> None:
    """Data files are forgotten easily: language packs, the dashboard, py.typed."""
    [wheel] = (ROOT / "dist").glob("*.whl")
    [sdist] = (ROOT / "dist").glob("*.tar.gz")
    tracked = subprocess.run(
        ["git", "ls-files", "shared/consensus"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    ours = {file.removeprefix("shared/") for file in tracked}
    with zipfile.ZipFile(wheel) as archive:
        assert ours <= set(archive.namelist())
    with tarfile.open(sdist) as archive:
        assert all(any(name.endswith(file) for name in archive.getnames()) for file in ours)


@built
def test_the_wheel_answers_a_question_in_an_environment_of_its_own(tmp_path: Path) -> None:
    """From a plain install to an answer."""
    said = _consensus(tmp_path, "ask", "What is 17% of 2,340?")
    assert said.returncode == 0, said.stderr
    assert "answer: 397.8" in said.stdout


@built
def test_the_wheel_finds_nothing_missing_and_names_what_is_optional(tmp_path: Path) -> None:
    """A plain install lacks nothing that `ask` needs."""
    said = _consensus(tmp_path, "doctor")
    assert said.returncode == 0, said.stdout
    assert pip_install("cloud") in said.stdout


@built
def test_a_command_that_needs_an_extra_names_it(tmp_path: Path) -> None:
    """Not a traceback of an import."""
    said = _consensus(tmp_path, "serve", "--emulators", "--port", "0")
    assert said.returncode == 1
    assert pip_install("cloud") in said.stderr


def _consensus(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command, away from the sources and without our settings."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONSENSUS_", "OPENAI_", "PYTHON", "GOOGLE_"))
    }
    environment["HOME"] = str(folder)
    command = [str(ROOT / INSTALLED / "bin" / "consensus"), *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
