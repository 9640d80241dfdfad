"""An owner's newest finished tasks."""

from __future__ import annotations

from consensus.core.model import State, Task
from consensus.ports import Listing, TaskStore

PAGE = 100


async def newest_finished(store: TaskStore, owner: str, enough: int) -> list[Task]:
    """Pages of them, newest first, until there are enough. Raises StoreUnavailable."""
    tasks: list[Task] = []
    token = ""
    while len(tasks) < enough:
        page = await store.page(Listing(owner, State.DONE), PAGE, token)
        tasks += page.tasks
        token = page.next_token
        if not token:
            break
    return tasks
