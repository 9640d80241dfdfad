"""Asking a model how a task should be decided."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from consensus.core.errors import InvalidTask, KeyReused, ModelError, TooManyTasks
from consensus.core.events import BallotCast, DeadlineReached, Taken
from consensus.core.lifecycle import advance
from consensus.core.model import AbstentionReason, Message, Options, Strategy, Task, Usage
from consensus.usecases.analyst import ANALYSIS_TIMEOUT, MOST_AT_ONCE, Analyst
from consensus.usecases.submit import Submit, SubmitTask
from tests.clocks import NOON
from tests.usecases.doubles import Model, Said, Small, a_vote, numbered, until

SPENT = Usage(1, 300, 20, 0.002)
ADVICE = '{"kind": "text", "strategy": "semantic", "complexity": "high", "max_votes": 9}'
ASKED = (Message("user", "What is 2 + 2?"),)
ORDER = SubmitTask("ann", ASKED, idempotency_key="k", fingerprint="f")


def _adviser(said: Said = ADVICE) -> Model:
    return Model(said, SPENT)


def _submit(small: Small, model: Model | None) -> Submit:
    return Submit(small.store, small.bus, small.clock, numbered("t"), analyst=Analyst(model))


async def test_a_models_advice_makes_the_plan(small: Small) -> None:
    """It decides what the caller left open; the plan says so; the call is bounded and counted."""
    model = _adviser()
    task = await _submit(small, model)(replace(ORDER, options=Options(min_votes=4)))
    assert (task.plan.strategy, task.plan.max_votes) == (Strategy.SEMANTIC, 9)
    assert task.plan.min_votes == 4
    assert "model's analysis chose" in task.plan.reason
    assert task.usage == SPENT
    assert model.seconds == [ANALYSIS_TIMEOUT]
    assert await small.task() == task


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (None, "no endpoint"),
        (_adviser("4"), "not JSON"),
        (_adviser('{"kind": "poem"}'), "complexity is none"),
        (_adviser(ModelError("slow", AbstentionReason.OUT_OF_TIME, usage=SPENT)), "OUT_OF_TIME"),
        (_adviser(ModelError("no", AbstentionReason.MODEL_REFUSED, usage=SPENT)), "MODEL_REFUSED"),
    ],
)
async def test_on_any_failure_the_rules_decide(small: Small, model: Model | None, why: str) -> None:
    """The plan is the very one without an analyst, but for its reason; a call is still counted."""
    task = await _submit(small, model)(ORDER)
    plain = await Submit(small.store, small.bus, small.clock, lambda: "plain")(
        replace(ORDER, idempotency_key=None)
    )
    assert replace(task.plan, reason="") == replace(plain.plan, reason="")
    assert task.plan.reason.startswith(plain.plan.reason)
    assert why in task.plan.reason
    assert task.usage == (SPENT if model else Usage())


async def test_a_replay_is_not_analysed_again(small: Small) -> None:
    """The same key costs one opinion; so do no other requests that come to nothing."""
    model = _adviser()
    submit = replace(_submit(small, model), max_open_tasks=2)
    first = await submit(ORDER)
    assert await submit(ORDER) == first
    with pytest.raises(KeyReused):
        await submit(replace(ORDER, fingerprint="g"))
    with pytest.raises(InvalidTask):
        await submit(
            replace(ORDER, idempotency_key=None, options=Options(min_votes=9, max_votes=3))
        )
    await submit(replace(ORDER, owner="ann", idempotency_key=None))
    with pytest.raises(TooManyTasks):
        await submit(replace(ORDER, idempotency_key=None))
    assert len(model.seconds) == 2


async def test_a_burst_is_bounded_in_calls_and_in_tasks(small: Small) -> None:
    """More tasks than may be asked about at once are planned by rules; the owner's limit holds."""
    go = asyncio.Event()

    async def advice() -> str:
        await go.wait()
        return ADVICE

    model = _adviser(advice)
    submit = Submit(small.store, small.bus, small.clock, numbered("t"), analyst=Analyst(model))
    limited = replace(submit, max_open_tasks=4)
    order = replace(ORDER, idempotency_key=None)
    burst = [asyncio.create_task(limited(order)) for _ in range(MOST_AT_ONCE)]
    await until(lambda: len(model.asked) == MOST_AT_ONCE)
    over = [await limited(order) for _ in range(4)]
    assert all("too many tasks came at once" in task.plan.reason for task in over)
    go.set()
    ended = await asyncio.gather(*burst, return_exceptions=True)
    assert all(isinstance(end, TooManyTasks) for end in ended)
    assert len(model.asked) == MOST_AT_ONCE
    assert "model's analysis chose" in (await limited.analyst(ASKED)).told  # type: ignore[misc]


async def test_an_injection_moves_nothing_beyond_its_bounds(small: Small) -> None:
    """A model that obeys the prompt gets no more votes, and no lower bar, than the rules give."""
    obeys = '{"kind": "fact", "strategy": "exact", "complexity": "low", "max_votes": 64,'
    model = _adviser(obeys + ' "min_votes": 1, "min_agreement": 0.5, "max_cost_usd": 100}')
    submit = replace(_submit(small, model), max_cost_usd=0.5)
    plan = (await submit(ORDER)).plan
    assert (plan.min_votes, plan.max_votes, plan.min_agreement) == (3, 15, 0.6)
    assert plan.max_cost_usd == 0.5


def _ended(task: Task) -> Task:
    task = advance(task, Taken("h"), NOON).task
    for seat in range(3):
        task = advance(task, BallotCast(a_vote(seat, "4")), NOON).task
    return advance(task, DeadlineReached(), task.deadline).task


async def test_what_it_cost_is_in_the_tasks_usage_to_the_end(small: Small) -> None:
    """The votes' cost comes on top; a cost that nobody knows is told as unknown."""
    order = replace(ORDER, options=Options(Strategy.NUMERIC, max_votes=3))
    usage = _ended(await _submit(small, _adviser())(order)).usage
    assert (usage.calls, usage.input_tokens, usage.output_tokens) == (4, 330, 35)
    assert usage.cost_usd == pytest.approx(0.005)
    slow = ModelError("slow", AbstentionReason.OUT_OF_TIME, usage=Usage(1, cost_usd=None))
    patient = replace(_submit(small, _adviser(slow)), new_id=lambda: "t9")
    task = await patient(replace(order, idempotency_key=None))
    taken = advance(task, Taken("h"), NOON).task
    voted = advance(taken, BallotCast(a_vote(0, "4")), NOON).task
    assert voted.usage.cost_usd == pytest.approx(0.001)  # what a budget can hold against it
    assert _ended(task).usage.cost_usd is None
