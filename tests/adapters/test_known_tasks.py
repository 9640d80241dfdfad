"""What the embedded store knows without reading is bounded, however long the texts are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from consensus.adapters.local.known_tasks import KnownTasks
from consensus.core.model import Message, Plan, Reading, Recorded, Task, Vote
from consensus.ports import Stored

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def _stored(
    task_id: str, version: int = 1, prompt: str = "?", answers: tuple[str, ...] = ()
) -> Stored:
    ballots = tuple(
        Recorded(seat + 1, NOON, Vote(seat, Reading(answer, "")))
        for seat, answer in enumerate(answers)
    )
    asked = (Message("user", prompt),)
    task = Task(task_id, "local", asked, Plan(), NOON, NOON + timedelta(seconds=9), ballots=ballots)
    return Stored(task, version)


def _names(known: KnownTasks, *task_ids: str) -> list[str]:
    return [task_id for task_id in task_ids if known.get(task_id)]


def test_the_oldest_makes_room() -> None:
    """Beyond the number of tasks, the one that was kept longest ago goes, not the first made."""
    known = KnownTasks(most=2)
    for stored in (_stored("a"), _stored("b"), _stored("a", 2), _stored("c")):
        known.keep(stored)
    assert _names(known, "a", "b", "c") == ["a", "c"]


def test_long_texts_leave_sooner() -> None:
    """Prompts and answers together have a bound of their own, and a task over it is not kept."""
    known = KnownTasks(most_text=100)
    known.keep(_stored("a", prompt="x" * 60))
    known.keep(_stored("b", answers=("y" * 30, "z" * 30)))
    assert _names(known, "a", "b") == ["b"]
    known.keep(_stored("c", prompt="x" * 101))
    assert len(known) == 0


def test_what_has_left_takes_no_room() -> None:
    """A version that was replaced, and what was forgotten, are not counted any more."""
    known = KnownTasks(most_text=100)
    for version in range(1, 9):
        known.keep(_stored("a", version, "x" * 60))
    known.forget("a")
    known.forget("a")
    known.keep(_stored("b", prompt="x" * 60))
    known.clear()
    known.keep(_stored("c", prompt="x" * 60))
    known.keep(_stored("d", prompt="x" * 40))
    assert _names(known, "a", "b", "c", "d") == ["c", "d"]


def test_an_earlier_version_does_not_come_back() -> None:
    """Commits that are told out of order leave the latest known."""
    known = KnownTasks()
    known.keep(_stored("a", 2, "later"))
    known.keep(_stored("a", 1, "earlier"))
    found = known.get("a")
    assert found is not None
    assert found.task.messages[0].content == "later"
