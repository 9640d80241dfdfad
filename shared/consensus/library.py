"""Consensus as a library: the embedded stack inside a program.

async with Consensus() as consensus:
    await consensus.submit("What is 17% of 2,340?")
    async for task in consensus.results():
        print(task.result.answer, task.result.confidence)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from consensus.bootstrap.embedded import EmbeddedStack, embedded
from consensus.config import Settings
from consensus.core.model import Message, Options, Task
from consensus.usecases.submit import SubmitTask

OWNER = "local"


class Consensus:
    """Workers, store and service for as long as the context is open.

    settings default to the environment's; without a store, tasks are kept in memory. Entering
    raises ConfigurationError if a setting cannot work.
    """

    def __init__(self, settings: Settings | None = None, store: Path | None = None) -> None:
        self._settings = settings
        self._store = store
        self._exit = AsyncExitStack()
        self._stack: EmbeddedStack | None = None
        self._awaited: dict[str, asyncio.Task[Task]] = {}

    async def __aenter__(self) -> Self:
        settings = self._settings or Settings.read()
        running = embedded(settings, store=self._store or ":memory:", say=lambda _: None)
        self._stack = await self._exit.enter_async_context(running)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for waiting in self._awaited.values():
            waiting.cancel()
        await asyncio.gather(*self._awaited.values(), return_exceptions=True)
        await self._exit.aclose()

    async def submit(
        self,
        question: str | tuple[Message, ...],
        options: Options | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Task:
        """Ask the panel; returns at once, with the task as planned.

        Raises InvalidTask for options that contradict each other, KeyReused for a key that
        asked something else before.
        """
        messages = (Message("user", question),) if isinstance(question, str) else question
        order = SubmitTask(
            owner=OWNER,
            messages=messages,
            prompt=question if isinstance(question, str) else None,
            options=options or Options(),
            metadata=metadata or {},
            idempotency_key=idempotency_key,
            fingerprint=repr((messages, options)),
        )
        stack = self._running()
        task = await stack.submit(order)
        if task.id not in self._awaited:
            self._awaited[task.id] = asyncio.create_task(self._end_of(task.id))
        return task

    async def results(self) -> AsyncIterator[Task]:
        """Each submitted task once, as it ends, including those submitted meanwhile."""
        while self._awaited:
            ended, _ = await asyncio.wait(
                self._awaited.values(), return_when=asyncio.FIRST_COMPLETED
            )
            for waited in ended:
                task = await waited
                del self._awaited[task.id]
                yield task

    async def _end_of(self, task_id: str) -> Task:
        store = self._running().store
        async for _ in store.watch(task_id):
            pass
        stored = await store.load(task_id)
        assert stored is not None  # noqa: S101  tasks are never deleted under a running stack
        return stored.task

    def _running(self) -> EmbeddedStack:
        if self._stack is None:
            message = "Use it as: async with Consensus() as consensus: ..."
            raise RuntimeError(message)
        return self._stack
