"""`consensus ask`, as a process against a service."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from consensus.cli import main
from consensus.cli.serve import EXAMPLE
from consensus.demo.tasks import prompts
from tests.cli.conftest import COMMAND, environment
from tests.cli.service import (
    PLANNED,
    Service,
    abstention,
    cancelled,
    done,
    failed,
    vote,
)

Start = Callable[[Service], Service]
Run = Callable[..., subprocess.CompletedProcess[str]]


def test_piped_it_tells_each_event_and_the_result(serve: Start, consensus: Run) -> None:
    """A pipe gets plain lines on stdout, nothing on stderr, and exit code 0 for a consensus."""
    service = serve(Service())
    run = consensus("ask", "What is 17% of 2,340?", "--url", service.url)
    assert run.stderr == ""
    assert run.stdout.splitlines() == [
        "plan: numeric · 3 to 15 votes · 60% must agree · confidence-weighted · 120 s at most",
        "seat 0: 397.8 (confidence 90%, m-1)",
        "seat 1: 397.8 (confidence 90%, m-1)",
        "tally: 397.8 leads with 75%, 1 other answer",
        "seat 2: 400 (confidence 90%, m-1)",
        "outcome: Consensus",
        "answer: 397.8",
        "confidence: 97% that more votes would not change the answer",
        "agreement: 75% (60% needed), 50% ahead of the next answer",
        "dissent: 25% 400",
        "votes: 3 used, 12 saved, 1 wave, 3 model calls",
        "tokens: 1,200 in, 88 out",
        "cost: unknown",
        "why: Two of three votes agree.",
        "task: t1",
    ]
    assert run.returncode == 0


def test_json_prints_the_task_alone(serve: Start, consensus: Run) -> None:
    """stdout is the finished task and nothing else; progress goes to stderr."""
    service = serve(Service())
    run = consensus("ask", "x", "--json", "--url", service.url)
    assert json.loads(run.stdout) == done()
    assert "seat 0" in run.stderr


@pytest.mark.parametrize(
    ("end", "code"), [(done("NO_CONSENSUS"), 3), (cancelled(), 4), (failed(), 1)]
)
def test_the_exit_code_tells_the_outcome(
    serve: Start, consensus: Run, end: dict[str, object], code: int
) -> None:
    """3 without consensus, 4 cancelled, 1 failed."""
    service = serve(Service(script=[PLANNED], end=end))
    assert consensus("ask", "x", "--url", service.url).returncode == code


def test_only_given_options_are_sent(serve: Start, consensus: Run) -> None:
    """What was not asked for is left to task analysis."""
    service = serve(Service())
    consensus("ask", "one", "--url", service.url)
    options = "--strategy exact --min-votes 5 --max-votes 9 --min-agreement 0.8 --timeout 30"
    consensus("ask", "two", *options.split(), "--url", service.url)
    assert service.bodies == [
        {"prompt": "one"},
        {
            "prompt": "two",
            "strategy": "exact",
            "min_votes": 5,
            "max_votes": 9,
            "min_agreement": 0.8,
            "timeout_seconds": 30.0,
        },
    ]


def test_a_dash_reads_the_question_from_stdin(serve: Start, consensus: Run) -> None:
    """A long question may come over a pipe."""
    service = serve(Service())
    consensus("ask", "-", "--url", service.url, stdin="Größe?\n".encode())
    assert service.bodies == [{"prompt": "Größe?\n"}]


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (["ask", "  "], b"", "the question is empty"),
        (["ask", "-"], b"", "the question is empty"),
        (["ask", "-"], b"\xff\xfe", "standard input is not UTF-8"),
        (["ask", b"caf\xe9"], b"", "the question is not UTF-8"),
        (["ask", "x", "--min-votes", "0"], b"", "--min-votes"),
        (["ask", "x", "--max-votes", "65"], b"", "--max-votes"),
        (["ask", "x", "--min-agreement", "0.4"], b"", "--min-agreement"),
        (["ask", "x", "--timeout", "4"], b"", "--timeout"),
        (["ask", "x", "--strategy", "vibes"], b"", "--strategy"),
        (["ask", "x", "--url", "ftp://x"], b"", "is not a URL"),
        (["watch", "../x"], b"", "is not a task id"),
        (["ask"], b"", "prompt"),
        (["dance"], b"", "dance"),
    ],
)
def test_wrong_usage_is_two_and_says_what(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str | bytes],
    stdin: bytes,
    says: str,
) -> None:
    """A usage error is exit code 2, on stderr, with no traceback."""
    monkeypatch.setattr(sys, "argv", ["consensus", *map(os.fsdecode, arguments)])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    with pytest.raises(SystemExit) as ended:
        main.run()
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert says in err
    assert "Traceback" not in err
    assert out == ""


def test_what_the_service_refuses_is_one_line(serve: Start, consensus: Run) -> None:
    """A problem's detail is shown; a value that the service refuses is wrong usage."""
    service = serve(Service(problem=(422, "min_votes must not be over max_votes.")))
    run = consensus("ask", "x", "--url", service.url)
    assert (run.returncode, run.stderr) == (2, "error: min_votes must not be over max_votes.\n")


