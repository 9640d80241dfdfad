"""A place in a text, and what a form of token makes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from consensus.core.values import Role, Token
from consensus.core.values.model import Atom
from consensus.readers.asked import Asked
from consensus.readers.languages import Pack, entries
from consensus.readers.spelling import WORD, is_unspaced

LONGEST_NUMBER = 90  # characters of a number in words, with its unit


class Read(NamedTuple):
    """The tokens that stand at a place, and where they end; none where nothing is said there."""

    tokens: tuple[Token, ...]
    end: int


@dataclass(frozen=True, slots=True)
class Here:
    """A place in a text, with the question, the language and the tokens before it.

    folded is the text letter by letter, so that places are the same in both.
    """

    text: str
    folded: str
    place: int
    asked: Asked
    language: Pack | None
    before: Sequence[Token]

    @property
    def letter(self) -> str:
        """What stands here."""
        return self.text[self.place]

    @property
    def begins_sentence(self) -> bool:
        """Whether a sentence begins here."""
        last = self.before[-1] if self.before else None
        return last is None or (last.role is Role.BREAK and last.value == ".")

    @property
    def follows_break(self) -> bool:
        """Whether a part of a sentence begins here."""
        return not self.before or self.before[-1].role is Role.BREAK

    @property
    def starts_word(self) -> bool:
        """Whether a word or a number may begin here, rather than go on."""
        if not self.place:
            return True
        before, letter = self.text[self.place - 1], self.text[self.place]
        return not (before.isalnum() and letter.isalnum() and not is_unspaced(before))

    @property
    def has_spaces(self) -> bool:
        """Whether spaces divide words."""
        return self.language is None or self.language.segmented

    def has(self, which: str, word: str) -> bool:
        """Whether a folded word is in one of the language's lists."""
        return self.language is not None and self.language.has(which, word)

    def says(self, which: str, place: int) -> int | None:
        """Where the longest entry of one of the language's lists ends that begins at a place."""
        if self.language is None:
            return None
        form = entries(self.language.code, which)
        match = form.match(self.folded, place) if form else None
        return match.end() if match else None

    def is_in(self, *codes: str) -> bool:
        """Whether the text is in one of these languages."""
        return self.language is not None and self.language.code in codes

    def words(self, place: int, longest: int = LONGEST_NUMBER) -> Sequence[tuple[str, int]]:
        """The words within some characters of a place at which one begins, and their ends."""
        return _words(self.text[place : place + longest], place)


@lru_cache(maxsize=64)  # several forms look at one place, one after the other
def _words(window: str, place: int) -> tuple[tuple[str, int], ...]:
    if not WORD.match(window):
        return ()
    return tuple((match[0], place + match.end()) for match in WORD.finditer(window))


Form = Callable[[Here], Read | None]


def one(
    value: Atom | str, end: int, role: Role = Role.CONTENT, *, name: bool = False, stem: str = ""
) -> Read:
    """A single token."""
    return Read((Token(value, role, name, stem),), end)


def nothing(end: int) -> Read:
    """What is passed over."""
    return Read((), end)
