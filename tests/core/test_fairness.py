"""Whose turn it is: the oldest task's of each owner in turn, and nobody waits for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from consensus.core.fairness import FairQueue

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@given(st.lists(st.sampled_from("abc")))
def test_everybody_is_served_once_in_order_and_in_turn(owners: list[str]) -> None:
    """Within an owner as they came; no owner twice while another waits and was served less."""
    queue: FairQueue[tuple[str, int]] = FairQueue()
    for number, owner in enumerate(owners):
        queue.push(owner, (owner, number), NOON)
    assert len(queue) == len(owners)
    served = []
    while (item := queue.pop()) is not None:
        served.append(item)
    assert sorted(served) == sorted(zip(owners, range(len(owners)), strict=True))
    for owner in set(owners):
        mine = [number for whose, number in served if whose == owner]
        assert mine == sorted(mine)
    waiting = {owner: owners.count(owner) for owner in owners}
    had = dict.fromkeys(waiting, 0)
    for owner, _ in served:
        assert all(had[owner] <= had[other] for other in waiting if waiting[other] > had[other])
        had[owner] += 1


@given(st.lists(st.integers(0, 3)))
def test_what_is_older_goes_first(ages: list[int]) -> None:
    """Whenever it came: a task that has begun asks again before one that has not."""
    queue: FairQueue[tuple[int, int]] = FairQueue()
    for number, age in enumerate(ages):
        queue.push("a", (-age, number), NOON - timedelta(seconds=age))
    assert [queue.pop() for _ in ages] == sorted((-age, n) for n, age in enumerate(ages))


def test_who_leaves_is_not_served() -> None:
    """Whether it waits or not."""
    queue: FairQueue[int] = FairQueue()
    queue.push("a", 1, NOON)
    queue.push("a", 2, NOON)
    queue.discard("a", 1)
    queue.discard("b", 7)
    assert (queue.pop(), queue.pop(), len(queue)) == (2, None, 0)
