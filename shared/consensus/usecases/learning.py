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
class Evidence:
    """What finished tasks of one strategy show: how their votes spread, who agreed with whom, and,
    where somebody judged it, whether an answer was right."""

    shapes: Counter[priors.Counts] = field(default_factory=Counter)
    divisions: list[Division] = field(default_factory=list)
    judged: list[tuple[Features, bool]] = field(default_factory=list)

    def add(self, result: Result, correct: bool | None = None) -> None:
        """Take in a result that has votes."""
        votes = [group.votes for group in result.groups]
        self.shapes[priors.counts_of(votes)] += 1
        if division := reliability.division_of(result):
            self.divisions.append(division)
        if correct is not None:
            sure, agreed, lead = result.confidence, result.agreement, result.margin
            self.judged.append((calibrating.features(sure, agreed, lead, sum(votes)), correct))


@dataclass(slots=True)
class Family:
    """What the tasks of one strategy taught, and from how many on there is more to learn."""

    evidence: Evidence = field(default_factory=Evidence)
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
        evidence = family.evidence
        evidence.add(result, correct)
        if evidence.shapes.total() >= family.learn_at:
            family.prior = priors.learn(evidence.shapes, family.prior)
            family.learn_at *= GROWTH
        if self.weigh and len(evidence.divisions) >= family.weigh_at:
            family.voter_weights = reliability.learn(evidence.divisions)
            family.weigh_at *= WEIGH_GROWTH
        if len(evidence.judged) >= family.judge_at:
            family.calibration = calibrating.fit(evidence.judged)
            family.judge_at *= GROWTH
