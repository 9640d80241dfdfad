"""What is said of a person before the name: "the Soviet cosmonaut", 唐代诗人."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from consensus.core.values import Role, Token
from consensus.readers.languages import Pack

LONGEST = 6  # tokens of a description
_SMALL = (Role.FUNCTION, Role.LINK, Role.HEDGE, Role.BREAK, Role.ECHO)
_JOINTS = ("的", "の")


def without_descriptions(tokens: Sequence[Token], language: Pack) -> tuple[Token, ...]:
    """The tokens, with what describes a name in the part that names a kind of thing.

    A description begins a part of a sentence, or follows a small word, and ends with a word for a
    kind of person; in scripts without spaces also with the particle that joins it to a name.
    """
    told = list(tokens)
    for place in range(len(told)):
        if not _ends_description(told, place, language):
            continue
        start = place
        while start and _may_describe(told[start - 1], language) and place - start < LONGEST:
            start -= 1
        if start and told[start - 1].role not in _SMALL:
            continue
        end = place + 1
        while language.segmented and not told[end].name:
            end += 1  # navegador português Vasco da Gama
        for n in range(start, end):
            if told[n].role in (Role.CONTENT, Role.ECHO):
                told[n] = replace(told[n], role=Role.KIND, name=False)
    return tuple(told)


def _may_describe(token: Token, language: Pack) -> bool:
    is_word = token.role in (Role.CONTENT, Role.KIND) and isinstance(token.value, str)
    joins = not language.segmented and token.value in _JOINTS
    return is_word or joins


def _ends_description(told: Sequence[Token], place: int, language: Pack) -> bool:
    """Whether a kind of person is named here, and right after it a name."""
    token = told[place]
    if not isinstance(token.value, str) or token.name:
        return False
    is_person = language.has("person", token.value) or language.has("who", token.value)
    if language.segmented:
        after = _past_adjectives(told, place)
        follows_link = place > 0 and _is_of_another(told, place)
        return is_person and not follows_link and after is not None and after.name
    following = [t for t in told[place + 1 : place + 3] if t.value != ","]
    says = bool(following) and following[0].role is Role.CONTENT
    return (is_person or token.value in _JOINTS) and says


def _is_of_another(told: Sequence[Token], place: int) -> bool:
    """Whether somebody of that person is meant: the wife of the composer Schumann."""
    before = [t for t in told[max(0, place - 2) : place] if t.role is not Role.FUNCTION]
    return bool(before) and before[-1].role is Role.LINK and before[-1].value != "by"


def _past_adjectives(told: Sequence[Token], place: int) -> Token | None:
    """The token after those in small letters that may follow a noun: navegador português Vasco."""
    following = told[place + 1 : place + 3]
    return next((t for t in following if t.name or t.role is not Role.CONTENT), None)
