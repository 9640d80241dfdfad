"""What finished tasks teach later ones: the prior over answer shapes, the calibration, and what
each voter's votes weigh.

One learner for all: it looks at the newest tasks alone and fits afresh, so that what it says is a
function of them. `experience` feeds it from the store, `Lessons` from a replay. What it learns is
kept apart by strategy, since number, option and open questions scatter differently. A plan is
taught once, at submit, and what the plan says never changes afterwards.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from consensus.core import calibration as calibrating
from consensus.core.calibration import Features
from consensus.core.model import (
    Calibration,
    Plan,
    Result,
    ShapePrior,
    Strategy,
    VoterWeight,
)

if TYPE_CHECKING:
    from consensus.core.prior import Counts
    from consensus.core.reliability import Division

NEWEST = 200  # tasks that are learned from
OFTEN = 10  # tasks of a replay after which it learns again, where a service does each minute


@dataclass(frozen=True, slots=True)
class Ended:
    """What a finished task teaches. correct: whether its answer is right, None if not judged."""

    strategy: Strategy
    result: Result
    correct: bool | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the tasks of one strategy taught: how votes spread, how often such results are right,
    whose votes weigh more.

    divisions is how many of them had several voters.
    """

    prior: ShapePrior | None = None
    calibration: Calibration | None = None
    voter_weights: tuple[VoterWeight, ...] = ()
    divisions: int = 0

    def apply_to(self, plan: Plan) -> Plan:
        """The plan with all of it. A calibration that the plan has stays where there is none."""
        return replace(
            plan,
            prior=self.prior,
            calibration=self.calibration or plan.calibration,
            voter_weights=self.voter_weights,
        )


LessonByStrategy = Mapping[Strategy, Lesson]


def learned(newest: Iterable[Ended], *, weigh: bool) -> LessonByStrategy:
    """What each strategy's tasks teach, of at most NEWEST. weigh: whether voters are weighed."""
    shown: dict[Strategy, _Evidence] = defaultdict(_Evidence)
    for ended in newest:
        if ended.result.outcome.is_decision and ended.result.groups:
            shown[ended.strategy].add(ended)
    return {strategy: evidence.lesson(weigh=weigh) for strategy, evidence in shown.items()}


def calibrated(judged: Iterable[Ended]) -> Mapping[Strategy, Calibration]:
    """How often results of each strategy were right; only with enough judged tasks."""
    told = learned(judged, weigh=False)
    return {s: lesson.calibration for s, lesson in told.items() if lesson.calibration}


@dataclass(slots=True)
class _Evidence:
    """What the tasks of one strategy show: how their votes spread, who agreed with whom, and,
    where somebody judged it, whether an answer was right, and whose it was."""

    shapes: Counter[Counts] = field(default_factory=Counter)
    divisions: list[Division] = field(default_factory=list)
    judged: list[tuple[Features, bool]] = field(default_factory=list)
    models: set[str] = field(default_factory=set)

    def add(self, ended: Ended) -> None:
        from consensus.core.prior import counts_of  # noqa: PLC0415  a tenth of what `ask` loads, and seldom used
        from consensus.core.reliability import division_of  # noqa: PLC0415  as above

        result = ended.result
        self.shapes[counts_of([group.votes for group in result.groups])] += 1
        if division := division_of(result):
            self.divisions.append(division)
        if ended.correct is not None and result.confidence is not None:
            self.judged.append((calibrating.features_of(result), ended.correct))
            self.models |= {*result.models}

    def lesson(self, *, weigh: bool) -> Lesson:
        from consensus.core import prior, reliability  # noqa: PLC0415  as above

        return Lesson(
            prior.learn(self.shapes),
            calibrating.fit(self.judged, self.models),
            reliability.learn(self.divisions) if weigh else (),
            len(self.divisions),
        )


@dataclass(slots=True)
class Lessons:
    """A memory of finished tasks, in the order in which they ended; what it says is at most OFTEN
    tasks old.

    weigh: whether voters are weighed by their records.
    """

    weigh: bool = True
    ended: list[Ended] = field(default_factory=list)
    _known: LessonByStrategy = field(default_factory=dict)
    _known_at: int = 0

    def taught(self, plan: Plan) -> Plan:
        """The plan with what is known so far; unchanged if nothing is."""
        if len(self.ended) - self._known_at >= OFTEN:
            self._known = learned(self.ended[-NEWEST:], weigh=self.weigh)
            self._known_at = len(self.ended)
        lesson = self._known.get(plan.strategy)
        return lesson.apply_to(plan) if lesson else plan

    def learn_from(self, ended: Ended) -> None:
        """Remember a task."""
        self.ended.append(ended)
