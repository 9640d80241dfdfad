"""A panel file over the whole embedded stack: real workers, two endpoints."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.responses import Response

from consensus.bootstrap.embedded import EmbeddedStack, embedded
from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.core.model import Message, Options, Outcome, Task
from consensus.ports import Availability
from consensus.usecases.submit import SubmitTask
from tests.adapters.misbehaving import Json, chunk, endpoint, error, events, hanging

PROMPT = "What is 2 + 2?"


async def _four(_: Json) -> Response:
    used = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    told = chunk(usage=used) | {"choices": []}
    return events(chunk('{"answer": "4", "confidence": 0.9}'), chunk(finish="stop"), told)


@asynccontextmanager
async def _stack(panel: Path) -> AsyncIterator[EmbeddedStack]:
    settings = Settings().with_changes(
        openai_api_key=None, openai_base_url=None, panel=panel, workers=2
    )
    async with embedded(settings, store=":memory:") as stack:
        yield stack


THREE = Options(min_votes=3, max_votes=3, timeout_seconds=60.0)


async def _end_of(stack: EmbeddedStack, options: Options = THREE) -> Task:
    task = await stack.submit(SubmitTask("local", (Message("user", PROMPT),), PROMPT, options))
    async for _ in stack.store.watch(task.id):
        pass
    stored = await stack.store.load(task.id)
    assert stored is not None
    return stored.task


async def test_an_embedded_panel_asks_each_voter_at_its_own_endpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seats are dealt across voters; model, price and voting power are each voter's own."""
    monkeypatch.setenv("ANN_KEY", "secret")
    to_ann: list[Json] = []
    to_bob: list[Json] = []
    async with endpoint(_four, to_ann) as ann, endpoint(_four, to_bob) as bob:
        panel = tmp_path / "panel.toml"
        panel.write_text(
            f"""
            [[voters]]
            name = "ann"
            model = "m-ann"
            base_url = "{ann}"
            key = "ANN_KEY"
            power = 2
            temperature = 0.5
            input_usd_per_mtok = 10
            output_usd_per_mtok = 100

            [[voters]]
            name = "bob"
            model = "m-bob"
            base_url = "{bob}"
            input_usd_per_mtok = 0
            output_usd_per_mtok = 0
            """
        )
        async with _stack(panel) as stack:
            task = await _end_of(stack)
            assert stack.statuses is not None
            while len(await stack.statuses()) < 2:  # noqa: ASYNC110  the watch tells nobody
                await asyncio.sleep(0.05)
            seen = {status.availability for status in await stack.statuses()}

    assert task.result is not None
    assert (task.result.outcome, task.result.answer) == (Outcome.CONSENSUS, "4")
    assert {(v.voter, v.power) for v in task.votes} == {("ann", 1.0), ("bob", 0.5)}
    assert len(to_ann) + len(to_bob) == task.progress.asked
    assert {(asked["model"], asked.get("temperature")) for asked in to_ann} == {("m-ann", 0.5)}
    assert {(asked["model"], asked.get("temperature")) for asked in to_bob} == {("m-bob", None)}
    assert task.usage.cost_usd == pytest.approx(len(to_ann) * 0.002)
    assert seen == {Availability.AVAILABLE}


async def test_an_embedded_straggler_is_asked_again_and_its_first_call_ends(
    tmp_path: Path,
) -> None:
    """A model call that hangs costs a few seconds, not the task's deadline."""
    asked: list[Json] = []
    gone = asyncio.Event()

    async def first_one_hangs(body: Json) -> Response:
        return hanging(chunk("I think"), gone=gone) if len(asked) == 1 else await _four(body)

    async with endpoint(first_one_hangs, asked) as url:
        panel = tmp_path / "panel.json"
        panel.write_text(json.dumps({"voters": [{"name": "a", "model": "m", "base_url": url}]}))
        async with _stack(panel) as stack:
            task = await _end_of(stack)
            await asyncio.wait_for(gone.wait(), 20)

    assert task.finished_at is not None
    assert (task.finished_at - task.created_at).total_seconds() < 30  # of 60
    assert (task.progress.voted, task.hedges, len(asked)) == (3, 1, 4)
    assert (task.usage.calls, task.usage.cost_usd) == (4, None)


async def test_an_embedded_panel_without_its_key_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the variable."""
    monkeypatch.delenv("ANN_KEY", raising=False)
    panel = tmp_path / "panel.json"
    panel.write_text(json.dumps({"voters": [{"name": "ann", "model": "m", "key": "ANN_KEY"}]}))
    with pytest.raises(ConfigurationError, match="ANN_KEY"):
        async with _stack(panel):
            pass


async def test_an_embedded_voter_that_refuses_loses_its_seats_and_is_told(tmp_path: Path) -> None:
    """After two refusals its seats go to the other voter, and the result says so."""
    to_bob: list[Json] = []

    async def refuses(_: Json) -> Response:
        return error(401, "invalid_api_key")

    async with endpoint(_four) as ann, endpoint(refuses, to_bob) as bob:
        voters = [
            {"name": name, "model": "m", "base_url": url}
            for name, url in (("ann", ann), ("bob", bob))
        ]
        panel = tmp_path / "panel.json"
        panel.write_text(json.dumps({"voters": voters}))
        async with _stack(panel) as stack:
            options = Options(min_votes=5, max_votes=5, timeout_seconds=60.0)
            task = await _end_of(stack, options)

    assert task.result is not None
    assert task.result.outcome is Outcome.CONSENSUS
    assert "1 of 2 voters was silent (bob)" in task.result.explanation
    assert {vote.voter for vote in task.votes} == {"ann"}
    assert len(to_bob) <= 3  # the seats of the first wave
