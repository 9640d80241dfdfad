"""The protocol under any sequence of events, and that the machine would notice."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from consensus.ports import Stored
from tests.machines.protocol import InterposedStore, Protocol
from tests.simulation.invariants import BrokenPromiseError
from tests.simulation.planted import planted

SETTINGS = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of rejections are nothing to read."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def test_the_promises_hold_under_any_sequence() -> None:
    """I1 to I7, I10 and L1, after every step of any sequence that hypothesis can think of."""
    run_state_machine_as_test(Protocol, settings=SETTINGS)


SEEKING = settings(SETTINGS, max_examples=300, phases=[Phase.generate])


def test_a_vote_and_its_close_in_two_commits_are_found() -> None:
    """A crash between the two leaves a task that has what would close it."""
    with planted("vote-and-close-in-two"), pytest.raises(BrokenPromiseError):
        run_state_machine_as_test(Protocol, settings=SEEKING)


def test_a_store_that_compares_no_versions_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came between a load and its commit would be overwritten."""

    async def newest(self: InterposedStore, stored: Stored) -> Stored:
        return await self.load(stored.task.id) or stored

    monkeypatch.setattr(InterposedStore, "_expected", newest)
    with pytest.raises(BrokenPromiseError):
        run_state_machine_as_test(Protocol, settings=SEEKING)
