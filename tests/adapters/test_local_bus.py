"""The embedded queue: at least once, and one message's trouble is its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from consensus.adapters.local import local_bus
from consensus.adapters.local.local_bus import MOST_FAILURES, LocalBus
from consensus.core.errors import CallerError, StoreUnavailable
from consensus.core.model import Ballot, Verdict
from tests.usecases.doubles import a_task, a_vote


@dataclass
class Handlers:
    """Handlers that fail as told, then note what came."""

    failing: list[Exception] = field(default_factory=list)
    tried: int = 0
    came: list[str] = field(default_factory=list)
    dispatches: list[tuple[str, str]] = field(default_factory=list)

    async def hold(self, task_id: str, dispatch: str, replaces: str) -> None:
        self.dispatches.append((dispatch, replaces))
        self._handle(f"hold {task_id}")

    async def ballot(self, task_id: str, ballot: Ballot) -> None:
        self._handle(f"ballot {task_id} {ballot.seat}")

    async def verdicts(self, task_id: str, verdicts: Sequence[Verdict]) -> None:
        self._handle(f"verdict {task_id} {verdicts[0].doubt}")

    async def deadline(self, task_id: str) -> None:
        self._handle(f"deadline {task_id}")

    async def notice(self, key: str) -> None:
        self._handle(f"notice {key}")

    async def batch(self, batch_id: str) -> None:
        self._handle(f"batch {batch_id}")

    def _handle(self, what: str) -> None:
        self.tried += 1
        if self.failing:
            raise self.failing.pop(0)
        self.came.append(what)


@asynccontextmanager
async def _delivering(handlers: Handlers) -> AsyncIterator[LocalBus]:
    bus = LocalBus()
    bus.connect(
        handlers.hold,
        handlers.ballot,
        handlers.verdicts,
        handlers.deadline,
        notice=handlers.notice,
        batch=handlers.batch,
    )
    delivering = asyncio.create_task(bus.deliver())
    try:
        yield bus
        assert not delivering.done()
    finally:
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_bus, "REDELIVER_AFTER", 0.0)


async def until(condition: Callable[[], object]) -> None:
    """Let others run until the condition holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  the condition is any
            await asyncio.sleep(0)


async def test_a_dispatch_keeps_its_id_when_it_comes_again() -> None:
    """Another dispatch of the task has another; both name the holder that their sender saw."""
    handlers = Handlers([StoreUnavailable("away")])
    async with _delivering(handlers) as bus:
        await bus.dispatch(a_task())
        await until(lambda: len(handlers.came) == 1)
        await bus.dispatch(replace(a_task(), holder="h1"))
        await until(lambda: len(handlers.came) == 2)
    first, again, second = handlers.dispatches
    assert first == again
    assert first[0] != second[0]
    assert (first[1], second[1]) == ("", "h1")


async def test_every_message_reaches_its_handler() -> None:
    """Dispatches, ballots, deadlines and notices, also those published before delivery began."""
    handlers = Handlers()
    async with _delivering(handlers) as bus:
        await bus.dispatch(a_task())
        await bus.ballot("t1", a_vote(2, "4"), "")
        await bus.deadline("t1")
        await bus.notice("t1.crm.done")
        await until(lambda: len(handlers.came) == 4)
    assert sorted(handlers.came) == ["ballot t1 2", "deadline t1", "hold t1", "notice t1.crm.done"]


async def test_a_handler_that_is_unavailable_gets_its_message_again() -> None:
    """However often: only the store's end ends that."""
    handlers = Handlers([StoreUnavailable("not now") for _ in range(20)])
    async with _delivering(handlers) as bus:
        await bus.deadline("t1")
        await until(lambda: handlers.came)
    assert handlers.tried == 21


async def test_poison_leaves_after_a_few_attempts_and_others_move_on() -> None:
    """A defect in a handler neither spins for ever nor ends the delivery."""
    handlers = Handlers([ValueError("a defect") for _ in range(MOST_FAILURES)])
    async with _delivering(handlers) as bus:
        await bus.deadline("poison")
        await until(lambda: handlers.tried == MOST_FAILURES)
        await bus.deadline("t1")
        await until(lambda: handlers.came)
    assert handlers.came == ["deadline t1"]


async def test_what_can_never_work_is_dropped_at_once() -> None:
    """Trying again would change nothing."""
    handlers = Handlers([CallerError("never")])
    async with _delivering(handlers) as bus:
        await bus.deadline("poison")
        await bus.deadline("t1")
        await until(lambda: handlers.came)
    assert handlers.tried == 2
