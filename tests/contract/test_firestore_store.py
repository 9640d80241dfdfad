"""What the Firestore store promises beyond the contract: its documents, its watch, its errors."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consensus.adapters.google import firestore, firestore_listener, firestore_store
from consensus.adapters.google.firestore_store import FirestoreStore
from consensus.adapters.google.firestore_time import Comparison
from consensus.config import Settings
from consensus.core.errors import NoRoom, StoreUnavailable
from consensus.core.events import Step
from consensus.core.model import (
    CloseReason,
    Message,
    Outcome,
    Plan,
    Reading,
    Recorded,
    Result,
    State,
    Task,
    Vote,
)
from consensus.ports import Claim, Listing, Rejection, Room
from tests.chaos.wire import wire

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
A_TASK = Task("task1", "local", (Message("user", "?"),), Plan(), NOON, NOON + timedelta(seconds=9))


@pytest.fixture
def settings(firestore_emulator: str) -> Settings:
    """A project of its own on the emulator."""
    return Settings().with_changes(
        firestore_emulator_host=firestore_emulator,
        google_cloud_project=f"test-{uuid.uuid4().hex}",
    )


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[FirestoreStore]:
    """An empty store."""
    opened = FirestoreStore(settings)
    yield opened
    await opened.close()


async def test_every_document_expires(store: FirestoreStore, settings: Settings) -> None:
    """Tasks, votes, claims and rejections lie where rules and policies look, with expires_at."""
    await store.create(A_TASK, Claim("key", "body", NOON + timedelta(hours=24)))
    stored = await store.load("task1")
    assert stored is not None
    recorded = Recorded(1, NOON, Vote(0, Reading("4", "4")))
    await store.commit(stored, Step(replace(stored.task, last_order=1), recorded))
    await store.record_late("task1", Recorded(2, NOON, Vote(1, Reading("5", "5"))))
    await store.reject(Rejection("key", "UNDECODABLE", "", "", NOON))
    paths = ("tasks/task1", "tasks/task1/votes/0", "idempotency/key", "rejections/key")
    found = {path: await document(settings, path) for path in (*paths, "tasks/task1/votes/1")}
    assert all(isinstance(kept["expires_at"], datetime) for kept in found.values())
    assert found["tasks/task1"]["owner"] == "local"
    assert found["tasks/task1/votes/0"]["counted"] is True
    assert found["tasks/task1/votes/1"]["counted"] is False


async def document(settings: Settings, path: str) -> dict[str, Any]:
    """A document as another client reads it."""
    found = (await firestore.client(settings).document(path).get()).to_dict()
    assert found is not None
    return found


async def test_a_watch_needs_no_listener(
    store: FirestoreStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the listener hears nothing, looking brings each change."""

    async def hears_nothing(*_: object) -> None:
        return

    monkeypatch.setattr(firestore_listener.FirestoreListener, "_listen", hears_nothing)
    monkeypatch.setattr(firestore_store, "POLL_SECONDS", 0.01)
    await store.create(A_TASK, None)
    async with aclosing(store.watch("task1")) as changes:
        await anext(changes)
        stored = await store.load("task1")
        assert stored is not None
        await store.commit(stored, Step(replace(stored.task, state=State.DONE)))
        assert (await anext(changes)).state is State.DONE


