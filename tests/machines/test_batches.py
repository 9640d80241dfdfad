"""Batches under any sequence of looks, breaks, ends, erasures and hours, and that it is noticed."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from consensus.core.batches import Batch
from tests.machines.batches import BatchMachine
from tests.simulation.invariants import BrokenPromiseError

SETTINGS = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
SEEKING = settings(SETTINGS, max_examples=300, phases=[Phase.generate])


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What breaks off is logged."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def test_every_line_is_told_once_whatever_happens() -> None:
    """And each says what became of it; an end stays an end."""
    run_state_machine_as_test(BatchMachine, settings=SETTINGS)


def test_a_line_with_another_task_each_time_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task's id must follow from its line, or a look that comes again asks it twice."""
    made = iter(range(1_000_000))
    monkeypatch.setattr(Batch, "task_of", lambda self, line: f"{self.id}-{line}{next(made)}")
    with pytest.raises(BrokenPromiseError):
        run_state_machine_as_test(BatchMachine, settings=SEEKING)
