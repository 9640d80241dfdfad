"""The dispatcher's door, through the functions framework: a request is held for a task's life."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

import httpx2
import pytest
from starlette.types import ASGIApp

from consensus.codec.messages import encode_dispatch, encode_sweep
from consensus.core.errors import StoreUnavailable
from consensus.core.model import State
from consensus.doors import push
from consensus.ports import SeatCall, SeatStage, SeatUpdate
from consensus.usecases.dispatch import Dispatch
from tests.entrypoints.conftest import A_TASK, ASKED, Function, Service, envelope

DISPATCH = encode_dispatch(A_TASK)


@dataclass
class VotingPool:
    """Workers that vote as soon as they may."""

    service: Service
    may: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)

    async def process(self, call: SeatCall) -> AsyncGenerator[SeatUpdate, None]:
        """See WorkerPool."""
        self.asked.append(call.seat)
        yield SeatUpdate(SeatStage.ACCEPTED)
        try:
            await self.may.wait()
        except asyncio.CancelledError:
            self.cancelled.append(call.seat)
            raise
        await self.service.vote(call.task_id, call.seat, "4")
        yield SeatUpdate(SeatStage.COMPLETED)


@pytest.fixture
def pool(service: Service) -> VotingPool:
    """The panel."""
    return VotingPool(service)


@pytest.fixture
async def client(
    service: Service, pool: VotingPool, function: Function
) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of the dispatch entry point, beside one queued task."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as supervisor:
        await supervisor.post("/v1/tasks", json=ASKED)

    def build() -> ASGIApp:
        held = iter(range(100))
        dispatch = Dispatch(
            service.store,
            service.bus,
            pool,
            service.clock,
            lambda: 0.0,
            lambda: f"holder{next(held)}",
        )
        return push.build_dispatcher(dispatch, service.aggregate.reject)

    async with function("supervisor", "dispatch", "dispatcher", build) as opened:
        yield opened


async def until(condition: Callable[[], object]) -> None:
    """Let others run until the condition holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  the condition is any
            await asyncio.sleep(0)


async def test_a_dispatch_is_held_until_its_task_is_done(
    client: httpx2.AsyncClient, service: Service, pool: VotingPool
) -> None:
    """The seats are opened at once; the acknowledgement comes with the result."""
    request = asyncio.create_task(client.post("/dispatch", content=envelope(DISPATCH)))
    await until(lambda: len(pool.asked) == 3)
    assert not request.done()
    pool.may.set()
    assert (await request).status_code == 204
    stored = await service.store.load("task1")
    assert stored
    assert stored.task.state is State.DONE


async def test_another_message_for_a_held_task_is_acknowledged_without_effect(
    client: httpx2.AsyncClient, pool: VotingPool
) -> None:
    """The sweep's second dispatch, come late: whoever holds the task goes on."""
    first = asyncio.create_task(client.post("/dispatch", content=envelope(DISPATCH, "1")))
    await until(lambda: len(pool.asked) == 3)
    second = await client.post("/dispatch", content=envelope(DISPATCH, "2"))
    assert (second.status_code, pool.cancelled, first.done()) == (204, [], False)
    pool.may.set()
    assert (await first).status_code == 204
    assert sorted(pool.asked) == [0, 1, 2]


async def test_a_dispatch_in_place_of_a_holder_takes_its_task(
    client: httpx2.AsyncClient, service: Service, pool: VotingPool
) -> None:
    """What an operator has handled again names the holder that it is to replace."""
    first = asyncio.create_task(client.post("/dispatch", content=envelope(DISPATCH, "1")))
    await until(lambda: len(pool.asked) == 3)
    stored = await service.store.load("task1")
    assert stored
    body = envelope(encode_dispatch(stored.task), "2")
    second = asyncio.create_task(client.post("/dispatch", content=body))
    assert (await first).status_code == 204
    pool.may.set()
    assert (await second).status_code == 204
    assert sorted(pool.cancelled) == [0, 1, 2]


async def test_a_redelivery_takes_the_task(client: httpx2.AsyncClient, pool: VotingPool) -> None:
    """The same message again takes over; the first ends its calls and is acknowledged."""
    first = asyncio.create_task(client.post("/dispatch", content=envelope(DISPATCH)))
    await until(lambda: len(pool.asked) == 3)
    second = asyncio.create_task(client.post("/dispatch", content=envelope(DISPATCH)))
    assert (await first).status_code == 204
    assert sorted(pool.cancelled) == [0, 1, 2]
    assert not second.done()
    pool.may.set()
    assert (await second).status_code == 204


async def test_a_dispatch_of_a_done_task_is_acknowledged_at_once(
    client: httpx2.AsyncClient, service: Service, pool: VotingPool
) -> None:
    """A redelivery after the end asks nobody."""
    await service.finish("task1")
    assert (await client.post("/dispatch", content=envelope(DISPATCH))).status_code == 204
    assert not pool.asked


@pytest.mark.parametrize("body", [b"poison", envelope(b"{}"), envelope(encode_sweep())])
async def test_poison_is_recorded_and_never_comes_again(
    client: httpx2.AsyncClient, service: Service, body: bytes
) -> None:
    """As at every door."""
    assert (await client.post("/dispatch", content=body)).status_code == 204
    assert [r.reason for r in await service.store.rejections()] == ["UNDECODABLE"]


async def test_an_unavailable_store_brings_the_dispatch_again(
    client: httpx2.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 is no acknowledgement."""

    async def gone(*_: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(type(service.store), "load", gone)
    assert (await client.post("/dispatch", content=envelope(DISPATCH))).status_code == 503
