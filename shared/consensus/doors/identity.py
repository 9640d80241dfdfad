"""Who is calling: from a request's headers to the owner of tasks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from consensus.core.errors import ConfigurationError, Unauthenticated, WrongHost

# Header names come in lower case or are looked up without regard to it.
Headers = Mapping[str, str]
Identity = Callable[[Headers], Awaitable[str]]  # raises Unauthenticated, WrongHost
Guard = Callable[[Headers], Awaitable[None]]  # raises Unauthenticated
# The claims of an ID token whose signature, audience and times are right; raises Unauthenticated.
ReadToken = Callable[[str], Awaitable[Mapping[str, object]]]

GOOGLE = ("https://accounts.google.com", "accounts.google.com")

_NO_KEY = "Send your API key as X-API-Key or as Authorization: Bearer KEY."
_UNKNOWN_KEY = "This key is not accepted."
_OWNER = re.compile(r"[A-Za-z0-9_.@:+-]{1,128}")
_OWN_NAME = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_ENTRY = re.compile(r"([A-Za-z0-9_.@-]{1,128}):([0-9a-f]{64})")


async def local(_: Headers) -> str:
    """The one owner of a stack that only its own machine reaches."""
    return "local"


async def loopback(headers: Headers) -> str:
    """The one owner of a stack without keys, if called by this machine's own name.

    Raises WrongHost. A page from elsewhere can have its own name lead to 127.0.0.1, and a
    browser would then let it read the answers (DNS rebinding); that name still stands in Host.
    """
    if not _OWN_NAME.fullmatch(headers.get("host", "localhost")):
        raise WrongHost(
            "Without API keys the service answers to localhost and 127.0.0.1 only, and the Host "
            "header names something else. Call it by one of these, or set CONSENSUS_API_KEYS."
        )
    return await local(headers)


class ApiKeys:
    """Owners by the SHA-256 of their API keys: `owner:hex,owner:hex`; one may have several.

    A key comes as `X-API-Key`, or as `Authorization: Bearer`, which Cloud Run's own IAM check may
    need for itself. Raises ConfigurationError, never repeating the text.
    """

    def __init__(self, text: str) -> None:
        entries = [_ENTRY.fullmatch(part.strip()) for part in text.split(",") if part.strip()]
        if not entries or None in entries:
            raise ConfigurationError(
                "CONSENSUS_API_KEYS must read owner:sha256hex,owner:sha256hex;"
                " printf %s KEY | sha256sum prints the second half."
            )
        self._owners: Sequence[tuple[str, str]] = [(e[1], e[2]) for e in entries if e]

    async def __call__(self, headers: Headers) -> str:
        """The owner whose key the request carries. Raises Unauthenticated."""
        key = _credential(headers)
        given = hashlib.sha256(key.encode()).hexdigest()
        # Every entry is compared, so that time tells nothing about which one matched.
        matches = [owner for owner, known in self._owners if hmac.compare_digest(given, known)]
        if not matches:
            raise Unauthenticated(_UNKNOWN_KEY if key else _NO_KEY)
        return matches[0]


async def platform_caller(headers: Headers) -> str:
    """The caller whom Cloud Run's IAM check let in, by the account or subject of the ID token.

    The platform verifies the token before it passes it on; a service that lets everybody in must
    therefore ask for keys instead.
    """
    try:
        payload = _verified(headers).split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        owner = claims.get("email") or claims["sub"]
    except (IndexError, ValueError, KeyError, AttributeError, TypeError, RecursionError):
        owner = None
    if not isinstance(owner, str) or not _OWNER.fullmatch(owner):
        raise Unauthenticated("Send an ID token of an account that may invoke the service.")
    return owner


class GoogleAccounts:
    """Owners by the Google ID token that a caller sends, whose signature is checked here.

    For those who do not want to rely on IAM alone: even if the service is opened by mistake, nobody
    can pose as somebody else. Cloud Run takes the signature off the token that it checks; a
    caller sends that one as X-Serverless-Authorization, and this one as Authorization.
    """

    def __init__(self, read_token: ReadToken) -> None:
        self._read_token = read_token

    async def __call__(self, headers: Headers) -> str:
        """The account whose token the request bears. Raises Unauthenticated."""
        claims = await self._read_token(_bearer(headers))
        named = claims.get("email") if claims.get("email_verified") is True else claims.get("sub")
        ours = claims.get("iss") in GOOGLE
        if not ours or not isinstance(named, str) or not _OWNER.fullmatch(named):
            raise Unauthenticated(
                "Send a Google ID token for this service as Authorization: Bearer TOKEN, and again "
                "as X-Serverless-Authorization."
            )
        return named


class FirebaseUsers:
    """Owners by Firebase sign-in: the uid of the ID token, which Firestore's rules compare too."""

    def __init__(self, read_token: ReadToken, project: str) -> None:
        self._read_token = read_token
        self._issuer = f"https://securetoken.google.com/{project}"

    async def __call__(self, headers: Headers) -> str:
        """The user whose token the request bears. Raises Unauthenticated."""
        claims = await self._read_token(_bearer(headers))
        uid = claims.get("sub")
        ours = claims.get("iss") == self._issuer
        if not ours or not isinstance(uid, str) or not _OWNER.fullmatch(uid):
            raise Unauthenticated("Send a Firebase ID token of this service's project.")
        return uid


class AnyOf:
    """The owner whom any of several identities recognises."""

    def __init__(self, *identities: Identity) -> None:
        self._identities = identities

    async def __call__(self, headers: Headers) -> str:
        """The first that knows the caller; Unauthenticated, telling each way, where none does."""
        ways = []
        for identity in self._identities:
            try:
                return await identity(headers)
            except Unauthenticated as error:
                ways.append(str(error))
        raise Unauthenticated(" Or: ".join(ways))


async def anybody(_: Headers) -> None:
    """For doors that the platform guards."""


def bearer_of(token: str) -> Guard:
    """Admits callers with the token, comparing in constant time."""

    async def guard(headers: Headers) -> None:
        if not hmac.compare_digest(_bearer(headers).encode(), token.encode()):
            raise Unauthenticated("This door takes pushes that bear its token.")

    return guard


def pushed_by(account: str, read_token: ReadToken) -> Guard:
    """Admits pushes that Pub/Sub signed as the service account."""

    async def guard(headers: Headers) -> None:
        claims = await read_token(_bearer(headers))
        sender = claims.get("email") if claims.get("email_verified") is True else None
        if claims.get("iss") not in GOOGLE or sender != account:
            raise Unauthenticated("This door takes pushes of its own subscriptions only.")

    return guard


def _credential(headers: Headers) -> str:
    return headers.get("x-api-key") or _bearer(headers)


def _verified(headers: Headers) -> str:
    """The token that the platform has verified; "" where there is none, or it could be either."""
    for name in ("x-serverless-authorization", "authorization"):
        given = [value for known, value in headers.items() if known.lower() == name]
        if given:
            return _token(given[0]) if len(given) == 1 else ""
    return ""


def _bearer(headers: Headers) -> str:
    return _token(headers.get("authorization", ""))


def _token(credential: str) -> str:
    scheme, _, token = credential.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
