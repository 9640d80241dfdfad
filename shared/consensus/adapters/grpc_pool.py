"""WorkerPool over gRPC: the least-loaded of the known workers takes the seat."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager

import grpc
import grpc.aio

from consensus.codec import wire
from consensus.core.errors import ConfigurationError, WorkerUnavailable
from consensus.ports import SeatCall, SeatUpdate
from consensus.rpc.v1.worker_pb2_grpc import WorkerServiceStub

# A seat that meets one of these may be served by another worker, or by this one later; any other
# status is a defect of ours, but ends the same way: the holder gives the seat up in the end.
_STATUS = {
    grpc.StatusCode.UNAVAILABLE: "the worker is not there",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "the worker is full",
    grpc.StatusCode.DEADLINE_EXCEEDED: "the seat's time ran out",
    grpc.StatusCode.CANCELLED: "the worker ended the call",
    grpc.StatusCode.UNAUTHENTICATED: "the worker refused our identity",
    grpc.StatusCode.PERMISSION_DENIED: "our identity may not invoke the worker",
}

# Keepalive finds a dead peer in mid-call; Cloud Run's front end allows no pings without data.
_OPTIONS = (("grpc.max_receive_message_length", 1 << 20),)


class GrpcPool:
    """Workers by their host:port; targets is asked anew for each seat, since workers come and go.

    In the cloud there is one target, Cloud Run's front end, reached over TLS with an ID token for
    the audience (the service's https URL).
    """

    def __init__(
        self, targets: Sequence[str] | Callable[[], Sequence[str]], audience: str | None = None
    ) -> None:
        self._targets = targets if callable(targets) else lambda: targets
        self._audience = audience
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._in_flight: Counter[str] = Counter()
        self._turn = itertools.count()

    async def process(self, call: SeatCall) -> AsyncGenerator[SeatUpdate, None]:
        """See WorkerPool."""
        target = self._least_loaded()
        with self._counted(target), _foreign_errors():
            stub = WorkerServiceStub(self._channel(target))  # type: ignore[no-untyped-call]
            stream = stub.ProcessTask(wire.to_request(call))
            try:
                async for response in stream:
                    yield wire.from_response(response)
            finally:
                stream.cancel()

    async def close(self) -> None:
        """Close every channel; calls in flight end."""
        for channel in self._channels.values():
            await channel.close()
        self._channels.clear()

    def _least_loaded(self) -> str:
        targets = list(self._targets())
        if not targets:
            raise WorkerUnavailable("no worker is running")
        turn = next(self._turn)
        turns = {t: (i - turn) % len(targets) for i, t in enumerate(targets)}
        return min(targets, key=lambda t: (self._in_flight[t], turns[t]))

    @contextmanager
    def _counted(self, target: str) -> Iterator[None]:
        self._in_flight[target] += 1
        try:
            yield
        finally:
            self._in_flight[target] -= 1

    def _channel(self, target: str) -> grpc.aio.Channel:
        if target not in self._channels:
            self._channels[target] = (
                grpc.aio.secure_channel(target, _id_token(self._audience), options=_OPTIONS)
                if self._audience
                else grpc.aio.insecure_channel(target, options=_OPTIONS)
            )
        return self._channels[target]


@contextmanager
def _foreign_errors() -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as error:
        what = _STATUS.get(error.code(), f"the call failed with {error.code().name}")
        raise WorkerUnavailable(what) from error


def _id_token(audience: str) -> grpc.ChannelCredentials:
    """TLS plus an ID token of this service's account for the worker's URL."""
    try:
        import google.auth.transport.grpc  # noqa: PLC0415  only where there is a cloud
        import google.auth.transport.requests  # noqa: PLC0415
        import google.oauth2.id_token  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError("CONSENSUS_WORKER_AUDIENCE needs google-auth installed") from error
    request = google.auth.transport.requests.Request()
    identity = google.oauth2.id_token.fetch_id_token_credentials(audience, request)
    plugin = google.auth.transport.grpc.AuthMetadataPlugin(identity, request)
    return grpc.composite_channel_credentials(
        grpc.ssl_channel_credentials(), grpc.metadata_call_credentials(plugin)
    )
