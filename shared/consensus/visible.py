"""Text from elsewhere made safe to print.

Model answers, and whatever else a server sends, are untrusted: an escape sequence can rewrite the
screen, set the clipboard or fake a prompt, and bidirectional or invisible characters can make an
answer read as another one. Only visible text and line breaks pass.
"""

from __future__ import annotations

import re
import unicodedata

# Whole sequences first, so that no "[31m" debris stays: the string-carrying ones (OSC, DCS, SOS,
# PM, APC) where they end, CSI, the two-character ones. What is left of a broken one, and the
# eight-bit forms, which are as often a smart quote gone wrong, lose their control character alone.
_ESCAPES = re.compile(
    r"\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-Z\\^_`-~]"
)
_LINE_BREAKS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
# Blank to the eye, yet letters or marks to Unicode: fillers, and the variation selectors that can
# smuggle whole texts.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_MARKS_IN_A_ROW = 4  # enough for every written language; more is a smear over the lines around it


def clean(text: str) -> str:
    """The visible text: no control, escape, bidirectional or invisible characters; \\n stays."""
    text = _ESCAPES.sub("", text)
    text = _LINE_BREAKS.sub("\n", text).replace("\t", "    ")
    text = _BLANK.sub("", text)
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(_visible(text))


def one_line(text: object, limit: int = 200) -> str:
    """Clean text on one line, spaces collapsed, cut to limit characters with an ellipsis."""
    line = " ".join(clean(str(text)[: limit * 8 + 1000]).split())
    return line if len(line) <= limit else line[: max(0, limit - 1)].rstrip() + "…"


def escape_json(text: str) -> str:
    """A JSON text whose invisible characters are \\u escapes: the same value, safe to print."""
    return "".join(c if c == "\n" or _is_visible(c) else _escaped(c) for c in text)


def _visible(text: str) -> list[str]:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if character == "\n" or (_is_visible(character) and marks <= _MARKS_IN_A_ROW):
            kept.append(character)
    return kept


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
