"""The benchmark of doubts: what an adjudicator may and may not change."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import doubts


def _table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str):  # type: ignore[no-untyped-def]
    monkeypatch.setattr(sys, "argv", ["doubts", *arguments])
    assert doubts.main() == 0
    _, names, *rows = capsys.readouterr().out.splitlines()
    fields = names.split()[1:]
    return {
        row[:26].strip(): dict(zip(fields, map(float, row[26:].split()), strict=True))
        for row in rows
    }


def test_a_true_word_joins_and_a_false_one_mixes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers in doubt: the truth joins what is the same, a coin joins what is not.

    Who says the same of all is not believed.
    """
    pairs = [
        {"question": "What is it?", "a": "a splunge", "b": "the brimlet", "equivalent": True},
        {"question": "What is it?", "a": "a quandor", "b": "the drosk", "equivalent": False},
    ]
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(f"{json.dumps(pair)}\n" for pair in pairs))
    table = _table(capsys, monkeypatch, str(file), "--strategy", "exact", "--runs", "30")
    assert table["never wrong"]["votes"] < table["none"]["votes"]
    assert table["never wrong"]["right"] > table["none"]["right"]
    assert table["never wrong"]["mixed"] == table["none"]["mixed"] == 0.0
    assert table["a coin"]["mixed"] > 0.0
    assert table["none"]["asked"] == 0.0
    told = ("votes", "consensus", "right", "mixed")
    for adjudicator in ("says nothing", "says same of all"):
        assert all(table[adjudicator][name] == table["none"][name] for name in told)
