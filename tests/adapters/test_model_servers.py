"""What runs on this machine, and what an address tells of itself, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consensus.adapters.local.http_server import serving
from consensus.adapters.models import model_servers
from consensus.adapters.models.model_servers import Server, on_this_machine, resolved
from consensus.adapters.models.providers import PROVIDERS, provider, with_keys
from consensus.config import Settings
from consensus.core.errors import ConfigurationError


@asynccontextmanager
async def _lists(*models: str, path: str = "/v1/models") -> AsyncIterator[int]:
    async def answer(_: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": model} for model in models]})

    async with serving(Starlette(routes=[Route(path, answer)])) as port:
        yield port


@pytest.fixture(autouse=True)
def _nothing_else_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_servers, "PORTS", ())


def _settings(url: str, model: str | None = None) -> Settings:
    named = {} if model is None else {"openai_model": model}
    return Settings.model_construct().with_changes(openai_base_url=url, panel=None, **named)


async def test_servers_are_found_where_they_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    """By their ports and by OLLAMA_HOST; models that do not chat are left out."""
    async with _lists("llama3.2:latest", "nomic-embed-text") as one, _lists("qwen3") as other:
        monkeypatch.setattr(model_servers, "PORTS", (other, 9))
        monkeypatch.setattr(model_servers, "LOOK_SECONDS", 20)
        found = await on_this_machine({"OLLAMA_HOST": f"0.0.0.0:{one}"})
    assert found == [
        Server(f"http://localhost:{one}/v1", ("llama3.2:latest",)),
        Server(f"http://localhost:{other}/v1", ("qwen3",)),
    ]
    assert found[1].command("x") == f"OPENAI_BASE_URL={found[1].base_url} OPENAI_MODEL=qwen3 x"


async def test_what_is_no_model_server_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing, something silent, something else, and this very service."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(hold, "127.0.0.1", 0)
    async with (
        silent,
        _lists("consensus", "consensus-fast") as ours,
        serving(Starlette()) as page,
    ):
        ports = (9, silent.sockets[0].getsockname()[1], ours, page)
        monkeypatch.setattr(model_servers, "PORTS", ports)
        assert await on_this_machine({"OLLAMA_HOST": "http://[oops"}) == []


async def test_an_address_without_a_model_takes_the_only_one() -> None:
    """And costs nothing on this machine."""
    async with _lists("qwen3") as port:
        told = await resolved(_settings(f"http://127.0.0.1:{port}/v1"))
    assert told.openai_model == "qwen3"
    assert (told.input_usd_per_mtok, told.output_usd_per_mtok) == (0.0, 0.0)


async def test_an_address_with_several_models_names_them() -> None:
    """Before anything starts."""
    async with _lists("qwen3", "llama3.2") as port:
        with pytest.raises(ConfigurationError, match=r"OPENAI_MODEL to one .*: qwen3, llama3.2"):
            await resolved(_settings(f"http://127.0.0.1:{port}/v1"))


@pytest.mark.parametrize(
    ("named", "taken"),
    [("llama3.2", "llama3.2:latest"), ("llama3.2:latest", "llama3.2:latest"), ("other", "other")],
)
async def test_latest_is_understood(named: str, taken: str) -> None:
    """A model that is not listed is asked all the same: lists have gaps."""
    async with _lists("llama3.2:latest") as port:
        told = await resolved(_settings(f"http://127.0.0.1:{port}/v1", named))
    assert told.openai_model == taken


@pytest.mark.parametrize("path", ["", "/"])
async def test_a_missing_version_is_found(path: str) -> None:
    """As people copy the address."""
    async with _lists("qwen3") as port:
        told = await resolved(_settings(f"http://127.0.0.1:{port}{path}"))
    assert told.openai_base_url == f"http://127.0.0.1:{port}/v1"


async def test_the_service_does_not_ask_itself() -> None:
    """Its own list of models gives it away."""
    async with _lists("consensus", "consensus-fast") as port:
        with pytest.raises(ConfigurationError, match="would ask itself"):
            await resolved(_settings(f"http://127.0.0.1:{port}/v1", "consensus"))


async def test_an_address_that_tells_nothing_is_taken_at_its_word() -> None:
    """No list, no server: asking will show."""
    async with serving(Starlette()) as port:
        told = await resolved(_settings(f"http://127.0.0.1:{port}/v1"))
    assert told.openai_model == Settings.model_fields["openai_model"].default
    settings = _settings("http://127.0.0.1:9/v1", "m")
    assert (await resolved(settings)).openai_model == "m"


async def test_prices_that_are_set_stay() -> None:
    """A gateway on this machine may cost something."""
    priced = _settings("http://127.0.0.1:9/v1", "m").with_changes(input_usd_per_mtok=3.0)
    assert (await resolved(priced)).input_usd_per_mtok == 3.0
    key_alone = Settings.model_construct().with_changes(openai_api_key=SecretStr("k"))
    assert await resolved(key_alone) == key_alone


def test_providers_are_known_by_name() -> None:
    """A slip of the pen is told its likeness."""
    assert provider("groq").base_url == "https://api.groq.com/openai/v1"
    with pytest.raises(ValueError, match="did you mean groq"):
        provider("gorq")
    with pytest.raises(ValueError, match="known are openai, azure"):
        provider("sk-secret")
    assert [p.name for p in with_keys({"GROQ_API_KEY": "x", "OPENAI_API_KEY": "y"})] == ["groq"]
    assert len({one.name for one in PROVIDERS}) == len(PROVIDERS)
