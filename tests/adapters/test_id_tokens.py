"""ID tokens: which are read, which are refused, and when certificates are fetched."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt

from consensus.adapters.google.id_tokens import (
    LEAST_KEPT,
    CertificatesUnavailable,
    Fetched,
    IdTokens,
)
from consensus.core.errors import Unauthenticated

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = (
    KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def claims(**changes: object) -> dict[str, object]:
    """Those of a fresh token for us."""
    now = int(time.time())
    return {"aud": "us", "iss": "them", "sub": "ann", "iat": now, "exp": now + 600, **changes}


def signed(content: dict[str, object], key: rsa.RSAPrivateKey = KEY, key_id: str = "k1") -> str:
    """A token that a key signed."""
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    signer = crypt.RSASigner.from_string(pem, key_id)  # type: ignore[no-untyped-call]
    token: bytes = jwt.encode(signer, content)  # type: ignore[no-untyped-call]
    return token.decode()


NESTED = base64.urlsafe_b64encode(b"[" * 3000).decode()


def unsigned(algorithm: str) -> str:
    """A token whose header names another algorithm, with an empty signature."""
    parts = ({"alg": algorithm, "typ": "JWT", "kid": "k1"}, claims())
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*encoded, ""])


def published(_: str) -> Fetched:
    """One key, to be kept for an hour."""
    return {"k1": PUBLIC}, 3600.0


async def test_a_good_token_is_read() -> None:
    """Signed by the published key, for us, now."""
    assert (await IdTokens("us", "address", published)(signed(claims())))["sub"] == "ann"


@pytest.mark.parametrize(
    "token",
    [
        lambda: "",
        lambda: "nonsense",
        lambda: "a.b.c",
        lambda: "é.ü.ö",
        lambda: "x" * 10_000,
        lambda: f"{NESTED}.e30.AAAA",
        lambda: f"e30.{NESTED}.AAAA",
        lambda: unsigned("none"),
        lambda: unsigned("HS256"),
        lambda: signed(claims(), STRANGER),
        lambda: signed(claims(), key_id="k2"),
        lambda: signed(claims(aud="others")),
        lambda: signed(claims(aud=None)),
        lambda: signed(claims(exp=int(time.time()) - 60)),
        lambda: signed(claims(iat=int(time.time()) + 600)),
        lambda: signed(claims())[:-8] + "AAAAAAAA",
    ],
)
async def test_any_other_token_is_refused(token: Callable[[], str]) -> None:
    """No token, another's key, another algorithm, another audience, another time."""
    with pytest.raises(Unauthenticated) as refused:
        await IdTokens("us", "address", published)(token())
    assert "nonsense" not in str(refused.value)


class Address:
    """Publishes, counts how often it is asked, and may be down."""

    def __init__(self) -> None:
        self.asked = 0
        self.down = False

    def __call__(self, _: str) -> Fetched:
        """The certificates."""
        self.asked += 1
        if self.down:
            raise requests.ConnectionError
        return {"k1": PUBLIC}, 100.0


async def test_certificates_are_kept_as_long_as_they_say() -> None:
    """Fetched once for many tokens, good or bad, and again when their time is over."""
    address, time_now = Address(), [0.0]
    read = IdTokens("us", "address", address, lambda: time_now[0])
    for token in (signed(claims()), signed(claims(), key_id="unknown"), signed(claims())):
        try:
            await read(token)
        except Unauthenticated:
            continue
    assert address.asked == 1
    time_now[0] = 100.0
    await read(signed(claims()))
    assert address.asked == 2


async def test_old_certificates_bridge_an_outage() -> None:
    """While the address is down the known ones serve, and it is asked once a minute at most."""
    address, time_now = Address(), [0.0]
    read = IdTokens("us", "address", address, lambda: time_now[0])
    await read(signed(claims()))
    address.down, time_now[0] = True, 200.0
    await read(signed(claims()))
    await read(signed(claims()))
    assert address.asked == 2
    time_now[0] += LEAST_KEPT
    await read(signed(claims()))
    assert address.asked == 3


async def test_without_any_certificate_nobody_is_let_in() -> None:
    """The caller may try again; the outage is not his."""
    address = Address()
    address.down = True
    with pytest.raises(CertificatesUnavailable):
        await IdTokens("us", "address", address)(signed(claims()))
