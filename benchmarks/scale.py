"""What a deployment needs and costs: python -m benchmarks.scale

Arithmetic, from constants that were measured (each names its command) or are documented (each
names its page). docs/scale.md and docs/deploy.md hold the tables that this prints and quote its
figures, and a test holds them to that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp

SEATS = 5  # of a task
MINUTES = 30.4 * 24 * 60  # of a month
MONTH = MINUTES * 60  # seconds

# Measured on a two-core machine: python -m benchmarks.seats, python -m benchmarks.burst.
SEAT_CPU = 0.035  # seconds of a worker's CPU
BALLOT_CPU = 0.010  # seconds of the aggregator's CPU, with five at once on a task
OVERHEAD = 1.0  # seconds of a task beside its calls, of which submission and hand-over are most

# What is set: infra/terraform/variables.tf.
PER_WORKER, PER_DISPATCHER, PER_SUPERVISOR = 64, 40, 80
MOST_WORKERS, MOST_DISPATCHERS = 15, 10
BUSY = 0.6  # share of a CPU at which Cloud Run adds an instance

# https://cloud.google.com/run/pricing, of us-central1, by request; half a GiB each.
VCPU_SECOND, GIB_SECOND, PER_MILLION_REQUESTS = 0.000024, 0.0000025, 0.40
INSTANCE_SECOND = VCPU_SECOND + 0.5 * GIB_SECOND
IDLE_SECOND = 0.0000025 + 0.5 * GIB_SECOND  # of an instance that is kept warm and has no request
LEAST_SECONDS = 0.1  # that a request is billed for
FREE_VCPU_SECONDS = 180_000  # a month
PER_MILLION_QUEUED = 0.40  # https://cloud.google.com/tasks/pricing: a creation or an attempt
QUEUED = 4  # of a task: its dispatch and its timer
# https://cloud.google.com/firestore/pricing, a hundred thousand each.
WRITE, READ, DELETE = 0.09e-5, 0.03e-5, 0.01e-5
WRITES, READS, DELETES = 17, 48, 2  # of a task of five votes: task, place, ballots; loads and looks
TIB_OF_MESSAGES = 40  # https://cloud.google.com/pubsub/pricing
MESSAGES_GIB = 0.12 / 1000  # of a task
MESSAGES = SEATS + 1  # that the aggregator handles of a task
REQUESTS = 2 + 2 * SEATS + 1
MODEL_CALL = 200 * 0.15e-6 + 100 * 0.60e-6  # 200 tokens in, 100 out, at the guide's prices

# A month of a deployment that nobody asks, by https://cloud.google.com/scheduler/pricing,
# https://cloud.google.com/secret-manager/pricing and https://cloud.google.com/artifact-registry/pricing
SCHEDULER_JOB, SECRET_VERSION, IMAGES_GB = 0.10, 0.06, 0.10
AT_REST: Mapping[str, float] = {
    "sweeps": MINUTES * LEAST_SECONDS * INSTANCE_SECOND,
    "reads": MINUTES * READ,
    "job": SCHEDULER_JOB,
    "secrets": 4 * SECRET_VERSION,
    "images": IMAGES_GB,
}
KEPT_WARM = MONTH * IDLE_SECOND  # a month of one worker, beyond what is busy

AGGREGATED = 60 * BUSY / (MESSAGES * BALLOT_CPU)  # tasks a minute of an aggregator


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
        worker_cpu = self.per_minute / 60 * SEATS * SEAT_CPU / BUSY
        return {
            "supervisor": self.tasks / PER_SUPERVISOR,
            "dispatcher": self.tasks / PER_DISPATCHER,
            "worker": max(self.seats / PER_WORKER, worker_cpu),
            "aggregator": self.per_minute / AGGREGATED,
        }

    @property
    def seconds(self) -> dict[str, float]:
        """Of instances' time that is paid for a task: while nobody asks, none is."""
        calls = self.per_minute / 60 * self.call_seconds
        messages = self.per_minute / 60 * MESSAGES * LEAST_SECONDS
        asked = {
            "worker": calls,
            "dispatcher": self.tasks,
            "supervisor": self.tasks,
            "aggregator": messages,
        }
        return {
            part: max(self.instances[part], 1 - exp(-at_once)) * 60 / self.per_minute
            for part, at_once in asked.items()
        }

    @property
    def thousand(self) -> dict[str, float]:
        """What a thousand tasks cost, in US dollars at list prices, before the free tiers."""
        kept = WRITES * WRITE + READS * READ + DELETES * DELETE
        return {part: 1000 * time * INSTANCE_SECOND for part, time in self.seconds.items()} | {
            "requests": 1000 * REQUESTS * PER_MILLION_REQUESTS / 1e6,
            "Cloud Tasks": 1000 * QUEUED * PER_MILLION_QUEUED / 1e6,
            "Firestore": 1000 * kept,
            "Pub/Sub": 1000 * MESSAGES_GIB / 1024 * TIB_OF_MESSAGES,
        }

    @property
    def google_a_month(self) -> float:
        """US dollars, at list prices, before the free tiers."""
        return sum(self.thousand.values()) * self.per_minute * MINUTES / 1000

    @property
    def model_a_month(self) -> float:
        """US dollars."""
        return self.per_minute * MINUTES * SEATS * MODEL_CALL


