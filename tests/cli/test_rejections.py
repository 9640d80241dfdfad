"""`consensus rejections`: what had no effect is seen, and handled again."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consensus.adapters.local.sqlite_store import SqliteStore
from consensus.cli.doctor import Finding, rejected
from consensus.cli.rejections import Wanted, rejections
from consensus.cli.terminal import local_time
from consensus.codec.messages import encode_ballot, encode_deadline, encode_dispatch, encode_sweep
from consensus.config import Settings
from consensus.core.model import Message, Plan, Progress, Reading, State, Task, Vote
from consensus.ports import Rejection

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
NOW = datetime.now(UTC)
TASK = Task(
    id="task1",
    owner="local",
    messages=(Message("user", "2 + 2?"),),
    plan=Plan(),
    created_at=NOW,
    deadline=NOW + timedelta(hours=1),
    state=State.RUNNING,
    holder="somebody",
    progress=Progress(asked=3, waves=1),
)
VOTE = Vote(0, Reading("It is 4.", "4"))


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a stack of our own."""
    for variable in ("GOOGLE_CLOUD_PROJECT", "FIRESTORE_EMULATOR_HOST"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("CONSENSUS_STORE", str(tmp_path / "tasks.sqlite3"))
    return tmp_path / "tasks.sqlite3"


def a_letter(payload: bytes, key: str = "k" * 64, at: datetime = NOON) -> Rejection:
    """A dead letter."""
    return Rejection(key, "DEAD_LETTER", "given up by votes\x1b[2J", payload.decode(), at)


def keep(path: Path, *kept: Rejection, task: Task = TASK) -> None:
    """Have the stack keep a task and some rejections."""

    async def run() -> None:
        store = SqliteStore(path)
        await store.create(task, None)
        for rejection in kept:
            await store.reject(rejection)
        await store.close()

    asyncio.run(run())


def held(path: Path) -> tuple[Task, list[str]]:
    """The task, and the reasons of the rejections there are."""

    async def run() -> tuple[Task, list[str]]:
        store = SqliteStore(path)
        stored = await store.load("task1")
        reasons = [rejection.reason for rejection in await store.rejections()]
        await store.close()
        assert stored
        return stored.task, reasons

    return asyncio.run(run())


def test_a_dead_vote_counts_after_all(path: Path) -> None:
    """Handled again it is recorded, and the rejection is gone; a second time there is nothing."""
    keep(path, a_letter(encode_ballot("task1", VOTE, "")))
    assert rejections(Wanted(replay=("kkk",))) == 0
    task, reasons = held(path)
    assert [vote.reading.final for vote in task.votes] == ["4"]
    assert reasons == []
    assert rejections(Wanted(replay=("kkk",))) == 1


def test_every_dead_letter_is_handled_in_one_go(path: Path) -> None:
    """Whatever its kind; what is no dead letter stays."""
    letters = (
        encode_ballot("task1", VOTE, ""),
        encode_ballot("task1", VOTE, ""),
        encode_dispatch(TASK),
        encode_deadline("task1"),
        encode_sweep(),
    )
    other = replace(a_letter(b"{}", "x" * 64), reason="UNDECODABLE")
    keep(path, other, *(a_letter(data, f"{n}" * 64) for n, data in enumerate(letters)))
    assert rejections(Wanted(replay_dead_letters=True)) == 0
    task, reasons = held(path)
    assert task.progress.voted == 1, "a vote that came twice counts once"
    assert reasons == ["UNDECODABLE"]


def test_what_is_rejected_again_stays_on_record(path: Path) -> None:
    """A vote for a task that is not there is rejected anew, under its reason."""
    keep(path, a_letter(encode_ballot("task9", VOTE, "")))
    assert rejections(Wanted(replay=("kkk",))) == 0
    assert held(path)[1] == ["UNKNOWN_TASK"]


@pytest.mark.parametrize("payload", [b"", b"{", b'{"kind": "grant"}', b"[" * 5000])
def test_poison_cannot_be_handled_again(
    path: Path, payload: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stays, and the exit says that it was not done."""
    keep(path, a_letter(payload))
    assert rejections(Wanted(replay=("kkk",))) == 1
    assert "no whole message" in capsys.readouterr().err
    assert held(path)[1] == ["DEAD_LETTER"]


@pytest.mark.parametrize("key", ["zzz", ""])
def test_an_unknown_key_handles_nothing(path: Path, key: str) -> None:
    """Not even the empty one, with which every key begins."""
    keep(path, a_letter(encode_ballot("task1", VOTE, "")))
    assert rejections(Wanted(replay=(key,))) == 1
    assert held(path)[1] == ["DEAD_LETTER"]


def test_messages_are_shown_only_when_asked_for(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They may hold answers; and nothing in them reaches the terminal but visible text."""
    hostile = replace(VOTE, reading=Reading("secret\x1b]0;title\x07", "4"))
    keep(path, a_letter(encode_ballot("task1", hostile, "")))
    rejections(Wanted())
    told = capsys.readouterr().out
    assert "kkkkkkkkkkkk  DEAD_LETTER: given up by votes" in told
    assert "secret" not in told
    rejections(Wanted(json_only=True))
    (plain,) = json.loads(capsys.readouterr().out)
    assert "payload" not in plain
    rejections(Wanted(show=True))
    shown = capsys.readouterr().out
    assert "secret" in shown
    assert "\x1b" not in told + shown


def test_the_doctor_tells_of_them(path: Path) -> None:
    """Only where there are any, and without making a store where there is none."""
    assert list(rejected(Settings())) == []
    assert not path.exists()
    keep(path, a_letter(b"{}"))
    (check,) = rejected(Settings())
    assert check.finding is Finding.NOTE
    at = local_time("2026-01-02T12:00:00+00:00")
    assert f"messages without effect: 1; the latest at {at}, DEAD_LETTER" in check.what
    assert check.todo == "consensus rejections"
