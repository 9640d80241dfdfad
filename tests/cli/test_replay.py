"""`consensus replay`, and the file it reads."""

from __future__ import annotations

import json
import random
import subprocess
from codecs import BOM_UTF8
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from consensus.cli.recordings import read_recording, read_recordings
from consensus.codec.calibrations import from_json
from consensus.core.model import Strategy
from consensus.usecases.replay import RecordedVote, Recording
from tests.cli.conftest import ROOT

Run = Callable[..., subprocess.CompletedProcess[str]]

SAMPLE = ROOT / "examples" / "recorded-votes.jsonl"
KEYS = [
    "questions",
    "mean_votes",
    "mean_waves",
    "p95_waves",
    "agreement_with_full",
    "accuracy",
    "accuracy_full",
    "ece",
    "votes_saved",
    "coverage",
    "accuracy_covered",
    "judged_by",
]


def test_json_is_the_report_alone(consensus: Run) -> None:
    """Exactly the documented keys, and the same figures for the same seed."""
    run = consensus("replay", str(SAMPLE), "--json", "--orders", "3", "--max-votes", "9")
    again = consensus("replay", str(SAMPLE), "--json", "--orders", "3", "--max-votes", "9")
    report = json.loads(run.stdout)
    assert list(report) == KEYS
    assert report["questions"] == 24
    assert 3 <= report["mean_votes"] <= 9
    assert report["votes_saved"] == pytest.approx(9 - report["mean_votes"])
    assert (run.returncode, run.stderr, run.stdout) == (0, "", again.stdout)


def test_the_table_reads_without_colour_in_a_pipe(consensus: Run) -> None:
    """People get labels, figures and what they mean."""
    run = consensus("replay", str(SAMPLE), "--orders", "2")
    assert run.returncode == 0
    assert "Agreement" in run.stdout
    assert "\x1b" not in run.stdout


def test_a_line_is_read_whole() -> None:
    """Every documented field is taken; other fields are notes."""
    line = (
        b'{"id": 7, "strategy": "exact", "gold": 3, "prompt": "?", "note": "mine",'
        b' "votes": [{"answer": "a", "confidence": 1, "model": "m", "tokens": 9,'
        b' "probability": 0.5, "correct": true}, {"answer": 2}]}'
    )
    votes = (RecordedVote("a", 1.0, "m", 9, 0.5, correct=True), RecordedVote("2"))
    assert read_recording(line) == Recording("7", votes, Strategy.EXACT, "3", "?")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b"[1]", "must be a JSON object"),
        (b"{}", '"votes" must be a list'),
        (b'{"id": 1, "strategy": "exact", "votes": []}', '"votes" must be a list'),
        (b'{"strategy": "exact", "votes": [{"answer": "a"}]}', '"id" must be'),
        (b'{"id": 1, "votes": [{"answer": "a"}]}', '"strategy" must be one of exact, numeric'),
        (b'{"id": 1, "strategy": "auto", "votes": [{"answer": "a"}]}', 'auto needs a "prompt"'),
        (b'{"id": 1, "strategy": "exact", "votes": ["a"]}', "vote 1 must be an object"),
        (b'{"id": 1, "strategy": "exact", "votes": [{"answer": "a"}, {}]}', "vote 2 lacks"),
        (b'{"id": 1, "strategy": "exact", "votes": [{"answer": null}]}', "must be a string"),
        (
            b'{"id": 1, "strategy": "exact", "votes": [{"answer": "a", "confidence": 2}]}',
            '"confidence" must be a number from 0 to 1',
        ),
        (
            b'{"id": 1, "strategy": "exact", "votes": [{"answer": "a", "confidence": NaN}]}',
            '"confidence" must be a number from 0 to 1',
        ),
        (
            b'{"id": 1, "strategy": "exact", "votes": [{"answer": "a", "probability": 2}]}',
            '"probability" must be a number from 0 to 1',
        ),
        (
            b'{"id": 1, "strategy": "exact", "votes": [{"answer": "a", "correct": 1}]}',
            '"correct" must be true or false',
        ),
        (
            b'{"id": 1, "strategy": "exact", "votes": [{"answer": "a", "tokens": -1}]}',
            '"tokens" must be a whole number',
        ),
        (b'{"id": 1, "strategy": "exact", "gold": [], "votes": [{"answer": "a"}]}', '"gold"'),
        (
            b'{"id": 1, "strategy": "exact", "votes": [{"answer": "a", "model": 4}]}',
            'vote 1: "model" must be a string',
        ),
        (
            b'{"id": 1, "strategy": "auto", "prompt": 4, "votes": [{"answer": "a"}]}',
            '"prompt" must',
        ),
    ],
)
def test_a_malformed_line_says_what_is_wrong(line: bytes, says: str) -> None:
    """Each mistake is named."""
    with pytest.raises(ValueError, match=r".") as caught:
        read_recording(line)
    assert says in str(caught.value)


