"""`consensus serve` on one machine: whose tasks are whose."""

from __future__ import annotations

import hashlib
from pathlib import Path

import httpx2
from pydantic import SecretStr

from consensus.cli.serve import _embedded
from consensus.config import Settings


async def test_without_keys_only_this_machine_is_served(tmp_path: Path) -> None:
    """A foreign name made to lead to this address reads nothing through somebody's browser."""
    settings = Settings().with_changes(openai_api_key=None, store=tmp_path / "db", workers=1)
    async with (
        _embedded(settings, 0) as (url, _),
        httpx2.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        assert (await client.get("/v1/tasks")).status_code == 200
        for host, status in (
            ("localhost:8080", 200),
            ("LOCALHOST", 200),
            ("[::1]:8080", 200),
            ("evil.example", 421),
            ("127.0.0.1.evil.example:8080", 421),
        ):
            listed = await client.get("/v1/tasks", headers={"Host": host})
            assert listed.status_code == status, host


async def test_keys_are_asked_for_where_there_are_any(tmp_path: Path) -> None:
    """CONSENSUS_API_KEYS guards the local service too: whoever set it counts on that."""
    keys = f"ann:{hashlib.sha256(b'a-key').hexdigest()}"
    settings = Settings().with_changes(
        api_keys=SecretStr(keys), openai_api_key=None, store=tmp_path / "db", workers=1
    )
    async with (
        _embedded(settings, 0) as (url, _),
        httpx2.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        assert (await client.get("/v1/tasks")).status_code == 401
        known = await client.get("/v1/tasks", headers={"X-API-Key": "a-key"})
        assert known.json()["tasks"] == []
