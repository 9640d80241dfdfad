"""The benchmark of equivalence reads judged pairs and reports what it found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.equivalence import Judged, measure, read


def test_an_answer_is_right_if_it_equals_any_alias() -> None:
    """One alias among several is enough, and every figure follows from the verdicts."""
    judged = [
        Judged("Who?", ("Lyon", "Paris"), "It is Paris.", True),
        Judged("Who?", ("Lyon",), "Paris", False),
        Judged("Who?", ("Bonaparte",), "the emperor", True),
    ]
    report, told = measure(judged)
    assert report["pairs"] == 3
    assert report["accuracy"] == pytest.approx(2 / 3)
    assert (report["precision"], report["recall"]) == (1.0, 0.5)
    assert (report["joined"], report["merged"], report["split"]) == (0.5, 0.0, 0.0)
    assert [one.pair for one in told if one.is_wrong] == [judged[2]]


def test_lines_end_where_json_says(tmp_path: Path) -> None:
    """A line separator inside an answer is no end of a line."""
    file = tmp_path / "judged.jsonl"
    fields = {"a": ["one"], "b": "one\u2028two", "equivalent": False}
    file.write_text(json.dumps(fields, ensure_ascii=False) + "\n", encoding="utf-8")
    assert read(file) == [Judged("", ("one",), "one\u2028two", False)]


@pytest.mark.parametrize(
    "line", ["", "{", '{"a": ["x"], "b": "y"}', '{"a": 5, "b": "y", "equivalent": true}']
)
def test_a_broken_file_is_refused(tmp_path: Path, line: str) -> None:
    """What cannot be read is told, with its line where it has one."""
    file = tmp_path / "judged.jsonl"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 1|no pair"):
        read(file)
