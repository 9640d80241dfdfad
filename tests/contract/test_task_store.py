"""What every TaskStore promises: SQLite in memory, SQLite in a file, and Firestore."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.bootstrap.rejected import Store
from consensus.config import Settings
from consensus.core.errors import Conflict, InvalidTask, KeyReused, NoRoom
from consensus.core.events import Step
from consensus.core.model import (
    Abstention,
    AbstentionReason,
    Ballot,
    CloseReason,
    Complexity,
    Doubt,
    Feedback,
    Finding,
    GroupShare,
    Message,
    Notice,
    NoticeKind,
    Outcome,
    Plan,
    Progress,
    Reading,
    Recorded,
    Result,
    State,
    Strategy,
    Subscriber,
    Task,
    Usage,
    Verdict,
    Vote,
    Voting,
    Wave,
)
from consensus.core.notices import FIRST_LOOK, attempted, notices_of
from consensus.ports import (
    LISTENING,
    Change,
    Claim,
    Erased,
    Listing,
    Rejection,
    Room,
    TaskStore,
)

NOON = datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC)
HOSTILE = "naïve ∑ 漢字 🗳️\n\"'; DROP TABLE tasks; --\\ \x00\x7f"


@pytest.fixture(params=["sqlite-memory", "sqlite-file", "firestore"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TaskStore]:
    """An empty store; each parameter builds only its own backend."""
    if request.param == "firestore":
        from consensus.adapters.google.firestore_store import FirestoreStore

        settings = Settings().with_changes(
            firestore_emulator_host=request.getfixturevalue("firestore_emulator"),
            google_cloud_project=f"test-{uuid.uuid4().hex}",
        )
        firestore = FirestoreStore(settings)
        yield firestore
        await firestore.close()
    else:
        path = ":memory:" if request.param == "sqlite-memory" else tmp_path / "tasks.sqlite3"
        sqlite = SqliteStore(path)
        yield sqlite
        await sqlite.close()


def a_task(task_id: str = "task1", after: float = 0.0, **changes: object) -> Task:
    """A queued task, created that many seconds after noon."""
    created = NOON + timedelta(seconds=after)
    task = Task(
        id=task_id,
        owner="local",
        messages=(Message("user", "What is 2 + 2?"),),
        plan=Plan(),
        created_at=created,
        deadline=created + timedelta(seconds=120),
    )
    return replace(task, **changes)  # type: ignore[arg-type]


def a_vote(seat: int = 0, text: str = "4", vector: bytes = b"") -> Vote:
    """A seat's vote for a text."""
    return Vote(seat, Reading(text, text, vector=vector))


def with_ballot(task: Task, ballot: Ballot) -> tuple[Task, Recorded]:
    """The task after it recorded the ballot, and the record."""
    recorded = Recorded(task.last_order + 1, NOON, ballot)
    others = (r for r in task.ballots if r.ballot.seat != ballot.seat)
    return replace(task, ballots=(*others, recorded), last_order=recorded.order), recorded


async def cast(store: TaskStore, task_id: str, *ballots: Ballot) -> Task:
    """Commit the ballots one by one, and return the task as it then is."""
    for ballot in ballots:
        stored = await store.load(task_id)
        assert stored is not None
        task, recorded = with_ballot(stored.task, ballot)
        await store.commit(stored, Step(task, recorded))
    return await loaded(store, task_id)


async def loaded(store: TaskStore, task_id: str) -> Task:
    """The stored task."""
    stored = await store.load(task_id)
    assert stored is not None
    return stored.task


async def test_what_is_created_is_loaded(store: TaskStore) -> None:
    """Every field of a task comes back as it was."""
    task = a_task(
        owner="ada@example.org",
        messages=(Message("system", HOSTILE), Message("user", "x" * 100_000)),
        prompt=HOSTILE,
        plan=Plan(
            Complexity.HIGH,
            Strategy.SEMANTIC,
            Voting.MAJORITY,
            min_votes=1,
            max_votes=64,
            min_agreement=0.5,
            timeout_seconds=540.0,
            numeric_tolerance=0.0,
            threshold_is_adaptive=True,
            max_cost_usd=0.25,
            reason=HOSTILE,
        ),
        waves=(Wave(NOON, 0, 3), Wave(NOON + timedelta(seconds=5), 3, 1)),
        metadata={"__reserved__": "a", "dotted.name": HOSTILE, "`": ""},
        traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01",
    )
    assert await store.create(task, None) == task
    assert await loaded(store, task.id) == task


