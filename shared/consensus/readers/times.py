"""Dates and times of day, as languages write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from babel.dates import get_day_names, get_month_names

from consensus.core.values import Clock, Date
from consensus.readers.languages import Pack
from consensus.readers.numbers import in_words
from consensus.readers.spelling import folded_word

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:T00:00(?::00)?Z?)?(?!\d)")
_NUMERIC = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_BC = re.compile(
    r"(\d{1,4})\s?(?:BCE?\b|B\.C\.(?:E\.)?|v\. ?Chr\.|a\. ?C\.|av\. J\.-C\.|"
    r"до н\. ?э\.|p\.n\.e\.|SM\b|MÖ\b)"
)
_EAST_ASIAN = re.compile(
    r"(?:(\d{4})\s*[年년]\s*)?(\d{1,2})\s*[月월]\s*(?:(\d{1,2})\s*[日号號일])?"
)
_EAST_YEAR = re.compile(r"(\d{4})\s*(?:年|년)(?![間代])")
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?"
_ROMAN = {"i": 1, "v": 5, "x": 10}
_CENTURIES = {
    "en": r"(?P<n>\w+)[ -]centur(?:y|ies)", "de": r"(?P<n>\w+)\.? jahrhunderts?",
    "fr": r"(?P<n>\w+) siecle", "es": r"siglo (?P<n>\w+)", "it": r"(?P<n>\w+) secolo",
    "pt": r"seculo (?P<n>\w+)", "nl": r"(?P<n>\w+) eeuw", "pl": r"(?P<n>\w+)\.? wiek\w*",
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
_DECADE = re.compile(r"(?:the )?(1\d|20)(\d)0[’']?s\b")
_DECADES = {
    "twenties": 2,
    "thirties": 3,
    "forties": 4,
    "fifties": 5,
    "sixties": 6,
    "seventies": 7,
    "eighties": 8,
    "nineties": 9,
}
_DECADE_OF = re.compile(
    rf"(?:the )?({'|'.join(_DECADES)})(?: of the (?P<n>\w+(?:-\w+)?) century)?", re.IGNORECASE
)
_EXTRA_MONTHS = {
    "ar": {"كانون الثاني": 1, "شباط": 2, "اذار": 3, "نيسان": 4, "ايار": 5, "حزيران": 6, "تموز": 7,
           "اب": 8, "ايلول": 9, "تشرين الاول": 10, "تشرين الثاني": 11, "كانون الاول": 12},
    "en": {"sept": 9},
}  # fmt: skip
_CLOCK = re.compile(
    r"(\d{1,2})(?::(\d{2})(?::\d{2})?)(?:\s?(?:([ap])\.?\s?m\b\.?|uhr|h\b))?|(\d{1,2})\s?([ap])\.?\s?m\b\.?|"
    r"(\d{1,2})\s?(?:h|uhr)\s?(\d{2})?\b|(\d{1,2})\.(\d{2})\s?(?:uhr|uur|h\b)",
    re.IGNORECASE,
)
_EAST_CLOCK = re.compile(
    r"(?P<half>午前|午後|上午|下午|晚上|早上|中午|凌晨|오전|오후|저녁|밤|아침)?\s*(?P<h>\d{1,2})\s*(?:時|时|點|点|시)"
    r"(?![間间])\s*(?:(?P<part>半|반)|(?P<m>\d{1,2})\s*(?:分|분))?"
)
_COMMON = frozenset("may march mar mai mars marzo mayo maj".split())  # words, too
_AFTERNOON = frozenset("午後 下午 晚上 오후 저녁 밤".split())
_NAMED = {
    "noon": 720,
    "midnight": 0,
    "midday": 720,
    "mittag": 720,
    "mitternacht": 0,
    "midi": 720,
    "minuit": 0,
    "mediodia": 720,
    "medianoche": 0,
    "mezzogiorno": 720,
    "mezzanotte": 0,
}
_SPOKEN = re.compile(
    r"(?P<part>(?:a )?quarter|half|five|ten|twenty(?:-five)?|(?P<n>\d{1,2}) minutes) "
    r"(?P<way>past|to) (?P<h>\w+)",
    re.IGNORECASE,
)
_HALF_OF_DAY = re.compile(
    r"\s*(?:in the (?P<en>morning|afternoon|evening)|at (?P<night>night))", re.IGNORECASE
)
_HOURS = {
    w: n
    for n, w in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), 1
    )
}
_DAY_PARTS = {"morning": "a", "afternoon": "p", "evening": "p"}


@dataclass(frozen=True, slots=True)
class Timed:
    """A date or a time of day, and where it ends in the text."""

    value: Date | Clock
    end: int


def date_at(text: str, place: int, language: Pack | None) -> Timed | None:
    """The date that begins here."""
    return (
        _before_christ(text, place)
        or _numeric(text, place, language)
        or _named_month(text, place, language)
        or _period(text, place, language)
        or _weekday(text, place, language)
    )


def _before_christ(text: str, place: int) -> Timed | None:
    match = _BC.match(text, place)
    return Timed(Date(-int(match[1])), match.end()) if match else None


def _numeric(text: str, place: int, language: Pack | None) -> Timed | None:
    if match := _ISO.match(text, place):
        return _date(match, match[1], match[2], match[3])
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
    if match := _EAST_ASIAN.match(text, place):
        return _date(match, match[1], match[2], match[3])
    if match := _EAST_YEAR.match(text, place):
        return Timed(Date(int(match[1])), match.end())
    return None


def _date(
    match: re.Match[str], year: str | int | None, month: str | int, day: str | int | None
) -> Timed | None:
    if not 1 <= int(month) <= 12 or not 1 <= int(day or 1) <= 31:
        return None
    return Timed(
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
    year = (
        r"(?:,? ?(?:of |de |del |anno |عام |سنة |в |,)? ?(?P<y>\d{4})(?: ?г\.?| года| r\.?)?(?!\d))"
    )
    return tuple(
        re.compile(form)
        for form in (
            rf"{_DAY} {of}{month}{year}?",
            rf"{month} (?:the )?{_DAY}(?!\d){year}?",
            rf"{month}{year}",
            rf"(?P<y>\d{{4}}),? {month}(?: {_DAY})?",
            rf"(?P<y>\d{{4}}) (?:वर्ष )?{_DAY} {month}",
        )
    )


def _named_month(text: str, place: int, language: Pack | None) -> Timed | None:
    if not (text[place].isalnum()):
        return None
    window = text[place : place + 60]
    folded = _folded_alike(window)
    for code in dict.fromkeys([language.code if language else "en", "en"]):
        for form in _forms(code):
            match = form.match(folded)
            if match:
                parts = match.groupdict()
                found = _date(match, parts.get("y"), _months(code)[parts["m"]], parts.get("d"))
                return Timed(found.value, place + match.end()) if found else None
    return _day_in_words(text, place, language) or _month_alone(text, place, language)


def _month_alone(text: str, place: int, language: Pack | None) -> Timed | None:
    match = re.compile(r"[^\W\d_]+\.?").match(text, place)
    if match is None or not match[0][0].isupper():
        return None
    word = folded_word(match[0]).rstrip(".")
    month = _months(language.code if language else "en").get(word)
    return Timed(Date(month=month), match.end()) if month and word not in _COMMON else None


def _day_in_words(text: str, place: int, language: Pack | None) -> Timed | None:
    """في الثاني عشر من أيار عام 2027: the day as a word."""
    if language is None or language.code != "ar":
        return None
    words = [(m[0], place + m.end()) for m in re.finditer(r"\w+", text[place : place + 40])]
    found = in_words(words[:2], language)
    if found is None:
        return None
    rest = re.match(r"\s*(?:من )?", text[found.end :])
    start = found.end + (rest.end() if rest else 0)
    folded = _folded_alike(text[start : start + 40])
    for name, month in sorted(_months("ar").items(), key=lambda p: -len(p[0])):
        match = re.match(rf"{re.escape(name)}(?:\s*(?:عام|سنه|سنة)?\s*(\d{{4}}))?", folded)
        if match:
            year = int(match[1]) if match[1] else None
            return Timed(Date(year, month, int(found.number)), start + match.end())
    return None


def _folded_alike(text: str) -> str:
    """Folded letter by letter, so that places stay what they are."""
    return "".join(f if len(f := folded_word(c)) == 1 else c for c in text)


def _period(text: str, place: int, language: Pack | None) -> Timed | None:
    """A decade or a century."""
    if match := _DECADE.match(text, place):
        return Timed(Date(int(f"{match[1]}{match[2]}0"), years=10), match.end())
    if match := _DECADE_OF.match(text, place):
        century = _ordinal(match["n"]) if match["n"] else None
        if century:
            tens = _DECADES[match[1].lower()]
            return Timed(Date((century - 1) * 100 + 10 * tens, years=10), match.end())
    form = _CENTURIES.get(language.code if language else "en")
    match = re.compile(form).match(_folded_alike(text[place : place + 40])) if form else None
    century = _ordinal(match["n"]) if match else None
    if match and century:
        return Timed(Date((century - 1) * 100, years=100), place + match.end())
    return None


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


def _weekday(text: str, place: int, language: Pack | None) -> Timed | None:
    match = re.compile(r"[^\W\d_]+").match(text, place)
    if match is None:
        return None
    word = folded_word(match[0])
    days = _days(language.code if language else "en")
    found = days.get(word, days.get(word.removesuffix("s")))
    return Timed(Date(weekday=found), match.end()) if found is not None else None


def clock_at(text: str, place: int, language: Pack | None) -> Timed | None:
    """The time of day that begins here."""
    if match := _EAST_CLOCK.match(text, place):
        return _east(match)
    if match := _CLOCK.match(text, place):
        return _western(text, match)
    word = re.compile(r"[^\W\d_]+").match(text, place)
    if word and folded_word(word[0]) in _NAMED:
        return Timed(Clock(_NAMED[folded_word(word[0])]), word.end())
    if language is not None and language.code in _HALF_BEFORE:
        return _half_before(text, place, language)
    if language is not None and language.code == "en" and (match := _SPOKEN.match(text, place)):
        return _spoken(text, match)
    return None


_HALF_BEFORE = {"de": "halb", "nl": "half"}
_PARTS_OF_DAY = re.compile(
    r"\s*(?:(?P<a>am morgen|morgens|vormittags|'?s ochtends|'?s morgens)|"
    r"(?P<p>abends|am abend|nachmittags|am nachmittag|'?s avonds|'?s middags))",
    re.IGNORECASE,
)


def _half_before(text: str, place: int, language: Pack) -> Timed | None:
    """Halb acht: half an hour before eight."""
    quarter = re.compile(r"viertel (vor|nach) (\w+)|kwart (voor|over) (\w+)", re.IGNORECASE)
    if told := quarter.match(text, place):
        spelt = in_words([(told[2] or told[4], told.end())], language)
        before = (told[1] or told[3]).lower() in ("vor", "voor")
        if spelt is None or not 1 <= spelt.number <= 12:
            return None
        minutes = int(spelt.number) * 60 + (-15 if before else 15)
        return Timed(Clock(minutes % 720, half_known=False), spelt.end)
    match = re.compile(rf"{_HALF_BEFORE[language.code]} (\w+)", re.IGNORECASE).match(text, place)
    found = in_words([(match[1], match.end())], language) if match else None
    if found is None or not 1 <= found.number <= 12:
        return None
    said = _PARTS_OF_DAY.match(text, found.end)
    half = "" if said is None else "a" if said["a"] else "p"
    hour = int(found.number) - 1 or 12
    return _timed(hour, 30, half, said.end() if said else found.end)


def _east(match: re.Match[str]) -> Timed | None:
    hour = int(match["h"])
    minute = 30 if match["part"] else int(match["m"] or 0)
    if match["half"] in _AFTERNOON and hour < 12:
        hour += 12
    if hour > 24 or minute > 59:
        return None
    return Timed(Clock(hour % 24 * 60 + minute, bool(match["half"]) or hour > 12), match.end())


def _western(text: str, match: re.Match[str]) -> Timed | None:
    hour = int(match[1] or match[4] or match[6] or match[8])
    minute = int(match[2] or match[7] or match[9] or 0)
    half = (match[3] or match[5] or "").lower()
    end = match.end()
    said = _HALF_OF_DAY.match(text, end)
    if not half and said:
        half, end = "p" if said["night"] else _DAY_PARTS[said["en"].lower()], said.end()
    # 04:05 is by the clock of 24 hours.
    return _timed(hour, minute, half, end, padded=match[0].startswith("0"))


def _timed(hour: int, minute: int, half: str, end: int, *, padded: bool = False) -> Timed | None:
    if hour > 24 or minute > 59 or (half and hour > 12):
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return Timed(
        Clock(hour % 24 * 60 + minute, bool(half) or hour > 12 or hour == 0 or padded), end
    )


def _spoken(text: str, match: re.Match[str]) -> Timed | None:
    hour = _HOURS.get(match["h"].lower()) or (int(match["h"]) if match["h"].isdigit() else None)
    part = match["part"].lower()
    told = _HOURS.get(part, {"twenty": 20, "twenty-five": 25, "five": 5, "ten": 10}.get(part))
    minute = (
        15
        if "quarter" in part
        else 30
        if part == "half"
        else told or (int(match["n"]) if match["n"] and match["n"].isdigit() else None)
    )
    if hour is None or minute is None or hour > 24:
        return None
    total = hour * 60 + (minute if match["way"].lower() == "past" else -minute)
    said = _HALF_OF_DAY.match(text, match.end())
    end = said.end() if said else match.end()
    half = "" if not said else "p" if said["night"] else _DAY_PARTS[said["en"].lower()]
    return _timed(total // 60 % 24, total % 60, half, end)
