"""Text on its way to a terminal."""

from __future__ import annotations

import json

import pytest

from consensus.cli.terminal import block, clean, escape_json, one_line


@pytest.mark.parametrize(
    ("hostile", "visible"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07answer", "answer"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;ZXZpbA==\x07copied", "copied"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("a\x1b[2J\x1b[Hb", "ab"),
        ("a\x1bcb", "ab"),
        ("lost \x1b]0;never ends", "lost ]0;never ends"),
        ("\x9b31mx", "31mx"),
        ("over\rwritten", "over\nwritten"),
        ("bell\a back\b null\0", "bell back null"),
        ("user\u202enimda\u202c", "usernimda"),
        ("\u2066iso\u2069late\u200e\u061c", "isolate"),
        ("ze\u200bro\u200d wi\ufeffdth\u2060", "zero width"),
        ("tag\U000e0041\U000e0042s", "tags"),
        ("vari\ufe0fation\U000e0100s", "variations"),
        ("fill\u3164er\u2800s", "fillers"),
        ("lone\ud800surrogate", "lonesurrogate"),
        ("line\u2028sep", "line\nsep"),
        ("tab\there", "tab    here"),
        ("naïve 日本語 Ω 1\u00d710³ 👍", "naïve 日本語 Ω 1\u00d710³ 👍"),
    ],
)
def test_clean_keeps_only_what_is_seen(hostile: str, visible: str) -> None:
    """Escapes go whole, bidirectional and invisible characters go, text of any script stays."""
    assert clean(hostile) == visible


def test_clean_stops_smears_of_combining_marks() -> None:
    """A few marks on a letter are a language; hundreds would paint over other lines."""
    assert clean("a" + "\u0301" * 300 + "b") == "a" + "\u0301" * 4 + "b"


def test_one_line_collapses_and_cuts() -> None:
    """A cell gets one line of bounded length, however long the answer."""
    assert one_line("a\n b\t c") == "a b c"
    assert one_line("x" * 10_000_000, 10) == "x" * 9 + "…"


def test_block_says_what_it_left_out() -> None:
    """A long answer is cut in both directions, and says so."""
    shown = block("\n".join(["y" * 5000] * 50), lines=3, limit=10)
    assert shown == "\n".join(["y" * 9 + "…"] * 3 + ["… 47 more lines (--json prints all)"])


def test_escaped_json_is_the_same_value_and_safe() -> None:
    """JSON on a terminal keeps its value while no hidden character reaches the screen."""
    value = {"answer": "é \u202e \x9b31m \U000e0041 \x7f"}
    text = escape_json(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(text) == value
    assert clean(text) == text
    assert "é" in text