def test_a_malformed_file_is_wrong_usage(tmp_path: Path, consensus: Run) -> None:
    """The third line is at fault, blank lines are counted, and nothing is replayed."""
    file = tmp_path / "votes.jsonl"
    file.write_text('{"id": 1, "strategy": "exact", "votes": [{"answer": "a"}]}\n\n{"id": 2}\n')
    run = consensus("replay", str(file))
    assert run.returncode == 2
    assert run.stderr == f'error: {file}:3: "votes" must be a list of at least one vote\n'
    assert run.stdout == ""


def test_a_file_may_be_as_windows_writes_it(tmp_path: Path) -> None:
    """A byte order mark and CRLF are no part of what a file says."""
    file = tmp_path / "votes.jsonl"
    line = b'{"id": 1, "strategy": "exact", "votes": [{"answer": "a"}]}\r\n'
    file.write_bytes(BOM_UTF8 + line + b"\r\n" + line)
    assert len(read_recordings(file)) == 2


def test_fields_of_no_use_are_named_once(tmp_path: Path, consensus: Run) -> None:
    """A field misspelt is not missed in silence; the report stays what it is."""
    votes = '"votes": [{"answer": "a", "why": "so"}, {"answer": "a", "why": "so"}]'
    line = f'{{"id": 1, "strategy": "exact", "Gold": "a", {votes}}}\n'
    file = tmp_path / "votes.jsonl"
    file.write_text("\n" + line * 3)
    run = consensus("replay", str(file), "--json", "--orders", "1")
    assert run.returncode == 0
    assert json.loads(run.stdout)["questions"] == 3
    assert run.stderr == f'{file}: fields left alone: "Gold" (line 2), "why" of votes (line 2).\n'


def test_many_fields_of_no_use_are_counted(tmp_path: Path) -> None:
    """A file of notes does not bury the report."""
    notes = ", ".join(f'"note{n}": 1' for n in range(30))
    file = tmp_path / "votes.jsonl"
    file.write_text(f'{{"id": 1, "strategy": "exact", {notes}, "votes": [{{"answer": "a"}}]}}')
    said: list[str] = []
    read_recordings(file, said.append)
    assert len(said) == 1
    assert said[0].endswith('"note9" (line 1) and 20 more.')


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_an_empty_or_missing_file_is_wrong_usage(
    tmp_path: Path, consensus: Run, content: str
) -> None:
    """No question at all is a mistake to be told, not a report of nothing."""
    file = tmp_path / "votes.jsonl"
    file.write_text(content)
    assert "holds no question" in consensus("replay", str(file)).stderr
    missing = consensus("replay", str(tmp_path / "other.jsonl"))
    assert missing.returncode == 2
    assert "cannot read" in missing.stderr


def test_learning_and_rules_give_the_same_report(consensus: Run) -> None:
    """The figures differ, their names do not."""
    for option in (["--learn"], ["--rule", "esc"], ["--rule", "fixed-5"]):
        run = consensus("replay", str(SAMPLE), "--json", "--orders", "2", *option)
        assert list(json.loads(run.stdout)) == KEYS
    assert json.loads(run.stdout)["mean_votes"] == 5


@pytest.mark.parametrize("options", [["--rule", "nothing"], ["--rule", "esc", "--learn"]])
def test_a_rule_that_makes_no_sense_is_wrong_usage(consensus: Run, options: list[str]) -> None:
    """One line that says what to give, exit code 2."""
    run = consensus("replay", str(SAMPLE), *options)
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1
    assert "rule" in run.stderr


