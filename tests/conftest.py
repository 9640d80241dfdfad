"""What holds for every test: properties without a clock, and the official emulators.

Those are looked for in this order: addresses in the environment; Docker; a local gcloud. Without
any, the test is skipped, or fails where CONSENSUS_REQUIRE_EMULATORS=1.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx2
import pytest
from hypothesis import HealthCheck, settings

from consensus.adapters.google import emulators
from consensus.core.errors import ConfigurationError

Returned = TypeVar("Returned")

IMAGE = "google/cloud-sdk:emulators"
START_SECONDS = 60
COMMANDS: dict[emulators.Kind, str] = {
    "firestore": "gcloud emulators firestore start --host-port=127.0.0.1:{port}",
    "pubsub": "gcloud beta emulators pubsub start --project=test --host-port=127.0.0.1:{port}",
}


# A time is no assertion: on a busy machine an example that takes longer is not a failure.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def firestore_emulator() -> Iterator[str]:
    """host:port of a running Firestore emulator."""
    with _emulator("firestore", "FIRESTORE_EMULATOR_HOST") as address:
        yield address


@pytest.fixture(scope="session")
def pubsub_emulator() -> Iterator[str]:
    """host:port of a running Pub/Sub emulator."""
    with _emulator("pubsub", "PUBSUB_EMULATOR_HOST") as address:
        yield address


@contextmanager
def _emulator(kind: emulators.Kind, variable: str) -> Iterator[str]:
    named = os.environ.get(variable)
    if named:
        yield named
        return
    if _docker_has(IMAGE):
        with _in_docker(kind) as address:
            yield address
        return
    try:
        started = _run(emulators.start(kind))
    except ConfigurationError as error:
        if os.environ.get("CONSENSUS_REQUIRE_EMULATORS") == "1":
            pytest.fail(f"CONSENSUS_REQUIRE_EMULATORS=1, but: {error}")
        pytest.skip(f"{error} Or: docker pull {IMAGE}")
    try:
        yield started.address
    finally:
        _run(started.stop())


def _run(work: Coroutine[Any, Any, Returned]) -> Returned:
    """In a loop of its own: an async fixture may ask for us while one runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _docker_has(image: str) -> bool:
    """Whether Docker answers and need not fetch the image first, which may take gigabytes."""
    command = ["docker", "image", "inspect", image]
    try:
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@contextmanager
def _in_docker(kind: emulators.Kind) -> Iterator[str]:
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.container import DockerContainer

    # Its reaper ends what a killed test run leaves; nothing more is lost without.
    if not _docker_has(testcontainers_config.ryuk_image):
        testcontainers_config.ryuk_disabled = True
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # On the host's network, since the Pub/Sub emulator pushes to endpoints of ours on loopback.
    container = DockerContainer(IMAGE).with_command(COMMANDS[kind].format(port=port))
    with container.with_kwargs(network_mode="host"):
        _wait_until_ready(f"127.0.0.1:{port}")
        yield f"127.0.0.1:{port}"


def _wait_until_ready(address: str) -> None:
    """Both emulators answer a plain GET."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx2.get(f"http://{address}/", trust_env=False).is_success:
                return
        except httpx2.TransportError:
            if time.monotonic() > until:
                raise
        time.sleep(0.1)
