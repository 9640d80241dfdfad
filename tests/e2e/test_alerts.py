"""Alerts by their causes: what goes wrong on the emulated stack writes the lines they count."""

from __future__ import annotations

import base64
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx2
import pytest

from consensus.codec.messages import encode_sweep
from consensus.config import Settings
from tests.e2e.model_server import model_server
from tests.e2e.service import Service, service
from tests.e2e.test_rotation import KeyedModel
from tests.infra.wiring import ALERTS

pytestmark = pytest.mark.timeout(240)
MONITORING = Path(__file__).parents[2] / "infra" / "terraform" / "monitoring.tf"
LINES = dict(re.findall(r'(\w+) +=.*? message = "([^"]+)"', MONITORING.read_text()))


@dataclass
class Watched:
    """An emulated stack, its model, and what its processes write to standard error."""

    stack: Service
    model: KeyedModel
    log: Path
    pubsub: str
    project: str

    def topic(self, name: str) -> str:
        """The emulator's address of one of its topics."""
        return f"http://{self.pubsub}/v1/projects/{self.project}/topics/{name}"

    def counted(self, metric: str) -> int:
        """How many lines its metric would count by now."""
        return len(re.findall(LINES[metric], self.log.read_text()))

    def sweep(self) -> None:
        """Ask for a sweep, as Cloud Scheduler does each minute."""
        topic = f"{self.topic(Settings().timers_topic)}:publish"
        message = {"data": base64.b64encode(encode_sweep()).decode()}
        httpx2.post(topic, json={"messages": [message]}, trust_env=False).raise_for_status()


Watching = Callable[[str], AbstractContextManager[Watched]]


@pytest.fixture(scope="module")
def watching(
    firestore_emulator: str, pubsub_emulator: str, tmp_path_factory: pytest.TempPathFactory
) -> Watching:
    """Starts a stack in a project of its own."""

    @contextmanager
    def started(project: str) -> Iterator[Watched]:
        folder = tmp_path_factory.mktemp(project)
        environment = {
            "FIRESTORE_EMULATOR_HOST": firestore_emulator,
            "PUBSUB_EMULATOR_HOST": pubsub_emulator,
            "GOOGLE_CLOUD_PROJECT": project,
            "OPENAI_API_KEY": "first",
        }
        model = KeyedModel()
        log: IO[str]
        with (
            (folder / "log").open("w") as log,
            model_server(model),
            service(model.url, folder / "none", "--emulators", log=log, **environment) as stack,
        ):
            yield Watched(stack, model, folder / "log", pubsub_emulator, project)

    return started


@pytest.fixture(scope="module")
def watched(watching: Watching) -> Iterator[Watched]:
    """The stack of the tests that leave it as it was, in any order."""
    with watching("alerts") as stack:
        yield stack


def test_tasks_that_only_the_sweep_moves(watched: Watched) -> None:
    """overdue-tasks: the dispatcher hangs, and their timers with it."""
    above = int(ALERTS["overdue-tasks"][2])
    dispatchers = [p for p, c in watched.stack.descendants().items() if "--target dispatch" in c]
    assert dispatchers
    for process in dispatchers:
        os.kill(process, signal.SIGSTOP)
    try:
        for n in range(above + 1):  # each closed by a sweep of its own
            task = watched.stack.ask(["7"], text=f"How many are overdue? {n}", timeout_seconds=5)
            while watched.stack.task(task["id"])["state"] != "DONE":
                watched.sweep()
            # It got its one result all the same.
            assert watched.stack.task(task["id"])["result"]["outcome"] == "FAILED"
    finally:
        for process in dispatchers:
            os.kill(process, signal.SIGCONT)
    assert watched.counted("swept") > above


def test_seats_that_bring_no_vote(watched: Watched) -> None:
    """missing-votes: the endpoint refuses the key."""
    above = int(ALERTS["missing-votes"][2])
    watched.model.key = "second"
    before = watched.counted("abstained")
    task = watched.stack.ask(["7"], text="How many without?", min_votes=above + 1, max_votes=64)
    done = watched.stack.end_of(task["id"])
    assert done["result"]["outcome"] == "FAILED"
    assert watched.counted("abstained") - before > above


def test_messages_that_say_nothing(watched: Watched) -> None:
    """rejected-messages: each is told once, and what is behind them moves on."""
    above = int(ALERTS["rejected-messages"][2])
    topic = f"{watched.topic(Settings().votes_topic)}:publish"
    garbage = {"data": base64.b64encode(b"garbage").decode()}
    before = watched.counted("rejected")
    messages = {"messages": [garbage] * (above + 1)}
    httpx2.post(topic, json=messages, trust_env=False).raise_for_status()
    watched.model.key = "first"
    task = watched.stack.ask(["7"], text="How many behind them?")
    assert watched.stack.end_of(task["id"])["result"]["outcome"] == "CONSENSUS"
    while watched.counted("rejected") <= before + above:
        watched.stack.task(task["id"])
    assert watched.counted("rejected") == before + above + 1


def test_seats_without_even_an_abstention(watching: Watching) -> None:
    """lost-seats: the votes' topic is gone, and so are the workers."""
    with watching("alerts-lost") as watched:
        httpx2.delete(watched.topic(Settings().votes_topic), trust_env=False).raise_for_status()
        for process, command in watched.stack.descendants().items():
            if "consensus.bootstrap.worker" in command:
                os.kill(process, signal.SIGKILL)
        task = watched.stack.ask(["7"], text="How many are lost?", timeout_seconds=30)
        while watched.counted("lost") <= int(ALERTS["lost-seats"][2]):
            watched.stack.task(task["id"])
