"""Who acts in a simulated world of their own accord: clients, and the clock that sweeps."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from consensus.core.errors import KeyReused, TaskNotFound, TooManyTasks
from consensus.core.model import Message, Options, State
from consensus.usecases.dispatch import RING_AFTER
from consensus.usecases.submit import SHORT, SubmitTask
from tests.simulation.afterwards import look_back
from tests.simulation.invariants import promise
from tests.simulation.ports import aggregate, submit
from tests.simulation.world import EPOCH, Process, World

OWNERS = 2
SWEEP_EVERY = 60.0  # seconds
PAGE = 2  # tasks that a sweep looks at together: more than one page, in small worlds too
PUNCTUAL = 20.0  # seconds that a sweep may take and still count
TIMEOUTS = (10.0, 20.0, 40.0, 240.0)  # seconds; the longest outlives a lost dispatch


def owner_of(number: int) -> str:
    """Whose client that is."""
    return f"owner{number % OWNERS}"


async def client(world: World, number: int) -> None:
    """POST under an idempotency key until somebody answers, then perhaps cancel."""
    chance, faults = world.chance, world.faults
    await world.loop.sleep(world.span(3.0))
    # Every other one is so long that room for it is looked for before it is read.
    before = "-" * SHORT if number % 2 else ""
    order = SubmitTask(
        owner=owner_of(number),
        messages=(Message("user", f"{before}Which letter is it, {number}?"),),
        options=Options(
            strategy=world.strategy,
            min_votes=chance.choice((1, 3)),
            max_votes=chance.choice((3, 3, 3, 5, 9)),
            timeout_seconds=chance.choice(TIMEOUTS),
            min_agreement=0.5 if number % 3 == 2 else None,
        ),
        idempotency_key=f"key{number // OWNERS}",  # owners may have the same: they are their own
        fingerprint="body",
    )
    answers: list[str] = []

    async def post(process: Process) -> None:
        began = world.loop.now
        world.note_room(order.owner)
        claim = submit(process)._claim(order)
        made = claim is not None and claim.key in world.claims
        try:
            task = await submit(process)(order)
            own = (task.owner, task.messages) == (order.owner, order.messages)
            world.check(promise, own, "owners: a POST is answered with the caller's own", task)
            answers.append(task.id)
        except TooManyTasks:
            world.seen["an owner had too many open tasks"] += 1
            full = world.full_at.get(order.owner, -1.0) >= began
            world.check(promise, full, "limits: nobody is refused what it may have", order.owner)
            name = "I7: a retry is answered with its task, whatever room there is"
            world.check(promise, not made, name, order)

    while not answers or world.happens(faults.duplicate):
        if world.happens(faults.duplicate):
            world.start(_run(Process(world, "supervisor"), post))
        await Process(world, "supervisor").run(post)
        await world.loop.sleep(world.span(1.0))
        if not answers:
            await world.loop.sleep(world.whole(2.0))
    world.accepted += [(number, task_id) for task_id in answers]
    if world.happens(faults.duplicate):
        await _post_another_body(world, order)
    if world.happens(faults.held):
        world.start(_sweep_at_the_deadline(world, answers[0]))
    if world.happens(0.2):
        await _cancel(world, answers[0])
    if world.looks_back:
        await look_back(world, answers[0], order.owner, owner_of(number + 1))


async def _run(process: Process, body: Callable[[Process], Awaitable[None]]) -> None:
    await process.run(body)


async def _post_another_body(world: World, order: SubmitTask) -> None:
    async def post(process: Process) -> None:
        try:
            task = await submit(process)(replace(order, fingerprint="another"))
        except (KeyReused, TooManyTasks):
            return
        world.check(promise, False, "I7: a key with another body makes no task", task.id)

    await Process(world, "supervisor").run(post)


async def _cancel(world: World, task_id: str) -> None:
    """At some moment, or when all but one have voted: the worst."""
    await world.loop.sleep(world.span(10.0))
    for _ in range(40 if world.happens(world.faults.held) else 0):
        progress = world.task(task_id).progress
        if progress.voted and progress.missing == 1:
            break
        await world.loop.sleep(world.whole(0.1))

    world.cancelling.add(task_id)

    async def cancel(process: Process) -> None:
        owner = world.task(task_id).owner
        task = await aggregate(process).cancel(task_id, owner)
        ended = task.state is State.DONE and world.task(task_id).state is State.DONE
        world.check(promise, ended, "cancelling: what is answered has ended the task", task)
        stranger = next(name for name in ("owner0", "owner1") if name != owner)
        with contextlib.suppress(TaskNotFound):
            await aggregate(process).cancel(task_id, stranger)
            world.check(promise, False, "owners: nobody cancels another's task", task_id)

    await Process(world, "cancel").run(cancel)


async def sweeper(world: World) -> None:
    """Cloud Scheduler: each minute, whatever became of the last one."""
    while True:
        await world.loop.sleep(SWEEP_EVERY)
        world.start(_sweep(world))


async def _sweep_at_the_deadline(world: World, task_id: str) -> None:
    """Just when the holder's timer rings."""
    rings = world.task(task_id).deadline + RING_AFTER - EPOCH
    await world.loop.sleep(rings.total_seconds() - world.loop.now)
    await _sweep(world)


async def _sweep(world: World) -> None:
    async def sweep(process: Process) -> None:
        await aggregate(process).sweep()

    process, began = Process(world, "sweep"), world.loop.now
    overdue = [
        task.id
        for task, _ in world.tasks.values()
        if task.state is not State.DONE and task.deadline <= process.now()
    ]
    world.lost_sweeps += 1  # until it has come through unhurt, and in time
    await process.run(sweep)
    if not process.hurt and world.loop.now - began <= PUNCTUAL:
        world.lost_sweeps -= 1
        world.seen["a sweep found more overdue tasks than one page"] += len(overdue) > PAGE
        left = [each for each in overdue if world.task(each).state is not State.DONE]
        world.check(promise, not left, "L1: a sweep ends every overdue task", left)
