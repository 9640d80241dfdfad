"""Cloud Storage as far as we use it: objects over its JSON API, with generations.

    POST   /upload/storage/v1/b/{bucket}/o      uploadType=multipart; resumable is not spoken
    GET    /storage/v1/b/{bucket}/o             by prefix
    GET    /storage/v1/b/{bucket}/o/{name}      what is known of an object
    GET    /download/storage/v1/b/{bucket}/o/{name}
    DELETE /storage/v1/b/{bucket}/o/{name}

ifGenerationMatch is kept to, as is the checksum. https://cloud.google.com/storage/docs/json_api/v1
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from email.parser import BytesParser
from typing import Any

import google_crc32c
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass
class Buckets:
    """The buckets that there are, and their objects; the next requests fail as told."""

    buckets: set[str]
    objects: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)
    failing: list[int] = field(default_factory=list)
    made: int = 0

    def app(self) -> Starlette:
        """The service."""
        one = "/storage/v1/b/{bucket}/o/{name:path}"
        return Starlette(
            routes=[
                Route("/upload/storage/v1/b/{bucket}/o", self._upload, methods=["POST"]),
                Route("/storage/v1/b/{bucket}/o", self._list),
                Route(one, self._show, methods=["GET", "DELETE"]),
                Route(f"/download{one}", self._download),
            ]
        )

    async def _upload(self, request: Request) -> Response:
        body = await request.body()
        if wrong := self._wrong(request):
            return wrong
        assert request.query_params["uploadType"] == "multipart"
        kind = request.headers["content-type"].encode()
        form = BytesParser().parsebytes(b"Content-Type: " + kind + b"\r\n\r\n" + body)
        about, content = form.get_payload()
        told = json.loads(about.get_payload(decode=True))
        name = told["name"]
        if self._is_unmet(request, name):
            return _error(412)
        self.made += 1
        key = request.path_params["bucket"], name
        self.objects[key] = self.made, content.get_payload(decode=True)
        return JSONResponse(self._about(key))

    async def _list(self, request: Request) -> Response:
        if wrong := self._wrong(request):
            return wrong
        bucket, prefix = request.path_params["bucket"], request.query_params.get("prefix", "")
        keys = [key for key in sorted(self.objects) if key[0] == bucket]
        items = [self._about(key) for key in keys if key[1].startswith(prefix)]
        return JSONResponse({"kind": "storage#objects", "items": items})

    async def _show(self, request: Request) -> Response:
        key = request.path_params["bucket"], request.path_params["name"]
        if wrong := self._wrong(request):
            return wrong
        if key not in self.objects:
            return _error(404)
        if request.method == "DELETE":
            del self.objects[key]
            return Response(status_code=204)
        return JSONResponse(self._about(key))

    async def _download(self, request: Request) -> Response:
        key = request.path_params["bucket"], request.path_params["name"]
        if wrong := self._wrong(request):
            return wrong
        if key not in self.objects:
            return _error(404)
        if self._is_unmet(request, key[1]):
            return _error(412)
        about = self._about(key)
        sums = f"crc32c={about['crc32c']},md5={about['md5Hash']}"
        headers = {"x-goog-hash": sums, "x-goog-generation": about["generation"]}
        return Response(self.objects[key][1], headers=headers)

    def _wrong(self, request: Request) -> Response | None:
        if self.failing:
            return _error(self.failing.pop(0))
        return None if request.path_params["bucket"] in self.buckets else _error(404)

    def _is_unmet(self, request: Request, name: str) -> bool:
        wanted = request.query_params.get("ifGenerationMatch")
        held = self.objects.get((request.path_params["bucket"], name), (0, b""))
        return wanted is not None and int(wanted) != held[0]

    def _about(self, key: tuple[str, str]) -> dict[str, Any]:
        generation, data = self.objects[key]
        checksum = google_crc32c.value(data).to_bytes(4, "big")
        return {
            "kind": "storage#object",
            "bucket": key[0],
            "name": key[1],
            "generation": str(generation),
            "size": str(len(data)),
            "crc32c": base64.b64encode(checksum).decode(),
            "md5Hash": base64.b64encode(hashlib.md5(data).digest()).decode(),
        }


def _error(status: int) -> Response:
    return JSONResponse({"error": {"code": status, "message": "as told"}}, status)
