"""Who is calling: from a request's headers to the owner of tasks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence

from consensus.core.errors import CallerError, ConfigurationError

# Header names come in lower case or are looked up without regard to it.
Identity = Callable[[Mapping[str, str]], str]

_OWNER = re.compile(r"[A-Za-z0-9_.@:+-]{1,128}")
_ENTRY = re.compile(r"([A-Za-z0-9_.@-]{1,128}):([0-9a-f]{64})")


class Unauthenticated(CallerError):
    """No credentials, or unknown ones (401)."""

    reason = "UNAUTHENTICATED"


def local(_: Mapping[str, str]) -> str:
    """The one owner of a stack that only its own machine reaches."""
    return "local"


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

    def __call__(self, headers: Mapping[str, str]) -> str:
        """The owner whose key the request carries. Raises Unauthenticated."""
        given = hashlib.sha256(_credential(headers).encode()).hexdigest()
        # Every entry is compared, so that time tells nothing about which one matched.
        matches = [owner for owner, known in self._owners if hmac.compare_digest(given, known)]
        if not matches:
            raise Unauthenticated("Send your API key as X-API-Key or as Authorization: Bearer KEY.")
        return matches[0]


def platform_caller(headers: Mapping[str, str]) -> str:
    """The caller whom Cloud Run's IAM check let in, by the account or subject of the ID token.

    The platform has verified the token before it passed it on; that is why a service that lets
    everybody in must ask for keys instead.
    """
    token = headers.get("x-serverless-authorization", "").partition(" ")[2] or _bearer(headers)
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        owner = claims.get("email") or claims["sub"]
    except (IndexError, ValueError, KeyError, AttributeError):
        owner = None
    if not isinstance(owner, str) or not _OWNER.fullmatch(owner):
        raise Unauthenticated("Send an ID token of an account that may invoke the service.")
    return owner


def bearer_matches(headers: Mapping[str, str], token: str) -> bool:
    """Whether the request carries the token, in a time that tells nothing about it."""
    return hmac.compare_digest(_bearer(headers).encode(), token.encode())


def _credential(headers: Mapping[str, str]) -> str:
    return headers.get("x-api-key") or _bearer(headers)


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
