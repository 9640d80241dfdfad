"""A stack that takes its own seats, as `consensus ask` runs it."""

from __future__ import annotations

import subprocess
import sys

from consensus.bootstrap.embedded import embedded
from consensus.config import Settings
from consensus.core.model import Message, Options, Outcome
from consensus.usecases.submit import SubmitTask

ASKED = "What is 17% of 2,340?"


async def test_a_stack_alone_answers_without_workers() -> None:
    """The panel's voters sit in the stack's own process; a task ends there as everywhere."""
    settings = Settings(demo_latency_ms=0)
    async with embedded(settings, store=":memory:", say=lambda _: None, alone=True) as stack:
        order = SubmitTask("local", (Message("user", ASKED),), ASKED, Options(max_votes=3))
        task = await stack.submit(order)
        async for seen in stack.store.watch(task.id):
            task = seen

    assert stack.statuses is None
    assert task.result is not None
    assert (task.result.outcome, task.result.answer) == (Outcome.CONSENSUS, "397.8")
    assert task.usage.calls == 3


def test_a_stack_alone_loads_no_grpc() -> None:
    """What only workers need is not loaded: a single question would wait for it."""
    program = """
import asyncio, sys
from consensus.bootstrap.embedded import embedded
from consensus.config import Settings

async def main():
    async with embedded(Settings(), store=":memory:", say=lambda _: None, alone=True):
        print(*sorted(sys.modules.keys() & {"grpc", "mcp", "openai", "sympy", "sqlglot"}))

asyncio.run(main())
"""
    run = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert (run.returncode, run.stdout.strip()) == (0, ""), run.stderr
