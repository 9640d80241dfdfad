"""What is known before a task is asked, read into its plan at submit.

What finished tasks teach is a function of the newest ones in the store, so there is nothing to keep
beside them, and nothing to count once and only once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from consensus.core.errors import TransientError
from consensus.core.gold import judged
from consensus.core.model import Calibration, Feedback, Plan, Strategy, Task
from consensus.ports import Clock, TaskStore
from consensus.usecases.finished import newest_finished
from consensus.usecases.learning import NEWEST, Ended, Lesson, LessonByStrategy, calibrated, learned

log = logging.getLogger(__name__)

FRESH_FOR = timedelta(minutes=1)
OWNERS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Experience:
    """What is known before a task: lessons of the owner's tasks, and calibrations from a file, in
    whose place comes what the owner said of enough tasks.

    learn: whether there are lessons; they are at most a minute old. weigh: whether voters are
    weighed by their records.
    """

    store: TaskStore
    clock: Clock
    learn: bool = True
    calibrations: Mapping[Strategy, Calibration] = field(default_factory=dict)
    weigh: bool = True
    _known: OrderedDict[str, tuple[datetime, asyncio.Future[LessonByStrategy]]] = field(
        default_factory=OrderedDict
    )  # by owner: since when, and the reading

    async def apply_to(self, owner: str, plan: Plan) -> Plan:
        """The plan with what is known of its strategy; unchanged if nothing is."""
        calibration = self.calibrations.get(plan.strategy)
        if calibration is not None:
            plan = replace(plan, calibration=calibration)
        lesson = await self._lesson(owner, plan.strategy) if self.learn else None
        if lesson is None or lesson == Lesson(divisions=lesson.divisions):
            return plan
        return replace(lesson.apply_to(plan), reason=" ".join((plan.reason, *_told(lesson))))

    async def _lesson(self, owner: str, strategy: Strategy) -> Lesson | None:
        try:
            return (await self._lessons(owner)).get(strategy)
        except TransientError as error:
            log.info("planning without experience: %s", error.reason)
            return None

    async def _lessons(self, owner: str) -> LessonByStrategy:
        """Read once a minute, however many tasks come at once: they wait for the one reading."""
        now = self.clock.now()
        read_at, reading = self._known.get(owner, (now, None))
        if reading is None or now - read_at >= FRESH_FOR:
            reading = asyncio.ensure_future(self._learned(owner))
            self._known[owner] = (now, reading)
            self._known.move_to_end(owner)
            if len(self._known) > OWNERS_KEPT:
                self._known.popitem(last=False)
        try:
            return await asyncio.shield(reading)  # whoever began it may leave, and others wait
        except TransientError:
            if self._known.get(owner, (now, None))[1] is reading:
                del self._known[owner]
            raise

    async def _learned(self, owner: str) -> LessonByStrategy:
        newest = [
            e for task in await newest_finished(self.store, owner, NEWEST) for e in _ended(task)
        ]
        said = await self.store.judged(owner, NEWEST)
        lessons = learned(newest, weigh=self.weigh)
        calibrations = calibrated(e for task, feedback in said for e in _ended(task, feedback))
        return {
            strategy: replace(
                lessons.get(strategy, Lesson()), calibration=calibrations.get(strategy)
            )
            for strategy in {*lessons, *calibrations}
        }


def _told(lesson: Lesson) -> Iterator[str]:
    """What was learned, for the plan's reason."""
    if lesson.prior:
        yield f"How votes usually spread was learned from {lesson.prior.tasks} tasks."
    if lesson.calibration:
        judged = lesson.calibration.tasks
        yield f"How often answers are right was learned from {judged} judged tasks."
    if lesson.voter_weights:
        weights = [known.weight for known in lesson.voter_weights]
        span = f"{min(weights):.2f} to {max(weights):.2f} times"
        yield f"Votes count {span}, by how their voters agreed in {lesson.divisions} tasks."


def _ended(task: Task, feedback: Feedback | None = None) -> Iterator[Ended]:
    """The task as it teaches, where it has a result."""
    if task.result:
        right = judged(task.result, feedback) if feedback else None
        yield Ended(task.plan.strategy, task.result, right)
