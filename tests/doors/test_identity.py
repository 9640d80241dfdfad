"""Who is calling, in the cloud."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

import pytest
from pydantic import SecretStr
from starlette.datastructures import Headers

from consensus.bootstrap import pushes, supervisor
from consensus.config import Settings
from consensus.core.errors import ConfigurationError, Unauthenticated
from consensus.doors.identity import (
    AnyOf,
    ApiKeys,
    FirebaseUsers,
    GoogleAccounts,
    ReadToken,
    anybody,
    loopback,
    platform_caller,
    pushed_by,
)

KEYS = "ann:" + "0" * 64
USER = {"iss": "https://securetoken.google.com/p", "sub": "uid1"}
PUSH = {"iss": "https://accounts.google.com", "email": "push@p.iam", "email_verified": True}


def bearer(claims: object) -> dict[str, str]:
    """An Authorization header as the platform passes it on."""
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return {"authorization": f"Bearer e30.{payload}.signature"}


def reads(claims: Mapping[str, object]) -> ReadToken:
    """A reader to whom the token "good" has these claims, and every other is none."""

    async def read(token: str) -> Mapping[str, object]:
        if token != "good":
            raise Unauthenticated("Send a token.")
        return claims

    return read


GOOD = {"authorization": "Bearer good"}


async def test_the_platforms_caller_is_the_owner() -> None:
    """The account of the verified token, or its subject."""
    named = bearer({"email": "ann@example.com", "sub": "1"})
    assert await platform_caller(named) == "ann@example.com"
    assert await platform_caller(bearer({"sub": "1234"})) == "1234"


async def test_the_platforms_token_is_read_and_not_verified() -> None:
    """Cloud Run has done that and taken the signature off: behind no check, anybody is anybody."""
    forged = {"email": "ann@example.com", "email_verified": False, "aud": "elsewhere", "exp": 0}
    assert await platform_caller(bearer(forged)) == "ann@example.com"


async def test_the_platforms_own_header_goes_first() -> None:
    """Where it is there, it is the one that was verified; what else is sent says nothing."""
    ann, eve = (bearer({"email": e})["authorization"] for e in ("ann@example.com", "eve@b.example"))
    both = {"x-serverless-authorization": ann, "authorization": eve}
    assert await platform_caller(both) == "ann@example.com"
    for given in (f"Basic {eve}", "Bearer ", eve.removeprefix("Bearer ")):
        with pytest.raises(Unauthenticated):
            await platform_caller({"x-serverless-authorization": given, "authorization": ann})
    for name in ("x-serverless-authorization", "authorization"):
        twice = [(name.encode(), ann.encode()), (name.encode(), eve.encode())]
        with pytest.raises(Unauthenticated):
            await platform_caller(Headers(raw=twice))


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
        {"authorization": f"Bearer e30.{base64.b64encode(b'[' * 3000).decode()}.signature"},
    ],
)
async def test_a_caller_without_a_name_is_refused(headers: dict[str, str]) -> None:
    """Whatever is not a token with an account is nobody."""
    with pytest.raises(Unauthenticated):
        await platform_caller(headers)


async def test_a_firebase_user_is_the_owner_by_uid() -> None:
    """The very uid that Firestore's rules compare with a task's owner."""
    assert await FirebaseUsers(reads(USER), "p")(GOOD) == "uid1"


@pytest.mark.parametrize(
    ("claims", "headers"),
    [
        (USER, {}),
        (USER, {"authorization": "Bearer bad"}),
        (USER, {"authorization": "Basic good"}),
        ({**USER, "iss": "https://securetoken.google.com/other"}, GOOD),
        ({**USER, "iss": "https://accounts.google.com"}, GOOD),
        ({**USER, "sub": ""}, GOOD),
        ({**USER, "sub": 7}, GOOD),
        ({**USER, "sub": "a/b"}, GOOD),
        ({**USER, "sub": "a" * 129}, GOOD),
        ({"iss": USER["iss"]}, GOOD),
    ],
)
async def test_who_is_no_firebase_user_is_refused(
    claims: dict[str, object], headers: dict[str, str]
) -> None:
    """Another project's users, Google's own tokens, and tokens without a uid are nobody."""
    with pytest.raises(Unauthenticated):
        await FirebaseUsers(reads(claims), "p")(headers)


async def test_several_ways_to_be_known() -> None:
    """Keys and users side by side; who is neither is told of both ways."""
    either = AnyOf(ApiKeys(KEYS), FirebaseUsers(reads(USER), "p"))
    assert await either(GOOD) == "uid1"
    with pytest.raises(Unauthenticated, match=r"API key.*token"):
        await either({})


@pytest.mark.parametrize(
    "claims",
    [
        {**PUSH, "email": "other@p.iam"},
        {**PUSH, "email_verified": False},
        {**PUSH, "email_verified": "true"},
        {**PUSH, "iss": "https://securetoken.google.com/p"},
        {},
    ],
)
async def test_a_push_of_somebody_else_is_refused(claims: dict[str, object]) -> None:
    """Only the subscription's own account may push, and Google must have said that it is it."""
    await pushed_by("push@p.iam", reads(PUSH))(GOOD)
    with pytest.raises(Unauthenticated):
        await pushed_by("push@p.iam", reads(claims))(GOOD)
    with pytest.raises(Unauthenticated):
        await pushed_by("push@p.iam", reads(PUSH))({})


