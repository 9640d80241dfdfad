"""What the supervisor tells of many tasks and of their votes, and what their owner does with them
afterwards: filters, summaries, votes, the list's stream, feedback, erasure."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import httpx2
import pytest
from starlette.types import Message

from consensus.adapters.local.http_server import serving
from consensus.core.errors import StoreUnavailable
from consensus.core.model import Abstention, AbstentionReason
from consensus.doors import news, sse
from consensus.doors.following import HEARTBEAT
from consensus.doors.identity import ApiKeys
from consensus.doors.news import News, Streams, TooManyStreams
from consensus.ports import LISTENING, Change
from tests.entrypoints.conftest import ASKED, Function, Service, a_vote
from tests.entrypoints.test_supervisor_http import is_problem, told


@pytest.fixture
async def client(service: Service, function: Function) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of the submit entry point."""
    async with function("supervisor", "submit", "supervisor", service.supervisor) as opened:
        yield opened


async def split(client: httpx2.AsyncClient, service: Service, task_id: str) -> None:
    """Bring a task of three votes to no consensus: two answers, and one more."""
    await client.post("/v1/tasks", json=ASKED)
    await service.take(task_id)
    for seat, answer in enumerate(("4", "5", "6")):
        await service.vote(task_id, seat, answer)


async def test_a_list_shows_summaries(client: httpx2.AsyncClient, service: Service) -> None:
    """A long prompt is cut, plan and groups are left out, a conversation shows its question."""
    await client.post("/v1/tasks", json={**ASKED, "prompt": "x" * 50_000})
    await service.finish("task1")
    spoken = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "And 2 + 2?"}]
    body = {"messages": spoken, "strategy": "numeric", "max_votes": 3, "metadata": {"run": "7"}}
    await client.post("/v1/tasks", json=body)
    response = await client.get("/v1/tasks")
    newest, oldest = sorted(response.json()["tasks"], key=lambda t: t["id"], reverse=True)
    assert (newest["prompt"], newest["result"]) == ("And 2 + 2?", None)
    assert newest["metadata"] == {"run": "7"}
    assert oldest["prompt"] == "x" * 240 + "…"
    assert (oldest["result"]["outcome"], oldest["result"]["answer"]) == ("CONSENSUS", "4")
    assert not {"plan", "messages"} & set(oldest)
    assert "groups" not in oldest["result"]
    assert len(response.content) < 3000


async def test_a_list_is_filtered(client: httpx2.AsyncClient, service: Service) -> None:
    """By outcome, metadata, time, and what waits for a decision; the page tokens keep to it."""
    await client.post("/v1/tasks", json={**ASKED, "metadata": {"run": "1"}})
    await service.finish("task1")
    await split(client, service, "task2")
    await client.post("/v1/tasks", json={**ASKED, "metadata": {"run": "1"}})

    async def ids(**query: str) -> list[str]:
        found = (await client.get("/v1/tasks", params=query)).json()
        return sorted(task["id"] for task in found["tasks"])

    assert await ids(outcome="CONSENSUS") == ["task1"]
    assert await ids(outcome="NO_CONSENSUS") == ["task2"]
    assert await ids(unsettled="true") == ["task2"]
    assert await ids(metadata="run=1") == ["task1", "task3"]
    assert await ids(metadata="run=1", state="QUEUED") == ["task3"]
    assert await ids(since="2026-01-02T12:00:00Z") == ["task1", "task2", "task3"]
    assert await ids(since="2026-01-02T12:00:01Z") == []


