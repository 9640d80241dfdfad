"""Dates and times of day in a sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from consensus.core.values import Clock, Date, Identifier, Quantity, Role, Token
from consensus.readers import periods
from consensus.readers.asked import Asked
from consensus.readers.phrase.here import Here, Read, one
from consensus.readers.phrase.spans import ended, moment_at

MOST_BETWEEN = 3  # tokens of a date and its weekday, with the comma and article between
_STAMP = re.compile(
    r"(?:T|,? (?:at )?)(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?"
    r"\s?(?:Z\b|UTC\b(?!\s?[+-]\d)|GMT\b(?!\s?[+-]\d)|(?:UTC|GMT)?([+-])(\d\d):?(\d\d)(?!\d))"
)
_YEAR_LAST = re.compile(r" (\d\d):(\d\d):(\d\d) (\d{4}) (?:GMT|UTC)\b")  # Mar 9 23:59:59 2025 GMT
FIRST_YEAR, LAST_YEAR = 1000, 2100


def dated(here: Here) -> Read | None:
    """A date, a time of day, or the span that one begins."""
    if not here.starts_word or (here.asked.digits_are_letters and here.letter.isdigit()):
        return None
    in_year = "quarter" not in here.asked.topics
    if part := periods.part_of_year_at(here.text, here.place, here.language, in_year=in_year):
        return one(*part)
    found = moment_at(here, here.place)
    if found is None:
        return None
    value, end = found
    if not isinstance(value, Date):
        return ended(here, value, end)
    if value.day and (stamp := _stamped(here, value, end)):
        return stamp
    if here.asked.of_year and value.year and value.years == 1:
        value = Date(value.year)
    return ended(here, value, end)


def _stamped(here: Here, date: Date, end: int) -> Read | None:
    """A date with a time of day and its zone, in universal time."""
    if date.year is None and (last := _YEAR_LAST.match(here.text, end)):
        date, offset, stamp = replace(date, year=int(last[4])), 0, last
    elif date.year and (match := _STAMP.match(here.text, end)):
        stamp = match
        offset = int(match[5]) * 60 + int(match[6]) if match[4] else 0
        offset = -offset if match[4] == "-" else offset
    else:
        return None
    told = (date.year or 1, date.month or 1, date.day or 1, int(stamp[1]), int(stamp[2]))
    try:
        moment = datetime(*told, int(stamp[3] or 0), tzinfo=UTC) - timedelta(minutes=offset)
    except (ValueError, OverflowError):
        return None
    if not moment.hour and not moment.minute and not moment.second:
        day = replace(date, year=moment.year, month=moment.month, day=moment.day)
        return one(day, stamp.end())  # as 2025-01-01T00:00:00Z is written for a day
    clock = Clock(moment.hour * 60 + moment.minute, seconds=moment.second)
    day = replace(date, year=moment.year, month=moment.month, day=moment.day)
    return Read((Token(day), Token(clock), Token(Identifier("UTC"))), stamp.end())


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
    return token.role is Role.FUNCTION or token.value in (",", "(", "in")


def _as_one(one: object, other: object) -> Date | None:
    for year, date in ((_year_of(one), other), (_year_of(other), one)):
        if year and isinstance(date, Date) and date.month and date.year is None:
            return replace(date, year=year)  # 1914, in July
    if not isinstance(one, Date) or not isinstance(other, Date):
        return None
    for day, date in ((one, other), (other, one)):
        is_weekday = day.weekday is not None and (day.year, day.month, day.day) == (None,) * 3
        if is_weekday and date.day is not None and date.weekday is None:
            return replace(date, weekday=day.weekday)
    return None


def _year_of(value: object) -> int | None:
    """The year that a value may be, and nothing more."""
    if isinstance(value, Date):
        return value.year if value == Date(value.year) else None
    if not isinstance(value, Quantity) or not value.unit.is_bare:
        return None
    number = value.number
    is_year = isinstance(number, Fraction) and FIRST_YEAR <= number < LAST_YEAR
    return int(number.real) if is_year and number.real == int(number.real) else None


def as_asked(tokens: tuple[Token, ...], asked: Asked) -> tuple[Token, ...]:
    """The tokens, with dates to the month where that is asked, and in the year of the question.

    In 1969, on 20 July: that is 20 July 1969.
    """
    if not asked.of_month and asked.in_year is None:
        return tokens
    return tuple(
        replace(t, value=_as_asked(t.value, asked)) if isinstance(t.value, Date) else t
        for t in tokens
    )


def _as_asked(date: Date, asked: Asked) -> Date:
    if date.month is None:
        return date
    if asked.of_month:
        date = replace(date, day=None, weekday=None)
    return replace(date, year=date.year or asked.in_year)
