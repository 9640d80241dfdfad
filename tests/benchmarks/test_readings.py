"""The benchmark of readings reads replies as a worker does, and tells what it read wrongly."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import readings

OWN = Path("benchmarks/readings.jsonl")


def _run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["readings", *arguments])
    code = readings.main()
    return code, capsys.readouterr().out


def test_replies_are_judged_to_the_letter_but_for_spaces_and_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A decline is expected by null; what was read wrongly is listed with its name."""
    prompt = "What is the capital of Australia?"
    lines = [
        {"id": "a", "prompt": prompt, "text": "Answer: CANBERRA", "expected_final": " Canberra "},
        {"id": "b", "prompt": prompt, "text": "I don't know.", "expected_final": None},
        {"id": "c", "prompt": prompt, "text": "Answer: Sydney", "expected_final": None},
        {"prompt": prompt, "text": "N/A", "expected_final": "Canberra"},
    ]
    file = tmp_path / "replies.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    code, told = _run(monkeypatch, capsys, str(file))
    assert code == 0
    assert told.splitlines()[0].startswith('c: "Sydney", expected null, of')
    assert told.splitlines()[1].startswith("line 4: DECLINED: ")
    assert told.splitlines()[2] == "2 of 4 read rightly: accuracy 0.500"
    assert _run(monkeypatch, capsys, str(file), "--json") == (
        0,
        '{"readings": 4, "accuracy": 0.5}\n',
    )


@pytest.mark.parametrize(
    "line",
    ["", "{", '{"prompt": "?", "text": "x"}', '{"prompt": 1, "text": "", "expected_final": ""}'],
)
def test_a_broken_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    """What cannot be read is told, and nothing is measured."""
    file = tmp_path / "replies.jsonl"
    file.write_text(line, encoding="utf-8")
    assert _run(monkeypatch, capsys, str(file)) == (2, "")


def test_our_own_replies_are_read() -> None:
    """The collection in the repository; those it was mended by say nothing of others."""
    made = [readings.read_case(case) for case in readings.load(OWN)]
    assert [one.case.name for one in made if not one.is_right] == [
        "first-5",
        "second-34",
        "fourth-31",
        "sixth-23",
        "sixth-61",
    ]