async def test_an_end_is_kept(store: TaskStore) -> None:
    """A result with its groups, progress, usage and times comes back as it was."""
    await store.create(a_task(), None)
    stored = await store.load("task1")
    assert stored is not None
    groups = (GroupShare("4", 2, 1.5, 0.75, seats=(0, 2)), GroupShare(HOSTILE, 1, 0.5, 0.25))
    result = Result(
        Outcome.NO_CONSENSUS, CloseReason.DEADLINE, "4", 0.75, 0.8, 0.5, 0.9, None, groups, HOSTILE
    )
    done = replace(
        stored.task,
        state=State.DONE,
        holder="holder1",
        dispatch="message1",
        held_at=NOON,
        progress=Progress(3, 2, 1, 1),
        usage=Usage(4, 100, 10**9, None),
        result=result,
        finished_at=NOON,
    )
    await store.commit(stored, Step(done))
    assert await loaded(store, "task1") == done


async def test_doubts_and_verdicts_are_kept(store: TaskStore) -> None:
    """An open doubt, and one with its verdict and cost, come back to whoever loads or watches."""
    task = await store.create(a_task("t1"), None)
    answered = Doubt(0, HOSTILE, "Paris", Verdict(0, Finding.SAME, Usage(1, 30, 5, None)))
    plan = replace(task.plan, adjudications=2)
    doubted = replace(task, plan=plan, doubts=(answered, Doubt(1, "Paris", "Lyon")))
    stored = await store.load("t1")
    assert stored
    await store.commit(stored, Step(doubted))
    again = await store.load("t1")
    assert again
    assert again.task == doubted
    async with aclosing(store.watch("t1")) as changes:
        assert [doubt.number for doubt in (await anext(changes)).open_doubts] == [1]


async def test_unknown_tasks_are_none(store: TaskStore) -> None:
    """Ids that were never made, or cannot be ids, load as None and watch as nothing."""
    for unknown in ("nobody", "", ".", "..", "__x__", "a/b", "tasks/a/votes", "é" * 2000, "\x00"):
        assert await store.load(unknown) is None
        assert [task async for task in store.watch(unknown)] == []


async def test_a_claim_replays_its_task(store: TaskStore) -> None:
    """The same key and body give the task that they made first, and make no other."""
    claim = Claim("key", "body", NOON + timedelta(hours=24))
    first = await store.create(a_task("first"), claim)
    again = replace(claim, expires_at=NOON + timedelta(hours=25))
    assert await store.create(a_task("second", after=3600), again) == first
    assert await store.load("second") is None


async def test_a_claim_replays_its_task_as_it_stands(store: TaskStore) -> None:
    """A replay shows how far the task has come."""
    claim = Claim("key", "body", NOON + timedelta(hours=24))
    await store.create(a_task("first"), claim)
    await cast(store, "first", a_vote())
    assert (await store.create(a_task("second"), claim)).last_order == 1


async def test_creating_again_what_was_created(store: TaskStore) -> None:
    """A create whose answer was lost may be repeated under its claim."""
    claim = Claim("key", "body", NOON + timedelta(hours=24))
    await store.create(a_task(), claim)
    assert (await store.create(a_task(), claim)).id == "task1"


async def test_a_key_is_for_one_body(store: TaskStore) -> None:
    """The same key with another body is refused, and nothing is made."""
    claim = Claim("key", "body", NOON + timedelta(hours=24))
    await store.create(a_task("first"), claim)
    with pytest.raises(KeyReused):
        await store.create(a_task("second"), replace(claim, fingerprint="other"))
    assert await store.load("second") is None


async def test_an_expired_claim_is_free(store: TaskStore) -> None:
    """A key that has expired makes a new task, with any body, and holds for it then."""
    await store.create(a_task("first"), Claim("key", "body", NOON + timedelta(hours=24)))
    later = 24 * 3600.0
    claim = Claim("key", "other", NOON + timedelta(hours=48))
    assert (await store.create(a_task("second", after=later), claim)).id == "second"
    assert (await store.create(a_task("third", after=later + 1), claim)).id == "second"


async def test_a_key_raced_for_makes_one_task(store: TaskStore) -> None:
    """Of ten requests at once with one key, one makes the task and all get it."""
    claim = Claim("key", "body", NOON + timedelta(hours=24))
    made = await asyncio.gather(*(store.create(a_task(f"task{n}"), claim) for n in range(10)))
    assert len({task.id for task in made}) == 1
    assert len((await store.page(Listing("local"), 100, "")).tasks) == 1


async def test_an_expired_key_raced_for_makes_one_task(store: TaskStore) -> None:
    """An expired key, too, is taken over by one of ten."""
    await store.create(a_task("old"), Claim("key", "body", NOON + timedelta(seconds=1)))
    claim = Claim("key", "body", NOON + timedelta(hours=24))
    made = await asyncio.gather(*(store.create(a_task(f"task{n}", 60), claim) for n in range(10)))
    assert len({task.id for task in made}) == 1
    assert len((await store.page(Listing("local"), 100, "")).tasks) == 2


async def test_a_stale_commit_is_refused_whole(store: TaskStore) -> None:
    """Neither task nor ballot of a commit is kept where the task has moved on."""
    await store.create(a_task(), None)
    stale = await store.load("task1")
    assert stale is not None
    await cast(store, "task1", a_vote(0, "first"))
    task, recorded = with_ballot(stale.task, a_vote(1, "stale"))
    with pytest.raises(Conflict):
        await store.commit(stale, Step(task, recorded))
    assert [v.reading.text for v in (await loaded(store, "task1")).votes] == ["first"]


