"""A worker's bus in the embedded stack: it POSTs what it brings to the parent's loopback door.

The body is the envelope that Pub/Sub would push, so the door cannot tell the difference.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import httpx2

from consensus.codec.envelope import envelope
from consensus.codec.messages import encode_ballot, encode_verdicts
from consensus.core.errors import BusUnavailable
from consensus.core.model import Ballot, Task, Verdict
from consensus.tls import trusted

TIMEOUT_SECONDS = 30.0
CONNECTIONS = 32  # ballots on their way at once; the door takes them one after another anyway
SUBSCRIPTION = "votes"


class PushBus:
    """EventBus for a worker, whose topic takes ballots and verdicts; url is the door for them."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._http = httpx2.AsyncClient(
            timeout=TIMEOUT_SECONDS,
            # Kept open: one made anew for each ballot costs the door more than the ballot.
            limits=httpx2.Limits(
                max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS
            ),
            headers={"Authorization": f"Bearer {token}"},
            verify=trusted(url),
            trust_env=False,  # the door is on this machine: no proxy stands before it
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def ballot(self, task_id: str, ballot: Ballot, traceparent: str) -> None:
        """See EventBus."""
        await self._push(encode_ballot(task_id, ballot, traceparent), traceparent)

    async def verdicts(self, task_id: str, verdicts: Sequence[Verdict], traceparent: str) -> None:
        """See EventBus."""
        await self._push(encode_verdicts(task_id, verdicts, traceparent), traceparent)

    async def _push(self, data: bytes, traceparent: str) -> None:
        attributes = {"traceparent": traceparent} if traceparent else {}
        body = envelope(data, SUBSCRIPTION, uuid.uuid4().hex, attributes)
        try:
            response = await self._http.post(self._url, json=body)
        except httpx2.HTTPError as exc:
            raise BusUnavailable(f"the votes door cannot be reached: {exc!r}") from exc
        if not response.is_success:
            raise BusUnavailable(f"the votes door answered {response.status_code}")

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
