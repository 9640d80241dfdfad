"""A small world, fresh for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from consensus.adapters.local.sqlite_store import SqliteStore
from tests.usecases.doubles import Small


@pytest.fixture
async def small() -> AsyncIterator[Small]:
    """A store in memory, a clock moved by hand, a bus that delivers ballots at once."""
    store = SqliteStore(":memory:")
    yield Small(store)
    await store.close()
