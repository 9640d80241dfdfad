"""What tasks that are DONE teach the next ones: the prior over answer shapes, the calibration, and
what each voter's votes weigh.

Kept per strategy, since number, option and open questions scatter differently. A plan is taught
once, at submit, and what the plan says never changes afterwards.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from consensus.core import calibration as calibrating
from consensus.core import prior as priors
from consensus.core import reliability
from consensus.core.calibration import Features
from consensus.core.model import Calibration, Plan, Result, ShapePrior, Strategy, VoterWeight
from consensus.core.reliability import Division

GROWTH = 1.1  # fit again when there is a tenth more to learn from
WEIGH_GROWTH = 1.25  # this fit costs most


@dataclass(slots=True)
class Family:
    """What the tasks of one strategy taught."""

    shapes: Counter[priors.Counts] = field(default_factory=Counter)
    judged: list[tuple[Features, bool]] = field(default_factory=list)
    divisions: list[Division] = field(default_factory=list)
    prior: ShapePrior | None = None
    calibration: Calibration | None = None
    voter_weights: tuple[VoterWeight, ...] = ()
    learn_at: float = priors.LEAST_TASKS
    judge_at: float = calibrating.LEAST_TASKS
    weigh_at: float = reliability.LEAST_TASKS


@dataclass(slots=True)
class Lessons:
    """A memory of finished tasks, in the order in which they ended.

    weigh: whether voters are weighed by their records.
    """

    weigh: bool = True
    families: dict[Strategy, Family] = field(default_factory=dict)

    def taught(self, plan: Plan) -> Plan:
        """The plan with all that is known so far; unchanged where that is nothing."""
        family = self.families.get(plan.strategy)
        if family is None:
            return plan
        return replace(
            plan,
            prior=family.prior,
            calibration=family.calibration,
            voter_weights=family.voter_weights,
        )

    def heed(self, plan: Plan, result: Result, correct: bool | None = None) -> None:
        """Learn from a result; correct where somebody judged its answer, never needed otherwise."""
        if not result.groups:
            return
        family = self.families.setdefault(plan.strategy, Family())
        votes = [group.votes for group in result.groups]
        family.shapes[priors.counts_of(votes)] += 1
        if family.shapes.total() >= family.learn_at:
            family.prior = priors.learn(family.shapes, family.prior)
            family.learn_at *= GROWTH
        self._weigh(family, result)
        if correct is None:
            return
        shown = calibrating.features(result.confidence, result.agreement, result.margin, sum(votes))
        family.judged.append((shown, correct))
        if len(family.judged) >= family.judge_at:
            family.calibration = calibrating.fit(family.judged)
            family.judge_at *= GROWTH

    def _weigh(self, family: Family, result: Result) -> None:
        division = reliability.division_of(result)
        if not (self.weigh and division):
            return
        family.divisions.append(division)
        if len(family.divisions) >= family.weigh_at:
            family.voter_weights = reliability.learn(family.divisions)
            family.weigh_at *= WEIGH_GROWTH
