"""The embedded pool's workers: child processes, replaced when they die, more or fewer by load."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence

from consensus.adapters.processes.child_process import Child
from consensus.core.errors import ConfigurationError

log = logging.getLogger(__name__)

WORKER = ("consensus.bootstrap.worker", "--port")
PAUSE_AFTER_DEATH = 0.5  # seconds; a worker that dies at once must not spin the machine


class WorkerProcesses:
    """Keeps a worker running on each port between start and stop; port 0 takes a free one."""

    def __init__(
        self,
        ports: Sequence[int],
        environment: Mapping[str, str],
        command: Sequence[str] = WORKER,
    ) -> None:
        self._ports = dict(enumerate(ports))  # by place
        self._places = len(ports)  # ever given out
        self._environment = environment
        self._command = command
        self._workers: dict[int, Child] = {}
        self._leaving: set[Child] = set()
        self._keepers: dict[int, asyncio.Task[None]] = {}
        self._restarts: Counter[int] = Counter()  # by place

    async def start(self) -> None:
        """Return when every worker is ready. Raises ConfigurationError where one cannot start."""
        failed = await self._start(list(self._ports))
        if failed:
            await self.stop()
            raise failed[0]

    def __len__(self) -> int:
        """Workers that are kept running, those just being replaced among them."""
        return len(self._keepers)

    def targets(self) -> Sequence[str]:
        """host:port of the workers that are running."""
        return [worker.address for worker in self._workers.values()]

    def restarts(self) -> Mapping[str, int]:
        """How often the worker at each target was replaced after it had died."""
        return {worker.address: self._restarts[place] for place, worker in self._workers.items()}

    def pids(self) -> Sequence[int]:
        """Process ids of the workers that are running."""
        return [worker.process.pid for worker in self._workers.values()]

    async def grow(self, count: int) -> None:
        """Start that many more workers, each on a free port; one that cannot start is left out."""
        places = range(self._places, self._places + count)
        self._places += count
        self._ports |= dict.fromkeys(places, 0)
        for error in await self._start(list(places)):
            log.error("no worker more: %s", error)
        log.info("more workers", extra={"count": len(self)})

    async def retire(self, target: str) -> None:
        """Let one worker finish and end; it is no longer a target. An unknown one is ignored."""
        place = next((p for p, w in self._workers.items() if w.address == target), None)
        if place is None:
            return
        worker = self._workers.pop(place)
        self._restarts.pop(place, None)
        self._leaving.add(worker)
        await self._stop_keeping([place])
        await worker.stop()
        self._leaving.discard(worker)
        log.info("fewer workers", extra={"count": len(self)})

    async def stop(self) -> None:
        """End every worker."""
        await self._stop_keeping(list(self._keepers))
        left = {*self._workers.values(), *self._leaving}
        self._workers.clear()
        await asyncio.gather(*(worker.stop() for worker in left))

    async def _start(self, places: Sequence[int]) -> list[BaseException]:
        """Start and keep a worker in each place; return what went wrong."""
        ends = await asyncio.gather(*map(self._open, places), return_exceptions=True)
        return [end for end in ends if isinstance(end, BaseException)]

    async def _open(self, place: int) -> None:
        # Entered at once: whatever happens to the others, stop() finds this one.
        self._workers[place] = await self._start_one(place)
        self._keepers[place] = asyncio.create_task(self._keep(place))

    async def _start_one(self, place: int) -> Child:
        return await Child.start((*self._command, str(self._ports[place])), self._environment)

    async def _stop_keeping(self, places: Sequence[int]) -> None:
        keepers = [self._keepers.pop(place) for place in places]
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)

    async def _keep(self, place: int) -> None:
        while True:
            if place in self._workers:
                code = await self._workers[place].wait()
                log.warning("%s ended with exit code %d; replacing it", self._command[0], code)
                del self._workers[place]
            await asyncio.sleep(PAUSE_AFTER_DEATH)
            try:
                self._workers[place] = await self._start_one(place)
                self._restarts[place] += 1
            except (ConfigurationError, TimeoutError, OSError) as error:
                log.error("%s could not be replaced: %s", self._command[0], error)
