"""Values that come to one span together: at least 2 and at most 8; Friday, Saturday and Sunday."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from consensus.core.values import Clock, Date, Quantity, Role, Span, Token
from consensus.readers.asked import Asked
from consensus.readers.languages import Pack

FEWEST = 3  # whole numbers in a row that stand for a span; of days and months, two
MOST_BETWEEN = 4  # tokens between the two ends
_SMALL = (Role.FUNCTION, Role.LINK, Role.ECHO, Role.KIND, Role.HEDGE)
_BOTH = {("≥", "≤"): "to", ("≥", "<"): "[)", (">", "≤"): "(]", (">", "<"): "()"}
_LOWER, _UPPER = ("≥", ">"), ("≤", "<")

Tokens = list[Token]


def joined(tokens: Sequence[Token], asked: Asked, language: Pack | None) -> Tokens:
    """The tokens, with each pair of bounds, list in a row, and begin and end as one span."""
    found = _each(list(tokens), _bounds)
    if not asked.calculates:
        found = _each(found, _row)
    return _each(found, lambda told, n: _course(told, n, language)) if language else found


def _each(tokens: Tokens, read: Callable[[Tokens, int], tuple[Span, int] | None]) -> Tokens:
    """The tokens, with what a form makes of those that begin at each place."""
    found: Tokens = []
    place = 0
    while place < len(tokens):
        span = read(tokens, place)
        if span is None:
            found.append(tokens[place])
            place += 1
        else:
            found.append(Token(span[0]))
            place = span[1]
    return found


def _bounds(tokens: Tokens, place: int) -> tuple[Span, int] | None:
    """A lower and an upper bound, in either order."""
    one = tokens[place].value
    if not isinstance(one, Span) or one.mark not in (*_LOWER, *_UPPER):
        return None
    for n in range(place + 1, min(len(tokens), place + 2 + MOST_BETWEEN)):
        other = tokens[n].value
        if isinstance(other, Span):
            span = _between(one, other)
            return (span, n + 1) if span else None
        if not (tokens[n].role in _SMALL or other in (",", ";", "but")):
            return None
    return None


def _between(one: Span, other: Span) -> Span | None:
    below, above = (one, other) if one.mark in _LOWER else (other, one)
    mark = _BOTH.get((below.mark, above.mark))
    low, high = below.low, above.high
    if mark is None or not isinstance(low, Quantity) or not isinstance(high, Quantity):
        return None
    if low.unit.is_bare:
        low = replace(low, unit=high.unit)
    elif high.unit.is_bare:
        high = replace(high, unit=low.unit)
    rises = low.number * low.unit.factor < high.number * high.unit.factor  # type: ignore[operator]
    return Span(low, high, mark) if rises else None


def _row(tokens: Tokens, place: int) -> tuple[Span, int] | None:
    """Whole numbers, days or months that follow one another."""
    last = tokens[place]
    end, count, fewest = place + 1, 1, FEWEST if isinstance(last.value, Quantity) else FEWEST - 1
    while (start := _after_joint(tokens, end)) is not None and _is_next(last, tokens[start]):
        last, end, count = tokens[start], start + 1, count + 1
    first = tokens[place].value
    if count < fewest or not isinstance(first, Quantity | Date):
        return None
    if _after_joint(tokens, end) is not None or (place and _joins(tokens[place - 1])):
        return None
    if isinstance(first, Quantity) and isinstance(last.value, Quantity):
        first = replace(first, unit=last.value.unit)
    return Span(first, last.value, "to"), end  # type: ignore[arg-type]


def _after_joint(tokens: Tokens, place: int) -> int | None:
    """Where the next item of a list begins: after a comma, an "and", or both."""
    start = place
    while start < len(tokens) and start - place < 2 and _joins(tokens[start]):
        start += 1
    has_value = start < len(tokens) and not isinstance(tokens[start].value, str)
    return start if start > place and has_value else None


def _joins(token: Token) -> bool:
    return token.value == "and" or (token.role is Role.BREAK and token.value == ",")


def _is_next(one: Token, other: Token) -> bool:
    match one.value, other.value:
        case Quantity(number=Fraction() as low), Quantity(number=Fraction() as high):
            is_whole = low.denominator == 1 and not one.value.step
            return is_whole and high == low + 1 and one.value.unit.is_bare
        case Date() as low, Date() as high:
            if low.weekday is not None and low == Date(weekday=low.weekday):
                return high == Date(weekday=(low.weekday + 1) % 7)
            if low.month is not None and low == Date(month=low.month):
                return high == Date(month=low.month % 12 + 1)
            return False
        case _:
            return False


def _course(tokens: Tokens, place: int, language: Pack) -> tuple[Span, int] | None:
    """It began in 1939 and ended in 1945; from what opens at 9 to what closes at 17."""
    if not _is_word(tokens[place], "begins", language):
        return None
    first = _next_value(tokens, place + 1)
    if first is None:
        return None
    then = next(
        (
            n
            for n in range(first + 1, min(len(tokens), first + 2 + MOST_BETWEEN))
            if _is_word(tokens[n], "ends", language)
        ),
        None,
    )
    last = _next_value(tokens, then + 1) if then is not None else None
    if then is None or last is None:
        return None
    between = tokens[first + 1 : then]
    if any(t.role not in (*_SMALL, Role.BREAK) or not isinstance(t.value, str) for t in between):
        return None
    low, high = tokens[first].value, tokens[last].value
    if type(low) is not type(high) or not isinstance(low, Date | Clock | Quantity):
        return None
    return Span(low, high, "to"), last + 1  # type: ignore[arg-type]


def _next_value(tokens: Tokens, place: int) -> int | None:
    """Where the value stands to which only small words lead."""
    for n in range(place, min(len(tokens), place + MOST_BETWEEN)):
        if not isinstance(tokens[n].value, str):
            return n
        if tokens[n].role not in _SMALL:
            return None
    return None


def _is_word(token: Token, which: str, language: Pack) -> bool:
    return isinstance(token.value, str) and language.has(which, token.value)
