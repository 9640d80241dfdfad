"""Who votes: the panel's voters, and which of them gets which seat."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Voter:
    """One voter: a model at an endpoint, and what its votes weigh and cost.

    base_url and key_name (the environment variable that holds the key) are None where the voter
    uses the service's own endpoint; power is the voting power of its votes; prices are US dollars a
    million tokens, None where unknown. The rest is how its model is asked, None or empty for as the
    settings have it; timeout is in seconds a call.
    """

    name: str = DEFAULT
    model: str = ""
    base_url: str | None = None
    key_name: str | None = None
    power: float = 1.0
    temperature: float | None = None
    input_usd_per_mtok: float | None = None
    output_usd_per_mtok: float | None = None
    max_output_tokens: int | None = None
    reasoning_effort: str | None = None
    logprobs: str | None = None
    structured: str | None = None
    timeout: float | None = None
    extra_body: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Panel:
    """At least one voter; their order is the order in which seats are dealt."""

    voters: tuple[Voter, ...] = (Voter(),)

    def deal(self, task_id: str, seat: int) -> str:
        """The name of the voter who sits there: always the same one for a task's seat.

        Seats go round the table, so that any run of seats has as many voters as it can have; which
        voter begins depends on the task, so that none is favoured by small panels.
        """
        first = int.from_bytes(hashlib.sha256(task_id.encode()).digest()[:8])
        return self.voters[(first + seat) % len(self.voters)].name

    def power(self, voter: Voter) -> float:
        """The power of this voter's votes, that of the panel's heaviest being 1.

        Only proportions matter; so whoever has not been heard yet weighs no more than 1.
        """
        return voter.power / max(one.power for one in self.voters)