async def test_a_commit_that_changes_nothing_still_counts(store: TaskStore) -> None:
    """A commit of the very same task makes older versions stale."""
    await store.create(a_task(), None)
    stored = await store.load("task1")
    assert stored is not None
    await store.commit(stored, Step(stored.task))
    with pytest.raises(Conflict):
        await store.commit(stored, Step(stored.task))


async def test_a_commit_goes_on_from_the_one_before(store: TaskStore) -> None:
    """It tells the task as it is stored now, which is what a load would find."""
    await store.create(a_task(), None)
    stored = await store.load("task1")
    assert stored is not None
    for seat in range(3):
        task, recorded = with_ballot(stored.task, a_vote(seat))
        stored = await store.commit(stored, Step(task, recorded))
        assert stored == await store.load("task1")


async def test_one_of_fifteen_commits_wins(store: TaskStore) -> None:
    """Fifteen commits at once on one version: one stands, with its own ballot and no other."""
    await store.create(a_task(), None)
    stored = await store.load("task1")
    assert stored is not None
    version = stored

    async def commit(seat: int) -> int | None:
        task, recorded = with_ballot(version.task, a_vote(seat))
        try:
            await store.commit(version, Step(task, recorded))
        except Conflict:
            return None
        return seat

    won = [s for s in await asyncio.gather(*map(commit, range(15))) if s is not None]
    assert [vote.seat for vote in (await loaded(store, "task1")).votes] == won
    assert len(won) == 1


async def test_a_commit_on_a_task_that_is_not_there(store: TaskStore) -> None:
    """A version of a task that was never stored here is a conflict."""
    await store.create(a_task("other"), None)
    stored = await store.load("other")
    assert stored is not None
    absent = replace(stored, task=a_task("absent"))
    with pytest.raises(Conflict):
        await store.commit(absent, Step(a_task("absent", holder="h")))


async def test_a_vote_replaces_an_abstention(store: TaskStore) -> None:
    """A seat has one ballot, the one committed last; the others keep their order."""
    await store.create(a_task(), None)
    lost = Abstention(0, AbstentionReason.WORKER_LOST, HOSTILE, "ada", Usage(2, 1, 1, 0.5))
    task = await cast(store, "task1", lost, a_vote(1))
    assert [r.ballot for r in task.ballots] == [lost, a_vote(1)]
    task = await cast(store, "task1", a_vote(0))
    assert [(r.order, r.ballot) for r in task.ballots] == [(2, a_vote(1)), (3, a_vote(0))]


async def test_sixty_four_votes_with_vectors(store: TaskStore) -> None:
    """A full panel of long answers and large vectors comes back in recorded order."""
    await store.create(a_task(), None)
    votes = [a_vote(s, f"{s} {HOSTILE} " + "x" * 4000, bytes(range(256)) * 24) for s in range(64)]
    task = await cast(store, "task1", *reversed(votes))
    assert list(task.votes) == votes[::-1]


async def test_concurrent_voters_all_get_in(store: TaskStore) -> None:
    """Voters that load again after each conflict are all recorded, each under its own order."""
    await store.create(a_task(), None)

    async def vote(seat: int) -> None:
        while True:
            try:
                await cast(store, "task1", a_vote(seat))
            except Conflict:
                continue
            return

    await asyncio.gather(*map(vote, range(8)))
    task = await loaded(store, "task1")
    assert [r.order for r in task.ballots] == list(range(1, 9))
    assert {v.seat for v in task.votes} == set(range(8))


async def test_a_late_ballot_is_kept_uncounted(store: TaskStore) -> None:
    """A ballot after the end changes nothing that load shows, however often it comes."""
    await store.create(a_task(), None)
    before = await cast(store, "task1", a_vote(0))
    for _ in range(2):
        await store.record_late("task1", Recorded(2, NOON, a_vote(1)))
    assert await loaded(store, "task1") == before
    assert list(await store.rejections()) == []


async def test_a_late_ballot_of_a_taken_seat_is_a_rejection(store: TaskStore) -> None:
    """A second ballot of a seat is kept for the operator, once."""
    await store.create(a_task(), None)
    lost = Abstention(0, AbstentionReason.WORKER_LOST)
    before = await cast(store, "task1", lost)
    for order in (2, 3):
        vote = a_vote(0, "late", bytes(8))
        await store.record_late("task1", Recorded(order, NOON, vote))
    assert await loaded(store, "task1") == before
    (rejection,) = await store.rejections()
    assert rejection.reason == "LATE_BALLOT"
    assert "task1" in rejection.detail
    assert "late" in rejection.payload


