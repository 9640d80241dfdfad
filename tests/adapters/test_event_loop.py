"""The loop of processes that serve."""

from __future__ import annotations

import asyncio
import gc
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
