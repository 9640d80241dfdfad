"""What clients of any kind expect of a server, whatever the route.

Each response has an id; an id that the caller sent is sent back. A trailing slash makes no
difference to the routes that other protocols' clients call. OPTIONS tells the methods that a route
takes.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID: Final = "x-request-id"
_OF_OTHERS: Final = ("/v1/chat/", "/v1/models/", "/v1/responses/", "/v1/files/", "/v1/batches/")
_ID = re.compile(r"[\x21-\x7e]{1,128}")


class Courtesies:
    """The middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _ID.fullmatch(given) else f"req_{secrets.token_hex(12)}"
        tells_methods = False

        async def answer(message: Message) -> None:
            nonlocal tells_methods
            if message["type"] == "http.response.start":
                tells_methods = scope["method"] == "OPTIONS" and message["status"] == 405
                message = _methods_alone(message) if tells_methods else message
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send({**message, "body": b""} if tells_methods and "body" in message else message)

        return await self._app(_without_slash(scope), receive, answer)


def _methods_alone(refusal: Message) -> Message:
    """The start of a 405 as that of an answer without a body."""
    allowed = MutableHeaders(scope=refusal).get("allow", "")
    allow = ", ".join(filter(None, (allowed, "OPTIONS"))).encode("latin-1")
    return {**refusal, "status": 204, "headers": [(b"allow", allow)]}


def _without_slash(scope: Scope) -> Scope:
    path: str = scope["path"]
    if path.endswith("/") and path.startswith(_OF_OTHERS):
        return {**scope, "path": path.rstrip("/"), "raw_path": None}
    return scope
