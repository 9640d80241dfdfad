"""Cloud Tasks as far as we use it: its gRPC surface, and the habits that its pages tell of.

    a name that was used stays taken, also when its task is done, deleted or purged
    a task runs when it is due and a place and the queue's rate let it; a queue may be paused
    a failed one comes again after a growing pause; after the last attempt it is dropped, no word
    429 and 503 slow the whole queue; some executions are late, some tasks run twice at once
    retries are counted in a header; responses that were 5xx are in no count of executions

https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2,
https://cloud.google.com/tasks/docs/common-pitfalls
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio
import httpx2
from google.cloud import tasks_v2

SERVICE = "google.cloud.tasks.v2.CloudTasks"
SLOWED_SECONDS = 0.05  # how long a queue rests after a 429 or a 503


@dataclass(eq=False)
class Queue:
    """One queue; seconds are short, so that tests wait for nothing."""

    name: str
    places: int = 1000
    room: int = 1_000_000
    attempts: int = 100
    backoff: float = 0.01
    longest_backoff: float = 0.05
    late: float = 0.0  # seconds by which each execution is late
    twice: bool = False
    paused: bool = False
    waiting: dict[str, tasks_v2.Task] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    dropped: list[str] = field(default_factory=list)
    most_at_once: int = 0
    rests: int = 0
    made: int = 0
    at_once: int = 0
    rests_until: float = 0.0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> None:
        """Let whoever waits look again."""
        self.changed.set()
        self.changed = asyncio.Event()

    def pause(self) -> None:
        """Start nothing more."""
        self.paused = True

    def resume(self) -> None:
        """Start again."""
        self.paused = False
        self.tell()

    def purge(self) -> None:
        """Forget all that waits; the names stay used."""
        self.waiting.clear()
        self.tell()


class CloudTasks:
    """The service, with its queues by their full names."""

    def __init__(self) -> None:
        self.queues: dict[str, Queue] = {}
        self.running: set[asyncio.Task[None]] = set()
        self.http = httpx2.AsyncClient(timeout=None, trust_env=False)

    def queue(self, name: str, **habits: Any) -> Queue:
        """Make a queue."""
        self.queues[name] = made = Queue(name, **habits)
        return made

    async def create(self, request: tasks_v2.CreateTaskRequest, context: Any) -> tasks_v2.Task:
        """CreateTask."""
        queue, task = self.queues.get(request.parent), request.task
        if queue is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "Queue does not exist.")
        assert queue
        queue.made += 1
        name = task.name or f"{queue.name}/tasks/{queue.made:019d}"
        if not name.startswith(f"{queue.name}/tasks/"):
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "The name is not the queue's.")
        if name in queue.used:
            await context.abort(grpc.StatusCode.ALREADY_EXISTS, "The task was there, or is.")
        if len(queue.waiting) >= queue.room:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "The queue is full.")
        task.name = name
        queue.used.add(name)
        queue.waiting[name] = task
        for _ in range(1 + (queue.twice and not request.task.schedule_time)):
            self._start(self._run(queue, task))
        return task

    def _start(self, work: Any) -> None:
        running = asyncio.create_task(work)
        self.running.add(running)
        running.add_done_callback(self.running.discard)

    async def _run(self, queue: Queue, task: tasks_v2.Task) -> None:
        """Attempt the task until it succeeds, is gone, or has had its attempts."""
        due = task.schedule_time.timestamp() if task.schedule_time else 0.0
        await asyncio.sleep(max(0.0, due - time.time()) + queue.late)
        previous = ""
        for attempt in range(queue.attempts):
            await self._place(queue, task)
            if task.name not in queue.waiting:
                return
            queue.at_once += 1
            queue.most_at_once = max(queue.most_at_once, queue.at_once)
            try:
                status = await self._post(queue, task, attempt, previous)
            finally:
                queue.at_once -= 1
                queue.tell()
            if 200 <= status < 300:
                queue.waiting.pop(task.name, None)
                return
            if status in (429, 503):
                queue.rests += 1
                queue.rests_until = time.monotonic() + SLOWED_SECONDS
            previous = str(status)
            await asyncio.sleep(min(queue.longest_backoff, queue.backoff * 2**attempt))
        queue.waiting.pop(task.name, None)
        queue.dropped.append(task.name)

    async def _place(self, queue: Queue, task: tasks_v2.Task) -> None:
        while task.name in queue.waiting:
            rest = queue.rests_until - time.monotonic()
            if rest > 0:
                await asyncio.sleep(rest)
            elif queue.paused or queue.at_once >= queue.places:
                await queue.changed.wait()
            else:
                return

    async def _post(self, queue: Queue, task: tasks_v2.Task, attempt: int, previous: str) -> int:
        asked = task.http_request
        account = asked.oidc_token.service_account_email or asked.oauth_token.service_account_email
        audience = asked.oidc_token.audience or asked.oauth_token.scope
        headers = {
            **asked.headers,
            "Authorization": f"Bearer {account} for {audience}",
            "User-Agent": "Google-Cloud-Tasks",
            "X-CloudTasks-QueueName": queue.name.rpartition("/")[2],
            "X-CloudTasks-TaskName": task.name.rpartition("/")[2],
            "X-CloudTasks-TaskRetryCount": str(attempt),
            "X-CloudTasks-TaskExecutionCount": "0",
            **({"X-CloudTasks-TaskPreviousResponse": previous} if previous else {}),
        }
        limit = task.dispatch_deadline.total_seconds() if task.dispatch_deadline else 600.0
        try:
            async with asyncio.timeout(limit):
                answer = await self.http.post(asked.url, content=asked.body, headers=headers)
        except (TimeoutError, httpx2.HTTPError):
            return 504
        return answer.status_code


@asynccontextmanager
async def cloud_tasks() -> AsyncIterator[tuple[CloudTasks, str]]:
    """The stand-in, serving on a free port; and its host:port."""
    service = CloudTasks()
    server = grpc.aio.server()

    def call(
        handle: Callable[[Any, Any], Awaitable[Any]], asked: Any, answers: Any
    ) -> grpc.RpcMethodHandler:
        return grpc.unary_unary_rpc_method_handler(
            handle, request_deserializer=asked.deserialize, response_serializer=answers.serialize
        )

    methods = {"CreateTask": call(service.create, tasks_v2.CreateTaskRequest, tasks_v2.Task)}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, methods)])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield service, f"127.0.0.1:{port}"
    finally:
        for running in list(service.running):
            running.cancel()
        await asyncio.gather(*service.running, return_exceptions=True)
        await service.http.aclose()
        await server.stop(None)
