"""Dates and times of day in a sentence."""

from __future__ import annotations

import re

from consensus.core.values import Clock, Date, Identifier, Token
from consensus.readers import times
from consensus.readers.phrase.here import Here, Read
from consensus.readers.phrase.spans import ended

_STAMP = re.compile(r"[T ](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?(Z)\b")


def dated(here: Here) -> Read | None:
    """A date, a time of day, or the span that one begins."""
    if not here.starts_word or (here.asked.digits_are_letters and here.letter.isdigit()):
        return None
    found = times.date_at(here.text, here.place, here.language) or _clock(here)
    if found is None:
        return None
    value = found.value
    if not isinstance(value, Date):
        return ended(here, value, found.end)
    if stamp := _STAMP.match(here.text, found.end):
        minutes = int(stamp[1]) * 60 + int(stamp[2])
        zone = (Token(Identifier("UTC")),) if stamp[3] else ()
        return Read((Token(value), Token(Clock(minutes)), *zone), stamp.end())
    if here.asked.of_year and value.year and value.years == 1:
        value = Date(value.year)
    return ended(here, value, found.end)


def _clock(here: Here) -> times.Timed | None:
    if here.asked.of_score and not here.asked.of_time:
        return None
    return times.clock_at(here.text, here.place, here.language)
