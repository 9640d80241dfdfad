"""Who does what to whom, as far as small words and endings tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from consensus.core.values import Role, Token
from consensus.readers.asked import Asked
from consensus.readers.languages import Pack

# Languages in which a small word stands after what it links.
_POSTPOSITIONAL = ("ja", "ko", "hi", "tr")
_OWN = ("by", "of", "and")


def with_cases(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens; names with their endings, where these tell who of several does it to whom.

    They do where names stand apart, and where one follows a noun: brat Anny is not Anna.
    """
    names = [n for n, t in enumerate(tokens) if t.name and t.role is Role.CONTENT]
    says = [t.role is Role.CONTENT or (t.role is Role.ECHO and not t.name) for t in tokens]
    apart = any(any(says[a + 1 : b]) for a, b in pairwise(names))
    owns = any(n and tokens[n - 1].role is Role.CONTENT and not tokens[n - 1].name for n in names)
    if not apart and not owns:
        return tuple(tokens)
    return tuple(
        replace(t, value=t.stem, stem="") if t.name and t.stem and t.role is Role.CONTENT else t
        for t in tokens
    )


def with_roles(tokens: Sequence[Token], asked: Asked, language: Pack) -> tuple[Token, ...]:
    """The tokens; a person for, with or about whom it was done is not who did it.

    The small word before the first name limits what is said, unless the question has it too.
    """
    if language.code in _POSTPOSITIONAL:
        return tuple(tokens)
    tokens = _without_turned(tokens, asked, language)
    first = next((n for n, t in enumerate(tokens) if _may_name(t, language)), 0)
    place = first - 1
    while place >= 0 and tokens[place].role in (Role.FUNCTION, Role.KIND):
        place -= 1
    if place < 0 or tokens[place].role is not Role.LINK:
        return tuple(tokens)
    link = str(tokens[place].value)
    asks_for_another = "whom" in asked.words and link == "by" and "by" not in asked.words
    is_own = link in _OWN or language.has("agent", link)
    if link == "by" and _is_of_model(tokens, place, asked):
        return (*tokens[:place], replace(tokens[place], role=Role.LIMIT), *tokens[place + 1 :])
    if (is_own and not asks_for_another) or link in asked.words:
        return tuple(tokens)
    return (*tokens[:place], replace(tokens[place], role=Role.LIMIT), *tokens[place + 1 :])


def with_passive(tokens: tuple[Token, ...], asked: Asked, language: Pack) -> tuple[Token, ...]:
    """The tokens; what it was done to is not what did it: the euro was replaced."""
    turned = any(
        done_to.role is Role.CONTENT
        and language.has("passive", str(small.value))
        and act.stem == asked.act
        for done_to, small, act in zip(tokens, tokens[1:], tokens[2:], strict=False)
    )
    by = any(t.role is Role.LINK and t.value == "by" for t in tokens)
    is_turned = bool(asked.act) and turned and not by
    return (*tokens, Token("passive", Role.LIMIT)) if is_turned else tokens


def _is_of_model(tokens: Sequence[Token], by: int, asked: Asked) -> bool:
    """Whether it was done from, or after, what another one made: painted from a work by Monet."""
    model = by - 1
    link = model - 1
    while link > 0 and tokens[link].role is Role.FUNCTION:
        link -= 1
    if link < 1 or tokens[model].name or tokens[link].role is not Role.LINK:
        return False
    if not isinstance(tokens[model].value, str):
        return False  # invented in 1938 by Kim
    act = tokens[link - 1]
    is_done = act.role is Role.ECHO and not act.name
    return is_done and tokens[link].value not in (*_OWN, *asked.words)


def _without_turned(tokens: Sequence[Token], asked: Asked, language: Pack) -> Sequence[Token]:
    """The tokens; what marks as the doer whom the question has done it to limits what is said."""
    if "by" in asked.words or any(language.has("agent", word) for word in asked.words):
        return tokens
    named = [n for n, t in enumerate(tokens) if t.role is Role.ECHO and t.name]
    return [
        replace(t, role=Role.LIMIT)
        if t.role is Role.LINK and t.value == "by" and n + 1 in named
        else t
        for n, t in enumerate(tokens)
    ]


def _may_name(token: Token, language: Pack) -> bool:
    is_caseless = language.code in ("ar", "zh")
    return token.role is Role.CONTENT and (token.name or is_caseless)