def test_a_service_in_trouble_is_a_failure(serve: Start, consensus: Run) -> None:
    """A 503 is exit code 1, not wrong usage."""
    service = serve(Service(problem=(503, "Try again in a while.")))
    run = consensus("ask", "x", "--url", service.url)
    assert (run.returncode, run.stderr) == (1, "error: Try again in a while.\n")


def test_nobody_there_is_one_line(consensus: Run) -> None:
    """An address where nothing listens is one line that says what to start."""
    run = consensus("ask", "x", "--url", "127.0.0.1:9")
    assert run.returncode == 1
    assert run.stderr == (
        "error: nothing answers at http://127.0.0.1:9; "
        "start it with `consensus serve`, or check the address\n"
    )


def test_a_failure_tells_why_seats_abstained(serve: Start, consensus: Run) -> None:
    """A refused key is told as such, once, with what to do."""
    refusals = [abstention(seat, "MODEL_REFUSED", "401 invalid key") for seat in range(3)]
    service = serve(Service(script=[PLANNED, *refusals], end=failed()))
    run = consensus("ask", "x", "--url", service.url)
    why = "3 seats, MODEL_REFUSED: 401 invalid key (consensus doctor tries what the endpoint takes)"
    assert run.stderr == f"error: no answer: {why}\n"
    assert f"abstained: {why}" in run.stdout.splitlines()
    assert run.stdout.count("401 invalid key") == 2
    assert run.returncode == 1


