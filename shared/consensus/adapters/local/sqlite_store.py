"""TaskStore in one SQLite file, or in memory: the embedded stack's.

Every statement (sqlite_tables.py) runs in one worker thread (sqlite_thread.py), so that the event
loop never waits for the disk, and every method is all or nothing. A commit is durable when it
returns (WAL, synchronous FULL). Tasks that were committed here last are known and not read again;
the version in the file decides, as ever, whether what is built on them stands.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar, cast

from consensus.adapters.local import sqlite_tables as tables
from consensus.adapters.local.known_tasks import KnownTasks
from consensus.adapters.local.sqlite_thread import SqliteThread
from consensus.codec.documents import position_from_token
from consensus.core.errors import StoreUnavailable
from consensus.core.events import Step
from consensus.core.model import Feedback, Notice, Recorded, State, Task
from consensus.ports import (
    ANY_ROOM,
    LISTENING,
    Change,
    Claim,
    Erased,
    Listing,
    Page,
    Rejection,
    Room,
    Stored,
)

POLL_SECONDS = 1.0  # a watcher hears of this process's commits at once, of others' by looking
PRUNED_AT_ONCE: Final = 200  # tasks; whoever waits for the file waits for no more than these
Returned = TypeVar("Returned")


@dataclass(slots=True, eq=False)
class _Follower:
    """Somebody who hears of an owner's tasks: those that changed since they were last told."""

    changed: dict[str, None] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, task_id: str) -> None:
        self.changed[task_id] = None
        self.woken.set()


