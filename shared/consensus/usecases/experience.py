"""What is known before a task is asked, read into its plan at submit.

What finished tasks teach is a function of the newest ones in the store, so there is nothing to keep
beside them, and nothing to count once and only once.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from consensus.core import prior as priors
from consensus.core import reliability
from consensus.core.errors import TransientError
from consensus.core.model import (
    Calibration,
    Outcome,
    Plan,
    ShapePrior,
    State,
    Strategy,
    Task,
    VoterWeight,
)
from consensus.ports import Clock, Listing, TaskStore
from consensus.usecases.learning import Evidence

log = logging.getLogger(__name__)

TASKS_READ = 200
PAGE = 100
FRESH_FOR = timedelta(minutes=1)
OWNERS_KEPT = 100
TELLING = (Outcome.CONSENSUS, Outcome.NO_CONSENSUS)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the finished tasks of one strategy taught: how votes spread, whose votes weigh more.

    divisions is how many of them had several voters.
    """

    prior: ShapePrior | None
    voter_weights: tuple[VoterWeight, ...]
    divisions: int


LessonByStrategy = Mapping[Strategy, Lesson]


@dataclass(frozen=True, slots=True)
class Experience:
    """What is known before a task: lessons of the owner's tasks, and calibrations from a file.

    learn: whether there are lessons; they are at most a minute old. weigh: whether voters are
    weighed by their records.
    """

    store: TaskStore
    clock: Clock
    learn: bool = True
    calibrations: Mapping[Strategy, Calibration] = field(default_factory=dict)
    weigh: bool = True
    _known: OrderedDict[str, tuple[datetime, LessonByStrategy]] = field(default_factory=OrderedDict)

    async def teach(self, owner: str, plan: Plan) -> Plan:
        """The plan with all that is known of its strategy; as it is where that is nothing."""
        calibration = self.calibrations.get(plan.strategy)
        if calibration is not None:
            plan = replace(plan, calibration=calibration)
        lesson = await self._lesson(owner, plan.strategy) if self.learn else None
        if lesson is None:
            return plan
        if lesson.prior:
            told = f"How votes usually spread was learned from {lesson.prior.tasks} tasks."
            plan = replace(plan, prior=lesson.prior, reason=f"{plan.reason} {told}")
        if lesson.voter_weights:
            weights = [known.weight for known in lesson.voter_weights]
            span = f"{min(weights):.2f} to {max(weights):.2f} times"
            told = f"Votes count {span}, by how their voters agreed in {lesson.divisions} tasks."
            reason = f"{plan.reason} {told}"
            plan = replace(plan, voter_weights=lesson.voter_weights, reason=reason)
        return plan

    async def _lesson(self, owner: str, strategy: Strategy) -> Lesson | None:
        try:
            return (await self._lessons(owner)).get(strategy)
        except TransientError as error:
            log.info("planning without experience: %s", error.reason)
            return None

    async def _lessons(self, owner: str) -> LessonByStrategy:
        now = self.clock.now()
        read_at, known = self._known.get(owner, (None, {}))
        if read_at is None or now - read_at >= FRESH_FOR:
            known = _learned(await self._finished(owner), weigh=self.weigh)
            self._known[owner] = (now, known)
            self._known.move_to_end(owner)
            if len(self._known) > OWNERS_KEPT:
                self._known.popitem(last=False)
        return known

    async def _finished(self, owner: str) -> list[Task]:
        tasks: list[Task] = []
        token = ""
        while len(tasks) < TASKS_READ:
            page = await self.store.page(Listing(owner, State.DONE), PAGE, token)
            tasks += page.tasks
            token = page.next_token
            if not token:
                break
        return tasks


def _learned(tasks: Sequence[Task], *, weigh: bool) -> LessonByStrategy:
    """What each strategy's tasks teach."""
    shown: dict[Strategy, Evidence] = defaultdict(Evidence)
    for task in tasks:
        if task.result and task.result.outcome in TELLING:
            shown[task.plan.strategy].add(task.result)
    return {strategy: _lesson(evidence, weigh=weigh) for strategy, evidence in shown.items()}


def _lesson(evidence: Evidence, *, weigh: bool) -> Lesson:
    voter_weights = reliability.learn(evidence.divisions) if weigh else ()
    return Lesson(priors.learn(evidence.shapes), voter_weights, len(evidence.divisions))
