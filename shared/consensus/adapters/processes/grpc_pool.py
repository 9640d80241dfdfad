"""WorkerPool over gRPC: the least-loaded of the known workers takes the seat."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import grpc
import grpc.aio
from opentelemetry.trace import SpanKind
from pydantic import SecretStr

from consensus.adapters.processes.places import Places, Seat
from consensus.codec import wire
from consensus.core.errors import ConfigurationError, WorkerRefuses, WorkerUnavailable
from consensus.distribution import pip_install
from consensus.ports import Call, SeatUpdate
from consensus.rpc.v1.worker_pb2_grpc import WorkerServiceStub
from consensus.telemetry import begin

log = logging.getLogger(__name__)

_METHOD = "consensus.rpc.v1.WorkerService/ProcessTask"

# A seat that meets one of these may be served by another worker, or by this one later; any other
# status is a defect of ours, but ends the same way: the holder gives the seat up in the end.
_STATUS = {
    grpc.StatusCode.UNAVAILABLE: "the worker is not there",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "the worker is full",
    grpc.StatusCode.DEADLINE_EXCEEDED: "the seat's time ran out",
    grpc.StatusCode.CANCELLED: "the worker ended the call",
}

# Every seat would meet these, until the operator acts.
_REFUSALS = {
    grpc.StatusCode.UNAUTHENTICATED: "the worker refused our identity",
    grpc.StatusCode.PERMISSION_DENIED: "our identity may not invoke the worker",
    grpc.StatusCode.UNIMPLEMENTED: "what listens there is no worker of this version",
}

_OPTIONS = (
    ("grpc.max_receive_message_length", 1 << 20),  # a worker's updates are small
    ("grpc.use_local_subchannel_pool", 1),  # else channels to one target share a connection
)

# Servers bound the streams of a connection, and gRPC lets those beyond wait without a word, in the
# task's time: Cloud Run's front end, behind which all workers are, takes 100
# (https://cloud.google.com/run/quotas).
_STREAMS_A_CONNECTION = 100

# How long a seat that was turned away counts as waiting: its holder asks again within this.
_WAITING_SECONDS = 5.0

# How long what a worker found of an endpoint's limit is told to others: while it remembers it.
_RATE_SECONDS = 300.0


@dataclass(slots=True, eq=False)
class _Connection:
    channel: grpc.aio.Channel
    streams: int = 0


class GrpcPool:
    """Workers by their host:port; targets is called for each seat, since workers come and go.

    takes_seats says which of them are worth asking, as far as is known. In the cloud there is one
    target, Cloud Run's front end, reached over TLS with an ID token for the audience (the service's
    https URL). Without IAM, the token identifies this pool to the workers. places is how many seats
    each worker takes at once; None: unknown, and full workers refuse.
    """

    def __init__(
        self,
        targets: Sequence[str] | Callable[[], Sequence[str]],
        audience: str | None = None,
        token: SecretStr | None = None,
        *,
        takes_seats: Callable[[str], bool] = lambda _: True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        places: int | None = None,
    ) -> None:
        self._targets = targets if callable(targets) else lambda: targets
        self._audience = audience
        self._metadata = wire.credentials(token.get_secret_value() if token else "")
        self._now = now
        self._places = Places(self._targets, places, takes_seats, now)
        self._connections: dict[str, list[_Connection]] = {}
        self._turned_away: dict[Seat, float] = {}
        self._rates: dict[str, tuple[float, float]] = {}  # by voter, and since when

    async def process(self, call: Call) -> AsyncGenerator[SeatUpdate, None]:
        """See WorkerPool. A seat that is being asked already goes to another worker, if any."""
        seat = (call.task_id, call.place)
        await self._forget_the_gone()
        place = await self._places.take(call)
        target = place.target
        connected = self._connected(target)
        with self._places.leaving(place), connected as channel, _foreign_errors():
            stub = WorkerServiceStub(channel)  # type: ignore[no-untyped-call]
            # How much time is left travels with the call: the worker's clock may be set otherwise.
            left = max(0.0, (call.deadline - self._now()).total_seconds())
            part = begin(_METHOD, SpanKind.CLIENT, call.traceparent, {"rpc.system": "grpc"})
            told = replace(call, traceparent=part.traceparent, rate=self._rate(call.voter))
            request = wire.to_request(told)
            stream = stub.ProcessTask(request, timeout=left, metadata=self._metadata)
            try:
                async for response in stream:
                    self._places.begin(place)
                    self._places.is_there(target)
                    self._turned_away.pop(seat, None)
                    update = wire.from_response(response)
                    if update.rate:
                        self._rates[call.voter] = (update.rate, time.monotonic())
                    yield update
            except grpc.aio.AioRpcError as error:
                part.fail(error)
                part.note(error__type=error.code().name)
                if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
                    self._turn_away(seat)
                elif error.code() is grpc.StatusCode.UNAVAILABLE:
                    self._places.rest(target)
                raise
            finally:
                stream.cancel()
                part.end()

    def _rate(self, voter: str) -> float:
        """How fast a worker lately found that one may ask the voter's endpoint; 0: no limit met.

        All of a dispatcher's workers hear with their next seat what one of them was refused for.
        """
        rate, at = self._rates.get(voter, (0.0, 0.0))
        return rate if time.monotonic() - at < _RATE_SECONDS else 0.0

    def in_flight(self, target: str) -> int:
        """Seats that this worker has from this pool."""
        return self._places.in_flight(target)

    def seats(self) -> int:
        """Seats that have a place, that lack one, or that were turned away and will come again."""
        self._turn_away(None)
        return self._places.wanted() + len(self._turned_away)

    async def close(self) -> None:
        """Close every connection; calls in flight end."""
        self._places.close()
        for target in list(self._connections):
            await self._disconnect(target)

    def _turn_away(self, seat: Seat | None) -> None:
        """Remember the seat, and forget those that have not come again."""
        now = time.monotonic()
        since = now - _WAITING_SECONDS
        self._turned_away = {s: at for s, at in self._turned_away.items() if at > since}
        if seat:
            self._turned_away[seat] = now

    async def _forget_the_gone(self) -> None:
        gone = self._connections.keys() - set(self._targets())
        for target in gone:
            self._places.is_there(target)
        for target in [t for t in gone if not self._places.in_flight(t)]:
            await self._disconnect(target)

    async def _disconnect(self, target: str) -> None:
        for connection in self._connections.pop(target, ()):
            await connection.channel.close()

    @contextmanager
    def _connected(self, target: str) -> Iterator[grpc.aio.Channel]:
        """A channel to the target with room for one stream more."""
        made = self._connections.setdefault(target, [])
        free = next((c for c in made if c.streams < _STREAMS_A_CONNECTION), None)
        if free is None:
            free = _Connection(self._channel(target))
            made.append(free)
        free.streams += 1
        try:
            yield free.channel
        finally:
            free.streams -= 1

    def _channel(self, target: str) -> grpc.aio.Channel:
        if self._audience:
            return grpc.aio.secure_channel(target, _id_token(self._audience), options=_OPTIONS)
        return grpc.aio.insecure_channel(target, options=_OPTIONS)


@contextmanager
def _foreign_errors() -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as error:
        if refusal := _REFUSALS.get(error.code()):
            told = {"error": "AioRpcError", "code": error.code().name, "told": error.details()}
            log.error("for the operator: no worker takes seats; %s", refusal, extra=told)
            raise WorkerRefuses(refusal) from error
        what = _STATUS.get(error.code(), f"the call failed with {error.code().name}")
        raise WorkerUnavailable(what) from error


def _id_token(audience: str) -> grpc.ChannelCredentials:
    """TLS plus an ID token of this service's account for the worker's URL."""
    try:
        import google.auth.transport.grpc  # noqa: PLC0415  only where there is a cloud
        import google.auth.transport.requests  # noqa: PLC0415
        import google.oauth2.id_token  # noqa: PLC0415
    except ImportError as error:
        message = f"CONSENSUS_WORKER_AUDIENCE needs: {pip_install('cloud')}"
        raise ConfigurationError(message) from error
    request = google.auth.transport.requests.Request()
    identity = google.oauth2.id_token.fetch_id_token_credentials(audience, request)
    plugin = google.auth.transport.grpc.AuthMetadataPlugin(identity, request)
    return grpc.composite_channel_credentials(
        grpc.ssl_channel_credentials(), grpc.metadata_call_credentials(plugin)
    )
