"""How long a sweep takes over many overdue tasks: python -m benchmarks.sweep [--tasks 1000]

On the Firestore emulator (FIRESTORE_EMULATOR_HOST, else one is started), each task with three
votes, beside as many of which the sweep has nothing to do.
"""

from __future__ import annotations

import argparse
import asyncio
import time
import uuid
from datetime import timedelta

from consensus.adapters.google import emulators
from consensus.adapters.google.firestore_store import FirestoreStore
from consensus.adapters.local.local_bus import LocalBus
from consensus.adapters.local.system_clock import SystemClock
from consensus.config import Settings
from consensus.core.events import Taken
from consensus.core.model import Message, Plan, State, Task
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.apply import apply_event


async def main() -> None:
    """Fill the store, sweep, and say how long that took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=1000)
    count = parser.parse_args().tasks
    settings, started = Settings.read(), None
    if not settings.firestore_emulator_host:
        started = await emulators.start("firestore")
        settings = settings.with_changes(firestore_emulator_host=started.address)
    settings = settings.with_changes(google_cloud_project=f"sweep-{uuid.uuid4().hex[:8]}")
    store, clock = FirestoreStore(settings), SystemClock()
    try:
        await _fill(store, clock, count)
        bus = LocalBus()
        began = time.monotonic()
        moved = await Aggregate(store, bus, clock, lambda: 0.5).sweep()
        took = time.monotonic() - began
        left = [t for t in await store.open_tasks(count + 1) if t.deadline < clock.now()]
        print(f"{moved} of {count} overdue tasks closed in {took:.1f} s, {len(left)} left")
    finally:
        await store.close()
        if started:
            await started.stop()


async def _fill(store: FirestoreStore, clock: SystemClock, count: int) -> None:
    places = asyncio.Semaphore(32)

    async def one(number: int) -> None:
        now = clock.now()
        ends = now + timedelta(seconds=-5 if number % 2 else 500)
        name = f"t{number:06d}"
        task = Task(name, f"o{number % 50}", (Message("user", "?"),), Plan(), now, ends)
        async with places:
            await store.create(task, None)
            if ends > now:
                await apply_event(store, clock, lambda: 0.5, name, Taken("holder"))

    await asyncio.gather(*(one(n) for n in range(2 * count)))
    assert all(t.state is not State.DONE for t in await store.open_tasks(10))


if __name__ == "__main__":
    asyncio.run(main())
