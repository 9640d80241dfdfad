"""TaskStore in one SQLite file, or in memory: the embedded stack's.

Every statement runs in one worker thread, so that the event loop never waits for the disk, and
every method is one transaction. A commit is durable when it returns (WAL, synchronous FULL).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from consensus.codec.documents import (
    Document,
    Position,
    claim_from_document,
    claim_to_document,
    late_rejection,
    position_from_token,
    position_to_token,
    recorded_from_document,
    recorded_to_document,
    rejection_from_document,
    rejection_to_document,
    task_from_document,
    task_to_document,
)
from consensus.core.errors import ConfigurationError, Conflict, KeyReused, StoreUnavailable
from consensus.core.model import Recorded, State, Task, Vote
from consensus.ports import Claim, Page, Rejection, Stored

POLL_SECONDS = 1.0  # a watcher hears of this process's commits at once, of others' by looking
BUSY_SECONDS = 10.0  # how long another process's transaction is waited for
PRUNED_AT_ONCE: Final = 200  # tasks; whoever waits for the file waits for no more than these
SCHEMA_VERSION: Final = 1
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS tasks (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    deadline TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS tasks_by_owner ON tasks (owner, created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS open_tasks ON tasks (deadline) WHERE state != 'DONE';
CREATE TABLE IF NOT EXISTS votes (
    task_id TEXT NOT NULL REFERENCES tasks (id),
    seat INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    vector BLOB NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (task_id, seat)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (
    key TEXT PRIMARY KEY,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rejections (
    key TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rejections_by_time ON rejections (at DESC);
"""

Returned = TypeVar("Returned")


class SqliteStore:
    """See TaskStore. One instance per process and file; close() ends its thread."""

    def __init__(self, path: Path | str) -> None:
        """Open the file, made if absent; ":memory:" keeps nothing. Raises ConfigurationError."""
        self._connection = _open(path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._changed: dict[str, set[asyncio.Event]] = {}

    async def close(self) -> None:
        """Finish what runs, then close the file. Any later call raises StoreUnavailable."""
        with contextlib.suppress(StoreUnavailable):
            await self._in_thread(self._connection.close)
        self._thread.shutdown(wait=False)

    async def create(self, task: Task, claim: Claim | None) -> Task:
        """See TaskStore."""
        return await self._write(_create, task, claim)

    async def claimed(self, claim: Claim, now: datetime) -> Task | None:
        """See TaskStore."""
        return await self._read(_claimed, claim, now)

    async def load(self, task_id: str) -> Stored | None:
        """See TaskStore."""
        return await self._read(_load, task_id)

    async def commit(self, stored: Stored, task: Task, ballot: Recorded | None) -> None:
        """See TaskStore."""
        try:
            await self._write(_commit, stored.version, task, ballot)
        finally:  # even where our caller was cancelled, the commit may stand
            for waiting in self._changed.get(task.id, ()):
                waiting.set()

    async def record_late(self, task_id: str, late: Recorded) -> None:
        """See TaskStore."""
        await self._write(_record_late, task_id, late)

    async def reject(self, rejection: Rejection) -> None:
        """See TaskStore."""
        await self._write(_reject, rejection)

    async def rejections(self, limit: int = 100) -> Sequence[Rejection]:
        """See TaskStore."""
        return await self._read(_rejections, limit)

    async def prune(self, before: datetime) -> int:
        """Forget DONE tasks from before that time, claims and rejections; how many tasks it was."""
        forgotten = 0
        while pruned := await self._write(_prune, before):
            forgotten += pruned
        await self._write(_prune_keys, before)
        return forgotten

    async def forget_rejection(self, key: str) -> None:
        """Let go of a rejection; idempotent."""
        await self._write(_forget_rejection, key)

    async def page(self, owner: str, state: State | None, size: int, token: str) -> Page:
        """See TaskStore."""
        after = position_from_token(token) if token else None
        return await self._read(_page, owner, state, size, after)

    async def open_tasks(self, limit: int = 1000) -> Sequence[Task]:
        """See TaskStore."""
        return await self._read(_open_tasks, limit)

    async def open_count(self, owner: str) -> int:
        """See TaskStore."""
        return await self._read(_open_count, owner)

    async def open_seats(self, owner: str) -> int:
        """See TaskStore."""
        return await self._read(_open_seats, owner)

    async def watch(self, task_id: str) -> AsyncGenerator[Task, None]:
        """See TaskStore."""
        changed = asyncio.Event()
        watchers = self._changed.setdefault(task_id, set())
        watchers.add(changed)
        seen = 0
        try:
            while True:
                changed.clear()  # before looking, so that what comes meanwhile is not missed
                found = await self._read(_look, task_id, seen)
                if found is not None:
                    task, seen = found
                    yield task
                    if task.state is State.DONE:
                        return
                elif not seen:
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await changed.wait()
        finally:
            watchers.discard(changed)
            if not watchers:
                self._changed.pop(task_id, None)

    async def _read(self, work: Callable[..., Returned], *args: object) -> Returned:
        return await self._in_thread(_in_transaction, self._connection, "BEGIN", work, *args)

    async def _write(self, work: Callable[..., Returned], *args: object) -> Returned:
        # IMMEDIATE: a transaction that reads first and writes later could find the file changed
        # under it by another process, which no waiting mends.
        begin = "BEGIN IMMEDIATE"
        return await self._in_thread(_in_transaction, self._connection, begin, work, *args)

    async def _in_thread(self, work: Callable[..., Returned], *args: object) -> Returned:
        try:
            running = self._thread.submit(work, *args)
        except RuntimeError as exc:  # the thread has ended
            raise StoreUnavailable("the store is closed") from exc
        return await asyncio.wrap_future(running)


def _open(path: Path | str) -> sqlite3.Connection:
    try:
        if str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).touch(mode=0o600)  # it holds prompts and answers: nobody else's to read
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
    except (sqlite3.Error, OSError) as exc:
        message = f"Cannot open the store at {path}: {exc}. Name another with CONSENSUS_STORE."
        raise ConfigurationError(message) from exc
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise sqlite3.DatabaseError("a newer version of Consensus wrote it")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if version < SCHEMA_VERSION:
        connection.executescript(SCHEMA)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _in_transaction(
    db: sqlite3.Connection, begin: str, work: Callable[..., Returned], *args: object
) -> Returned:
    try:
        db.execute(begin)
        try:
            returned = work(db, *args)
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
    except sqlite3.Error as exc:
        raise StoreUnavailable(f"SQLite: {exc}") from exc
    return returned


