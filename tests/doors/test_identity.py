"""Who is calling, in the cloud."""

from __future__ import annotations

import base64
import json

import pytest
from pydantic import SecretStr

from consensus.bootstrap import supervisor
from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.doors.identity import ApiKeys, Unauthenticated, local, platform_caller


def bearer(claims: object) -> dict[str, str]:
    """An Authorization header as the platform passes it on."""
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return {"authorization": f"Bearer e30.{payload}.signature"}


def test_the_platforms_caller_is_the_owner() -> None:
    """The account of the verified token, or its subject."""
    assert platform_caller(bearer({"email": "ann@example.com", "sub": "1"})) == "ann@example.com"
    assert platform_caller(bearer({"sub": "1234"})) == "1234"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer nonsense"},
        {"authorization": "Bearer a.b.c"},
        bearer([]),
        bearer({}),
        bearer({"email": 7}),
        bearer({"email": "a b"}),
    ],
)
def test_a_caller_without_a_name_is_refused(headers: dict[str, str]) -> None:
    """Whatever is not a token with an account is nobody."""
    with pytest.raises(Unauthenticated):
        platform_caller(headers)


def test_who_names_callers_follows_from_where_the_service_runs() -> None:
    """Keys first, then the platform; a public service without keys does not start."""
    keys = SecretStr("ann:" + "0" * 64)
    assert isinstance(supervisor._identity(Settings(api_keys=keys, public=True)), ApiKeys)
    assert supervisor._identity(Settings(cloud_run_service="supervisor")) is platform_caller
    assert supervisor._identity(Settings()) is local
    with pytest.raises(ConfigurationError, match="CONSENSUS_API_KEYS"):
        supervisor._identity(Settings(public=True, cloud_run_service="supervisor"))
