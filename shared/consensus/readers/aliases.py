"""Other names of the same thing, by the one name that they are compared by: aubergine, eggplant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from consensus.readers.languages import Pack
from consensus.readers.spelling import WORD, folded_word

LONGEST = 5  # words of a name
_JOINED = (" ", "-", ". ")


class Known(NamedTuple):
    """A name that its language knows, where it stands, and the one form of it."""

    told: str
    start: int
    end: int
    form: str


def by_one_name(text: str, language: Pack | None, kept: frozenset[str] = frozenset()) -> str:
    """The text with the names that its language knows in one form, but for those to be kept.

    Linear in its length.
    """
    told: list[str] = []
    done = 0
    for name in _known(text, language):
        if name.told not in kept:
            told += [text[done : name.start], name.form]
            done = name.end
    return "".join([*told, text[done:]])


def known_names(text: str, language: Pack | None) -> frozenset[str]:
    """The names of a text that its language knows by another one, folded."""
    return frozenset(name.told for name in _known(text, language))


def _known(text: str, language: Pack | None) -> Iterator[Known]:
    """The longest known names, from left to right."""
    if language is None or not language.aliases:
        return
    words = [(match[0], match.start(), match.end()) for match in WORD.finditer(text)]
    place = 0
    while place < len(words):
        length, told, form = _known_at(text, words[place : place + LONGEST], language)
        if not length:
            place += 1
            continue
        first, last = words[place], words[place + length - 1]
        is_name = first[0][0].isupper() and last[0][0].isupper()
        yield Known(told, first[1], last[2], _capitalized(form) if is_name else form)
        place += length


def _known_at(text: str, words: list[tuple[str, int, int]], language: Pack) -> tuple[int, str, str]:
    """How many of the words are a known name, it, and its one form; 0 where they are none."""
    for length in range(len(words), 0, -1):
        said = words[:length]
        gaps = (text[a[2] : b[1]] for a, b in pairwise(said))
        if not all(gap in _JOINED for gap in gaps):
            continue
        told = " ".join(folded_word(word) for word, _, _ in said)
        if (form := language.aliases.get(told)) is not None:
            return length, told, form
        owner = told.removesuffix("'s")
        if owner != told and (form := language.aliases.get(owner)) is not None:
            return length, owner, f"{form}'s"
    return 0, "", ""


def _capitalized(name: str) -> str:
    return " ".join(word[0].upper() + word[1:] for word in name.split())
