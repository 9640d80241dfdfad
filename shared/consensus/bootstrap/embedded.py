"""The embedded stack: the whole service in one process group on one machine.

client ─HTTP─► supervisor ─► LocalBus ─► dispatch ═gRPC═► workers (child processes)
                   ▲                                          │
               SqliteStore ◄── aggregate ◄── loopback door ◄──┘ ballots
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from consensus.adapters.local.disk_files import DiskFiles
from consensus.adapters.local.http_server import ensure_free, serving
from consensus.adapters.local.local_bus import LocalBus
from consensus.adapters.local.sqlite_batches import SqliteBatches
from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.adapters.local.system_clock import SteadyClock
from consensus.adapters.models.panel_file import read_panel, read_profiles, settings_of
from consensus.bootstrap import batching
from consensus.bootstrap.background import in_background
from consensus.bootstrap.identifiers import new_id
from consensus.bootstrap.submitting import submitting
from consensus.bootstrap.telling import telling
from consensus.config import Settings
from consensus.core.batches import WINDOW
from consensus.core.errors import ConsensusError
from consensus.core.model import Ballot, Verdict
from consensus.demo import server as demo
from consensus.doors import http
from consensus.doors.identity import Identity, local
from consensus.ports import Clock, Statuses, TaskStore, WorkerPool
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.batches import Batches
from consensus.usecases.dispatch import Dispatch
from consensus.usecases.submit import Submit
from consensus.usecases.tell import Tell

log = logging.getLogger(__name__)

SWEEP_SECONDS = 10.0
PRUNE_SECONDS = 3600.0
OFF_SECONDS = 1.0  # by which the machine's clock was set, not corrected
DOUBTFUL = timedelta(hours=1)
_DOUBTED = (
    "the clock is far ahead of what the store has seen; tasks are forgotten as if it were %s."
    " Check the clock: the store follows it by a day an hour"
)
JITTER = random.SystemRandom().random


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack: where it listens, and whether the demo panel answers."""

    url: str
    demo: bool


@dataclass(frozen=True, slots=True)
class EmbeddedStack(Stack):
    """A stack within this process: its parts can be called without HTTP."""

    submit: Submit
    store: TaskStore
    statuses: Statuses | None


@asynccontextmanager
async def embedded(
    settings: Settings,
    *,
    store: Path | str,
    port: int = 0,
    host: str = "127.0.0.1",
    identity: Identity = local,
    say: Callable[[str], None] = print,
    alone: bool = False,
) -> AsyncIterator[EmbeddedStack]:
    """Run the stack while the context is open; open tasks in the store are resumed.

    alone: this process takes the seats itself. It starts sooner than with workers, and does no more
    at once than one of them. Raises ConfigurationError: the port is taken, a worker cannot start.
    """
    ensure_free(port, host)
    async with AsyncExitStack() as stack:
        panel = read_panel(settings)
        for voter in panel.voters:  # a missing key is told before anything starts
            settings_of(voter, settings)
        endpoint = await stack.enter_async_context(with_endpoint(settings))
        tasks = SqliteStore(store)
        stack.push_async_callback(tasks.close)
        bus, clock = LocalBus(), SteadyClock()
        asked = endpoint if settings.has_endpoint else settings
        submit, close = submitting(asked, tasks, bus, clock)
        stack.push_async_callback(close)
        known, kept = SqliteBatches(tasks), DiskFiles(_files_beside(settings, store, stack))
        files = batching.files_of(settings, known, kept, clock)
        aggregate = Aggregate(tasks, bus, clock, JITTER, deciders=settings.deciders, files=files)
        batches = batching.batches_of(settings, files, submit, aggregate)
        taking = _alone(endpoint, bus, clock) if alone else _crew(endpoint, aggregate, clock)
        pool, statuses = await stack.enter_async_context(taking)
        dispatch = Dispatch(tasks, bus, pool, clock, JITTER, new_id, panel, settings.hedge)
        tell = telling(settings, tasks, clock)
        _connect(bus, dispatch, aggregate, tell, batches)
        await stack.enter_async_context(in_background(bus.deliver()))
        for task in await tasks.open_tasks():
            say(f"Carrying on task {task.id}.")
            await bus.dispatch(task)
        await batches.sweep()
        sweeping = _sweep(aggregate, batches, tasks, clock)
        await stack.enter_async_context(in_background(sweeping))
        if settings.retention_days:
            days = timedelta(days=settings.retention_days)
            await stack.enter_async_context(in_background(_prune(tasks, kept, clock, days)))
        app = http.build(
            submit,
            aggregate,
            tasks,
            clock,
            identity,
            max_prompt_bytes=settings.max_prompt_bytes,
            demo=not settings.has_endpoint,
            workers=statuses,
            queue=bus.look,
            operators=settings.operators,
            profiles=read_profiles(settings),
            origins=settings.cors_origins,
            files=files,
            batches=batches,
            max_file_bytes=settings.max_file_bytes,
        )
        listening = await stack.enter_async_context(serving(app, port, host))
        seen = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104  compared, not listened on
        url, demo_panel = f"http://{seen}:{listening}", not settings.has_endpoint
        yield EmbeddedStack(url, demo_panel, submit, tasks, statuses)


