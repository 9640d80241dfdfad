"""Are two JSON leaves the same? One key for all leaves that are, by type; no type is another's.

The licences: a number is its value, whatever its notation; a text may differ in case, in spaces and
in punctuation between words or around all, where that cannot carry meaning: not beside digits or
symbols, and not in what looks like code or an identifier. A date or a time is a moment where the
schema says so.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time
from functools import lru_cache

from consensus.core.parts.documents import Json
from consensus.core.parts.shapes import Atom

_MARKS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)
_AROUND = " \t\r\n,;:!?\"'"
_SENTENCE = 4  # words from which a full stop ends a sentence, and is no part of a name: Acme Inc.
_IN_WORDS = re.compile(r"(?<=[^\W\d_]{2})(?:[,.;:]?\s+|\s*[_-]\s*|,)(?=[^\W\d_]{2})")
_SPACES = re.compile(r"\s+")
_CODED = re.compile(r"(?=\S*[a-z])(?=\S*[A-Z])(?=\S*[\d_])\S+\Z")  # aB3x: its case may matter
_SIGNIFICANT = 12  # digits: 0.1 + 0.2 is 0.3


class Meant(str):
    """A text, and one key for all that mean the same at its place among some votes."""

    __slots__ = ("key",)
    key: str

    def __new__(cls, text: str, key: str) -> Meant:
        """The text with its key."""
        meant = super().__new__(cls, text)
        meant.key = key
        return meant


def atom_key(value: Json, shape: Atom) -> str:
    """One text for all leaves that are the same; no leaf of another type has it."""
    if isinstance(value, Meant):
        return value.key
    if isinstance(value, str):
        return _text(value, shape)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value, shape)
    raise TypeError("an array or an object is no leaf")


def _number(value: float, shape: Atom) -> str:
    if shape.integer:  # who takes integers may refuse 5.0
        return repr(value)
    told = f"{value:.{_SIGNIFICANT}g}"
    whole = float(told)
    return str(int(whole)) if whole.is_integer() and abs(whole) < 2**53 else told


@lru_cache(maxsize=65_536)
def _text(value: str, shape: Atom) -> str:
    moment = _MOMENTS.get(shape.format)
    if moment is not None:
        try:
            return f'"{moment(value.strip())}"'
        except (ValueError, OverflowError):
            pass
    return f'"{value if shape.letter else folded(value)}"'


def folded(text: str) -> str:
    """The text under the licences for case, spaces and punctuation."""
    told = unicodedata.normalize("NFC", text).translate(_MARKS)
    told = _SPACES.sub(" ", told.strip(_AROUND))
    if told.count(" ") + 1 >= _SENTENCE:
        told = told.rstrip(f".{_AROUND}")
    if not told or _CODED.match(told):
        return told or text.strip()
    return _IN_WORDS.sub(" ", told).casefold()


def _datetime(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(UTC) if moment.tzinfo else moment).isoformat()


_MOMENTS = {
    "date": lambda text: date.fromisoformat(text).isoformat(),
    "time": lambda text: time.fromisoformat(text).isoformat(),
    "date-time": _datetime,
}
