"""The client against a service that drops, refuses and lies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import SecretStr

from consensus.cli.client import credentials
from consensus.client import AsyncClient, Event, Refused, Unreachable
from consensus.client.asynchronous import follow
from consensus.client.calls import base_url
from consensus.client.events import parse_events
from consensus.config import Settings
from tests.cli.service import PLANNED, TALLY, Service, vote

Start = Callable[[Service], Service]


async def _at_once(_: float) -> None:
    """A pause that takes no time."""


async def _follow(service: Service) -> list[Event]:
    async with AsyncClient(service.url) as client:
        return [event async for event in follow(client, "t1", _at_once)]


async def _chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_events_are_parsed_across_chunks_comments_and_odd_line_ends() -> None:
    """Chunk borders, CRLF, comments and line separators inside JSON make no difference."""
    stream = _chunks(
        b": hi\r\n\r\nid: 1\r\neve",
        b'nt: vote\r\ndata: {"answer":\r\ndata: "a\xe2\x80\xa8b"}\r\n\r',
        b"\nevent: vote\ndata: no json\n\nevent: tally\ndata: []\n\ndata:{}\n\nevent: cut",
    )
    assert [event async for event in parse_events(stream)] == [
        Event("vote", {"answer": "a\u2028b"}, "1"),
        Event("message", {}),
    ]


async def test_a_task_is_followed_to_its_result(serve: Start) -> None:
    """Every scripted event arrives once, in order, and the result ends it."""
    kinds = [event.kind for event in await _follow(serve(Service()))]
    assert kinds == ["planned", "vote", "vote", "tally", "vote", "result"]


async def test_a_broken_stream_resumes_after_the_last_event(serve: Start) -> None:
    """Two breaks lose and repeat nothing: Last-Event-ID tells where to go on."""
    service = serve(Service(drops=[2, 4]))
    kinds = [event.kind for event in await _follow(service)]
    assert kinds == ["planned", "vote", "vote", "tally", "vote", "result"]
    assert service.resumed_from == ["", "1", "3"]


async def test_without_a_stream_the_task_is_polled(serve: Start) -> None:
    """Where server-sent events never come, GET tells the result."""
    events = await _follow(serve(Service(refuse_stream=True)))
    assert [event.kind for event in events] == ["result"]
    assert events[0].data["state"] == "DONE"


async def test_a_stream_that_says_nothing_new_gives_way_to_polling(serve: Start) -> None:
    """A stream that ends again and again without news is given up, not tried forever."""
    service = serve(Service(script=[PLANNED, vote(0), TALLY], drops=[0, 0, 0, 0, 0]))
    assert [event.kind for event in await _follow(service)] == ["result"]


async def test_a_problem_tells_its_detail(serve: Start) -> None:
    """The service's own words reach the caller, cleaned, with the kind of failure."""
    service = serve(Service(problem=(422, "max_votes must be\x1b[31m at most 64.")))
    async with AsyncClient(service.url) as client:
        with pytest.raises(Refused, match=r"^max_votes must be at most 64\.$") as caught:
            await client.submit("x")
    assert caught.value.usage
    assert caught.value.status == 422


async def test_an_unknown_task_is_refused(serve: Start) -> None:
    """A 404 without a problem document still says who answered what."""
    service = serve(Service())
    async with AsyncClient(service.url) as client:
        with pytest.raises(Refused, match="answered 404"):
            await client.task("other")


async def test_nothing_listening_is_unreachable() -> None:
    """A closed port names the address and the command that opens it."""
    async with AsyncClient("http://127.0.0.1:9") as client:
        with pytest.raises(Unreachable, match=r"nothing answers at http://127.0.0.1:9; st") as no:
            await client.task("t1")
    assert "--" not in str(no.value), "a program has no options"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://c.example/base/", "https://c.example/base"),
    ],
)
def test_a_url_may_be_short(given: str, url: str) -> None:
    """A host and port are enough, and a trailing slash does no harm."""
    assert base_url(given) == url


@pytest.mark.parametrize("given", ["", "ftp://x", "http://", "http://a:b:c", "\x1b[31m"])
def test_what_is_no_url_is_a_usage_error(given: str) -> None:
    """Not a URL of a service: refused before anything is sent."""
    with pytest.raises(Refused) as caught:
        base_url(given)
    assert caught.value.usage


async def test_credentials_go_along(serve: Start) -> None:
    """The key and the token of the settings are sent; without any, nothing is."""
    service = serve(Service())
    known = Settings().with_changes(api_key=SecretStr("a-key"), token=SecretStr("a-token"))
    for settings in (known, Settings()):
        async with AsyncClient(service.url, headers=credentials(settings)) as client:
            await client.submit("?")
    assert service.callers == [("a-key", "Bearer a-token"), ("", "")]


@pytest.mark.parametrize("url", ["http://consensus.example", "consensus.example:8080"])
def test_credentials_are_not_sent_in_the_clear(url: str) -> None:
    """Except to this very machine; the refusal does not repeat them."""
    with pytest.raises(Refused, match="use https") as refused:
        AsyncClient(url, api_key="a-key")
    assert refused.value.usage
    assert "a-key" not in str(refused.value)