def _create(db: sqlite3.Connection, task: Task, claim: Claim | None) -> Task:
    if claim is not None:
        existing = _claimed(db, claim, task.created_at)
        if existing is not None:
            return existing
        document = _json(claim_to_document(claim, task.id))
        db.execute("INSERT OR REPLACE INTO claims VALUES (?, ?)", (claim.key, document))
    db.execute(
        "INSERT INTO tasks VALUES (?, ?, ?, ?, ?, 1, ?)",
        (
            task.id,
            task.owner,
            task.state,
            _moment(task.created_at),
            _moment(task.deadline),
            _json(task_to_document(task)),
        ),
    )
    return task


def _claimed(db: sqlite3.Connection, claim: Claim, now: datetime) -> Task | None:
    row = db.execute("SELECT document FROM claims WHERE key = ?", (claim.key,)).fetchone()
    if row is None:
        return None
    held, task_id = claim_from_document(json.loads(row["document"]))
    if held.expires_at <= now:
        return None
    if held.fingerprint != claim.fingerprint:
        raise KeyReused("This Idempotency-Key was used for another body; take a new key.")
    found = _look(db, task_id, 0)
    return found[0] if found else None


def _load(db: sqlite3.Connection, task_id: str) -> Stored | None:
    found = _look(db, task_id, 0)
    if found is None:
        return None
    rows = db.execute("SELECT * FROM votes WHERE task_id = ? AND counted", (task_id,))
    ballots = sorted((_recorded(row) for row in rows), key=lambda r: r.order)
    task, version = found
    return Stored(replace(task, ballots=tuple(ballots)), version)


def _look(db: sqlite3.Connection, task_id: str, seen: int) -> tuple[Task, int] | None:
    """The task and its version, where that is over the one seen."""
    row = db.execute(
        "SELECT version, document FROM tasks WHERE id = ? AND version > ?", (task_id, seen)
    ).fetchone()
    return None if row is None else (_task(row), row["version"])


def _commit(db: sqlite3.Connection, version: object, task: Task, ballot: Recorded | None) -> None:
    done = db.execute(
        "UPDATE tasks SET state = ?, deadline = ?, document = ?, version = version + 1"
        " WHERE id = ? AND version = ?",
        (task.state, _moment(task.deadline), _json(task_to_document(task)), task.id, version),
    )
    if done.rowcount != 1:
        raise Conflict(f"task {task.id} was changed meanwhile; load it again")
    if ballot is not None:
        db.execute("INSERT OR REPLACE INTO votes VALUES (?, ?, ?, ?, ?)", _vote(task.id, ballot, 1))


