"""One thread in which all that is asked of a SQLite file happens, as much as waits in one commit.

A commit must reach the disk before it counts, and that costs the same for one change as for sixty:
so what has come meanwhile shares a transaction. Each piece of work has a savepoint of its own, and
none hears of its success before the commit that holds it has succeeded.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from consensus.adapters.local.sqlite_tables import purged
from consensus.core.errors import StoreUnavailable

TOGETHER: Final = 64  # pieces of work in one transaction
CLOSED = "the store is closed"
Returned = TypeVar("Returned")


@dataclass(slots=True)
class _Work:
    """One call, who waits for it, and what came of it."""

    call: Callable[..., Any]
    args: tuple[object, ...]
    writes: bool
    purges: bool
    waiting: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        """Tell whoever waits, in the loop's own thread."""
        if self.waiting.done():
            return
        if self.error is not None:
            self.waiting.set_exception(self.error)
        else:
            self.waiting.set_result(self.result)


class SqliteThread:
    """Runs work on a connection, in the order in which it came; close() ends it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._waiting: deque[_Work] = deque()
        self._guard = threading.Lock()
        self._is_draining = False
        self._is_closed = False
        self._must_purge = False

    async def run(
        self,
        call: Callable[..., Returned],
        *args: object,
        writes: bool = True,
        purges: bool = False,
    ) -> Returned:
        """What the call returns, given the connection and these; it is durable by then.

        purges: what it deletes leaves the write-ahead log too, at once unless another connection
        is reading there, and then with a later commit.

        Raises what the call raised, and then keeps nothing of it; StoreUnavailable.
        """
        loop = asyncio.get_running_loop()
        work = _Work(call, args, writes, purges, loop.create_future(), loop)
        with self._guard:
            if self._is_closed:
                raise StoreUnavailable(CLOSED)
            self._waiting.append(work)
            if not self._is_draining:
                self._is_draining = True
                self._thread.submit(self._drain)
        returned: Returned = await work.waiting
        return returned

    async def close(self) -> None:
        """Finish what waits, then close the connection."""
        with self._guard:
            if self._is_closed:
                return
            self._is_closed = True
        await asyncio.wrap_future(self._thread.submit(self._db.close))
        self._thread.shutdown(wait=False)

    def _drain(self) -> None:
        while True:
            with self._guard:
                together = [
                    self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))
                ]
                if not together:
                    self._is_draining = False
                    return
            try:
                self._transact(together)
                self._must_purge = self._must_purge or any(work.purges for work in together)
                if self._must_purge:
                    self._must_purge = not purged(self._db)
            except BaseException as error:
                for work in together:
                    work.error = work.error or error
            _tell(together)

    def _transact(self, together: list[_Work]) -> None:
        db = self._db
        # IMMEDIATE: a transaction that reads first and writes later could find the file changed
        # under it by another process, which no waiting mends.
        begin = "BEGIN IMMEDIATE" if any(work.writes for work in together) else "BEGIN"
        try:
            db.execute(begin)
            for work in together:
                self._one(work, is_alone=len(together) == 1)
                if not db.in_transaction:  # a full disk and the like end it for all
                    raise sqlite3.OperationalError(str(work.error or "rolled back"))
            if len(together) > 1 or together[0].error is None:
                db.execute("COMMIT")
        except sqlite3.Error as error:
            for work in together:
                work.error = _unavailable(error)
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")

    def _one(self, work: _Work, *, is_alone: bool) -> None:
        """Run it; where it fails it leaves nothing, and what only reads has nothing to leave.

        Alone it has the transaction to itself, which is then rolled back.
        """
        db, apart = self._db, work.writes and not is_alone
        if apart:
            db.execute("SAVEPOINT one")
        try:
            work.result = work.call(db, *work.args)
        except sqlite3.Error as error:
            work.error = _unavailable(error)
        except Exception as error:
            work.error = error
        if apart and work.error is not None and db.in_transaction:
            db.execute("ROLLBACK TO one")
        if apart and db.in_transaction:
            db.execute("RELEASE one")


def _unavailable(error: sqlite3.Error) -> StoreUnavailable:
    unavailable = StoreUnavailable(f"SQLite: {error}")
    unavailable.__cause__ = error
    return unavailable


def _tell(together: list[_Work]) -> None:
    """One wakeup a loop, however many wait in it."""
    for loop in {work.loop for work in together}:
        mine = [work for work in together if work.loop is loop]
        try:
            loop.call_soon_threadsafe(_tell_each, mine)
        except RuntimeError:  # the loop has ended, and nobody waits
            continue


def _tell_each(mine: list[_Work]) -> None:
    for work in mine:
        work.tell()
