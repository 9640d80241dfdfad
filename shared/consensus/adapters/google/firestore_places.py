"""Places: as many documents of an owner as it may have tasks, so that no create needs a counter.

    owners/{hash}/places/{n} one for each open task; of another hash, one for each of a minute's

The batch that creates a task also takes its places. Two creates meet only where they chose the same
one: the loser chooses again among those that are free. Whose task is gone, or whose minute, is
taken over, under the update time that was read.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from google.cloud.firestore import (
    AsyncClient,
    AsyncCollectionReference,
    AsyncDocumentReference,
    DocumentSnapshot,
)

from consensus.adapters.google.firestore import document_of
from consensus.adapters.google.google_calls import CALL
from consensus.codec.documents import Document
from consensus.core.admission import LATELY
from consensus.core.errors import NoRoom
from consensus.core.model import State, Task


@dataclass(frozen=True, slots=True)
class Place:
    """One of an owner's places, to be taken by writing that into it.

    held is its document where another task had it, which has ended or is of another minute.
    """

    document: AsyncDocumentReference
    written: Document
    held: DocumentSnapshot[Any] | None = None

    @property
    def number(self) -> int:
        """Which place it is."""
        return int(self.document.id)


@dataclass(frozen=True, slots=True)
class Places:
    """Finds places that are free. What the database raises is the caller's to translate."""

    client: AsyncClient

    def at(self, owner: str, number: int) -> AsyncDocumentReference:
        """An owner's place for an open task."""
        return self._of(owner).document(str(number))

    def any(self, task: Task, most: int) -> Place:
        """One for an open task, by chance: it may be taken."""
        return Place(self.at(task.owner, secrets.randbelow(most)), {"task": task.id})

    async def free(self, task: Task, most: int) -> Place:
        """One for an open task that nobody has, or whose task ended. Raises NoRoom."""
        owner, written = task.owner, {"task": task.id}
        taken = {int(p.id): p for p in await self._of(owner).get(**CALL)}
        free = sorted(set(range(most)) - taken.keys())
        if free:
            return Place(self.at(owner, secrets.choice(free)), written)
        tasks = self.client.collection("tasks")
        holders = {n: str(document_of(p)["task"]) for n, p in taken.items() if n < most}
        references = [tasks.document(task_id) for task_id in holders.values()]
        found = {s.id: s async for s in self.client.get_all(references, **CALL)}
        for number, task_id in holders.items():
            holder = found.get(task_id)
            if holder is None or not holder.exists or document_of(holder)["state"] == State.DONE:
                return Place(self.at(owner, number), written, taken[number])
        raise NoRoom(f"{most} tasks are open")

    async def of_the_minute(self, task: Task, most: int | None) -> Place | None:
        """One for a task of this minute that nobody took within it; None without a bound.

        One by chance is looked at first: all are looked through only near the bound. Raises NoRoom.
        """
        if most is None:
            return None
        places, then = self._of(f"{task.owner}\0minute"), task.created_at - LATELY
        written = {"at": task.created_at}
        chosen = await places.document(str(secrets.randbelow(most))).get(**CALL)
        if not chosen.exists or document_of(chosen)["at"] <= then:
            return Place(chosen.reference, written, chosen if chosen.exists else None)
        taken = {int(p.id): p for p in await places.get(**CALL)}
        old = [n for n, p in taken.items() if n < most and document_of(p)["at"] <= then]
        free = [*sorted(set(range(most)) - taken.keys()), *old]
        if not free:
            raise NoRoom(f"{most} tasks came within a minute")
        number = secrets.choice(free)
        return Place(places.document(str(number)), written, taken.get(number))

    def _of(self, owner: str) -> AsyncCollectionReference:
        named = hashlib.sha256(owner.encode()).hexdigest()
        places: AsyncCollectionReference = (
            self.client.collection("owners").document(named).collection("places")
        )
        return places
