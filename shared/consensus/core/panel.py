"""Who votes: the panel's voters, and which of them gets which seat."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from consensus.core.model import AbstentionReason, Task

DEFAULT = "default"
SILENT_AFTER = 2  # refusals; a voter's next seats of the task go to others


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


def silent_voters(task: Task) -> frozenset[str]:
    """The voters whose models refused several calls and never voted; task comes with its ballots.

    A model that refuses a key, a model name or a missing field will refuse it again.
    """
    refused = Counter(
        a.voter for a in task.abstentions if a.reason is AbstentionReason.MODEL_REFUSED
    )
    voted = {vote.voter for vote in task.votes}
    return frozenset(
        voter for voter, times in refused.items() if times >= SILENT_AFTER and voter not in voted
    )


@dataclass(frozen=True, slots=True)
class Panel:
    """At least one voter; their order is the order in which seats are dealt."""

    voters: tuple[Voter, ...] = (Voter(),)

    def deal(self, task_id: str, seat: int, silent: Collection[str] = ()) -> str:
        """The name of the voter in that seat: always the same one for a task's seat.

        Seats go round the table, so that any run of seats has as many voters as it can have; which
        voter begins depends on the task, so that none is favoured by small panels. A silent voter's
        seat goes to the next one who is not; where all are silent, they keep their seats.
        """
        first = int.from_bytes(hashlib.sha256(task_id.encode()).digest()[:8]) + seat
        turns = [
            self.voters[(first + turn) % len(self.voters)].name for turn in range(len(self.voters))
        ]
        return next((name for name in turns if name not in silent), turns[0])

    def power(self, voter: Voter) -> float:
        """The power of this voter's votes, that of the panel's heaviest being 1.

        Only proportions matter, so a voter who has not voted yet weighs no more than 1.
        """
        return voter.power / max(one.power for one in self.voters)
