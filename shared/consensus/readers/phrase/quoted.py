"""What a sentence quotes: code in backticks, and mathematics."""

from __future__ import annotations

import re

from consensus.core.values import Identifier
from consensus.readers import code as codes
from consensus.readers import identifiers, mathematics
from consensus.readers.phrase.here import Here, Read, nothing, one
from consensus.readers.phrase.spans import role_of

_FORMULA = re.compile(
    r"\$(?!\s?\d[\d.,]*\s*(?:[-–]|to\b|and\b))([^$\n]{1,200})\$|\\\((.{1,200}?)\\\)|([\[({]\s*-?[\w.√π∞/]{1,12}\s*[,;][^\[\](){}]{1,60}[\])}])"
)


def code(here: Here) -> Read | None:
    """What stands in backticks: code, or a name."""
    if here.letter != "`":
        return None
    end = here.text.find("`", here.place + 1)
    if end < 0:
        return nothing(here.place + 1)
    inner = here.text[here.place + 1 : end].strip()
    if not inner:
        return nothing(end + 1)
    if " " in inner or here.asked.of_code:
        return one(codes.read(inner, here.asked.code_hint), end + 1)
    return one(Identifier(identifiers.normal(inner)), end + 1)


def formula(here: Here) -> Read | None:
    """Mathematics that a sentence quotes, and points and intervals in brackets."""
    if here.letter not in "$\\([{":
        return None
    match = _FORMULA.match(here.text, here.place)
    if match is None or not any(c.isdigit() or c in "\\∞π" for c in match[0]):
        return None
    inner = match[1] or match[2] or match[3]
    value = mathematics.read(inner, in_percent=False, of_interval=here.asked.of_interval)
    return one(value, match.end(), role_of(value, here.asked)) if value is not None else None
