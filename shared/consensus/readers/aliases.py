"""Other names of the same thing, by the one name that they are compared by: aubergine, eggplant."""

from __future__ import annotations

from itertools import pairwise

from consensus.readers.languages import Pack
from consensus.readers.spelling import WORD, folded_word

LONGEST = 5  # words of a name
_JOINED = (" ", "-", ". ")


def by_one_name(text: str, language: Pack | None) -> str:
    """The text with the names that its language knows in one form. Linear in its length."""
    if language is None or not language.aliases:
        return text
    words = [(match[0], match.start(), match.end()) for match in WORD.finditer(text)]
    told: list[str] = []
    done = place = 0
    while place < len(words):
        length, name = _known(text, words[place : place + LONGEST], language)
        if not length:
            place += 1
            continue
        start, end = words[place][1], words[place + length - 1][2]
        is_name = all(words[n][0][0].isupper() for n in (place, place + length - 1))
        told += [text[done:start], _capitalized(name) if is_name else name]
        done = end
        place += length
    return "".join([*told, text[done:]])


def _known(text: str, words: list[tuple[str, int, int]], language: Pack) -> tuple[int, str]:
    """How many of the words are a known name, and its one form; 0 where they are none."""
    for length in range(len(words), 0, -1):
        said = words[:length]
        gaps = (text[a[2] : b[1]] for a, b in pairwise(said))
        if all(gap in _JOINED for gap in gaps):
            name = language.aliases.get(" ".join(folded_word(word) for word, _, _ in said))
            if name is not None:
                return length, name
    return 0, ""


def _capitalized(name: str) -> str:
    return " ".join(word[0].upper() + word[1:] for word in name.split())
