"""The example that listens to Firestore, over the emulator and over a listener that dies."""

from __future__ import annotations

import importlib.util
import threading
import uuid
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from google.cloud import firestore

FILE = Path(__file__).parents[2] / "examples" / "listen_firestore.py"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    """The example, as a module."""
    spec = importlib.util.spec_from_file_location("listen_firestore", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _Snapshot:
    def __init__(self, document: dict[str, Any] | None) -> None:
        self._document = document

    def to_dict(self) -> dict[str, Any] | None:
        return self._document


class _Deaf:
    """A client whose listeners never say a word; the task is DONE at the second look."""

    def __init__(self, *states: str | None) -> None:
        self.states = list(states)
        self.listening = self.listened = 0

    def collection(self, _: str) -> _Deaf:
        return self

    def document(self, _: str) -> _Deaf:
        return self

    def on_snapshot(self, _: object) -> _Deaf:
        self.listening += 1
        self.listened += 1
        return self

    def unsubscribe(self) -> None:
        self.listening -= 1

    def get(self) -> _Snapshot:
        state = self.states.pop(0)
        return _Snapshot(None if state is None else {"state": state})


def test_a_listener_that_dies_without_a_word_costs_time_and_no_answer(example: ModuleType) -> None:
    """It is read, listened to anew, read again; and nothing is left listening."""
    client = _Deaf("RUNNING", "DONE")
    assert example.until_done(client, "t1", quiet=0.001) == {"state": "DONE"}
    assert (client.listened, client.listening) == (2, 0)


def test_a_task_that_is_not_there_is_told(example: ModuleType) -> None:
    """Rather than waited for, for ever."""
    with pytest.raises(LookupError):
        example.until_done(_Deaf(None), "t1", quiet=0.001)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_end_is_heard(
    example: ModuleType, firestore_emulator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a real listener: the change itself brings the answer, long before it is quiet."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    client = firestore.Client(project=f"test-{uuid.uuid4().hex}")
    task = client.collection("tasks").document("t1")
    task.set({"state": "RUNNING"})
    ending = threading.Timer(0.2, task.set, [{"state": "DONE", "result": {"answer": "397.8"}}])
    ending.start()
    try:
        told = example.until_done(client, "t1", quiet=60)
        assert told["result"] == {"answer": "397.8"}
    finally:
        ending.join()
        client.close()