def test_a_picture_needs_matplotlib_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before any work is done, with what to install."""
    from consensus.cli import plots, replay
    from consensus.core.errors import ConfigurationError

    monkeypatch.setattr(plots.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"consensus-panel\[plot\]"):
        replay.replay(tmp_path / "missing.jsonl", replay.Wanted(plot=tmp_path / "out.png"))


def test_a_picture_shows_agreement_by_votes_and_reliability() -> None:
    """The two curves, by hand."""
    from consensus.cli.plots import agreement_by_votes, reliability
    from consensus.usecases.replay import Run as Decided

    runs = [Decided(1, 1, "a", 0.95, True, True), Decided(3, 1, "b", 0.95, False, False)]
    assert agreement_by_votes(runs) == ([0, 1, 2, 3], [0.0, 0.5, 0.5, 0.5])
    assert reliability(runs) == [(0.95, 0.5, 2)]


def test_models_are_weighed_only_where_they_may_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--learn weighs models that differ by their record, --no-weigh-voters does not."""
    from consensus.cli import replay

    dice = random.Random(1)
    lines = [
        {
            "id": number,
            "strategy": "exact",
            "gold": "0",
            "votes": [
                {"answer": "0" if dice.random() < chance else f"{dice.randint(1, 3)}", "model": m}
                for m, chance in zip("abcdefghijkl", range(95, 10, -7), strict=False)
                for chance in [chance / 100]
            ],
        }
        for number in range(200)
    ]
    file = tmp_path / "votes.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))

    def accuracy(*, weigh: bool) -> float:
        wanted = replay.Wanted(orders=1, max_votes=7, learn=True, weigh_voters=weigh)
        replay.replay(file, replace(wanted, json_only=True))
        return float(json.loads(capsys.readouterr().out)["accuracy"])

    assert accuracy(weigh=True) > accuracy(weigh=False)


def test_a_calibration_is_written_or_said_to_be_lacking(consensus: Run, tmp_path: Path) -> None:
    """What --learn found of being right goes into the file; why not is one line."""
    file = tmp_path / "calibration.json"
    replay = ("replay", str(SAMPLE), "--orders", "2", "--calibration")

    nothing = consensus(*replay, str(file))
    assert nothing.returncode == 2
    assert "a calibration takes --learn" in nothing.stderr
    assert not file.exists()

    questions = tmp_path / "votes.jsonl"
    lines = [
        {"id": n, "strategy": "exact", "gold": "a", "votes": [{"answer": "a"}] * 5}
        for n in range(40)
    ]
    questions.write_text("\n".join(map(json.dumps, lines)))
    learn = ("replay", str(questions), "--learn", "--orders", "1", "--calibration")
    assert consensus(*learn, str(file)).returncode == 0
    assert from_json(file.read_text())[Strategy.EXACT].tasks == 40

    unwritable = consensus(*learn, str(tmp_path / "absent" / "calibration.json"))
    assert unwritable.returncode == 1
    assert unwritable.stderr.splitlines()[-1].startswith("error: cannot write")


def test_votes_with_parts_are_replayed(consensus: Run, tmp_path: Path) -> None:
    """JSON by its kind, calls by the tools that were offered, texts as they are."""
    call = [{"name": "f", "arguments": {"x": 1}}]
    tools = [{"name": "f", "parameters": {"type": "object", "properties": {"x": {}}}}]
    lines: list[dict[str, object]] = [
        {
            "id": "set",
            "kind": "set",
            "gold": ["a", "b"],
            "votes": [{"value": v} for v in (["a", "b"], ["b", "a"], ["a", "b", "c"], ["a", "b"])],
        },
        {
            "id": "list",
            "kind": "list",
            "gold": [1, 2],
            "votes": [{"value": v} for v in ([1, 2], [1, 2], [2, 1], None, [1, 2], [1, 2])],
        },
        {
            "id": "calls",
            "kind": "calls",
            "functions": tools,
            "gold": [{"name": "f", "arguments": {"x": [1]}}],
            "votes": [{"value": call}] * 4,
        },
        {"id": "text", "kind": "text", "votes": [{"text": "It opened in 1932."}] * 5},
    ]
    file = tmp_path / "parts.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    run = consensus("replay", str(file), "--json", "--orders", "3")
    assert (run.returncode, run.stderr) == (0, "")
    report = json.loads(run.stdout)
    assert report["questions"] == 4
    assert report["accuracy"] == 1.0
    assert report["agreement_with_full"] == 1.0


@pytest.mark.parametrize(
    "line",
    [
        {"id": 1, "kind": "tree", "votes": [{"value": 1}]},
        {"id": 1, "kind": "calls", "votes": [{"value": [1]}]},
        {"id": 1, "kind": "set", "votes": [{}]},
        {"id": 1, "kind": "text", "votes": [{"text": [1]}]},
    ],
)
def test_what_is_no_vote_with_parts_is_refused(line: dict[str, object]) -> None:
    """And says what is wrong."""
    with pytest.raises(ValueError, match=r"kind|value|lacks|string"):
        read_recording(json.dumps(line).encode())
