"""Years of an era, decades, centuries, and the quarters and halves of a year."""

from __future__ import annotations

import re
from functools import cache

from consensus.core.values import Date, Span
from consensus.readers.languages import Pack, entries, pack
from consensus.readers.numbers import in_words
from consensus.readers.spelling import WORD, folded_in_place, folded_word

LONGEST = 60  # characters of a period
_OF_LIFE = re.compile(r"\b(?:his|her|their|my|your|our)\s+(?:\w+\s+)?$")  # in his thirties
_YEAR = re.compile(r"(\d{1,4})\s?")
_SPACED_YEAR = re.compile(r"\s?(\d{1,4})")
_QUARTER = re.compile(
    r"(?:(?P<k>[qh])\s?(?P<n>[1-4])|(?P<m>[1-4])\s?(?P<j>[qh]))"
    r"\s?(?:of |/|-|')?\s?(?P<y>\d{4})(?!\d)|"
    r"(?P<z>\d{4})[\s/-]{0,2}(?P<l>[qh])\s?(?P<o>[1-4])(?!\w)"
)
_ORDINAL_WORD = rf"(?P<n>\d{{1,2}}(?:st|nd|rd|th|\.|er|e|º|°|-й)?|[1-4]|{WORD.pattern})"
_QUARTER_ALONE = re.compile(r"q\s?(?P<n>[1-4])(?!\w)")
_UP_TO_YEAR = re.compile(r"\S*\{n\}\S* [^\s{}]+|[^\s{}]+ \{n\}")
_ROMANS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def year_at(text: str, place: int, language: Pack | None) -> tuple[Date, int] | None:
    """14 AD, AD 14, 44 v. Chr.: a year that says its era."""
    code = language.code if language else "en"
    folded = folded_in_place(text)[place : place + LONGEST]
    if year := _YEAR.match(folded):
        for which, sign in (("before_era", -1), ("era", 1)):
            era = entries(code, which)
            if era and (match := era.match(folded, year.end())):
                return Date(sign * int(year[1])), place + match.end()
    for which, sign in (("before_era", -1), ("era", 1)):
        era = entries(code, which)
        match = era.match(folded) if era else None
        after = _SPACED_YEAR.match(folded, match.end()) if match else None
        if after:
            return Date(sign * int(after[1])), place + after.end()
    return None


def decade_at(text: str, place: int, language: Pack | None) -> tuple[Date, int] | None:
    """The 1980s, die achtziger Jahre, 80年代; a year below 100 where the century is not said."""
    if _OF_LIFE.search(text[max(0, place - LONGEST) : place]):
        return None
    folded = folded_in_place(text)[place : place + LONGEST]
    for form, is_plural in _decades(language.code if language else "en"):
        match = form.match(folded)
        if match is None:
            continue
        told = _tens(match.groupdict(), language)
        if told is None:
            continue
        is_century = is_plural and told >= 1000 and told % 100 == 0
        return Date(told, years=100 if is_century else 10), place + match.end()
    return None


def _tens(told: dict[str, str], language: Pack | None) -> int | None:
    said = told.get("d") or told.get("w") or ""
    known = language.decades if language else pack("en").decades
    found = int(said) if said.isdigit() else known.get(said)
    if found is None and told.get("d"):  # a word alone is one of decades, or none: twenty is not
        spelt = in_words([(said, len(said))], language)
        found = int(spelt.number) if spelt else None
    if found is None or found % 10 or not (20 <= found < 100 or found >= 1000):
        return None
    return found + (1900 if told.get("c") else 0)


@cache
def _decades(code: str) -> tuple[tuple[re.Pattern[str], bool], ...]:
    forms = sorted(pack(code).words.get("decade", ()), key=len, reverse=True)
    found = []
    for form in forms:
        told = re.escape(folded_in_place(form)).replace(r"\ ", " ").replace(r"\-", "-")
        told = told.replace(r"\{d\}", rf"(?P<d>\d{{4}}|\d0|{WORD.pattern})")
        told = told.replace(r"\{w\}", rf"(?P<w>{WORD.pattern})").replace(
            r"\{c\}", "(?P<c>nineteen)"
        )
        tail = r"(?!\w)" if pack(code).segmented and code != "ko" else ""
        found.append((re.compile(rf"(?:the )?['’]?{told}{tail}"), form == "{d}s"))
    return tuple(found)


def part_of_year_at(
    text: str, place: int, language: Pack | None, *, in_year: bool = True
) -> tuple[Span, int] | None:
    """Q1 2027, the second half of 2023: from its first month to its last.

    in_year: only where the year is said, too; else Q1 and the first quarter will do.
    """
    folded = folded_in_place(text)[place : place + LONGEST]
    if match := _QUARTER.match(folded):
        kind = match["k"] or match["j"] or match["l"]
        n, year = int(match["n"] or match["m"] or match["o"]), int(match["y"] or match["z"])
        span = _months(n, 3 if kind == "q" else 6, year)
        return (span, place + match.end()) if span else None
    for which, months in (("quarter_of_year", 3), ("half_of_year", 6)):
        for form in _parts(language.code if language else "en", which):
            match = form.match(folded)
            told = match and _ordinal(match["n"], language)
            span = _months(told, months, int(match["y"])) if match and told else None
            if match and span:
                return span, place + match.end()
    return None if in_year else _quarter_at(folded, place, language)


def _quarter_at(folded: str, place: int, language: Pack | None) -> tuple[Span, int] | None:
    forms = _parts(language.code if language else "en", "quarter_of_year", in_year=False)
    for form in (_QUARTER_ALONE, *forms):
        match = form.match(folded)
        told = match and _ordinal(match["n"], language)
        span = _months(told, 3, None) if told else None
        if match and span:
            return span, place + match.end()
    return None


def _ordinal(said: str, language: Pack | None) -> int | None:
    if digits := re.match(r"\d+", said):
        return int(digits[0])
    known = language.ordinals if language else {}
    return known.get(folded_word(said), _ROMANS.get(said))


@cache
def _parts(code: str, which: str, *, in_year: bool = True) -> tuple[re.Pattern[str], ...]:
    found = []
    for said in pack(code).words.get(which, ()):
        alone = _UP_TO_YEAR.match(said)
        form = said if in_year else alone[0].strip() if alone else ""
        if "{n}" not in form:
            continue
        told = re.escape(folded_in_place(form)).replace(r"\ ", r"\s")
        told = told.replace(r"\{n\}", _ORDINAL_WORD).replace(r"\{y\}", r"(?P<y>\d{4})")
        found.append(re.compile(told + r"(?!\w)"))
    return tuple(found)


def _months(n: int, each: int, year: int | None) -> Span | None:
    if n * each > 12:
        return None
    return Span(Date(year, (n - 1) * each + 1), Date(year, n * each), "to")
