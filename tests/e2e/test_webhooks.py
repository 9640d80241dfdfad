"""Whoever the operator names hears of every end, on either stack, by real processes."""

from __future__ import annotations

import asyncio
import json
import queue
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cloudevents.http import from_json
from standardwebhooks import Webhook as Verifier

from consensus.bootstrap import embedded as embedded_stack
from consensus.bootstrap.embedded import EmbeddedStack, embedded
from consensus.config import Settings
from consensus.core import notices
from consensus.core.model import Message, Options, Outcome
from consensus.usecases.submit import SubmitTask
from tests.e2e.model_server import ModelServer, model_server
from tests.e2e.service import Service, service

pytestmark = pytest.mark.timeout(300)

SECRET = "whsec_" + "A" * 44
PROJECT = "e2e-webhooks"


class Endpoint:
    """An endpoint on this machine: what it was told, and the statuses that it answers first."""

    def __init__(self) -> None:
        self.told: queue.Queue[Any] = queue.Queue()
        self.refused: queue.Queue[str] = queue.Queue()
        self.statuses: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                told = Verifier(SECRET).verify(body, dict(self.headers))
                status = outer.statuses.pop(0) if outer.statuses else 204
                self.send_response(status)
                self.end_headers()
                heard = outer.told if status == 204 else outer.refused
                heard.put(self.headers["webhook-id"] if status != 204 else told)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.serving = threading.Thread(target=self.server.serve_forever)
        self.serving.start()

    def close(self) -> None:
        self.server.shutdown()
        self.serving.join()
        self.server.server_close()

    def file(self, folder: Path) -> Path:
        """A webhooks file that names it."""
        path = folder / "webhooks.toml"
        url = f"http://127.0.0.1:{self.server.server_port}/hook"
        path.write_text(
            f'[[webhooks]]\nname = "desk"\nurl = "{url}"\nsecret = "HOOK_SECRET"\nloopback = true\n'
        )
        return path


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that is there."""
    opened = Endpoint()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    """A model server that answers on cue."""
    with model_server() as server:
        yield server


@pytest.fixture(params=["embedded", "emulated"])
def stack(
    request: pytest.FixtureRequest, model: ModelServer, tmp_path: Path, endpoint: Endpoint
) -> Iterator[Service]:
    """A running stack of either kind that knows the endpoint."""
    options: list[str] = []
    told = {"CONSENSUS_WEBHOOKS": str(endpoint.file(tmp_path)), "HOOK_SECRET": SECRET}
    if request.param == "emulated":
        told["FIRESTORE_EMULATOR_HOST"] = request.getfixturevalue("firestore_emulator")
        told["PUBSUB_EMULATOR_HOST"] = request.getfixturevalue("pubsub_emulator")
        told["GOOGLE_CLOUD_PROJECT"] = PROJECT
        told["CONSENSUS_RESULTS_TOPIC"] = "results"
        options = ["--emulators"]
    with service(model.url, tmp_path / "tasks.sqlite3", *options, **told) as running:
        yield running


def test_an_endpoint_hears_of_an_end_and_the_desk_of_what_is_unsettled(
    stack: Service, endpoint: Endpoint, request: pytest.FixtureRequest
) -> None:
    """Signed, by id; in the emulated stack the results topic has the same as CloudEvents."""
    pulled = _subscribe(request) if "emulated" in request.node.name else None
    agreed = stack.ask(
        ["B"], strategy="exact", text=f"Agreed? {stack.url}", metadata={"order": "7"}
    )
    first = endpoint.told.get(timeout=120)
    assert (first["type"], first["data"]["id"]) == ("task.done", agreed["id"])
    assert first["data"]["outcome"] == "CONSENSUS"
    assert first["data"]["metadata"] == {"order": "7"}
    three = {"strategy": "exact", "min_votes": 3, "max_votes": 3}
    split = stack.ask(["A", "B", "C"], text=f"Split? {stack.url}", **three)
    both = [endpoint.told.get(timeout=120) for _ in range(2)]
    assert {told["type"] for told in both} == {"task.done", "task.unsettled"}
    assert {told["data"]["id"] for told in both} == {split["id"]}
    assert endpoint.told.empty()
    if pulled is not None:
        events = pulled(3)
        assert {(event["type"], event["subject"]) for event in events} == {
            ("consensus.task.done", agreed["id"]),
            ("consensus.task.done", split["id"]),
            ("consensus.task.unsettled", split["id"]),
        }
        assert {event["source"] for event in events} == {f"urn:consensus:{PROJECT}:default"}
        assert all(event.data["id"] == event["subject"] for event in events)


def _subscribe(request: pytest.FixtureRequest) -> Any:
    """Somebody else's subscription to the results; returns what pulls so many events of it."""
    from google.pubsub_v1.types import Subscription

    from consensus.adapters.google.pubsub import subscriber, subscription_path, topic_path

    settings = Settings().with_changes(
        pubsub_emulator_host=request.getfixturevalue("pubsub_emulator"),
        google_cloud_project=PROJECT,
    )
    path = subscription_path(settings, "theirs")

    async def subscribe() -> None:
        client = subscriber(settings)
        topic = topic_path(settings, "results")
        await client.create_subscription(request=Subscription(name=path, topic=topic))
        await client.transport.close()  # type: ignore[no-untyped-call]

    async def pull(count: int) -> list[Any]:
        client, events = subscriber(settings), list[Any]()
        while len(events) < count:
            pulled = await client.pull(subscription=path, max_messages=count, timeout=30)
            for received in pulled.received_messages:
                attributes = received.message.attributes
                assert attributes["content-type"] == "application/cloudevents+json"
                events.append(from_json(received.message.data))
                assert attributes["type"] == events[-1]["type"]
            acked = [received.ack_id for received in pulled.received_messages]
            await client.acknowledge(subscription=path, ack_ids=acked)
        await client.transport.close()  # type: ignore[no-untyped-call]
        return events

    asyncio.run(subscribe())
    return lambda count: asyncio.run(pull(count))


@asynccontextmanager
async def _stack(settings: Settings, store: Path) -> AsyncIterator[EmbeddedStack]:
    async with embedded(settings, store=store, say=lambda _: None) as running:
        yield running


async def test_what_nobody_took_in_before_a_restart_is_told_after_it(
    tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outbox is in the file: an endpoint that failed hears from the service's next life."""
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setattr(notices, "SHORTEST_WAIT", notices.SHORTEST_WAIT * 0)
    settings = Settings(workers=1, demo_latency_ms=1).with_changes(
        openai_api_key=None, openai_base_url=None, webhooks=endpoint.file(tmp_path)
    )
    store = tmp_path / "tasks.sqlite3"
    endpoint.statuses = [503]
    question = Message("user", "What is 17% of 2,340?")
    async with _stack(settings, store) as running:
        order = SubmitTask("local", (question,), options=Options(min_votes=3, max_votes=3))
        task = await running.submit(order)
        event_id = await asyncio.to_thread(endpoint.refused.get, timeout=120)
        assert event_id == f"{task.id}-done"
    assert endpoint.told.empty()
    monkeypatch.setattr(embedded_stack, "SWEEP_SECONDS", 0.05)
    async with _stack(settings, store) as running:
        told = await asyncio.to_thread(endpoint.told.get, timeout=120)
        assert told["data"]["outcome"] == Outcome.CONSENSUS
        assert json.dumps(told).count(task.id) == 2  # its id and its URL
