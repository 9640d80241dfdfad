"""Dates, as languages write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache

from babel.dates import get_day_names, get_month_names

from consensus.core.values import Date
from consensus.readers import periods
from consensus.readers.languages import LATIN, Pack, entries
from consensus.readers.numbers import Found, in_words
from consensus.readers.spelling import WORD, folded_in_place, folded_word

_ISO = re.compile(
    r"(\d{4})([-./]) ?(\d{1,2})\2 ?(\d{1,2})(?:T00:00(?::00)?Z?)?(?!\d)(?:\.(?=\s*$))?"
)
_NUMERIC = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_MONTH_OF = re.compile(r"(0[1-9]|1[0-2])[/.]((?:19|20)\d\d)(?![\d./])")
_SHORT_YEAR = re.compile(r"['’](\d\d)(?![\w'’])")
_PIVOT = 30  # '98 is 1998, '07 is 2007
_EAST_ASIAN = re.compile(
    r"(?:(\d{4})\s*[年년]\s*)?(\d{1,2})\s*(?:月(?!曜)|월)\s*(?:(\d{1,2})\s*[日号號일])?"
)
_REIGNS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
_REIGN = re.compile(rf"({'|'.join(_REIGNS)})\s?(元|\d{{1,2}})年")
_EAST_YEAR = re.compile(r"(\d{4})\s*(?:年|년)(?![間代])")
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?"
_LETTERS = re.compile(r"[^\W\d_]+")
_ROMAN = {"i": 1, "v": 5, "x": 10}
_CENTURIES = {
    "en": r"(?P<n>\w+(?:-\w+)?)[ -]centur(?:y|ies)",
    "de": r"(?P<n>\w+)\.? (?:jahrhunderts?|jh\b\.?|jhdt\b\.?)",
    "fr": r"(?P<n>[\w-]+) siecle", "es": r"siglo (?P<n>\w+)", "it": r"(?P<n>\w+) secolo",
    "pt": r"seculo (?P<n>\w+)", "nl": r"(?P<n>\w+) eeuw",
    "pl": r"(?P<n>\w+)\.? (?:wiek\w*|w\.)",
    "ru": r"(?P<n>\w+)(?:-\w+)? век\w*",
    "tr": r"(?P<n>\w+)\.? yuzyil\w*", "id": r"abad (?:ke-?)?(?P<n>\w+)",
    "ar": r"القرن (?:ال)?(?P<n>\w+(?: عشر)?)", "hi": r"(?P<n>\w+)(?:वीं)? (?:सदी|शताब्दी)",
    "zh": r"(?P<n>\d+)世[纪紀]", "ja": r"(?P<n>\d+)世紀", "ko": r"(?P<n>\d+)세기",
}  # fmt: skip
_ORDINALS = {
    w: n
    for n, words in enumerate(
        "first erste premier primero primo primeiro|second|third|fourth|fifth|sixth|seventh|"
        "eighth|ninth neuvieme|tenth dixieme decimo|eleventh onzieme undicesimo|"
        "twelfth douzieme dodicesimo doce|thirteenth treizieme tredicesimo trece|"
        "fourteenth quatorzieme quattordicesimo catorce|fifteenth quinzieme quindicesimo quince|"
        "sixteenth seizieme sedicesimo dieciseis|seventeenth "
        "diciassettesimo diecisiete|eighteenth diciottesimo dieciocho|nineteenth diciannovesimo "
        "diecinueve|twentieth vingtieme ventesimo veinte|twenty-first".split("|"),
        1,
    )
    for w in words.split()
}
_ALONE = re.compile(r"(?:\d{1,2}(?:st|nd|rd|th|e|º|\.)?|[IVX]{1,5}|[^\W\d_]+(?:-[^\W\d_]+)?)(?!\w)")
_YEAR_MONTH = re.compile(r"((?:1[5-9]|20)\d\d)[-/](0[1-9]|1[0-2])(?![\d/-])")
_OF_LAST = re.compile(
    r"\s(?:of the (?:last|past|previous) century|des (?:letzten|vergangenen|vorigen) jahrhunderts|"
    r"du siecle dernier|del siglo pasado|del secolo scorso|do seculo passado|van de vorige eeuw|"
    r"ubieglego wieku|прошлого века|gecen yuzyilin|abad lalu)"
)
_OF_CENTURY = re.compile(r"\s(?:of the|des|du|del|do|van de|of)\s")
_DAY_MONTH_YEAR = re.compile(
    rf"{_DAY} (?:of |de |del |di )?(?P<m>[^\W\d_]+)\.?,? (?:de |del )?(?P<y>\d{{4}})(?!\d)"
)
_EXTRA_MONTHS = {
    "ar": {"كانون الثاني": 1, "شباط": 2, "اذار": 3, "نيسان": 4, "ايار": 5, "حزيران": 6, "تموز": 7,
           "اب": 8, "ايلول": 9, "تشرين الاول": 10, "تشرين الثاني": 11, "كانون الاول": 12},
    "en": {"sept": 9},
}  # fmt: skip
_YEAR_WORD = r"(?: года?| ?г\.?(?!\w)| r\.?(?!\w))?"
_OF_YEAR = re.compile(r",? (?:of |in |de |del |von |van |в )?(\d{4})(?!\d)")
_SMALL_MONTHS = ("fr", "es", "it", "pt", "nl", "pl", "ru")  # that write months without capitals
SHORTEST_SMALL = 5  # letters of such a month that stands alone
LONGEST_DAY = 40  # characters of a day in words
_COMMON = frozenset("may march mar mai mars marzo mayo maj".split())  # words, too


@dataclass(frozen=True, slots=True)
class Dated:
    """A date, and where it ends in the text."""

    value: Date
    end: int


def date_at(text: str, place: int, language: Pack | None) -> Dated | None:
    """The date that begins here."""
    return (
        _year(text, place, language)
        or _reign(text, place)
        or _holiday(text, place, language)
        or _numeric(text, place, language)
        or _named_month(text, place, language)
        or _period(text, place, language)
        or _weekday(text, place, language)
    )


def _year(text: str, place: int, language: Pack | None) -> Dated | None:
    found = periods.year_at(text, place, language)
    return Dated(*found) if found else None


def _reign(text: str, place: int) -> Dated | None:
    """昭和64年 is 1989, and 令和元年5月1日 a day of 2019."""
    match = _REIGN.match(text, place)
    if match is None:
        return None
    year = _REIGNS[match[1]] + (1 if match[2] == "元" else int(match[2]))
    rest = _EAST_ASIAN.match(text, match.end())
    if rest and not rest[1]:
        return _date(rest, year, rest[2], rest[3])
    return Dated(Date(year), match.end())


def _holiday(text: str, place: int, language: Pack | None) -> Dated | None:
    """New Year's Eve 2024, Heiligabend: days that have a name and a date of their own."""
    days = language.holidays if language else {}
    if not days or not text[place].isalpha():
        return None
    folded = folded_in_place(text)[place : place + 60]
    for name, (month, day) in days.items():
        if folded.startswith(name) and not folded[len(name) : len(name) + 1].isalnum():
            year = _OF_YEAR.match(folded, len(name))
            end = year.end() if year else len(name)
            return Dated(Date(int(year[1]) if year else None, month, day), place + end)
    return None


