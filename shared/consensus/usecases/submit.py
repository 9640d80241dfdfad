"""A task is accepted: planned, stored once, and sent for a holder."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from consensus.core.admission import (
    LATELY,
    Limit,
    minute_after,
    minute_limit,
    open_limit,
    room_after,
)
from consensus.core.analysis import analyse
from consensus.core.errors import NoRoom, TooFast, TooManyTasks, TransientError
from consensus.core.events import Swept
from consensus.core.model import Message, Options, Plan, State, Subscriber, Task
from consensus.ports import Claim, Clock, EventBus, Listing, Room, TaskStore
from consensus.telemetry import figures
from consensus.usecases.analyst import Analyst, Opinion
from consensus.usecases.apply import apply_event
from consensus.usecases.experience import Experience

log = logging.getLogger(__name__)

KEY_LIFETIME = timedelta(hours=24)
SHORT = 2_000  # characters, which the rules read in less time than a store takes for a look
ENDED_LATELY = 10  # tasks that tell how long one takes
LOOKED_AT = 100  # tasks of the last minute, at most, that tell when there is room again


@dataclass(frozen=True, slots=True)
class SubmitTask:
    """What a caller asks for. fingerprint identifies the body, for the Idempotency-Key's sake.

    task_id is that of a batch's task, which its batch knows before: asked again, it is the same.
    """

    owner: str
    messages: tuple[Message, ...]
    prompt: str | None = None
    options: Options = Options()
    metadata: Mapping[str, str] = field(default_factory=dict)
    idempotency_key: str | None = None
    fingerprint: str = ""
    traceparent: str = ""
    task_id: str | None = None


def nobody(_: str) -> tuple[Subscriber, ...]:
    """Nobody subscribes to an owner's tasks."""
    return ()


