"""A machine that moves batches in any order, with breaks in the midst, and knows what must hold."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.config import Settings
from consensus.core.batches import Batch, Status
from consensus.core.errors import CallerError, Conflict, StoreUnavailable, TransientError
from consensus.core.model import State
from consensus.usecases.batches import Batches, Wanted
from tests.clocks import HandClock
from tests.entrypoints.conftest import Service
from tests.simulation.invariants import promise
from tests.usecases.doubles import RecordingBus

Returned = TypeVar("Returned")
LINES = 7
MOST_CALLS = 5_000  # of the store in one step: a look that makes more goes round in circles
BROKEN = 3  # the line that is no request
DAY = 24 * 3600


class Interrupted(SqliteStore):
    """SQLite, which is away at its n-th call from now; some calls are done, and not heard of."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.calls = 0
        self.calls_left = -1
        self.done_all_the_same = False
        self._run = self.thread.run
        self.thread.run = self._interrupted  # type: ignore[method-assign]

    async def _interrupted(self, *args: Any, **named: Any) -> Any:
        self.calls += 1
        promise(self.calls < MOST_CALLS, "every look comes to an end", self.calls)
        self.calls_left -= 1
        if self.calls_left != 0:
            return await self._run(*args, **named)
        if self.done_all_the_same:
            await self._run(*args, **named)
        raise StoreUnavailable("not now")


