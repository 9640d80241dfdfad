"""Keys that are changed while tasks run: the model endpoint's, and the callers'."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.e2e.model_server import ModelServer, model_server
from tests.e2e.service import service

pytestmark = pytest.mark.timeout(180)


class KeyedModel(ModelServer):
    """A model server that takes one key at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.key = "first"
        self.refused = 0

    async def chat(self, request: Request) -> Response:
        """Answer whoever has the key of the hour."""
        if request.headers.get("authorization") == f"Bearer {self.key}":
            return await super().chat(request)
        self.refused += 1
        return JSONResponse({"error": {"message": "Incorrect API key provided"}}, 401)


def _keys(**owners: str) -> str:
    return ",".join(f"{o}:{hashlib.sha256(key.encode()).hexdigest()}" for o, key in owners.items())


def test_the_model_s_key_is_changed_amid_a_task(tmp_path: Path) -> None:
    """A new version with the new key finishes what the old one began, though its key is void."""
    text, store = "How many after the change?", tmp_path / "tasks.sqlite3"
    with model_server(model := KeyedModel()):
        with service(model.url, store, OPENAI_API_KEY="first") as before:
            # Its first wave answers once, and then holds the line.
            task = before.ask(["7", None, None, None, "7"], text=text, timeout_seconds=90)
            model.wait_for_calls(text, 3)
        model.key = "second"
        with service(model.url, store, OPENAI_API_KEY="second") as after:
            done = after.end_of(task["id"])
    assert (done["result"]["outcome"], done["result"]["answer"]) == ("CONSENSUS", "7"), done


def test_a_void_key_ends_its_seats_and_says_why(tmp_path: Path) -> None:
    """Until the new version is there: no seat waits for a key that will not come back."""
    store = tmp_path / "tasks.sqlite3"
    with (
        model_server(model := KeyedModel()),
        service(model.url, store, OPENAI_API_KEY="first") as running,
    ):
        model.key = "second"
        task = running.ask(["7"], text="How many without a key?", max_votes=3)
        done = running.end_of(task["id"])
        votes = running.http.get(f"/v1/tasks/{task['id']}/votes").json()["votes"]
    assert done["result"]["close_reason"] == "NO_VOTES"
    assert {vote["reason"] for vote in votes} == {"MODEL_REFUSED"}
    assert not any("first" in vote["detail"] for vote in votes)
    assert model.refused == len(votes)  # each seat asked once: a refusal is not asked again


def test_a_caller_s_key_is_changed_amid_a_task(tmp_path: Path) -> None:
    """An owner has two keys meanwhile; whose key is gone is nobody, and the task is theirs."""
    text, store = "How many of ann's?", tmp_path / "tasks.sqlite3"
    old, new = {"X-API-Key": "old key"}, {"X-API-Key": "new key"}
    with model_server() as model:
        with service(model.url, store, CONSENSUS_API_KEYS=_keys(ann="old key")) as before:
            held = ["7", None, None, None, "7"]
            task = before.ask(held, text=text, headers=old, timeout_seconds=90)
            model.wait_for_calls(text, 3)
        both = f"{_keys(ann='old key')},{_keys(ann='new key')}"
        with service(model.url, store, CONSENSUS_API_KEYS=both) as meanwhile:
            for key in (old, new):
                answer = meanwhile.http.get(f"/v1/tasks/{task['id']}", headers=key)
                assert answer.status_code == 200
        with service(model.url, store, CONSENSUS_API_KEYS=_keys(ann="new key")) as after:
            assert after.http.get("/v1/tasks", headers=old).status_code == 401
            after.http.headers.update(new)
            done = after.end_of(task["id"])
    assert (done["result"]["outcome"], done["result"]["answer"]) == ("CONSENSUS", "7"), done