async def test_a_rejection_is_kept_once(store: Store) -> None:
    """The first under a key stands; they are listed newest first, until they are let go of."""
    first = Rejection("key1", "UNDECODABLE", HOSTILE, HOSTILE, NOON)
    second = Rejection("key2", "DEAD_LETTER", "", "", NOON + timedelta(seconds=1))
    for rejection in (first, replace(first, detail="again"), second):
        await store.reject(rejection)
    assert list(await store.rejections()) == [second, first]
    assert list(await store.rejections(limit=1)) == [second]
    for _ in range(2):
        await store.forget_rejection(second.key)
    assert list(await store.rejections()) == [first]


async def test_pages_are_newest_first(store: TaskStore) -> None:
    """Pages hold each of the owner's tasks once, newest first, ties too, and end with no token."""
    times = (3, 1, 2, 2, 2, 5, 4)
    for number, after in enumerate(times):
        await store.create(a_task(f"task{number}", after), None)
    await store.create(a_task("hers", 9, owner="other"), None)
    seen: list[Task] = []
    token = ""
    while True:
        page = await store.page(Listing("local"), 2, token)
        assert 1 <= len(page.tasks) <= 2
        seen += page.tasks
        token = page.next_token
        if not token:
            break
    assert [t.created_at for t in seen] == sorted((t.created_at for t in seen), reverse=True)
    assert sorted(t.id for t in seen) == [f"task{n}" for n in range(7)]


async def test_a_full_last_page_has_no_token(store: TaskStore) -> None:
    """A token is given only where something follows."""
    for number in range(2):
        await store.create(a_task(f"task{number}"), None)
    assert (await store.page(Listing("local"), 2, "")).next_token == ""
    assert (await store.page(Listing("nobody"), 2, "")) == await store.page(
        Listing("nobody"), 2, ""
    )


async def test_pages_of_one_state(store: TaskStore) -> None:
    """A page of one state shows the tasks in it, without ballots, with tokens of its own."""
    for number in range(4):
        await store.create(a_task(f"task{number}", number), None)
    for task_id in ("task1", "task3"):
        stored = await store.load(task_id)
        assert stored is not None
        task, recorded = with_ballot(replace(stored.task, state=State.DONE), a_vote())
        await store.commit(stored, Step(task, recorded))
    first = await store.page(Listing("local", State.DONE), 1, "")
    second = await store.page(Listing("local", State.DONE), 1, first.next_token)
    assert [t.id for t in (*first.tasks, *second.tasks)] == ["task3", "task1"]
    assert first.tasks[0].ballots == ()
    assert second.next_token == ""


A_RESULT = Result(
    Outcome.CONSENSUS, CloseReason.SETTLED, "4", 1.0, 0.6, 1.0, 0.97, None, (), "because"
)


async def ended(store: TaskStore, task: Task, **changes: object) -> Task:
    """Create the task and end it with a result that has these changes."""
    await store.create(task, None)
    stored = await store.load(task.id)
    assert stored is not None
    result = replace(A_RESULT, **changes)  # type: ignore[arg-type]
    done = replace(stored.task, state=State.DONE, result=result, finished_at=NOON)
    await store.commit(stored, Step(done, notices=notices_of(done, NOON)))
    return done


SUBSCRIBED = (Subscriber("crm"), Subscriber("desk", (NoticeKind.UNSETTLED,)))


async def keys_due(store: TaskStore, seconds: float, limit: int = 10) -> list[str]:
    """The notices that are due so long after noon."""
    return [n.key for n in await store.due_notices(NOON + timedelta(seconds=seconds), limit)]


async def test_notices_are_kept_with_the_end_that_they_tell(store: TaskStore) -> None:
    """Due a little later, the longest due first; told, they are gone, forgotten once or twice."""
    await ended(store, a_task("one", subscribers=SUBSCRIBED))
    split = {"outcome": Outcome.NO_CONSENSUS, "close_reason": CloseReason.EXHAUSTED}
    await ended(store, a_task("two", 1, subscribers=SUBSCRIBED), **split)
    keys = ["one.crm.done", "two.crm.done", "two.crm.unsettled", "two.desk.unsettled"]
    assert await keys_due(store, 1) == []
    assert sorted(await keys_due(store, 60)) == keys
    assert len(await keys_due(store, 60, limit=2)) == 2
    notice = await store.notice("two.desk.unsettled")
    assert notice == Notice("two", "desk", NoticeKind.UNSETTLED, NOON + FIRST_LOOK)
    for _ in range(2):
        await store.forget_notice("two.desk.unsettled")
    assert await store.notice("two.desk.unsettled") is None
    assert sorted(await keys_due(store, 60)) == keys[:3]


