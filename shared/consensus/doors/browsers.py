"""What a page of another site may have a visitor's browser do here: nothing that changes anything.

A browser sends a form's POST to any address, this machine's among them, without asking first. It
says where the page is from (Fetch Metadata, else Origin), and forms have three content types.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from consensus.core.errors import Forbidden
from consensus.doors.problem import UnsupportedMediaType, of_error

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
UPLOADS: Final = "/v1/files"  # takes one; what every browser of today says of it is looked at above
NO_FORMS: Final = (  # curl's -d is one, unless told otherwise
    "Send JSON, or no body; forms are not served. "
    "With curl, add -H 'Content-Type: application/json'."
)
OWN: Final = frozenset({"same-origin", "none"})  # none: somebody typed the address


class SameOriginOnly:
    """Middleware that refuses what changes something and comes from elsewhere, or as a form.

    origins are the other sites whose pages an operator lets in.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str] = ()) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or say why not."""
        if scope["type"] == "http" and scope["method"] not in READING:
            headers = Headers(scope=scope)
            if _is_foreign(headers) and headers.get("origin", "") not in self._origins:
                refusal = Forbidden("Another site's page may not do this; call from a program.")
                return await of_error(refusal)(scope, receive, send)
            if _is_form(headers) and scope["path"] != UPLOADS:
                return await of_error(UnsupportedMediaType(NO_FORMS))(scope, receive, send)
        return await self._app(scope, receive, send)


def _is_foreign(headers: Headers) -> bool:
    """Whether a browser says that the request comes from another site's page."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in OWN
    origin = headers.get("origin")
    return origin is not None and _host_of(origin) != headers.get("host", "").lower()


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _is_form(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in FORMS
