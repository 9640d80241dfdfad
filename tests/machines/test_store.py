"""TaskStore against a model of a few dictionaries: SQLite in memory, and the Firestore emulator."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.config import Settings
from consensus.core.errors import Conflict, KeyReused
from consensus.core.events import Step
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Feedback,
    Message,
    Plan,
    Reading,
    Recorded,
    State,
    Task,
    Vote,
)
from consensus.ports import Claim, Erased, Listing, Stored, TaskStore

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
OWNERS = ("ada", "bob")
Returned = TypeVar("Returned")


class ClosableStore(TaskStore, Protocol):
    """A store that somebody must close."""

    async def close(self) -> None:
        """Close it."""
        ...


@dataclass
class Kept:
    """What a store should hold of one task: it as it stands, and how often it changed."""

    task: Task
    version: int = 0
    late: set[int] = field(default_factory=set)
    said: Feedback | None = None
    erased: bool = False


class StoreMachine(RuleBasedStateMachine):
    """Every method in any order, the model beside the store; open says which store."""

    open: Callable[[], ClosableStore]
    ids = Bundle("ids")
    loads = Bundle("loads")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.kept: dict[str, Kept] = {}
        self.claims: dict[str, tuple[str, str]] = {}  # fingerprint and task by key

    def run(self, work: Coroutine[Any, Any, Returned]) -> Returned:
        """Do it."""
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        async def opened() -> ClosableStore:  # some clients take the loop that runs
            return type(self).open()

        self.store = self.run(opened())

    @rule(
        target=ids,
        owner=st.sampled_from(OWNERS),
        key=st.sampled_from(("", "k1", "k2")),
        body=st.sampled_from(("body", "body", "another")),
    )
    def create(self, owner: str, key: str, body: str) -> str:
        """One task a claim; its second use gives the first task, or is refused."""
        number = len(self.kept)
        made = NOON + timedelta(seconds=number)
        task = Task(
            id=f"t{number}",
            owner=owner,
            messages=(Message("user", "?"),),
            plan=Plan(),
            created_at=made,
            deadline=made + timedelta(seconds=60),
        )
        claim = Claim(key, body, NOON + timedelta(days=1)) if key else None
        held = self.claims.get(key)
        try:
            stored = self.run(self.store.create(task, claim))
        except KeyReused:
            assert held is not None
            assert held[0] != body
            return held[1]
        if held is not None:
            assert (body, stored.id) == held
            return stored.id
        assert stored == task
        self.kept[task.id] = Kept(task)
        if key:
            self.claims[key] = (body, task.id)
        return task.id

    @rule(key=st.sampled_from(("k1", "k2")), body=st.sampled_from(("body", "another")))
    def claimed(self, key: str, body: str) -> None:
        """A claim is found under its key and body, and nothing under a key without one."""
        held = self.claims.get(key)
        try:
            found = self.run(self.store.claimed(Claim(key, body, NOON + timedelta(days=1)), NOON))
        except KeyReused:
            assert held is not None
            assert held[0] != body
            return
        assert (found.id if found else None) == (held[1] if held else None)

    @rule(target=loads, task_id=ids)
    def load(self, task_id: str) -> tuple[Stored, int]:
        """The task as it stands, with its ballots in their order."""
        stored = self.run(self.store.load(task_id))
        if self.kept[task_id].erased:
            assert stored is None
            return multiple()  # type: ignore[return-value]
        assert stored is not None
        assert stored.task == self.kept[task_id].task
        return stored, self.kept[task_id].version

    @rule(
        loaded=loads,
        seat=st.integers(-1, 2),
        votes=st.booleans(),
        state=st.sampled_from((State.RUNNING, State.RUNNING, State.DONE)),
    )
    def commit(self, loaded: tuple[Stored, int], seat: int, votes: bool, state: State) -> None:
        """All or nothing, and only on what was loaded; no ballot where the seat is -1."""
        stored, version = loaded
        kept = self.kept[stored.task.id]
        if stored.task.state is State.DONE:
            return
        task, record = replace(stored.task, state=state), None
        if seat >= 0:
            task, record = _with_ballot(task, seat, votes=votes)
        try:
            self.run(self.store.commit(stored, Step(task, record)))
        except Conflict:
            assert kept.erased or version != kept.version
        else:
            assert not kept.erased
            assert version == kept.version
            kept.task, kept.version = task, version + 1

    @rule(task_id=ids, seat=st.integers(0, 3))
    def record_late(self, task_id: str, seat: int) -> None:
        """A ballot after the end, once or twice, changes nothing that is loaded."""
        kept = self.kept[task_id]
        if kept.task.state is State.DONE and not kept.erased:
            _, record = _with_ballot(kept.task, seat, votes=True)
            self.run(self.store.record_late(task_id, record))

    @rule(task_id=ids, correct=st.booleans(), seconds=st.integers(0, 9))
    def judge(self, task_id: str, correct: bool, seconds: int) -> None:
        """The last word on a task stands."""
        kept = self.kept[task_id]
        if kept.task.state is State.DONE and not kept.erased:
            kept.said = Feedback(NOON + timedelta(seconds=seconds), correct)
            self.run(self.store.judge(kept.task, kept.said))

    @rule(task_id=ids)
    def erase(self, task_id: str) -> None:
        """Once or twice, the task and its claim are gone, and its tombstone stays."""
        kept = self.kept[task_id]
        if kept.task.state is State.DONE:
            self.run(self.store.erase(Erased(task_id, kept.task.owner, NOON)))
            kept.erased, kept.said = True, None
            self.claims = {k: held for k, held in self.claims.items() if held[1] != task_id}

    @rule(owner=st.sampled_from(OWNERS))
    def what_was_said(self, owner: str) -> None:
        """Feedback is found by task and by owner; tombstones and late ballots by task."""
        said = {task_id: kept.said for task_id, kept in self.kept.items() if kept.said}
        assert self.run(self.store.feedback(list(self.kept))) == said
        judged = self.run(self.store.judged(owner, 100))
        theirs = {i: s for i, s in said.items() if self.kept[i].task.owner == owner}
        assert {task.id: heard for task, heard in judged} == theirs
        for task_id, kept in self.kept.items():
            assert (self.run(self.store.erased(task_id)) is not None) is kept.erased
            assert not (kept.erased and self.run(self.store.late(task_id)))

    @rule(
        owner=st.sampled_from(OWNERS), state=st.sampled_from((None, *State)), size=st.integers(1, 3)
    )
    def page(self, owner: str, state: State | None, size: int) -> None:
        """Pages, one after another, hold each of the owner's tasks once, newest first."""
        found, token = list[Task](), ""
        while True:
            page = self.run(self.store.page(Listing(owner, state), size, token))
            found += page.tasks
            token = page.next_token
            if not token:
                break
        held = [k.task for k in self.kept.values() if k.task.owner == owner and not k.erased]
        wanted = [t for t in reversed(held) if state in (None, t.state)]
        assert found == [replace(task, ballots=()) for task in wanted]

    @invariant()
    def what_is_open_is_counted(self) -> None:
        """Open tasks by deadline, and how many each owner has."""
        if not self.kept:
            return
        still_open = [k.task for k in self.kept.values() if k.task.state is not State.DONE]
        found = self.run(self.store.open_tasks())
        assert [task.id for task in found] == [task.id for task in still_open]
        for owner in OWNERS:
            count = self.run(self.store.open_count(owner))
            assert count == sum(task.owner == owner for task in still_open)

    def teardown(self) -> None:
        self.run(self.store.close())
        self.loop.close()


