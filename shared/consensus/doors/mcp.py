"""POST /mcp: the tools for agents over streamable HTTP, as their caller's credentials say.

Without sessions: nothing remains of a request once it is answered, so any instance may take the
next one. The same identity guards this route as the others.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from consensus.codec.queries import read_page_query
from consensus.codec.requests import submission_of
from consensus.codec.responses import ballots_to_json, summary_to_json, task_to_json
from consensus.core.errors import TransientError
from consensus.core.model import State
from consensus.doors import sse
from consensus.doors.identity import Identity
from consensus.doors.problem import of_error
from consensus.doors.submission import command_from, read_json_body, within_trace
from consensus.ports import Clock, Listing, TaskStore
from consensus.usecases.aggregate import Aggregate
from consensus.usecases.submit import Submit

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

ROUTE: Final = "/mcp"


@dataclass(frozen=True, slots=True)
class Mcp:
    """The route."""

    submit: Submit
    aggregate: Aggregate
    store: TaskStore
    clock: Clock
    identity: Identity
    max_prompt_bytes: int

    async def answer(self, request: Request) -> Response:
        """POST /mcp."""
        owner = await self.identity(request.headers)
        body = await read_json_body(request, self.max_prompt_bytes)
        make = await asyncio.to_thread(_loaded)
        tasks = _Tasks(self, owner, request.headers)

        async def panel() -> _Tasks:
            return tasks

        return _Exchange(make(panel, explained), body)


def _loaded() -> Callable[..., Server[Any]]:
    """What makes a server: the SDK takes most of a second to load, which only its callers wait."""
    from consensus.doors.agents import server  # noqa: PLC0415

    return server


def explained(error: Exception) -> str:
    """An error for an agent: the reason and detail of its problem."""
    told = json.loads(bytes(of_error(error).body))
    return f"{told['reason']}: {told['detail']}"


class _Exchange(Response):
    """One message's answer, which may be a stream, by the SDK's own transport."""

    def __init__(self, server: Server[Any], body: bytes) -> None:
        super().__init__()
        self._server = server
        self._given = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from mcp.server.streamable_http_manager import (  # noqa: PLC0415  see _loaded
            StreamableHTTPSessionManager,
        )

        whole: list[Message] = [{"type": "http.request", "body": self._given, "more_body": False}]

        async def replayed() -> Message:
            return whole.pop() if whole else await receive()

        limit = len(self._given) + 1  # it has been read, within the service's own limit
        manager = StreamableHTTPSessionManager(
            self._server, stateless=True, max_request_body_size=limit
        )
        async with manager.run():
            await manager.handle_request(scope, replayed, send)


@dataclass(frozen=True, slots=True)
class _Tasks:
    """The owner's tasks, as `agents.Panel` has them."""

    door: Mcp
    owner: str
    headers: Headers

    async def create(self, body: Mapping[str, Any]) -> Mapping[str, object]:
        asked = submission_of(body, self.door.max_prompt_bytes)
        with within_trace(command_from(self.owner, self.headers, asked), ROUTE) as command:
            return task_to_json(await self.door.submit(command))

    async def stream(self, task_id: str) -> AsyncGenerator[sse.Event, None]:
        await self.door.aggregate.own(task_id, self.owner)
        moves = sse.happening(self.door.store, self.door.clock, task_id)
        async with aclosing(moves):
            async for fresh in moves:
                for event in fresh:
                    if event.kind == "error":
                        raise TransientError(str(event.data["detail"]))
                    yield event

    async def task(self, task_id: str) -> Mapping[str, object]:
        return task_to_json(await self.door.aggregate.own(task_id, self.owner))

    async def votes(self, task_id: str) -> Sequence[Mapping[str, object]]:
        task = await self.door.aggregate.own(task_id, self.owner)
        late = await self.door.store.late(task.id) if task.state is State.DONE else ()
        return ballots_to_json(task, late)

    async def list(self, **filters: str | int) -> Mapping[str, object]:
        query = read_page_query({name: str(value) for name, value in filters.items()})
        listing = Listing(self.owner, query.state, query.outcome, query.metadata)
        page = await self.door.store.page(listing, query.size, query.token)
        tasks = [summary_to_json(task) for task in page.tasks]
        return {"tasks": tasks, "next_page_token": page.next_token}

    async def cancel(self, task_id: str) -> Mapping[str, object]:
        return task_to_json(await self.door.aggregate.cancel(task_id, self.owner))
