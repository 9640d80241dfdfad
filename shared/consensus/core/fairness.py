"""Whose turn is it? Whoever came first, of each owner in turn: nobody's backlog is others' wait."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """First come, first served within an owner, and one at a time from each owner."""

    def __init__(self) -> None:
        self._by_owner: OrderedDict[str, deque[Item]] = OrderedDict()

    def __len__(self) -> int:
        """Items that wait."""
        return sum(map(len, self._by_owner.values()))

    def push(self, owner: str, item: Item) -> None:
        """Have it wait behind the owner's others."""
        self._by_owner.setdefault(owner, deque()).append(item)

    def pop(self) -> Item | None:
        """The next one, None where nothing waits; its owner is then the last in turn."""
        if not self._by_owner:
            return None
        owner, waiting = next(iter(self._by_owner.items()))
        item = waiting.popleft()
        if waiting:
            self._by_owner.move_to_end(owner)
        else:
            del self._by_owner[owner]
        return item

    def discard(self, owner: str, item: Item) -> None:
        """Have it wait no more, if it does."""
        waiting = self._by_owner.get(owner)
        if waiting is not None and item in waiting:
            waiting.remove(item)
            if not waiting:
                del self._by_owner[owner]