def test_hostile_text_never_reaches_the_terminal(serve: Start, consensus: Run) -> None:
    """Answers, models, reasons and explanations arrive without a control character."""
    evil = "\x1b]0;pwned\x07\x1b[2J[bold]x[/bold]\u202e\x9b1m"
    end = done(answer=evil, explanation=evil, groups=[{"answer": evil, "votes": 1, "share": 1.0}])
    script = [PLANNED, vote(0, evil, model=evil), abstention(1, evil, evil)]
    service = serve(Service(script=script, end={**end, "id": "t1"}))
    run = consensus("ask", "x", "--url", service.url)
    assert "[bold]x[/bold]" in run.stdout
    assert not set(run.stdout) & set("\x1b\x07\u202e\x9b")
    run = consensus("ask", "x", "--json", "--url", service.url)
    assert json.loads(run.stdout)["result"]["answer"] == evil
    assert not set(run.stdout) & set("\x1b\x07\u202e\x9b")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_an_interrupt_cancels_the_task(serve: Start, number: signal.Signals, code: int) -> None:
    """Ctrl-C cancels the task at the service, says so, shows its end, and exits 130."""
    service = serve(Service(script=[PLANNED], hold=True))
    process = subprocess.Popen(
        [*COMMAND, "ask", "x", "--url", service.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("plan:")
    process.send_signal(number)
    out, err = process.communicate()
    assert service.was_cancelled
    assert "Cancelling task t1" in err
    assert "outcome: Cancelled" in out
    assert "Traceback" not in err
    assert process.returncode == code


def test_watch_tells_a_finished_task_from_its_beginning(serve: Start, consensus: Run) -> None:
    """A task that has ended is told as if it had been watched, with its exit code."""
    service = serve(Service(end=done("NO_CONSENSUS")))
    run = consensus("watch", "t1", "--url", service.url)
    assert "seat 2: 400 (confidence 90%, m-1)" in run.stdout
    assert "outcome: No consensus: nothing here is an answer to trust" in run.stdout
    assert run.returncode == 3


def test_watch_of_an_unknown_task_fails(serve: Start, consensus: Run) -> None:
    """An id that the service does not have is exit code 1 and one line."""
    run = consensus("watch", "nope", "--url", serve(Service()).url)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("error: ")


def test_an_interrupted_watch_leaves_the_task_alone(serve: Start) -> None:
    """Ctrl-C stops the watching only, and tells how to watch again."""
    service = serve(Service(script=[PLANNED], hold=True))
    process = subprocess.Popen(
        [*COMMAND, "watch", "t1", "--url", service.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("plan:")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert not service.was_cancelled
    assert f"consensus watch t1 --url {service.url}" in err


def test_help_teaches(consensus: Run) -> None:
    """Every command's help has examples or exit codes, and fits eighty columns mostly."""
    for command in ("ask", "serve", "watch", "replay", "doctor"):
        run = consensus(command, "--help")
        assert run.returncode == 0
        assert "exit code" in run.stdout.lower()
    assert "130 interrupted" in consensus("--help").stdout


def test_the_version_is_told(consensus: Run) -> None:
    """--version is one line."""
    assert consensus("--version").stdout == "consensus 0.1.0\n"


def test_every_question_in_help_is_one_that_the_demo_panel_knows(consensus: Run) -> None:
    """A newcomer copies the examples before setting a key."""
    told = [consensus(*command, "--help").stdout for command in ([], ["ask"], ["serve"])]
    questions = re.findall(r'(?:ask (?:--json )?|"prompt": )"([^"]+)"', "".join(told))
    assert len(set(questions)) >= 3
    assert set(questions) <= set(prompts())
    assert EXAMPLE in prompts()


def test_the_demo_panel_answers_for_real(consensus: Run) -> None:
    """The embedded stack, whole: workers, gRPC, votes, one answer; it says who answers."""
    run = consensus("ask", EXAMPLE, "--json", CONSENSUS_DEMO_LATENCY_MS="0")
    assert run.stderr.startswith("No OPENAI_API_KEY or OPENAI_BASE_URL: asking the bundled demo")
    task = json.loads(run.stdout)
    assert (run.returncode, task["result"]["answer"]) == (0, "397.8")


def test_what_the_demo_panel_does_not_know_fails_with_what_it_does(consensus: Run) -> None:
    """An honest failure names a few questions that work."""
    run = consensus("ask", "What is love?", CONSENSUS_DEMO_LATENCY_MS="0")
    *_, error, hint = run.stderr.splitlines()
    assert error.startswith("error: no answer: ")
    assert hint.startswith('The demo panel knows, for example: "What is 17% of 2,340?"')
    assert run.returncode == 1


def test_a_taken_port_is_one_line(consensus: Run, tmp_path: Path) -> None:
    """serve says which port is taken and how to name another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        store = str(tmp_path / "tasks.sqlite3")
        run = consensus("serve", "--port", str(port), CONSENSUS_STORE=store)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith(f"error: Port {port} on 127.0.0.1 is not free.")


def test_a_store_in_a_wrong_place_is_one_line(consensus: Run, tmp_path: Path) -> None:
    """serve says what it cannot write and which setting names another file."""
    file = tmp_path / "file"
    file.touch()
    run = consensus("serve", "--port", "0", CONSENSUS_STORE=str(file / "tasks.sqlite3"))
    assert run.returncode == 1
    assert "CONSENSUS_STORE" in run.stderr.splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """A signal stops the service, says so, and is exit code 0."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(CONSENSUS_STORE=str(tmp_path / "new" / "tasks.sqlite3")),
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("Consensus listens at http://127.0.0.1:")
    process.send_signal(number)
    out, err = process.communicate()
    assert out.endswith("Stopped.\n")
    assert "Traceback" not in err
    assert process.returncode == 0
