"""What a task has spent: every model call that was started counts, whoever lost its answer.

A call counts from when a worker is known to have begun with it; its ballot then says how many
attempts it was. What may be missing: a call whose holder was killed within a moment of its
beginning, which Task.uncertain bounds, and the second and third attempts of a call that was lost.
What may be too much: a lost call whose vote was under way, and one about doubts that its holder did
not live to begin. What a lost call cost nobody will say, so that an open task knows only what it
has spent at least, and a closed one may not know its cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from consensus.core.model import Ballot, Task, Usage


def so_far(task: Task) -> Usage:
    """What an open task has spent as far as it was told: ballots, verdicts, planning, lost calls.

    cost_usd is None where a ballot or a verdict came without its price.
    """
    planning = replace(task.planning, cost_usd=task.planning.cost_usd or 0.0)
    spent = of_ballots(r.ballot for r in task.ballots)
    spent += Usage(calls=task.hedges + task.lost_calls) + planning
    for doubt in task.doubts:
        spent += doubt.verdict.usage if doubt.verdict else Usage()
    return spent


def closing_usage(task: Task) -> Usage:
    """What a task that closes now has spent: what is still out was started, and may be billed."""
    out = calls_out(task)
    untold = out or task.hedges or task.lost_calls or task.planning.cost_usd is None
    return task.usage + Usage(calls=out, cost_usd=None if untold else 0.0)


def known_cost(task: Task) -> float | None:
    """US dollars of those calls that told their price, None where none did: what a task whose cost
    is not known has cost at least. Without its ballots at hand, only a whole cost is known."""
    if task.usage.cost_usd is not None and task.usage.calls:
        return task.usage.cost_usd
    spent = [r.ballot.usage for r in sorted(task.ballots, key=lambda r: r.ballot.seat)]
    spent += [task.planning, *(d.verdict.usage for d in task.doubts if d.verdict)]
    told = [usage.cost_usd for usage in spent if usage.calls and usage.cost_usd is not None]
    return sum(told) if told else None


def of_ballots(ballots: Iterable[Ballot]) -> Usage:
    """The sum over ballots in the order of their seats, so that it is the same for any arrival."""
    total = Usage()
    for ballot in sorted(ballots, key=lambda b: b.seat):
        total += ballot.usage
    return total


def allowance(task: Task) -> float | None:
    """US dollars that each seat that is out may spend; None where the task has no limit.

    What is left of the limit is shared out among them before they ask, so that calls under way
    cannot pass it together. Those of seats that were opened earlier had their share of more.
    """
    limit = task.plan.max_cost_usd
    if limit is None:
        return None
    return max(0.0, limit - (_spent(task) or 0.0)) / max(1, task.progress.missing)


def calls_out(task: Task) -> int:
    """Calls that were begun and whose ballot or verdicts are awaited; all doubts are one call's."""
    return len({*task.begun, *task.orphaned}) + bool(task.open_doubts)


def is_over_budget(task: Task) -> bool:
    """Whether a task that has asked somebody has spent what its plan allows, or more, as far as it
    was told."""
    limit, spent = task.plan.max_cost_usd, _spent(task)
    return limit is not None and spent is not None and task.progress.asked > 0 and spent >= limit


def _spent(task: Task) -> float | None:
    """US dollars at least, as far as it was told; None where nothing was."""
    return known_cost(task) if task.usage.cost_usd is None else task.usage.cost_usd
