"""The service as commands speak to it: one attempt a call, so that a person hears at once."""

from __future__ import annotations

from typing import Any

from consensus.client.asynchronous import AsyncClient
from consensus.config import Settings

Json = dict[str, Any]


def client_of(url: str, settings: Settings, attempts: int = 1) -> AsyncClient:
    """A client that says who asks, as CONSENSUS_API_KEY and CONSENSUS_TOKEN do."""
    return AsyncClient(url, headers=credentials(settings), attempts=attempts)


def credentials(settings: Settings) -> dict[str, str]:
    """The headers that say who calls: an API key, a bearer token, or both, where there are any."""
    key, token = settings.api_key, settings.token
    return {
        **({"X-API-Key": key.get_secret_value()} if key else {}),
        **({"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}),
    }