async def test_one_attempt_at_a_notice_at_a_time(store: TaskStore) -> None:
    """Whoever looked before another began an attempt may not begin one too."""
    await ended(store, a_task("one", subscribers=SUBSCRIBED[:1]))
    notice = await store.notice("one.crm.done")
    assert notice is not None
    begun = attempted(notice, NOON, 0.0)
    both = [store.attempt(notice, begun) for _ in range(2)]
    failed = [error for error in await asyncio.gather(*both, return_exceptions=True) if error]
    assert [type(error) for error in failed] == [Conflict]
    assert await store.notice("one.crm.done") == begun
    assert await keys_due(store, 29) == []
    await store.forget_notice("one.crm.done")
    with pytest.raises(Conflict):
        await store.attempt(begun, attempted(begun, NOON, 0.0))


async def test_a_commit_that_loses_leaves_no_notice(store: TaskStore) -> None:
    """Task and notices are one commit."""
    await store.create(a_task("one", subscribers=SUBSCRIBED), None)
    stored = await store.load("one")
    assert stored is not None
    await cast(store, "one", a_vote())
    done = replace(stored.task, state=State.DONE, result=A_RESULT, finished_at=NOON)
    with pytest.raises(Conflict):
        await store.commit(stored, Step(done, notices=notices_of(done, NOON)))
    assert await keys_due(store, 60) == []


async def test_nobody_is_told_of_an_erased_task(store: TaskStore) -> None:
    """Its notices go with it."""
    await ended(store, a_task("one", subscribers=SUBSCRIBED))
    await store.erase(Erased("one", "local", NOON))
    assert await keys_due(store, 60) == []


async def ids(store: TaskStore, listing: Listing) -> list[str]:
    """The ids of what is listed, over pages of two."""
    found: list[str] = []
    token = ""
    while True:
        page = await store.page(listing, 2, token)
        found += [task.id for task in page.tasks]
        token = page.next_token
        if not token:
            return found


async def test_what_a_listing_filters_by(store: TaskStore) -> None:
    """Outcome, metadata, time and what is unsettled, each alone and together, newest first."""
    split = {"outcome": Outcome.NO_CONSENSUS, "close_reason": CloseReason.EXHAUSTED}
    await ended(store, a_task("agreed", 1, metadata={"run": "1", "kind": "a"}))
    await ended(store, a_task("split", 2, metadata={"run": "1", "kind": "b"}), **split)
    await ended(store, a_task("doubtful", 3, metadata={"run": "2"}), probability_correct=0.2)
    await store.create(a_task("open", 4, metadata={"run": "1", HOSTILE[:9]: HOSTILE}), None)
    await ended(store, a_task("hers", 5, owner="other", metadata={"run": "1"}), **split)
    mine = Listing("local")
    cases: list[tuple[dict[str, object], list[str]]] = [
        ({}, ["open", "doubtful", "split", "agreed"]),
        ({"outcome": Outcome.CONSENSUS}, ["doubtful", "agreed"]),
        ({"outcome": Outcome.NO_CONSENSUS}, ["split"]),
        ({"unsettled": True}, ["doubtful", "split"]),
        ({"unsettled": True, "owner": None}, ["hers", "doubtful", "split"]),
        ({"metadata": ("run", "1")}, ["open", "split", "agreed"]),
        ({"metadata": (HOSTILE[:9], HOSTILE)}, ["open"]),
        ({"metadata": ("run", "3")}, []),
        ({"since": NOON + timedelta(seconds=3)}, ["open", "doubtful"]),
        ({"since": NOON + timedelta(seconds=2), "metadata": ("run", "1")}, ["open", "split"]),
        ({"metadata": ("run", "1"), "outcome": Outcome.NO_CONSENSUS}, ["split"]),
        ({"state": State.DONE, "metadata": ("run", "1")}, ["split", "agreed"]),
    ]
    for filters, wanted in cases:
        listing = replace(mine, **filters)  # type: ignore[arg-type]
        assert await ids(store, listing) == wanted, filters


async def test_late_ballots_are_found_apart(store: TaskStore) -> None:
    """What came after the end is no part of the task, and is kept all the same."""
    await store.create(a_task(), None)
    await cast(store, "task1", a_vote(0))
    for seat in (3, 2):
        await store.record_late("task1", Recorded(2, NOON, a_vote(seat)))
    assert [late.ballot.seat for late in await store.late("task1")] == [2, 3]
    assert [vote.seat for vote in (await loaded(store, "task1")).votes] == [0]


async def test_feedback_is_kept_beside_the_result(store: TaskStore) -> None:
    """The last word stands; the task does not change; whoever learns gets the newest first."""
    for number in range(3):
        await ended(store, a_task(f"task{number}", number))
    before = await loaded(store, "task1")
    await store.judge(before, Feedback(NOON, correct=True))
    await store.judge(await loaded(store, "task2"), Feedback(NOON, answer=HOSTILE))
    last = Feedback(NOON + timedelta(seconds=1), correct=False, answer="5")
    await store.judge(before, last)
    assert await store.feedback(["task0", "task1", "task2", "none"]) == {
        "task1": last,
        "task2": Feedback(NOON, answer=HOSTILE),
    }
    judged = await store.judged("local", 10)
    assert [(task.id, said) for task, said in judged] == [
        ("task1", last),
        ("task2", Feedback(NOON, answer=HOSTILE)),
    ]
    assert [task.id for task, _ in await store.judged("local", 1)] == ["task1"]
    assert list(await store.judged("other", 10)) == []
    assert await loaded(store, "task1") == before


