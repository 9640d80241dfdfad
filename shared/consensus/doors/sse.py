"""A task's life as server-sent events, derived from its recorded votes.

Nothing is stored for the stream: the events are a function of the task, so any reader, at any time
and from any process, sees the same ones under the same ids, and `Last-Event-ID` resumes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from consensus.codec.responses import (
    group_to_json,
    part_to_json,
    plan_to_json,
    task_to_json,
    time_to_json,
    timing_to_json,
)
from consensus.core.confidence import confidence
from consensus.core.errors import TaskErased, TransientError
from consensus.core.model import Abstention, GroupShare, Recorded, State, Strategy, Task, Vote
from consensus.core.parts.standing import Standing
from consensus.core.result import shown
from consensus.core.tally import tally_votes
from consensus.doors.following import with_heartbeats
from consensus.ports import Clock, TaskStore

log = logging.getLogger(__name__)

RECONNECT: Final = 2000  # milliseconds that a client waits before it comes again
FROM_START: Final = -1
STILL_HERE: Final = b": still here\n\n"  # a comment: clients do not see it, proxies do


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event. id is its place in the recorded order; None: not to resume from."""

    kind: str
    data: dict[str, object]
    id: int | None = None

    def encode(self) -> bytes:
        """The event on the wire; JSON keeps the data on one line."""
        lines = [] if self.id is None else [f"id: {self.id}"]
        data = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        return "\n".join([*lines, f"event: {self.kind}", f"data: {data}", "", ""]).encode()


def events(task: Task, after: int = FROM_START) -> list[Event]:
    """What has happened to a task loaded with its ballots, past the id `after`, in order.

    planned is 0; a vote and the tally after it share the vote's order, and the result comes one
    past the last. A DONE task's list always ends with its result, whatever `after` says.
    """
    planned = [Event("planned", _planned(task), 0)] if after < 0 else []
    told = [
        event
        for place, record in enumerate(task.ballots)
        if record.order > after
        for event in _of_ballot(task, place, record)
    ]
    done = task.state is State.DONE
    ended = [Event("result", task_to_json(task), task.last_order + 1)] if done else []
    return planned + told + ended


def _planned(task: Task) -> dict[str, object]:
    return {
        "id": task.id,
        "plan": plan_to_json(task.plan),
        "created_at": time_to_json(task.created_at),
        "deadline": time_to_json(task.deadline),
    }


def _of_ballot(task: Task, place: int, record: Recorded) -> Iterator[Event]:
    at = time_to_json(record.at)
    match record.ballot:
        case Vote() as vote:
            yield Event("vote", {**_vote(vote), "at": at}, record.order)
            yield Event("tally", _tally(task, place), record.order)
        case Abstention() as abstention:
            yield Event("abstention", {**_abstention(abstention), "at": at}, record.order)


def _vote(vote: Vote) -> dict[str, object]:
    return {
        "seat": vote.seat,
        "voter": vote.voter,
        "model": vote.model,
        "answer": vote.reading.final,
        "confidence": vote.reading.confidence,
        "probability": vote.reading.probability,
        "tokens": vote.usage.input_tokens + vote.usage.output_tokens,
        "calls": vote.usage.calls,
        **timing_to_json(vote),
    }


def _abstention(abstention: Abstention) -> dict[str, object]:
    return {
        "seat": abstention.seat,
        "voter": abstention.voter,
        "reason": abstention.reason,
        "detail": abstention.detail,
        "calls": abstention.usage.calls,
        **timing_to_json(abstention),
    }


def _tally(task: Task, place: int) -> dict[str, object]:
    """The tally as it stood when the ballot at that place had been recorded."""
    heard = tuple(r.ballot for r in task.ballots[: place + 1] if isinstance(r.ballot, Vote))
    tally = tally_votes(heard, task.plan)
    waves = [wave for wave in task.waves if wave.at <= task.ballots[place].at]
    shares = (GroupShare(g.answer, g.votes, g.weight, g.share, seats=g.seats) for g in tally.groups)
    return {
        "votes": tally.votes,
        "waves": len(waves),
        "asked": sum(wave.seats for wave in waves),
        "agreement": tally.agreement,
        "min_agreement": tally.min_agreement,
        "margin": tally.margin,
        "confidence": confidence(tally, task.plan),
        "answer_probability": tally.leader.probability if tally.leader else None,
        "groups": [group_to_json(share) for share in shares],
        **(_parts(tally.parts, task.plan.strategy) if tally.parts else {}),
    }


def _parts(stands: Standing, strategy: Strategy) -> dict[str, object]:
    """What has been decided of an answer with parts, field by field or sentence by sentence."""
    is_json = strategy is Strategy.STRUCTURED
    return {
        "answer": stands.answer,
        "composed": stands.composed,
        "parts": [part_to_json(part, is_json=is_json) for part in shown(stands.parts)],
        "part_count": len(stands.parts),
    }


async def follow(
    store: TaskStore, clock: Clock, task_id: str, after: int
) -> AsyncGenerator[bytes, None]:
    """One task's live stream; ends with `result`, or with `error` where the store fails."""
    yield f"retry: {RECONNECT}\n\n".encode()
    async with aclosing(happening(store, clock, task_id, after)) as moves:
        async for fresh in moves:
            # Together, so that nobody resumes between a vote and its tally. A change of which
            # there is nothing to tell (a holder's sign) has put off the next heartbeat.
            yield b"".join(event.encode() for event in fresh) or STILL_HERE


async def happening(
    store: TaskStore, clock: Clock, task_id: str, after: int = FROM_START
) -> AsyncGenerator[list[Event], None]:
    """What happens to a task, as it happens, [] for a heartbeat; `result` or `error` comes last.

    The error says whether there is still something to come again for.
    """
    told = after
    try:
        async with aclosing(with_heartbeats(store.watch(task_id), clock)) as changes:
            async for change in changes:
                stored = await store.load(task_id) if change else None
                if stored is None:
                    yield []
                    continue
                fresh = events(stored.task, told)
                yield fresh
                if stored.task.state is State.DONE:
                    return
                told = max([told, *(e.id for e in fresh if e.id is not None)])
        if await store.erased(task_id):
            yield [Event("error", {"reason": TaskErased.reason, "detail": "It was erased."})]
            return
        reason = "UNAVAILABLE"
    except TransientError as error:
        reason = error.reason
    log.warning("event stream broke", extra={"task_id": task_id, "reason": reason})
    detail = "The stream broke; the task goes on. Connect again with Last-Event-ID."
    yield [Event("error", {"reason": reason, "detail": detail})]
