"""Google's official emulators, as installed by gcloud, each in a process group of ours.

Their own launchers are started rather than gcloud, which is slower and leaves Java behind when it
is killed. A small shell keeps them: it ends the whole group when its standard input closes, which
the system does for us however this process ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

from consensus.core.errors import ConfigurationError

Kind = Literal["firestore", "pubsub"]

READY_SECONDS = 60.0
ATTEMPTS = 3  # a port that was free may be taken before Java listens on it
# Quick to start, and modest: both run beside everything else on a laptop.
JVM: Final = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx1g"
KEEPER: Final = """
exec 3<&0
(read -r _ <&3; kill -9 0) &
"$@" </dev/null
kill -9 0
"""
LAUNCHERS: Final = {
    "firestore": ("cloud-firestore-emulator/cloud_firestore_emulator", "start"),
    "pubsub": ("pubsub-emulator/bin/cloud-pubsub-emulator",),
}
COMPONENTS: Final = {"firestore": "cloud-firestore-emulator", "pubsub": "pubsub-emulator"}


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator: its address is host:port."""

    address: str
    process: subprocess.Popen[bytes]

    async def stop(self) -> None:
        """End it, and forget all that it held."""
        await asyncio.to_thread(_end, self.process)


async def start(kind: Kind, *arguments: str) -> Emulator:
    """Start an emulator on a free loopback port; ready when this returns.

    arguments are passed on to the emulator. Raises ConfigurationError: it is not installed, or it
    ends at once.
    """
    command = (*_launcher(kind), *arguments)
    for attempt in range(ATTEMPTS):
        port = free_port()
        with tempfile.TemporaryFile() as output:
            process = _spawn((*command, "--host=127.0.0.1", f"--port={port}"), output)
            try:
                if await _is_ready(process, port):
                    return Emulator(f"127.0.0.1:{port}", process)
            except BaseException:
                _end(process)
                raise
            _end(process)
            told = _last_line(output)
            if attempt + 1 == ATTEMPTS or "in use" not in told:
                raise ConfigurationError(f"The {kind} emulator did not start: {told}")
    raise AssertionError


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if java is None:
        raise ConfigurationError("The emulators need Java 11 or newer; install one (java on PATH).")
    return java


def _launcher(kind: Kind) -> tuple[str, ...]:
    program, *arguments = LAUNCHERS[kind]
    path = _gcloud() / "platform" / program
    if not path.is_file():
        raise ConfigurationError(
            f"The {kind} emulator is not installed: gcloud components install {COMPONENTS[kind]}"
            f" (or your package manager's google-cloud-cli-{kind}-emulator)."
        )
    return (str(path), *arguments)


def _gcloud() -> Path:
    """The root of the Google Cloud CLI's installation."""
    program = shutil.which("gcloud")
    if program is None:
        raise ConfigurationError(
            "The emulators come with the Google Cloud CLI; install gcloud, or name running ones"
            " in FIRESTORE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST."
        )
    root = Path(program).resolve().parents[1]
    if (root / "platform").is_dir():
        return root
    command = (program, "info", "--format=value(installation.sdk_root)")
    told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return Path(told.stdout.strip() or root)


def _spawn(command: tuple[str, ...], output: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  our own words
        ("/bin/sh", "-c", KEEPER, "emulator", *command),
        env={**os.environ, "JAVA": _java(), "JAVA_TOOL_OPTIONS": JVM},
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for us, and we end it in order
    )


async def _is_ready(process: subprocess.Popen[bytes], port: int) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(READY_SECONDS):
            while process.poll() is None:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    return True
                await asyncio.sleep(0.05)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None  # noqa: S101  we asked for the pipe
    process.stdin.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _last_line(output: IO[bytes]) -> str:
    output.seek(0)
    lines = output.read().decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"


def free_port() -> int:
    """A port of loopback that is free just now."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
