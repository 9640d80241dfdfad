"""What the service's own finished tasks teach its next ones, read into the plan at submit.

The lessons are a function of the newest DONE tasks that the store holds anyway: there is nothing to
keep beside them, and nothing to count once and only once.
"""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from consensus.core import prior as priors
from consensus.core.errors import TransientError
from consensus.core.model import Outcome, Plan, ShapePrior, State, Strategy, Task
from consensus.ports import Clock, TaskStore

log = logging.getLogger(__name__)

TASKS_READ = 200
PAGE = 100
FRESH_FOR = timedelta(minutes=1)
OWNERS_KEPT = 100
TELLING = (Outcome.CONSENSUS, Outcome.NO_CONSENSUS)

Priors = Mapping[Strategy, ShapePrior]


@dataclass(frozen=True, slots=True)
class Experience:
    """Priors over answer shapes, by owner and strategy, at most a minute old."""

    store: TaskStore
    clock: Clock
    _known: OrderedDict[str, tuple[datetime, Priors]] = field(default_factory=OrderedDict)

    async def teach(self, owner: str, plan: Plan) -> Plan:
        """The plan with what the owner's tasks taught; as it is where that is nothing."""
        try:
            known = await self._priors(owner)
        except TransientError as error:
            log.info("planning without experience: %s", error.reason)
            return plan
        prior = known.get(plan.strategy)
        if prior is None:
            return plan
        told = f"{plan.reason} How votes spread is known from {prior.tasks} tasks."
        return replace(plan, prior=prior, reason=told)

    async def _priors(self, owner: str) -> Priors:
        now = self.clock.now()
        read_at, known = self._known.get(owner, (None, {}))
        if read_at is None or now - read_at >= FRESH_FOR:
            known = _learned(await self._finished(owner))
            self._known[owner] = (now, known)
            self._known.move_to_end(owner)
            if len(self._known) > OWNERS_KEPT:
                self._known.popitem(last=False)
        return known

    async def _finished(self, owner: str) -> list[Task]:
        tasks: list[Task] = []
        token = ""
        while len(tasks) < TASKS_READ:
            page = await self.store.page(owner, State.DONE, PAGE, token)
            tasks += page.tasks
            token = page.next_token
            if not token:
                break
        return tasks


def _learned(tasks: list[Task]) -> Priors:
    """A prior for each strategy that enough tasks speak for."""
    shapes: dict[Strategy, Counter[priors.Counts]] = defaultdict(Counter)
    for task in tasks:
        if task.result and task.result.outcome in TELLING:
            votes = [group.votes for group in task.result.groups]
            shapes[task.plan.strategy][priors.counts_of(votes)] += 1
    learned = {strategy: priors.learn(seen) for strategy, seen in shapes.items()}
    return {strategy: prior for strategy, prior in learned.items() if prior is not None}