async def test_every_ballot_is_told_whole(client: httpx2.AsyncClient, service: Service) -> None:
    """Votes with their text, group and cost, abstentions with their reason, late ones last."""
    await client.post("/v1/tasks", json=ASKED)
    await service.take("task1")
    service.clock.move(2.5)
    await service.vote("task1", 0, "4")
    why = Abstention(1, AbstentionReason.RATE_LIMITED, "slow down")
    await service.aggregate.ballot("task1", why, "key1", "")
    await service.vote("task1", 2, "5")
    open_still = (await client.get("/v1/tasks/task1/votes")).json()["votes"]
    assert [(b["seat"], b["kind"], b.get("group")) for b in open_still] == [
        (0, "vote", 0),
        (1, "abstention", None),
        (2, "vote", 1),
    ]
    await service.vote("task1", 3, "4")
    stored = await service.store.load("task1")
    assert stored
    assert stored.task.result
    await service.aggregate.ballot("task1", a_vote(1, "4"), "late", "")
    first = (await client.get("/v1/tasks/task1/votes", params={"page_size": 3})).json()
    query = {"page_size": 3, "page_token": first["next_page_token"]}
    rest = (await client.get("/v1/tasks/task1/votes", params=query)).json()
    assert rest["next_page_token"] == ""
    ballots = first["votes"] + rest["votes"]
    assert [(b["seat"], b["kind"], b["counted"]) for b in ballots[:3]] == [
        (0, "vote", True),
        (1, "abstention", True),
        (2, "vote", True),
    ]
    assert ballots[0] == {
        "seat": 0,
        "kind": "vote",
        "counted": True,
        "order": 1,
        "at": "2026-01-02T12:00:02.500Z",
        "seconds": 2.5,
        "voter": "default",
        "model": "demo",
        "answer": "4",
        "text": "It is 4.",
        "value": None,
        "group": 0,
        "confidence": 0.9,
        "probability": None,
        "usage": {"calls": 1, "input_tokens": 10, "output_tokens": 5, "cost_usd": 0.001},
        "worked_seconds": None,
        "first_word_seconds": None,
    }
    assert (ballots[1]["reason"], ballots[1]["detail"]) == ("RATE_LIMITED", "slow down")
    assert (ballots[2]["answer"], ballots[2]["group"]) == ("5", 1)
    for token in ("x", "0", "MDA", "LTE", "é", "=" * 500):
        query = {"page_token": token}
        refused = await client.get("/v1/tasks/task1/votes", params=query)
        is_problem(refused, 422, "OUT_OF_RANGE")


async def test_a_read_may_wait_for_the_end(client: httpx2.AsyncClient, service: Service) -> None:
    """Prefer: wait on GET answers with the task at its end, and says that it waited."""
    await client.post("/v1/tasks", json=ASKED)
    waiting = asyncio.create_task(
        client.get("/v1/tasks/task1", headers={"prefer": "wait=30"}),
    )
    await service.clock.until_somebody_sleeps()
    await service.finish("task1")
    response = await waiting
    assert response.json()["state"] == "DONE"
    assert response.headers["preference-applied"] == "wait=30"


async def test_long_answers_are_compressed(client: httpx2.AsyncClient, service: Service) -> None:
    """A task of 50 kB travels as a few hundred bytes to who takes gzip, and as it is to others."""
    await client.post("/v1/tasks", json={**ASKED, "prompt": "x" * 50_000})
    for accepted, longest in (("gzip", 2_000), ("identity", 60_000)):
        async with client.stream(
            "GET", "/v1/tasks/task1", headers={"accept-encoding": accepted}
        ) as response:
            raw = b"".join([chunk async for chunk in response.aiter_raw()])
        assert len(raw) < longest
        assert response.headers.get("content-encoding", "identity") == accepted