def _numeric(text: str, place: int, language: Pack | None) -> Dated | None:
    if match := _ISO.match(text, place):
        return _date(match, match[1], match[3], match[4])
    if match := _NUMERIC.match(text, place):
        first, second, year = int(match[1]), int(match[3]), match[4]
        if len(year) == 2:
            return None
        day_first = language is not None and language.code != "en"
        if first > 12 or (day_first and second <= 12) or (match[2] == "." and second <= 12):
            return _date(match, year, second, first)
        if second > 12 or first == second:
            return _date(match, year, first, second)
        return None  # 3/4/1969 is the third of April or the fourth of March
    if match := _MONTH_OF.match(text, place):
        return _date(match, match[2], match[1], None)
    if match := _SHORT_YEAR.match(text, place):
        year = int(match[1])
        return Dated(Date(year + (1900 if year >= _PIVOT else 2000)), match.end())
    if match := _EAST_ASIAN.match(text, place):
        return _date(match, match[1], match[2], match[3])
    if match := _EAST_YEAR.match(text, place):
        return Dated(Date(int(match[1])), match.end())
    return None


def _date(
    match: re.Match[str], year: str | int | None, month: str | int, day: str | int | None
) -> Dated | None:
    if not 1 <= int(month) <= 12 or not 1 <= int(day or 1) <= 31:
        return None
    return Dated(
        Date(int(year) if year else None, int(month), int(day) if day else None), match.end()
    )


