"""Signs and letters by the names that Unicode has for them: the percent sign, capital omega."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

LONGEST = 60  # characters of a name
_RANGES = (
    range(0x21, 0x7F), range(0xA1, 0xC0), range(0x391, 0x3CA), range(0x20A0, 0x20C0),
    range(0x2190, 0x22F0), range(0x2660, 0x2670),
)  # fmt: skip
_EVERYDAY = {  # names in use that Unicode does not have
    "underscore": "_", "hash": "#", "hashtag": "#", "pound sign": "#", "slash": "/",
    "forward slash": "/", "backslash": "\\", "pipe": "|", "vertical bar": "|", "caret": "^",
    "circumflex": "^", "at": "@", "at sign": "@", "dot": ".", "period": ".", "hyphen": "-",
    "minus": "-", "dash": "-", "star": "*", "exclamation point": "!", "double quote": '"',
    "double quotes": '"', "single quote": "'", "backtick": "`", "greater than": ">",
    "less than": "<", "equal": "=", "not equal": "≠", "equality": "==",
    "greater than or equal": "≥", "less than or equal": "≤",
}  # fmt: skip
_AS_TYPED = {"≥": ">=", "≤": "<=", "≠": "!=", "−": "-", "∗": "*"}
_TIMES = {"double": 2, "two": 2, "triple": 3, "three": 3}
_CASES = {  # what the two kinds of a Greek letter are called; a small one, nothing at all
    "small": ("", "small ", "lowercase ", "lower case "),
    "capital": ("capital ", "uppercase ", "upper case ", "big "),
}
_TAIL = re.compile(r"[ -](?:sign|symbol|mark|character|operator|signs|symbols|key|operators)\b")
_NAME = re.compile(r"(?:the |an? )?(?P<times>double|triple|two|three)?[ -]?", re.IGNORECASE)
_WORDS = re.compile(r"[a-z]+(?:[ -][a-z]+){0,5}", re.IGNORECASE)
_SIGNS = re.compile(r"[^\w\s]{1,4}|_|[α-ωΑ-Ω]")


def is_one(text: str) -> bool:
    """Whether a text is a sign, and nothing else."""
    return _SIGNS.fullmatch(text) is not None


def typed(sign: str) -> str:
    """A sign as it is typed: >= for ≥."""
    return "".join(_AS_TYPED.get(letter, letter) for letter in sign)


def named_at(text: str, place: int) -> tuple[str, int] | None:
    """The sign whose name begins here, and where the name ends; letters only if called so."""
    lead = _NAME.match(text, place)
    start = lead.end() if lead else place
    words = _WORDS.match(text[: place + LONGEST], start)
    if words is None:
        return None
    stops = [m.end() for m in re.finditer(r"[a-z]+", words[0], re.IGNORECASE)]
    for stop in reversed(stops):
        said = words[0][:stop].lower().replace("-", " ")
        sign = _names().get(said) or _names().get(_TAIL.sub("", said))
        if sign is None and said.endswith("s"):
            sign = _names().get(said[:-1])
        if sign is not None:
            tail = _TAIL.match(text, start + stop)
            times = _TIMES.get((lead["times"] or "").lower(), 1) if lead else 1
            return typed(sign) * times, tail.end() if tail else start + stop
    return None


@cache
def _names() -> dict[str, str]:
    """Signs by their names, in small letters and without hyphens."""
    found = {name: chr(code) for codes in _RANGES for code in codes for name in _of(chr(code))}
    return found | _EVERYDAY


def _of(letter: str) -> Iterator[str]:
    name = unicodedata.name(letter, "").lower().replace("-", " ")
    if not name or (letter.isascii() and letter.isalnum()):
        return
    greek = re.fullmatch(r"greek (small|capital) letter (\w+)", name)
    if greek is None:
        yield name
        yield re.sub(r" (?:sign|symbol|mark)$", "", name)
        return
    yield name
    for kind in _CASES[greek[1]]:
        yield from (
            f"{lead}{greek[2]}" for lead in (kind, f"{kind}letter ", f"{kind}greek letter ")
        )
        yield f"greek {kind}{greek[2]}"
