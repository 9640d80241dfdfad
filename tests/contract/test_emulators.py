"""Starting the official emulators: nothing of them outlives us, and an absent one is told."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from consensus.adapters.google import emulators
from consensus.core.errors import ConfigurationError

FAKE = """#!/bin/sh
[ "$FAKE" = broken ] && { echo starting; echo "it is broken"; exit 1; }
port=${2#--port=}
exec "$PYTHON" -c "
import socket, time
s = socket.create_server(('127.0.0.1', $port))
s.accept()
time.sleep(600)
"
"""
STARTER = """
import asyncio
from consensus.adapters.google import emulators
started = asyncio.run(emulators.start("pubsub"))
print(started.address, flush=True)
input()
"""


@pytest.fixture
def gcloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of gcloud whose Pub/Sub emulator only listens."""
    launcher = tmp_path / "platform" / "pubsub-emulator" / "bin" / "cloud-pubsub-emulator"
    for program in (launcher, tmp_path / "bin" / "gcloud", tmp_path / "bin" / "java"):
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(FAKE)
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("PYTHON", sys.executable)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path


def wait_until_closed(address: str) -> None:
    """Return once nobody listens there; the test's time limit bounds it."""
    host, _, port = address.partition(":")
    while True:
        try:
            socket.create_connection((host, int(port)), 1).close()
        except ConnectionRefusedError:
            return
        except (ConnectionError, TimeoutError):
            continue  # it is just going: the next look tells


@pytest.mark.usefixtures("gcloud")
async def test_stop_ends_all_of_it() -> None:
    """After stop, the launcher and what it started are gone; stopping again is harmless."""
    started = await emulators.start("pubsub")
    await started.stop()
    await started.stop()
    wait_until_closed(started.address)


@pytest.mark.usefixtures("gcloud")
def test_it_ends_when_we_are_killed() -> None:
    """A SIGKILL of the process that started it ends it too."""
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with starter:
        assert starter.stdout is not None
        address = starter.stdout.readline().strip()
        starter.send_signal(signal.SIGKILL)
    wait_until_closed(address)


async def test_one_that_breaks_tells_why(gcloud: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last words are in the error."""
    monkeypatch.setenv("FAKE", "broken")
    with pytest.raises(ConfigurationError, match="it is broken"):
        await emulators.start("pubsub")


async def test_what_is_absent_is_named(gcloud: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing emulator, Java or gcloud is told with what to install."""
    with pytest.raises(ConfigurationError, match="components install cloud-firestore-emulator"):
        await emulators.start("firestore")
    (gcloud / "bin" / "java").unlink()
    monkeypatch.setenv("PATH", str(gcloud / "bin"))
    with pytest.raises(ConfigurationError, match="Java"):
        await emulators.start("pubsub")
    (gcloud / "bin" / "gcloud").unlink()
    with pytest.raises(ConfigurationError, match="gcloud"):
        await emulators.start("pubsub")
