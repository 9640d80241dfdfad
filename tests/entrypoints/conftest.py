"""The entry points under the real functions framework, over a SQLite store in memory."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import httpx2
import pytest
from functions_framework.aio import create_asgi_app
from starlette.types import ASGIApp

from consensus.adapters.local.disk_files import DiskFiles
from consensus.adapters.local.sqlite_batches import SqliteBatches
from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.codec.batch_lines import Lines
from consensus.config import Settings
from consensus.core.events import Taken
from consensus.core.model import Message, Plan, Reading, Task, Usage, Vote
from consensus.doors import http
from consensus.doors.identity import Identity, local
from consensus.ports import Statuses
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.apply import apply_event
from consensus.usecases.batches import Batches
from consensus.usecases.files import Files
from consensus.usecases.submit import Submit
from tests.clocks import NOON, HandClock
from tests.usecases.doubles import RecordingBus

FUNCTIONS = Path(__file__).parents[2] / "functions"

ASKED = {"prompt": "What is 2 + 2?", "strategy": "numeric", "min_votes": 3, "max_votes": 3}


A_TASK = Task(
    id="task1",
    owner="local",
    messages=(Message("user", "What is 2 + 2?"),),
    plan=Plan(),
    created_at=NOON,
    deadline=NOON + timedelta(seconds=120),
)


class Function(Protocol):
    """Loads an entry point whose composition root, `root`, is replaced by `build`."""

    def __call__(
        self, folder: str, target: str, root: str, build: Callable[[], ASGIApp]
    ) -> httpx2.AsyncClient:
        """A client of it."""
        ...


@dataclass
class Service:
    """The use cases over one store, as every deployable sees them."""

    store: SqliteStore
    bus: RecordingBus
    clock: HandClock
    settings: Settings
    folder: Path
    identity: Identity = local
    made: int = 0
    max_open_tasks: int | None = None
    max_tasks_per_minute: int | None = None
    deciders: tuple[str, ...] = ()
    kept: int = 0

    @property
    def aggregate(self) -> Aggregate:
        """The aggregate use case."""
        return Aggregate(
            self.store, self.bus, self.clock, lambda: 0.0, deciders=self.deciders, files=self.files
        )

    @property
    def submit(self) -> Submit:
        """The submit use case."""
        return Submit(
            self.store,
            self.bus,
            self.clock,
            self.new_id,
            max_open_tasks=self.max_open_tasks,
            max_tasks_per_minute=self.max_tasks_per_minute,
        )

    @property
    def files(self) -> Files:
        """The files of batches, which are file-1, file-2, ..."""
        lines = Lines(self.settings.max_prompt_bytes)
        known, parts = SqliteBatches(self.store), DiskFiles(self.folder)
        most, most_bytes = self.settings.max_files, self.settings.max_files_bytes
        return Files(known, parts, lines, self.clock, self.new_file, most, most_bytes)

    @property
    def batches(self) -> Batches:
        """The batches, of which each has room for two tasks."""
        most = self.settings.max_batches
        return Batches(self.files, self.submit, self.aggregate, share=2, most=most)

    def new_file(self) -> str:
        """1, 2, ..."""
        self.kept += 1
        return str(self.kept)

    def new_id(self) -> str:
        """task1, task2, ..."""
        self.made += 1
        return f"task{self.made}"

    def supervisor(self, workers: Statuses | None = None) -> ASGIApp:
        """The supervisor's application."""
        return http.build(
            self.submit,
            self.aggregate,
            self.store,
            self.clock,
            self.identity,
            max_prompt_bytes=self.settings.max_prompt_bytes,
            workers=workers,
            files=self.files,
            batches=self.batches,
            max_file_bytes=self.settings.max_file_bytes,
        )

    async def take(self, task_id: str) -> None:
        """Have a holder take the task, so that its first wave is asked."""
        await apply_event(self.store, self.clock, lambda: 0.0, task_id, Taken("holder"))

    async def vote(self, task_id: str, seat: int, answer: str) -> None:
        """Bring a seat's vote."""
        await self.aggregate.ballot(task_id, a_vote(seat, answer), f"key{seat}", "")

    async def finish(self, task_id: str, answer: str = "4") -> None:
        """Take the task and have every asked seat give the same answer until it is DONE."""
        await self.take(task_id)
        for seat in range(20):
            await self.vote(task_id, seat, answer)


def a_vote(seat: int, answer: str) -> Vote:
    """One seat's vote for a number."""
    reading = Reading(f"It is {answer}.", answer, answer, confidence=0.9)
    return Vote(seat, reading, "default", "demo", 1.0, Usage(1, 10, 5, 0.001))


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A service with an empty store."""
    store = SqliteStore(":memory:")
    yield Service(store, RecordingBus(), HandClock(), Settings(), tmp_path / "files")
    await store.close()


def envelope(
    data: bytes,
    message_id: str = "m1",
    attributes: Mapping[str, str] | None = None,
    attempt: int = 1,
) -> bytes:
    """A message as Pub/Sub pushes it."""
    message = {
        "data": base64.b64encode(data).decode(),
        "messageId": message_id,
        "message_id": message_id,
        "publishTime": "2026-01-02T12:00:00Z",
        "attributes": dict(attributes or {}),
    }
    pushed = {"message": message, "subscription": "projects/p/subscriptions/s"}
    return json.dumps({**pushed, "deliveryAttempt": attempt}).encode()


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Function:
    """Entry points in the functions framework, their parts picked by the test."""

    def load(
        folder: str, target: str, root: str, build: Callable[[], ASGIApp]
    ) -> httpx2.AsyncClient:
        monkeypatch.setattr(f"consensus.bootstrap.{root}.build", lambda _: build())
        source = str(FUNCTIONS / folder / "main.py")
        app: ASGIApp = create_asgi_app(target, source)  # type: ignore[no-untyped-call]
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")

    return load
