"""An upgrade amid tasks: what 0.1.0 stored and its workers published, and this aggregator.

of_0_1_0.json was written by 0.1.0 itself: the file of its store with two running tasks, of which
each has one vote, and the messages of two further seats each, as its worker published them.
Aggregators are deployed first, so that an old worker meets a new aggregator, and never the other
way round.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.codec.messages import encode_ballot, encode_sweep
from consensus.codec.responses import task_to_json
from consensus.config import Settings
from consensus.core.model import Outcome, State, Task, Vote, question_of
from consensus.doors import push
from tests.answers import value_of
from tests.clocks import HandClock
from tests.entrypoints.conftest import (
    Function,
    Service,
    a_vote,
    envelope,
)
from tests.usecases.doubles import RecordingBus

OLD = json.loads((Path(__file__).parent / "of_0_1_0.json").read_text())
ANSWERS = {"numeric": "397.8", "semantic": "Paris"}


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A service of today on the store that 0.1.0 left, ten seconds later."""
    file = tmp_path / "tasks.sqlite3"
    with sqlite3.connect(file) as db:
        db.executescript("\n".join(OLD["store"]))
    db.close()
    store, clock = SqliteStore(file), HandClock()
    stored = await store.load("numeric")
    assert stored
    clock.time = stored.task.created_at + timedelta(seconds=10)
    yield Service(store, RecordingBus(), clock, Settings(), tmp_path)
    await store.close()


@pytest.fixture
async def aggregator(service: Service, function: Function) -> AsyncIterator[httpx2.AsyncClient]:
    """The aggregator as it is deployed."""
    app = push.build(service.aggregate)
    async with function("aggregator", "aggregate", "aggregator", lambda: app) as opened:
        yield opened


async def the_task(service: Service, name: str) -> Task:
    """As it is stored."""
    stored = await service.store.load(name)
    assert stored
    return stored.task


@pytest.mark.parametrize("name", ["numeric", "semantic"])
async def test_a_task_of_the_old_version_ends_with_votes_of_both(
    service: Service, aggregator: httpx2.AsyncClient, name: str
) -> None:
    """What old workers have in hand counts; new ones take what is asked after."""
    before = await the_task(service, name)
    assert (before.state, before.progress.asked, before.progress.voted) == (State.RUNNING, 3, 1)
    for message in OLD["ballots"][name]:
        response = await aggregator.post("/votes", content=envelope(message.encode()))
        assert response.status_code == 204
    heard = await the_task(service, name)
    assert heard.progress.voted + heard.progress.abstained == 3
    done, seat = heard, 3
    while done.state is not State.DONE:
        assert seat < done.progress.asked  # each that is asked after comes to a new worker
        vote = await _new_vote(seat, ANSWERS[name], heard)
        await aggregator.post("/votes", content=envelope(encode_ballot(name, vote, "")))
        done, seat = await the_task(service, name), seat + 1
    assert await service.store.rejections() == []
    assert done.result
    assert (done.result.outcome, done.result.answer) == (Outcome.CONSENSUS, ANSWERS[name])
    leader = done.result.groups[0]
    assert 0 in leader.seats  # the vote that 0.1.0 counted is among those that agree
    assert max(leader.seats) >= 3  # and so is a new worker's
    assert task_to_json(done)["metadata"] == {"run": "7"}


async def test_the_sweep_sends_old_tasks_to_a_new_holder(
    service: Service, aggregator: httpx2.AsyncClient
) -> None:
    """Their holder went with its version, and signs no more."""
    service.clock.time += timedelta(seconds=60)
    assert (await aggregator.post("/timers", content=envelope(encode_sweep()))).status_code == 204
    assert sorted(service.bus.dispatched) == ["numeric", "semantic"]


async def test_old_tasks_end_at_their_deadlines(
    service: Service, aggregator: httpx2.AsyncClient
) -> None:
    """Where no worker comes any more, what stands is told."""
    service.clock.time += timedelta(seconds=120)
    await aggregator.post("/timers", content=envelope(encode_sweep()))
    for name, answer in ANSWERS.items():
        done = await the_task(service, name)
        assert done.result
        assert (done.result.outcome, done.result.answer) == (Outcome.NO_CONSENSUS, answer)


async def _new_vote(seat: int, answer: str, task: Task) -> Vote:
    """A vote as a worker of today reads it."""
    value = await value_of(answer, question_of(task.messages), task.plan.strategy)
    vote = a_vote(seat, answer)
    return replace(vote, reading=replace(vote.reading, value=value))