@lru_cache(maxsize=32)
def _months(code: str) -> Mapping[str, int]:
    names = {
        folded_word(name).rstrip("."): n
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for n, name in get_month_names(width, context=context, locale=code).items()
    }
    return {
        k: n
        for k, n in (names | _EXTRA_MONTHS.get(code, {})).items()
        if not k.isdigit() and len(k) > 2
    }


@lru_cache(maxsize=32)
def _days(code: str) -> Mapping[str, int]:
    return {
        folded_word(name).rstrip("."): n
        for width in ("wide", "abbreviated")
        for n, name in get_day_names(width, locale=code).items()
        if len(name) > 2 or not name.isascii()
    } | ({"tues": 1, "thurs": 3, "thur": 3, "weds": 2} if code == "en" else {})


@lru_cache(maxsize=32)
def _forms(code: str) -> tuple[re.Pattern[str], ...]:
    month = (
        rf"(?P<m>{'|'.join(sorted(map(re.escape, _months(code)), key=len, reverse=True))})\.?(?!\w)"
    )
    of = r"(?:of |de |del |di |of the |el |من |in )?"
    year = rf"(?:,? ?(?:of |de |del |anno |عام |سنة |в |,)? ?(?P<y>\d{{4}}){_YEAR_WORD}(?!\d))"
    return tuple(
        re.compile(form)
        for form in (
            rf"{_DAY} {of}{month}{year}?",
            rf"{_DAY}[-/.]{month}[-/.](?P<y>\d{{4}})(?!\d)",
            rf"{month}[-/.]{_DAY}[-/.](?P<y>\d{{4}})(?!\d)",
            rf"(?P<y>\d{{4}})[-/.]{month}[-/.]{_DAY}(?!\d)",
            rf"{month} (?:the )?{_DAY}(?!\d){year}?",
            rf"{month}{year}",
            rf"(?P<y>\d{{4}}),? {month}(?: {_DAY})?",
            rf"(?P<y>\d{{4}}) (?:वर्ष )?{_DAY} {month}",
        )
    )


def _named_month(text: str, place: int, language: Pack | None) -> Dated | None:
    if not (text[place].isalnum()):
        return None
    folded = folded_in_place(text)[place : place + 60]
    for code in dict.fromkeys([language.code if language else "en", "en"]):
        for form in _forms(code):
            match = form.match(folded)
            if match:
                parts = match.groupdict()
                found = _date(match, parts.get("y"), _months(code)[parts["m"]], parts.get("d"))
                return Dated(found.value, place + match.end()) if found else None
    return (
        _of_any_language(folded, place)
        or _day_in_words(text, place, language)
        or _month_and_word(text, place, language)
        or _month_alone(text, place, language)
    )


def _of_any_language(folded: str, place: int) -> Dated | None:
    """A day, a month and a year, whatever the language of the rest: 29 Ekim 1923."""
    match = _DAY_MONTH_YEAR.match(folded)
    month = _any_month().get(match["m"]) if match else None
    found = _date(match, match["y"], month, match["d"]) if match and month else None
    return Dated(found.value, place + match.end()) if match and found else None


@cache
def _any_month() -> Mapping[str, int]:
    """The months by their names in all Latin languages; a name of two months is of none."""
    found: dict[str, int] = {}
    for code in LATIN:
        for name, month in _months(code).items():
            found[name] = month if found.get(name, month) == month else 0
    return found