async def test_a_listener_brings_what_changed(
    store: FirestoreStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is read again of what it tells: the task is the one that was committed.

    The emulator's stream breaks now and then, and a change is then looked for: the next one is not.
    """
    look, looks = store._look, list[str]()

    async def counted(task_id: str) -> Any:
        looks.append(task_id)
        return await look(task_id)

    monkeypatch.setattr(store, "_look", counted)
    await store.create(A_TASK, None)
    async with aclosing(store.watch("task1")) as changes:
        assert await anext(changes) == A_TASK
        for holder in ("h1", "h2", "h3"):
            looks.clear()
            held = await _hold(store, holder)
            assert await anext(changes) == held
            if not looks:
                return
    pytest.fail("each change was looked for")


async def _hold(store: FirestoreStore, holder: str) -> Task:
    """Commit that somebody holds the task, as a holder would: again where no answer came."""
    for _ in range(3):
        stored = await store.load("task1")
        assert stored is not None
        held = replace(stored.task, state=State.RUNNING, holder=holder, held_at=NOON)
        with contextlib.suppress(StoreUnavailable):
            if stored.task != held:
                await store.commit(stored, Step(held))
            return held
    raise AssertionError("the store did not answer")


async def test_a_watch_outlives_a_short_failure(
    store: FirestoreStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look that fails is repeated, so that the holder of a task keeps its calls."""

    async def hears_nothing(*_: object) -> None:
        return

    monkeypatch.setattr(firestore_listener.FirestoreListener, "_listen", hears_nothing)
    monkeypatch.setattr(firestore_store, "POLL_SECONDS", 0.01)
    await store.create(A_TASK, None)
    look, failures = store._look, [StoreUnavailable("x"), StoreUnavailable("y")]

    async def sometimes(task_id: str) -> Any:
        if seen and failures:
            raise failures.pop()
        return await look(task_id)

    seen: list[Task] = []
    monkeypatch.setattr(store, "_look", sometimes)
    monkeypatch.setattr(firestore_store, "LOOK_AGAIN_SECONDS", 0.01)
    async with aclosing(store.watch("task1")) as changes:
        seen.append(await anext(changes))
        stored = await store.load("task1")
        assert stored is not None
        await store.commit(stored, Step(replace(stored.task, state=State.DONE)))
        assert (await anext(changes)).state is State.DONE
    assert not failures


async def test_a_broken_listener_leaves_nothing_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It listens again, and what fed the broken stream has ended."""
    monkeypatch.setattr(firestore_listener, "LISTEN_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(firestore_store, "POLL_SECONDS", 0.01)
    assert settings.firestore_emulator_host is not None
    with wire(settings.firestore_emulator_host) as carrying:
        store = FirestoreStore(settings.with_changes(firestore_emulator_host=carrying.address))
        await store.create(A_TASK, None)
        async with aclosing(store.watch("task1")) as changes:
            await anext(changes)
            async with asyncio.timeout(60):
                # Nobody tells us whose connections stand: a stream may still be on its way through.
                while not (first := _feeding()):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                while first & _feeding():
                    carrying.cut()
                    await asyncio.sleep(0.01)
                while not _feeding():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        await store.close()


def _feeding() -> set[asyncio.Task[Any]]:
    """The tasks of gRPC's that feed requests to a stream."""
    return {t for t in asyncio.all_tasks() if "consume_request_iterator" in repr(t.get_coro())}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No retries of calls."""
    monkeypatch.setitem(firestore_store.CALL, "retry", None)


@pytest.mark.usefixtures("impatient")
async def test_an_absent_firestore_is_unavailable(unused_tcp_port: int) -> None:
    """Every call says so in our own words."""
    host = f"127.0.0.1:{unused_tcp_port}"
    store = FirestoreStore(Settings().with_changes(firestore_emulator_host=host))
    calls = (
        lambda: store.load("task1"),
        lambda: store.create(A_TASK, None),
        lambda: store.page(Listing("local"), 1, ""),
        store.open_tasks,
        store.rejections,
        lambda: store.record_late("task1", Recorded(1, NOON, Vote(0, Reading("", "")))),
        lambda: anext(store.watch("task1")),
    )
    for call in calls:
        with pytest.raises(StoreUnavailable):
            await call()
    await store.close()


async def test_a_place_whose_task_is_gone_is_taken_again(
    store: FirestoreStore, settings: Settings
) -> None:
    """Time to live, or a hand, may take a task without leaving its place."""
    room = Room(tasks=1)
    await store.create(A_TASK, None, room)
    await firestore.client(settings).collection("tasks").document("task1").delete()
    await store.create(replace(A_TASK, id="task2"), None, room)
    with pytest.raises(NoRoom):
        await store.create(replace(A_TASK, id="task3"), None, room)


async def test_only_what_is_unsettled_is_indexed_as_such(store: FirestoreStore) -> None:
    """An index holds what has the field; one with every task would take 500 new ones a second."""
    document = store._client.collection("tasks").document("task1")
    await store.create(A_TASK, None)
    created = (await document.get()).to_dict() or {}
    stored = await store.load("task1")
    assert stored is not None
    split = Result(
        Outcome.NO_CONSENSUS, CloseReason.EXHAUSTED, "4", 0.5, 0.6, 0.0, None, None, (), "split"
    )
    done = replace(stored.task, state=State.DONE, result=split, finished_at=NOON)
    await store.commit(stored, Step(done))
    ended = (await document.get()).to_dict() or {}
    assert ("unsettled" in created, ended["unsettled"]) == (False, True)


def _told_of_clocks(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged of clocks: gRPC's poller, which other tests share, may log besides."""
    return [message for message in caplog.messages if "clock" in message]


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_clock_that_is_off_is_told_of(
    store: FirestoreStore,
    hours: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A part whose clock is ahead ends tasks before their time: the database knows better."""
    await store.create(A_TASK, None)
    await store.load("task1")
    assert _told_of_clocks(caplog) == []
    off = timedelta(hours=hours)
    monkeypatch.setattr(store, "_times", Comparison(now=lambda: datetime.now(UTC) + off))
    for _ in range(2):
        await store.load("task1")
    (told,) = _told_of_clocks(caplog)
    assert f"clock is {3600 * hours:+d} s from the database's" in told