async def test_feedback_stands_beside_the_result(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """Right, wrong, or what is right: the last word is told with the task, whose result stays."""
    await client.post("/v1/tasks", json=ASKED)
    early = await client.post("/v1/tasks/task1/feedback", json={"correct": True})
    is_problem(early, 409, "NOT_DONE")
    await service.finish("task1")
    result = (await client.get("/v1/tasks/task1")).json()["result"]
    for said in ({"correct": True}, {"correct": False}, {"answer": "5"}):
        response = await client.post("/v1/tasks/task1/feedback", json=said)
        assert response.status_code == 200
        task = (await client.get("/v1/tasks/task1")).json()
        assert task["feedback"] == response.json()
        assert task["result"] == result
    assert (task["feedback"]["correct"], task["feedback"]["answer"]) == (None, "5")


async def test_a_decision_leaves_the_desk_told(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """What waits for a decision is listed with what was said of it."""
    await split(client, service, "task1")
    desk = {"unsettled": "true"}
    (before,) = (await client.get("/v1/tasks", params=desk)).json()["tasks"]
    assert (before["unsettled"], "feedback" in before) == (True, False)
    await client.post("/v1/tasks/task1/feedback", json={"answer": "5"})
    (after,) = (await client.get("/v1/tasks", params=desk)).json()["tasks"]
    assert after["feedback"]["answer"] == "5"


BOSS, ANN = {"x-api-key": "boss"}, {"x-api-key": "ann"}


@pytest.fixture
async def shared(service: Service, function: Function) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A client of a service of two owners, of whom one may decide on everybody's."""
    known = [f"{name}:{hashlib.sha256(name.encode()).hexdigest()}" for name in ("ann", "boss")]
    service.identity = ApiKeys(",".join(known))
    service.deciders = ("boss",)
    async with function("supervisor", "submit", "supervisor", service.supervisor) as opened:
        yield opened


async def test_whoever_the_operator_allows_decides(
    shared: httpx2.AsyncClient, service: Service
) -> None:
    """On what is unsettled of anybody's: listed, read whole, decided; and who did so is told."""
    shared.headers.update(ANN)
    await split(shared, service, "task1")
    result = (await shared.get("/v1/tasks/task1")).json()["result"]
    desk = {"unsettled": "true", "everyone": "true"}
    (listed,) = (await shared.get("/v1/tasks", params=desk, headers=BOSS)).json()["tasks"]
    assert (listed["id"], listed["owner"]) == ("task1", "ann")
    for path in ("", "/votes", "/parts", "/events"):
        assert (await shared.get(f"/v1/tasks/task1{path}", headers=BOSS)).status_code == 200
    said = await shared.post("/v1/tasks/task1/feedback", json={"answer": "5"}, headers=BOSS)
    assert said.status_code == 200
    seen = (await shared.get("/v1/tasks/task1")).json()
    assert (seen["feedback"]["answer"], seen["feedback"]["by"]) == ("5", "boss")
    assert seen["result"] == result


async def test_who_decides_may_not_do_more(shared: httpx2.AsyncClient, service: Service) -> None:
    """What is settled or still asked of others stays theirs, and so do ends and erasure."""
    shared.headers.update(ANN)
    await split(shared, service, "task1")
    await shared.post("/v1/tasks", json=ASKED)
    await service.finish("task2")
    await shared.post("/v1/tasks", json=ASKED)
    for task in ("task2", "task3"):
        is_problem(await shared.get(f"/v1/tasks/{task}", headers=BOSS), 404, "TASK_NOT_FOUND")
    for task in ("task1", "task3"):
        ended = await shared.post(f"/v1/tasks/{task}/cancel", headers=BOSS)
        is_problem(ended, 404, "TASK_NOT_FOUND")
        erased = await shared.delete(f"/v1/tasks/{task}", headers=BOSS)
        is_problem(erased, 404, "TASK_NOT_FOUND")
    assert (await shared.get("/v1/tasks", headers=BOSS)).json()["tasks"] == []
    refused = await shared.get("/v1/tasks", params={"everyone": "true"}, headers=BOSS)
    is_problem(refused, 422, "OUT_OF_RANGE")


async def test_nobody_else_sees_others_desks(shared: httpx2.AsyncClient, service: Service) -> None:
    """Who asks for everyone's, and may decide on none but its own, is shown its own."""
    shared.headers.update(BOSS)
    await split(shared, service, "task1")
    desk = {"unsettled": "true", "everyone": "true"}
    assert (await shared.get("/v1/tasks", params=desk, headers=ANN)).json()["tasks"] == []
    is_problem(await shared.get("/v1/tasks/task1", headers=ANN), 404, "TASK_NOT_FOUND")
    said = await shared.post("/v1/tasks/task1/feedback", json={"correct": True}, headers=ANN)
    is_problem(said, 404, "TASK_NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 422, None),
        ({"correct": "yes"}, 422, "#/correct"),
        ({"correct": False, "answer": None}, 422, "#/answer"),
        ({"answer": " "}, 422, "#/answer"),
        ({"answer": 5}, 422, "#/answer"),
        ({"correct": True, "answer": "5"}, 422, "#/answer"),
        ({"right": True}, 422, "#/right"),
        ({"answer": "x" * 16_001}, 413, "#/answer"),
    ],
)
async def test_what_is_no_feedback(
    client: httpx2.AsyncClient,
    service: Service,
    body: dict[str, object],
    status: int,
    pointer: str | None,
) -> None:
    """Refused, pointing at the member that is wrong; nothing is kept."""
    await client.post("/v1/tasks", json=ASKED)
    await service.finish("task1")
    response = await client.post("/v1/tasks/task1/feedback", json=body)
    assert response.status_code == status
    pointers = [error["pointer"] for error in response.json().get("errors", [])]
    assert pointers == ([pointer] if pointer else [])
    assert "feedback" not in (await client.get("/v1/tasks/task1")).json()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"prompt": " "}, "#/prompt"),
        ({"prompt": "a", "max_votes": 65}, "#/max_votes"),
        ({"prompt": "a", "min_votes": 4, "max_votes": 3}, "#/min_votes"),
        ({"prompt": "a", "metadata": {"a": 1}}, "#/metadata/a"),
        ({"prompt": "a", "metadata": 1}, "#/metadata"),
        ({"prompt": "a", "a/b~c": 1}, "#/a~1b~0c"),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "x"}]}, "#/messages/1"),
        ({"messages": []}, "#/messages"),
    ],
)
async def test_a_problem_points_at_the_member(
    client: httpx2.AsyncClient, body: dict[str, object], pointer: str
) -> None:
    """RFC 9457's errors say which member of the body is wrong, as a JSON Pointer."""
    problem = (await client.post("/v1/tasks", json=body)).json()
    assert problem["errors"] == [{"detail": problem["detail"], "pointer": pointer}]