def _files_beside(settings: Settings, store: Path | str, stack: AsyncExitStack) -> Path:
    """Where batches' files are: beside the store, or for as long as one that keeps nothing."""
    if settings.files:
        return settings.files
    if str(store) == ":memory:":
        return Path(stack.enter_context(TemporaryDirectory(prefix="consensus-")))
    return Path(f"{store}.files")


def _connect(
    bus: LocalBus, dispatch: Dispatch, aggregate: Aggregate, tell: Tell, batches: Batches
) -> None:
    async def ballot(task_id: str, cast: Ballot) -> None:
        await aggregate.ballot(task_id, cast, key=f"{task_id}-{cast.seat}", payload="")

    async def verdicts(task_id: str, given: Sequence[Verdict]) -> None:
        key = f"{task_id}-doubt-{given[0].doubt}"
        await aggregate.verdicts(task_id, given, key=key, payload="")

    bus.connect(
        dispatch.hold, ballot, verdicts, aggregate.deadline, notice=tell, batch=batches.move
    )


@asynccontextmanager
async def with_endpoint(settings: Settings) -> AsyncIterator[Settings]:
    """The settings with a model endpoint: the caller's own, else a demo panel served meanwhile.

    Raises ConfigurationError if the caller's own endpoint cannot work as configured.
    """
    if settings.has_endpoint:
        # Only here: it brings an HTTP client, which the demo panel is not looked up with.
        from consensus.adapters.models.model_servers import resolved  # noqa: PLC0415

        yield await resolved(settings)
        return
    panel = demo.build(settings.demo_seed, settings.demo_latency_ms)
    async with serving(panel) as port:
        yield settings.with_changes(
            openai_base_url=f"http://127.0.0.1:{port}/v1",
            openai_api_key=SecretStr("demo"),
            openai_model="demo-panel",
            input_usd_per_mtok=0.0,
            output_usd_per_mtok=0.0,
        )


@asynccontextmanager
async def _crew(
    settings: Settings, aggregate: Aggregate, clock: Clock
) -> AsyncIterator[tuple[WorkerPool, Statuses | None]]:
    """Worker processes, which take the seats over gRPC."""
    # Only here: it brings gRPC, which a process alone never needs.
    from consensus.bootstrap.crew import crew  # noqa: PLC0415

    async with crew(settings, aggregate, clock) as working:
        yield working.pool, working.statuses


@asynccontextmanager
async def _alone(
    settings: Settings, bus: LocalBus, clock: Clock
) -> AsyncIterator[tuple[WorkerPool, Statuses | None]]:
    """No workers: the panel's voters take their seats in this process."""
    # Only here: it brings the libraries that ask models and read their answers.
    from consensus.bootstrap.panelists import panelists  # noqa: PLC0415

    async with panelists(settings, bus, clock) as voters:
        yield voters, None


async def _sweep(
    aggregate: Aggregate, batches: Batches, store: TaskStore, clock: SteadyClock
) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            await aggregate.sweep()
            await batches.sweep()
            await _mind_the_clock(store, clock)
        except ConsensusError as error:
            log.warning("sweep failed: %s", error)


async def _mind_the_clock(store: TaskStore, clock: SteadyClock) -> None:
    """Go by the machine's clock again where it was set, once no open task would feel it."""
    off = clock.off()
    if abs(off) > OFF_SECONDS and not await store.open_tasks(1):
        log.warning("the machine's clock was set by %+.0f s; following it from now on", off)
        clock.settle()


async def _prune(store: SqliteStore, files: DiskFiles, clock: Clock, kept: timedelta) -> None:
    while True:
        try:
            believed = await store.believe(clock.now())
            if clock.now() - believed > DOUBTFUL:
                log.warning(_DOUBTED, believed)
            pruned = await store.prune(believed - kept)
            await files.prune(believed - kept - WINDOW)
        except ConsensusError as error:
            log.warning("old tasks not forgotten: %s", error.reason)
        else:
            if pruned:
                log.info("forgot %d tasks older than %d days", pruned, kept.days)
        await asyncio.sleep(PRUNE_SECONDS)
