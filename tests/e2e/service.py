"""`consensus serve` as users start it: a process, its URL, and the processes below it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx2

STOP_SECONDS = 40


@dataclass(slots=True)
class Service:
    """A running service and a client for it."""

    process: subprocess.Popen[str]
    url: str
    http: httpx2.Client

    def ask(self, answers: list[str | None], text: str = "How many?", **fields: Any) -> Any:
        """POST a task whose cued model gives these answers; returns the task."""
        cue: dict[str, Any] = {"answers": answers, "delay": fields.pop("delay", 0.05)}
        headers = fields.pop("headers", {})
        body = {"prompt": f"{text} {json.dumps(cue)}", **fields}
        response = self.http.post("/v1/tasks", json=body, headers=headers)
        assert response.status_code in (200, 202), response.text
        return response.json()

    def task(self, task_id: str) -> Any:
        """The task as it stands."""
        return self.http.get(f"/v1/tasks/{task_id}").json()

    def end_of(self, task_id: str) -> Any:
        """The task at its end: its event stream always ends with the result."""
        kinds = [kind for kind, _ in self.events(task_id)]
        assert kinds[-1] == "result"
        return self.task(task_id)

    def events(self, task_id: str) -> Iterator[tuple[str, Any]]:
        """The task's events as they come: kind and data."""
        kind = ""
        with self.http.stream("GET", f"/v1/tasks/{task_id}/events") as response:
            for line in response.iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    yield kind, json.loads(value)

    def descendants(self) -> dict[int, str]:
        """Command lines by process id, of every process below the service."""
        found: dict[int, str] = {}
        waiting = _children(self.process.pid)
        while waiting:
            pid = waiting.pop()
            found[pid] = _command(pid)
            waiting += _children(pid)
        return found

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        return [p for p, command in self.descendants().items() if "bootstrap.worker" in command]


@contextmanager
def service(
    model_url: str, store: Path, *options: str, log: IO[str] | None = None, **environment: str
) -> Iterator[Service]:
    """Start the service on a free port and stop it with SIGINT; nothing of it may be left.

    log takes what all its processes write to standard error; unset, that is ours.
    """
    told = {
        "OPENAI_BASE_URL": model_url,
        "OPENAI_API_KEY": "test",
        "CONSENSUS_STORE": str(store),
        **environment,
    }
    command = [sys.executable, "-m", "consensus.cli.main", "serve", "--port", "0", *options]
    process = subprocess.Popen(
        command,
        env=os.environ | told,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,
    )
    try:
        with httpx2.Client(base_url=_url(process), timeout=60) as http:
            running = Service(process, str(http.base_url).rstrip("/"), http)
            yield running
            below = running.descendants() if process.poll() is None else {}
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)
        left = [command for pid, command in below.items() if _command(pid) == command]
        assert not left, f"left behind: {left}"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        found = next((word for word in line.split() if word.startswith("http://127.")), None)
        if found:
            return found
    message = f"the service ended before it served: {''.join(lines)}"
    raise AssertionError(message)


def _children(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in listed.split()]


def _command(pid: int) -> str:
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return raw.replace(b"\0", b" ").decode(errors="replace").strip()
