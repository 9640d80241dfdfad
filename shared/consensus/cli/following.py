"""Following one task to its end on a view: what `ask` and `watch` have in common."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from consensus.cli.board import Board, with_event, with_progress, with_task
from consensus.cli.client import Json
from consensus.cli.facts import failure
from consensus.cli.terminal import complain, escape_json
from consensus.cli.views import View
from consensus.client import AsyncClient, Event, Refused, Unreachable

REFRESH_SECONDS = 0.5


class _Showing:
    """The board as it stands, on a view."""

    def __init__(self, task: Json, view: View) -> None:
        self._view = view
        self._board = with_task(Board(), task)
        view.show(self._board)

    def happened(self, event: Event) -> None:
        self._board = with_event(self._board, event)
        self._view.show(self._board, event)

    def progressed(self, task: Json) -> None:
        self._board = with_progress(self._board, task.get("progress") or {})
        self._view.show(self._board)

    def ended(self, task: Json) -> None:
        self._board = with_task(self._board, task)
        self._view.finish(self._board)
        if self._board.result.get("outcome") == "FAILED":
            complain(failure(self._board))


async def follow_to_end(client: AsyncClient, task: Json, view: View) -> Json:
    """Show a task until it is DONE; return it as the service then tells it.

    Raises Refused, Unreachable.
    """
    showing = _Showing(task, view)
    task_id = str(task["id"])
    async with contextlib.AsyncExitStack() as stack:
        if view.redraws:
            await stack.enter_async_context(_counting(client, task_id, showing))
        async for event in client.stream(task_id):
            showing.happened(event)
    final = dict(await client.task(task_id))
    showing.ended(final)
    return final


@contextlib.asynccontextmanager
async def _counting(client: AsyncClient, task_id: str, showing: _Showing) -> AsyncIterator[None]:
    """Look at the task now and then: its events tell who has answered, not who has been asked."""

    async def refresh() -> None:
        while True:
            with contextlib.suppress(Refused, Unreachable):
                showing.progressed(dict(await client.task(task_id)))
            await asyncio.sleep(REFRESH_SECONDS)

    refreshing = asyncio.ensure_future(refresh())
    try:
        yield
    finally:
        refreshing.cancel()
        await asyncio.gather(refreshing, return_exceptions=True)


def as_json(task: Json | list[Json]) -> str:
    """A task, or several, as a JSON text that is safe to print."""
    return escape_json(json.dumps(task, indent=2, ensure_ascii=False))
