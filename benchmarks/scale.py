"""What a deployment needs at 1, 100 and 10,000 tasks a minute: python -m benchmarks.scale

Arithmetic, from constants that were measured (each names its command) or are documented (each
names its page). docs/scale.md holds the table that this prints, and a test holds it to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp

SEATS = 5  # of a task
MONTH = 30.4 * 86_400.0  # seconds

# Measured on a two-core machine: python -m benchmarks.seats, python -m benchmarks.burst.
SEAT_CPU = 0.035  # seconds of a worker's CPU
BALLOT_CPU = 0.010  # seconds of the aggregator's CPU, with five at once on a task
OVERHEAD = 1.0  # seconds of a task beside its calls, of which submission and hand-over are most

# What is set.
PER_WORKER, PER_DISPATCHER, PER_SUPERVISOR = 64, 40, 80
BUSY = 0.6  # share of a CPU at which Cloud Run adds an instance

# https://cloud.google.com/run/pricing, of us-central1, by request; half a GiB each.
VCPU_SECOND, GIB_SECOND, PER_MILLION_REQUESTS = 0.000024, 0.0000025, 0.40
INSTANCE_SECOND = VCPU_SECOND + 0.5 * GIB_SECOND
PER_MILLION_QUEUED = 0.40  # https://cloud.google.com/tasks/pricing: a creation or an attempt
# https://cloud.google.com/firestore/pricing, a hundred thousand each.
WRITE, READ, DELETE = 0.09e-5, 0.03e-5, 0.01e-5
WRITES, READS, DELETES = 17, 48, 2  # of a task of five votes: task, place, ballots; loads and looks
MODEL_CALL = 200 * 0.15e-6 + 100 * 0.60e-6  # 200 tokens in, 100 out, at the guide's prices


@dataclass(frozen=True, slots=True)
class Load:
    """So many tasks a minute, whose model calls take so long."""

    per_minute: float
    call_seconds: float

    @property
    def tasks(self) -> float:
        """In flight at once."""
        return self.per_minute / 60 * (self.call_seconds + OVERHEAD)

    @property
    def seats(self) -> float:
        """In flight at once."""
        return self.per_minute / 60 * SEATS * self.call_seconds

    @property
    def instances(self) -> dict[str, float]:
        """Of each part, as a share of one where that is less."""
        aggregator = self.per_minute / 60 * (SEATS + 1) * BALLOT_CPU / BUSY
        worker_cpu = self.per_minute / 60 * SEATS * SEAT_CPU / BUSY
        return {
            "supervisor": self.tasks / PER_SUPERVISOR,
            "dispatcher": self.tasks / PER_DISPATCHER,
            "worker": max(self.seats / PER_WORKER, worker_cpu),
            "aggregator": aggregator,
        }

    @property
    def google_a_month(self) -> float:
        """US dollars, at list prices, before the free tiers."""
        awake = 1 - exp(-self.tasks)  # while nobody asks, nothing is paid for
        busy = sum(max(share, awake if part != "aggregator" else 0.0)
                   for part, share in self.instances.items())  # fmt: skip
        tasks = self.per_minute * MONTH / 60
        requests = tasks * (2 + 2 * SEATS + 1) * PER_MILLION_REQUESTS / 1e6
        queued = tasks * 4 * PER_MILLION_QUEUED / 1e6
        kept = tasks * (WRITES * WRITE + READS * READ + DELETES * DELETE)
        return busy * MONTH * INSTANCE_SECOND + requests + queued + kept

    @property
    def model_a_month(self) -> float:
        """US dollars."""
        return self.per_minute * MONTH / 60 * SEATS * MODEL_CALL


def table() -> str:
    """The table of docs/scale.md."""
    loads = [Load(rate, call) for rate in (1, 100, 10_000) for call in (5, 30)]
    rows: list[tuple[str, list[str]]] = [
        ("tasks in flight", [_number(load.tasks) for load in loads]),
        ("seats in flight", [_number(load.seats) for load in loads]),
        *(
            (f"{part}s", [str(max(1, ceil(load.instances[part]))) for load in loads])
            for part in loads[0].instances
        ),
        ("Google a month", [_dollars(load.google_a_month) for load in loads]),
        ("a thousand tasks", [_dollars(_a_thousand(load)) for load in loads]),
        ("model a month, for comparison", [_dollars(load.model_a_month) for load in loads]),
    ]
    head = [
        f"{load.per_minute:,.0f} a minute, calls of {load.call_seconds:.0f} s" for load in loads
    ]
    lines = ["| | " + " | ".join(head) + " |", "|---" * (len(loads) + 1) + "|"]
    lines += [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows]
    return "\n".join(lines)


def _a_thousand(load: Load) -> float:
    return load.google_a_month / (load.per_minute * MONTH / 60) * 1000


def _number(value: float) -> str:
    return f"{value:,.1f}" if value < 10 else f"{value:,.0f}"


def _dollars(value: float) -> str:
    return f"${value:,.2f}" if value < 10 else f"${round(value, -1 if value < 1000 else -2):,.0f}"


if __name__ == "__main__":
    print(table())
