"""Tasks that need not be read again: the ones kept last, bounded in number and in text."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, cast

from consensus.core.model import Task, Vote
from consensus.ports import Stored

MOST: Final = 2000  # tasks
MOST_TEXT: Final = 32_000_000  # characters of prompts and answers, of all of them together


@dataclass(slots=True)
class KnownTasks:
    """Stored tasks by id; the oldest make room. Whatever is not here is on the disk."""

    most: int = MOST
    most_text: int = MOST_TEXT
    _kept: OrderedDict[str, Stored] = field(default_factory=OrderedDict)
    _text: int = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, task_id: str) -> Stored | None:
        """The task as it was kept last."""
        return self._kept.get(task_id)

    def keep(self, stored: Stored) -> None:
        """Keep the task, unless a later version of it is kept."""
        task_id = stored.task.id
        known = self._kept.get(task_id)
        if known is not None and cast(int, known.version) >= cast(int, stored.version):
            return
        self.forget(task_id)
        self._kept[task_id] = stored
        self._text += _text_of(stored.task)
        while len(self._kept) > self.most or self._text > self.most_text:
            self.forget(next(iter(self._kept)))

    def forget(self, task_id: str) -> None:
        """Let go of the task, if it is here."""
        stored = self._kept.pop(task_id, None)
        if stored is not None:
            self._text -= _text_of(stored.task)

    def clear(self) -> None:
        """Let go of all."""
        self._kept.clear()
        self._text = 0


def _text_of(task: Task) -> int:
    """Characters of the texts that may be long."""
    asked = sum(len(message.content) for message in task.messages)
    votes = (record.ballot for record in task.ballots if isinstance(record.ballot, Vote))
    return asked + sum(len(vote.reading.text) + len(vote.reading.final) for vote in votes)
