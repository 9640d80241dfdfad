"""Words where no spaces divide them: Chinese and Japanese."""

from __future__ import annotations

import re
from dataclasses import replace

from consensus.core.values import Role, Token
from consensus.readers.phrase.here import Here, Read
from consensus.readers.phrase.quantities import in_figures
from consensus.readers.phrase.words import ROLES
from consensus.readers.spelling import UNSPACED

LONGEST_WORD = 8
_PIECES = re.compile("[\u30a1-\u30ffー]+|[\u4e00-\u9fff々]+|[\u3040-\u309f]+")
_NUMERALS = "零一二三四五六七八九十百千两兩"


def run(here: Here) -> Read | None:
    """The words of the pack, and of the question, and what stands between them."""
    match = UNSPACED.match(here.text, here.place)
    if match is None or here.language is None:
        return None
    said = match[0]
    denied = _denied_places(here, said)
    tokens: list[Token] = []
    content = ""
    place = 0
    while place < len(said):
        if place and not content and said[place] in _NUMERALS:
            number = in_figures(_after(here, tokens), here.place + place)
            if number is not None:
                return Read((*tokens, Token(number[0])), number[1])
        known = _known(here, said, place, denied)
        if known is None:
            content += said[place]
            place += 1
            continue
        word, role = known
        is_name = role is Role.ECHO and word not in here.asked.framed
        opposes = role is Role.NEGATION and word in here.asked.opposed
        told = "alias" if role is Role.BREAK else word
        tokens += [*_pieces(content), Token(told, role, is_name, word if opposes else "")]
        content = ""
        place += len(word)
    return Read((*tokens, *_pieces(content)), match.end())


def _after(here: Here, tokens: list[Token]) -> Here:
    return replace(here, before=[*here.before, *tokens])


def _pieces(content: str) -> list[Token]:
    """What no list knows, divided where the script changes."""
    return [Token(piece) for piece in _PIECES.findall(content)]


def _known(here: Here, said: str, place: int, denied: frozenset[int]) -> tuple[str, Role] | None:
    """The longest word of the pack, or stretch of the question, that begins here."""
    for length in range(min(LONGEST_WORD, len(said) - place), 0, -1):
        word = said[place : place + length]
        if not place and here.follows_break and here.has("restates", word):
            return word, Role.BREAK
        role = next((role for which, role in ROLES if here.has(which, word)), None)
        if here.asked.yes_or_no and word in here.asked.opposed:
            return word, Role.NEGATION
        if here.asked.yes_or_no and word in here.asked.agreeing:
            return word, Role.ECHO
        if here.asked.of_region and here.has("direction", word):
            return word, Role.FUNCTION
        if role is None and here.asked.of_person and here.has("person", word):
            role = Role.KIND
        begins_word = length == 1 and role is Role.KIND and _goes_on(said, place)
        if role is not None and not begins_word:
            return word, role
        crosses = any(place <= n < place + length for n in denied)
        echoed = length > 1 and word in here.asked.text
        if (echoed or word in here.asked.framed) and not crosses and not _limits(here, word):
            return word, Role.ECHO
    return None


def _goes_on(said: str, place: int) -> bool:
    """Whether a letter for a kind of thing begins a longer word: 川端, and not 信濃川."""
    return place + 1 < len(said) and "\u4e00" <= said[place + 1] <= "\u9fff"


def _denied_places(here: Here, said: str) -> frozenset[int]:
    """Where words that deny begin: nothing that the question says may swallow them."""
    negations = here.language.words["negation"] if here.language else ()
    return frozenset(
        m.start() for word in negations if word for m in re.finditer(re.escape(word), said)
    )


def _limits(here: Here, word: str) -> bool:
    """Whether a part of it changes what is said: before, after, only."""
    parts = {word[n:m] for n in range(len(word)) for m in range(n + 1, len(word) + 1)}
    return here.language is not None and bool(parts & here.language.words["limit"])