def _month_and_word(text: str, place: int, language: Pack | None) -> Dated | None:
    """May the third: the day as a word after its month."""
    if language is None or not text[place].isalpha():
        return None
    folded = folded_in_place(text)[place : place + LONGEST_DAY]
    match = _named(language.code).match(folded)
    words = [(m[0], m.end()) for m in WORD.finditer(folded, match.end())][:2] if match else []
    day = _number_of_day(words, language) if words and words[0][0] != "of" else None
    if match is None or day is None or language.ordinals.get(words[0][0]) is None:
        return None
    year = _OF_YEAR.match(folded, day.end)
    date = Date(int(year[1]) if year else None, _months(language.code)[match["m"]], int(day.number))
    return Dated(date, place + (year.end() if year else day.end))


@lru_cache(maxsize=32)
def _named(code: str) -> re.Pattern[str]:
    names = "|".join(sorted(map(re.escape, _months(code)), key=len, reverse=True))
    return re.compile(rf"(?P<m>{names})\.? (?:the )?(?=[^\W\d_])")


def _month_alone(text: str, place: int, language: Pack | None) -> Dated | None:
    match = _LETTERS.match(text, place)
    if match is None:
        return None
    word = folded_word(match[0]).rstrip(".")
    writes_small = language is not None and language.code in _SMALL_MONTHS
    if not match[0][0].isupper() and not (writes_small and len(word) >= SHORTEST_SMALL):
        return None
    month = _months(language.code if language else "en").get(word)
    end = match.end() + (text[match.end() : match.end() + 1] == ".")
    return Dated(Date(month=month), end) if month and word not in _COMMON else None


def _day_in_words(text: str, place: int, language: Pack | None) -> Dated | None:
    """The eleventh of November 1918, в третье мая, 15 as पंद्रह: the day as a word."""
    if language is None or not language.segmented or not text[place].isalpha():
        return None
    window = text[place : place + LONGEST_DAY]
    folded = folded_in_place(text)[place : place + 80]
    if _after_day(language.code).search(folded) is None:
        return None
    words = [(m[0], m.end()) for m in WORD.finditer(window)][:3]
    found = _number_of_day(words, language)
    if found is None:
        return None
    start = found.end
    match = _after_day(language.code).match(folded, start)
    if match is None:
        return None
    year = int(match["y"]) if match["y"] else None
    month = _months(language.code)[match["m"]]
    return Dated(Date(year, month, int(found.number)), place + match.end())


def _number_of_day(words: list[tuple[str, int]], language: Pack) -> Found | None:
    """The day that words tell, as an ordinal or as a count; of two words, as their sum."""
    if not words:
        return None
    said = [folded_word(word).replace("-", " ") for word, _ in words]
    first = language.ordinals.get(said[0]) or language.numbers.get(said[0])
    if first in (20, 30) and len(said) > 1 and (more := language.ordinals.get(said[1], 10)) < 10:
        return Found(Fraction(first) + more, words[1][1])
    found = in_words(words, language)
    if found is not None and found.number not in range(1, 32):
        found = None
    day = language.ordinals.get(said[0])
    if day is not None and (found is None or found.end <= words[0][1]):
        return Found(Fraction(day), words[0][1])
    return found


@lru_cache(maxsize=32)
def _after_day(code: str) -> re.Pattern[str]:
    """The month, and the year, that follow a day in words."""
    months = "|".join(sorted(map(re.escape, _months(code)), key=len, reverse=True))
    year = (
        r"(?:,? ?(?:of |de |del |anno |عام |سنه |سنة |सन् )?(?P<y>\d{4})"
        rf"{_YEAR_WORD}(?!\d))?"
    )
    return re.compile(rf" (?:of |de |del |di |do |من )?(?P<m>{months})\.?(?!\w){year}")


