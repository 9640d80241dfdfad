"""`consensus serve` on one machine: whose tasks are whose."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from consensus.cli.serve import KEY, _embedded, caller_of, welcome
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


@pytest.mark.parametrize("with_keys", [True, False])
async def test_the_commands_that_it_prints_work(tmp_path: Path, with_keys: bool) -> None:
    """As they stand, once the key is where they take it from; the key itself is not printed."""
    keys = f"ann:{hashlib.sha256(b'a-key').hexdigest()}" if with_keys else None
    settings = Settings().with_changes(
        api_keys=SecretStr(keys) if keys else None,
        openai_api_key=None,
        store=tmp_path / "db",
        workers=1,
        demo_latency_ms=1,
    )
    async with _embedded(settings, 0) as (url, data):
        told = welcome(url, data, caller_of(settings))
        export, curl, ask = _commands(told) if with_keys else ("", *_commands(told))
        assert export.partition("=")[0] == ("export CONSENSUS_API_KEY" if with_keys else "")
        key = {"CONSENSUS_API_KEY": "a-key"} if with_keys else {}
        asked = await asyncio.to_thread(_in_a_shell, curl, key)
        assert json.loads(asked)["result"]["outcome"] == "CONSENSUS"
        assert "397.8" in await asyncio.to_thread(_in_a_shell, ask, key)
    assert "a-key" not in told
    assert not keys or keys not in told


def test_no_command_is_printed_that_would_send_a_key_in_the_clear() -> None:
    """The client refuses that; curl leaves it to its user."""
    told = welcome("http://192.0.2.7:8080", "a file", KEY)
    assert "curl" in told
    assert "consensus ask" not in told


def _commands(told: str) -> list[str]:
    """The indented lines, those that go on in the next joined."""
    lines = told.replace("\\\n", "").splitlines()
    return [line.strip() for line in lines if line.startswith("  ")]


def _in_a_shell(command: str, environment: dict[str, str]) -> str:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CONSENSUS_")}
    environment = inherited | {"PATH": path} | environment
    done = subprocess.run(
        ["sh", "-c", command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


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
