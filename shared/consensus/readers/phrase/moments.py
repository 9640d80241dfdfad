"""Dates and times of day in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from consensus.core.values import Clock, Date, Identifier, Role, Token
from consensus.readers import periods
from consensus.readers.phrase.here import Here, Read, one
from consensus.readers.phrase.spans import ended, moment_at

MOST_BETWEEN = 3  # tokens of a date and its weekday, with the comma and article between
_STAMP = re.compile(r"[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z)\b")


def dated(here: Here) -> Read | None:
    """A date, a time of day, or the span that one begins."""
    if not here.starts_word or (here.asked.digits_are_letters and here.letter.isdigit()):
        return None
    if part := periods.part_of_year_at(here.text, here.place, here.language):
        return one(*part)
    found = moment_at(here, here.place)
    if found is None:
        return None
    value, end = found
    if not isinstance(value, Date):
        return ended(here, value, end)
    if stamp := _STAMP.match(here.text, end):
        minutes = int(stamp[1]) * 60 + int(stamp[2])
        clock = Clock(minutes, seconds=int(stamp[3] or 0))
        return Read((Token(value), Token(clock), Token(Identifier("UTC"))), stamp.end())
    if here.asked.of_year and value.year and value.years == 1:
        value = Date(value.year)
    return ended(here, value, end)


def with_weekdays(tokens: list[Token]) -> list[Token]:
    """Thursday, 14 November and 14 November (a Thursday) as one date."""
    found: list[Token] = []
    for token in tokens:
        near = range(len(found) - 1, max(-1, len(found) - 1 - MOST_BETWEEN), -1)
        before = next((n for n in near if not _divides(found[n])), None)
        if before is not None:
            both = _as_one(found[before].value, token.value)
            if both is not None:
                found[before:] = [replace(found[before], value=both)]
                continue
        found.append(token)
    return found


def _divides(token: Token) -> bool:
    return token.role is Role.FUNCTION or token.value in (",", "(")


def _as_one(one: object, other: object) -> Date | None:
    if not isinstance(one, Date) or not isinstance(other, Date):
        return None
    for day, date in ((one, other), (other, one)):
        is_weekday = day.weekday is not None and (day.year, day.month, day.day) == (None,) * 3
        if is_weekday and date.day is not None and date.weekday is None:
            return replace(date, weekday=day.weekday)
    return None


def in_months(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens, with dates to the month, which is what the question asks for."""
    return tuple(
        replace(t, value=replace(t.value, day=None, weekday=None))
        if isinstance(t.value, Date) and t.value.month is not None
        else t
        for t in tokens
    )
