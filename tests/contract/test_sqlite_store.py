"""What the SQLite store promises beyond the contract: a file, others at it, and clear refusals."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import aclosing, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consensus.adapters.local import sqlite_store, sqlite_tables
from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.core.errors import ConfigurationError, StoreUnavailable
from consensus.core.events import Step
from consensus.core.model import Message, Plan, Reading, Recorded, State, Task, Vote
from consensus.ports import Claim, Erased, Listing, Rejection

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
A_TASK = Task("task1", "local", (Message("user", "?"),), Plan(), NOON, NOON + timedelta(seconds=9))
A_VOTE = Recorded(1, NOON, Vote(0, Reading("It is 4.", "4")))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file in a folder that is not there yet."""
    return tmp_path / "new" / "tasks.sqlite3"


async def test_a_store_outlives_its_process(path: Path) -> None:
    """What was created is there for the next who opens the file, though nobody closed it."""
    first, second = SqliteStore(path), SqliteStore(path)
    await first.create(A_TASK, None)
    assert list(await second.open_tasks()) == [A_TASK]
    await first.close()
    await second.close()


async def test_nobody_else_may_read_the_file(path: Path) -> None:
    """The file, and those that SQLite keeps beside it, are their owner's alone."""
    store = SqliteStore(path)
    await store.create(A_TASK, None)
    assert {kept.stat().st_mode & 0o777 for kept in path.parent.iterdir()} == {0o600}
    await store.close()


