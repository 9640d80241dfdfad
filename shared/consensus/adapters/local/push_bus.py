"""A worker's bus in the embedded stack: it POSTs what it brings to the parent's loopback door.

One POST at a time, and what comes meanwhile goes together in the next: a ballot that comes alone
waits for nobody, and many at once cost the parent hardly more requests than one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httpx2

from consensus.codec.messages import encode_ballot, encode_verdicts
from consensus.core.errors import BusUnavailable
from consensus.core.model import Ballot, Task, Verdict
from consensus.tls import trusted

TIMEOUT_SECONDS = 30.0
KEPT: Final = 204  # what the door says of a message that is durable
TOGETHER: Final = 64  # messages in one POST
TOGETHER_BYTES: Final = 1024 * 1024  # of them, unless one alone is longer


@dataclass(frozen=True, slots=True)
class _Message:
    """A message, and who waits until it is kept."""

    data: bytes
    kept: asyncio.Future[None]

    def tell(self, refused: str) -> None:
        """Tell whoever waits that it is kept, or why it is not; the first word counts."""
        if self.kept.done():
            return
        if refused:
            self.kept.set_exception(BusUnavailable(refused))
        else:
            self.kept.set_result(None)


class PushBus:
    """EventBus for a worker, whose topic takes ballots and verdicts; url is the door for them."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._waiting: deque[_Message] = deque()
        self._pushing: asyncio.Task[None] | None = None
        self._http = httpx2.AsyncClient(
            timeout=TIMEOUT_SECONDS,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"},
            verify=trusted(url),
            trust_env=False,  # the door is on this machine: no proxy stands before it
        )

    async def close(self) -> None:
        """Close the connection; what is not kept by then is told that it is not."""
        if self._pushing is not None:
            self._pushing.cancel()
        await self._http.aclose()

    async def ballot(self, task_id: str, ballot: Ballot, traceparent: str) -> None:
        """See EventBus."""
        await self._push(encode_ballot(task_id, ballot, traceparent))

    async def verdicts(self, task_id: str, verdicts: Sequence[Verdict], traceparent: str) -> None:
        """See EventBus."""
        await self._push(encode_verdicts(task_id, verdicts, traceparent))

    async def _push(self, data: bytes) -> None:
        message = _Message(data, asyncio.get_running_loop().create_future())
        self._waiting.append(message)
        if self._pushing is None:
            self._pushing = asyncio.create_task(self._push_all())
        await message.kept

    async def _push_all(self) -> None:
        together: list[_Message] = []
        try:
            while self._waiting:
                together = self._next()
                for message, refused in zip(together, await self._post(together), strict=True):
                    message.tell(refused)
        finally:
            for message in (*together, *self._waiting):
                message.tell("the way to the votes door is closed")
            self._waiting.clear()
            self._pushing = None

    def _next(self) -> list[_Message]:
        """Those that go together: the first, and as many more as there is room for."""
        together = [self._waiting.popleft()]
        size = len(together[0].data)
        while self._waiting and len(together) < TOGETHER:
            size += len(self._waiting[0].data)
            if size > TOGETHER_BYTES:
                break
            together.append(self._waiting.popleft())
        return together

    async def _post(self, together: Sequence[_Message]) -> Sequence[str]:
        """Of each message why it is not kept, "" where it is."""
        lines = b"\n".join(message.data for message in together)
        try:
            response = await self._http.post(self._url, content=lines)
        except httpx2.HTTPError as exc:
            return [f"the votes door cannot be reached: {exc!r}"] * len(together)
        if not response.is_success:
            return [f"the votes door answered {response.status_code}"] * len(together)
        statuses: list[int] = response.json()
        return ["" if code == KEPT else f"the votes door answered {code}" for code in statuses]

    async def dispatch(self, task: Task) -> None:
        """Raise BusUnavailable: a worker starts no tasks."""
        raise BusUnavailable("a worker's bus takes ballots and verdicts alone")

    async def deadline(self, task_id: str) -> None:
        """Raise BusUnavailable: a worker rings no deadlines."""
        raise BusUnavailable("a worker's bus takes ballots and verdicts alone")

    async def notice(self, key: str) -> None:
        """Raise BusUnavailable: a worker ends no tasks."""
        raise BusUnavailable("a worker's bus takes ballots and verdicts alone")

    async def batch(self, batch_id: str) -> None:
        """Raise BusUnavailable: a worker knows of no batches."""
        raise BusUnavailable("a worker's bus takes ballots and verdicts alone")
