"""What a subscriber is told of a task: a summary, without its prompt and its answers.

As a webhook it is what Standard Webhooks recommends, `{"type", "timestamp", "data"}`; on a topic it
is a CloudEvent in structured mode, with the same data. Whoever wants more asks for the task.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from consensus.codec.responses import time_to_json
from consensus.core.model import Notice, Task

TYPE: Final = "consensus."  # before a kind, where the events of many services meet


def webhook_body(notice: Notice, task: Task) -> str:
    """The body of the POST, to be signed as it is."""
    return _json({"type": notice.kind, "timestamp": _ended(task), "data": summary(task)})


def webhook_test(at: datetime) -> str:
    """The body of an event that tells of no task."""
    return _json({"type": "webhook.test", "timestamp": time_to_json(at), "data": {}})


def cloud_event(notice: Notice, task: Task, source: str) -> bytes:
    """The event as JSON (application/cloudevents+json); source says which deployment it is of."""
    event = {
        "specversion": "1.0",
        "id": notice.event_id,
        "source": source,
        "type": f"{TYPE}{notice.kind}",
        "subject": task.id,
        "time": _ended(task),
        "datacontenttype": "application/json",
        "data": summary(task),
    }
    return _json(event).encode()


def summary(task: Task) -> dict[str, object]:
    """A DONE task: whose it is, how it ended, how sure that is, and what it cost."""
    result = task.result
    assert result is not None  # noqa: S101  notices are of tasks that ended
    return {
        "id": task.id,
        "owner": task.owner,
        "url": f"/v1/tasks/{task.id}",
        "state": task.state,
        "outcome": result.outcome,
        "close_reason": result.close_reason,
        "unsettled": result.unsettled,
        "agreement": round(result.agreement, 6),
        "min_agreement": round(result.min_agreement, 6),
        "confidence": None if result.confidence is None else round(result.confidence, 6),
        "probability_correct": result.probability_correct,
        "votes": task.progress.voted,
        "calls": task.usage.calls,
        "cost_usd": task.usage.cost_usd,
        "metadata": dict(task.metadata),
        "created_at": time_to_json(task.created_at),
        "finished_at": _ended(task),
    }


def _json(told: Mapping[str, object]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _ended(task: Task) -> str:
    return time_to_json(task.finished_at or task.deadline)
