"""Real processes and connections hit at random under load: python -m tests.chaos.run --tasks 100

Processes are killed and paused; the wires to the emulators are cut, held still and slowed. Every
task must end with one result that never changes, by its deadline and grace, within its caps on
seats and model calls. --stack embedded kills the whole service with SIGKILL and starts it again on
the same store.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from consensus.adapters.google import emulators
from tests.chaos.wire import Wire, wire
from tests.e2e.model_server import ModelServer, model_server
from tests.e2e.service import Service, service

TIMEOUT_SECONDS = 40
AFTERSHOCK_SECONDS = 15  # parts go on being hit after the last POST
GRACE = timedelta(seconds=90)
MODEL_ATTEMPTS, MAX_CALLS_PER_SEAT = 3, 3
PARTS = ("bootstrap.worker", "aggregate", "dispatch", "submit")
KINDS: tuple[emulators.Kind, ...] = ("firestore", "pubsub")
ANSWERS = ("4", "4.0", "four", "5", None)
RIGHT = ("4", "4.0", "four")
AGREED = 0.8  # of the tasks, at least: a few run out of time, or draw too many fives
MISCOUNTED = 0.2  # of the calls, at most: those that a kill catches (core/spending.py says which)


@dataclass(slots=True)
class Account:
    """What was done to the service, and what it made of its tasks."""

    done_to: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    lifetimes: int = 0
    told: int = 0  # model calls, by the tasks' own accounts
    made: int = 0  # by the model's
    agreed: int = 0  # tasks that came to the answer that most seats bring


def main() -> int:
    """Run, print the account, and exit 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--stack", choices=["emulated", "embedded"], default="emulated")
    parser.add_argument("--seed", type=int, default=0, help="of what is asked and who is hit")
    options = parser.parse_args()
    chance, account = random.Random(options.seed), Account()
    live = _emulated if options.stack == "emulated" else _embedded
    with model_server() as model, tempfile.TemporaryDirectory() as folder:
        live(model, Path(folder), options.tasks, chance, account)
    return _tell(account, options.tasks)


def _emulated(
    model: ModelServer, folder: Path, tasks: int, chance: random.Random, account: Account
) -> None:
    """Parts are killed and paused one at a time; the platform's stand-in starts them again."""
    with (
        _wires() as wires,
        service(
            model.url,
            folder / "unused",
            "--emulators",
            FIRESTORE_EMULATOR_HOST=wires["firestore"].address,
            PUBSUB_EMULATOR_HOST=wires["pubsub"].address,
        ) as running,
    ):
        account.lifetimes = 1
        with _at_random(lambda: _hit(running, wires, chance, account), chance):
            posted = [_post(running.http, number, chance) for number in range(tasks)]
            time.sleep(AFTERSHOCK_SECONDS)
        _judge(running.http, posted, model, account)


@contextmanager
def _wires() -> Iterator[dict[str, Wire]]:
    """A wire to each emulator, which is started for the purpose."""
    with ExitStack() as stack:
        wires: dict[str, Wire] = {}
        for kind in KINDS:
            emulator = asyncio.run(emulators.start(kind))
            stack.callback(_stop, emulator)
            wires[kind] = stack.enter_context(wire(emulator.address))
        yield wires


def _stop(emulator: emulators.Emulator) -> None:
    asyncio.run(emulator.stop())


def _embedded(
    model: ModelServer, folder: Path, tasks: int, chance: random.Random, account: Account
) -> None:
    """The whole service dies with SIGKILL between batches, in mid-task, and starts again."""
    posted: list[tuple[str, str]] = []
    store = folder / "tasks.sqlite3"
    while len(posted) < tasks:
        with service(model.url, store) as running:
            account.lifetimes += 1
            batch = range(len(posted), min(tasks, len(posted) + 10))
            posted += [_post(running.http, number, chance) for number in batch]
            time.sleep(chance.uniform(0.0, 2.0))
            running.process.kill()
            running.process.wait()
            account.done_to["the service killed"] += 1
    with service(model.url, store) as running:
        account.lifetimes += 1
        _judge(running.http, posted, model, account)


def _post(http: httpx2.Client, number: int, chance: random.Random) -> tuple[str, str]:
    """POST under an Idempotency-Key until somebody answers: (task id, prompt)."""
    answers = [chance.choices(ANSWERS, (60, 15, 10, 10, 5))[0] for _ in range(12)]
    cue = {"answers": answers, "delay": round(chance.uniform(0.1, 2.0), 2)}
    prompt = f"Chaos {number}: how many? {json.dumps(cue)}"
    body = {"prompt": prompt, "strategy": "numeric", "timeout_seconds": TIMEOUT_SECONDS}
    while True:
        with suppress(httpx2.HTTPError):
            reply = http.post(
                "/v1/tasks", json=body, headers={"Idempotency-Key": f"chaos-{number}"}
            )
            if reply.status_code == 202:
                time.sleep(chance.uniform(0.0, 0.4))
                return reply.json()["id"], prompt
        time.sleep(0.2)


