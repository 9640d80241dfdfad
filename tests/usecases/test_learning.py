"""What finished tasks teach the plans of later ones."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from consensus.codec.documents import task_from_document, task_to_document
from consensus.core.model import (
    CloseReason,
    GroupShare,
    Message,
    Outcome,
    Plan,
    Result,
    Strategy,
    Task,
    VoterWeight,
)
from consensus.core.reliability import division_of
from consensus.usecases.learning import NEWEST, OFTEN, Ended, Lessons, learned

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EXACT, NUMERIC = Plan(strategy=Strategy.EXACT), Plan(strategy=Strategy.NUMERIC)


def _result(*votes: int) -> Result:
    total = sum(votes)
    groups = tuple(GroupShare(str(n), v, float(v), v / total) for n, v in enumerate(votes))
    return Result(
        Outcome.CONSENSUS, CloseReason.SETTLED, "0", 1.0, 0.6, 1.0, 0.97, None, groups, ""
    )


def _lessons(tasks: int, correct: bool | None = None) -> Lessons:
    lessons = Lessons()
    for _ in range(tasks):
        lessons.learn_from(Ended(Strategy.EXACT, _result(4), correct))
    return lessons


def test_a_plan_is_taught_once_there_is_enough_to_learn_from() -> None:
    """Until then, and for tasks without votes, it stays as it was."""
    assert _lessons(20).taught(EXACT) == EXACT
    prior = _lessons(30).taught(EXACT).prior
    assert prior is not None
    assert prior.tasks == 30
    assert _lessons(30).taught(EXACT).calibration is None
    silent = Lessons()
    for _ in range(100):
        silent.learn_from(Ended(Strategy.EXACT, replace(_result(4), groups=())))
    assert silent.taught(EXACT) == EXACT


def test_families_learn_apart() -> None:
    """What options taught says nothing of numbers."""
    assert _lessons(100).taught(NUMERIC) == NUMERIC


def _divided(*groups: tuple[str, ...]) -> Result:
    result = _result(*map(len, groups))
    told = zip(result.groups, groups, strict=True)
    return replace(result, groups=tuple(replace(g, voters=v) for g, v in told))


def test_voters_are_weighed_by_how_they_agreed() -> None:
    """Those who agree with the others weigh more than the one who never does, in that strategy."""
    lessons = Lessons()
    for _ in range(30):
        assert lessons.taught(EXACT).voter_weights == ()
        lessons.learn_from(Ended(Strategy.EXACT, _divided(("a", "b", "d"), ("c",))))
    weights = {w.voter: w.weight for w in lessons.taught(EXACT).voter_weights}
    assert weights["a"] == weights["b"] > 1.0 > weights["c"]
    assert lessons.taught(NUMERIC).voter_weights == ()


def test_weighing_voters_can_be_switched_off() -> None:
    """The rest is learned all the same."""
    lessons = Lessons(weigh=False)
    for _ in range(30):
        lessons.learn_from(Ended(Strategy.EXACT, _divided(("a", "b", "d"), ("c",))))
    taught = lessons.taught(EXACT)
    assert taught.voter_weights == ()
    assert taught.prior is not None


def test_judged_answers_calibrate() -> None:
    """A judgement of each answer gives a calibration, besides the prior."""
    calibration = _lessons(30, correct=True).taught(EXACT).calibration
    assert calibration is not None
    assert calibration.tasks == 30


def test_only_the_newest_tasks_teach() -> None:
    """As in a service, which reads no more of them: what was before is as if it had not been."""
    lessons = _lessons(500, correct=False)
    for _ in range(NEWEST):
        lessons.learn_from(Ended(Strategy.EXACT, _result(3, 2), correct=True))
    newest = learned(lessons.ended[-NEWEST:], weigh=True)[Strategy.EXACT]
    assert lessons.taught(EXACT) == newest.apply_to(EXACT)
    assert newest.prior is not None
    assert newest.prior.tasks == NEWEST


def test_it_learns_again_every_few_tasks() -> None:
    """A service looks each minute, a replay every so many tasks."""
    lessons = _lessons(30)
    assert lessons.taught(EXACT).prior == lessons.taught(EXACT).prior is not None
    for _ in range(OFTEN - 1):
        lessons.learn_from(Ended(Strategy.EXACT, _result(2, 2)))
        assert lessons.taught(EXACT).prior == _lessons(30).taught(EXACT).prior
    lessons.learn_from(Ended(Strategy.EXACT, _result(2, 2)))
    assert lessons.taught(EXACT).prior != _lessons(30).taught(EXACT).prior


def test_a_calibration_names_the_models_that_were_judged() -> None:
    """Those of the results that somebody judged, and no others."""
    judged = replace(_result(4), models=("m", "n"))
    tasks = [Ended(Strategy.EXACT, judged, correct=True)] * 30
    others = [Ended(Strategy.EXACT, replace(_result(4), models=("o",)))] * 30
    calibration = learned(tasks + others, weigh=True)[Strategy.EXACT].calibration
    assert calibration is not None
    assert (calibration.tasks, calibration.models) == (30, ("m", "n"))


def test_what_was_learned_is_stored_with_the_task() -> None:
    """A plan comes back exactly, also through JSON; an older document has learned nothing."""
    plan = replace(_lessons(50, correct=True).taught(EXACT), voter_weights=(VoterWeight("a", 2.0),))
    task = Task("t", "local", (Message("user", "?"),), plan, NOW, NOW)
    document = task_to_document(task)
    assert task_from_document(document) == task
    again = json.loads(json.dumps(document["plan"], default=str))
    assert task_from_document({**document, "plan": again}) == task
    for field in ("prior", "calibration", "voter_weights"):
        del again[field]
    del document["planning"]
    assert task_from_document({**document, "plan": again}) == replace(task, plan=EXACT)


def test_who_voted_for_what_is_stored_with_the_task() -> None:
    """A result comes back exactly; an older one names no voters, and teaches none."""
    told = _divided(("a", "b"), ("c",))
    task = Task("t", "local", (Message("user", "?"),), EXACT, NOW, NOW, result=told)
    document = task_to_document(task)
    assert task_from_document(document) == task
    older = json.loads(json.dumps(document["result"], default=str))
    for group in older["groups"]:
        del group["voters"]
    result = task_from_document({**document, "result": older}).result
    assert result == _result(2, 1)
    assert division_of(told)
    assert not division_of(_result(2, 1))
