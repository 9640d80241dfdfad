"""The embedded store's tables, and each TaskStore method as the statements that it takes.

All of a method's statements run in one transaction, which the caller begins and ends.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from consensus.codec import documents
from consensus.codec.documents import Document
from consensus.core.admission import LATELY
from consensus.core.batches import WINDOW
from consensus.core.errors import ConfigurationError, Conflict, NoRoom
from consensus.core.events import Step
from consensus.core.model import Feedback, Notice, Recorded, Task, Vote
from consensus.ports import Claim, Erased, Listing, Page, Rejection, Room, Stored

BUSY_MILLISECONDS = 10_000  # how long another process's transaction is waited for
LONGEST_LOOK = 3.0  # seconds, for broken pages at the start
LONGEST_LEAP: Final = timedelta(days=1)  # of the time, between two looks at the clock
SCHEMA_VERSION: Final = 3
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
CREATE TABLE IF NOT EXISTS asked (
    task_id TEXT PRIMARY KEY REFERENCES tasks (id),
    content TEXT NOT NULL
) WITHOUT ROWID;
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
CREATE INDEX IF NOT EXISTS tasks_by_outcome ON tasks
    (owner, json_extract(document, '$.result.outcome'), created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS unsettled_tasks ON tasks (owner, created_at DESC, id DESC)
    WHERE json_extract(document, '$.unsettled') = 1;
CREATE TABLE IF NOT EXISTS metadata (
    task_id TEXT NOT NULL REFERENCES tasks (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (task_id, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tasks_by_metadata ON metadata (name, value, task_id);
CREATE TABLE IF NOT EXISTS feedback (
    task_id TEXT PRIMARY KEY REFERENCES tasks (id),
    owner TEXT NOT NULL,
    at TEXT NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS feedback_by_owner ON feedback (owner, at DESC);
CREATE TABLE IF NOT EXISTS erased (
    task_id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS erased_lately (
    task_id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    created_at TEXT NOT NULL
) WITHOUT ROWID;
"""
FROM_VERSION_1: Final = """
INSERT OR IGNORE INTO metadata
    SELECT tasks.id, json_extract(entry.value, '$.name'), json_extract(entry.value, '$.value')
    FROM tasks, json_each(tasks.document, '$.metadata') AS entry;
"""
# What is asked may be long and never changes: apart, so that no commit writes it again. Tasks that
# ended before are left as they are.
FROM_VERSION_2: Final = """
INSERT OR IGNORE INTO asked
    SELECT id, json_object('prompt', json_extract(document, '$.prompt'),
        'messages', json_extract(document, '$.messages'))
    FROM tasks WHERE state != 'DONE' AND json_type(document, '$.messages') = 'array';
UPDATE tasks SET document = json_remove(document, '$.prompt', '$.messages') WHERE state != 'DONE';
"""
ASKED: Final = ("prompt", "messages")
WHOLE: Final = "document, (SELECT content FROM asked WHERE task_id = tasks.id) AS asked"
# What the file knows of itself, small facts by their name; what subscribers are still to be told;
# everybody's unsettled tasks; and what each owner has open. Made in older files too.
LATER: Final = """
CREATE TABLE IF NOT EXISTS facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notices (
    key TEXT PRIMARY KEY,
    task_id TEXT NOT NULL,
    due TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS all_unsettled_tasks ON tasks (created_at DESC, id DESC)
    WHERE json_extract(document, '$.unsettled') = 1;
CREATE INDEX IF NOT EXISTS notices_by_time ON notices (due);
CREATE INDEX IF NOT EXISTS notices_by_task ON notices (task_id);
CREATE INDEX IF NOT EXISTS open_tasks_by_owner ON tasks
    (owner, json_extract(document, '$.seats_out')) WHERE state != 'DONE';
"""
# Batches and their files (sqlite_batches.py).
BATCHES: Final = """
CREATE TABLE IF NOT EXISTS files (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    created_at TEXT NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files_by_owner ON files (owner, created_at DESC, id DESC);
CREATE TABLE IF NOT EXISTS batches (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    created_at TEXT NOT NULL,
    active INTEGER NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS batches_by_owner ON batches (owner, created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS active_batches ON batches (owner) WHERE active;
"""


