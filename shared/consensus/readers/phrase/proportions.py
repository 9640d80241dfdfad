"""Two numbers told by what they count: 4 parts sand to 1 part cement; 52 for, 48 against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from consensus.core.values import Quantity, Role, Span, Token
from consensus.readers.asked import Asked, stemmed
from consensus.readers.languages import Pack
from consensus.readers.spelling import folded_word, words_in

Tokens = tuple[Token, ...]
Side = tuple[Quantity, frozenset[str]]  # a number, and what is said of it
_RATIOS = (":", "/", "to")
_SAYS_MORE = (Role.NEGATION, Role.OR, Role.HEDGE)


def in_order(tokens: Tokens, asked: Asked, language: Pack | None) -> Tokens:
    """The tokens of a ratio, or of a vote, in the order in which it is asked for.

    Nothing changes where it is not told of both numbers what they count.
    """
    if language is None or not asked.topics & {"ratio", "vote"}:
        return tokens
    sides = _sides(tokens, language)
    if sides is None:
        return tokens
    if "vote" in asked.topics:
        places = [_side_of_vote(said, language) for _, said in sides]
    else:
        order = [stemmed(folded_word(word), asked.language) for word in words_in(asked.text)]
        places = [_first_place(said, order) for _, said in sides]
    if None in places or places[0] == places[1]:
        return tokens
    (one, _), (other, _) = sides if places[0] < places[1] else sides[::-1]  # type: ignore[operator]
    return (Token(Span(Quantity(one.number), Quantity(other.number), ":")),)


def in_lowest_terms(tokens: Tokens) -> Tokens:
    """The tokens, with 80/20 as the ratio that it is: 4:1."""
    return tuple(
        replace(t, value=_lowest(t.value)) if isinstance(t.value, Span) else t for t in tokens
    )


def _lowest(span: Span) -> Span:
    low, high = span.low, span.high
    if span.mark not in _RATIOS or not isinstance(low, Quantity) or not isinstance(high, Quantity):
        return span
    one, other = low.number, high.number
    if not isinstance(one, Fraction) or not isinstance(other, Fraction) or not one * other:
        return span
    if low.unit.dimension or high.unit.dimension:
        return span
    parts, of = (one / other).as_integer_ratio()
    mark = "/" if span.mark == "/" else ":"
    return Span(replace(low, number=Fraction(parts)), replace(high, number=Fraction(of)), mark)


def _sides(tokens: Sequence[Token], language: Pack) -> tuple[Side, Side] | None:
    """The only two numbers, each with the words that follow it."""
    found: list[tuple[Quantity, set[str]]] = []
    for token in tokens:
        value = token.value
        if isinstance(value, Span) and value.mark in ("to", ":", "-"):
            if not isinstance(value.low, Quantity) or not isinstance(value.high, Quantity):
                return None
            found += [(end, set(end.unit.counted)) for end in (value.low, value.high)]
        elif isinstance(value, Quantity):
            found.append((value, set(value.unit.counted)))
        elif not isinstance(value, str) or token.role in _SAYS_MORE:
            return None
        elif found:
            found[-1][1].update((value, stemmed(value, language)))
    if len(found) != 2 or any(number.unit.dimension for number, _ in found):
        return None
    (one, said), (other, said_too) = found
    return (one, frozenset(said)), (other, frozenset(said_too))


def _first_place(said: frozenset[str], order: Sequence[str]) -> int | None:
    """Where the question first says any of these words."""
    return next((n for n, word in enumerate(order) if word in said), None)


def _side_of_vote(said: frozenset[str], language: Pack) -> int | None:
    """0 for those in favour, 1 for those against."""
    sides = [
        bool(said & language.words.get(which, frozenset())) for which in ("in_favour", "against")
    ]
    return sides.index(True) if sum(sides) == 1 else None
