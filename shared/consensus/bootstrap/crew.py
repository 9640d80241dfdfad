"""Who takes the seats of the embedded stack: worker processes, more or fewer by load."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from pydantic import SecretStr

from consensus.adapters.local.http_server import serving
from consensus.adapters.processes.grpc_pool import GrpcPool
from consensus.adapters.processes.worker_processes import WorkerProcesses
from consensus.adapters.processes.worker_watch import WorkerWatch
from consensus.adapters.webhooks.webhooks_file import without_secrets
from consensus.bootstrap.background import in_background
from consensus.config import Settings
from consensus.core.scaling import Scale
from consensus.doors import votes
from consensus.doors.identity import bearer_of
from consensus.ports import Clock, WorkerStatus
from consensus.usecases.aggregate import Aggregate

SCALE_SECONDS = 0.5  # between looks at the load
LATE_SECONDS = 0.05  # by which a look comes where no processor is free
CALM_SECONDS = 30.0  # how long there must be workers to spare before one is let go
MOST_AT_ONCE = 3  # workers started together: each keeps a core busy for a second or two
OF_WORKERS = ("openai_api_key", "votes_token", "worker_token")  # secrets that a worker needs


@dataclass(frozen=True, slots=True)
class Crew:
    """The workers: as a pool, and as they are seen."""

    pool: GrpcPool
    watch: WorkerWatch
    workers: WorkerProcesses

    async def statuses(self) -> Sequence[WorkerStatus]:
        """Each worker's availability and load, as last seen, and how often it was restarted."""
        restarts = self.workers.restarts()
        return [replace(s, restarts=restarts.get(s.target, 0)) for s in self.watch.statuses()]


@asynccontextmanager
async def crew(settings: Settings, aggregate: Aggregate, clock: Clock) -> AsyncIterator[Crew]:
    """Workers that grow and shrink with their load; what they bring goes to the aggregate."""
    async with AsyncExitStack() as stack:
        token = secrets.token_urlsafe(32)
        door = votes.build(aggregate, bearer_of(token))
        port = await stack.enter_async_context(serving(door))
        key = SecretStr(secrets.token_urlsafe(32))
        told = settings.with_changes(
            votes_url=f"http://127.0.0.1:{port}/votes",
            votes_token=SecretStr(token),
            worker_token=key,
        )
        environment = told.environment(*OF_WORKERS) | without_secrets(settings)
        workers = WorkerProcesses([0] * settings.workers, environment)
        stack.push_async_callback(workers.stop)
        await workers.start()
        watch = WorkerWatch(workers.targets, key)
        await stack.enter_async_context(in_background(watch.run()))
        pool = GrpcPool(
            workers.targets,
            token=key,
            takes_seats=watch.takes_seats,
            now=clock.now,
            places=settings.worker_capacity,
        )
        stack.push_async_callback(pool.close)
        least, most = settings.workers, settings.max_workers
        scale = Scale(least, most, settings.worker_capacity, os.cpu_count() or 1)
        scaling = keep_scale(scale, pool, workers, watch.mean_cpu)
        await stack.enter_async_context(in_background(scaling))
        yield Crew(pool, watch, workers)


async def keep_scale(
    scale: Scale,
    pool: GrpcPool,
    workers: WorkerProcesses,
    cpu: Callable[[], float] = lambda: 0.0,
    *,
    calm_seconds: float = CALM_SECONDS,
    late_seconds: float = LATE_SECONDS,
) -> None:
    """Start workers as the load asks for them; let idle ones go, one by one, once it is calm.

    Where looks come late, the processors are what is short, and a start would only take from them.
    """
    calm, loop = 0.0, asyncio.get_running_loop()
    while True:
        due = loop.time() + SCALE_SECONDS
        await asyncio.sleep(SCALE_SECONDS)
        is_late = loop.time() - due > late_seconds
        more = scale.wanted(pool.seats(), len(workers), cpu()) - len(workers)
        calm = calm + SCALE_SECONDS if more < 0 else 0.0
        if more > 0 and not is_late:
            await workers.grow(min(more, MOST_AT_ONCE))
        elif more < 0 and calm >= calm_seconds:
            idle = next((t for t in workers.targets() if not pool.in_flight(t)), None)
            if idle:
                await workers.retire(idle)