def _with_ballot(task: Task, seat: int, *, votes: bool) -> tuple[Task, Recorded]:
    reading = Reading("4", "4", vector=b"\x00\x00\x80?", embedder="e")
    ballot = Vote(seat, reading) if votes else Abstention(seat, AbstentionReason.UNREADABLE, "?")
    record = Recorded(task.last_order + 1, NOON, ballot)
    others = (r for r in task.ballots if r.ballot.seat != seat)
    return replace(task, ballots=(*others, record), last_order=record.order), record


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def test_sqlite_keeps_what_the_model_keeps() -> None:
    """Whatever the order of calls."""

    class Machine(StoreMachine):
        open = staticmethod(lambda: SqliteStore(":memory:"))

    run_state_machine_as_test(Machine, settings=_settings(40, 30))


def test_firestore_keeps_what_the_model_keeps(firestore_emulator: str) -> None:
    """Whatever the order of calls."""
    from consensus.adapters.google.firestore_store import FirestoreStore

    def fresh() -> ClosableStore:
        return FirestoreStore(
            Settings().with_changes(
                firestore_emulator_host=firestore_emulator,
                google_cloud_project=f"test-{uuid.uuid4().hex}",
            )
        )

    class Machine(StoreMachine):
        open = staticmethod(fresh)

    run_state_machine_as_test(Machine, settings=_settings(6, 15))