async def test_an_erased_task_is_gone(store: TaskStore) -> None:
    """Nothing that holds its text stays: votes, feedback, claims, rejections; others' do."""
    claim = Claim("key", "body", NOON + timedelta(days=1))
    task = a_task(metadata={"run": "1"})
    assert await store.create(task, claim) == task
    await cast(store, "task1", a_vote(0, "secret"))
    stored = await store.load("task1")
    assert stored is not None
    await store.commit(stored, Step(replace(stored.task, state=State.DONE, result=A_RESULT)))
    await store.record_late("task1", Recorded(2, NOON, a_vote(1, "secret")))
    await store.judge(task, Feedback(NOON, correct=True))
    await store.reject(Rejection("r1", "LATE_VERDICT", "task task1", "secret", NOON, "task1"))
    await store.reject(Rejection("r2", "LATE_VERDICT", "task other", "kept", NOON, "other"))
    await ended(store, a_task("other", metadata={"run": "1"}))
    tombstone = Erased("task1", "local", NOON)
    assert await store.erased("task1") is None
    for _ in range(2):
        await store.erase(tombstone)
    assert await store.load("task1") is None
    assert await store.late("task1") == []
    assert await store.feedback(["task1"]) == {}
    assert list(await store.judged("local", 10)) == []
    assert await store.claimed(claim, NOON) is None
    assert [r.key for r in await store.rejections()] == ["r2"]
    assert await ids(store, Listing("local", metadata=("run", "1"))) == ["other"]
    assert await store.erased("task1") == tombstone
    assert await store.erased("other") is None


async def test_nothing_comes_to_an_erased_task(store: TaskStore) -> None:
    """Whoever had it in hand writes in vain: a late vote, its twin, feedback, rejections."""
    task = a_task()
    await ended(store, task)
    done = await loaded(store, "task1")
    await store.erase(Erased("task1", "local", NOON))
    for answer in ("secret", "another secret"):
        await store.record_late("task1", Recorded(2, NOON, a_vote(1, answer)))
    await store.judge(done, Feedback(NOON, answer="secret"))
    await store.reject(Rejection("r1", "SURPLUS_VOTE", "task task1", "secret", NOON, "task1"))
    await store.reject(Rejection("r2", "UNDECODABLE", "", "of no task", NOON))
    assert await store.load("task1") is None
    assert await store.late("task1") == []
    assert await store.feedback(["task1"]) == {}
    assert [r.key for r in await store.rejections()] == ["r2"]


async def test_a_watcher_of_an_erased_task_ends(store: TaskStore) -> None:
    """It is told nothing more, and does not wait for ever."""
    await store.create(a_task(), None)
    async with aclosing(store.watch("task1")) as changes:
        await anext(changes)
        await store.erase(Erased("task1", "local", NOON))
        async for task in changes:
            assert task.id == "task1"


async def test_news_of_an_owners_tasks(store: TaskStore) -> None:
    """What was there is no news; what is created, changed or erased from then on is, in the end."""
    await store.create(a_task("old"), None)
    async with aclosing(store.news("local")) as news:
        assert await anext(news) == LISTENING
        await store.create(a_task("hers", 1, owner="other"), None)
        await store.create(a_task("new", 2), None)
        assert await anext(news) == Change("new", a_task("new", 2))
        task = await cast(store, "old", a_vote())
        shown = replace(task, ballots=())
        assert await anext(news) == Change("old", shown)
        await store.erase(Erased("new", "local", NOON))
        assert await anext(news) == Change("new", None)


@pytest.mark.parametrize("token", ["x", "é", "AAAA", "====", "MjAyNiBh", "a" * 10_000, "\x00"])
async def test_a_token_that_is_not_ours(store: TaskStore, token: str) -> None:
    """A forged page token is the caller's error."""
    with pytest.raises(InvalidTask):
        await store.page(Listing("local"), 2, token)


async def test_open_tasks_come_by_deadline(store: TaskStore) -> None:
    """Tasks of every owner that are not DONE, nearest deadline first, up to the limit."""
    for number, after in enumerate((30, 10, 20, 0)):
        await store.create(a_task(f"task{number}", after, owner=f"owner{number}"), None)
    for task_id, state in (("task3", State.DONE), ("task2", State.RUNNING)):
        stored = await store.load(task_id)
        assert stored is not None
        await store.commit(stored, Step(replace(stored.task, state=state)))
    assert [t.id for t in await store.open_tasks()] == ["task1", "task2", "task0"]
    (first,) = await store.open_tasks(limit=1)
    assert first.id == "task1"
    assert [t.id for t in await store.open_tasks(after=first)] == ["task2", "task0"]


