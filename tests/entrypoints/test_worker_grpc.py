"""The worker's door over real gRPC, as the pool and as strangers see it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import grpc
import grpc.aio
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consensus.adapters.local.http_server import serving as serving_http
from consensus.adapters.local.system_clock import SystemClock
from consensus.adapters.processes.child_process import Child
from consensus.adapters.processes.grpc_pool import GrpcPool
from consensus.adapters.processes.own_process import OwnProcess
from consensus.adapters.processes.worker_processes import WORKER
from consensus.adapters.processes.worker_watch import look
from consensus.codec import wire
from consensus.codec.messages import BallotMessage, decode
from consensus.codec.wire import from_request, to_request
from consensus.config import Settings
from consensus.core.errors import (
    BusUnavailable,
    ConfigurationError,
    DecodeError,
    ModelError,
    WorkerUnavailable,
)
from consensus.core.model import (
    Abstention,
    Ballot,
    Doubt,
    Finding,
    Message,
    Strategy,
    Task,
    Usage,
    Verdict,
    Vote,
)
from consensus.core.model import AbstentionReason as Why
from consensus.demo import server as demo
from consensus.doors.worker import SERVICE, Worker, serving
from consensus.ports import (
    Availability,
    Call,
    Completion,
    DoubtCall,
    Form,
    SeatCall,
    SeatStage,
    SeatUpdate,
)
from consensus.readers.reply import read
from consensus.rpc.v1 import worker_pb2 as pb
from consensus.rpc.v1.worker_pb2_grpc import WorkerServiceStub
from consensus.usecases.panelists import Panelists
from consensus.usecases.vote import CastVote
from tests.answers import leaves_of, value_of

QUESTION = "What is 17% of 2,340?"


@dataclass
class Model:
    """Answers when it is let, and knows how many calls were begun and cancelled."""

    failure: ModelError | None = None
    text: str = '{"answer": "397.8", "confidence": 0.9}'
    let: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    async def complete(
        self,
        messages: Sequence[Message],
        seconds: float,
        form: Form | None = None,
        spend: float | None = None,
    ) -> Completion:
        self.begun.release()
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        if self.failure:
            raise self.failure
        return Completion(self.text, "m-1", Usage(calls=1))


@dataclass
class Bus:
    """Keeps what is published, when it is let."""

    broken: bool = False
    published: list[Ballot] = field(default_factory=list)
    given: list[Verdict] = field(default_factory=list)
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    let: asyncio.Event = field(default_factory=asyncio.Event)

    async def ballot(self, task_id: str, ballot: Ballot, traceparent: str) -> None:
        self.tried.set()
        await self.let.wait()
        if self.broken:
            raise BusUnavailable("the votes topic is gone")
        self.published.append(ballot)

    async def verdicts(self, task_id: str, verdicts: Sequence[Verdict], traceparent: str) -> None:
        self.given += verdicts

    async def dispatch(self, task: Task) -> None:
        raise NotImplementedError  # a worker publishes ballots alone

    async def deadline(self, task_id: str) -> None:
        raise NotImplementedError  # a worker publishes ballots alone


@dataclass
class Stand:
    """A worker on a free port, and what it stands on."""

    model: Model = field(default_factory=Model)
    bus: Bus = field(default_factory=Bus)
    port: int = 0

    def __post_init__(self) -> None:
        self.model.let.set()
        self.bus.let.set()

    @asynccontextmanager
    async def serving(
        self,
        capacity: int = 2,
        finish_seconds: float = 30.0,
        *,
        token: str = "",
        reflection: bool = False,
    ) -> AsyncIterator[grpc.aio.Channel]:
        """Serve; yields a channel to the worker."""
        cast = CastVote(
            self.model, read, value_of, leaves_of, self.bus, SystemClock(), lambda: 0.0, 1, "w-1"
        )
        worker = Worker(Panelists({"default": cast}, cast), capacity, OwnProcess().load)
        async with (
            serving(
                worker, "127.0.0.1:0", finish_seconds, token=token, reflection=reflection
            ) as self.port,
            grpc.aio.insecure_channel(f"127.0.0.1:{self.port}") as channel,
        ):
            yield channel


def _call(seat: int = 0, **changes: object) -> SeatCall:
    told = {
        "task_id": "t-1",
        "seat": seat,
        "voter": "default",
        "messages": (Message("user", QUESTION),),
        "strategy": Strategy.NUMERIC,
        "deadline": datetime.now(UTC) + timedelta(hours=1),
        "traceparent": "",
    }
    return SeatCall(**(told | changes))


async def _updates(pool: GrpcPool, call: Call) -> list[SeatUpdate]:
    async with aclosing(pool.process(call)) as updates:
        return [update async for update in updates]


@asynccontextmanager
async def _pool(port: int) -> AsyncIterator[GrpcPool]:
    pool = GrpcPool([f"127.0.0.1:{port}"])
    try:
        yield pool
    finally:
        await pool.close()


async def _refusal(asking: Awaitable[object]) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await asking
    return refused.value.code()


async def _drained(call: grpc.aio.UnaryStreamCall) -> None:
    async for _ in call:
        pass


async def test_a_seat_is_taken_over_the_wire() -> None:
    """The pool sees the stages in order, and the vote is published before the last of them."""
    stand = Stand()
    async with stand.serving(), _pool(stand.port) as pool:
        updates = await _updates(pool, _call(seat=7))

    assert [update.stage for update in updates] == [
        SeatStage.ACCEPTED,
        SeatStage.PROGRESS,
        SeatStage.COMPLETED,
    ]
    (vote,) = stand.bus.published
    assert isinstance(vote, Vote)
    assert (vote.seat, vote.reading.final) == (7, "397.8")


A_DOUBT = DoubtCall(
    "t-1",
    (Doubt(2, "a feline", "some cat"),),
    "default",
    "What is it?",
    datetime(2100, 1, 1, tzinfo=UTC),
    "00-trace",
)


A_WRITING = replace(A_DOUBT, doubts=(Doubt(0, "", "", claims=("It purrs.", "It is a cat.")),))


async def test_a_doubt_is_decided_over_the_wire() -> None:
    """The stages are those of a seat, and the verdict is published before the last of them."""
    stand = Stand(Model(text='{"verdicts": ["different", "different"]}'))
    async with stand.serving(), _pool(stand.port) as pool:
        updates = await _updates(pool, A_DOUBT)

    assert [update.stage for update in updates] == [
        SeatStage.ACCEPTED,
        SeatStage.PROGRESS,
        SeatStage.COMPLETED,
    ]
    assert stand.bus.given == [Verdict(2, Finding.DIFFERENT, Usage(calls=1))]
    assert stand.bus.published == []


def test_a_doubt_crosses_the_wire_unchanged() -> None:
    """Translating there and back loses nothing."""
    assert wire.from_request(wire.to_request(A_DOUBT)) == A_DOUBT
    several = replace(A_DOUBT, doubts=(*A_DOUBT.doubts, Doubt(3, "a feline", "a dog")))
    assert wire.from_request(wire.to_request(several)) == several
    assert wire.from_request(wire.to_request(A_WRITING)) == A_WRITING


def test_a_text_is_written_of_claims_that_say_something() -> None:
    """What holds none, an empty one, or too many, is refused; so it is by a worker of before."""
    request = wire.to_request(A_WRITING)
    for claims in ([], [""], ["x"] * 41):
        request.writing.claims[:] = claims
        with pytest.raises(DecodeError, match="claims"):
            wire.from_request(request)
    request.ClearField("writing")
    with pytest.raises(DecodeError, match="messages"):
        wire.from_request(request)


def test_a_worker_that_knows_no_doubts_refuses_one() -> None:
    """What an older worker reads of it is a request without messages: it casts no vote for it."""
    several = replace(A_DOUBT, doubts=A_DOUBT.doubts * 2)
    request = wire.to_request(several)
    assert not request.HasField("doubt")
    request.ClearField("doubts")
    with pytest.raises(DecodeError, match="messages"):
        wire.from_request(request)
    request = wire.to_request(A_DOUBT)
    request.ClearField("doubt")
    with pytest.raises(DecodeError, match="messages"):
        wire.from_request(request)


@pytest.mark.parametrize("name", ["one", "other"])
def test_a_doubt_needs_both_answers(name: str) -> None:
    """A worker is a door: what is not a doubt is refused."""
    request = wire.to_request(A_DOUBT)
    request.doubt.ClearField(name)
    with pytest.raises(DecodeError, match="two answers"):
        wire.from_request(request)
    request = wire.to_request(replace(A_DOUBT, doubts=A_DOUBT.doubts * 65))
    with pytest.raises(DecodeError, match="1 to 64"):
        wire.from_request(request)


async def test_an_abstention_is_a_receipt_too() -> None:
    """A model that refuses ends as ABSTAINED, with the reason."""
    stand = Stand(Model(ModelError("no key", Why.MODEL_REFUSED)))
    async with stand.serving(), _pool(stand.port) as pool:
        updates = await _updates(pool, _call())

    assert updates[-1] == SeatUpdate(SeatStage.ABSTAINED, "w-1", Why.MODEL_REFUSED)
    assert isinstance(stand.bus.published[0], Abstention)


async def test_cancelling_the_stream_cancels_the_call() -> None:
    """A caller that leaves ends the model call, and the seat is free again."""
    stand = Stand()
    stand.model.let.clear()
    async with stand.serving(capacity=1) as channel:
        stub = WorkerServiceStub(channel)
        stream = stub.ProcessTask(wire.to_request(_call()))
        await stand.model.begun.acquire()
        stream.cancel()
        await stand.model.cancelled.wait()
        stand.model.let.set()
        await _drained(stub.ProcessTask(wire.to_request(_call())))

    assert len(stand.bus.published) == 1


async def test_a_full_worker_says_so() -> None:
    """A seat beyond the capacity is refused at once; the status tells why."""
    stand = Stand()
    stand.model.let.clear()
    async with stand.serving(capacity=1) as channel:
        stub = WorkerServiceStub(channel)
        held = stub.ProcessTask(wire.to_request(_call()))
        await stand.model.begun.acquire()
        code = await _refusal(_drained(stub.ProcessTask(wire.to_request(_call()))))
        busy = await stub.GetStatus(pb.GetStatusRequest())
        stand.model.let.set()
        await _drained(held)
        free = await stub.GetStatus(pb.GetStatusRequest())

    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (busy.availability, busy.in_flight) == (pb.AVAILABILITY_BUSY, 1)
    assert (free.availability, free.in_flight) == (pb.AVAILABILITY_AVAILABLE, 0)


async def test_the_status_tells_the_load() -> None:
    """The status names the worker, its capacity, and what it uses."""
    async with Stand().serving(capacity=5) as channel:
        status = await WorkerServiceStub(channel).GetStatus(pb.GetStatusRequest())

    assert (status.worker, status.capacity) == ("w-1", 5)
    assert status.cpu >= 0.0
    assert status.memory_bytes > 1_000_000


def _request(**changes: object) -> pb.ProcessTaskRequest:
    request = wire.to_request(_call())
    for name, value in changes.items():
        request.ClearField(name)
        if isinstance(value, list):
            getattr(request, name).extend(value)
        elif isinstance(value, Timestamp):
            getattr(request, name).CopyFrom(value)
        elif value is not None:
            setattr(request, name, value)
    return request


@pytest.mark.parametrize(
    "request_",
    [
        pb.ProcessTaskRequest(),
        _request(task_id=None),
        _request(messages=None),
        _request(messages=[pb.ChatMessage(role="wizard", content="hi")]),
        _request(strategy=None),
        _request(strategy=99),
        _request(deadline=None),
        _request(deadline=Timestamp(seconds=10**14)),
    ],
)
async def test_a_bad_request_is_refused(request_: pb.ProcessTaskRequest) -> None:
    """What no worker could take is INVALID_ARGUMENT, and reaches no model."""
    stand = Stand()
    async with stand.serving() as channel:
        code = await _refusal(_drained(WorkerServiceStub(channel).ProcessTask(request_)))

    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert stand.model.begun.locked()


async def test_a_ballot_that_cannot_be_published_breaks_the_stream() -> None:
    """Without a published ballot there is no receipt: the pool sees a lost worker."""
    stand = Stand(bus=Bus(broken=True))
    async with stand.serving(), _pool(stand.port) as pool:
        with pytest.raises(WorkerUnavailable):
            await _updates(pool, _call())


async def test_health_stands_beside_it() -> None:
    """Standard health answers for the service."""
    async with Stand().serving() as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        states = [
            (await stub.Check(health_pb2.HealthCheckRequest(service=name))).status
            for name in ("", SERVICE)
        ]

    assert states == [health_pb2.HealthCheckResponse.SERVING] * 2


async def _services(channel: grpc.aio.Channel) -> set[str]:
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    listing = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([asked]))
    return {s.name async for r in listing for s in r.list_services_response.service}


async def test_reflection_lists_the_service_where_it_is_asked_for() -> None:
    """gRPC tools find what there is; without the setting they find nothing."""
    async with Stand().serving(reflection=True) as channel:
        assert SERVICE in await _services(channel)
    async with Stand().serving() as channel:
        assert await _refusal(_services(channel)) is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("given", ["", "another", "ours-and-more"])
async def test_a_stranger_is_refused_whatever_it_calls(given: str) -> None:
    """Neither a seat, nor the load, nor health, nor what is served: and no model is asked."""
    stand = Stand()
    metadata = wire.credentials(given)
    async with stand.serving(token="ours", reflection=True) as channel:
        stub, health = WorkerServiceStub(channel), health_pb2_grpc.HealthStub(channel)
        request = wire.to_request(_call())
        codes = [
            await _refusal(_drained(stub.ProcessTask(request, metadata=metadata))),
            await _refusal(stub.GetStatus(pb.GetStatusRequest(), metadata=metadata)),
            await _refusal(health.Check(health_pb2.HealthCheckRequest(), metadata=metadata)),
            await _refusal(_services(channel)),
        ]

    assert codes == [grpc.StatusCode.UNAUTHENTICATED] * 4
    assert stand.bus.published == []


async def test_who_brings_the_token_is_served() -> None:
    """The pool and the watch bring it with every call."""
    stand, token = Stand(), SecretStr("ours")
    async with stand.serving(token="ours"):
        pool = GrpcPool([f"127.0.0.1:{stand.port}"], token=token)
        try:
            updates = await _updates(pool, _call())
        finally:
            await pool.close()
        (status,) = await look([f"127.0.0.1:{stand.port}"], token)
        (stranger,) = await look([f"127.0.0.1:{stand.port}"])

    assert updates[-1].stage is SeatStage.COMPLETED
    assert status.availability is Availability.AVAILABLE
    assert stranger.availability is Availability.OFFLINE


async def test_a_taken_port_is_a_setting_s_error() -> None:
    """Two workers never share a port unseen."""
    stand = Stand()
    async with stand.serving():
        cast = CastVote(
            stand.model, read, value_of, leaves_of, stand.bus, SystemClock(), lambda: 0.0
        )
        with pytest.raises(ConfigurationError, match="not free"):
            async with serving(Worker(cast, 1, OwnProcess().load), f"127.0.0.1:{stand.port}"):
                pass


async def test_ending_finishes_what_is_in_hand() -> None:
    """A draining worker refuses new seats as UNAVAILABLE, is not healthy, and ends its own."""
    stand = Stand()
    stand.model.let.clear()
    stack = AsyncExitStack()
    await stack.enter_async_context(stand.serving())
    address = f"127.0.0.1:{stand.port}"
    async with _pool(stand.port) as pool, grpc.aio.insecure_channel(address) as channel:
        held = asyncio.create_task(_updates(pool, _call()))
        await stand.model.begun.acquire()
        ending = asyncio.create_task(stack.aclose())
        stub, health = WorkerServiceStub(channel), health_pb2_grpc.HealthStub(channel)
        while True:
            status = await stub.GetStatus(pb.GetStatusRequest())
            if status.availability == pb.AVAILABILITY_DRAINING:
                break
        code = await _refusal(_drained(stub.ProcessTask(wire.to_request(_call(seat=1)))))
        healthy = await health.Check(health_pb2.HealthCheckRequest(service=SERVICE))
        stand.model.let.set()
        updates = await held
        await ending

    assert code is grpc.StatusCode.UNAVAILABLE
    assert healthy.status == health_pb2.HealthCheckResponse.NOT_SERVING
    assert updates[-1].stage is SeatStage.COMPLETED
    assert len(stand.bus.published) == 1


async def test_ending_cancels_what_takes_too_long() -> None:
    """When the time to finish is up, the call is cancelled and the pool sees a lost worker."""
    stand = Stand()
    stand.model.let.clear()
    stack = AsyncExitStack()
    await stack.enter_async_context(stand.serving(finish_seconds=0.01))
    async with _pool(stand.port) as pool:
        held = asyncio.create_task(_updates(pool, _call()))
        await stand.model.begun.acquire()
        await stack.aclose()
        with pytest.raises(WorkerUnavailable):
            await held

    assert stand.model.cancelled.is_set()
    assert stand.bus.published == []


async def test_ending_publishes_what_is_answered() -> None:
    """A ballot that is being published when the time is up is published."""
    stand = Stand()
    stand.bus.let.clear()
    stack = AsyncExitStack()
    await stack.enter_async_context(stand.serving(finish_seconds=0.0))
    async with _pool(stand.port) as pool:
        held = asyncio.create_task(_updates(pool, _call()))
        await stand.bus.tried.wait()
        ending = asyncio.create_task(stack.aclose())
        await asyncio.wait({held})
        stand.bus.let.set()
        await ending

    assert isinstance(held.exception(), WorkerUnavailable)
    assert len(stand.bus.published) == 1


def test_a_call_survives_the_wire() -> None:
    """What is sent is what arrives, field by field."""
    call = _call(
        seat=3,
        voter="ann",
        messages=(Message("system", "é"), Message("user", "?"), Message("assistant", "")),
        strategy=Strategy.SEMANTIC,
        traceparent="00-x",
        ballots=1,
    )
    assert wire.from_request(wire.to_request(call)) == call


@pytest.mark.parametrize("stage", SeatStage)
@pytest.mark.parametrize("reason", [None, *Why])
def test_an_update_survives_the_wire(stage: SeatStage, reason: Why | None) -> None:
    """Every stage and reason arrives as it was sent."""
    update = SeatUpdate(stage, "w-1", reason)
    assert wire.from_response(wire.to_response(update)) == update


def test_a_newer_worker_is_understood_as_far_as_possible() -> None:
    """Unknown stages are progress, unknown reasons none; nothing raises."""
    response = pb.ProcessTaskResponse(stage=99, reason="TIRED")  # type: ignore[arg-type]
    assert wire.from_response(response) == SeatUpdate(SeatStage.PROGRESS)


def test_a_bad_request_names_its_field() -> None:
    """The sender is told which field is wrong."""
    with pytest.raises(DecodeError, match="task_id"):
        wire.from_request(pb.ProcessTaskRequest())


@dataclass
class Door:
    """The parent's side: takes ballots, one a line."""

    token: str = "let-me-in"
    ballots: asyncio.Queue[Ballot] = field(default_factory=asyncio.Queue)

    async def take(self, request: Request) -> Response:
        """One POST."""
        assert request.headers["authorization"] == f"Bearer {self.token}"
        lines = (await request.body()).split(b"\n")
        for line in lines:
            self.ballots.put_nowait(decode(line, (BallotMessage,)).ballot)
        return JSONResponse([204 for _ in lines])


