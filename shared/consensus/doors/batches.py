"""The doors of OpenAI's files and batches: JSONL in, JSONL out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from consensus.codec import openai_batches as codec
from consensus.codec.openai_fields import at
from consensus.codec.requests import Malformed
from consensus.core.batches import Batch, File
from consensus.core.errors import InvalidTask, StoreUnavailable
from consensus.core.plain import visible
from consensus.doors import problem
from consensus.doors.asgi import read_chunks
from consensus.doors.identity import Identity
from consensus.doors.openai_terms import in_its_terms
from consensus.doors.problem import UnsupportedMediaType
from consensus.doors.submission import idempotency_key, read_json_body
from consensus.usecases.batches import Batches, Wanted
from consensus.usecases.files import INPUT, Files

JSONL: Final = "application/jsonl"
BESIDES_FILE: Final = 64 * 1024  # bytes of a form
LONGEST_BATCH: Final = 0  # bytes of prompt in a POSTed batch, which has none
LONGEST_NAME: Final = 200  # characters that are kept of a file's name
CHUNK: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class BatchDoor:
    """The routes of files and batches."""

    files: Files
    batches: Batches
    identity: Identity
    max_file_bytes: int

    def routes(self) -> list[Route]:
        """What to serve."""
        file, batch = "/v1/files/{id}", "/v1/batches/{id}"
        return [
            Route("/v1/files", in_its_terms(self.all_files), methods=["GET", "POST"]),
            Route(file, in_its_terms(self.one_file), methods=["GET", "DELETE"]),
            Route(f"{file}/content", in_its_terms(self.content), methods=["GET"]),
            Route("/v1/batches", in_its_terms(self.all_batches), methods=["GET", "POST"]),
            Route(batch, in_its_terms(self.show_batch), methods=["GET"]),
            Route(f"{batch}/cancel", in_its_terms(self.cancel), methods=["POST"]),
        ]

    async def all_files(self, request: Request) -> Response:
        """/v1/files; one route, so that a wrong method is told of both."""
        return await (self.upload if request.method == "POST" else self.list_files)(request)

    async def upload(self, request: Request) -> Response:
        """POST /v1/files."""
        owner = await self.identity(request.headers)
        async with _form(request, self.max_file_bytes + BESIDES_FILE) as form:
            uploaded = form.get("file")
            if form.get("purpose") != INPUT:
                raise at("purpose", InvalidTask(f'purpose must be "{INPUT}": no other is served.'))
            if not isinstance(uploaded, UploadFile):
                raise at("file", InvalidTask("file must be a file of JSON lines."))
            name = visible(uploaded.filename or "")[:LONGEST_NAME]
            file = await self.files.add(owner, name, _chunks(uploaded))
        return _answer(codec.file_to_json(file))

    async def list_files(self, request: Request) -> Response:
        """GET /v1/files, newest first."""
        owner = await self.identity(request.headers)
        limit, after = codec.read_listing(request.query_params)
        purpose = codec.read_purpose(request.query_params)
        found = await self.files.newest(owner, limit + 1, after, purpose)
        told = [codec.file_to_json(file) for file in found[:limit]]
        return _answer(codec.list_to_json(told, has_more=len(found) > limit))

    async def one_file(self, request: Request) -> Response:
        """/v1/files/{id}; one route, so that a wrong method is told of both."""
        return await (self.delete if request.method == "DELETE" else self.show_file)(request)

    async def show_file(self, request: Request) -> Response:
        """GET /v1/files/{id}."""
        return _answer(codec.file_to_json(await self._own_file(request)))

    async def delete(self, request: Request) -> Response:
        """DELETE /v1/files/{id}."""
        owner = await self.identity(request.headers)
        file_id = request.path_params["id"]
        await self.files.delete(file_id, owner)
        return _answer({"id": file_id, "object": "file", "deleted": True})

    async def content(self, request: Request) -> Response:
        """GET /v1/files/{id}/content, part by part."""
        file = await self._own_file(request)
        return StreamingResponse(
            self.files.content(file), media_type=JSONL, headers=problem.SAFE_HEADERS
        )

    async def all_batches(self, request: Request) -> Response:
        """/v1/batches; one route, so that a wrong method is told of both."""
        return await (self.create if request.method == "POST" else self.list_batches)(request)

    async def create(self, request: Request) -> Response:
        """POST /v1/batches."""
        owner = await self.identity(request.headers)
        asked = codec.read_batch(await read_json_body(request, LONGEST_BATCH))
        key = idempotency_key(request.headers)
        wanted = Wanted(owner, asked.file_id, asked.endpoint, asked.metadata, key)
        return _answer(codec.batch_to_json(await self.batches.create(wanted)))

    async def list_batches(self, request: Request) -> Response:
        """GET /v1/batches, newest first."""
        owner = await self.identity(request.headers)
        limit, after = codec.read_listing(request.query_params)
        begin = await self.batches.own(after, owner) if after else None
        found = await self.batches.store.batches(owner, limit + 1, begin)
        told = [codec.batch_to_json(batch) for batch in found[:limit]]
        return _answer(codec.list_to_json(told, has_more=len(found) > limit))

    async def show_batch(self, request: Request) -> Response:
        """GET /v1/batches/{id}."""
        owner = await self.identity(request.headers)
        batch: Batch = await self.batches.own(request.path_params["id"], owner)
        return _answer(codec.batch_to_json(batch))

    async def cancel(self, request: Request) -> Response:
        """POST /v1/batches/{id}/cancel; one that has ended stays as it is."""
        owner = await self.identity(request.headers)
        return _answer(
            codec.batch_to_json(await self.batches.cancel(request.path_params["id"], owner))
        )

    async def _own_file(self, request: Request) -> File:
        owner = await self.identity(request.headers)
        return await self.files.own(request.path_params["id"], owner)


@asynccontextmanager
async def _form(request: Request, limit: int) -> AsyncGenerator[FormData, None]:
    """A form with one file, which is on the disk while it is long.

    Raises TooLarge, TooSlow, Malformed, UnsupportedMediaType, StoreUnavailable.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise UnsupportedMediaType("Send multipart/form-data, with the fields purpose and file.")
    chunks = read_chunks(request, limit)
    try:
        parser = MultiPartParser(request.headers, chunks, max_files=1, max_fields=10)
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError):
        raise Malformed("The form is not well formed.") from None
    except OSError as error:
        raise StoreUnavailable(f"the disk of what is being sent: {error.strerror}") from error
    finally:
        await chunks.aclose()
    try:
        yield form
    finally:
        await form.close()


async def _chunks(uploaded: UploadFile) -> AsyncGenerator[bytes, None]:
    while chunk := await uploaded.read(CHUNK):
        yield chunk


def _answer(content: Mapping[str, object]) -> Response:
    return JSONResponse(content, headers=problem.SAFE_HEADERS)
