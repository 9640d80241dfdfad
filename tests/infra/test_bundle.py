"""The functions' bundles: reproducible, complete, and pinned."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from tests.infra.plans import ROOT

REQUIREMENTS = (
    "functions/supervisor/requirements.txt",
    "functions/aggregator/requirements.txt",
    "services/worker/requirements.txt",
)
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==([\w.+!]+)", re.M)
STARTED = "import sys, functions_framework._cli as cli; sys.exit(cli._cli())"

Packages = Callable[[str], Path]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every bundle, as the script writes it."""
    return _bundle(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """By a file of requirements: a folder of the packages that it names, and of no others."""

    @cache
    def made(requirements: str) -> Path:
        folder = tmp_path_factory.mktemp("packages")
        for name, _ in PIN.findall((ROOT / requirements).read_text()):
            with suppress(PackageNotFoundError):  # one for other machines than this
                _link(distribution(name), folder)
        return folder

    return made


def _link(package: Distribution, folder: Path) -> None:
    for file in package.files or ():
        link = folder / file
        if ".." not in file.parts and not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(Path(str(package.locate_file(file))))


def _bundle(folder: Path) -> Path:
    script = str(ROOT / "scripts" / "bundle")
    subprocess.run([sys.executable, script, str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder


def test_the_same_files_give_the_same_bytes(build: Path, tmp_path: Path) -> None:
    """Nothing is deployed anew unless code changed."""
    again = _bundle(tmp_path)
    for name in ("supervisor", "aggregator"):
        assert (build / f"{name}.zip").read_bytes() == (again / f"{name}.zip").read_bytes()


def test_a_bundle_holds_the_function_the_package_and_nothing_else(build: Path) -> None:
    """What is zipped is main.py, its requirements, and consensus; no caches, no hidden files."""
    names = zipfile.ZipFile(build / "supervisor.zip").namelist()
    assert {"main.py", "requirements.txt", "consensus/config.py"} <= set(names)
    assert {name.partition("/")[0] for name in names} == {
        "main.py",
        "requirements.txt",
        "consensus",
    }
    assert not [name for name in names if "__pycache__" in name or "/." in name]


@pytest.mark.parametrize("path", REQUIREMENTS)
def test_requirements_are_the_lock_s_and_hashed(path: str) -> None:
    """A deployable gets the very versions that the tests ran with, checked byte for byte."""
    text = (ROOT / path).read_text()
    locked = set(PIN.findall((ROOT / "requirements.lock").read_text()))
    found = PIN.findall(text)
    assert found
    assert set(found) <= locked
    assert len(re.findall(r"--hash=sha256:", text)) >= len(found)
    assert "://" not in text


@pytest.mark.parametrize(
    ("bundle", "target", "path", "body", "status"),
    [
        ("supervisor", "submit", "/health", None, 200),
        ("supervisor", "dispatch", "/health", None, 200),
        ("aggregator", "aggregate", "/health", None, 200),
        ("supervisor", "submit", "/v1/tasks", {"prompt": ""}, 422),
    ],
)
def test_a_bundle_serves_alone(
    build: Path,
    packages: Packages,
    *,
    bundle: str,
    target: str,
    path: str,
    body: object,
    status: int,
) -> None:
    """From its own folder, with no more packages than it names, each entry point answers."""
    folder, port = build / bundle, _free_port()
    environment = _environment() | {
        "CONSENSUS_WORKER_TARGETS": "127.0.0.1:1",
        "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",
        "PUBSUB_EMULATOR_HOST": "127.0.0.1:1",
    }
    options = [
        "--target",
        target,
        "--source",
        "main.py",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    process = subprocess.Popen(
        [*_framework(bundle, packages), *options],
        cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert _answer(process, f"http://127.0.0.1:{port}{path}", body) == status
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=40)


@pytest.mark.parametrize(
    ("requirements", "modules"),
    [
        (
            "services/worker/requirements.txt",
            "bootstrap.worker, consensus.adapters.google.pubsub_bus",
        ),
        ("compose.yaml", "bootstrap.stand_ins"),
    ],
)
def test_a_container_s_program_has_what_it_imports(
    packages: Packages, requirements: str, modules: str
) -> None:
    """With no more packages than its image installs, the program comes as far as its settings."""
    if requirements == "compose.yaml":
        (requirements,) = re.findall(r"REQUIREMENTS: (\S+) \}", (ROOT / requirements).read_text())
    paths = [str(packages(requirements)), str(ROOT / "shared")]
    program = f"import sys; sys.path[:0] = {paths!r}; import consensus.{modules}"
    command = [sys.executable, "-S", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    assert done.returncode == 0, done.stderr


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {
        "PYTHONDONTWRITEBYTECODE": "1"
    }


def _framework(bundle: str, packages: Packages) -> list[str]:
    """The functions framework: in the bundle's own environment where make bundle-test made one."""
    if environments := os.environ.get("BUNDLE_ENVIRONMENTS"):
        return [str(Path(environments).resolve() / bundle / "bin" / "functions-framework")]
    # -S leaves out the tests' environment, which has more, and this checkout.
    site = str(packages(f"functions/{bundle}/requirements.txt"))
    return [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = [{site!r}]; {STARTED}"]


def _answer(process: subprocess.Popen[bytes], url: str, body: object) -> int:
    """The status, once the process listens."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    while process.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except urllib.error.URLError:
            continue
    raise AssertionError(process.communicate()[1].decode()[-2000:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