def _period(text: str, place: int, language: Pack | None) -> Dated | None:
    """A decade or a century."""
    if decade := periods.decade_at(text, place, language):
        of = _OF_CENTURY.match(text, decade[1])
        century = _century(text, of.end(), language) if of and decade[0].year else None
        if century and century.value.year is not None and decade[0].year:
            return Dated(Date(century.value.year + decade[0].year % 100, years=10), century.end)
        if decade[0].year and (last := _OF_LAST.match(folded_in_place(text), decade[1])):
            return Dated(Date(1900 + decade[0].year % 100, years=10), last.end())
        return Dated(*decade)
    return _century(text, place, language)


def century_alone(text: str, place: int, language: Pack | None) -> Dated | None:
    """18th, XVIII, eighteenth: a century of which a question asks."""
    match = _ALONE.match(text, place)
    if match is None:
        return None
    said = folded_word(match[0])
    is_word = match[0].isalpha() and not match[0].isupper()
    known = language.ordinals.get(said) if language else None
    century = (_ORDINALS.get(said) or known) if is_word else _ordinal(match[0])
    return Dated(Date((century - 1) * 100, years=100), match.end()) if century else None


def in_order(text: str, place: int, *, day_first: bool) -> Dated | None:
    """03/02/2024, where it is known which of the two the day is."""
    match = _NUMERIC.match(text, place)
    if match is None or len(match[4]) == 2:
        return None
    day, month = (match[1], match[3]) if day_first else (match[3], match[1])
    return _date(match, match[4], month, day)


def month_of(text: str, place: int) -> Dated | None:
    """1991-02; but 1991-92 are two years."""
    match = _YEAR_MONTH.match(text, place)
    if match is None or int(match[2]) == (int(match[1]) + 1) % 100:
        return None
    return _date(match, match[1], match[2], None)


@cache
def _century_form(code: str) -> re.Pattern[str] | None:
    return re.compile(_CENTURIES[code]) if code in _CENTURIES else None


def _century(text: str, place: int, language: Pack | None) -> Dated | None:
    code = language.code if language else "en"
    form = _century_form(code)
    folded = folded_in_place(text)[place : place + 40]
    match = form.match(folded) if form else None
    century = (_ordinal(match["n"]) or _ordinal_of(match["n"], language)) if match else None
    if match is None or not century:
        return None
    before = entries(code, "before_era")
    era = before.match(folded, match.end() + 1) if before else None
    first = -century * 100 if era else (century - 1) * 100
    return Dated(Date(first, years=100), place + (era or match).end())


def _ordinal_of(said: str, language: Pack | None) -> int | None:
    """The century that a word of the language tells: девятнадцатом, diecinueve."""
    if language is None:
        return None
    if (ordinal := language.ordinals.get(folded_word(said.replace("-", " ")))) is not None:
        return ordinal
    found = in_words([(word, 0) for word in said.split()], language)
    return int(found.number) if found and found.number in range(1, 31) else None


def _ordinal(word: str) -> int | None:
    folded = folded_word(word).strip(".")
    digits = re.match(
        r"(\d{1,2})(?:st|nd|rd|th|e|er|eme|de|ste|о|ого|го|й|ый|uncu|inci|वीं)?$", folded
    )
    if digits:
        return int(digits[1])
    if folded in _ORDINALS:
        return _ORDINALS[folded]
    roman = folded.removesuffix("e").removesuffix("m")
    if roman and set(roman) <= set(_ROMAN):
        values = [_ROMAN[c] for c in roman]
        return sum(
            -v if any(v < w for w in values[n + 1 : n + 2]) else v for n, v in enumerate(values)
        )
    return None


def _weekday(text: str, place: int, language: Pack | None) -> Dated | None:
    match = _LETTERS.match(text, place)
    if match is None:
        return None
    word = folded_word(match[0])
    days = _days(language.code if language else "en")
    found = days.get(word, days.get(word.removesuffix("s")))
    if found is None and language is not None and language.code in ("ja", "ko", "zh"):
        for name in days:
            if word.startswith(name) and language.has("function", word.removeprefix(name)):
                return Dated(Date(weekday=days[name]), place + len(name))
    return Dated(Date(weekday=found), match.end()) if found is not None else None