async def _end(store: TaskStore, task_id: str) -> None:
    stored = await store.load(task_id)
    assert stored is not None
    await store.commit(stored, Step(replace(stored.task, state=State.DONE)))


async def test_the_room_for_open_tasks_holds_however_many_come_at_once(store: TaskStore) -> None:
    """Each owner has its own; what is refused leaves no trace; an end makes room again."""
    room = Room(tasks=5)
    coming = [
        store.create(a_task(f"{owner}{n}", n, owner=owner), None, room)
        for owner, many in (("ann", 30), ("bob", 5))
        for n in range(many)
    ]
    ends = await asyncio.gather(*coming, return_exceptions=True)
    refused = [end for end in ends if isinstance(end, BaseException)]
    assert [type(end) for end in refused] == [NoRoom] * 25
    assert [await store.open_count(owner) for owner in ("ann", "bob")] == [5, 5]
    made = [end.id for end in ends if isinstance(end, Task) and end.owner == "ann"]
    for round_ in range(3):  # a place is taken and left again and again
        await _end(store, made.pop(0))
        made.append((await store.create(a_task(f"a{round_}", owner="ann"), None, room)).id)
        with pytest.raises(NoRoom):
            await store.create(a_task("one-more", owner="ann"), None, room)
    assert await store.load("one-more") is None


async def test_a_replay_needs_no_room(store: TaskStore) -> None:
    """The claim's task is returned though its owner has all that it may have."""
    room, claim = Room(tasks=1), Claim("k", "body", NOON + timedelta(hours=24))
    made = await store.create(a_task("task1"), claim, room)
    assert (await store.create(a_task("task2"), claim, room)).id == made.id
    with pytest.raises(NoRoom):
        await store.create(a_task("task3"), replace(claim, key="other"), room)
    assert await store.claimed(replace(claim, key="other"), NOON) is None


async def test_seats_at_work_fill_the_room(store: TaskStore) -> None:
    """A queued task counts with those that it will ask first."""
    room = Room(seats=2 * a_task().plan.min_votes)
    for number in range(2):
        await store.create(a_task(f"task{number}"), None, room)
    with pytest.raises(NoRoom):
        await store.create(a_task("task2"), None, room)
    await _end(store, "task0")
    await store.create(a_task("task2"), None, room)


async def test_what_came_within_a_minute_fills_the_room(store: TaskStore) -> None:
    """Ended or not, by when it was created; each owner has its own."""
    room = Room(a_minute=2)
    for number in range(2):
        await store.create(a_task(f"task{number}", 30 * number), None, room)
    await _end(store, "task0")
    with pytest.raises(NoRoom):
        await store.create(a_task("task2", 59), None, room)
    await store.create(a_task("task2", 59, owner="bob"), None, room)
    await store.create(a_task("task3", 61), None, room)
    moments = [NOON + timedelta(seconds=after) for after in (0, 30, 31, 62)]
    assert [await store.count_since("local", moment) for moment in moments] == [3, 2, 1, 0]


async def test_an_erased_task_fills_the_room_of_its_minute(store: TaskStore) -> None:
    """Or whoever erases what was asked could ask without end."""
    room = Room(a_minute=2)
    for number in range(2):
        await store.create(a_task(f"task{number}"), None, room)
        await store.erase(Erased(f"task{number}", "local", NOON))
    with pytest.raises(NoRoom):
        await store.create(a_task("task2"), None, room)


async def test_the_room_of_a_minute_holds_however_many_come_at_once(store: TaskStore) -> None:
    """Each owner has its own; what is refused leaves no trace; a minute later there is room."""
    room = Room(a_minute=5)
    for minute in range(2):
        coming = [
            store.create(a_task(f"{owner}{minute}-{n}", 61 * minute, owner=owner), None, room)
            for owner, many in (("ann", 30), ("bob", 5))
            for n in range(many)
        ]
        ends = await asyncio.gather(*coming, return_exceptions=True)
        refused = [end for end in ends if isinstance(end, BaseException)]
        assert [type(end) for end in refused] == [NoRoom] * 25
    since = [NOON, NOON + timedelta(seconds=61)]
    counted = [await store.count_since(o, at) for o in ("ann", "bob") for at in since]
    assert counted == [10, 5, 10, 5]


async def test_it_says_that_it_works(store: TaskStore) -> None:
    """A look at an empty store, and at one with tasks."""
    await store.check()
    await store.create(a_task(), None)
    await store.check()


async def test_open_tasks_are_counted_by_owner(store: TaskStore) -> None:
    """An owner's tasks that are not DONE; nobody else's."""
    for number, owner in enumerate(("ann", "ann", "ann", "bob")):
        await store.create(a_task(f"task{number}", number, owner=owner), None)
    for task_id, state in (("task0", State.DONE), ("task1", State.RUNNING)):
        stored = await store.load(task_id)
        assert stored is not None
        await store.commit(stored, Step(replace(stored.task, state=state)))
    assert [await store.open_count(owner) for owner in ("ann", "bob", "eve")] == [2, 1, 0]


