"""An endpoint of an operator's that is told of tasks' ends, by the rules of Standard Webhooks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from standardwebhooks import Webhook as Signature

from consensus import __version__
from consensus.adapters.webhooks.guarded_post import Unreachable, post
from consensus.codec.notices import webhook_body, webhook_test
from consensus.core.errors import NotTold
from consensus.core.model import Notice, Task


@dataclass(frozen=True, slots=True)
class Webhook:
    """See Receiver. secrets sign, each for itself, so that one can be replaced by the next.

    loopback: it is an endpoint on this very machine.
    """

    url: str
    secrets: tuple[str, ...]
    loopback: bool
    now: Callable[[], datetime]

    async def tell(self, notice: Notice, task: Task) -> None:
        """See Receiver."""
        await self._send(notice.event_id, webhook_body(notice, task))

    async def test(self) -> None:
        """Tell it of nothing, to see whether it would take a notice in. Raises NotTold."""
        body = webhook_test(self.now())
        await self._send(f"test-{uuid.uuid4().hex}", body)

    async def _send(self, event_id: str, body: str) -> None:
        """POST a signed body once. Raises NotTold where the answer is not a 2xx."""
        at = self.now()
        signed = (Signature(secret).sign(event_id, at, body) for secret in self.secrets)
        headers = {
            "content-type": "application/json",
            "user-agent": f"consensus/{__version__}",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signed),
        }
        try:
            status = await post(self.url, headers, body.encode(), loopback=self.loopback)
        except Unreachable as error:
            raise NotTold(str(error)) from None
        if 300 <= status < 400:
            raise NotTold(f"it redirects ({status}), which is not followed: name where it leads")
        if not 200 <= status < 300:
            # Gone is how an endpoint says, by the standard, that it wants no more.
            raise NotTold(f"it answers {status}", final=status == HTTPStatus.GONE)
