"""Whose turn is it? The oldest task's, of each owner in turn: nobody's backlog is others' wait."""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict
from datetime import datetime
from itertools import count
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """The oldest first within an owner, and one at a time from each owner.

    Of what is equally old, who came first is first. Whoever waits is passed only by what is older
    and by one item of each other owner at a time, so nobody waits for ever.
    """

    def __init__(self) -> None:
        self._by_owner: OrderedDict[str, list[tuple[datetime, int, Item]]] = OrderedDict()
        self._arrivals = count()

    def __len__(self) -> int:
        """Items that wait."""
        return sum(map(len, self._by_owner.values()))

    def push(self, owner: str, item: Item, since: datetime) -> None:
        """Have it wait behind those of the owner's others that are as old or older."""
        insort(self._by_owner.setdefault(owner, []), (since, next(self._arrivals), item))

    def pop(self) -> Item | None:
        """The next one, None where nothing waits; its owner is then the last in turn."""
        if not self._by_owner:
            return None
        owner, waiting = next(iter(self._by_owner.items()))
        _, _, item = waiting.pop(0)
        if waiting:
            self._by_owner.move_to_end(owner)
        else:
            del self._by_owner[owner]
        return item

    def discard(self, owner: str, item: Item) -> None:
        """Have it wait no more, if it does."""
        waiting = self._by_owner.get(owner, [])
        waiting[:] = [entry for entry in waiting if entry[2] is not item]
        if not waiting:
            self._by_owner.pop(owner, None)