@asynccontextmanager
async def _child(door: Door) -> AsyncIterator[Child]:
    """The worker as the embedded stack starts it: a child process that asks the demo panel."""
    routes = [Route("/votes", door.take, methods=["POST"])]
    panel = demo.build(seed=0, latency_ms=0)
    async with serving_http(panel) as model, serving_http(Starlette(routes=routes)) as votes:
        settings = Settings().with_changes(
            openai_base_url=f"http://127.0.0.1:{model}/v1",
            votes_url=f"http://127.0.0.1:{votes}/votes",
            votes_token=SecretStr(door.token),
        )
        child = await Child.start(
            (*WORKER, "0"), settings.environment("openai_api_key", "votes_token")
        )
        try:
            yield child
        finally:
            await child.stop()


async def test_the_child_process_votes_through_its_parent_s_door() -> None:
    """A real worker process asks the demo panel and POSTs its vote; SIGTERM ends it cleanly."""
    door = Door()
    async with _child(door) as child:
        pool = GrpcPool([child.address])
        updates = await _updates(pool, _call(seat=2))
        await pool.close()
        vote = door.ballots.get_nowait()
        child.process.send_signal(signal.SIGTERM)
        code = await child.wait()

    assert updates[-1].stage is SeatStage.COMPLETED
    assert isinstance(vote, Vote)
    assert (vote.seat, vote.model, vote.usage.calls) == (2, "demo-panel", 1)
    assert code == 0


async def test_the_child_process_ends_with_its_parent() -> None:
    """End of file on stdin, which a parent's sudden death brings, ends the worker."""
    async with _child(Door()) as child:
        assert child.process.stdin is not None
        child.process.stdin.close()
        assert await child.wait() == 0


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"OPENAI_BASE_URL": "localhost:11434"}, "OPENAI_BASE_URL"),
        ({"CONSENSUS_MODEL_ATTEMPTS": "many"}, "CONSENSUS_MODEL_ATTEMPTS"),
    ],
)
async def test_a_bad_setting_is_one_plain_line(variables: dict[str, str], said: str) -> None:
    """Settings that cannot work end the worker with one line that names the variable."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *WORKER[:1],
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "OPENAI_API_KEY": "k", **variables},
    )
    _, errors = await process.communicate()

    assert process.returncode == 2
    assert said in errors.decode()
    assert errors.decode().count("\n") == 1


@pytest.mark.parametrize("spend", [None, 0.0, 0.25])
def test_what_a_seat_may_spend_goes_over_the_wire(spend: float | None) -> None:
    """Nothing at all is another bound than none."""
    call = from_request(to_request(_call(spend_usd=spend)))
    assert isinstance(call, SeatCall)
    assert call.spend_usd == spend