@dataclass(frozen=True, slots=True)
class Submit:
    """Accept a task: once it returns, the task is durable and ends by its deadline and grace."""

    store: TaskStore
    bus: EventBus
    clock: Clock
    new_id: Callable[[], str]
    max_cost_usd: float | None = None
    max_open_tasks: int | None = None
    experience: Experience | None = None
    adjudications: int = 0
    analyst: Analyst | None = None
    max_open_seats: int | None = None
    max_tasks_per_minute: int | None = None
    jitter: Callable[[], float] = random.SystemRandom().random
    fair_share: int | None = None  # open tasks of an owner beyond which the next ones wait apart
    subscribers: Callable[[str], tuple[Subscriber, ...]] = nobody  # who is told of an owner's tasks

    async def __call__(self, command: SubmitTask) -> Task:
        """The task, or the one that the same Idempotency-Key made before.

        Raises InvalidTask, KeyReused, TooManyTasks, StoreUnavailable.
        """
        claim = self._claim(command)
        dear = self._is_dear(command)
        if made := await (self._made_before(command, claim) if dear else self._claimed(claim)):
            return await self._ended_if_overdue(made)
        by_rules = analyse(command.messages, command.options, self.max_cost_usd)
        opinion = Opinion()
        if self.analyst:
            opinion = await self.analyst(command.messages)
            # That takes seconds, in which others may have come in.
            if made := await self._made_before(command, claim):
                return await self._ended_if_overdue(made)
        task = await self._task(command, by_rules, opinion)
        try:
            stored = await self.store.create(task, claim, self._room(command))
        except NoRoom as error:
            # What took the last place may be this command's own retry.
            if made := await self._claimed(claim):
                return await self._ended_if_overdue(made)
            raise await self._too_many(command.owner) from error
        is_new = stored.id == task.id
        if is_new:
            figures.accepted(task)
        stored = await self._ended_if_overdue(stored)
        if not is_new or stored.state is State.DONE:
            return stored
        await self._dispatch(replace(stored, crowded=await self._waits_apart(command)))
        return stored

    async def _ended_if_overdue(self, task: Task) -> Task:
        """The task, ended where its time was up before it could be stored: no holder would come."""
        if task.state is State.DONE or self.clock.now() < task.deadline:
            return task
        step = await apply_event(self.store, self.clock, self.jitter, task.id, Swept())
        return step.task if step else task

    def _room(self, command: SubmitTask) -> Room:
        return Room(self.max_open_tasks, self.max_open_seats, self._a_minute(command))

    def _a_minute(self, command: SubmitTask) -> int | None:
        """Batches leave half of the minute to single tasks."""
        most = self.max_tasks_per_minute
        return most if most is None or not command.task_id else max(1, most // 2)

    def _claim(self, command: SubmitTask) -> Claim | None:
        if command.idempotency_key is None:
            return None
        key = hashlib.sha256(f"{command.owner}\0{command.idempotency_key}".encode()).hexdigest()
        return Claim(key, command.fingerprint, self.clock.now() + KEY_LIFETIME)

    def _is_dear(self, command: SubmitTask) -> bool:
        """Whether analysis costs more than a look for room, which the create takes anyway."""
        asked = sum(len(message.content) for message in command.messages)
        return self.analyst is not None or asked > SHORT

    async def _made_before(self, command: SubmitTask, claim: Claim | None) -> Task | None:
        """The task that the key made before, which takes no more room; None if a new one may come.

        Raises KeyReused, and TooManyTasks where there is no room for another.
        """
        is_full = await self._is_full(command)
        # Looked up second: what fills the last place may be this command's own retry.
        made = await self._claimed(claim)
        if made is None and is_full:
            raise await self._too_many(command.owner)
        return made

    async def _claimed(self, claim: Claim | None) -> Task | None:
        """The task that the key made before. Raises KeyReused."""
        return await self.store.claimed(claim, self.clock.now()) if claim else None

    async def limits(self, owner: str) -> tuple[Limit, ...]:
        """How far the owner is from each limit on its tasks."""
        limits = []
        if (most := self.max_open_tasks) is not None:
            limits.append(open_limit(most, await self.store.open_count(owner)))
        if (most := self.max_tasks_per_minute) is not None:
            since = self.clock.now() - LATELY
            limits.append(minute_limit(most, await self.store.count_since(owner, since)))
        return tuple(limits)

    async def _too_many(self, owner: str) -> TooManyTasks:
        """The refusal, with about the time that it takes until there is room."""
        limits = await self.limits(owner)
        if any(limit.within and not limit.left for limit in limits):
            return await self._too_fast(owner, limits)
        ended = await self.store.page(Listing(owner, State.DONE), ENDED_LATELY, "")
        after = room_after(ended.tasks, await self.store.open_count(owner))
        message = "Your open tasks are as many as they may be; wait for one, or cancel one."
        return TooManyTasks(message, after, limits)

    async def _too_fast(self, owner: str, limits: Sequence[Limit]) -> TooFast:
        quota, now = self.max_tasks_per_minute or 1, self.clock.now()
        lately = Listing(owner, since=now - LATELY)
        page = await self.store.page(lately, min(quota, LOOKED_AT), "")
        message = f"You may have {quota} new tasks a minute; come again in a while."
        return TooFast(message, minute_after(page.tasks, quota, now), limits)

    async def _is_full(self, command: SubmitTask) -> bool:
        """Whether the owner has all that it may have: asked early, since analysis costs.

        POSTs at one moment may all find room here; the create's commit decides.
        """
        owner, room = command.owner, self._room(command)
        counts = []  # at once: a store may look at all of them together
        if room.tasks is not None:
            counts.append(_reaches(room.tasks, partial(self.store.open_count, owner)))
        if room.seats is not None:
            counts.append(_reaches(room.seats, partial(self.store.open_seats, owner)))
        if room.a_minute is not None:
            since = self.clock.now() - LATELY
            counts.append(_reaches(room.a_minute, partial(self.store.count_since, owner, since)))
        return any(await asyncio.gather(*counts))

    async def _task(self, command: SubmitTask, by_rules: Plan, opinion: Opinion) -> Task:
        plan = await self._plan(command, by_rules, opinion)
        now = self.clock.now()
        return Task(
            id=command.task_id or self.new_id(),
            owner=command.owner,
            messages=command.messages,
            prompt=command.prompt,
            plan=plan,
            metadata=dict(command.metadata),
            traceparent=command.traceparent,
            subscribers=self.subscribers(command.owner),
            planning=opinion.usage,
            usage=opinion.usage,
            created_at=now,
            deadline=now + timedelta(seconds=plan.timeout_seconds),
        )

    async def _plan(self, command: SubmitTask, by_rules: Plan, opinion: Opinion) -> Plan:
        plan = by_rules
        if opinion.analysis:
            plan = analyse(command.messages, command.options, self.max_cost_usd, opinion.analysis)
        plan = replace(plan, reason=f"{plan.reason} {opinion.told}".strip())
        if self.experience is not None:
            plan = await self.experience.apply_to(command.owner, plan)
        return replace(plan, adjudications=self.adjudications)

    async def _waits_apart(self, command: SubmitTask) -> bool:
        """Whether it is of a batch, or its owner has more open than its fair share: counted after
        the create, so that those of a burst count each other."""
        if self.fair_share is None:
            return False
        return bool(command.task_id) or await self.store.open_count(command.owner) > self.fair_share

    async def _dispatch(self, task: Task) -> None:
        # The task is durable already: a failed publish is the sweep's to repeat, not the caller's.
        try:
            await self.bus.dispatch(task)
        except TransientError as error:
            log.warning("dispatch of task %s left to the sweep: %s", task.id, error.reason)


async def _reaches(most: int, count: Callable[[], Awaitable[int]]) -> bool:
    return await count() >= most
