"""The loop of processes that serve."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys

import pytest

from consensus.adapters.local import event_loop


async def _name() -> str:
    return type(asyncio.get_running_loop()).__module__.partition(".")[0]


@pytest.mark.parametrize(("platform", "loop"), [(sys.platform, "uvloop"), ("win32", "asyncio")])
def test_work_runs_on_the_fastest_loop(
    platform: str, loop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On uvloop, and on asyncio's own where the platform has no other."""
    monkeypatch.setattr(sys, "platform", platform)
    before = gc.get_threshold()
    try:
        assert event_loop.run(_name()) == loop
    finally:
        gc.set_threshold(*before)


@pytest.mark.parametrize(
    "imported", ["consensus.bootstrap.worker", "consensus.cli.serve, consensus.bootstrap.crew"]
)
def test_grpc_is_told_in_time_that_forks_are_none_of_its_business(imported: str) -> None:
    """Before it is loaded: it aborted workers that started a process while they were called."""
    told = f"""
import os, sys

class Watch:
    def find_spec(self, name, *_):
        if name == "grpc":
            print(os.environ.get("GRPC_ENABLE_FORK_SUPPORT"))

sys.meta_path.insert(0, Watch())
import {imported}
"""
    environment = {k: v for k, v in os.environ.items() if k != "GRPC_ENABLE_FORK_SUPPORT"}
    ran = subprocess.run(
        [sys.executable, "-c", told], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["0"]