async def test_seats_that_work_are_summed_by_owner(store: TaskStore) -> None:
    """Those asked and not heard, and the first ones of a task that nobody took; none of DONE."""
    for number, owner in enumerate(("ann", "ann", "ann", "bob")):
        await store.create(a_task(f"task{number}", number, owner=owner), None)
    waiting = a_task().plan.min_votes
    asked = Progress(asked=7, voted=2, abstained=1)
    for task_id, state in (("task0", State.DONE), ("task1", State.RUNNING)):
        stored = await store.load(task_id)
        assert stored is not None
        await store.commit(stored, Step(replace(stored.task, state=state, progress=asked)))
    sums = [await store.open_seats(owner) for owner in ("ann", "bob", "eve")]
    assert sums == [4 + waiting, waiting, 0]


async def test_a_watcher_sees_each_change_and_ends(store: TaskStore) -> None:
    """A watcher shows the task now, then as it changes, and ends after DONE."""
    await store.create(a_task(), None)
    async with aclosing(store.watch("task1")) as changes:
        assert (await anext(changes)).state is State.QUEUED
        for state in (State.RUNNING, State.DONE):
            stored = await store.load("task1")
            assert stored is not None
            await store.commit(stored, Step(replace(stored.task, state=state)))
            assert (await anext(changes)).state is state
        with pytest.raises(StopAsyncIteration):
            await anext(changes)


async def test_watchers_never_go_backwards(store: TaskStore) -> None:
    """Under concurrent votes, each of several watchers goes forward only, and all see the end."""
    await store.create(a_task(), None)

    async def watch() -> list[int]:
        return [task.last_order async for task in store.watch("task1")]

    async def vote(seat: int) -> None:
        while True:
            stored = await store.load("task1")
            assert stored is not None
            task, recorded = with_ballot(stored.task, a_vote(seat))
            if recorded.order == 6:
                task = replace(task, state=State.DONE)
            try:
                return await store.commit(stored, Step(task, recorded))
            except Conflict:
                continue

    *seen, _ = await asyncio.gather(*(watch() for _ in range(4)), voting(vote))
    for orders in seen:
        assert orders == sorted(set(orders))
        assert orders[-1] == 6


async def voting(vote: object) -> None:
    """Six seats vote at once."""
    assert callable(vote)
    await asyncio.gather(*(vote(seat) for seat in range(6)))


async def test_a_claim_can_be_looked_up(store: TaskStore) -> None:
    """A key tells the task it made, until it expires; another body is refused."""
    task = a_task()
    claim = Claim("key", "body", task.created_at + timedelta(hours=24))
    assert await store.claimed(claim, task.created_at) is None
    await store.create(task, claim)
    found = await store.claimed(claim, task.created_at)
    assert found is not None
    assert found.id == task.id
    assert await store.claimed(claim, claim.expires_at) is None
    with pytest.raises(KeyReused):
        await store.claimed(replace(claim, fingerprint="other"), task.created_at)


async def test_a_watcher_of_a_done_task(store: TaskStore) -> None:
    """A task that is DONE already is shown once."""
    await store.create(a_task(state=State.DONE), None)
    assert [task.state async for task in store.watch("task1")] == [State.DONE]


async def test_a_watcher_may_be_left(store: TaskStore) -> None:
    """Closing a watcher, or cancelling who waits for it, disturbs nobody else."""
    await store.create(a_task(), None)
    async with aclosing(store.watch("task1")) as left:
        await anext(left)
        waiting = asyncio.ensure_future(anext(left))
        async with aclosing(store.watch("task1")) as kept:
            await anext(kept)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await cast(store, "task1", a_vote())
            assert (await anext(kept)).last_order == 1


async def test_one_id_makes_one_task(store: TaskStore) -> None:
    """Whoever creates it again, at once or later, has what is there, and it stays as it is."""
    made = await asyncio.gather(
        *(store.create(a_task(metadata={"n": str(n)}), None, Room(tasks=5)) for n in range(8))
    )
    stored = await store.load("task1")
    assert stored is not None
    assert {task.metadata["n"] for task in made} == {stored.task.metadata["n"]}
    await cast(store, "task1", a_vote())
    again = await store.create(a_task(metadata={"n": "9"}), None, Room(tasks=5))
    assert again.metadata == stored.task.metadata
    assert await store.open_count("local") == 1


async def test_tasks_are_told_together_without_ballots(store: TaskStore) -> None:
    """Those that there are."""
    for task_id in ("one", "two", "three"):
        await store.create(a_task(task_id), None)
    await cast(store, "two", a_vote())
    told = await store.tasks(["two", "one", "none"])
    assert told.keys() == {"one", "two"}
    assert (told["two"].last_order, told["two"].ballots) == (1, ())
    assert await store.tasks([]) == {}
