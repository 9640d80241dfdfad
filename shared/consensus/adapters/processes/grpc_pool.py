"""WorkerPool over gRPC: the least-loaded of the known workers takes the seat.

Where it is known how many places a worker has, seats wait here for one, in one queue that is fair
to owners, instead of asking again and again.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

import grpc
import grpc.aio
from opentelemetry.trace import SpanKind
from pydantic import SecretStr

from consensus.codec import wire
from consensus.core.deadlines import calls_end
from consensus.core.errors import ConfigurationError, WorkerRefuses, WorkerUnavailable
from consensus.core.fairness import FairQueue
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

# How long a worker that was not there is asked last: having nothing to do, it would be the
# least-loaded, and every seat would try it first.
_RESTING_SECONDS = 1.0


# How long what a worker found of an endpoint's limit is told to others: while it remembers it.
_RATE_SECONDS = 300.0
_LOOK_SECONDS = 0.1  # between two looks for workers that came, while seats wait

Seat = tuple[str, str]  # a task, and what of it


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A seat that waits for a place: the target, once one is given."""

    seat: Seat
    place: asyncio.Future[str]


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
        self._takes_seats = takes_seats
        self._now = now
        self._places = places
        self._queue: FairQueue[_Waiting] = FairQueue()
        self._looking: asyncio.TimerHandle | None = None
        self._connections: dict[str, list[_Connection]] = {}
        self._in_flight: Counter[str] = Counter()
        self._at: Counter[tuple[str, str, str]] = Counter()  # task, seat, target
        self._turned_away: dict[Seat, float] = {}
        self._resting: dict[str, float] = {}  # since when a target was not there
        self._rates: dict[str, tuple[float, float]] = {}  # by voter, and since when
        self._turn = itertools.count()

    async def process(self, call: Call) -> AsyncGenerator[SeatUpdate, None]:
        """See WorkerPool. A seat that is being asked already goes to another worker, if any."""
        seat = (call.task_id, call.place)
        await self._forget_the_gone()
        target = await self._place_for(call, seat)
        with self._leaving(seat, target), self._connected(target) as channel, _foreign_errors():
            stub = WorkerServiceStub(channel)  # type: ignore[no-untyped-call]
            # How much time is left travels with the call: the worker's clock may be set otherwise.
            left = max(0.0, (call.deadline - self._now()).total_seconds())
            part = begin(_METHOD, SpanKind.CLIENT, call.traceparent, {"rpc.system": "grpc"})
            told = replace(call, traceparent=part.traceparent, rate=self._rate(call.voter))
            request = wire.to_request(told)
            stream = stub.ProcessTask(request, timeout=left, metadata=self._metadata)
            try:
                async for response in stream:
                    self._turned_away.pop(seat, None)
                    self._resting.pop(target, None)
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
                    self._resting[target] = time.monotonic()
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
        return self._in_flight[target]

    def seats(self) -> int:
        """Seats that are being asked, that wait, or that were turned away and will come again."""
        self._turn_away(None)
        return self._in_flight.total() + len(self._queue) + len(self._turned_away)

    async def close(self) -> None:
        """Close every connection; calls in flight end."""
        if self._looking is not None:
            self._looking.cancel()
        for target in list(self._connections):
            await self._disconnect(target)

    async def _place_for(self, call: Call, seat: Seat) -> str:
        """A worker's target, one place of which is counted as taken. Raises WorkerUnavailable."""
        if self._places is None:
            targets = list(self._targets())
            if not targets:
                raise WorkerUnavailable("no worker is running")
            target = self._least_loaded(seat, targets)
            self._count(seat, target)
            return target
        waiting = _Waiting(seat, asyncio.get_running_loop().create_future())
        self._queue.push(call.owner, waiting)
        self._give_places()
        try:
            async with asyncio.timeout((calls_end(call.deadline) - self._now()).total_seconds()):
                return await waiting.place
        except BaseException as error:
            self._queue.discard(call.owner, waiting)
            if waiting.place.done() and not waiting.place.cancelled():  # given, and never taken up
                self._leave(seat, waiting.place.result())
            if isinstance(error, TimeoutError):
                why = "all workers are full" if self._targets() else "no worker is running"
                raise WorkerUnavailable(why) from error
            raise

    def _give_places(self) -> None:
        """Give the places that are free to those whose turn it is."""
        while len(self._queue):
            free = self._free()
            if not free:  # looked at again, since workers come without a word
                loop = asyncio.get_running_loop()
                self._looking = self._looking or loop.call_later(_LOOK_SECONDS, self._look_again)
                return
            waiting = self._queue.pop()
            if waiting is not None and not waiting.place.done():
                target = self._least_loaded(waiting.seat, free)
                self._count(waiting.seat, target)
                waiting.place.set_result(target)

    def _look_again(self) -> None:
        self._looking = None
        self._give_places()

    def _free(self) -> list[str]:
        """Workers that are there and have a place."""
        assert self._places is not None  # noqa: S101  else nobody waits
        rested = time.monotonic() - _RESTING_SECONDS
        return [
            target
            for target in self._targets()
            if self._in_flight[target] < self._places
            and self._takes_seats(target)
            and self._resting.get(target, rested) <= rested
        ]

    def _least_loaded(self, seat: Seat, targets: Sequence[str]) -> str:
        turn = next(self._turn)
        rested = time.monotonic() - _RESTING_SECONDS
        turns = {t: (i - turn) % len(targets) for i, t in enumerate(targets)}
        return min(
            targets,
            key=lambda t: (
                not self._takes_seats(t),
                self._resting.get(t, rested) > rested,
                (*seat, t) in self._at,
                self._in_flight[t],
                turns[t],
            ),
        )

    @contextmanager
    def _leaving(self, seat: Seat, target: str) -> Iterator[None]:
        """Leave the place at the end, to whoever waits for one."""
        try:
            yield
        finally:
            self._leave(seat, target)

    def _count(self, seat: Seat, target: str) -> None:
        self._in_flight[target] += 1
        self._at[*seat, target] += 1

    def _leave(self, seat: Seat, target: str) -> None:
        _one_less(self._in_flight, target)
        _one_less(self._at, (*seat, target))
        self._give_places()

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
            self._resting.pop(target, None)
        for target in [t for t in gone if not self._in_flight[t]]:
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


Key = TypeVar("Key")


def _one_less(counted: Counter[Key], key: Key) -> None:
    """Take one away; nothing is kept at zero, since workers and seats come and go for ever."""
    counted[key] -= 1
    if not counted[key]:
        del counted[key]


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