def open_file(path: Path | str) -> sqlite3.Connection:
    """The file, made if absent; ":memory:" keeps nothing. Raises ConfigurationError."""
    try:
        if str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).touch(mode=0o600)  # it holds prompts and answers: nobody else's to read
        connection = sqlite3.connect(
            path, timeout=BUSY_MILLISECONDS / 1000, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
    except (sqlite3.Error, OSError) as exc:
        message = f"Cannot open the store at {path}: {exc}. {_what_to_do(exc)}"
        raise ConfigurationError(message) from exc
    return connection


def examine(path: Path | str) -> str:
    """What is wrong with the file, "" where nothing is found; it is not changed, nor made."""
    try:
        connection = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
        try:
            _look_through(connection)
        finally:
            connection.close()
    except sqlite3.Error as exc:
        return f"{exc}. {_what_to_do(exc)}"
    return ""


def _look_through(connection: sqlite3.Connection) -> None:
    """Raise DatabaseError where pages are broken; of a large file as much as the time allows."""
    until = time.monotonic() + LONGEST_LOOK
    connection.set_progress_handler(lambda: time.monotonic() > until, 10_000)
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as exc:
        if "interrupted" in str(exc):
            return
        raise
    finally:
        connection.set_progress_handler(None, 0)
    if found != "ok":
        raise sqlite3.DatabaseError(f"the file is damaged ({str(found)[:200]})")


def _what_to_do(error: Exception) -> str:
    told = str(error)
    if "full" in told:
        return "Make room on its disk."
    if any(word in told for word in ("damaged", "malformed", "not a database")):
        return (
            "Move it away to start anew, or save what can be read of it: sqlite3 FILE .recover;"
            " or name another with CONSENSUS_STORE."
        )
    return "Name another with CONSENSUS_STORE."


def _prepare(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise sqlite3.DatabaseError("a newer version of Consensus wrote it")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
    if version < SCHEMA_VERSION:
        connection.executescript(SCHEMA)
        if version == 1:
            connection.executescript(FROM_VERSION_1)
        connection.executescript(FROM_VERSION_2)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.executescript(LATER)
    connection.executescript(BATCHES)
    _look_through(connection)
    touch(connection)  # a disk that is full, or a file that may not be written, says so here


def purged(db: sqlite3.Connection) -> bool:
    """Move the write-ahead log into the file and empty it; False if another connection reads it.

    What is deleted is overwritten in the file, but the log keeps older pages until it is reused.
    """
    db.execute("PRAGMA busy_timeout = 0")  # nobody waits for a reader: a later commit tries again
    try:
        (is_busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        db.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    return not is_busy


def foreign_commits(db: sqlite3.Connection) -> int:
    """A number that changes when another connection has committed."""
    return int(db.execute("PRAGMA data_version").fetchone()[0])


def touch(db: sqlite3.Connection) -> None:
    """Write something that nobody reads."""
    keep_fact(db, "touched", str(int(fact(db, "touched") or 0) + 1))


def fact(db: sqlite3.Connection, name: str) -> str | None:
    """What the file knows under that name."""
    row = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row["value"])


def keep_fact(db: sqlite3.Connection, name: str, value: str) -> None:
    """Know it from now on."""
    db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def create(db: sqlite3.Connection, task: Task, claim: Claim | None, room: Room) -> Task:
    """See TaskStore."""
    if claim is not None:
        existing = claimed(db, claim, task.created_at)
        if existing is not None:
            return existing
    if found := look(db, task.id, 0):
        return found[0]
    # One writer at a time: what is counted here is what the commit finds.
    if room.tasks is not None and open_count(db, task.owner) >= room.tasks:
        raise NoRoom(f"{room.tasks} tasks are open")
    if room.seats is not None and open_seats(db, task.owner) >= room.seats:
        raise NoRoom(f"{room.seats} seats are at work")
    lately = task.created_at - LATELY
    if room.a_minute is not None and count_since(db, task.owner, lately) >= room.a_minute:
        raise NoRoom(f"{room.a_minute} tasks came within a minute")
    if claim is not None:
        document = to_json(documents.claim_to_document(claim, task.id))
        db.execute("INSERT OR REPLACE INTO claims VALUES (?, ?)", (claim.key, document))
    whole = documents.task_to_document(task)
    db.execute(
        "INSERT INTO tasks VALUES (?, ?, ?, ?, ?, 1, ?)",
        (
            task.id,
            task.owner,
            task.state,
            moment(task.created_at),
            moment(task.deadline),
            _changing(whole),
        ),
    )
    asked = to_json({name: whole[name] for name in ASKED})
    db.execute("INSERT INTO asked VALUES (?, ?)", (task.id, asked))
    entries = [(task.id, name, value) for name, value in task.metadata.items()]
    db.executemany("INSERT INTO metadata VALUES (?, ?, ?)", entries)
    return task


def claimed(db: sqlite3.Connection, claim: Claim, now: datetime) -> Task | None:
    """See TaskStore."""
    row = db.execute("SELECT document FROM claims WHERE key = ?", (claim.key,)).fetchone()
    if row is None:
        return None
    task_id = documents.claimed_task(json.loads(row["document"]), claim, now)
    found = look(db, task_id, 0) if task_id else None
    return found[0] if found else None


def load(db: sqlite3.Connection, task_id: str) -> Stored | None:
    """See TaskStore."""
    found = look(db, task_id, 0)
    if found is None:
        return None
    rows = db.execute("SELECT * FROM votes WHERE task_id = ? AND counted", (task_id,))
    ballots = sorted((_recorded(row) for row in rows), key=lambda r: r.order)
    task, version = found
    return Stored(replace(task, ballots=tuple(ballots)), version)


def tasks(db: sqlite3.Connection, task_ids: Sequence[str]) -> Mapping[str, Task]:
    """See TaskStore."""
    marks = ", ".join("?" * len(task_ids))
    query = f"SELECT id, {WHOLE} FROM tasks WHERE id IN ({marks})"  # noqa: S608
    return {row["id"]: _task(row) for row in db.execute(query, task_ids)}


def look(db: sqlite3.Connection, task_id: str, seen: int) -> tuple[Task, int] | None:
    """The task and its version, where that is over the one seen."""
    row = db.execute(
        f"SELECT version, {WHOLE} FROM tasks WHERE id = ? AND version > ?",  # noqa: S608
        (task_id, seen),
    ).fetchone()
    return None if row is None else (_task(row), row["version"])


def commit(db: sqlite3.Connection, version: object, steps: Sequence[Step]) -> None:
    """See TaskStore."""
    task = steps[-1].task
    done = db.execute(
        "UPDATE tasks SET state = ?, deadline = ?, document = ?, version = version + 1"
        " WHERE id = ? AND version = ?",
        (
            task.state,
            moment(task.deadline),
            _changing(documents.task_to_document(task)),
            task.id,
            version,
        ),
    )
    if done.rowcount != 1:
        raise Conflict(f"task {task.id} was changed meanwhile; load it again")
    ballots = [_vote(task.id, step.recorded, 1) for step in steps if step.recorded is not None]
    db.executemany("INSERT OR REPLACE INTO votes VALUES (?, ?, ?, ?, ?)", ballots)
    notices = [_notice(notice) for step in steps for notice in step.notices]
    db.executemany("INSERT INTO notices VALUES (?, ?, ?, ?, ?)", notices)


def notice(db: sqlite3.Connection, key: str) -> Notice | None:
    """See TaskStore."""
    row = db.execute("SELECT document FROM notices WHERE key = ?", (key,)).fetchone()
    return None if row is None else documents.notice_from_document(json.loads(row["document"]))


def attempt(db: sqlite3.Connection, notice: Notice, attempted: Notice) -> None:
    """See TaskStore."""
    _, _, *changed = _notice(attempted)
    done = db.execute(
        "UPDATE notices SET due = ?, attempts = ?, document = ? WHERE key = ? AND attempts = ?",
        (*changed, notice.key, notice.attempts),
    )
    if done.rowcount != 1:
        raise Conflict(f"notice {notice.key} was changed meanwhile")


def forget_notice(db: sqlite3.Connection, key: str) -> None:
    """See TaskStore."""
    db.execute("DELETE FROM notices WHERE key = ?", (key,))


def due_notices(db: sqlite3.Connection, now: datetime, limit: int) -> Sequence[Notice]:
    """See TaskStore."""
    query = "SELECT document FROM notices WHERE due <= ? ORDER BY due LIMIT ?"
    rows = db.execute(query, (moment(now), limit))
    return [documents.notice_from_document(json.loads(row["document"])) for row in rows]


def record_late(db: sqlite3.Connection, task_id: str, late: Recorded) -> None:
    """See TaskStore."""
    if erased(db, task_id):
        return
    key = (task_id, late.ballot.seat)
    row = db.execute("SELECT * FROM votes WHERE task_id = ? AND seat = ?", key).fetchone()
    if row is None:
        db.execute("INSERT INTO votes VALUES (?, ?, ?, ?, ?)", _vote(task_id, late, 0))
    elif _recorded(row).ballot != late.ballot:
        reject(db, documents.late_rejection(task_id, late))


def late(db: sqlite3.Connection, task_id: str) -> Sequence[Recorded]:
    """See TaskStore."""
    query = "SELECT * FROM votes WHERE task_id = ? AND NOT counted ORDER BY seat"
    return [_recorded(row) for row in db.execute(query, (task_id,))]


def reject(db: sqlite3.Connection, rejection: Rejection) -> None:
    """See TaskStore."""
    document = to_json(documents.rejection_to_document(rejection))
    db.execute(
        "INSERT OR IGNORE INTO rejections SELECT ?, ?, ?"
        " WHERE NOT EXISTS (SELECT 1 FROM erased WHERE task_id = ?)",
        (rejection.key, moment(rejection.at), document, rejection.task_id),
    )


def forget_rejection(db: sqlite3.Connection, key: str) -> None:
    """Let go of a rejection; idempotent."""
    db.execute("DELETE FROM rejections WHERE key = ?", (key,))


def rejections(db: sqlite3.Connection, limit: int) -> Sequence[Rejection]:
    """See TaskStore."""
    rows = db.execute("SELECT document FROM rejections ORDER BY at DESC LIMIT ?", (limit,))
    return [documents.rejection_from_document(json.loads(row["document"])) for row in rows]


def page(
    db: sqlite3.Connection, listing: Listing, size: int, after: documents.Position | None
) -> Page:
    """See TaskStore."""
    conditions, values = list[str](), list[str]()
    if listing.owner is not None:
        conditions.append("owner = ?")
        values.append(listing.owner)
    if listing.state is not None:
        conditions.append("state = ?")
        values.append(listing.state)
    if listing.outcome is not None:
        conditions.append("json_extract(document, '$.result.outcome') = ?")
        values.append(listing.outcome)
    if listing.unsettled:
        conditions.append("json_extract(document, '$.unsettled') = 1")
    if listing.metadata is not None:
        conditions.append("id IN (SELECT task_id FROM metadata WHERE name = ? AND value = ?)")
        values += listing.metadata
    if listing.since is not None:
        conditions.append("created_at >= ?")
        values.append(moment(listing.since))
    if after is not None:
        conditions.append("(created_at, id) < (?, ?)")
        values += [moment(after.created_at), after.task_id]
    rows = db.execute(
        f"SELECT {WHOLE} FROM tasks WHERE {' AND '.join(conditions)}"  # noqa: S608  our own words
        " ORDER BY created_at DESC, id DESC LIMIT ?",
        (*values, size + 1),
    )
    return documents.page_of([_task(row) for row in rows], size)


def open_tasks(db: sqlite3.Connection, limit: int, after: Task | None) -> Sequence[Task]:
    """See TaskStore."""
    rows = db.execute(
        f"SELECT {WHOLE} FROM tasks WHERE state != 'DONE' AND (deadline, id) > (?, ?)"  # noqa: S608
        " ORDER BY deadline, id LIMIT ?",
        (moment(after.deadline) if after else "", after.id if after else "", limit),
    )
    return [_task(row) for row in rows]


def open_count(db: sqlite3.Connection, owner: str) -> int:
    """See TaskStore."""
    # From the index alone, which holds open tasks only: the tasks themselves may be long.
    query = (
        "SELECT count(*) FROM tasks INDEXED BY open_tasks_by_owner"
        " WHERE state != 'DONE' AND owner = ?"
    )
    return int(db.execute(query, (owner,)).fetchone()[0])


def open_seats(db: sqlite3.Connection, owner: str) -> int:
    """See TaskStore."""
    query = (
        "SELECT coalesce(sum(json_extract(document, '$.seats_out')), 0)"
        " FROM tasks INDEXED BY open_tasks_by_owner WHERE state != 'DONE' AND owner = ?"
    )
    return int(db.execute(query, (owner,)).fetchone()[0])


def judge(db: sqlite3.Connection, task: Task, feedback: Feedback) -> None:
    """See TaskStore."""
    document = to_json(documents.feedback_to_document(feedback))
    db.execute(
        "INSERT OR REPLACE INTO feedback SELECT ?, ?, ?, ?"
        " WHERE EXISTS (SELECT 1 FROM tasks WHERE id = ?)",
        (task.id, task.owner, moment(feedback.at), document, task.id),
    )


def feedback(db: sqlite3.Connection, task_ids: Sequence[str]) -> Mapping[str, Feedback]:
    """See TaskStore."""
    marks = ", ".join("?" * len(task_ids))
    query = f"SELECT task_id, document FROM feedback WHERE task_id IN ({marks})"  # noqa: S608
    return {row["task_id"]: _feedback(row["document"]) for row in db.execute(query, task_ids)}


def judged(db: sqlite3.Connection, owner: str, limit: int) -> Sequence[tuple[Task, Feedback]]:
    """See TaskStore."""
    rows = db.execute(
        f"SELECT {WHOLE}, said FROM tasks"  # noqa: S608  our own words
        " JOIN (SELECT task_id, owner AS whose, at, document AS said FROM feedback)"
        " ON task_id = tasks.id WHERE whose = ? ORDER BY at DESC LIMIT ?",
        (owner, limit),
    )
    return [(_task(row), _feedback(row["said"])) for row in rows]


def erase(db: sqlite3.Connection, tombstone: Erased) -> None:
    """See TaskStore."""
    task_id = tombstone.task_id
    document = to_json(documents.erased_to_document(tombstone))
    row = (task_id, moment(tombstone.at), document)
    db.execute("INSERT OR IGNORE INTO erased VALUES (?, ?, ?)", row)
    # Its minute counts it still, or a limit would be none for who erases what was asked.
    db.execute("DELETE FROM erased_lately WHERE created_at < ?", (moment(tombstone.at - LATELY),))
    db.execute(
        "INSERT OR IGNORE INTO erased_lately SELECT id, owner, created_at FROM tasks WHERE id = ?",
        (task_id,),
    )
    _forget(db, [(task_id,)])
    db.execute("DELETE FROM claims WHERE json_extract(document, '$.task_id') = ?", (task_id,))
    # By its id wherever that stands: older rejections do not say apart what they are about.
    db.execute("DELETE FROM rejections WHERE instr(document, ?)", (task_id,))


def erased(db: sqlite3.Connection, task_id: str) -> Erased | None:
    """See TaskStore."""
    row = db.execute("SELECT document FROM erased WHERE task_id = ?", (task_id,)).fetchone()
    return None if row is None else documents.erased_from_document(json.loads(row["document"]))


def exists(db: sqlite3.Connection, task_id: str) -> bool:
    """Whether there is such a task."""
    return db.execute("SELECT 1 FROM tasks WHERE id = ?", (task_id,)).fetchone() is not None


def believe(db: sqlite3.Connection, now: datetime) -> datetime:
    """The time as far as it is believed, which is at most a day past what was believed last.

    A file that has not believed anything yet believes its newest task.
    """
    newest = "SELECT max(created_at) AS at FROM tasks"
    last = fact(db, "believed") or db.execute(newest).fetchone()["at"]
    believed = min(now, datetime.fromisoformat(last) + LONGEST_LEAP) if last else now
    keep_fact(db, "believed", moment(believed))
    return believed


def prune(db: sqlite3.Connection, before: datetime, most: int) -> int:
    """Forget at most so many DONE tasks from before that time; how many it was."""
    query = "SELECT id FROM tasks WHERE state = 'DONE' AND created_at < ? LIMIT ?"
    ended = [(row["id"],) for row in db.execute(query, (moment(before), most))]
    _forget(db, ended)
    return len(ended)


def _forget(db: sqlite3.Connection, ids: Sequence[tuple[str]]) -> None:
    for table in ("asked", "votes", "metadata", "feedback", "notices"):
        # nosemgrep: no-sql-from-values  the tables' names are our own words
        db.executemany(f"DELETE FROM {table} WHERE task_id = ?", ids)  # noqa: S608
    db.executemany("DELETE FROM tasks WHERE id = ?", ids)


def prune_keys(db: sqlite3.Connection, before: datetime) -> None:
    """Forget claims that expired, and what else is from before that time, but for tasks."""
    then = moment(before)
    db.execute("DELETE FROM claims WHERE json_extract(document, '$.expires_at') < ?", (then,))
    db.execute("DELETE FROM rejections WHERE at < ?", (then,))
    db.execute("DELETE FROM erased WHERE at < ?", (then,))
    db.execute("DELETE FROM erased_lately WHERE created_at < ?", (then,))
    db.execute("DELETE FROM batches WHERE NOT active AND created_at < ?", (then,))
    # A file is kept for as long as a batch of it may run, and then like everything else.
    db.execute("DELETE FROM files WHERE created_at < ?", (moment(before - WINDOW),))


def _changing(document: Document) -> str:
    """A task's document but for what is asked."""
    return to_json({name: value for name, value in document.items() if name not in ASKED})


def _task(row: sqlite3.Row) -> Task:
    asked = json.loads(row["asked"]) if row["asked"] else {}
    return documents.task_from_document(json.loads(row["document"]) | asked)


def _feedback(document: str) -> Feedback:
    return documents.feedback_from_document(json.loads(document))


def _vote(task_id: str, recorded: Recorded, counted: int) -> tuple[object, ...]:
    document = documents.recorded_to_document(recorded, counted=bool(counted))
    vector = document["reading"].pop("vector") if isinstance(recorded.ballot, Vote) else b""
    return task_id, recorded.ballot.seat, counted, vector, to_json(document)


def _notice(notice: Notice) -> tuple[object, ...]:
    document = to_json(documents.notice_to_document(notice))
    return notice.key, notice.task_id, moment(notice.due), notice.attempts, document


def _recorded(row: sqlite3.Row) -> Recorded:
    document: Document = json.loads(row["document"])
    if "reading" in document:
        document["reading"]["vector"] = row["vector"]
    return documents.recorded_from_document(document)


def to_json(document: Document) -> str:
    """A document as the file keeps it."""
    return json.dumps(document, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a document cannot hold a {type(value).__name__}")


def moment(moment: datetime) -> str:
    """UTC with microseconds: sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def count_since(db: sqlite3.Connection, owner: str, since: datetime) -> int:
    """See TaskStore."""
    query = (
        "SELECT (SELECT count(*) FROM tasks WHERE owner = ?1 AND created_at >= ?2)"
        " + (SELECT count(*) FROM erased_lately WHERE owner = ?1 AND created_at >= ?2)"
    )
    return int(db.execute(query, (owner, moment(since))).fetchone()[0])
