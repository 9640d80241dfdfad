"""TaskStore in Firestore.

    tasks/{id}               the task as a listener shows it; revision counts its commits
    tasks/{id}/votes/{seat}  the seat's ballot; counted tells whether it came in time
    idempotency/{hash}       claims
    owners/{hash}/places/{n} one for each of the owner's open tasks: admission without a counter;
                             of another hash, one for each that came within a minute
    rejections/{hash}
    feedback/{id}            what was said of the task's answer
    erased/{id}              a tombstone
    notices/{key}            what a subscriber is still to be told of a task's end

A commit is one atomic batch whose update demands the task's last update time: compare-and-set
without locks. A read-write transaction would lock, and of fifteen votes at once most would fail.
Each document carries expires_at for the database's time-to-live policy.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from google.api_core import exceptions as google_errors
from google.cloud.firestore import (
    AsyncClient,
    AsyncCollectionReference,
    AsyncDocumentReference,
    AsyncQuery,
    DocumentSnapshot,
    FieldFilter,
)

from consensus.adapters.google.firestore import (
    client,
    decoded,
    document_of,
    translated,
    updated_of,
)
from consensus.adapters.google.firestore_listener import FirestoreListener, Held
from consensus.adapters.google.firestore_places import Place, Places
from consensus.adapters.google.firestore_time import Comparison
from consensus.adapters.google.google_calls import CALL
from consensus.codec import documents
from consensus.codec.documents import Document
from consensus.config import Settings
from consensus.core.admission import LATELY
from consensus.core.errors import Conflict, NoRoom, StoreUnavailable
from consensus.core.events import Step
from consensus.core.model import Feedback, Notice, Recorded, State, Task
from consensus.ports import (
    ANY_ROOM,
    LISTENING,
    Change,
    Claim,
    Erased,
    Listing,
    Page,
    Rejection,
    Room,
    Stored,
)

POLL_SECONDS = 5.0  # a watcher hears of changes from its listener; looking covers for a broken one
LOOK_AGAIN_SECONDS = 1.0
FAILED_LOOKS = 4  # in a row, before a watcher gives up
ERASED_AT_ONCE: Final = 100  # documents
ATTEMPTS = 5  # at what others may change under us in mid-call
# What a batch raises where a document is not as it demands: look again. Cancelled is the
# emulator's word where a listener left in mid-commit, which may stand; looking tells.
UNMET: Final = (
    google_errors.FailedPrecondition,
    google_errors.Conflict,  # AlreadyExists and Aborted
    google_errors.NotFound,
    google_errors.Cancelled,
)


@dataclass(frozen=True, slots=True)
class _Version:
    updated: datetime
    revision: int
    place: int | None = None


class FirestoreStore:
    """See TaskStore. Connections are made at the first call, and belong to its event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: AsyncClient | None = None
        self._news = FirestoreListener(settings)
        self._times = Comparison()

    async def close(self) -> None:
        """Close the connections."""
        self._made = None  # it has no close of its own: it ends with its last reference
        await self._news.close()

    async def check(self) -> None:
        """See TaskStore. A look tells of the connection, the database and our right to it."""
        await self._look("ready")

    async def create(self, task: Task, claim: Claim | None, room: Room = ANY_ROOM) -> Task:
        """See TaskStore. The bounds on tasks are the commit's; seats are looked at before."""
        expired: DocumentSnapshot[Any] | None = None
        with translated():
            most, places = room.a_minute, Places(self._client)
            try:
                _, _, minute = await asyncio.gather(  # a refusal costs counts, and not all places
                    self._with_room_for_tasks(task, room.tasks),
                    self._with_room_for_seats(task, room.seats),
                    self._in_the_minute(task, most, places),
                )
            except NoRoom:
                twin = await self.claimed(claim, task.created_at) if claim else None
                if twin is None:
                    raise
                return twin
            place = None if room.tasks is None else places.any(task, room.tasks)
            # Who loses a place has lost it to another task, of which there are so many at most.
            for _ in range(ATTEMPTS + (room.tasks or 0) + (most or 0)):
                if await self._create(task, claim, expired, place, minute):
                    return task
                # A commit whose answer was lost, and which was tried again, meets itself.
                made = await self._task(task.id).get(**CALL)
                if made.exists:
                    return documents.task_from_document(document_of(made))
                if claim is not None:
                    held = await self._claim(claim.key).get(**CALL)
                    existing = await self._claimed(held, claim, task.created_at)
                    if existing is not None:
                        return existing
                    expired = held if held.exists else None
                if room.tasks is not None:
                    place = await places.free(task, room.tasks)
                minute = await places.of_the_minute(task, most)
        raise StoreUnavailable(f"task {task.id} could not be created; others came between")

    async def _with_room_for_seats(self, task: Task, most: int | None) -> None:
        """Raise NoRoom where so many of the owner's seats are at work."""
        if most is not None and await self.open_seats(task.owner) >= most:
            raise NoRoom(f"{most} seats are at work")

    async def _with_room_for_tasks(self, task: Task, most: int | None) -> None:
        """Raise NoRoom where so many of the owner's tasks are open."""
        if most is not None and await self.open_count(task.owner) >= most:
            raise NoRoom(f"{most} tasks are open")

    async def _in_the_minute(self, task: Task, most: int | None, places: Places) -> Place | None:
        """A place in the minute. Raises NoRoom where so many of the owner's tasks came in it."""
        since = task.created_at - LATELY
        if most is not None and await self.count_since(task.owner, since) >= most:
            raise NoRoom(f"{most} tasks came within a minute")
        return await places.of_the_minute(task, most)

    async def _create(
        self,
        task: Task,
        claim: Claim | None,
        expired: DocumentSnapshot[Any] | None,
        place: Place | None,
        minute: Place | None,
    ) -> bool:
        batch = self._client.batch()
        document = documents.task_to_document(task)
        # Written once it is true: an index of all that are not would grow with time.
        if not document["unsettled"]:
            del document["unsettled"]
        beside: Document = {**self._expiry(task.created_at), "revision": 1}
        if place is not None:
            beside["place"] = place.number
        for taken in filter(None, (place, minute)):
            if taken.held is None:
                batch.create(taken.document, taken.written)
            else:
                unchanged = self._unchanged(taken.held)
                batch.update(taken.document, taken.written, option=unchanged)
        batch.create(self._task(task.id), {**document, **beside})
        if claim is not None:
            claimed = documents.claim_to_document(claim, task.id)
            if expired is None:
                batch.create(self._claim(claim.key), claimed)
            else:
                batch.update(self._claim(claim.key), claimed, option=self._unchanged(expired))
        try:
            await batch.commit(**CALL)
        except UNMET:
            return False
        return True

    async def claimed(self, claim: Claim, now: datetime) -> Task | None:
        """See TaskStore."""
        with translated():
            return await self._claimed(await self._claim(claim.key).get(**CALL), claim, now)

    async def _claimed(
        self, held: DocumentSnapshot[Any], claim: Claim, now: datetime
    ) -> Task | None:
        """The task that the key's claim stands for, if it still does."""
        if not held.exists:
            return None
        task_id = documents.claimed_task(document_of(held), claim, now)
        if task_id is None:
            return None
        found = await self._task(task_id).get(**CALL)
        return documents.task_from_document(document_of(found)) if found.exists else None

    async def load(self, task_id: str) -> Stored | None:
        """See TaskStore."""
        if not documents.is_id(task_id):
            return None
        for _ in range(ATTEMPTS):
            asked = self._times.now()
            with translated():
                found, votes = await asyncio.gather(
                    self._task(task_id).get(**CALL),
                    self._task(task_id).collection("votes").get(**CALL),
                )
            self._times.tell(asked, found.read_time)
            if not found.exists:
                return None
            ballots = [
                documents.recorded_from_document(d)
                for v in votes
                if (d := document_of(v))["counted"]
            ]
            task = documents.task_from_document(document_of(found), ballots)
            # The two are of one moment where the task's last ballot is the last there is.
            if max((r.order for r in ballots), default=0) == task.last_order:
                break
        # If never: what is decided on it will not commit.
        document = document_of(found)
        version = _Version(updated_of(found), document["revision"], document.get("place"))
        return Stored(task, version)

    async def tasks(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        """See TaskStore. A read for each task."""
        references = [self._task(task_id) for task_id in task_ids]
        with translated():
            found = [snapshot async for snapshot in self._client.get_all(references, **CALL)]
        return {s.id: documents.task_from_document(document_of(s)) for s in found if s.exists}

    async def commit(self, stored: Stored, *steps: Step) -> Stored:
        """See TaskStore."""
        version, task = stored.version, steps[-1].task
        assert isinstance(version, _Version)  # noqa: S101  load made it
        before, after = documents.task_to_document(stored.task), documents.task_to_document(task)
        changes = {name: value for name, value in after.items() if value != before[name]}
        with translated():
            batch = self._client.batch()
            # An update that changes nothing would not move the update time: revision always does.
            batch.update(
                self._task(task.id),
                {**changes, "revision": version.revision + 1},
                option=self._client.write_option(last_update_time=version.updated),
            )
            for ballot in (step.recorded for step in steps if step.recorded is not None):
                batch.set(self._vote(task.id, ballot), self._ballot(ballot, counted=True))
            for notice in (notice for step in steps for notice in step.notices):
                document = documents.notice_to_document(notice) | self._expiry(notice.due)
                batch.create(self._notice(notice.key), document)
            if task.state is State.DONE and version.place is not None:
                batch.delete(Places(self._client).at(task.owner, version.place))
            try:
                written, *_ = await batch.commit(**CALL)
            except UNMET as exc:
                raise Conflict(f"task {task.id} was changed meanwhile; load it again") from exc
        updated = cast(datetime, written.update_time)  # whatever its stubs say
        return Stored(task, _Version(updated, version.revision + 1, version.place))

    async def notice(self, key: str) -> Notice | None:
        """See TaskStore."""
        with translated():
            found = await self._notice(key).get(**CALL)
        return documents.notice_from_document(document_of(found)) if found.exists else None

    async def attempt(self, notice: Notice, attempted: Notice) -> None:
        """See TaskStore."""
        reference = self._notice(notice.key)
        with translated():
            found = await reference.get(**CALL)
            if not found.exists or documents.notice_from_document(document_of(found)) != notice:
                raise Conflict(f"notice {notice.key} was changed meanwhile")
            changes = documents.notice_to_document(attempted)
            try:
                await reference.update(changes, option=self._unchanged(found), **CALL)
            except UNMET as exc:
                raise Conflict(f"notice {notice.key} was changed meanwhile") from exc

    async def forget_notice(self, key: str) -> None:
        """See TaskStore."""
        with translated():
            await self._notice(key).delete(**CALL)

    async def due_notices(self, now: datetime, limit: int) -> Sequence[Notice]:
        """See TaskStore. Needs an index on due."""
        with translated():
            query = self._client.collection("notices").where(filter=FieldFilter("due", "<=", now))
            found = await query.order_by("due").limit(limit).get(**CALL)
        return [documents.notice_from_document(document_of(snapshot)) for snapshot in found]

    async def record_late(self, task_id: str, late: Recorded) -> None:
        """See TaskStore."""
        reference = self._vote(task_id, late)
        with translated():
            try:
                await reference.create(self._ballot(late, counted=False), **CALL)
            except google_errors.AlreadyExists:
                held = documents.recorded_from_document(document_of(await reference.get(**CALL)))
                if held.ballot != late.ballot:
                    await self.reject(documents.late_rejection(task_id, late))
            else:
                await self._unless_erased(task_id, reference)

    async def reject(self, rejection: Rejection) -> None:
        """See TaskStore."""
        document = documents.rejection_to_document(rejection) | self._expiry(rejection.at)
        reference = self._client.collection("rejections").document(rejection.key)
        with translated(), contextlib.suppress(google_errors.AlreadyExists):
            await reference.create(document, **CALL)
            await self._unless_erased(rejection.task_id, reference)

    async def _unless_erased(self, task_id: str, written: AsyncDocumentReference) -> None:
        """Take back what was written about a task that was erased, before or meanwhile.

        An erasure leaves its tombstone first: whoever comes second finds what the other did.
        """
        if await self.erased(task_id):
            await written.delete(**CALL)

    async def rejections(self, limit: int = 100) -> Sequence[Rejection]:
        """See TaskStore."""
        with translated():
            query = self._client.collection("rejections").order_by(
                "at", direction=AsyncQuery.DESCENDING
            )
            found = await query.limit(limit).get(**CALL)
        return [documents.rejection_from_document(document_of(snapshot)) for snapshot in found]

    async def forget_rejection(self, key: str) -> None:
        """Let go of a rejection; idempotent."""
        with translated():
            await self._client.collection("rejections").document(key).delete(**CALL)

    async def late(self, task_id: str) -> Sequence[Recorded]:
        """See TaskStore."""
        with translated():
            votes: AsyncCollectionReference = self._task(task_id).collection("votes")
            found = await votes.where(filter=FieldFilter("counted", "==", False)).get(**CALL)
        read = (documents.recorded_from_document(document_of(snapshot)) for snapshot in found)
        return sorted(read, key=lambda recorded: recorded.ballot.seat)

    async def page(self, listing: Listing, size: int, token: str) -> Page:
        """See TaskStore. Needs indexes on owner and each filter, created_at descending."""
        after = documents.position_from_token(token) if token else None
        with translated():
            query: Any = self._client.collection("tasks")
            for condition in _conditions(listing):
                query = query.where(filter=condition)
            query = query.order_by("created_at", direction=AsyncQuery.DESCENDING)
            query = query.order_by("__name__", direction=AsyncQuery.DESCENDING)
            if after is not None:
                query = query.start_after([after.created_at, after.task_id])
            found = await query.limit(size + 1).get(**CALL)
        return documents.page_of(
            [documents.task_from_document(document_of(snapshot)) for snapshot in found], size
        )

    async def judge(self, task: Task, feedback: Feedback) -> None:
        """See TaskStore."""
        document = documents.feedback_to_document(feedback)
        kept = {"owner": task.owner, **self._expiry(feedback.at)}
        with translated():
            reference = self._feedback(task.id)
            await reference.set({**document, **kept}, **CALL)
            await self._unless_erased(task.id, reference)

    async def feedback(self, task_ids: Sequence[str]) -> Mapping[str, Feedback]:
        """See TaskStore. A read for each task."""
        references = [self._feedback(task_id) for task_id in task_ids]
        with translated():
            found = [snapshot async for snapshot in self._client.get_all(references, **CALL)]
        return {
            snapshot.id: documents.feedback_from_document(document_of(snapshot))
            for snapshot in found
            if snapshot.exists
        }

    async def judged(self, owner: str, limit: int) -> Sequence[tuple[Task, Feedback]]:
        """See TaskStore. Two reads for each task; needs an index on owner, at descending."""
        with translated():
            query = self._client.collection("feedback").where(
                filter=FieldFilter("owner", "==", owner)
            )
            ordered = query.order_by("at", direction=AsyncQuery.DESCENDING)
            said = {
                snapshot.id: documents.feedback_from_document(document_of(snapshot))
                for snapshot in await ordered.limit(limit).get(**CALL)
            }
            references = [self._task(task_id) for task_id in said]
            tasks = {
                snapshot.id: documents.task_from_document(document_of(snapshot))
                async for snapshot in self._client.get_all(references, **CALL)
                if snapshot.exists
            }
        return [(tasks[task_id], heard) for task_id, heard in said.items() if task_id in tasks]

    async def erase(self, erased: Erased) -> None:
        """See TaskStore. The task goes first, so that nothing comes to it while the rest goes."""
        task_id = erased.task_id
        named = FieldFilter("task_id", "==", task_id)
        with translated():
            batch = self._client.batch()
            expires = self._expiry(erased.at)
            batch.set(self._tombstone(task_id), {**documents.erased_to_document(erased), **expires})
            batch.delete(self._task(task_id))
            batch.delete(self._feedback(task_id))
            await batch.commit(**CALL)
            await self._delete(self._task(task_id).collection("votes"))
            await self._delete(self._client.collection("idempotency").where(filter=named))
            await self._delete(self._client.collection("rejections").where(filter=named))
            await self._delete(self._client.collection("notices").where(filter=named))

    async def _delete(self, query: AsyncQuery | AsyncCollectionReference) -> None:
        while found := await query.limit(ERASED_AT_ONCE).get(**CALL):
            batch = self._client.batch()
            for snapshot in found:
                batch.delete(snapshot.reference)
            await batch.commit(**CALL)

    async def erased(self, task_id: str) -> Erased | None:
        """See TaskStore."""
        if not documents.is_id(task_id):
            return None
        with translated():
            found = await self._tombstone(task_id).get(**CALL)
        return documents.erased_from_document(document_of(found)) if found.exists else None

    async def open_tasks(self, limit: int = 1000, after: Task | None = None) -> Sequence[Task]:
        """See TaskStore. Needs an index on state, deadline."""
        with translated():
            query = self._client.collection("tasks")
            still_open = FieldFilter("state", "in", [State.QUEUED, State.RUNNING])
            ordered = query.where(filter=still_open).order_by("deadline").order_by("__name__")
            if after is not None:
                ordered = ordered.start_after([after.deadline, after.id])
            found = await ordered.limit(limit).get(**CALL)
        return [documents.task_from_document(document_of(snapshot)) for snapshot in found]

    async def open_count(self, owner: str) -> int:
        """See TaskStore. One read, whatever the count."""
        with translated():
            ((counted,),) = await self._open_of(owner).count().get(**CALL)
        return int(counted.value)

    async def open_seats(self, owner: str) -> int:
        """See TaskStore. One read, whatever the sum; needs an index on owner, state, seats_out."""
        with translated():
            ((summed,),) = await self._open_of(owner).sum("seats_out").get(**CALL)
        return int(summed.value)

    async def count_since(self, owner: str, since: datetime) -> int:
        """See TaskStore. A read for each thousand; its order is that of the index of a caller's
        tasks: without one Firestore would look for an index that nobody made.
        """
        with translated():
            of_owner = FieldFilter("owner", "==", owner)
            query = self._client.collection("tasks").where(filter=of_owner)
            query = query.where(filter=FieldFilter("created_at", ">=", since))
            newest_first = query.order_by("created_at", direction=AsyncQuery.DESCENDING)
            ((counted,),) = await newest_first.count().get(**CALL)
        return int(counted.value)

    def _open_of(self, owner: str) -> AsyncQuery:
        query = self._client.collection("tasks").where(filter=FieldFilter("owner", "==", owner))
        return query.where(filter=FieldFilter("state", "in", [State.QUEUED, State.RUNNING]))

    async def watch(self, task_id: str) -> AsyncGenerator[Task, None]:
        """See TaskStore. A listener brings the changes; where it is silent, looking does."""
        if not documents.is_id(task_id):
            return
        revision = failed = 0
        heard: Held | None = None
        async with self._news.of_task(task_id) as news:
            while True:
                if heard is not None:
                    document, updated = decoded(heard.fields), heard.updated
                else:
                    try:
                        found = await self._look(task_id)
                    except StoreUnavailable:
                        failed += 1
                        if failed == FAILED_LOOKS or not revision:
                            raise
                        await asyncio.sleep(LOOK_AGAIN_SECONDS)
                        continue
                    if not found.exists:
                        return
                    document, updated = document_of(found), updated_of(found)
                failed = 0
                if document["revision"] > revision:
                    revision = document["revision"]
                    task = documents.task_from_document(document)
                    yield task
                    if task.state is State.DONE:
                        return
                heard = await news.since(updated, POLL_SECONDS)

    async def news(self, owner: str) -> AsyncGenerator[Change, None]:
        """See TaskStore. Of the newest tasks: the listener costs a read for each of them, then one
        for each change, and so does the look at what has changed."""
        async with self._news.of_owner(owner) as news:
            async for task_id in news:
                if task_id is None:
                    yield LISTENING
                    continue
                found = await self._look(task_id)
                task = documents.task_from_document(document_of(found)) if found.exists else None
                yield Change(task_id, task)

    async def _look(self, task_id: str) -> DocumentSnapshot[Any]:
        asked = self._times.now()
        with translated():
            found = await self._task(task_id).get(**CALL)
        self._times.tell(asked, found.read_time)
        return found

    def _expiry(self, at: datetime) -> Document:
        """When a document made then goes, for the database's time to live; none where all stays."""
        days = self._settings.retention_days
        return {"expires_at": at + timedelta(days=days)} if days else {}

    def _ballot(self, recorded: Recorded, *, counted: bool) -> Document:
        return documents.recorded_to_document(recorded, counted=counted) | self._expiry(recorded.at)

    @property
    def _client(self) -> AsyncClient:
        if self._made is None:
            self._made = client(self._settings)
        return self._made

    def _task(self, task_id: str) -> AsyncDocumentReference:
        return self._client.collection("tasks").document(task_id)

    def _vote(self, task_id: str, recorded: Recorded) -> AsyncDocumentReference:
        votes: AsyncCollectionReference = self._task(task_id).collection("votes")
        return votes.document(str(recorded.ballot.seat))

    def _feedback(self, task_id: str) -> AsyncDocumentReference:
        return self._client.collection("feedback").document(task_id)

    def _notice(self, key: str) -> AsyncDocumentReference:
        return self._client.collection("notices").document(key)

    def _tombstone(self, task_id: str) -> AsyncDocumentReference:
        return self._client.collection("erased").document(task_id)

    def _claim(self, key: str) -> AsyncDocumentReference:
        return self._client.collection("idempotency").document(key)

    def _unchanged(self, snapshot: DocumentSnapshot[Any]) -> Any:
        return self._client.write_option(last_update_time=updated_of(snapshot))


def _conditions(listing: Listing) -> list[FieldFilter]:
    """What a listing asks for."""
    conditions = []
    if listing.owner is not None:
        conditions.append(FieldFilter("owner", "==", listing.owner))
    if listing.state is not None:
        conditions.append(FieldFilter("state", "==", listing.state))
    if listing.outcome is not None:
        conditions.append(FieldFilter("outcome", "==", listing.outcome))
    if listing.unsettled:
        conditions.append(FieldFilter("unsettled", "==", True))
    if listing.metadata is not None:
        conditions.append(
            FieldFilter("labels", "array_contains", documents.label(*listing.metadata))
        )
    if listing.since is not None:
        conditions.append(FieldFilter("created_at", ">=", listing.since))
    return conditions
