"""Tokens side by side: what a phrase says, and which of its tokens are another's."""

from __future__ import annotations

from consensus.core.values.atoms import Licence, Sameness, compare_atoms
from consensus.core.values.model import Atom, Identifier, Role, Token

Tokens = tuple[Token, ...]

SAYS = (Role.CONTENT, Role.NEGATION, Role.LIMIT, Role.OR)


def content_of(tokens: Tokens) -> Tokens:
    """What the phrase says; where it says nothing but what the question does, that."""
    told = tuple(t for t in tokens if t.role in SAYS)
    if any(t.role is Role.CONTENT for t in told):
        return told
    return tuple(t for t in tokens if t.role in (*SAYS, Role.ECHO)) or tuple(
        t for t in tokens if t.role is not Role.BREAK
    )


def hides_an_answer(one: Tokens, other: Tokens) -> bool:
    """Whether each says names or values of the question that the other does not, or in its order.

    Asked which option publishes port 80 on 8080, -p 80:8080 is not -p 8080:80.
    """
    ours, theirs = _named_again(one), _named_again(other)
    if set(ours) == set(theirs):
        return ours != theirs
    return bool(set(ours) - set(theirs)) and bool(set(theirs) - set(ours))


def _named_again(tokens: Tokens) -> list[Atom | str]:
    """The names and values of the question that it says, each where it is said first."""
    said = (
        t.value for t in tokens if t.role is Role.ECHO and (t.name or not isinstance(t.value, str))
    )
    return list(dict.fromkeys(said))


def in_order(ours: Tokens, theirs: Tokens, tolerance: float) -> Licence | None:
    """The weakest licence that the tokens need, one by one; None where two differ."""
    if len(ours) != len(theirs):
        return None
    licence = Licence.LETTER
    for a, b in zip(ours, theirs, strict=True):
        found = alike(a, b, tolerance)
        if found is None:
            return None
        licence = max(licence, found)
    return licence


def alike(a: Token, b: Token, tolerance: float) -> Licence | None:
    """The licence by which two tokens are the same; None where nothing tells it."""
    if isinstance(a.value, str) or isinstance(b.value, str):
        if a.value == b.value or (a.stem and a.stem == b.stem and not (a.name and b.name)):
            return Licence.SPELLING
        if isinstance(a.value, Identifier | str) and isinstance(b.value, Identifier | str):
            return _spelt_alike(a.value, b.value)
        return None
    found = compare_atoms(a.value, b.value, tolerance)
    return found.licence if found.sameness is Sameness.SAME else None


def _spelt_alike(a: Identifier | str, b: Identifier | str) -> Licence | None:
    """A word and an identifier of the same letters."""
    if isinstance(a, str) and isinstance(b, str):
        return None
    texts = [v.text if isinstance(v, Identifier) else v for v in (a, b)]
    if any(isinstance(v, str) and v != v.casefold() for v in (a, b)):
        return Licence.SPELLING if texts[0] == texts[1] else None  # a word whose case counts
    same_letters = texts[0].casefold() == texts[1].casefold()
    return Licence.SPELLING if same_letters and texts[0].isalpha() and len(texts[0]) > 2 else None


def runs(tokens: Tokens) -> list[Tokens]:
    """The stretches of words that follow one another without a function word or a break."""
    found: list[Tokens] = []
    run: list[Token] = []
    for token in tokens:
        if token.role in SAYS:
            run.append(token)
        elif run:
            found.append(tuple(run))
            run = []
    return [*found, tuple(run)] if run else found
