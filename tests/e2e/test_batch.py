"""A file of questions through the real service, which is killed twice meanwhile: driven by the
command line, and by the service itself.

CONSENSUS_BATCH_LINES asks for a longer file.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from openai import APIConnectionError, OpenAI

from consensus.demo.tasks import prompts

LINES = int(os.environ.get("CONSENSUS_BATCH_LINES", "60"))
COMMAND = (sys.executable, "-m", "consensus.cli.main")


def _environment(folder: Path) -> dict[str, str]:
    named = ("OPENAI_", "CONSENSUS_")
    mine = {name: value for name, value in os.environ.items() if not name.startswith(named)}
    return mine | {
        "CONSENSUS_STORE": str(folder / "tasks.sqlite3"),
        "CONSENSUS_DEMO_LATENCY_MS": "1",
        "CONSENSUS_WORKERS": "2",
        "CONSENSUS_MAX_WORKERS": "2",
    }


def _serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    with (folder / "serve.log").open("ab") as log:
        return subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port)],
            env=_environment(folder),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _written(out: Path) -> int:
    return out.read_bytes().count(b"\n") if out.exists() else 0


@pytest.mark.timeout(3600)
def test_every_line_is_answered_once_though_serve_is_killed_twice(tmp_path: Path) -> None:
    """kill -9 at a third and at two thirds; the batch waits for the service and goes on."""
    known = prompts()
    file, out = tmp_path / "questions.jsonl", tmp_path / "out.jsonl"
    lines = [{"custom_id": f"q{n}", "prompt": known[n % len(known)]} for n in range(LINES)]
    file.write_text("".join(json.dumps(line | {"max_votes": 3}) + "\n" for line in lines))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    service = _serve(tmp_path, port)
    command = [*COMMAND, "batch", str(file), "-o", str(out), "--parallel", "8"]
    asking = subprocess.Popen(
        [*command, "--url", f"http://127.0.0.1:{port}"],
        env=_environment(tmp_path),
        stderr=subprocess.PIPE,
        text=True,
    )
    started = time.monotonic()
    try:
        for kill in (1, 2):
            while _written(out) < LINES * kill // 3 and asking.poll() is None:
                time.sleep(0.05)
            service.send_signal(signal.SIGKILL)
            service.wait()
            service = _serve(tmp_path, port)
        _, told = asking.communicate(timeout=3000)
        assert f"{LINES:,} of {LINES:,} lines" in told, told
        assert asking.returncode == 0, told
        results = [json.loads(line) for line in out.read_text().splitlines()]
        assert sorted(r["custom_id"] for r in results) == sorted(str(q["custom_id"]) for q in lines)
        tasks = {r["response"]["body"]["id"] for r in results}
        assert len(tasks) == LINES
        assert _stored(port) == LINES, "a line was asked twice"
        print(f"{LINES} lines in {time.monotonic() - started:.0f} s")
    finally:
        asking.kill()
        service.send_signal(signal.SIGTERM)
        service.wait()


@pytest.mark.timeout(3600)
def test_the_service_s_own_batch_goes_on_though_it_is_killed_twice(tmp_path: Path) -> None:
    """By OpenAI's client, which only looks: each line has one task and one result, in order."""
    known = prompts()
    file = tmp_path / "questions.jsonl"
    lines = [
        {
            "custom_id": f"q{n}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {
                "model": "consensus",
                "messages": [{"role": "user", "content": known[n % len(known)]}],
                "consensus": {"max_votes": 3},
            },
        }
        for n in range(LINES)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    service = _serve(tmp_path, port)
    started = time.monotonic()
    try:
        with OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="local") as client:
            _until_ready(client)
            asked = client.files.create(file=file, purpose="batch")
            batch = client.batches.create(
                input_file_id=asked.id,
                endpoint="/v1/chat/completions",
                completion_window="24h",
            )
            kills = [LINES * 2 // 3, LINES // 3]
            while batch.status not in ("completed", "failed"):
                batch = client.batches.retrieve(batch.id)
                counts = batch.request_counts
                assert counts is not None
                if kills and counts.completed >= kills[-1]:
                    kills.pop()
                    service.send_signal(signal.SIGKILL)
                    service.wait()
                    service = _serve(tmp_path, port)
                    _until_ready(client)
                time.sleep(0.05)
            assert not kills, "it was killed twice before its end"
            assert counts.total == counts.completed == LINES, (counts, batch.errors)
            assert batch.error_file_id is None
            assert batch.output_file_id is not None
            told = client.files.content(batch.output_file_id).text.splitlines()
        results = [json.loads(line) for line in told]
        assert [r["custom_id"] for r in results] == [line["custom_id"] for line in lines]
        assert _stored(port) == LINES, "a line was asked twice"
        print(f"{LINES} lines in {time.monotonic() - started:.0f} s")
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait()


@pytest.mark.timeout(300)
def test_the_command_hands_its_file_over_and_finds_it_again(tmp_path: Path) -> None:
    """Killed as soon as the service has the file; then it waits for that very batch's results."""
    file, out = tmp_path / "questions.jsonl", tmp_path / "out.jsonl"
    lines = [json.dumps(prompt) for prompt in prompts()[:40]]
    file.write_text("\n".join([*lines, "{broken"]) + "\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    service = _serve(tmp_path, port)
    command = [*COMMAND, "batch", str(file), "-o", str(out), "--served"]
    command += ["--url", f"http://127.0.0.1:{port}"]
    try:
        with OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="local") as client:
            _until_ready(client)
        with subprocess.Popen(
            command, env=_environment(tmp_path), stderr=subprocess.PIPE, text=True
        ) as first:
            assert first.stderr is not None
            assert "The service is working on batch_" in first.stderr.readline()
            first.send_signal(signal.SIGKILL)
        for _ in range(2):
            again = subprocess.run(
                command,
                env=_environment(tmp_path),
                capture_output=True,
                text=True,
                timeout=200,
                check=False,
            )
            assert again.returncode == 1, again.stderr
            assert "41 lines have their result" in again.stderr
        results = [json.loads(line) for line in out.read_text().splitlines()]
        assert len({r["custom_id"] for r in results}) == 41
        assert [r["custom_id"] for r in results if r["error"]] == ["line-41"]
        assert _stored(port) == 40, "a line was asked twice"
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait()


def _until_ready(client: OpenAI) -> None:
    for _ in range(1200):
        try:
            client.models.list()
        except APIConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the service does not listen")


def _stored(port: int) -> int:
    """Tasks that the service has, over all pages."""
    count, token = 0, ""
    while True:
        url = f"http://127.0.0.1:{port}/v1/tasks?page_size=100&page_token={token}"
        with urllib.request.urlopen(url) as answer:
            page = json.load(answer)
        count += len(page["tasks"])
        token = page["next_page_token"]
        if not token:
            return count
