"""The dashboard: a static page over the public API, which asks for the caller's key itself."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PAGE: Final = files("consensus") / "dashboard"
KINDS: Final = {"index.html": "text/html", "style.css": "text/css", "app.js": "text/javascript"}

# The page needs nothing but itself, and answers of models can add nothing to it.
HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def routes() -> list[Route]:
    """GET / and the files that it needs."""
    return [Route("/", _index), Route("/dashboard/{file}", _file)]


async def _index(_: Request) -> Response:
    return _told("index.html")


async def _file(request: Request) -> Response:
    name = request.path_params["file"]
    return _told(name) if name in KINDS else Response(status_code=404)


def _told(name: str) -> Response:
    return Response((PAGE / name).read_bytes(), media_type=KINDS[name], headers=HEADERS)