def _hit(running: Service, wires: dict[str, Wire], chance: random.Random, account: Account) -> None:
    """Hit one part of the service, or one of its wires."""
    if chance.random() < 0.35:
        kind = chance.choice(KINDS)
        _hit_wire(kind, wires[kind], chance, account)
    else:
        _hit_process(running, chance, account)


def _hit_wire(kind: str, wire: Wire, chance: random.Random, account: Account) -> None:
    blow = chance.choice(("cut", "cut", "held still", "slowed"))
    account.done_to[f"{kind} connections {blow}"] += wire.connections
    account.done_to[f"the wire to {kind} {blow}"] += 1
    if blow == "cut":
        wire.cut()
    elif blow == "held still":
        wire.hold(chance.uniform(0.5, 5.0))
    else:
        wire.slow(chance.uniform(0.5, 5.0), by=chance.uniform(0.01, 0.3))


def _hit_process(running: Service, chance: random.Random, account: Account) -> None:
    """Kill one part of the service, or hold it still for a while."""
    part = chance.choice(PARTS)
    victims = [pid for pid, command in running.descendants().items() if part in command]
    if not victims:
        return
    victim = chance.choice(victims)
    with suppress(ProcessLookupError):
        if chance.random() < 0.6:
            os.kill(victim, signal.SIGKILL)
            account.done_to[f"{part} killed"] += 1
        else:
            os.kill(victim, signal.SIGSTOP)
            account.done_to[f"{part} paused"] += 1
            time.sleep(chance.uniform(0.5, 3.0))
            os.kill(victim, signal.SIGCONT)


@contextmanager
def _at_random(hit: Callable[[], None], chance: random.Random) -> Iterator[None]:
    """Hit again and again beside the context's body."""
    ending = threading.Event()

    def keep_hitting() -> None:
        while not ending.wait(chance.uniform(0.5, 2.5)):
            hit()

    thread = threading.Thread(target=keep_hitting)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _judge(
    http: httpx2.Client, posted: list[tuple[str, str]], model: ModelServer, account: Account
) -> None:
    for task_id, prompt in posted:
        task = _ended(http, task_id)
        result = (task and task["result"]) or {"outcome": "none", "close_reason": "none"}
        account.outcomes[f"{result['outcome']} {result['close_reason']}"] += 1
        account.agreed += result["outcome"] == "CONSENSUS" and result["answer"] in RIGHT
        account.told += task["usage"]["calls"] if task else 0
        account.made += model.asked[prompt]
        account.broken += [f"{task_id}: {what}" for what in _broken(task, model.asked[prompt])]
        if _ended(http, task_id) != task:
            account.broken.append(f"{task_id}: changed after its end")
    if account.agreed < AGREED * len(posted):
        account.broken.append(f"{account.agreed} of {len(posted)} tasks came to their answer")
    if abs(account.told - account.made) > MISCOUNTED * account.made:
        account.broken.append(f"{account.told} calls are told, and {account.made} were made")


def _ended(http: httpx2.Client, task_id: str) -> Any:
    """The task once it is DONE, or as it is when its time and grace are long over."""
    until = time.monotonic() + TIMEOUT_SECONDS + GRACE.total_seconds() + 30
    task: Any = None
    while time.monotonic() < until:
        with suppress(httpx2.HTTPError):
            reply = http.get(f"/v1/tasks/{task_id}")
            task = reply.json() if reply.status_code == 200 else task
            if task and task["state"] == "DONE":
                break
        time.sleep(0.2)
    return task


def _broken(task: Any, calls: int) -> Iterator[str]:
    """Which promises this task breaks."""
    if task is None or task["state"] != "DONE":
        yield f"not DONE: {task}"
        return
    progress, plan = task["progress"], task["plan"]
    late = datetime.fromisoformat(task["finished_at"]) - datetime.fromisoformat(task["deadline"])
    if late > GRACE:
        yield f"ended {late} after its deadline"
    if progress["asked"] < progress["voted"] + progress["abstained"]:
        yield f"heard more seats than it asked: {progress}"
    if progress["voted"] > plan["max_votes"]:
        yield f"counted too many votes: {progress}"
    if sum(group["votes"] for group in task["result"]["groups"]) != progress["voted"]:
        yield f"groups do not add up: {task['result']['groups']}"
    if calls > progress["asked"] * MODEL_ATTEMPTS * MAX_CALLS_PER_SEAT * 5:
        yield f"{calls} model calls for {progress['asked']} seats"


def _tell(account: Account, tasks: int) -> int:
    print(f"{tasks} tasks, {account.lifetimes} lifetimes, at {datetime.now(UTC):%H:%M} UTC")
    print(
        f"{account.told} model calls told, {account.made} made; {account.agreed} tasks agreed on 4"
    )
    for title, counted in (("done to it", account.done_to), ("outcomes", account.outcomes)):
        print(f"\n{title}")
        for what, times in sorted(counted.items()):
            print(f"{times:6d}  {what}")
    print(f"\n{len(account.broken)} broken promises", *account.broken, sep="\n")
    return 1 if account.broken else 0


if __name__ == "__main__":
    sys.exit(main())
