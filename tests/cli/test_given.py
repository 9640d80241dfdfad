"""What the options of `ask` become, and what is refused with a word."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.service import Service

Start = Callable[[Service], Service]
Run = Callable[..., subprocess.CompletedProcess[str]]
SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}}


def test_every_option_reaches_the_service(serve: Start, consensus: Run, tmp_path: Path) -> None:
    """As POST /v1/tasks takes it."""
    service = serve(Service())
    letter, schema = tmp_path / "letter.txt", tmp_path / "schema.json"
    letter.write_text("Dear Ann,\n")
    schema.write_text(json.dumps(SCHEMA))
    options = "--voting majority --tolerance 0.01 --metadata run=7 --metadata of=a=b".split()
    options += [
        "--compose",
        "supported",
        "--system",
        "Be brief.",
        "--file",
        str(letter),
        "--format",
        str(schema),
    ]
    run = consensus("ask", "Who is it to?", *options, "--url", service.url)
    assert run.returncode == 0, run.stderr
    assert service.bodies == [
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Who is it to?\n\nDear Ann,\n"},
            ],
            "voting": "majority",
            "numeric_tolerance": 0.01,
            "compose": "supported",
            "metadata": {"run": "7", "of": "a=b"},
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": SCHEMA},
            },
        }
    ]


def test_a_file_alone_is_the_question(serve: Start, consensus: Run, tmp_path: Path) -> None:
    """Nothing has to be typed."""
    service = serve(Service())
    file = tmp_path / "question.txt"
    file.write_text("What is 2 + 2?")
    consensus("ask", "--file", str(file), "--format", "json", "--url", service.url)
    assert service.bodies == [
        {"prompt": "What is 2 + 2?", "response_format": {"type": "json_object"}}
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "say what the panel is to answer"),
        (("x", "--metadata", "novalue"), "takes NAME=VALUE"),
        (("x", "--format", "yaml"), 'takes "json" or a file'),
        (("x", "--file", "/no/such/file"), "does not exist"),
        (("x", "--voting", "loudest"), "majority"),
    ],
)
def test_a_slip_is_told_with_exit_code_2(
    consensus: Run, arguments: tuple[str, ...], says: str
) -> None:
    """Before anything is started."""
    run = consensus("ask", *arguments)
    assert run.returncode == 2
    assert says in " ".join(run.stderr.split())


def test_watch_prints_the_task_alone(serve: Start, consensus: Run) -> None:
    """--json, as with ask."""
    run = consensus("watch", "t1", "--json", "--url", serve(Service()).url)
    assert json.loads(run.stdout)["state"] == "DONE"
    assert "seat 0" in run.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7"])
def test_an_open_address_needs_keys(consensus: Run, host: str) -> None:
    """Else everybody could ask at the owner's cost; the error says what to set."""
    run = consensus("serve", "--host", host, "--port", "0")
    assert run.returncode == 1
    assert "CONSENSUS_API_KEYS" in run.stderr


def test_doctor_names_a_misspelt_setting(consensus: Run) -> None:
    """A slip in a variable's name would change nothing, and say nothing."""
    run = consensus("doctor", "--json", CONSENSUS_WORKRES="2")
    told = json.loads(run.stdout)
    assert told["ok"] is (run.returncode == 0)
    [slip] = [check for check in told["checks"] if "CONSENSUS_WORKRES" in check["what"]]
    assert slip["todo"] == "did you mean CONSENSUS_WORKERS?"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_told_how_to_complete(consensus: Run, shell: str) -> None:
    """`consensus --show-completion SHELL` needs no guess about the shell."""
    run = consensus("--help")
    assert "--show-completion" in run.stdout
    completed = consensus(
        _CONSENSUS_COMPLETE=f"complete_{shell}",
        _TYPER_COMPLETE_ARGS="consensus ba",
        COMP_WORDS="consensus ba",
        COMP_CWORD="1",
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )
    assert "batch" in completed.stdout
