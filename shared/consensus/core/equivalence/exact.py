"""Exact comparison: one normal form for the spellings of one answer."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from datetime import date

LONGEST_VALUE = 10_000  # characters of a list or an object that is read as a value

_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]"
)
_EDGES = " \t\r\n.,;:!?\"'`*_“”‘’«»"
_INNER = re.compile(r"[,;:!?\"'`*“”‘’«»()\[\]{}]")
_ARTICLE = re.compile(r"^(?:the|an?)\s+(?=\S)")
_ANSWER_IS = re.compile(r"^(?:the\s+)?(?:(?:final|correct|right)\s+)?answer(?:\s+is)?\s*[:=]?\s+")
_OPTION = re.compile(r"^(?:option|choice)?\s*\(?([a-z])(?:\)|[.:]|\s*[-–]|$)\s*(.*)$", re.DOTALL)
_LISTED = re.compile(
    r"(?:^|[\n;,]|\s)\(?([A-Ha-h])[).:]\s+(.+?)(?=\s*(?:[\n;,]|\s)\(?[A-Ha-h][).:]\s|\s*$)",
    re.DOTALL,
)
_TRUTH = {
    "yes": "yes", "y": "yes", "true": "yes", "correct": "yes",
    "no": "no", "n": "no", "false": "no", "incorrect": "no",
}  # fmt: skip
_MONTHS = {
    name[:3]: number
    for number, name in enumerate(
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"],
        start=1,
    )
}
_MONTH = "(" + "|".join(_MONTHS) + r")[a-z]*\.?"
_DATES = (
    (re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"), "ymd"),
    (re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+(\d{{4}})"), "dmy"),
    (re.compile(rf"{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})"), "mdy"),
)


def visible(text: str) -> str:
    """The text without characters that nobody sees: zero-width, direction marks, tags."""
    return _INVISIBLE.sub("", text)


def normal_form(text: str, question: str = "") -> str:
    """What two spellings of one answer share. Never empty for an answer that is not."""
    plain = " ".join(visible(unicodedata.normalize("NFKC", text)).split()).casefold()
    value = _value(visible(text).strip())
    if value is not None:
        return value
    said = _ANSWER_IS.sub("", plain)
    return (
        _option(said, question)
        or _TRUTH.get(said.strip(_EDGES))
        or _date(said.strip(_EDGES))
        or _words(said)
        or plain
    )


def _value(text: str) -> str | None:
    """Lists and objects as the values that they are."""
    if text[:1] not in "[{" or len(text) > LONGEST_VALUE or not text:
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            return json.dumps(read(text), sort_keys=True, ensure_ascii=False)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    return None


def _option(said: str, question: str) -> str | None:
    """The letter of one of the options that the question lists, named or quoted."""
    options = listed_options(question)
    if not options:
        return None
    match = _OPTION.match(said.strip())
    if match and match[1] in options and _agrees(match[2], options[match[1]]):
        return match[1]
    quoted = [letter for letter, option in options.items() if _words(option) == _words(said)]
    return quoted[0] if len(quoted) == 1 else None


def listed_options(question: str) -> dict[str, str]:
    """The options "A) ... B) ..." of a question, by lower-case letter; none unless they run a, b, ..."""
    found = {letter.casefold(): text.casefold() for letter, text in _LISTED.findall(question)}
    expected = "abcdefgh"[: len(found)]
    return found if len(found) > 1 and "".join(found) == expected else {}


def _agrees(told: str, option: str) -> bool:
    return (
        not _words(told)
        or _words(option).startswith(_words(told))
        or _words(told).startswith(_words(option))
    )


def _date(text: str) -> str | None:
    for pattern, order in _DATES:
        match = pattern.fullmatch(text)
        if match:
            part = dict(zip(order, match.groups(), strict=True))
            month = _MONTHS.get(part["m"][:3]) or int(part["m"])
            try:
                return date(int(part["y"]), month, int(part["d"])).isoformat()
            except ValueError:
                return None
    return None


def _words(text: str) -> str:
    bare = _INNER.sub(" ", text.strip(_EDGES + "()"))
    bare = re.sub(r"(?<=\w)-(?=\w)", " ", bare)
    return _ARTICLE.sub("", " ".join(bare.split())).strip(_EDGES)