class SqliteStore:
    """See TaskStore. One instance per process and file; close() ends its thread."""

    def __init__(self, path: Path | str) -> None:
        """Open the file, made if absent; ":memory:" keeps nothing. Raises ConfigurationError."""
        self.thread = SqliteThread(tables.open_file(path))
        self._known = KnownTasks()
        self._foreign: int | None = None  # as of the last look, what others have committed
        self._looking: asyncio.TimerHandle | None = None
        self._looks: set[asyncio.Future[None]] = set()
        self._changed: dict[str, set[asyncio.Event]] = {}
        self._followers: dict[str, set[_Follower]] = {}

    async def close(self) -> None:
        """Finish what runs, then close the file. Any later call raises StoreUnavailable."""
        if self._looking is not None:
            self._looking.cancel()
        self._known.clear()
        await self.thread.close()

    async def check(self) -> None:
        """See TaskStore. Only a commit tells of a full disk or a file that became read-only."""
        await self._write(tables.touch)

    async def create(self, task: Task, claim: Claim | None, room: Room = ANY_ROOM) -> Task:
        """See TaskStore."""
        created = await self._write(tables.create, task, claim, room)
        if created is task:
            self._known.keep(Stored(task, 1))
        self._tell(created.id, created.owner)
        return created

    async def claimed(self, claim: Claim, now: datetime) -> Task | None:
        """See TaskStore."""
        return await self._read(tables.claimed, claim, now)

    async def load(self, task_id: str) -> Stored | None:
        """See TaskStore. What was committed here last is known; another's commit is heard of."""
        known = self._known.get(task_id)
        return known or await self._read(tables.load, task_id)

    async def tasks(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        """See TaskStore."""
        return await self._read(tables.tasks, task_ids)

    async def commit(self, stored: Stored, *steps: Step) -> Stored:
        """See TaskStore."""
        version, task = cast(int, stored.version), steps[-1].task
        committed = Stored(task, version + 1)
        try:
            await self._write(tables.commit, version, steps)
        except BaseException:
            self._known.forget(task.id)
            raise
        else:
            self._known.keep(committed)
            return committed
        finally:  # even where our caller was cancelled, the commit may stand
            self._tell(task.id, task.owner)

    async def notice(self, key: str) -> Notice | None:
        """See TaskStore."""
        return await self._read(tables.notice, key)

    async def attempt(self, notice: Notice, attempted: Notice) -> None:
        """See TaskStore."""
        await self._write(tables.attempt, notice, attempted)

    async def forget_notice(self, key: str) -> None:
        """See TaskStore."""
        await self._write(tables.forget_notice, key)

    async def due_notices(self, now: datetime, limit: int) -> Sequence[Notice]:
        """See TaskStore."""
        return await self._read(tables.due_notices, now, limit)

    async def record_late(self, task_id: str, late: Recorded) -> None:
        """See TaskStore."""
        await self._write(tables.record_late, task_id, late)

    async def reject(self, rejection: Rejection) -> None:
        """See TaskStore."""
        await self._write(tables.reject, rejection)

    async def rejections(self, limit: int = 100) -> Sequence[Rejection]:
        """See TaskStore."""
        return await self._read(tables.rejections, limit)

    async def believe(self, now: datetime) -> datetime:
        """The time, as far as one look at a clock is believed: a wrong one must erase nothing.

        What was believed last is kept, and moves on by a day a look at most.
        """
        return await self._write(tables.believe, now)

    async def prune(self, before: datetime) -> int:
        """Forget DONE tasks from before that time, claims and rejections; how many tasks it was."""
        forgotten = 0
        self._known.clear()
        while pruned := await self._write(tables.prune, before, PRUNED_AT_ONCE):
            forgotten += pruned
        await self._purge(tables.prune_keys, before)
        return forgotten

    async def forget_rejection(self, key: str) -> None:
        """Let go of a rejection; idempotent."""
        await self._write(tables.forget_rejection, key)

    async def late(self, task_id: str) -> Sequence[Recorded]:
        """See TaskStore."""
        return await self._read(tables.late, task_id)

    async def page(self, listing: Listing, size: int, token: str) -> Page:
        """See TaskStore."""
        after = position_from_token(token) if token else None
        return await self._read(tables.page, listing, size, after)

    async def judge(self, task: Task, feedback: Feedback) -> None:
        """See TaskStore."""
        await self._write(tables.judge, task, feedback)
        self._known.forget(task.id)
        self._tell(task.id, task.owner)

    async def feedback(self, task_ids: Sequence[str]) -> Mapping[str, Feedback]:
        """See TaskStore."""
        return await self._read(tables.feedback, task_ids)

    async def judged(self, owner: str, limit: int) -> Sequence[tuple[Task, Feedback]]:
        """See TaskStore."""
        return await self._read(tables.judged, owner, limit)

    async def erase(self, erased: Erased) -> None:
        """See TaskStore. No file of the store holds its text afterwards."""
        await self._purge(tables.erase, erased)
        self._known.forget(erased.task_id)
        self._tell(erased.task_id, erased.owner)

    async def erased(self, task_id: str) -> Erased | None:
        """See TaskStore."""
        return await self._read(tables.erased, task_id)

    async def open_tasks(self, limit: int = 1000, after: Task | None = None) -> Sequence[Task]:
        """See TaskStore."""
        return await self._read(tables.open_tasks, limit, after)

    async def open_count(self, owner: str) -> int:
        """See TaskStore."""
        return await self._read(tables.open_count, owner)

    async def open_seats(self, owner: str) -> int:
        """See TaskStore."""
        return await self._read(tables.open_seats, owner)

    async def count_since(self, owner: str, since: datetime) -> int:
        """See TaskStore."""
        return await self._read(tables.count_since, owner, since)

    async def watch(self, task_id: str) -> AsyncGenerator[Task, None]:
        """See TaskStore."""
        changed = asyncio.Event()
        watchers = self._changed.setdefault(task_id, set())
        watchers.add(changed)
        seen = 0
        try:
            while True:
                changed.clear()  # before looking, so that what comes meanwhile is not missed
                self._look_for_others()
                found = await self._newer(task_id, seen)
                if found is not None:
                    task, seen = found
                    yield task
                    if task.state is State.DONE:
                        return
                elif not seen or not await self._read(tables.exists, task_id):
                    return
                await changed.wait()
        finally:
            watchers.discard(changed)
            if not watchers:
                self._changed.pop(task_id, None)

    async def _newer(self, task_id: str, seen: int) -> tuple[Task, int] | None:
        """The task without ballots and its version, where that is over the one seen."""
        known = self._known.get(task_id)
        if known is None:
            return await self._read(tables.look, task_id, seen)
        version = cast(int, known.version)
        return (replace(known.task, ballots=()), version) if version > seen else None

    async def news(self, owner: str) -> AsyncGenerator[Change, None]:
        """See TaskStore. Hears what this process commits: no other serves the file's tasks."""
        follower = _Follower()
        followers = self._followers.setdefault(owner, set())
        followers.add(follower)
        try:
            yield LISTENING
            while True:
                await follower.woken.wait()
                follower.woken.clear()
                told, follower.changed = follower.changed, {}
                for task_id in told:
                    found = await self._newer(task_id, 0)
                    yield Change(task_id, found[0] if found else None)
        finally:
            followers.discard(follower)
            if not followers:
                self._followers.pop(owner, None)

    def _tell(self, task_id: str, owner: str) -> None:
        for waiting in self._changed.get(task_id, ()):
            waiting.set()
        for follower in self._followers.get(owner, ()):
            follower.tell(task_id)

    def _look_for_others(self) -> None:
        """Now and then, while somebody watches: what another process commits is told by nobody."""
        loop = asyncio.get_running_loop()
        if self._looking is None and (self._changed or self._known):
            self._looking = loop.call_later(POLL_SECONDS, self._look)

    def _look(self) -> None:
        self._looking = None
        looking = asyncio.ensure_future(self._heed_others())
        self._looks.add(looking)
        looking.add_done_callback(self._looks.discard)

    async def _heed_others(self) -> None:
        with contextlib.suppress(StoreUnavailable):
            version = await self._read(tables.foreign_commits)
            if version != self._foreign:
                self._foreign = version
                self._known.clear()
                for waiting in self._changed.values():
                    for changed in waiting:
                        changed.set()
        self._look_for_others()

    async def _read(self, work: Callable[..., Returned], *args: object) -> Returned:
        return await self.thread.run(work, *args, writes=False)

    async def _write(self, work: Callable[..., Returned], *args: object) -> Returned:
        return await self.thread.run(work, *args)

    async def _purge(self, work: Callable[..., None], *args: object) -> None:
        await self.thread.run(work, *args, purges=True)
