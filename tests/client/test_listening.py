"""`listen`: a task's changes from Firestore, over the emulator and over wires that fail."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consensus import AsyncClient, Client
from consensus.adapters.google.firestore_store import FirestoreStore
from consensus.client import Refused, Unreachable
from consensus.client import Task as Told
from consensus.config import Settings
from consensus.core.events import Step
from consensus.core.model import Message, Plan, Progress, State, Task
from consensus.ports import Erased
from tests.chaos.wire import Wire, wire

EXAMPLE = Path(__file__).parents[2] / "examples" / "listen_firestore.py"
NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
A_TASK = Task("task1", "local", (Message("user", "?"),), Plan(), NOON, NOON + timedelta(seconds=9))
NEVER_QUIET = 600.0


@pytest.fixture
def emulator(firestore_emulator: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The emulator and a project of its own, named as Google's users do."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", f"test-{uuid.uuid4().hex}")
    return firestore_emulator


@pytest.fixture
async def store(emulator: str) -> AsyncIterator[FirestoreStore]:
    """The deployment's store, with one task in it."""
    opened = FirestoreStore(Settings.read())
    await opened.create(A_TASK, None)
    yield opened
    await opened.close()


async def _move(store: FirestoreStore, state: State) -> None:
    stored = await store.load("task1")
    assert stored is not None
    await store.commit(stored, Step(replace(stored.task, state=state, progress=Progress(3, 2))))


async def _states(changes: AsyncIterator[Told]) -> list[str]:
    async with asyncio.timeout(60):
        return [task["state"] async for task in changes]


async def test_changes_are_heard_up_to_the_end(store: FirestoreStore) -> None:
    """As they happen, in the service's own JSON; no look at the clock is needed."""
    async with AsyncClient() as client:
        changes = client.listen("task1", quiet_seconds=NEVER_QUIET)
        first = await anext(changes)
        assert (first["id"], first["state"]) == ("task1", "QUEUED")
        assert first["messages"][0]["content"] == "?"
        await _move(store, State.RUNNING)
        second = await anext(changes)
        assert (second["state"], second["progress"]["voted"]) == ("RUNNING", 2)
        await _move(store, State.DONE)
        assert await _states(changes) == ["DONE"]


@pytest.fixture
def carrying(emulator: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """A wire to the emulator, which the client goes by."""
    with wire(emulator) as carried:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", carried.address)
        yield carried


async def test_a_broken_connection_is_made_again(store: FirestoreStore, carrying: Wire) -> None:
    """Cut in the middle, and the task ends meanwhile."""
    async with AsyncClient() as client:
        changes = client.listen("task1", quiet_seconds=NEVER_QUIET)
        assert (await anext(changes))["state"] == "QUEUED"
        carrying.cut()
        await _move(store, State.DONE)
        assert await _states(changes) == ["DONE"]


async def test_a_listener_that_dies_without_a_word_costs_time_and_no_change(
    store: FirestoreStore, carrying: Wire
) -> None:
    """Its connections stay open and bring nothing more: others are made, and tell the end."""
    async with AsyncClient() as client:
        changes = client.listen("task1", quiet_seconds=0.2)
        assert (await anext(changes))["state"] == "QUEUED"
        carrying.deafen()
        await _move(store, State.DONE)
        assert await _states(changes) == ["DONE"]


async def test_quiet_is_no_change(store: FirestoreStore) -> None:
    """A task that rests is looked at again and again, and told once."""
    async with AsyncClient() as client:
        changes = client.listen("task1", quiet_seconds=0.01)
        assert (await anext(changes))["state"] == "QUEUED"
        waiting = asyncio.ensure_future(_states(changes))
        await _move(store, State.DONE)
        assert await waiting == ["DONE"]


async def test_a_task_that_is_not_there_or_goes_is_told(store: FirestoreStore) -> None:
    """Rather than waited for, for ever."""
    async with AsyncClient() as client:
        with pytest.raises(Refused, match="no task none") as refused:
            await anext(client.listen("none"))
        assert (refused.value.status, refused.value.reason) == (404, "TASK_NOT_FOUND")
        changes = client.listen("task1", quiet_seconds=NEVER_QUIET)
        await anext(changes)
        await store.erase(Erased("task1", "local", NOON))
        with pytest.raises(Refused, match="erased"):
            await _states(changes)


async def test_a_firestore_that_stays_away_is_told_after_growing_pauses(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    """Each attempt waits longer than the one before, up to half a minute."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{unused_tcp_port}")
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with AsyncClient(pause=pause) as client:
        with pytest.raises(Unreachable, match="Firestore"):
            await anext(client.listen("task1", project="none"))
    assert pauses == sorted(pauses)
    assert (len(pauses), pauses[0], pauses[-1]) == (9, 0.5, 30.0)


async def test_without_a_project_or_credentials_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In our own words, and at once."""
    for name in ("FIRESTORE_EMULATOR_HOST", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    async with AsyncClient() as client:
        with pytest.raises(Refused, match="GOOGLE_CLOUD_PROJECT"):
            await anext(client.listen("task1"))
        with pytest.raises(Refused, match="gcloud auth"):
            await anext(client.listen("task1", project="some-project"))


async def test_plain_code_listens_too_and_may_stop(store: FirestoreStore) -> None:
    """Client's `listen` is a plain iterator; leaving it ends what it began."""

    def first() -> str:
        with Client() as client:
            for task in client.listen("task1"):
                return task["state"]
        raise AssertionError("it told nothing")

    assert await asyncio.to_thread(first) == "QUEUED"


async def test_the_example_runs(store: FirestoreStore) -> None:
    """From the beginning to the end of a task."""
    await _move(store, State.DONE)
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(EXAMPLE), "task1"],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "DONE: 2 votes\n"


async def test_without_its_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client itself needs none."""
    monkeypatch.setitem(sys.modules, "consensus.client.listening", None)
    async with AsyncClient() as client:
        with pytest.raises(Refused, match=r"consensus-panel\[cloud\]"):
            await anext(client.listen("task1"))
