"""ID tokens that Google signed, checked against the certificates that it publishes.

https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions tells of those of pushes,
https://firebase.google.com/docs/auth/admin/verify-id-tokens of those of users.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import requests
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from consensus.core.errors import TransientError, Unauthenticated

OF_GOOGLE: Final = "https://www.googleapis.com/oauth2/v1/certs"
OF_FIREBASE: Final = (
    "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"
)
LONGEST_TOKEN: Final = 8192  # characters; real ones have about 1,200
CLOCK_SKEW: Final = 10  # seconds
LEAST_KEPT: Final = 60.0  # seconds, whatever the answer says: a flood of tokens fetches nothing
FETCH_TIMEOUT: Final = 10.0  # seconds

# What the library raises about tokens, by its word or in passing; nested JSON ends its recursion.
_NO_TOKEN = (ValueError, TypeError, KeyError, AttributeError, RecursionError, GoogleAuthError)
_MAX_AGE = re.compile(r"max-age=(\d{1,7})")

Fetched = tuple[Mapping[str, str], float]  # certificates in PEM by their key's id; seconds to keep


class CertificatesUnavailable(TransientError):
    """Google's certificates could not be fetched, and none are known."""

    reason = "CERTIFICATES_UNAVAILABLE"


class IdTokens:
    """Reads ID tokens for one audience, signed with the keys that one address publishes."""

    def __init__(
        self,
        audience: str,
        address: str,
        fetch: Callable[[str], Fetched] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._audience = audience
        self._address = address
        self._fetch = fetch or fetch_certificates
        self._now = now
        self._turn = asyncio.Lock()
        self._known: Mapping[str, str] = {}
        self._keep_until = -1.0

    async def __call__(self, token: str) -> Mapping[str, object]:
        """The token's claims; whose token it is remains to be checked.

        Raises Unauthenticated for a token that is no token, not signed by a published key, for
        another audience, expired, or from the future; CertificatesUnavailable.
        """
        refused = Unauthenticated("Send a valid ID token as Authorization: Bearer TOKEN.")
        if not token or len(token) > LONGEST_TOKEN:
            raise refused
        certificates = await self._certificates()
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                certs=dict(certificates),
                audience=self._audience,
                clock_skew_in_seconds=CLOCK_SKEW,
            )
        except _NO_TOKEN as error:
            raise refused from error
        return claims

    async def _certificates(self) -> Mapping[str, str]:
        async with self._turn:
            if self._now() >= self._keep_until:
                try:
                    self._known, seconds = await asyncio.to_thread(self._fetch, self._address)
                except (requests.RequestException, ValueError) as error:
                    if not self._known:
                        raise CertificatesUnavailable("The certificates did not come.") from error
                    seconds = LEAST_KEPT  # the old ones overlap the new for hours
                self._keep_until = self._now() + max(seconds, LEAST_KEPT)
            return self._known


def fetch_certificates(address: str) -> Fetched:
    """What the address publishes now. Raises requests.RequestException, ValueError."""
    response = requests.get(address, timeout=FETCH_TIMEOUT, allow_redirects=False)
    response.raise_for_status()
    published = response.json()
    if not isinstance(published, dict) or not published:
        raise ValueError("no certificate in the answer")
    said = _MAX_AGE.search(response.headers.get("cache-control", ""))
    return {str(key): str(pem) for key, pem in published.items()}, float(said[1]) if said else 0.0
