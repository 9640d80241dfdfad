"""Values as code and JSON write them, in one spelling: [1,2] is [1, 2], and "a" is 'a'."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterable

LONGEST = 10_000  # characters of a literal that is read as a value

_FENCED = re.compile(r"^```[\w+-]{0,20}\s*\n(.*?)\n?\s*```$", re.DOTALL)
_LEAD = re.compile(
    r"^(?:(?:so|thus|therefore),? )?(?:the |its |final |correct ){0,3}"
    r"(?:answer|output|result|value|return(?:ed)? value|function|code|program|snippet|it)"
    r"(?: of [^\n]{1,60}?)?(?: is| are| will be| would be| prints?| outputs?| returns?|"
    r" evaluates to|:)+:?\s+(?=\S)|^>>>\s+",
    re.IGNORECASE,
)
_ASSERTED = re.compile(
    r"^(?:assert )?\w[\w.]*\(.*\)\s*(?:==|=>|->|→|returns|is)\s*(?=\S)", re.DOTALL
)
_OPENS = tuple("[{('\"-+.0123456789bBrRuUTFNtfn")


def value(text: str) -> str | None:
    """The one spelling of a list, an object or a tuple; None for what is none of these."""
    if text[:1] not in ("[", "{", "(") or (text[0] == "(" and "," not in text):
        return None
    found = _read(text)
    return None if found is None else _spelt(found[0], exactly=False)


def of_code(text: str) -> str:
    """What an answer to a question about code gives: a literal, or the very text that is printed.

    Here 1 is not 1.0, a tuple is no list, and abc is the string that 'abc' is.
    """
    said = _told(text)
    if said.startswith(_OPENS):
        found = _read(said) or (_read(said[:-1]) if said.endswith(".") else None)
        if found is not None:
            return _spelt(found[0], exactly=True)
    return repr("\n".join(line.rstrip() for line in said.splitlines()))


def _told(text: str) -> str:
    """The text without the fence, the backticks, the lead-in or the assertion around it."""
    said = text.strip()
    fenced = _FENCED.match(said)
    said = fenced[1] if fenced else said
    said = said.strip("`") if said.count("`") == 2 and said[0] == said[-1] == "`" else said
    said = _ASSERTED.sub("", _LEAD.sub("", said)) if len(said) < LONGEST else said
    said = said.strip().strip("*") if said.startswith("**") else said.strip()
    return said.strip("`") if said[:1] == "`" and said[-1:] == "`" else said


def _read(text: str) -> tuple[object] | None:
    """The literal that a text is, in a pair of brackets since it may be None."""
    if len(text) > LONGEST:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of "1or 2": it is no code of ours
        for read in (ast.literal_eval, json.loads):
            try:
                return (read(text),)
            except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
                continue
    return None


def _spelt(value: object, *, exactly: bool) -> str:
    """A value in one spelling; not exactly: what is whole is a whole number."""
    try:
        return _written(value, exactly)
    except (RecursionError, ValueError):
        return ""


def _written(value: object, exactly: bool) -> str:
    def each(items: Iterable[object]) -> list[str]:
        return [_written(item, exactly) for item in items]

    match value:
        case dict():
            pairs = zip(each(value), each(value.values()), strict=True)
            told = "{" + ", ".join(sorted(f"{k}: {v}" for k, v in pairs)) + "}"
        case list():
            told = "[" + ", ".join(each(value)) + "]"
        case tuple():
            told = "(" + ", ".join(each(value)) + ",)"
        case set() | frozenset():
            told = "{" + ", ".join(sorted(each(value))) + ",}"
        case float() if not exactly and value.is_integer():
            told = repr(int(value))
        case int() if value.bit_length() > LONGEST:
            told = hex(value)  # which has no limit of digits
        case _:
            told = repr(value)
    return told
