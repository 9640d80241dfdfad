"""What finished tasks teach the next ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from consensus.core.errors import StoreUnavailable
from consensus.core.model import (
    Calibration,
    CloseReason,
    Feedback,
    GroupShare,
    Message,
    Outcome,
    Plan,
    Result,
    State,
    Strategy,
    Task,
)
from consensus.ports import Listing, Page
from consensus.usecases.experience import FRESH_FOR, Experience
from tests.clocks import NOON
from tests.usecases.doubles import Small

PLAN = Plan(strategy=Strategy.EXACT, reason="exact.")


def finished(number: int, outcome: Outcome = Outcome.CONSENSUS) -> Task:
    """A task of Ann's that four of four votes settled."""
    groups = (GroupShare("A", 4, 4.0, 1.0),)
    reason = CloseReason.SETTLED
    result = Result(outcome, reason, "A", 1.0, 0.6, 1.0, 0.97, None, groups, "")
    return Task(
        id=f"done{number}",
        owner="ann",
        messages=(Message("user", "?"),),
        plan=PLAN,
        created_at=NOON + timedelta(seconds=number),
        deadline=NOON + timedelta(minutes=5),
        state=State.DONE,
        result=result,
        finished_at=NOON,
    )


async def test_enough_finished_tasks_teach_a_prior(small: Small) -> None:
    """The plan carries it, and says from how many tasks it is known."""
    await small.create(finished(n) for n in range(40))
    taught = await Experience(small.store, small.clock).apply_to("ann", PLAN)
    assert taught.prior is not None
    assert taught.prior.tasks == 40
    assert "40 tasks" in taught.reason


def divided(number: int) -> Task:
    """The same of a panel of four, one of whom is never with the others."""
    groups = (GroupShare("A", 3, 3.0, 0.75, ("a", "b", "c")), GroupShare("B", 1, 1.0, 0.25, ("d",)))
    task = finished(number)
    assert task.result is not None
    return replace(task, result=replace(task.result, groups=groups))


async def test_enough_finished_tasks_of_a_panel_weigh_its_voters(small: Small) -> None:
    """The plan carries the weights and says so; each switch leaves them out."""
    await small.create(divided(n) for n in range(40))
    taught = await Experience(small.store, small.clock).apply_to("ann", PLAN)
    weights = {w.voter: w.weight for w in taught.voter_weights}
    assert weights["a"] > 1.0 > weights["d"]
    span = f"{weights['d']:.2f} to {weights['a']:.2f}"
    assert f"Votes count {span} times, by how their voters agreed in 40 tasks." in taught.reason
    unweighed = await Experience(small.store, small.clock, weigh=False).apply_to("ann", PLAN)
    assert unweighed.prior is not None
    assert unweighed.voter_weights == ()
    assert await Experience(small.store, small.clock, learn=False).apply_to("ann", PLAN) is PLAN


async def test_what_was_said_of_answers_calibrates(small: Small) -> None:
    """Enough judged tasks give a calibration of their models, in place of the file's."""
    tasks = []
    for n in range(40):
        task = finished(n)
        assert task.result is not None
        tasks.append(replace(task, result=replace(task.result, models=("m",))))
    await small.create(tasks)
    for number, task in enumerate(tasks):
        # the letter of what is right counts; of another wording nobody knows
        said = (
            Feedback(NOON, correct=None, answer="a." if number % 2 else "another")
            if number < 10
            else Feedback(NOON, correct=number % 4 != 0)
        )
        await small.store.judge(task, said)
    file = {Strategy.EXACT: Calibration((1.0,) * 5, 1000)}
    taught = await Experience(small.store, small.clock, calibrations=file).apply_to("ann", PLAN)
    assert taught.calibration is not None
    assert (taught.calibration.tasks, taught.calibration.models) == (35, ("m",))
    assert "learned from 35 judged tasks" in taught.reason
    bobs = await Experience(small.store, small.clock, calibrations=file).apply_to("bob", PLAN)
    assert bobs.calibration == file[Strategy.EXACT]


