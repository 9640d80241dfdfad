"""The protocol as a state machine: hypothesis chooses what happens next, and shrinks what fails.

The real submit and aggregate use cases run over SQLite in memory and a bus that only remembers.
Every delivery is a choice: at once, twice, late, never, across another one, or with its process
dead after the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.core.errors import KeyReused, StoreUnavailable
from consensus.core.events import Step, Taken
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Ballot,
    Message,
    Options,
    Reading,
    State,
    Strategy,
    Task,
    Usage,
    Vote,
)
from consensus.ports import Stored
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.apply import apply_event
from consensus.usecases.submit import Submit, SubmitTask
from tests.simulation.invariants import check_task, check_wake_up, promise

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
LONGEST = 60.0  # seconds a task may take
Returned = TypeVar("Returned")


class Crash(BaseException):
    """The process died here."""


class OwnClock:
    """Time moves when somebody waits, or when the machine says so."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class RememberedBus:
    """What was published, for the machine to deliver."""

    dispatched: list[str] = field(default_factory=list)

    async def dispatch(self, task: Task) -> None:
        self.dispatched.append(task.id)

    async def ballot(self, task_id: str, ballot: Ballot, traceparent: str) -> None:
        raise NotImplementedError  # the machine casts the ballots

    async def verdicts(self, task_id: str, verdicts: object, traceparent: str) -> None:
        raise NotImplementedError  # nobody is asked about doubts here

    async def deadline(self, task_id: str) -> None:
        raise NotImplementedError  # the machine moves the clock

    async def notice(self, key: str) -> None:
        raise NotImplementedError  # nobody subscribes


class InterposedStore(SqliteStore):
    """SQLite, and what may happen around its next commit, which is applied in any case."""

    meanwhile: Coroutine[Any, Any, object] | None = None  # done before it
    loses_answer = False  # its writer hears that the store is away
    dies = False  # its writer dies

    async def commit(self, stored: Stored, *steps: Step) -> Stored:
        before, self.meanwhile = self.meanwhile, None
        if before is not None:
            await before
        committed = await super().commit(await self._expected(stored), *steps)
        if self.dies:
            self.dies = False
            raise Crash
        if self.loses_answer:
            self.loses_answer = False
            raise StoreUnavailable("applied, but the answer was lost")
        return committed

    async def load(self, task_id: str) -> Stored | None:
        """From the file, as another process would: what stands there is what counts."""
        self._known.forget(task_id)
        return await super().load(task_id)

    async def _expected(self, stored: Stored) -> Stored:
        """What a commit must still find."""
        return stored


def a_ballot(seat: int, said: str) -> Ballot:
    """A seat's vote, or its abstention where nothing is said."""
    if said:
        return Vote(seat, Reading(said, said), usage=Usage(1, 10, 2, 0.01))
    return Abstention(seat, AbstentionReason.MODEL_FAILED, usage=Usage(calls=1))


answers = st.sampled_from(("A", "A", "A", "B", ""))
ballots = st.builds(a_ballot, st.integers(0, 4), answers)


