"""The service from Python: `Client` for plain code, `AsyncClient` for async code."""

from __future__ import annotations

from consensus.client.asynchronous import AsyncClient
from consensus.client.errors import Refused, Unreachable
from consensus.client.events import Event
from consensus.client.synchronous import Client
from consensus.client.types import Ballot, Group, Page, Progress, Result, Task, Usage

__all__ = [
    "AsyncClient",
    "Ballot",
    "Client",
    "Event",
    "Group",
    "Page",
    "Progress",
    "Refused",
    "Result",
    "Task",
    "Unreachable",
    "Usage",
]
