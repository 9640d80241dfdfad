"""The dashboard: a static page over the public API, which asks for the caller's key itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consensus.core.explanation import WHY_ABSTAINED

PAGE: Final = files("consensus") / "dashboard"
KINDS: Final = {"html": "text/html", "css": "text/css", "js": "text/javascript"}

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


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    kind: str
    tag: str


def routes(*, demo: bool = False) -> list[Route]:
    """GET /, GET /docs and the files that they need; demo: whether answers are scripted.

    about.json tells the page that, and the words for why a seat abstained.
    """

    async def about(_: Request) -> Response:
        return JSONResponse({"demo": demo, "reasons": WHY_ABSTAINED}, headers=HEADERS)

    return [
        Route("/", _index),
        Route("/docs", _reference),
        Route("/dashboard/about.json", about),
        Route("/dashboard/{file:path}", _file),
    ]


async def _index(request: Request) -> Response:
    return _told(request, "index.html")


async def _reference(request: Request) -> Response:
    """GET /docs: the API for readers, made of /openapi.json."""
    return _told(request, "reference.html")


async def _file(request: Request) -> Response:
    return _told(request, request.path_params["file"])


def _told(request: Request, name: str) -> Response:
    file = _served().get(name)
    if file is None:
        return Response(status_code=404)
    headers = {**HEADERS, "ETag": file.tag}
    # A proxy that compresses what we send may mark the tag as weak.
    if request.headers.get("if-none-match", "").removeprefix("W/") == file.tag:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.kind, headers=headers)


@cache
def _served() -> Mapping[str, _File]:
    """Every file of the page by its path: nothing else is served, whatever a path says."""
    return MappingProxyType(dict(_found(PAGE, "")))


def _found(folder: Traversable, path: str) -> Iterator[tuple[str, _File]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _found(entry, f"{path}{entry.name}/")
        elif kind := KINDS.get(entry.name.rpartition(".")[2]):
            content = entry.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
            yield path + entry.name, _File(content, kind, tag)
