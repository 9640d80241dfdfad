"""What goes wrong in a simulated world, and how often."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Faults:
    """Probabilities per port call, or per message, of each thing that goes wrong."""

    crash: float = 0.0  # a process dies between two steps
    frozen: float = 0.0  # a process stands still for up to a minute, then goes on as a zombie
    slow: float = 0.0  # seconds where there should be milliseconds
    unavailable: float = 0.0  # the store does not answer
    aborted: float = 0.0  # the store refuses a commit that would have been right
    commit_unknown: float = 0.0  # a commit is applied and its answer lost
    listener: float = 0.0  # a watch breaks
    unpublished: float = 0.0  # the bus does not take a message
    lost: float = 0.0  # a message never comes
    duplicate: float = 0.0  # a message comes twice; a POST is sent twice at once
    held: float = 0.0  # a message comes just when the deadline, or its timer, does
    late: float = 0.0  # a queue comes minutes after its time with a dispatch
    rogue: float = 0.0  # messages that nobody should have sent
    full: float = 0.0  # a worker refuses a seat
    worker_dies: float = 0.0
    model_fails: float = 0.0
    hostile: float = 0.0  # an answer tries to be more than an answer
    outage: float = 0.0  # the store is away for some while
    skew: float = 0.0  # seconds by which a process's clock is off, either way
    tick: float = 0.0  # seconds: time goes in steps, so that much happens at one moment

    @classmethod
    def drawn(cls, chance: random.Random) -> Faults:
        """Some worlds are calm, some have one kind of fault, some have nearly all of them."""
        kept = chance.choice((0.0, 0.2, 0.5, 0.8))
        return cls(**{name: worst for name, worst in _WORST.items() if chance.random() < kept})


_WORST = {
    "crash": 0.02,
    "frozen": 0.01,
    "slow": 0.1,
    "unavailable": 0.05,
    "aborted": 0.3,
    "commit_unknown": 0.1,
    "listener": 0.1,
    "unpublished": 0.05,
    "lost": 0.1,
    "duplicate": 0.3,
    "held": 0.4,
    "late": 0.1,
    "rogue": 0.3,
    "full": 0.4,
    "worker_dies": 0.2,
    "model_fails": 0.2,
    "hostile": 0.3,
    "outage": 0.3,
    "skew": 5.0,
    "tick": 0.25,
}
assert set(_WORST) == {field.name for field in fields(Faults)}
