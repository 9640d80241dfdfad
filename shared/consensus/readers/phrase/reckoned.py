"""Days that are told by others: the last day of May, tomorrow, 30 days after 1 March."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from consensus.core.values import Date, Quantity, Role, Row, Token
from consensus.readers import times
from consensus.readers.languages import Pack
from consensus.readers.mathematics import units
from consensus.readers.phrase.here import Here, Read, one
from consensus.readers.phrase.quantities import quantity_at

LONGEST_COUNT = 3_660  # days from one day to another
MOST_IN_MONTH = 5  # of one weekday
LAST = -1  # of them
_SPACE = re.compile(r"\s*")
_FROM_TODAY = {"yesterday": -1, "today": 0, "tomorrow": 1, "overmorrow": 2}
_AGO = Token("ago", Role.LIMIT)
_HENCE = Token("hence", Role.LIMIT, stem="hence")  # three hours, asked when, are those to come
_MAY_LEAD = (Role.LINK, Role.FUNCTION, Role.KIND)


def day(here: Here) -> Read | None:
    """The last day of a month, a day by its distance from today's or from another one."""
    if not here.starts_word or not (here.asked.of_when or here.asked.of_day):
        return None
    found = _last_of_month(here) or _from_today(here) or _from_another(here)
    return one(*found) if found else None


def from_now(here: Here) -> Read | None:
    """How long ago something was, or in how long it will be, where a question asks when."""
    if not here.starts_word or not here.asked.of_when:
        return None
    for which, told in (("ago", _AGO), ("in_time", _HENCE)):
        lead = here.says(which, here.place)
        lasts = _lasting(here, _past_space(here, lead)) if lead else None
        if lasts is not None:
            return Read((Token(lasts[0]), told), lasts[1])
    lasts = _lasting(here, here.place)
    if lasts is None:
        return None
    place = _past_space(here, lasts[1])
    for which, told in (("ago_after", _AGO), ("hence_after", _HENCE)):
        if end := here.says(which, place):
            return Read((Token(lasts[0]), told), end)
    return None


def _lasting(here: Here, place: int) -> tuple[Quantity, int] | None:
    """An amount of time, and where it ends."""
    found = quantity_at(here, place)
    return found if found and found[0].unit.dimension in ("time", "month", "workdays") else None


def _last_of_month(here: Here) -> tuple[Date, int] | None:
    """The last day of May 2024, 2024年5月末日."""
    said = here.says("last_day", here.place)
    start = _past_space(here, said) if said else here.place
    if start >= len(here.text):
        return None
    month = times.date_at(here.text, start, here.language)
    if month is None or month.value.month is None or month.value.day is not None:
        return None
    end = month.end
    if not said:
        after = here.says("last_day_after", _past_space(here, end))
        if after is None:
            return None
        end = after
    last = _days_of(month.value)
    return (replace(month.value, day=last), end) if last else None


def _days_of(month: Date) -> int | None:
    """How many days a month has, where its year tells or need not."""
    if month.month is None or (month.month == 2 and month.year is None):
        return None
    return monthrange(month.year or 2001, month.month)[1]


def _from_today(here: Here) -> tuple[Date, int] | None:
    """Tomorrow, in three days, where the question says what day it is."""
    today = here.asked.today
    if today is None:
        return None
    for which, days in _FROM_TODAY.items():
        if end := here.says(which, here.place):
            return _moved(today, days, end)
    if not (lead := here.says("in_time", here.place)):
        return None
    lasts = _days_at(here, _past_space(here, lead))
    return _moved(today, *lasts) if lasts else None


def _from_another(here: Here) -> tuple[Date, int] | None:
    """30 days after 1 March 2024, two weeks before the 15th of May."""
    lasts = _days_at(here, here.place)
    if lasts is None:
        return None
    place = _past_space(here, lasts[1])
    for which, sign in (("later", 1), ("earlier", -1)):
        joint = here.says(which, place)
        start = _past_space(here, joint) if joint else len(here.text)
        known = times.date_at(here.text, start, here.language) if start < len(here.text) else None
        if known is not None:
            return _moved(known.value, sign * lasts[0], known.end)
    return None


