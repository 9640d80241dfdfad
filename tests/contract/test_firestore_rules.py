"""The database's security rules, as the emulator applies them to clients of the database."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from google.api_core.exceptions import PermissionDenied
from google.cloud.firestore_v1.types import ListenRequest, Target

from consensus.adapters.google.firestore import database_path, listener
from consensus.adapters.google.firestore_listener import _until
from consensus.adapters.google.firestore_store import FirestoreStore
from consensus.config import Settings
from consensus.core.events import Step
from consensus.core.model import Message, Plan, Reading, Recorded, Task, Vote
from consensus.ports import Claim, Rejection

RULES = Path(__file__).parents[2] / "infra" / "firestore.rules"
NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
ADA = Task("task1", "ada", (Message("user", "?"),), Plan(), NOON, NOON + timedelta(seconds=9))
EVERYTHING = ("tasks/task1", "tasks/task1/votes/0", "idempotency/key", "rejections/key")


@dataclass(frozen=True, slots=True)
class Database:
    """The database under its rules, over REST."""

    documents: str

    def call(self, method: str, path: str, uid: str | None, body: object = None) -> int:
        """The status that a client signed in as uid gets; None is not signed in."""
        return self._send(method, f"{self.documents}/{path}", uid, body).status_code

    def owned_by(self, owner: str, uid: str) -> int:
        """The status of listing an owner's tasks."""
        same = {"fieldFilter": {"field": {"fieldPath": "owner"}, "op": "EQUAL"}}
        same["fieldFilter"]["value"] = {"stringValue": owner}
        query = {"structuredQuery": {"from": [{"collectionId": "tasks"}], "where": same}}
        return self._send("POST", f"{self.documents}:runQuery", uid, query).status_code

    def _send(self, method: str, url: str, uid: str | None, body: object) -> httpx2.Response:
        headers = {} if uid is None else {"Authorization": f"Bearer {token(uid)}"}
        return httpx2.request(method, url, headers=headers, json=body, trust_env=False)


def token(uid: str) -> str:
    """An unsigned token, which the emulator takes."""
    claims = {"sub": uid, "user_id": uid, "iss": "https://securetoken.google.com/x", "aud": "x"}
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    encoded = (base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)
    return ".".join(encoded) + "."


@pytest.fixture
async def database(firestore_emulator: str) -> Database:
    """Ada's task with a vote, a claim and a rejection, in a project that has our rules."""
    project = f"test-{uuid.uuid4().hex}"
    rules = {"rules": {"files": [{"name": "firestore.rules", "content": RULES.read_text()}]}}
    async with httpx2.AsyncClient(base_url=f"http://{firestore_emulator}", trust_env=False) as http:
        url = f"/emulator/v1/projects/{project}:securityRules"
        (await http.put(url, json=rules)).raise_for_status()
    store = FirestoreStore(
        Settings().with_changes(
            firestore_emulator_host=firestore_emulator, google_cloud_project=project
        )
    )
    await store.create(ADA, Claim("key", "body", NOON + timedelta(hours=24)))
    stored = await store.load("task1")
    assert stored is not None
    recorded = Recorded(1, NOON, Vote(0, Reading("4", "4")))
    await store.commit(stored, Step(replace(stored.task, last_order=1), recorded))
    await store.reject(Rejection("key", "UNDECODABLE", "", "", NOON))
    await store.close()
    root = f"/v1/projects/{project}/databases/(default)/documents"
    return Database(f"http://{firestore_emulator}{root}")


def test_the_owner_reads_its_tasks(database: Database) -> None:
    """A signed-in owner sees its task, and the list of its tasks."""
    assert database.call("GET", "tasks/task1", "ada") == 200
    assert database.owned_by("ada", "ada") == 200


def test_nobody_else_reads(database: Database) -> None:
    """Another user, or one who is not signed in, sees nothing; all but tasks is nobody's."""
    for path in EVERYTHING:
        assert database.call("GET", path, "eve") == 403
        assert database.call("GET", path, None) in (401, 403)
    for path in EVERYTHING[1:]:
        assert database.call("GET", path, "ada") == 403
    assert database.owned_by("ada", "eve") == 403


def test_no_client_writes(database: Database) -> None:
    """Not even the owner changes, adds or deletes a document."""
    document = {"fields": {"owner": {"stringValue": "ada"}, "state": {"stringValue": "DONE"}}}
    for path in (*EVERYTHING, "tasks/new", "tasks/task1/votes/1"):
        assert database.call("PATCH", path, "ada", document) == 403
        assert database.call("DELETE", path, "ada") == 403


async def test_a_listener_hears_its_owner_s_task_alone(
    database: Database, firestore_emulator: str
) -> None:
    """As a signed-in browser listens: Ada hears her task, Eve is refused."""
    project = database.documents.split("/projects/")[1].split("/")[0]
    settings = Settings().with_changes(
        firestore_emulator_host=firestore_emulator, google_cloud_project=project
    )
    path = database_path(settings)
    target = Target(
        documents=Target.DocumentsTarget(documents=[f"{path}/documents/tasks/task1"]), target_id=1
    )
    request = ListenRequest(database=path, add_target=target)
    connection = listener(settings, alone=True)

    async def heard(uid: str) -> str:
        """The state of the first document that is heard."""
        ended = asyncio.Event()
        metadata = [
            ("google-cloud-resource-prefix", path),
            ("authorization", f"Bearer {token(uid)}"),
        ]
        try:
            stream = await connection.listen(requests=_until(ended, request), metadata=metadata)
            async for response in stream:
                if "document_change" in response:
                    return str(response.document_change.document.fields["state"].string_value)
                if response.target_change.cause.code:
                    return f"refused: {response.target_change.cause.code}"
        except PermissionDenied:
            return "refused: 7"
        finally:
            ended.set()
        return "nothing"

    async with asyncio.timeout(60):
        assert await heard("ada") == "QUEUED"
        assert await heard("eve") == "refused: 7"  # PERMISSION_DENIED
    await connection.transport.close()  # type: ignore[no-untyped-call]
