"""What kind of answer a question wants, by its words in any language, or by signs."""

from __future__ import annotations

import re

from consensus.readers import packs
from consensus.readers.languages import Pack
from consensus.readers.spelling import folded_word, words_in

# What tells a kind in every language.
_SIGNS = {
    "inequality": re.compile("[<>≤≥]"),
    "day_first": re.compile(r"\bDD?\s?[/.-]\s?MM?\b", re.IGNORECASE),
    "month_first": re.compile(r"\bMM?\s?[/.-]\s?DD?\b", re.IGNORECASE),
    "program": re.compile(  # in C
        r"\b(?:in|of|for|im|en) (?:C\+\+|[CR]\b)|"
        r"\b[CR] (?:expression|code|statement|function|call|condition)\b"
    ),
    "calculation": re.compile(
        r"\d\s*[-+*/×÷^=]\s*[({]?-?\d|\)\s*[-+−*/×÷]\s*\(|\b[xyn]\s?[=<>≤≥²³^]|\bf\(x\)|"
        r"\\[a-z]+|√|[²³]|\b\d*x\b",
        re.IGNORECASE,
    ),
}
_OTHER_PROGRAM = re.compile(
    r"\b(?:javascript|typescript|java|rust|ruby|php|golang|c\+\+|css|html|excel)\b|"
    r"(?-i:\b(?:in|of|for|im|en) C\b|\bC (?:expression|code|statement|function)\b)",
    re.IGNORECASE,
)

# Where a script that needs no spaces goes on after a word in Latin letters: 在Python中.
_SCRIPT_ENDS = re.compile(
    r"(?<=[A-Za-z])(?=[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af])|"
    r"(?<=[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af])(?=[A-Za-z])"
)


def _spaced(text: str) -> str:
    return _SCRIPT_ENDS.sub(" ", text)


def wants(kind: str, text: str) -> bool:
    """Whether a text says what questions for a kind of answer say: an entry of `[wants]`."""
    sign = _SIGNS.get(kind)
    told = packs.table("wants")[kind].search(text) or (sign and sign.search(text))
    return told is not None


def day_first(text: str) -> bool | None:
    """Whether the day or the month comes first in dates; None where the question does not say."""
    day, month = wants("day_first", text), wants("month_first", text)
    return None if day == month else day


def calculates(text: str, language: Pack | None) -> bool:
    """Whether a calculation is asked for, in signs or in its language's words."""
    if wants("calculation", text):
        return True
    stems = tuple(language.words.get("calculations", ())) if language else ()
    if language is not None and not language.segmented:
        return any(stem in text for stem in stems)
    return bool(stems) and any(folded_word(word).startswith(stems) for word in words_in(text))


def code(text: str, language: Pack | None) -> bool:
    """Whether code is asked for, and not what some code puts out."""
    text = _spaced(text)
    of_command = wants("command", text)
    if not of_command and (not wants("program", text) or wants("output", text)):
        return False
    return wants("code", text) or language is None or language.code != "en"


def code_hint(text: str) -> str:
    """The language of programs that the question asks for, where it says so."""
    text = _spaced(text)
    if wants("regex", text):
        return "regex"
    if re.search(r"\bhtml\b.*\b(?:tag|element)", text, re.IGNORECASE):
        return "html"
    if re.search(r"\bsql\b", text, re.IGNORECASE):
        return "sql"
    if _OTHER_PROGRAM.search(text):
        return "other"
    if re.search(r"\bpython\b", text, re.IGNORECASE):
        return "python"
    return "shell" if wants("shell", text) or wants("command", text) else ""