def _days_at(here: Here, place: int) -> tuple[int, int] | None:
    """A number of days or weeks in days, and where it ends."""
    found = quantity_at(here, place)
    if found is None or found[0].approximate or found[0].unit not in _DAYS:
        return None
    days = found[0].number * _DAYS[found[0].unit]
    if not isinstance(days, Fraction) or days.denominator != 1 or abs(days) > LONGEST_COUNT:
        return None
    return int(days), found[1]


def _moved(known: Date, days: int, end: int) -> tuple[Date, int] | None:
    """A day, some days from another; without its year where that is not said, and not needed."""
    if known.month is None or known.day is None:
        return None
    ends = []
    for year in (known.year,) if known.year else (2001, 2004):
        try:
            ends.append(date(year, known.month, known.day) + timedelta(days))
        except (ValueError, OverflowError):
            return None
    if len({(told.month, told.day) for told in ends}) != 1 or (
        not known.year and ends[0].year != 2001
    ):
        return None
    told = ends[0]
    return Date(told.year if known.year else None, told.month, told.day), end


def _past_space(here: Here, place: int) -> int:
    space = _SPACE.match(here.text, place)
    return space.end() if space else place


_DAYS = {
    unit: days
    for name, days in (("day", 1), ("week", 7))
    if (unit := units.parse(name)) is not None
}


def in_month(tokens: Sequence[Token], language: Pack) -> list[Token]:
    """The tokens, with the first Monday of September, and September's first Monday, as one.

    Where its year is said it is the very day.
    """
    found = list(tokens)
    for n in range(1, len(found)):
        weekday, before = found[n].value, found[n - 1].value
        if not isinstance(weekday, Date) or weekday != Date(weekday=weekday.weekday):
            continue
        which = _place_of(before, language)
        near = _month_near(found, n) if which is not None else None
        if which is not None and near is not None:
            where, month = near
            begin, end = min(where, n - 1), max(where, n)
            return [*found[:begin], Token(_nth(which, weekday, month)), *found[end + 1 :]]
    return found


def _place_of(word: object, language: Pack) -> int | None:
    """1 for first, -1 for last; None for a word that counts no weekday of a month."""
    if isinstance(word, Quantity):
        return int(word.number) if word.number in range(1, MOST_IN_MONTH + 1) else None  # type: ignore[arg-type]
    if not isinstance(word, str):
        return None
    if language.has("last", word):
        return LAST
    which = language.ordinals.get(word)
    return which if which is not None and which <= MOST_IN_MONTH else None


def _month_near(tokens: Sequence[Token], place: int) -> tuple[int, Date] | None:
    """The month and where it stands: after the weekday, or before its ordinal."""
    for step, first in ((1, place + 1), (-1, place - 2)):
        n = first
        while 0 <= n < len(tokens) and _may_lead(tokens[n]) and abs(n - first) < 2:
            n += step
        value = tokens[n].value if 0 <= n < len(tokens) else None
        if isinstance(value, Date) and value.month and value.day is None:
            return n, value
    return None


def _may_lead(token: Token) -> bool:
    return token.role in _MAY_LEAD or token.value == "第"


def _nth(which: int, weekday: Date, month: Date) -> Date | Row:
    if month.year is None or month.month is None or weekday.weekday is None:
        return Row((Quantity(Fraction(which)), weekday, month))
    first, length = monthrange(month.year, month.month)
    days = range(1 + (weekday.weekday - first) % 7, length + 1, 7)
    if which > len(days):
        return Row((Quantity(Fraction(which)), weekday, month))
    return replace(month, day=days[which - 1 if which > 0 else which], weekday=weekday.weekday)
