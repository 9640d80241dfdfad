"""The steady clock: it passes, and is not set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from consensus.adapters.local.system_clock import SteadyClock

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


class Machine:
    """A machine whose clock somebody sets."""

    def __init__(self) -> None:
        self.set_to, self.passed = NOON, 500.0

    def let(self, seconds: float) -> None:
        """Time passes."""
        self.set_to += timedelta(seconds=seconds)
        self.passed += seconds


def test_setting_the_machines_clock_moves_no_deadline() -> None:
    """Durations are what has really passed, whether the clock is set ahead or back."""
    machine = Machine()
    clock = SteadyClock(lambda: machine.set_to, lambda: machine.passed)
    for by in (timedelta(days=40), -timedelta(hours=1), timedelta(seconds=-0.5)):
        before = clock.now()
        machine.let(15.0)
        machine.set_to += by
        assert clock.now() - before == timedelta(seconds=15)


def test_what_it_is_off_is_known_and_taken_over_when_told() -> None:
    """Until then nothing is; afterwards it goes by the machine's again."""
    machine = Machine()
    clock = SteadyClock(lambda: machine.set_to, lambda: machine.passed)
    machine.set_to -= timedelta(hours=1)
    machine.let(10.0)
    assert clock.off() == -3600.0
    clock.settle()
    assert (clock.off(), clock.now()) == (0.0, machine.set_to)
