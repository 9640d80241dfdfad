"""Work that runs beside a stack: it ends with it, and is heard of where it ends before."""

from __future__ import annotations

import asyncio

import pytest

from consensus.bootstrap.background import in_background
from tests.usecases.doubles import until


async def test_work_that_fails_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """With its name and traceback: nobody awaits it, and the stack would go on without a word."""

    async def failing() -> None:
        raise ValueError("a defect")

    async with in_background(failing()):
        await until(lambda: caplog.records)
    (record,) = caplog.records
    assert record.exc_info is not None
    assert "failing" in record.getMessage()


async def test_work_is_cancelled_at_the_end_without_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """That is how it is meant to end."""
    ended = asyncio.Event()

    async def working() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with in_background(working()):
        await asyncio.sleep(0)
    assert ended.is_set()
    assert not caplog.records