class Protocol(RuleBasedStateMachine):
    """Everything that may happen to tasks, in any order."""

    tasks = Bundle("tasks")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock, self.bus = OwnClock(), RememberedBus()
        self.keys: dict[str, str] = {}
        self.ended: dict[str, Task] = {}
        self.first_votes: dict[tuple[str, int], Vote] = {}
        self.ids = 0

    @initialize(target=tasks, least=st.sampled_from((1, 3)), most=st.sampled_from((3, 5)))
    def begin(self, least: int, most: int) -> str:
        """A store, and a task in it that is held."""
        self.store = InterposedStore(":memory:")
        task_id = self._post("x", least, most, "body")
        self._take(task_id)
        return task_id

    @property
    def aggregate(self) -> Aggregate:
        """The aggregator, in a process of its own for each message."""
        return Aggregate(self.store, self.bus, self.clock, lambda: 0.0)

    def run(self, work: Coroutine[Any, Any, Returned]) -> Returned | None:
        """Do it; None where its process died."""
        try:
            return self.loop.run_until_complete(work)
        except Crash:
            return None

    def task(self, task_id: str) -> Task:
        """The task as stored."""
        stored = self.run(self.store.load(task_id))
        assert stored is not None
        return stored.task

    def new_id(self) -> str:
        self.ids += 1
        return f"id{self.ids}"

    @rule(
        target=tasks,
        key=st.sampled_from("xy"),
        least=st.sampled_from((1, 3)),
        most=st.sampled_from((3, 5)),
        body=st.sampled_from(("body", "body", "another")),
    )
    def post(self, key: str, least: int, most: int, body: str) -> str:
        """POST under a key: one task a key, whatever comes again; another body is refused."""
        return self._post(key, least, most, body)

    def _post(self, key: str, least: int, most: int, body: str) -> str:
        asked = Options(Strategy.EXACT, min_votes=least, max_votes=most, timeout_seconds=LONGEST)
        order = SubmitTask("ada", (Message("user", "?"),), None, asked, {}, key, body)
        submit = Submit(self.store, self.bus, self.clock, self.new_id, max_cost_usd=0.035)
        made = self.keys.get(key)
        try:
            task = self.run(submit(order))
        except KeyReused:
            promise(made is not None, "I7: only a key that was used is refused", key)
            assert made is not None
            return made.partition(" ")[2]
        assert task is not None
        self.keys.setdefault(key, f"{body} {task.id}")
        promise(self.keys[key] == f"{body} {task.id}", "I7: one key, one body, one task", task.id)
        return task.id

    @rule(task_id=tasks)
    def have_all_but_one_vote(self, task_id: str) -> None:
        """All seats but the last vote alike: the worst moment for whatever comes next."""
        for seat in range(self.task(task_id).progress.asked - 1):
            self.run(self._cast(task_id, a_ballot(seat, "A")))

    @rule(task_id=tasks)
    def take(self, task_id: str) -> None:
        """A dispatch arrives: for the first time, or again."""
        self._take(task_id)

    def _take(self, task_id: str) -> None:
        holder = Taken(self.new_id())
        self.run(apply_event(self.store, self.clock, lambda: 0.0, task_id, holder))

    @rule(task_id=tasks, arriving=st.lists(ballots, min_size=1, max_size=4))
    def cast(self, task_id: str, arriving: list[Ballot]) -> None:
        """Ballots arrive, for any seats at any time."""
        for ballot in arriving:
            self.run(self._cast(task_id, ballot))

    @rule(task_id=tasks, seat=st.integers(0, 2), said=answers, meanwhile=answers)
    def cast_across(self, task_id: str, seat: int, said: str, meanwhile: str) -> None:
        """A ballot arrives while its neighbour's is between its load and its commit."""
        self.store.meanwhile = self._cast(task_id, a_ballot((seat + 1) % 3, meanwhile))
        self.run(self._cast(task_id, a_ballot(seat, said)))
        left, self.store.meanwhile = self.store.meanwhile, None
        if left is not None:  # nothing was committed, so that it comes afterwards
            self.run(left)

    @rule()
    def lose_the_next_answer(self) -> None:
        """The next commit will be applied, and its answer lost."""
        self.store.loses_answer = True

    @rule()
    def die_after_the_next_commit(self) -> None:
        """Whoever does the next commit will do nothing more."""
        self.store.dies = True

    @rule(task_id=tasks)
    def cancel(self, task_id: str) -> None:
        """The owner has had enough."""
        self.run(self.aggregate.cancel(task_id, "ada"))

    @rule(task_id=tasks)
    def ring(self, task_id: str) -> None:
        """A deadline message arrives, early or late."""
        self.run(self.aggregate.deadline(task_id))

    @rule()
    def sweep(self) -> None:
        """The minute is over."""
        self.run(self.aggregate.sweep())

    @rule(seconds=st.sampled_from((1.0, 10.0, 31.0)))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.clock.time += timedelta(seconds=seconds)

    async def _cast(self, task_id: str, ballot: Ballot) -> None:
        await self.aggregate.ballot(task_id, ballot, f"{task_id}-{ballot.seat}", "")

    @invariant()
    @precondition(lambda self: self.keys)
    def promises_hold(self) -> None:
        """I1 to I7, and I10, of every task that there is."""
        for made in self.keys.values():
            task = self.task(made.partition(" ")[2])
            check_task(task)
            if task.state is State.RUNNING:
                check_wake_up(task)
            for vote in task.votes:
                first = self.first_votes.setdefault((task.id, vote.seat), vote)
                promise(vote == first, "I3: the first durable vote counts", vote)
            if task.state is State.DONE:
                ended = self.ended.setdefault(task.id, task)
                promise(task == ended, "I2: a DONE task never changes", task)

    def teardown(self) -> None:
        """When all faults are over, one sweep ends whatever is left."""
        self.store.loses_answer = self.store.dies = False
        self.clock.time += timedelta(days=1)
        self.run(self.aggregate.sweep())
        left = self.run(self.store.open_tasks())
        self.run(self.store.close())
        self.loop.close()
        promise(not left, "L1: every accepted task ends", left)