async def test_a_watcher_sees_another_process_commit(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit through another connection reaches a watcher too."""
    monkeypatch.setattr(sqlite_store, "POLL_SECONDS", 0.01)
    ours, theirs = SqliteStore(path), SqliteStore(path)
    await ours.create(A_TASK, None)
    async with aclosing(ours.watch("task1")) as changes:
        await anext(changes)
        stored = await theirs.load("task1")
        assert stored is not None
        await theirs.commit(stored, Step(replace(stored.task, state=State.DONE)))
        assert (await anext(changes)).state is State.DONE
    await ours.close()
    await theirs.close()


async def test_a_closed_store_is_unavailable(path: Path) -> None:
    """After close every call says so; closing twice is harmless."""
    store = SqliteStore(path)
    await store.close()
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.load("task1")


async def test_a_failing_statement_leaves_no_transaction(path: Path) -> None:
    """After a failure the store goes on; SQLite's own exception does not show."""
    store = SqliteStore(path)
    await store.create(A_TASK, None)
    with pytest.raises(StoreUnavailable):
        await store.record_late("unknown", A_VOTE)
    assert await store.load("task1") is not None
    await store.close()


async def test_what_is_old_and_done_is_forgotten(path: Path) -> None:
    """With its votes, claims and rejections; open tasks stay, however old, and so does the new."""
    store = SqliteStore(path)
    later = NOON + timedelta(days=40)
    for task_id, at in (("old", NOON), ("open", NOON), ("new", later)):
        await store.create(replace(A_TASK, id=task_id, created_at=at), Claim(task_id, "f", at))
        await store.reject(Rejection(task_id, "R", "", "", at))
    for task_id in ("old", "new"):
        stored = await store.load(task_id)
        assert stored is not None
        await store.commit(stored, Step(replace(stored.task, state=State.DONE), A_VOTE))
    assert await store.prune(later - timedelta(days=30)) == 1
    assert await store.prune(later - timedelta(days=30)) == 0
    left = {task_id for task_id in ("old", "open", "new") if await store.load(task_id)}
    assert left == {"open", "new"}
    assert [rejection.key for rejection in await store.rejections()] == ["new"]
    await store.close()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT task_id FROM votes").fetchall() == [("new",)]
        assert file.execute("SELECT key FROM claims").fetchall() == [("new",)]


async def test_much_is_forgotten_in_small_steps(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backlog goes whole, but a few tasks at a time: others use the store between."""
    monkeypatch.setattr(sqlite_store, "PRUNED_AT_ONCE", 2)
    store = SqliteStore(path)
    for n in range(5):
        await store.create(replace(A_TASK, id=f"task{n}", state=State.DONE), None)
    between: list[int] = []

    async def look() -> None:
        while left := len((await store.page(Listing("local"), 10, "")).tasks):
            between.append(left)

    forgotten, _ = await asyncio.gather(store.prune(NOON + timedelta(days=1)), look())
    assert forgotten == 5
    assert {3, 1} & set(between)
    await store.close()


def _files_with(path: Path, text: str) -> set[str]:
    return {kept.name for kept in path.parent.iterdir() if text.encode() in kept.read_bytes()}


async def test_no_file_of_the_store_holds_what_was_erased(path: Path) -> None:
    """Neither the database nor its write-ahead log, and the neighbours' text is still there."""
    store = SqliteStore(path)
    secret, kept = "a-secret-of-mine " * 400, "a-word-that-stays"
    await store.create(replace(A_TASK, messages=(Message("user", kept),)), None)
    await store.create(replace(A_TASK, id="mine", messages=(Message("user", secret),)), None)
    stored = await store.load("mine")
    assert stored is not None
    vote = replace(A_VOTE, ballot=Vote(0, Reading(secret, "4")))
    await store.commit(stored, Step(replace(stored.task, state=State.DONE), vote))
    assert _files_with(path, "a-secret-of-mine")
    await store.erase(Erased("mine", "local", NOON))
    assert _files_with(path, "a-secret-of-mine") == set()
    assert _files_with(path, kept)
    await store.close()


async def test_a_reader_delays_that_and_nobody_else(path: Path) -> None:
    """While another connection reads old pages they stay; the first commit after it frees them."""
    store = SqliteStore(path)
    await store.create(replace(A_TASK, messages=(Message("user", "a-secret-of-mine"),)), None)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM tasks").fetchone()
        await store.erase(Erased("task1", "local", NOON))
        await store.create(replace(A_TASK, id="task2"), None)
        assert _files_with(path, "a-secret-of-mine")
        reader.execute("COMMIT")
    await store.create(replace(A_TASK, id="task3"), None)
    assert _files_with(path, "a-secret-of-mine") == set()
    await store.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """The operator is told the path and what to do."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be read as one" * 100)
    with pytest.raises(ConfigurationError, match=r"notes\.txt.*CONSENSUS_STORE"):
        SqliteStore(path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file where a folder should be is the operator's to mend."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError):
        SqliteStore(tmp_path / "file" / "tasks.sqlite3")


def test_a_newer_version_is_refused(path: Path) -> None:
    """A file that a newer version wrote is not touched."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 1000")
    with pytest.raises(ConfigurationError, match="newer"):
        SqliteStore(path)


async def test_a_wrong_clock_erases_no_history(path: Path) -> None:
    """A look forty days ahead is believed by a day, at the start too; time that passes is."""
    store = SqliteStore(path)
    await store.create(A_TASK, None)  # an older file, which has never looked
    await store.close()
    for day in range(1, 4):
        store = SqliteStore(path)
        believed = await store.believe(NOON + timedelta(days=40))
        assert believed == NOON + timedelta(days=day)
        await store.close()
    store = SqliteStore(path)
    assert await store.believe(NOON) == NOON  # set right again
    hours = [await store.believe(NOON + timedelta(hours=hour)) for hour in (1, 20, 40)]
    assert hours == [NOON + timedelta(hours=hour) for hour in (1, 20, 40)]
    await store.close()


async def test_a_file_of_the_first_version_is_brought_along(path: Path) -> None:
    """Its tasks are found by metadata and outcome as those of today are."""
    store = SqliteStore(path)
    await store.create(replace(A_TASK, id="old", metadata={"run": "7"}), None)
    await store.close()
    with sqlite3.connect(path) as before:
        for table in ("metadata", "feedback", "erased"):
            before.execute(f"DROP TABLE {table}")
        before.execute("DROP INDEX tasks_by_outcome")
        before.execute("DROP INDEX unsettled_tasks")
        before.execute("PRAGMA user_version = 1")
    before.close()
    store = SqliteStore(path)
    found = await store.page(Listing("local", metadata=("run", "7")), 10, "")
    assert [task.id for task in found.tasks] == ["old"]
    await store.erase(Erased("old", "local", NOON))
    assert await store.load("old") is None
    await store.close()


async def test_a_file_of_the_second_version_is_brought_along(path: Path) -> None:
    """It kept what is asked with what changes: an open task of it moves on, and is whole."""
    asked = replace(A_TASK, prompt="What is 6 × 7?")
    store = SqliteStore(path)
    await store.create(asked, None)
    await store.create(replace(asked, id="done", state=State.DONE), None)
    await store.close()
    with sqlite3.connect(path) as before:
        before.execute(
            "UPDATE tasks SET document = json_set(document,"
            " '$.prompt', json_extract(content, '$.prompt'),"
            " '$.messages', json_extract(content, '$.messages'))"
            " FROM asked WHERE task_id = tasks.id"
        )
        before.execute("DROP TABLE asked")
        before.execute("PRAGMA user_version = 2")
    before.close()
    store = SqliteStore(path)
    stored = await store.load(asked.id)
    assert stored is not None
    assert stored.task == asked
    await store.commit(stored, Step(replace(asked, holder="h")))
    await store.close()
    store = SqliteStore(path)
    assert (await store.tasks([asked.id]))[asked.id] == replace(asked, holder="h")
    assert (await store.tasks(["done"]))["done"] == replace(asked, id="done", state=State.DONE)
    await store.close()


async def test_what_shares_a_commit_fails_alone(path: Path) -> None:
    """A piece of work that fails keeps nothing and spoils nothing of its neighbours'."""
    store = SqliteStore(path)
    tasks = [A_TASK, *(replace(A_TASK, id=f"other{n}") for n in range(100))]
    unknown = store.record_late("unknown", A_VOTE)
    ends = await asyncio.gather(
        unknown, *(store.create(task, None) for task in tasks), return_exceptions=True
    )
    failed = [end for end in ends if isinstance(end, BaseException)]
    assert [type(end) for end in failed] == [StoreUnavailable]
    assert await store.open_count("local") == 101
    await store.close()


async def test_nobody_hears_of_a_commit_that_did_not_happen(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills in the middle fails all that shared the transaction, and says why."""
    store = SqliteStore(path)
    await store.create(A_TASK, None)
    create = sqlite_tables.create

    def full(db: sqlite3.Connection, task: Task, *args: object) -> Task:
        if task.id == "full":
            db.execute("ROLLBACK")
            raise sqlite3.OperationalError("database or disk is full")
        return create(db, task, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(sqlite_tables, "create", full)
    coming = [replace(A_TASK, id=name) for name in ("before", "full", "after")]
    ends = await asyncio.gather(
        *(store.create(task, None) for task in coming), return_exceptions=True
    )
    assert all("disk is full" in str(end) for end in ends)
    monkeypatch.undo()
    assert [task.id for task in await store.open_tasks()] == ["task1"]
    await store.create(coming[0], None)  # room was made: no restart is needed
    await store.close()


async def test_another_process_s_commit_is_heard_of(path: Path) -> None:
    """A watcher sees it, and what was known of the task is forgotten."""
    mine, other = SqliteStore(path), SqliteStore(path)
    await mine.create(A_TASK, None)
    async with aclosing(mine.watch("task1")) as changes:
        await anext(changes)
        stored = await other.load("task1")
        assert stored is not None
        await other.commit(stored, Step(replace(stored.task, state=State.DONE)))
        async with asyncio.timeout(20):
            assert (await anext(changes)).state is State.DONE
    seen = await mine.load("task1")
    assert seen is not None
    assert seen.task.state is State.DONE
    await mine.close()
    await other.close()


def _overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


async def test_a_damaged_file_is_told_at_the_start(path: Path) -> None:
    """Not in the middle of a task; with what to do about it, and doctor finds it too."""
    store = SqliteStore(path)
    for number in range(200):
        await store.create(replace(A_TASK, id=f"task{number}"), None)
    await store.close()
    assert sqlite_tables.examine(path) == ""
    _overwrite(path, 4096 * 3, b"\xde\xad" * (4096 * 5 // 2))
    assert "recover" in sqlite_tables.examine(path)
    with pytest.raises(ConfigurationError, match="recover"):
        SqliteStore(path)
    _overwrite(path, 0, b"this is no database, but a letter to somebody" * 100)
    with pytest.raises(ConfigurationError, match="Move it away"):
        SqliteStore(path)