async def test_figures_over_time(client: httpx2.AsyncClient, service: Service) -> None:
    """Of the caller's finished tasks, and of what was said of them."""
    assert (await client.get("/v1/statistics")).json()["tasks"] == 0
    await client.post("/v1/tasks", json=ASKED)
    await service.take("task1")
    service.clock.move(2)
    await service.finish("task1")
    await split(client, service, "task2")
    await client.post("/v1/tasks", json=ASKED)
    await client.post("/v1/tasks/task1/feedback", json={"correct": True})
    told = (await client.get("/v1/statistics")).json()
    assert (told["tasks"], told["outcomes"]) == (2, {"CONSENSUS": 1, "NO_CONSENSUS": 1})
    (period,) = told["periods"]
    assert (period["tasks"], period["seconds"], period["abstained"]) == (2, 1.0, 0.0)
    assert [(b["judged"], b["right"]) for b in told["calibration"]] == [(1, 1.0)]
    assert told["calibrated_by"] == "confidence"


async def test_an_erased_task_is_gone(client: httpx2.AsyncClient, service: Service) -> None:
    """One that runs ends first; votes that come later leave nothing; its key is free again."""
    key = {"idempotency-key": "once"}
    await client.post("/v1/tasks", json=ASKED, headers=key)
    await service.take("task1")
    await service.vote("task1", 0, "4")
    for _ in range(2):
        response = await client.delete("/v1/tasks/task1")
        assert (response.status_code, response.content) == (204, b"")
    for path in ("", "/votes", "/events"):
        is_problem(await client.get(f"/v1/tasks/task1{path}"), 410, "TASK_ERASED")
    await service.vote("task1", 1, "my secret")
    assert list(await service.store.rejections()) == []
    assert (await client.get("/v1/tasks")).json()["tasks"] == []
    again = await client.post("/v1/tasks", json=ASKED, headers=key)
    assert again.json()["id"] == "task2"


