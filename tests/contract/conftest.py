"""Every query that a contract test makes of Firestore has the indexes that production wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from google.cloud.firestore_v1.services.firestore import FirestoreAsyncClient
from google.cloud.firestore_v1.types import ListenRequest

from tests.contract import indexes
from tests.contract.indexes import Shape


@pytest.fixture(autouse=True)
def queries(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Shape]]:
    """The shapes of the queries made; the test fails if Terraform has no index for one."""
    made: list[Shape] = []
    run, aggregate = FirestoreAsyncClient.run_query, FirestoreAsyncClient.run_aggregation_query
    listen = FirestoreAsyncClient.listen

    def run_query(self: Any, request: Any, **options: Any) -> Any:
        made.append(indexes.shape(request["structured_query"]))
        return run(self, request=request, **options)

    def run_aggregation_query(self: Any, request: Any, **options: Any) -> Any:
        made.append(indexes.aggregated(request["structured_aggregation_query"]))
        return aggregate(self, request=request, **options)

    async def seen(requests: AsyncIterator[ListenRequest]) -> AsyncIterator[ListenRequest]:
        async for request in requests:
            if "query" in request.add_target:
                made.append(indexes.shape(request.add_target.query.structured_query))
            yield request

    def listening(self: Any, requests: AsyncIterator[ListenRequest], **options: Any) -> Any:
        return listen(self, requests=seen(requests), **options)

    monkeypatch.setattr(FirestoreAsyncClient, "run_query", run_query)
    monkeypatch.setattr(FirestoreAsyncClient, "run_aggregation_query", run_aggregation_query)
    monkeypatch.setattr(FirestoreAsyncClient, "listen", listening)
    yield made
    planned = indexes.planned()
    assert [asked for asked in made if indexes.serving(asked, planned) is None] == []