@pytest.mark.parametrize(
    ("claims", "owner"),
    [
        ({**PUSH, "email": "me@example.com"}, "me@example.com"),
        ({**PUSH, "email_verified": False, "sub": "12345"}, "12345"),
        ({**PUSH, "iss": "https://securetoken.google.com/p"}, None),
        ({"iss": PUSH["iss"]}, None),
        ({**PUSH, "email": "a/b@example.com"}, None),
    ],
)
async def test_a_google_account_is_whom_its_token_names(
    claims: dict[str, object], owner: str | None
) -> None:
    """The token is read, and so its signature looked at; IAM's own header is no proof here."""
    accounts = GoogleAccounts(reads(claims))
    if owner is not None:
        assert await accounts(GOOD) == owner
    else:
        with pytest.raises(Unauthenticated):
            await accounts(GOOD)
    with pytest.raises(Unauthenticated):
        await accounts({"x-serverless-authorization": GOOD["authorization"]})


def test_who_names_callers_follows_from_where_the_service_runs() -> None:
    """Keys and users first, then the platform; a public service with neither does not start."""
    keys = SecretStr(KEYS)
    assert isinstance(supervisor._identity(Settings(api_keys=keys, public=True)), ApiKeys)
    by_users = Settings(firebase_project="p", public=True)
    assert isinstance(supervisor._identity(by_users), FirebaseUsers)
    assert isinstance(supervisor._identity(by_users.with_changes(api_keys=keys)), AnyOf)
    assert supervisor._identity(Settings(cloud_run_service="supervisor")) is platform_caller
    checked = Settings(cloud_run_service="supervisor", caller_audience="https://consensus")
    assert isinstance(supervisor._identity(checked), GoogleAccounts)
    assert supervisor._identity(Settings()) is loopback
    with pytest.raises(ConfigurationError, match="CONSENSUS_API_KEYS"):
        supervisor._identity(Settings(public=True, cloud_run_service="supervisor"))


def test_half_a_guard_of_pushes_does_not_start() -> None:
    """An audience without an account would let any Google account push."""
    assert pushes.guard(Settings()) is anybody
    assert pushes.guard(Settings(push_audience="a", push_account="b")) is not anybody
    for half in (Settings(push_audience="a"), Settings(push_account="b")):
        with pytest.raises(ConfigurationError, match="go together"):
            pushes.guard(half)


async def test_a_wrong_key_is_told_apart_from_a_missing_one() -> None:
    """Whoever sent one need not hear how to send it, and hears nothing of the key."""
    known = ApiKeys(KEYS)
    with pytest.raises(Unauthenticated, match="Send your API key"):
        await known({})
    for headers in ({"x-api-key": "wrong"}, {"authorization": "Bearer wrong"}):
        with pytest.raises(Unauthenticated) as refused:
            await known(headers)
        assert str(refused.value) == "This key is not accepted."
