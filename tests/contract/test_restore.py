"""A restore: what an export of the database holds is a service's store again, with nothing lost."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from consensus.adapters.google import emulators
from consensus.adapters.google.firestore_store import FirestoreStore
from consensus.adapters.local.system_clock import SystemClock
from consensus.config import Settings
from consensus.core.errors import ConfigurationError
from consensus.core.events import BallotCast, Taken
from consensus.core.model import Message, Plan, Reading, State, Task, Usage, Vote
from consensus.ports import Claim, Rejection
from consensus.usecases.apply import apply_event

NOW = datetime.now(UTC).replace(microsecond=0)
CLAIM = Claim("c" * 64, "f", NOW + timedelta(hours=3))


async def _fill(store: FirestoreStore) -> list[Task]:
    """One task that is queued, one that runs, one that is done, a claim and a rejection."""
    clock, plan = SystemClock(), Plan(min_votes=3, max_votes=3)
    for name, claim in (("queued", CLAIM), ("running", None), ("done", None)):
        ends = NOW + timedelta(hours=3)  # whenever the test is run
        task = Task(name, "ann", (Message("user", "naïve ∑?"),), plan, NOW, ends)
        await store.create(task, claim)
        if name != "queued":
            await apply_event(store, clock, lambda: 0.5, name, Taken("holder"))
    for seat in range(3):
        vote = Vote(seat, Reading("4", "4", vector=bytes(range(8))), usage=Usage(1, 2, 3, 0.1))
        await apply_event(store, clock, lambda: 0.5, "done", BallotCast(vote))
    await store.reject(Rejection("r" * 64, "DEAD_LETTER", "given up", "payload", NOW))
    return [await _loaded(store, name) for name in ("queued", "running", "done")]


async def _loaded(store: FirestoreStore, name: str) -> Task:
    stored = await store.load(name)
    assert stored
    return stored.task


async def test_an_export_is_a_store_again(firestore_emulator: str, tmp_path: Path) -> None:
    """Tasks with their ballots, claims and rejections; what was open is carried on."""
    project = f"restore-{uuid.uuid4().hex[:8]}"
    settings = Settings().with_changes(
        firestore_emulator_host=firestore_emulator, google_cloud_project=project
    )
    store = FirestoreStore(settings)
    before = await _fill(store)
    await store.close()
    exported = await _export(firestore_emulator, project, tmp_path)
    try:
        restored = await emulators.start("firestore", f"--import-data={exported}")
    except ConfigurationError as error:
        pytest.skip(f"no second emulator: {error}")
    try:
        there = FirestoreStore(replace_host(settings, restored.address))
        assert [await _loaded(there, task.id) for task in before] == before
        assert [task.id for task in await there.open_tasks()] == ["queued", "running"]
        assert (await there.claimed(CLAIM, NOW) or before[1]).id == "queued"
        assert [r.reason for r in await there.rejections()] == ["DEAD_LETTER"]
        await apply_event(there, SystemClock(), lambda: 0.5, "queued", Taken("another"))
        assert (await _loaded(there, "queued")).state is State.RUNNING
        await there.close()
    finally:
        await restored.stop()


def replace_host(settings: Settings, host: str) -> Settings:
    """The settings of the restored database."""
    return settings.with_changes(firestore_emulator_host=host)


async def _export(host: str, project: str, folder: Path) -> Path:
    """Have the emulator write the project's database down; the file that names what it wrote."""
    asked = {
        "database": f"projects/{project}/databases/(default)",
        "export_directory": str(folder),
        "export_name": "export",
    }
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
        answer = await client.post(
            f"http://{host}/emulator/v1/projects/{project}:export", json=asked
        )
    if answer.status_code != 200:
        pytest.skip(f"this emulator exports nothing: {answer.status_code}")
    (named,) = (folder / "export").rglob("*.overall_export_metadata")
    return named
