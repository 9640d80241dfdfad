"""The embedded pool's workers: child processes, replaced when they die."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from consensus.adapters.child_process import Child
from consensus.core.errors import ConfigurationError

log = logging.getLogger(__name__)

WORKER = ("consensus.bootstrap.worker", "--port")
PAUSE_AFTER_DEATH = 0.5  # seconds; a worker that dies at once must not spin the machine


class WorkerProcesses:
    """Keeps a worker running on each port between start and stop; port 0 takes a free one."""

    def __init__(self, ports: Sequence[int], environment: Mapping[str, str]) -> None:
        self._ports = ports
        self._environment = environment
        self._workers: dict[int, Child] = {}
        self._keepers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Return when every worker is ready. Raises ConfigurationError where one cannot start."""
        started = await asyncio.gather(
            *(self._start_one(place) for place in range(len(self._ports))),
            return_exceptions=True,
        )
        self._workers = {i: c for i, c in enumerate(started) if isinstance(c, Child)}
        failed = [error for error in started if isinstance(error, BaseException)]
        if failed:
            await self.stop()
            raise failed[0]
        self._keepers = [asyncio.create_task(self._keep(i)) for i in range(len(self._ports))]

    def targets(self) -> Sequence[str]:
        """host:port of the workers that are running."""
        return [worker.address for worker in self._workers.values()]

    def pids(self) -> Sequence[int]:
        """Process ids of the workers that are running."""
        return [worker.process.pid for worker in self._workers.values()]

    async def stop(self) -> None:
        """End every worker."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(worker.stop() for worker in self._workers.values()))
        self._workers.clear()

    async def _start_one(self, place: int) -> Child:
        return await Child.start((*WORKER, str(self._ports[place])), self._environment)

    async def _keep(self, place: int) -> None:
        while True:
            if place in self._workers:
                code = await self._workers[place].wait()
                log.warning("worker %d ended with exit code %d; replacing it", place, code)
                del self._workers[place]
            await asyncio.sleep(PAUSE_AFTER_DEATH)
            try:
                self._workers[place] = await self._start_one(place)
            except (ConfigurationError, TimeoutError, OSError) as error:
                log.error("worker %d could not be replaced: %s", place, error)
