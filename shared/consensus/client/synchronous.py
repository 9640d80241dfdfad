"""The service from code without async: AsyncClient, on an event loop of its own.

with Client("http://127.0.0.1:8080") as client:
    print(client.ask("What is 17% of 2,340?")["result"]["answer"])
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterator, Mapping
from os import PathLike
from types import TracebackType
from typing import Any, Self, TypeVar

from consensus.client.asynchronous import ATTEMPTS, LOCAL_URL, AsyncClient, Question
from consensus.client.events import Event
from consensus.client.types import Ballot, Page, Task

T = TypeVar("T")


class Client:
    """AsyncClient's methods, each returning when it is done. Threads may share one.

    It works within a running event loop too, as in a notebook.
    """

    def __init__(
        self,
        url: str = LOCAL_URL,
        *,
        api_key: str | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        attempts: int = ATTEMPTS,
    ) -> None:
        """As AsyncClient's."""
        self._client = AsyncClient(
            url, api_key=api_key, token=token, headers=headers, attempts=attempts
        )
        self.url = self._client.url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections; may be repeated."""
        if self._loop.is_closed():
            return
        self._run(self._client.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def ask(
        self, question: Question, *, idempotency_key: str | None = None, **options: Any
    ) -> Task:
        """Ask, wait, and return the finished task."""
        return self._run(self._client.ask(question, idempotency_key=idempotency_key, **options))

    def submit(
        self, question: Question, *, idempotency_key: str | None = None, **options: Any
    ) -> Task:
        """Ask, and return the task as planned."""
        return self._run(self._client.submit(question, idempotency_key=idempotency_key, **options))

    def create(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Task:
        """POST /v1/tasks with that body."""
        return self._run(self._client.create(body, idempotency_key=idempotency_key))

    def task(self, task_id: str, *, wait_seconds: int = 0) -> Task:
        """The task as it stands, after waiting up to that long for its end."""
        return self._run(self._client.task(task_id, wait_seconds=wait_seconds))

    def wait(self, task_id: str) -> Task:
        """The finished task."""
        return self._run(self._client.wait(task_id))

    def stream(self, task_id: str) -> Iterator[Event]:
        """Its events up to `result`."""
        return self._each(self._client.stream(task_id))

    def events(self, task_id: str, after: str = "") -> Iterator[Event]:
        """One connection's events after that id, until it ends."""
        return self._each(self._client.events(task_id, after))

    def listen(
        self,
        task_id: str,
        *,
        project: str | None = None,
        database: str | None = None,
        quiet_seconds: float = 30.0,
    ) -> Iterator[Task]:
        """The task after each change, up to its end, as its deployment's Firestore tells it."""
        return self._each(
            self._client.listen(
                task_id, project=project, database=database, quiet_seconds=quiet_seconds
            )
        )

    def votes(self, task_id: str) -> list[Ballot]:
        """Every vote and abstention in full, in recorded order."""
        return self._run(self._client.votes(task_id))

    def list(self, **filters: str | int) -> Page:
        """One page of your tasks, newest first."""
        return self._run(self._client.list(**filters))

    def cancel(self, task_id: str) -> Task:
        """End it and return it; a DONE task is unchanged."""
        return self._run(self._client.cancel(task_id))

    def delete(self, task_id: str) -> None:
        """Erase the task and everything that contains its text."""
        self._run(self._client.delete(task_id))

    def feedback(
        self, task_id: str, *, correct: bool | None = None, answer: str | None = None
    ) -> dict[str, Any]:
        """Say whether its answer is right, or what is."""
        return self._run(self._client.feedback(task_id, correct=correct, answer=answer))

    def batch(
        self,
        file: str | PathLike[str],
        *,
        endpoint: str = "/v1/tasks",
        metadata: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Have the service ask every line of a file; return the batch as it begins."""
        return self._run(self._client.batch(file, endpoint=endpoint, metadata=metadata))

    def batch_status(self, batch_id: str) -> dict[str, Any]:
        """A batch as it stands."""
        return self._run(self._client.batch_status(batch_id))

    def batches(self, **query: str | int) -> dict[str, Any]:
        """One page of your batches, newest first."""
        return self._run(self._client.batches(**query))

    def batch_results(self, batch_id: str) -> Iterator[dict[str, Any]]:
        """Each line's result or error, once the batch has ended."""
        return self._each(self._client.batch_results(batch_id))

    def post(
        self, where: str, body: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """POST to another route, such as /v1/chat/completions, and wait for its answer."""
        return self._run(self._client.post(where, body, idempotency_key=idempotency_key))

    def _each(self, told: AsyncGenerator[T, None]) -> Iterator[T]:
        """What comes, one after another; whoever stops early ends the call."""
        try:
            while (one := self._run(_next(told))) is not None:
                yield one
        except GeneratorExit:  # left between two; a call that Ctrl-C broke ends by itself
            if not self._loop.is_closed():
                self._run(told.aclose())
            raise

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        running = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return running.result()
        except BaseException:
            running.cancel()  # Ctrl-C here must end the call there; a finished one stays as it is
            raise


async def _next(told: AsyncIterator[T]) -> T | None:
    return await anext(told, None)
