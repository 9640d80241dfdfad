"""What owners do once they have an answer: they say what they think of it, and have it erased."""

from __future__ import annotations

from consensus.core.errors import NotDone, TaskErased, TaskNotFound
from consensus.core.model import Task
from tests.simulation.invariants import promise
from tests.simulation.ports import aggregate
from tests.simulation.world import Process, Saying, World

MOST_SAYINGS = 3
SAID_WITHIN, ERASED_WITHIN = 60.0, (2.0, 20.0, 300.0)  # seconds


async def look_back(world: World, task_id: str, owner: str, stranger: str) -> None:
    """Perhaps judge the task, perhaps erase it, perhaps both at once."""
    if world.happens(0.6):
        world.start(_judge(world, task_id, owner))
    if world.happens(0.6):
        await world.loop.sleep(world.span(world.chance.choice(ERASED_WITHIN)))
        await _try_as_a_stranger(world, task_id, stranger)
        await _erase(world, task_id, owner)


async def _judge(world: World, task_id: str, owner: str) -> None:
    """Say what one thinks, and then think again."""
    for number in range(world.chance.randint(1, MOST_SAYINGS)):
        await world.loop.sleep(world.span(SAID_WITHIN))
        await _say_something(world, task_id, owner, f"said {number}")


async def _say_something(world: World, task_id: str, owner: str, answer: str) -> None:
    said = Saying(answer)
    world.said[task_id].append(said)
    await Process(world, "judge").run(lambda p: _say(p, task_id, owner, said))


async def _say(process: Process, task_id: str, owner: str, said: Saying) -> None:
    world = process.world
    before = world.task(task_id)
    try:
        kept = await aggregate(process).judge(task_id, owner, None, said.answer)
    except NotDone:
        name = "feedback: an answer that is there may be judged"
        world.check(promise, not _has_answer(before), name, task_id)
        world.seen["feedback came before its answer"] += 1
    except TaskErased:
        world.check(promise, task_id in world.erased, "erasing: only it erases", task_id)
    else:
        name = "feedback: it takes an answer"
        world.check(promise, _has_answer(world.task(task_id)), name, task_id)
        name = "feedback: what is answered is what was said, and by whom"
        world.check(promise, (kept.answer, kept.by) == (said.answer, owner), name, kept)
        said.is_answered = True


def _has_answer(task: Task) -> bool:
    return task.result is not None and task.result.answer is not None


async def _try_as_a_stranger(world: World, task_id: str, stranger: str) -> None:
    async def erase(process: Process) -> None:
        try:
            await aggregate(process).erase(task_id, stranger)
        except TaskNotFound:
            return
        world.check(promise, False, "owners: nobody erases another's task", task_id)

    await Process(world, "erase").run(erase)


async def _erase(world: World, task_id: str, owner: str) -> None:
    """DELETE until somebody answers."""
    world.cancelling.add(task_id)  # a task that runs is ended first
    world.seen["a task was erased while it ran"] += world.task(task_id).result is None
    if world.happens(0.5):  # and says something of it at the same moment
        world.start(_say_something(world, task_id, owner, "said in between"))
    answered: list[bool] = []

    async def erase(process: Process) -> None:
        world.seen["an erasure was repeated"] += task_id in world.erased
        try:
            await aggregate(process).erase(task_id, owner)
        except TaskNotFound:
            name = "erasing: whoever asks again is told the same"
            world.check(promise, False, name, task_id)
        answered.append(True)

    while not answered:
        await Process(world, "erase").run(erase)
        await world.loop.sleep(world.whole(1.0))
    world.gone.add(task_id)
    await Process(world, "erase").run(lambda p: _ask_for_it(p, task_id, owner))


async def _ask_for_it(process: Process, task_id: str, owner: str) -> None:
    """Its owner is told that it was erased, and nothing else."""
    try:
        await aggregate(process).own(task_id, owner)
    except TaskErased:
        return
    except TaskNotFound:
        pass
    name = "erasing: its owner is told that a task was erased"
    process.world.check(promise, False, name, task_id)
