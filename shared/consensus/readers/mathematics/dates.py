"""Dates in any common spelling -> ISO form."""

from __future__ import annotations

import re
from datetime import date

_NAMES = (
    "january february march april may june july august september october november december"
).split()
_MONTHS = {name: n for n, name in enumerate(_NAMES, 1)} | {
    name[:3]: n for n, name in enumerate(_NAMES, 1)
}
_MONTHS["sept"] = 9
_MONTH = rf"(?P<m>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?(?:the )?"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<y>\d{4})"
_FORMS = tuple(
    re.compile(_WEEKDAY + form)
    for form in (
        rf"{_YEAR}[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?:t00:00(?::00)?z?)?",
        rf"{_DAY} (?:of )?{_MONTH},? {_YEAR}",
        rf"{_DAY}-{_MONTH}-{_YEAR}",
        rf"{_MONTH} (?:the )?{_DAY},? (?:in )?{_YEAR}",
        rf"{_YEAR},? {_MONTH} {_DAY}",
        rf"(?P<d>\d{{1,2}})\.(?P<m>\d{{1,2}})\.{_YEAR}",
        rf"(?:in )?{_MONTH},? (?:of )?{_YEAR}",
        rf"{_DAY} (?:of )?{_MONTH}",
        rf"{_MONTH} (?:the )?{_DAY}",
    )
)
_SLASHED = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})")
_LONGEST = 40  # characters


def iso(text: str) -> str | None:
    """The date that a folded text is, as 1969-07-20, 1969-07 or --07-20; None for anything else.

    3/4/1969 is the third of April or the fourth of March: nobody can tell, so it is no date here.
    """
    if len(text) > _LONGEST or not any(c.isdigit() for c in text):
        return None
    for form in _FORMS:
        match = form.fullmatch(text)
        if match:
            parts = match.groupdict()
            month = _MONTHS.get(parts["m"]) or int(parts["m"])
            return _written(parts.get("y"), month, parts.get("d"))
    match = _SLASHED.fullmatch(text)
    if match:
        first, second = int(match[1]), int(match[2])
        if first > 12 or second > 12 or first == second:
            month, day = sorted((first, second))
            return _written(match[3], month, str(day))
    return None


def _written(year: str | None, month: int, day: str | None) -> str | None:
    try:
        date(int(year or 2000), month, int(day or 1))  # 2000 was a leap year
    except ValueError:
        return None
    return f"{year or '-'}-{month:02}" + (f"-{int(day):02}" if day else "")
