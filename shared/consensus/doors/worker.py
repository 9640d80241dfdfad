"""The worker's gRPC door: seats in, receipts out; health beside it, reflection if asked for."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, Protocol

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc  # type: ignore[import-untyped]
from opentelemetry.trace import SpanKind

from consensus.codec import wire
from consensus.core.errors import ConfigurationError, DecodeError, TransientError
from consensus.ports import Call, Load, SeatUpdate
from consensus.rpc.v1 import worker_pb2 as pb
from consensus.rpc.v1.worker_pb2_grpc import (
    WorkerServiceServicer,
    add_WorkerServiceServicer_to_server,
)
from consensus.telemetry import tracing

log = logging.getLogger(__name__)

SERVICE = pb.DESCRIPTOR.services_by_name["WorkerService"].full_name
METHOD = f"{SERVICE}/ProcessTask"

# Cloud Run kills ten seconds after SIGTERM: eight to finish calls, the rest to publish ballots.
FINISH_SECONDS = 8.0
PUBLISH_SECONDS = 1.5

_OPTIONS = (("grpc.so_reuseport", 0),)  # else a second worker would silently share the port

Context = grpc.aio.ServicerContext[pb.ProcessTaskRequest, pb.ProcessTaskResponse]
StatusContext = grpc.aio.ServicerContext[pb.GetStatusRequest, pb.GetStatusResponse]


class SeatTaker(Protocol):
    """What the door calls: the use case of one voter, or of a panel of them."""

    @property
    def worker(self) -> str:
        """The worker's name."""
        ...

    def process(self, call: Call) -> AsyncGenerator[SeatUpdate, None]:
        """Take the seat, or decide the doubt. Raises BusUnavailable if the result is
        unpublished."""
        ...


class Worker(WorkerServiceServicer):
    """Takes up to capacity seats at once.

    RESOURCE_EXHAUSTED: full. UNAVAILABLE: draining, or a ballot could not be published; the seat
    may go to another worker. INVALID_ARGUMENT: a request that no worker could take.
    """

    def __init__(
        self,
        cast: SeatTaker,
        capacity: int,
        load: Callable[[], Load],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._cast = cast
        self._capacity = capacity
        self._now = now
        self._load = load
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False

    async def ProcessTask(  # noqa: N802
        self, request: pb.ProcessTaskRequest, context: Context
    ) -> None:
        """Take one seat or doubt; the stream ends with the receipt for what it brought."""
        if self._draining:
            await _refuse(context, grpc.StatusCode.UNAVAILABLE, "the worker is draining")
        try:
            call = wire.from_request(request)
        except DecodeError as error:
            await _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, str(error))
        if self._in_flight >= self._capacity:
            await _refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "the worker is full")
        left = context.time_remaining()
        if left is not None:  # the deadline by our own clock, however the caller's is set
            call = replace(call, deadline=self._now() + timedelta(seconds=left))
        self._begin()
        try:
            with tracing(call.traceparent, METHOD, SpanKind.SERVER, {"rpc.system": "grpc"}):
                async with aclosing(self._cast.process(call)) as updates:
                    async for update in updates:
                        await context.write(wire.to_response(update))
        except TransientError as error:
            await _refuse(context, grpc.StatusCode.UNAVAILABLE, str(error))
        finally:
            self._end()

    async def GetStatus(  # noqa: N802
        self, request: pb.GetStatusRequest, context: StatusContext
    ) -> pb.GetStatusResponse:
        """Report how busy the worker is."""
        load = self._load()
        return pb.GetStatusResponse(
            worker=self._cast.worker,
            availability=self._availability(),
            in_flight=self._in_flight,
            capacity=self._capacity,
            cpu=load.cpu,
            memory_bytes=load.memory_bytes,
        )

    async def drain(self, seconds: float) -> bool:
        """Take no more seats; wait for those in hand. Whether all were done in time."""
        self._draining = True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def _availability(self) -> pb.Availability:
        if self._draining:
            return pb.AVAILABILITY_DRAINING
        full = self._in_flight >= self._capacity
        return pb.AVAILABILITY_BUSY if full else pb.AVAILABILITY_AVAILABLE

    def _begin(self) -> None:
        self._in_flight += 1
        self._idle.clear()

    def _end(self) -> None:
        self._in_flight -= 1
        if not self._in_flight:
            self._idle.set()


Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Any]]


class _Guard(grpc.aio.ServerInterceptor):
    """Lets in who brings the token, whatever is called, in a time that tells nothing about it."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    async def intercept_service(
        self,
        continuation: Continuation,
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any]:
        """The call's own handler, or one that refuses."""
        given = dict(handler_call_details.invocation_metadata or ()).get(wire.CREDENTIAL, "")
        given = given if isinstance(given, bytes) else given.encode()
        if hmac.compare_digest(given, self._token):
            handler: grpc.RpcMethodHandler[Any, Any] = await continuation(handler_call_details)
            return handler
        return grpc.unary_unary_rpc_method_handler(_refuse_stranger)


async def _refuse_stranger(_: object, context: grpc.aio.ServicerContext[Any, Any]) -> NoReturn:
    await context.abort(grpc.StatusCode.UNAUTHENTICATED, "this worker is another service's")
    raise AssertionError  # abort has raised


@asynccontextmanager
async def serving(
    worker: Worker,
    address: str,
    finish_seconds: float = FINISH_SECONDS,
    *,
    token: str = "",
    reflection: bool = False,
) -> AsyncIterator[int]:
    """Serve the worker at host:port while the context is open; yields the port.

    With a token only calls that bring it are served: what guards a worker where no IAM does.
    At the end it drains: seats in hand get finish_seconds, then their calls are cancelled, which
    sends them to another worker; a ballot that is being published is published. Raises
    ConfigurationError where the address is taken.
    """
    guards = [_Guard(token)] if token else []
    server = grpc.aio.server(options=_OPTIONS, interceptors=guards)
    healthy = health.aio.HealthServicer()
    add_WorkerServiceServicer_to_server(worker, server)  # type: ignore[no-untyped-call]
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    if reflection:
        from grpc_reflection.v1alpha import (  # type: ignore[import-untyped]  # noqa: PLC0415  seldom
            reflection as grpc_reflection,
        )

        named = (SERVICE, health.SERVICE_NAME, grpc_reflection.SERVICE_NAME)
        grpc_reflection.enable_server_reflection(named, server)
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise ConfigurationError(f"{address} is not free; name another port, or 0.") from error
    await server.start()
    await healthy.set(SERVICE, health_pb2.HealthCheckResponse.SERVING)
    try:
        yield port
    finally:
        await healthy.enter_graceful_shutdown()
        if not await worker.drain(finish_seconds):
            log.warning("ending with seats in hand; other workers will take them")
        await server.stop(None)
        await worker.drain(PUBLISH_SECONDS)


async def _refuse(context: Context, code: grpc.StatusCode, why: str) -> NoReturn:
    await context.abort(code, why)
    raise AssertionError  # abort has raised
