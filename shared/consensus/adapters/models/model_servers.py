"""Model servers: those on this machine, and what is to be known of one before asking it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from consensus.adapters.models import openai_endpoint as endpoint
from consensus.config import Settings
from consensus.core.errors import ConfigurationError

LOOK_SECONDS: Final = 0.33  # for all of this machine's together
LIST_SECONDS: Final = 2.0
MOST_NAMED: Final = 10
OURS: Final = "consensus"  # the model that this service itself is
# Ollama, LM Studio, llama.cpp, vLLM: where each listens unless it is told otherwise.
PORTS: Final = (11434, 1234, 8080, 8000)
OLLAMA_PORT: Final = 11434
_NO_CHAT: Final = ("embed", "rerank", "whisper", "tts", "bge-", "minilm")


@dataclass(frozen=True, slots=True)
class Server:
    """A model server and the models that it lists for chats."""

    base_url: str
    models: tuple[str, ...]

    def command(self, rest: str = 'consensus ask "..."') -> str:
        """The command that asks it."""
        model = self.models[0] if self.models else "NAME"
        return f"OPENAI_BASE_URL={self.base_url} OPENAI_MODEL={model} {rest}"


async def on_this_machine(environment: Mapping[str, str]) -> list[Server]:
    """The model servers that answer here, in a third of a second at most; this service is none."""
    addresses = dict.fromkeys([*_ollama(environment), *(f"http://localhost:{p}" for p in PORTS)])
    async with httpx2.AsyncClient(trust_env=False, timeout=LOOK_SECONDS) as client:
        looking = [asyncio.create_task(_look(client, address)) for address in addresses]
        done, late = await asyncio.wait(looking, timeout=LOOK_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
    return [server for task in looking if task in done and (server := task.result())]


async def _look(client: httpx2.AsyncClient, address: str) -> Server | None:
    models = await _models(client, f"{address}/v1", {})
    if not models or OURS in models:
        return None
    return Server(f"{address}/v1", tuple(models))


def _ollama(environment: Mapping[str, str]) -> list[str]:
    """Where OLLAMA_HOST says that Ollama is, as its users write it."""
    told = environment.get("OLLAMA_HOST", "").strip()
    if not told:
        return []
    try:
        parts = urlsplit(told if "://" in told else f"http://{told}")
        host = "localhost" if parts.hostname in (None, "0.0.0.0", "::") else parts.hostname  # noqa: S104
        return [f"{parts.scheme}://{host}:{parts.port or OLLAMA_PORT}"]
    except ValueError:
        return []


async def resolved(settings: Settings) -> Settings:
    """The settings with what the endpoint that OPENAI_BASE_URL names tells of itself.

    A model server on this machine costs nothing unless prices are set. Where no model is named, the
    only one that it lists is; `:latest` is added where it is listed so, and a missing /v1. Raises
    ConfigurationError: it lists several, or it is a consensus service itself.
    """
    url = settings.openai_base_url
    if url is None or settings.panel is not None:
        return settings
    is_near = endpoint.is_near(url)
    if is_near and settings.input_usd_per_mtok is None and settings.output_usd_per_mtok is None:
        settings = settings.with_changes(input_usd_per_mtok=0.0, output_usd_per_mtok=0.0)
    unnamed = "openai_model" not in settings.model_fields_set
    if not (is_near or unnamed):
        return settings
    url, models = await listed(settings)
    settings = settings.with_changes(openai_base_url=url)
    if OURS in models:
        raise ConfigurationError(
            "OPENAI_BASE_URL leads to a consensus service, which would ask itself; "
            "name a model's endpoint there."
        )
    return settings.with_changes(openai_model=_model(settings, models)) if models else settings


async def listed(settings: Settings) -> tuple[str, list[str]]:
    """The endpoint's address, with a missing /v1 where that helps, and the models that it lists."""
    url = settings.openai_base_url or ""
    key = settings.openai_api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    versioned = endpoint.versioned(url)
    near = endpoint.is_near(url)
    async with httpx2.AsyncClient(trust_env=not near, timeout=LIST_SECONDS) as client:
        for address in filter(None, (url, versioned)):
            models = await _models(client, address.rstrip("/"), headers)
            if models is not None:
                return address, models
    return url, []


async def _models(
    client: httpx2.AsyncClient, base_url: str, headers: Mapping[str, str]
) -> list[str] | None:
    """The models for chats that an endpoint lists; None where it lists none in the protocol."""
    try:
        response = await client.get(f"{base_url}/models", headers=headers)
        listing: Any = response.json()
        ids = [str(one["id"]) for one in listing["data"]] if response.is_success else None
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError, TypeError):
        return None
    if ids is None:
        return None
    return [name for name in ids if not any(sign in name.lower() for sign in _NO_CHAT)]


def _model(settings: Settings, models: Sequence[str]) -> str:
    named = settings.openai_model
    if "openai_model" in settings.model_fields_set:
        latest = f"{named}:latest"
        return latest if named not in models and latest in models else named
    if named in models:
        return named
    if len(models) == 1:
        return models[0]
    more = ", ..." if len(models) > MOST_NAMED else ""
    raise ConfigurationError(
        f"Set OPENAI_MODEL to one of the models there: {', '.join(models[:MOST_NAMED])}{more}."
    )