def table() -> str:
    """The table of docs/scale.md."""
    loads = [Load(rate, call) for rate in (1, 100, 10_000) for call in (5, 30)]
    rows: list[tuple[str, Sequence[str]]] = [
        ("tasks in flight", [_number(load.tasks) for load in loads]),
        ("seats in flight", [_number(load.seats) for load in loads]),
        *(
            (f"{part}s", [str(max(1, ceil(load.instances[part]))) for load in loads])
            for part in loads[0].instances
        ),
        ("Google a month", [_dollars(load.google_a_month) for load in loads]),
        ("a thousand tasks", [_dollars(sum(load.thousand.values())) for load in loads]),
        ("model a month, for comparison", [_dollars(load.model_a_month) for load in loads]),
    ]
    head = [
        f"{load.per_minute:,.0f} a minute, calls of {load.call_seconds:.0f} s" for load in loads
    ]
    return _table(["", *head], rows)


def bill() -> str:
    """The table of docs/deploy.md: a thousand tasks whose calls take 5 s."""
    one, hundred = Load(1, 5), Load(100, 5)
    busy = {part: f"1,000 x {time:.1f} s awake" for part, time in one.seconds.items()}
    counted = busy | {
        "requests": f"{1000 * REQUESTS:,} x {PER_MILLION_REQUESTS:.2f} a million",
        "Cloud Tasks": f"{1000 * QUEUED:,} x {PER_MILLION_QUEUED:.2f} a million",
        "Firestore": f"{1000 * WRITES:,} writes x {WRITE * 1e5:.2f}, {1000 * READS:,} reads x "
        f"{READ * 1e5:.2f}, {1000 * DELETES:,} deletes x {DELETE * 1e5:.2f} a hundred thousand",
        "Pub/Sub": f"{1000 * MESSAGES_GIB:.2f} GiB x {TIB_OF_MESSAGES} a TiB",
    }
    costs = [one.thousand, hundred.thousand]
    rows: list[tuple[str, Sequence[str]]] = [
        (part, [counted[part], *(f"{cost[part]:.3f}" for cost in costs)]) for part in counted
    ]
    rows.append(("**Google**", ["", *(f"**{sum(cost.values()):.2f}**" for cost in costs)]))
    model = f"{1000 * SEATS * MODEL_CALL:.2f}"
    asked = f"{SEATS} calls x (200 tokens in, 100 out) at 0.15 and 0.60 a million"
    rows.append(("model, for comparison", [asked, model, model]))
    return _table(["part", "1 a minute", "USD", "100 a minute, USD"], rows)


def figures() -> dict[str, str]:
    """What pages quote, as they quote it, by what it is."""
    covered = FREE_VCPU_SECONDS / sum(Load(1, 5).seconds.values())
    return {
        "at rest, US dollars a month": f"{sum(AT_REST.values()):.2f}",
        **{f"{part} at rest, US dollars a month": f"{usd:.2f}" for part, usd in AT_REST.items()},
        "a worker kept warm, US dollars a month": f"{KEPT_WARM:.2f}",
        "tasks a minute of an aggregator": f"{AGGREGATED:,.0f}",
        "tasks that the free tier covers": f"{round(covered, -3):,.0f}",
    }


def _table(head: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    lines = ["| " + " | ".join(head).lstrip() + " |", "|---" * len(head) + "|"]
    return "\n".join(lines + [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows])


def _number(value: float) -> str:
    return f"{value:,.1f}" if value < 10 else f"{value:,.0f}"


def _dollars(value: float) -> str:
    return f"${value:,.2f}" if value < 10 else f"${round(value, -1 if value < 1000 else -2):,.0f}"


if __name__ == "__main__":
    print(table(), bill(), *(f"{name}: {text}" for name, text in figures().items()), sep="\n\n")