async def test_little_or_foreign_experience_teaches_nothing(small: Small) -> None:
    """Few tasks, another owner's, another strategy's and cancelled ones leave a plan as it is."""
    await small.create(finished(n) for n in range(29))
    await small.create(finished(n, Outcome.CANCELLED) for n in range(30, 60))
    experience = Experience(small.store, small.clock)
    assert await experience.apply_to("ann", PLAN) is PLAN
    await small.create([finished(60)])
    later = Experience(small.store, small.clock)
    assert (await later.apply_to("ann", PLAN)).prior is not None
    assert await later.apply_to("bob", PLAN) is PLAN
    numeric = replace(PLAN, strategy=Strategy.NUMERIC)
    assert await later.apply_to("ann", numeric) is numeric


async def test_the_store_is_read_once_a_minute(small: Small) -> None:
    """A burst of tasks costs one look at the finished ones."""
    experience = Experience(small.store, small.clock)
    assert await experience.apply_to("ann", PLAN) is PLAN
    await small.create(finished(n) for n in range(40))
    assert await experience.apply_to("ann", PLAN) is PLAN
    small.clock.move(FRESH_FOR.total_seconds())
    assert (await experience.apply_to("ann", PLAN)).prior is not None


async def test_tasks_that_come_at_once_read_the_store_once(small: Small) -> None:
    """They wait for the first one's look, also where that one leaves."""
    await small.create(finished(n) for n in range(40))
    looks = 0

    class Counting:
        async def page(self, listing: Listing, size: int, token: str) -> Page:
            nonlocal looks
            looks += 1
            await asyncio.sleep(0)
            return await small.store.page(listing, size, token)

        async def judged(self, owner: str, limit: int) -> Sequence[tuple[Task, Feedback]]:
            return await small.store.judged(owner, limit)

    experience = Experience(Counting(), small.clock)  # type: ignore[arg-type]
    planning = [asyncio.create_task(experience.apply_to("ann", PLAN)) for _ in range(9)]
    await asyncio.sleep(0)
    planning[0].cancel()
    plans = await asyncio.gather(*planning[1:])
    assert all(plan.prior for plan in plans)
    assert looks == 1


async def test_a_look_that_failed_is_taken_again(small: Small) -> None:
    """By the next task, not in a minute; those who waited for it plan without experience."""
    await small.create(finished(n) for n in range(40))
    page, failures = small.store.page, 1

    class Failing:
        judged = small.store.judged

        async def page(self, listing: Listing, size: int, token: str) -> Page:
            nonlocal failures
            await asyncio.sleep(0)
            failures -= 1
            if failures == 0:
                raise StoreUnavailable("down")
            return await page(listing, size, token)

    experience = Experience(Failing(), small.clock)  # type: ignore[arg-type]
    at_once = await asyncio.gather(*(experience.apply_to("ann", PLAN) for _ in range(3)))
    assert [plan.prior for plan in at_once] == [None, None, None]
    assert (await experience.apply_to("ann", PLAN)).prior is not None


async def test_a_store_in_trouble_does_not_hold_a_task_up(small: Small) -> None:
    """Without experience the plan is the rules' alone."""

    class Broken:
        async def page(self, *_: object) -> Page:
            raise StoreUnavailable("down")

    experience = Experience(Broken(), small.clock)  # type: ignore[arg-type]
    assert await experience.apply_to("ann", PLAN) is PLAN


async def test_a_calibration_is_for_its_strategy(small: Small) -> None:
    """Plans of that strategy carry it, whether or not there is a prior."""
    known = {Strategy.EXACT: Calibration((1.0,), 50)}
    experience = Experience(small.store, small.clock, learn=False, calibrations=known)
    await small.create(finished(n) for n in range(40))
    taught = await experience.apply_to("ann", PLAN)
    assert (taught.calibration, taught.prior) == (known[Strategy.EXACT], None)
    numeric = replace(PLAN, strategy=Strategy.NUMERIC)
    assert await experience.apply_to("ann", numeric) is numeric
