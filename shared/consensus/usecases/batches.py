"""Batches: a file of lines comes in, each line becomes a task, and their results go out in files.

Nothing works on a batch after a response: a queue's message (`move`) does a piece of work, as far
as its time goes, and asks for another if there is more. A message comes with the batch, with each
end of one of its tasks, and with every sweep, so none that is lost is missed.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Final

from consensus.core.batches import (
    PREFIX,
    Batch,
    CancelRequested,
    Event,
    Fault,
    File,
    LinesEnded,
    PartWritten,
    Reserved,
    Status,
    TimeLooked,
    Validated,
    advance,
    duplicates,
    room_of,
)
from consensus.core.errors import (
    BatchNotFound,
    CallerError,
    Conflict,
    FileNotFound,
    KeyReused,
    TaskErased,
    TooManyBatches,
    TooManyTasks,
    TransientError,
)
from consensus.core.model import Outcome, State, Task
from consensus.ports import BatchStore, StoredBatch
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.apply import TaskLocks
from consensus.usecases.files import INPUT, Files, numbered
from consensus.usecases.submit import Submit, SubmitTask

log = logging.getLogger(__name__)

WORK_WITHIN: Final = timedelta(seconds=30)  # of the minute that a message has
ATTEMPTS: Final = 20  # at a commit that others come before
TASKS: Final = "/v1/tasks"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A requested batch. key: its Idempotency-Key, if there is one."""

    owner: str
    file_id: str
    endpoint: str
    metadata: Mapping[str, str]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Batches:
    """Create, show, cancel and move batches.

    share: open tasks of an owner's batches together; most: batches of an owner under way.
    """

    files: Files
    submit: Submit
    aggregate: Aggregate
    share: int
    most: int
    turns: TaskLocks = field(default_factory=TaskLocks)

    @property
    def store(self) -> BatchStore:
        """Where batches are."""
        return self.files.store

    async def create(self, wanted: Wanted) -> Batch:
        """A new batch, or the one that the same key made.

        Raises FileNotFound, KeyReused, TooManyBatches, …
        """
        file = await self.store.file(wanted.file_id)
        if file is None or file.owner != wanted.owner or file.purpose != INPUT:
            raise FileNotFound("input_file_id must be a file of yours, of purpose batch.")
        new = Batch(
            self._id(wanted),
            wanted.owner,
            wanted.file_id,
            wanted.endpoint,
            self.files.clock.now(),
            dict(wanted.metadata),
        )
        running = len(await self.store.active_batches(wanted.owner))
        if running >= self.most and await self.store.batch(new.id) is None:
            raise TooManyBatches(
                f"You have {running} batches under way, and may have {self.most}. "
                "Wait for the end of one, or cancel it, and send this again."
            )
        made = await self.store.add_batch(new)
        if made is not new:
            told = (made.file_id, made.endpoint, dict(made.metadata))
            if told != (new.file_id, new.endpoint, new.metadata):
                raise KeyReused("This Idempotency-Key was used for another batch; take a new key.")
        await self._ask_for_a_look(made)
        return made

    def _id(self, wanted: Wanted) -> str:
        if wanted.key is None:
            return PREFIX + self.files.new_id()
        named = hashlib.sha256(f"{wanted.owner}\0{wanted.key}".encode()).hexdigest()
        return PREFIX + named[:32]

    async def own(self, batch_id: str, owner: str) -> Batch:
        """The owner's batch. Raises BatchNotFound."""
        stored = await self.store.batch(batch_id)
        if stored is None or stored.batch.owner != owner:
            raise BatchNotFound("You have no batch of that id.")
        return stored.batch

    async def cancel(self, batch_id: str, owner: str) -> Batch:
        """Ask no more lines, and end the open ones; a finished batch stays. Raises as own does."""
        await self.own(batch_id, owner)
        batch = await self._happens(batch_id, CancelRequested())
        await self._ask_for_a_look(batch)
        return batch

    async def sweep(self) -> None:
        """Move every batch that has not ended."""
        for batch in await self.store.active_batches():
            await self._ask_for_a_look(batch)

    async def _ask_for_a_look(self, batch: Batch) -> None:
        # The batch is durable: a message that is lost is the sweep's to repeat.
        if batch.is_active:
            try:
                await self.aggregate.bus.batch(batch.id)
            except TransientError as error:
                log.warning("batch %s left to the sweep: %s", batch.id, error.reason)

    async def move(self, batch_id: str) -> None:
        """Do what there is to do for a batch, until it waits for its tasks or the time is over.

        Raises TransientError: the message is to come again.
        """
        until = self.files.clock.now() + WORK_WITHIN
        lost = 0
        async with self.turns.at(batch_id):
            while True:
                stored = await self.store.batch(batch_id)
                if stored is None or not stored.batch.is_active:
                    return None
                event = await self._work(stored.batch)
                moved = (
                    advance(stored.batch, event, self.files.clock.now()) if event else stored.batch
                )
                if moved is stored.batch:
                    return None
                try:
                    await self._commit(stored, moved)
                except Conflict:  # another look at it; what we did stands, and is found done
                    lost += 1
                    if lost == ATTEMPTS:
                        raise
                if self.files.clock.now() >= until:
                    return await self._ask_for_a_look(moved)

    async def _happens(self, batch_id: str, event: Event) -> Batch:
        """Apply an event to a stored batch. Raises Conflict, StoreUnavailable."""
        for _ in range(ATTEMPTS):
            stored = await self.store.batch(batch_id)
            if stored is None:
                raise BatchNotFound("You have no batch of that id.")
            moved = advance(stored.batch, event, self.files.clock.now())
            if moved is stored.batch:
                return moved
            try:
                await self._commit(stored, moved)
            except Conflict:
                continue
            return moved
        raise Conflict(f"batch {batch_id} kept changing; try again")

    async def _commit(self, stored: StoredBatch, moved: Batch) -> None:
        if moved.status in (Status.COMPLETED, Status.CANCELLED, Status.EXPIRED):
            await self._tell_results(moved)
        await self.store.commit_batch(stored, moved)
        if moved.status is not stored.batch.status:
            log.info("batch %s is %s", moved.id, moved.status)

    async def _work(self, batch: Batch) -> Event | None:
        """The next piece of work, done; what that is to the batch. None where it waits."""
        match batch.status:
            case Status.VALIDATING:
                return await self._validate(batch)
            case Status.FINALIZING:
                return await self._write(batch)
            case _:
                return await self._ended(batch) or await self._reserve(batch) or TimeLooked()

    async def _validate(self, batch: Batch) -> Validated:
        file = await self.store.file(batch.file_id)
        if file is None:
            return Validated((), 0, 0, (Fault("file_not_found", "The input file is gone."),))
        last, named = 0, []
        for part, first in enumerate(file.starts):
            for number, raw in numbered(await self._read(batch, part), first):
                last = number
                if raw.strip():
                    named.append((number, self.files.lines.name(number, raw, batch.endpoint)))
            await asyncio.sleep(0)  # others have their turn
        return Validated(file.starts, last, len(named), duplicates(named))

    async def _ended(self, batch: Batch) -> LinesEnded | None:
        """Which of the open lines have ended; those that have no task yet are asked meanwhile."""
        tasks = await self.aggregate.store.tasks([batch.task_of(line) for line in batch.open])
        ended: dict[int, bool] = {}
        unasked = []
        for line in batch.open:
            task = tasks.get(batch.task_of(line))
            if task is None:
                unasked.append(line)
            elif batch.status is Status.CANCELLING and task.state is not State.DONE:
                task = await self._cancelled(task)
            if task is not None and task.state is State.DONE:
                ended[line] = _has_answer(task, batch.endpoint)
        is_late = self.files.clock.now() >= batch.expires_at
        is_asking = batch.status is Status.IN_PROGRESS and not is_late
        ended |= await self._ask(batch, unasked) if is_asking else dict.fromkeys(unasked, False)
        return LinesEnded(ended, expired=is_late and bool(unasked)) if ended else None

    async def _cancelled(self, task: Task) -> Task | None:
        try:
            return await self.aggregate.cancel(task.id, task.owner)
        except CallerError:  # erased meanwhile
            return None

    async def _reserve(self, batch: Batch) -> Reserved | None:
        """The next lines to be asked, as many as there is room for."""
        if batch.read >= batch.lines or self.files.clock.now() >= batch.expires_at:
            return None
        room = room_of(batch, self.share, len(await self.store.active_batches(batch.owner)))
        if not room:
            return None
        reserved: list[int] = []
        read = batch.read
        for number, raw in await self._part(batch, batch.part_of(batch.read + 1)):
            if number <= batch.read:
                continue
            if raw.strip():
                if len(reserved) == room:
                    break
                reserved.append(number)
            read = number
        return Reserved(read, tuple(reserved))

    async def _ask(self, batch: Batch, lines: Sequence[int]) -> dict[int, bool]:
        """Make the tasks of these lines; which of them have ended already, as they cannot be."""
        ended: dict[int, bool] = {}
        for part, of_part in groupby(lines, batch.part_of):
            raws = dict(await self._part(batch, part))
            for line in of_part:
                try:
                    await self._submit(batch, line, raws.get(line, b""))
                except TooManyTasks:  # single tasks have the room; a later look comes back to it
                    return ended
                except CallerError:
                    ended[line] = False
        return ended

    async def _submit(self, batch: Batch, line: int, raw: bytes) -> None:
        """Raises CallerError where the line cannot be asked, or its task was erased."""
        task_id = batch.task_of(line)
        asked = self.files.lines.question(line, raw, batch.endpoint)
        if await self.aggregate.store.erased(task_id):
            raise TaskErased("You had this task erased.")
        command = SubmitTask(
            owner=batch.owner,
            messages=asked.messages,
            prompt=asked.prompt,
            options=asked.options,
            metadata=asked.metadata,
            task_id=task_id,
        )
        await self.submit(command)
        if await self.aggregate.store.erased(task_id):  # in between: it does not come back
            await self.aggregate.erase(task_id, batch.owner)
            raise TaskErased("You had this task erased.")

    async def _write(self, batch: Batch) -> PartWritten:
        """Write the results of the next part of the input: answers, and errors."""
        part = [line for line in await self._part(batch, batch.written) if line[1].strip()]
        tasks = await self.aggregate.store.tasks([batch.task_of(number) for number, _ in part])
        results = [
            self.files.lines.result(batch, number, raw, tasks.get(batch.task_of(number)))
            for number, raw in part
        ]
        sizes = []
        for wanted, file_id in ((True, batch.output_id), (False, batch.error_id)):
            data = b"".join(told + b"\n" for is_answer, told in results if is_answer is wanted)
            if data:
                await self.files.parts.write(file_id, batch.written, data)
            sizes.append(len(data))
        completed = sum(is_answer for is_answer, _ in results)
        failed = len(results) - completed
        return PartWritten(completed, failed, *sizes)

    async def _tell_results(self, batch: Batch) -> None:
        """Make known the files that a batch at its end has."""
        kinds = (
            (batch.output_id, "output", batch.output_size),
            (batch.error_id, "errors", batch.error_size),
        )
        for file_id, kind, size in kinds:
            if size:
                name, now = f"{batch.id}_{kind}.jsonl", self.files.clock.now()
                told = File(file_id, batch.owner, name, "batch_output", size, now, batch.starts)
                await self.store.add_file(told)

    async def _part(self, batch: Batch, part: int) -> list[tuple[int, bytes]]:
        """The lines of a part of its file, each with its number."""
        return numbered(await self._read(batch, part), batch.starts[part])

    async def _read(self, batch: Batch, part: int) -> bytes:
        return await self.files.parts.read(batch.file_id, part) or b""


def _has_answer(task: Task, endpoint: str) -> bool:
    """Whether the endpoint answers with the task; what the results say is the last word."""
    outcome = task.result.outcome if task.result else None
    if outcome is Outcome.CANCELLED:
        return endpoint == TASKS
    return outcome is not Outcome.FAILED
