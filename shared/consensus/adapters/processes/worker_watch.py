"""What is known of each worker: its health as it changes, and its load, asked every second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc  # type: ignore[import-untyped]
from pydantic import SecretStr

from consensus.codec import wire
from consensus.ports import Availability, WorkerStatus
from consensus.rpc.v1 import worker_pb2 as pb
from consensus.rpc.v1.worker_pb2_grpc import WorkerServiceStub

log = logging.getLogger(__name__)

SERVICE = pb.DESCRIPTOR.services_by_name["WorkerService"].full_name
LOOK_SECONDS = 0.2  # between looks at which workers there are
ASK_SECONDS = 1.0  # between questions for the load
ANSWER_SECONDS = 3.0  # a worker that takes longer is offline
GLANCE_SECONDS = 1.0  # a single look waits no longer
AGAIN_SECONDS = 0.5  # before a broken health stream is opened again


_AVAILABILITY = {
    pb.AVAILABILITY_BUSY: Availability.BUSY,
    pb.AVAILABILITY_DRAINING: Availability.DRAINING,
}
_GONE = (Availability.DRAINING, Availability.OFFLINE)


class WorkerWatch:
    """Watches the workers that `targets` lists, which is called again for every look."""

    def __init__(
        self, targets: Callable[[], Sequence[str]], token: SecretStr | None = None
    ) -> None:
        self._targets = targets
        self._metadata = _credentials(token)
        self._statuses: dict[str, WorkerStatus] = {}

    def statuses(self) -> tuple[WorkerStatus, ...]:
        """Every worker that was seen and is still listed."""
        return tuple(self._statuses.values())

    def takes_seats(self, target: str) -> bool:
        """Whether this worker is worth asking; one that was not seen yet is assumed to be."""
        status = self._statuses.get(target)
        return status is None or status.availability not in _GONE

    def mean_cpu(self) -> float:
        """The mean share of a CPU that a worker uses; 0 if none was seen."""
        seen = [status.cpu for status in self._statuses.values()]
        return sum(seen) / len(seen) if seen else 0.0

    async def run(self) -> None:
        """Watch until cancelled."""
        following: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                listed = set(self._targets())
                for target in listed - following.keys():
                    following[target] = asyncio.create_task(self._follow(target))
                for target in following.keys() - listed:
                    following.pop(target).cancel()
                    self._statuses.pop(target, None)
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            for task in following.values():
                task.cancel()
            await asyncio.gather(*following.values(), return_exceptions=True)

    async def _follow(self, target: str) -> None:
        async with grpc.aio.insecure_channel(target) as channel, asyncio.TaskGroup() as both:
            both.create_task(self._follow_health(target, channel))
            both.create_task(self._follow_load(target, channel))

    async def _follow_health(self, target: str, channel: grpc.aio.Channel) -> None:
        stub = health_pb2_grpc.HealthStub(channel)
        while True:
            try:
                request = health_pb2.HealthCheckRequest(service=SERVICE)
                async for reply in stub.Watch(request, metadata=self._metadata):
                    if reply.status != health_pb2.HealthCheckResponse.SERVING:
                        self._saw(target, Availability.DRAINING)
            except grpc.aio.AioRpcError:
                self._saw(target, Availability.OFFLINE)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _follow_load(self, target: str, channel: grpc.aio.Channel) -> None:
        stub = WorkerServiceStub(channel)  # type: ignore[no-untyped-call]
        while True:
            try:
                told = await stub.GetStatus(
                    pb.GetStatusRequest(), timeout=ANSWER_SECONDS, metadata=self._metadata
                )
            except grpc.aio.AioRpcError:
                self._saw(target, Availability.OFFLINE)
            else:
                self._keep(_status(target, told))
            await asyncio.sleep(ASK_SECONDS)

    def _saw(self, target: str, availability: Availability) -> None:
        before = self._statuses.get(target) or WorkerStatus(target, availability)
        self._keep(replace(before, availability=availability))

    def _keep(self, status: WorkerStatus) -> None:
        before = self._statuses.get(status.target)
        self._statuses[status.target] = status
        # Busy and available come and go with the load; coming and going is what operators want.
        if before and (before.availability in _GONE) is not (status.availability in _GONE):
            named = {"worker": status.worker or status.target}
            log.info("worker is %s", status.availability, extra=named)


async def look(targets: Sequence[str], token: SecretStr | None = None) -> tuple[WorkerStatus, ...]:
    """One look at each worker, for a process that does not live long enough to watch."""
    return tuple(await asyncio.gather(*(_look_at(target, token) for target in targets)))


async def _look_at(target: str, token: SecretStr | None) -> WorkerStatus:
    async with grpc.aio.insecure_channel(target) as channel:
        stub = WorkerServiceStub(channel)  # type: ignore[no-untyped-call]
        try:
            told = await stub.GetStatus(
                pb.GetStatusRequest(), timeout=GLANCE_SECONDS, metadata=_credentials(token)
            )
        except grpc.aio.AioRpcError:
            return WorkerStatus(target, Availability.OFFLINE)
        return _status(target, told)


def _credentials(token: SecretStr | None) -> wire.Metadata:
    return wire.credentials(token.get_secret_value() if token else "")


def _status(target: str, told: pb.GetStatusResponse) -> WorkerStatus:
    return WorkerStatus(
        target=target,
        availability=_AVAILABILITY.get(told.availability, Availability.AVAILABLE),
        worker=told.worker,
        in_flight=told.in_flight,
        capacity=told.capacity,
        cpu=told.cpu,
        memory_bytes=told.memory_bytes,
    )