class BatchMachine(RuleBasedStateMachine):
    """Everything that may happen to one batch, among looks that come twice or break off."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = TemporaryDirectory()
        self.end: Batch | None = None

    @initialize(starts_in_two=st.booleans())
    def begin(self, *, starts_in_two: bool) -> None:
        """A file of requests, one of which is broken, and a batch of it."""
        self.store = Interrupted(":memory:")
        folder = Path(self.folder.name)
        self.service = Service(self.store, RecordingBus(), HandClock(), Settings(), folder)  # type: ignore[arg-type]
        file = self.run(self.service.files.add("local", "asked", self._lines()))
        wanted = Wanted("local", file.id, "/v1/tasks", {})
        self.id = self.run(self.service.batches.create(wanted)).id
        if starts_in_two:
            self.look()

    async def _lines(self) -> Any:
        for number in range(1, LINES + 1):
            body = {"prompt": f"{number}?", "strategy": "numeric", "max_votes": 3}
            line = json.dumps({"custom_id": f"q{number}", "body": body})
            yield (line if number != BROKEN else "{broken").encode() + b"\n"

    def run(self, work: Coroutine[Any, Any, Returned]) -> Returned:
        """Do it."""
        self.store.calls = 0
        return self.loop.run_until_complete(work)

    @property
    def batch(self) -> Batch:
        """The batch as stored."""
        stored = self.run(self.service.batches.store.batch(self.id))
        assert stored is not None
        return stored.batch

    def _open(self) -> list[str]:
        return [task.id for task in self.run(self.store.open_tasks())]

    @rule()
    def look(self) -> None:
        """A message comes, and is worked on to its end."""
        self.run(self.service.batches.move(self.id))

    @rule(calls=st.integers(1, 25), done=st.booleans())
    def look_and_break_off(self, calls: int, *, done: bool) -> None:
        """A message comes whose worker loses the store in the midst; it will come again."""
        self.store.calls_left, self.store.done_all_the_same = calls, done
        with suppress(TransientError):
            self.run(self.service.batches.move(self.id))
        self.store.calls_left = -1

    @rule(count=st.integers(2, 4))
    def look_together(self, count: int) -> None:
        """A message comes several times, to as many instances."""

        async def together(instances: Iterable[Batches]) -> None:
            looks = (instance.move(self.id) for instance in instances)
            for end in await asyncio.gather(*looks, return_exceptions=True):
                if isinstance(end, BaseException) and not isinstance(end, Conflict):
                    raise end

        self.run(together([self.service.batches for _ in range(count)]))

    @rule()
    def sweep(self) -> None:
        """The sweep asks for a look where there is something to do."""
        self.service.bus.batches.clear()
        self.run(self.service.batches.sweep())
        assert bool(self.service.bus.batches) is self.batch.is_active

    @rule(place=st.integers(0, 9))
    def end_a_task(self, place: int) -> None:
        """One of the open tasks ends; how is one to its batch, and cancelling is the quickest."""
        tasks = self._open()
        if tasks:
            self._end(tasks[place % len(tasks)])

    def _end(self, task_id: str) -> None:
        self.run(self.service.aggregate.cancel(task_id, "local"))

    @rule()
    def cancel(self) -> None:
        """Its owner wants no more of it."""
        self.run(self.service.batches.cancel(self.id, "local"))

    @rule(line=st.integers(1, LINES))
    def erase(self, line: int) -> None:
        """The owner has a line's task erased, if there is one."""
        task_id = self.batch.task_of(line)
        with suppress(CallerError):  # there is none yet, or it was erased before
            self.run(self.service.aggregate.erase(task_id, "local"))

    @precondition(lambda self: self.service.clock.time.hour < 23)
    @rule(hours=st.sampled_from((1, 11)))
    def let_time_pass(self, hours: int) -> None:
        """Some hours go by."""
        self.service.clock.move(hours * 3600)

    @rule()
    def let_a_day_pass(self) -> None:
        """Whatever was not asked by now is not asked any more."""
        self.service.clock.move(DAY)

    @invariant()
    def every_line_has_one_task_at_most(self) -> None:
        """By its own id; and none that is broken has one."""
        tasks = self.run(self.store.tasks([self.batch.task_of(n) for n in range(1, 2 * LINES)]))
        lines = {int(task_id.rpartition("-")[2]) for task_id in tasks}
        promise(lines <= {*range(1, LINES + 1)} - {BROKEN}, "a task a request", str(lines))

    @invariant()
    def an_end_stays(self) -> None:
        """What has ended never changes, but for what its owner has erased."""
        batch = self.batch
        if self.end is not None:
            promise(batch == self.end, "an end stays", batch.id)
        self.end = None if batch.is_active else batch

    def teardown(self) -> None:
        """Whatever has happened, it comes to an end that tells every line exactly once."""
        try:
            self._come_to_an_end()
            self._tell_every_line_once()
        finally:
            self.run(self.store.close())
            self.loop.close()
            self.folder.cleanup()

    def _come_to_an_end(self) -> None:
        for _ in range(4 * LINES):
            if not self.batch.is_active:
                return
            self.run(self.service.batches.move(self.id))
            for task_id in self._open():
                self._end(task_id)
        promise(not self.batch.is_active, "it comes to an end", self.batch.status)

    def _tell_every_line_once(self) -> None:
        batch = self.batch
        told = self._told(batch.output_id) + self._told(batch.error_id)
        if batch.lines:
            numbers = Counter(int(one["id"].rpartition("_")[2]) for one in told)
            promise(numbers == Counter(range(1, LINES + 1)), "every line once", str(numbers))
            promise(batch.completed + batch.failed == LINES, "all are counted", batch.id)
        codes = {(one["error"] or {}).get("code", "") for one in told}
        promise("task_gone" not in codes, "each line says what became of it", str(codes))
        if batch.status is Status.COMPLETED:
            ends = {"", "invalid_line", "task_erased"}
            promise(codes <= ends, "a whole batch asked every line", str(codes))
        self._tasks_are_told(batch, told)

    def _told(self, file_id: str) -> list[dict[str, Any]]:
        parts = self.service.files.parts
        data = b"".join(self.run(parts.read(file_id, part)) or b"" for part in range(2))
        return [json.loads(line) for line in data.splitlines()]

    def _tasks_are_told(self, batch: Batch, told: list[dict[str, Any]]) -> None:
        """Whoever has a result is in the file of results, as the task ended."""
        answered = {int(one["id"].rpartition("_")[2]) for one in told if one["response"]}
        tasks = self.run(self.store.tasks([batch.task_of(n) for n in range(1, LINES + 1)]))
        done = {n for n in range(1, LINES + 1) if _is_done(tasks.get(batch.task_of(n)))}
        promise(answered == done, "what ended is told, and nothing else", f"{answered} {done}")


def _is_done(task: Any) -> bool:
    return task is not None and task.state is State.DONE