async def test_a_list_is_told_live(service: Service) -> None:
    """`listening`, then each change of the owner's tasks as a summary, and what is gone."""
    async with (
        serving(service.supervisor()) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as live,
        live.stream("GET", "/v1/events", headers={"accept-encoding": "gzip"}) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in stream.headers
        lines = stream.aiter_lines()

        async def heard() -> tuple[str, dict[str, object]]:
            async for line in lines:
                if line.startswith("event: "):
                    return line[7:], json.loads((await anext(lines))[6:])
            raise AssertionError("the stream ended")

        assert await heard() == ("listening", {"owner": "local"})
        await live.post("/v1/tasks", json=ASKED)
        name, task = await heard()
        assert (name, task["id"], task["state"]) == ("task", "task1", "QUEUED")
        await service.finish("task1")
        while task["state"] != "DONE":
            name, task = await heard()
        assert task["result"]["answer"] == "4"  # type: ignore[index]
        await live.delete("/v1/tasks/task1")
        while name == "task":  # its end may be told once more
            name, task = await heard()
        assert (name, task) == ("gone", {"id": "task1"})


async def test_a_lists_stream_does_not_last_for_ever(service: Service) -> None:
    """Who has left without a word costs a request for minutes, not for days."""
    stream = News(service.store, service.clock).follow("local")
    heard = [await anext(stream), await anext(stream)]
    assert [name for _, name, _ in told(b"".join(heard).decode())] == ["listening"]
    begun = service.clock.now()
    ending = asyncio.ensure_future(_rest(stream))
    while not ending.done():
        service.clock.move(1)
        for _ in range(5):
            await asyncio.sleep(0)
    assert set(ending.result()) == {sse.STILL_HERE}
    lasted = (service.clock.now() - begun).total_seconds()
    assert news.STREAM_SECONDS <= lasted < news.STREAM_SECONDS + 2 * HEARTBEAT


async def _rest(stream: AsyncGenerator[bytes, None]) -> list[bytes]:
    return [chunk async for chunk in stream]


@dataclass
class Wire:
    """A store that tells an owner's news as a test says, and how often it was asked to."""

    asked: int = 0
    coming: asyncio.Queue[Change | Exception] = field(default_factory=asyncio.Queue)

    async def news(self, owner: str) -> AsyncGenerator[Change, None]:
        self.asked += 1
        yield LISTENING
        while True:
            change = await self.coming.get()
            if isinstance(change, Exception):
                raise change
            yield change


async def test_who_follows_one_list_is_told_from_one_reading(service: Service) -> None:
    """Each begins with `listening`, whenever it came; a failure ends all, and a new one begins."""
    wire = Wire()
    all_news = News(wire, service.clock)  # type: ignore[arg-type]
    streams = [all_news.follow("local") for _ in range(3)]
    for stream in streams:
        assert [await anext(stream), await anext(stream)][1].startswith(b"event: listening")
    wire.coming.put_nowait(Change("gone1", None))
    assert {await anext(stream) for stream in streams} == {
        sse.Event("gone", {"id": "gone1"}).encode()
    }
    assert wire.asked == 1
    wire.coming.put_nowait(StoreUnavailable("away"))
    for stream in streams:
        (last,) = await _rest(stream)
        assert b"event: error" in last
    again = all_news.follow("local")
    assert [await anext(again), await anext(again)][1].startswith(b"event: listening")
    assert wire.asked == 2
    await again.aclose()


async def test_an_owner_may_have_so_many_streams_open(service: Service) -> None:
    """One more is refused plainly, and let in once another has ended; others do not feel it."""
    streams = Streams(most=2)
    all_news = News(service.store, service.clock)
    opened = [streams.opened("ann", all_news.follow("ann")) for _ in range(2)]
    with pytest.raises(TooManyStreams, match="close some"):
        streams.opened("ann", all_news.follow("ann"))
    streams.opened("bob", all_news.follow("bob"))

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def unheard(_: Message) -> None:
        return

    scope = {"type": "http", "asgi": {"spec_version": "2.3"}, "method": "GET"}
    await opened[0](scope, gone, unheard)
    streams.opened("ann", all_news.follow("ann"))


async def test_too_many_streams_are_a_problem_that_says_so(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429, and when to come again."""

    def full(*_: object) -> None:
        raise TooManyStreams("You may have 1000 event streams open; close some.")

    monkeypatch.setattr(Streams, "opened", full)
    response = await client.get("/v1/events")
    is_problem(response, 429, "TOO_MANY_STREAMS")
    assert response.headers["retry-after"] == "2"
