"""Terraform makes the indexes that the Firestore stores' queries need, and no other.

The emulator needs none, production refuses a query without. That each query has its index is
looked at in every contract test (conftest.py); here each query is made once.
"""

from __future__ import annotations

import uuid
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import product

import pytest

from consensus.adapters.google.firestore_batches import FirestoreBatches
from consensus.adapters.google.firestore_store import FirestoreStore
from consensus.config import Settings
from consensus.core.model import Outcome, State
from consensus.ports import LISTENING, Erased, Listing
from tests.contract import indexes
from tests.contract.indexes import BY_NAME, CONTAINS, DOWN, UP, Index, Shape

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def settings(firestore_emulator: str) -> Settings:
    """A project of its own on the emulator."""
    return Settings().with_changes(
        firestore_emulator_host=firestore_emulator,
        google_cloud_project=f"test-{uuid.uuid4().hex}",
    )


def listings() -> list[Listing]:
    """Every mixture of filters that a caller can ask for, and that a decider can."""
    filters = product(
        ("ann", None),
        (None, State.DONE),
        (None, Outcome.CONSENSUS),
        (None, ("run", "1")),
        (None, NOON),
        (False, True),
    )
    every = (Listing(*chosen) for chosen in filters)
    return [listing for listing in every if listing.owner or listing.unsettled]


async def _make_each_query(settings: Settings) -> None:
    store, batches = FirestoreStore(settings), FirestoreBatches(settings)
    for listing in listings():
        await store.page(listing, 20, "")
    await store.open_tasks()
    await store.open_count("ann")
    await store.open_seats("ann")
    await store.count_since("ann", NOON)
    await store.judged("ann", 10)
    await store.late("task1")
    await store.rejections()
    await store.due_notices(NOON, 10)
    await store.erase(Erased("task1", "ann", NOON))
    async with aclosing(store.news("ann")) as news:
        assert await anext(news) == LISTENING
    await batches.files("ann", 10)
    await batches.batches("ann", 10)
    await batches.active_batches()
    await batches.active_batches("ann")
    await store.close()
    await batches.close()


async def test_every_index_serves_a_query(settings: Settings, queries: list[Shape]) -> None:
    """An index that none reads is written with every commit for nothing."""
    await _make_each_query(settings)
    planned = indexes.planned()
    read = {index for asked in queries for index in indexes.serving(asked, planned) or ()}
    assert planned - read == set()


A, B, LABEL = ("a", UP), ("b", UP), ("labels", CONTAINS)
NEWEST = (("at", DOWN), ("__name__", DOWN))


@pytest.mark.parametrize(
    ("equal", "order", "has", "is_served"),
    [
        ([], (BY_NAME,), [], True),
        ([A], (BY_NAME,), [], False),
        ([A], (BY_NAME,), [(A, BY_NAME)], True),
        ([A, B], (BY_NAME,), [(A, BY_NAME), (B, BY_NAME)], True),
        ([A, B], (BY_NAME,), [(A, BY_NAME)], False),
        ([], NEWEST, [(A, *NEWEST)], False),
        ([A], NEWEST, [(A, BY_NAME), NEWEST], False),  # neither is in the order of the other
        ([A], NEWEST, [(A, ("at", UP), BY_NAME)], False),
        ([A, B], NEWEST, [(A, *NEWEST)], False),
        ([A, B], NEWEST, [(B, A, *NEWEST)], True),
        ([A, B], NEWEST, [(A, *NEWEST), (B, *NEWEST)], True),
        ([A, B, LABEL], NEWEST, [(A, B, *NEWEST), (A, LABEL, *NEWEST)], True),
        ([A, LABEL], NEWEST, [(A, *NEWEST), (("labels", UP), *NEWEST)], False),
    ],
)
def test_what_production_serves(
    equal: list[indexes.Field],
    order: tuple[indexes.Field, ...],
    has: list[tuple[indexes.Field, ...]],
    *,
    is_served: bool,
) -> None:
    """The rules by which the rest is judged."""
    asked = Shape("c", frozenset(equal), order)
    there = [Index("c", fields) for fields in has]
    assert (indexes.serving(asked, there) is not None) is is_served
