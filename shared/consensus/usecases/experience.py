"""What is known before a task is asked, read into its plan at submit.

What finished tasks teach is a function of the newest ones in the store, so there is nothing to keep
beside them, and nothing to count once and only once.
"""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from consensus.core import prior as priors
from consensus.core.errors import TransientError
from consensus.core.model import Calibration, Outcome, Plan, ShapePrior, State, Strategy, Task
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
    """What is known before a task: priors from the owner's tasks, and calibrations from a file.

    learn: whether there are priors; they are at most a minute old.
    """

    store: TaskStore
    clock: Clock
    learn: bool = True
    calibrations: Mapping[Strategy, Calibration] = field(default_factory=dict)
    _known: OrderedDict[str, tuple[datetime, Priors]] = field(default_factory=OrderedDict)

    async def teach(self, owner: str, plan: Plan) -> Plan:
        """The plan with all that is known of its strategy; as it is where that is nothing."""
        calibration = self.calibrations.get(plan.strategy)
        if calibration is not None:
            plan = replace(plan, calibration=calibration)
        prior = await self._prior(owner, plan.strategy) if self.learn else None
        if prior is None:
            return plan
        told = f"{plan.reason} How votes spread is known from {prior.tasks} tasks."
        return replace(plan, prior=prior, reason=told)

    async def _prior(self, owner: str, strategy: Strategy) -> ShapePrior | None:
        try:
            return (await self._priors(owner)).get(strategy)
        except TransientError as error:
            log.info("planning without experience: %s", error.reason)
            return None

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
