"""`consensus batch`: every line once, whatever is in the file and whoever is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.cli.conftest import COMMAND, environment
from tests.cli.service import Service, on_loopback

Run = Callable[..., subprocess.CompletedProcess[str]]


@dataclass
class Desk(Service):
    """Answers each task at once, and knows how often each was asked; the first ones it hands out
    freely, then it holds until it is let go."""

    keys: dict[str, int] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)  # outcomes by prompt, CONSENSUS by default
    outcomes: dict[str, str] = field(default_factory=dict)  # by key
    free: int = 1_000_000
    let_go: threading.Event = field(default_factory=threading.Event)
    full: threading.Event = field(default_factory=threading.Event)

    def app(self) -> Starlette:
        """The routes that a batch uses."""
        return Starlette(
            routes=[
                Route("/v1/tasks", self._take, methods=["POST"]),
                Route("/v1/tasks/{id}", self._tell),
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
            ]
        )

    async def _take(self, request: Request) -> Response:
        key = request.headers["idempotency-key"]
        body = await request.json()
        if body.get("prompt") == "refuse me":
            return JSONResponse({"detail": "No.", "reason": "OUT_OF_RANGE"}, 422)
        if len(self.keys) >= self.free and not self.let_go.is_set():
            self.full.set()
            return JSONResponse({"detail": "Later."}, 429, headers={"Retry-After": "60"})
        self.keys[key] = self.keys.get(key, 0) + 1
        self.outcomes.setdefault(key, self.ends.get(body["prompt"], "CONSENSUS"))
        return JSONResponse({"id": key, "state": "QUEUED"}, 202)

    async def _tell(self, request: Request) -> Response:
        task_id = request.path_params["id"]
        result = {"outcome": self.outcomes[task_id], "explanation": "Because."}
        return JSONResponse({"id": task_id, "state": "DONE", "result": result})

    async def _chat(self, request: Request) -> Response:
        return JSONResponse({"id": "chatcmpl-1", "asked": await request.json()})


@pytest.fixture
def desks() -> Iterator[Callable[[Desk], Desk]]:
    """Start desks; they end with the test."""
    with ExitStack() as stack:

        def start(desk: Desk) -> Desk:
            stack.enter_context(on_loopback(desk))
            return desk

        yield start


def _questions(folder: Path, *lines: object) -> Path:
    file = folder / "questions.jsonl"
    told = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("\n".join(told) + "\n")
    return file


def _results(folder: Path) -> dict[str, dict[str, Any]]:
    lines = (folder / "out.jsonl").read_text().splitlines()
    told = {line["custom_id"]: line for line in map(json.loads, lines)}
    assert len(told) == len(lines), "a line came twice"
    return told


def test_every_line_has_its_result_or_its_error(
    desks: Callable[[Desk], Desk], consensus: Run, tmp_path: Path
) -> None:
    """Each form of a line, blank ones, and broken ones among the good."""
    desk = desks(Desk())
    chat = {"model": "consensus", "messages": [{"role": "user", "content": "?"}]}
    file = _questions(
        tmp_path,
        '"What is 2 + 2?"',
        "",
        {"custom_id": "own", "prompt": "What is 2 + 3?"},
        {"custom_id": "chat", "method": "POST", "url": "/v1/chat/completions", "body": chat},
        "{broken",
        {"custom_id": "no", "prompt": "refuse me"},
        {"custom_id": "where", "url": "/v1/embeddings", "body": {}},
        {"custom_id": "streamed", "url": "/v1/chat/completions", "body": {"stream": True}},
        "[1]",
    )
    run = consensus("batch", str(file), "-o", str(tmp_path / "out.jsonl"), "--url", desk.url)
    assert run.returncode == 1, run.stderr
    results = _results(tmp_path)
    answered = {name for name, line in results.items() if line["error"] is None}
    assert answered == {"line-1", "own", "chat"}
    assert results["own"]["response"]["body"]["state"] == "DONE"
    assert results["chat"]["response"]["body"]["asked"] == chat
    codes = {name: line["error"]["code"] for name, line in results.items() if line["error"]}
    assert codes.pop("no") == "out_of_range"
    assert set(codes.values()) == {"invalid_line"}
    assert set(codes) == {"line-5", "where", "streamed", "line-9"}
    assert "8 of 8 lines have their result" in run.stderr
    assert "2 consensus, 1 answered, 5 errors." in run.stderr


def test_a_file_that_changed_is_not_given_other_questions_answers(
    desks: Callable[[Desk], Desk], consensus: Run, tmp_path: Path
) -> None:
    """A line before the others, another prompt, one line less; one more at the end is fine."""
    desk = desks(Desk())
    arguments = ("batch", str(tmp_path / "questions.jsonl"), "-o", str(tmp_path / "out.jsonl"))
    arguments += ("--url", desk.url)
    _questions(tmp_path, '"2 + 2?"', '"2 + 3?"')
    assert consensus(*arguments).returncode == 0
    before = (tmp_path / "out.jsonl").read_bytes()
    for changed in (['"1 + 1?"', '"2 + 2?"', '"2 + 3?"'], ['"2 + 2?"', '"9 + 9?"'], ['"2 + 2?"']):
        _questions(tmp_path, *changed)
        run = consensus(*arguments)
        assert run.returncode == 2
        assert "another" in run.stderr
        assert (tmp_path / "out.jsonl").read_bytes() == before
    _questions(tmp_path, '"2 + 2?"', '"2 + 3?"', '"2 + 4?"')
    assert consensus(*arguments).returncode == 0
    assert len(_results(tmp_path)) == 3


def test_what_is_in_the_output_is_not_asked_again(
    desks: Callable[[Desk], Desk], consensus: Run, tmp_path: Path
) -> None:
    """Nor what a kill left half-written lost; the same file once more asks nothing."""
    desk = desks(Desk())
    file = _questions(tmp_path, *({"custom_id": f"q{n}", "prompt": f"{n}?"} for n in range(5)))
    out = tmp_path / "out.jsonl"
    arguments = ("batch", str(file), "-o", str(out), "--url", desk.url)
    assert consensus(*arguments).returncode == 0
    whole = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(b"".join(whole[:2]) + whole[2][:40])
    assert consensus(*arguments).returncode == 0
    assert len(_results(tmp_path)) == 5
    assert sum(desk.keys.values()) == 8
    assert len(desk.keys) == 5, "the same line has the same key"
    again = consensus(*arguments)
    assert (again.returncode, sum(desk.keys.values())) == (0, 8)
    assert "5 of 5" in again.stderr


def test_lines_that_failed_are_told_and_asked_again(
    desks: Callable[[Desk], Desk], consensus: Run, tmp_path: Path
) -> None:
    """They had no answer: exit code 1, and each run asks another task for them, and for no other.

    A running service gives the same key the same task, so the key must differ.
    """
    ends = {"a?": "FAILED", "b?": "FAILED", "c?": "NO_CONSENSUS"}
    desk = desks(Desk(ends=dict(ends)))
    out = tmp_path / "out.jsonl"
    file = _questions(tmp_path, '"a?"', '"b?"', '"c?"', '"d?"')
    arguments = ("batch", str(file), "-o", str(out), "--url", desk.url)
    first = consensus(*arguments)
    assert first.returncode == 1
    assert "4 of 4 lines have their result" in first.stderr
    assert "1 consensus, 1 no consensus, 2 failed" in first.stderr
    failed = {name: line["error"] for name, line in _results(tmp_path).items() if line["error"]}
    assert set(failed) == {"line-1", "line-2"}
    assert failed["line-1"] == {"code": "no_votes", "message": "Because."}
    desk.ends.pop("b?")
    assert consensus(*arguments).returncode == 1
    assert {n for n, line in _results(tmp_path).items() if line["error"]} == {"line-1"}
    desk.ends.pop("a?")
    last = consensus(*arguments)
    assert (last.returncode, "3 consensus, 1 no consensus." in last.stderr) == (0, True)
    assert len(_results(tmp_path)) == 4
    assert list(desk.keys.values()) == [1] * 7, "each attempt at a failed line has its own key"
    assert (consensus(*arguments).returncode, len(desk.keys)) == (0, 7)


def test_a_result_that_was_taken_for_a_success_is_asked_again(
    desks: Callable[[Desk], Desk], consensus: Run, tmp_path: Path
) -> None:
    """Earlier versions wrote a failed task as a response."""
    desk = desks(Desk())
    file = _questions(tmp_path, '"a?"', '"b?"')
    out = tmp_path / "out.jsonl"
    arguments = ("batch", str(file), "-o", str(out), "--url", desk.url)
    assert consensus(*arguments).returncode == 0
    good = {line["custom_id"]: line for line in _results(tmp_path).values()}
    bad = json.loads(json.dumps(good["line-1"]))
    bad["response"]["body"]["result"]["outcome"] = "FAILED"
    out.write_text("".join(json.dumps(line) + "\n" for line in (good["line-2"], bad)))
    assert consensus(*arguments).returncode == 0
    assert _results(tmp_path)["line-1"]["response"]["body"]["result"]["outcome"] == "CONSENSUS"


def test_killed_it_goes_on_where_it_stopped(
    desks: Callable[[Desk], Desk], consensus: Run, tmp_path: Path
) -> None:
    """kill -9 in the middle, then the same command."""
    desk = desks(Desk(free=20))
    file = _questions(tmp_path, *(json.dumps(f"{n}?") for n in range(60)))
    arguments = ["batch", str(file), "-o", str(tmp_path / "out.jsonl"), "--url", desk.url]
    running = subprocess.Popen([*COMMAND, *arguments], env=environment(), stderr=subprocess.PIPE)
    assert desk.full.wait(60)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    desk.let_go.set()
    assert consensus(*arguments).returncode == 0
    assert len(_results(tmp_path)) == 60
    assert len(desk.keys) == 60


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([{"custom_id": "a", "prompt": "1"}, {"custom_id": "a", "prompt": "2"}], "lines 1 and 2"),
    ],
)
def test_a_file_that_cannot_be_asked_is_refused_before_anything_is(
    desks: Callable[[Desk], Desk], consensus: Run, tmp_path: Path, lines: list[object], says: str
) -> None:
    """Exit code 2, and no task."""
    desk = desks(Desk())
    file = _questions(tmp_path, *lines)
    run = consensus("batch", str(file), "-o", str(tmp_path / "out.jsonl"), "--url", desk.url)
    assert (run.returncode, desk.keys) == (2, {})
    assert says in run.stderr


def test_it_overwrites_neither_the_questions_nor_another_file(
    desks: Callable[[Desk], Desk], consensus: Run, tmp_path: Path
) -> None:
    """A slip of -o costs nothing."""
    desk = desks(Desk())
    file = _questions(tmp_path, '"1?"')
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ann\n")
    for output in (file, letter):
        before = output.read_text()
        run = consensus("batch", str(file), "-o", str(output), "--url", desk.url)
        assert run.returncode == 2
        assert output.read_text() == before
