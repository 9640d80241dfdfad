"""Who won, and by how much: 3-1 to Arsenal, Arsenal 3, Chelsea 1, and Chelsea lost 1-3 are one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from consensus.core.values import Quantity, Role, Span, Token
from consensus.readers import numbers
from consensus.readers.asked import Asked
from consensus.readers.languages import Pack
from consensus.readers.phrase.here import Here, Read, one
from consensus.readers.phrase.spans import is_bare
from consensus.readers.spelling import folded_word

MOST_GOALS = 99
_DASHES = ("-", "–", "—", ":")
_TWO_WORDS = re.compile(r"([^\W\d_]+)(\s?[-–—:]\s?|\s[^\W\d_]+\s|\s)([^\W\d_]+)(?![\w-])")
_NAME = r"[^\W\d_a-zа-я][\w'’.-]*"
_JOINT = (
    r"and|against|vs\.?|versus|v|gegen|und|contra|contre|y|et|e|и|met|tegen|en|z|i|a|ve|dan|with|"
    r"beat|-|–|—"
)
# The two sides that a question names: between Roma and Lazio, Ajax–PSV.
_SIDES = re.compile(rf"({_NAME})\s*»?\s*(?:{_JOINT})\s*(?:the |el |la |der |«)?\s*({_NAME})")


def settled(tokens: tuple[Token, ...], asked: Asked, language: Pack | None) -> tuple[Token, ...]:
    """The tokens of a result as its score, the higher figure first, and who won it.

    Nothing changes where it is not told who won. The winner limits: a score alone is another
    answer.
    """
    if not asked.of_score or language is None or not language.words.get("wins"):
        return tokens
    sides = _sides(asked)
    told = _by_side(tokens, sides) or _by_verb(tokens, sides, language)
    if told is None:
        return tokens
    (high, low), winner = told
    score = Token(Span(high, low, ":"))
    return (score,) if winner is None else (score, Token(winner, Role.LIMIT))


def in_words(here: Here) -> Read | None:
    """Three-one, nil-nil, nil to two; a draw without goals."""
    if not here.asked.of_score or not here.starts_word or here.language is None:
        return None
    if draw := here.says("goalless", here.place):
        return one(Span(Quantity(Fraction(0)), Quantity(Fraction(0)), ":"), draw)
    match = _TWO_WORDS.match(here.text, here.place)
    if match is None or numbers.in_words([(match[0], 0)], here.language):
        return None  # twenty-one
    is_to = match[2].strip() in _DASHES or here.has("to", folded_word(match[2]))
    ends = [_goals(here, match[n]) for n in (1, 3)] if is_to else [None]
    if None in ends:
        return None
    low, high = (Quantity(goals) for goals in ends if goals is not None)
    return one(Span(low, high, ":"), match.end())


def _goals(here: Here, word: str) -> Fraction | None:
    if here.has("nil", folded_word(word)):
        return Fraction(0)
    found = numbers.in_words([(word, len(word))], here.language)
    return found.number if found and found.number <= MOST_GOALS else None


Told = tuple[tuple[Quantity, Quantity], str | None]


def _sides(asked: Asked) -> tuple[str, str] | None:
    found = list(_SIDES.finditer(asked.text))
    return (folded_word(found[-1][1]), folded_word(found[-1][2])) if found else None


def _by_side(tokens: Sequence[Token], sides: tuple[str, str] | None) -> Told | None:
    """Arsenal 3, Chelsea 1; and Arsenal 3-1 Chelsea, the side that is named first first."""
    names = [n for n, t in enumerate(tokens) if _is_side(t, sides)]
    if len(names) != 2 or any(t.role is Role.CONTENT and _is_word(t) for t in tokens):
        return None
    figures = [t.value for t in tokens if isinstance(t.value, Quantity | Span)]
    one, other = (str(tokens[n].value) for n in names)
    if len(figures) == 1 and isinstance(figures[0], Span):
        span = figures[0]
        if not isinstance(span.low, Quantity) or not isinstance(span.high, Quantity):
            return None
        return _ordered(span.low, span.high, one, other)
    first, last = (next(iter(tokens[n + 1 : n + 2]), None) for n in names)
    if first is None or last is None or len(figures) != 2:
        return None
    if not isinstance(first.value, Quantity) or not isinstance(last.value, Quantity):
        return None
    return _ordered(first.value, last.value, one, other)


def _by_verb(tokens: Sequence[Token], sides: tuple[str, str] | None, language: Pack) -> Told | None:
    """Arsenal won 3-1, 3-1 to Arsenal, Chelsea lost 1-3."""
    spans = [t.value for t in tokens if isinstance(t.value, Span)]
    if len(spans) != 1 or any(t.role in (Role.NEGATION, Role.OR) for t in tokens):
        return None
    low, high = spans[0].low, spans[0].high
    if not isinstance(low, Quantity) or not isinstance(high, Quantity):
        return None
    if not (_is_figure(low) and _is_figure(high)):
        return None
    names = [str(t.value) for t in tokens if _is_side(t, sides)]
    said = {str(t.value) for t in tokens if isinstance(t.value, str)}
    wins = bool(said & language.words["wins"])
    loses = bool(said & language.words.get("loses", frozenset()))
    if wins == loses or not names:
        return None
    others = [
        t for t in tokens if t.role is Role.CONTENT and _is_word(t) and not _is_side(t, sides)
    ]
    if any(str(t.value) not in language.words["wins"] | language.words["loses"] for t in others):
        return None
    subject = names[0]
    if wins:
        return _won(low, high, subject)
    other = next((side for side in sides or () if side != subject), None)
    return _won(low, high, other) if other and subject in (sides or ()) else None


def _won(one: Quantity, other: Quantity, winner: str) -> Told:
    high, low = (one, other) if _number(one) >= _number(other) else (other, one)
    return (_plain(high), _plain(low)), winner if _number(high) != _number(low) else None


def _ordered(one: Quantity, other: Quantity, first: str, last: str) -> Told:
    return _won(one, other, first if _number(one) >= _number(other) else last)


def _number(quantity: Quantity) -> float:
    return float(quantity.number.real)


def _plain(quantity: Quantity) -> Quantity:
    return Quantity(quantity.number)


def _is_figure(quantity: Quantity) -> bool:
    return is_bare(quantity) or (not quantity.unit.dimension and bool(quantity.unit.counted))


def _is_side(token: Token, sides: tuple[str, str] | None) -> bool:
    is_named = isinstance(token.value, str) and token.name
    return is_named and (token.role is Role.ECHO or (sides is not None and token.value in sides))


def _is_word(token: Token) -> bool:
    return isinstance(token.value, str)