def _record_late(db: sqlite3.Connection, task_id: str, late: Recorded) -> None:
    key = (task_id, late.ballot.seat)
    row = db.execute("SELECT * FROM votes WHERE task_id = ? AND seat = ?", key).fetchone()
    if row is None:
        db.execute("INSERT INTO votes VALUES (?, ?, ?, ?, ?)", _vote(task_id, late, 0))
    elif _recorded(row).ballot != late.ballot:
        _reject(db, late_rejection(task_id, late))


def _reject(db: sqlite3.Connection, rejection: Rejection) -> None:
    db.execute(
        "INSERT OR IGNORE INTO rejections VALUES (?, ?, ?)",
        (rejection.key, _moment(rejection.at), _json(rejection_to_document(rejection))),
    )


def _forget_rejection(db: sqlite3.Connection, key: str) -> None:
    db.execute("DELETE FROM rejections WHERE key = ?", (key,))


def _rejections(db: sqlite3.Connection, limit: int) -> Sequence[Rejection]:
    rows = db.execute("SELECT document FROM rejections ORDER BY at DESC LIMIT ?", (limit,))
    return [rejection_from_document(json.loads(row["document"])) for row in rows]


def _page(
    db: sqlite3.Connection, owner: str, state: State | None, size: int, after: Position | None
) -> Page:
    conditions, values = ["owner = ?"], [owner]
    if state is not None:
        conditions.append("state = ?")
        values.append(state)
    if after is not None:
        conditions.append("(created_at, id) < (?, ?)")
        values += [_moment(after.created_at), after.task_id]
    rows = db.execute(
        f"SELECT document FROM tasks WHERE {' AND '.join(conditions)}"  # noqa: S608  our own words
        " ORDER BY created_at DESC, id DESC LIMIT ?",
        (*values, size + 1),
    )
    tasks = [_task(row) for row in rows]
    more = len(tasks) > size
    tasks = tasks[:size]
    token = position_to_token(Position(tasks[-1].created_at, tasks[-1].id)) if more else ""
    return Page(tuple(tasks), token)


def _open_tasks(db: sqlite3.Connection, limit: int) -> Sequence[Task]:
    rows = db.execute(
        "SELECT document FROM tasks WHERE state != 'DONE' ORDER BY deadline LIMIT ?", (limit,)
    )
    return [_task(row) for row in rows]


def _open_count(db: sqlite3.Connection, owner: str) -> int:
    # The partial index holds open tasks alone, however many the owner has had.
    query = "SELECT count(*) FROM tasks INDEXED BY open_tasks WHERE state != 'DONE' AND owner = ?"
    return int(db.execute(query, (owner,)).fetchone()[0])


def _prune(db: sqlite3.Connection, before: datetime) -> int:
    query = "SELECT id FROM tasks WHERE state = 'DONE' AND created_at < ? LIMIT ?"
    ended = [(row["id"],) for row in db.execute(query, (_moment(before), PRUNED_AT_ONCE))]
    db.executemany("DELETE FROM votes WHERE task_id = ?", ended)
    db.executemany("DELETE FROM tasks WHERE id = ?", ended)
    return len(ended)


def _prune_keys(db: sqlite3.Connection, before: datetime) -> None:
    then = _moment(before)
    db.execute("DELETE FROM claims WHERE json_extract(document, '$.expires_at') < ?", (then,))
    db.execute("DELETE FROM rejections WHERE at < ?", (then,))


def _open_seats(db: sqlite3.Connection, owner: str) -> int:
    query = (
        "SELECT coalesce(sum(json_extract(document, '$.seats_out')), 0)"
        " FROM tasks INDEXED BY open_tasks WHERE state != 'DONE' AND owner = ?"
    )
    return int(db.execute(query, (owner,)).fetchone()[0])


def _task(row: sqlite3.Row) -> Task:
    return task_from_document(json.loads(row["document"]))


def _vote(task_id: str, recorded: Recorded, counted: int) -> tuple[object, ...]:
    document = recorded_to_document(recorded, counted=bool(counted))
    vector = document["reading"].pop("vector") if isinstance(recorded.ballot, Vote) else b""
    return task_id, recorded.ballot.seat, counted, vector, _json(document)


def _recorded(row: sqlite3.Row) -> Recorded:
    document: Document = json.loads(row["document"])
    if "reading" in document:
        document["reading"]["vector"] = row["vector"]
    return recorded_from_document(document)


def _json(document: Document) -> str:
    return json.dumps(document, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a document cannot hold a {type(value).__name__}")


def _moment(moment: datetime) -> str:
    """UTC with microseconds: sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
