"""What `benchmarks.parts` reports of recorded answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.parts import are_right, auroc, calibration_error, measure, read

SET = {
    "id": "s",
    "kind": "set",
    "prompt": "Label it.",
    "answers": [
        {"model": m, "value": v} for m, v in zip("abc", ([1, 2], [2, 1], [3]), strict=True)
    ],
    "gold": [1, 2],
}
TEXT: dict[str, Any] = {
    "id": "t",
    "kind": "text",
    "prompt": "Summarise.",
    "answers": [
        {"model": "a", "text": "The cat sat.", "score": 1.0},
        {"model": "b", "text": "The cat sat on it.", "score": 0.5},
        {"model": "c", "text": "Dogs!", "score": 0.0},
        {"model": "d", "text": None, "score": 9.0},
    ],
}
CALL = {"name": "f", "arguments": {"x": "New York"}}
GOLD = {"name": "f", "arguments": {"x": ["new york"], "unit": ["", "C"]}}


def test_sets_texts_and_sentences_are_measured() -> None:
    """Every draw of all answers decides the same; a null answer is none."""
    report, decisions = measure([SET], [3], 2, 0)
    assert report["n"]["3"]["f1"] == 1.0
    assert [d["value"] for d in decisions] == [[1, 2]] * 2
    report, decisions = measure([TEXT], [3], 1, 0)
    assert report["n"]["3"]["gap_closed"] in (pytest.approx(1.0), pytest.approx(0.0))
    judged = TEXT | {
        "main": "The cat sat. Pigs fly.",
        "sentences": ["The cat sat.", "Pigs fly."],
        "labels": ["accurate", "major_inaccurate"],
    }
    report, decisions = measure([judged], [3], 1, 0)
    assert report["n"]["3"]["auroc"] == 1.0
    assert len(decisions[0]["support"]) == 2


@pytest.mark.parametrize(
    ("calls", "right"),
    [
        ([CALL], True),
        ([], False),
        ([CALL, CALL], False),
        ([{"name": "f", "arguments": {"x": "New York", "unit": "C"}}], True),
        ([{"name": "f", "arguments": {"x": "New York", "unit": "F"}}], False),
        ([{"name": "f", "arguments": {"x": "New York", "y": 1}}], False),
        ([{"name": "g", "arguments": {"x": "New York"}}], False),
    ],
)
def test_a_call_is_right_where_each_argument_is_allowed(
    calls: list[dict[str, Any]], right: bool
) -> None:
    """And none is there that is not."""
    assert are_right(calls, [GOLD]) is right


def test_the_measures_themselves() -> None:
    """By hand."""
    assert auroc([0.9, 0.5, 0.5, 0.1], [True, True, False, False]) == pytest.approx(0.875)
    assert auroc([0.5], [True]) == 0.5
    assert calibration_error([(0.75, True), (0.75, False)]) == pytest.approx(0.25)


@pytest.mark.parametrize("line", ["", "{}", "nothing", '{"id": 1, "kind": "set", "answers": []}'])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, line: str) -> None:
    """With its line, where it has one."""
    file = tmp_path / "x.jsonl"
    file.write_text(line)
    with pytest.raises(ValueError, match=r"line 1|no question"):
        read(file)
    file.write_text(json.dumps(SET))
    assert read(file) == [SET]
