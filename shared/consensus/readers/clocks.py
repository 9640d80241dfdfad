"""Times of day, in figures and as languages say them: 7:30 pm, halb acht abends, 午後7時半."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from consensus.core.values import Clock
from consensus.readers.languages import Pack, pack
from consensus.readers.numbers import in_words
from consensus.readers.spelling import WORD, folded_in_place

LONGEST = 60  # characters of a time of day
_SPACE = re.compile(r"\s*,?\s*")
_FIGURES = re.compile(
    r"(\d{1,2}):(\d{2})(?::(?P<s>\d{2}))?(?!\d)|(\d{1,2})\s?h(?:\s?(\d{2}))?\b(?!\s?m|\s\d)|"
    r"(\d{1,2})\.(\d{2})(?![\d.,]\d|\d)(?:(?=\s?(?:uhr|uur|h\b|[ap]\.?\s?m\b))|(?P<bare>))",
    re.IGNORECASE,
)
_AFTER_FIGURES = re.compile(r"\s?(?:uhr|uur|h|hrs|hours|horas|heures)(?!\w)", re.IGNORECASE)
_HOUR = re.compile(r"\d{1,2}(?![\d.,:]*\d)")
_EAST = re.compile(
    r"(?P<part>午前|午後|上午|下午|晚上|早上|中午|凌晨|清晨|傍晚|夜|朝|昼|夕方|오전|오후|저녁|밤|아침|새벽|낮)?\s*"
    r"(?P<h>\d{1,2}|[가-힣]{1,3}(?=\s?시))\s*"
    r"(?:(?:時|时|點|点|시)(?![間间])\s*(?:(?P<half>半|반)|(?P<m>\d{1,2})\s*(?:分|분)?)?|:(?P<c>\d{2}))"
)
_MERIDIEM = re.compile(r"[ap]\.?\s?m\b")  # never before the hour: am 3. Oktober
_MARKS = ("m", ".m", ".m.", ". m.", ". m", " m")
_EAST_PM = frozenset("午後 下午 晚上 傍晚 夜 夕方 오후 저녁 밤 낮".split())
_MINUTE = rf"(?P<m>\d{{1,2}}|{WORD.pattern}(?:[ -]{WORD.pattern})??)"
_HOUR_OR_WORD = rf"(?P<h>\d{{1,2}}|{WORD.pattern})"


@dataclass(frozen=True, slots=True)
class Told:
    """A time of day, and where it ends in the text."""

    value: Clock
    end: int


@dataclass(frozen=True, slots=True)
class Speech:
    """How a language says times: forms with the minutes that they add, and the parts of the day."""

    forms: tuple[tuple[re.Pattern[str], str], ...]
    parts: tuple[tuple[re.Pattern[str], str], ...]
    named: Mapping[str, int]
    hours: Mapping[str, int]


def clock_at(text: str, place: int, language: Pack | None, *, is_time: bool = False) -> Told | None:
    """The time of day that begins here. is_time: one is asked for, so that 19.30 is one."""
    window = text[place : place + LONGEST]
    if (language is not None and not language.segmented) or (language and language.code == "ko"):
        found = _east(window, language)
    else:
        speech = _speech(language.code if language else "en")
        folded = folded_in_place(text)[place : place + LONGEST]
        found = _western(folded, speech, language, is_time)
    return Told(found[0], place + found[1]) if found else None


def _western(
    folded: str, speech: Speech, language: Pack | None, is_time: bool
) -> tuple[Clock, int] | None:
    for name, minutes in speech.named.items():
        if folded.startswith(name) and not folded[len(name) : len(name) + 1].isalnum():
            return Clock(minutes), len(name)
    before = None if _MERIDIEM.match(folded) else _part(folded, 0, speech)
    start = _skip(folded, before[1]) if before else 0
    told = _figures(folded, start, is_time) or _spoken(folded, start, speech, language, is_time)
    if told is None:
        told = _hour_alone(folded, start, speech, language, is_led=before is not None)
    if told is None:
        return None
    hour, minute, end, is_padded, seconds = told
    after = None if before else _part(folded, _skip(folded, end), speech)
    half = before[0] if before else after[0] if after else ""
    clock = _clock(hour, minute, half, is_padded=is_padded)
    return (replace(clock, seconds=seconds), after[1] if after else end) if clock else None


def _skip(text: str, place: int) -> int:
    space = _SPACE.match(text, place)
    return space.end() if space else place


def _part(folded: str, place: int, speech: Speech) -> tuple[str, int] | None:
    """The part of the day that is named here."""
    for form, half in speech.parts:
        if match := form.match(folded, place):
            return half, match.end()
    return None


# Hour, minute, where it ends, whether it is of 24 hours, and seconds.
Spoken = tuple[int, int, int, bool, int]


def _figures(folded: str, place: int, is_time: bool) -> Spoken | None:
    match = _FIGURES.match(folded, place)
    if match is None or (match["bare"] is not None and not is_time):
        return None
    hour = int(match[1] or match[4] or match[6])
    minute = int(match[2] or match[5] or match[7] or 0)
    after = _AFTER_FIGURES.match(folded, match.end())
    is_padded = match[0].startswith("0") or (match[4] is not None and minute == 0 and hour > 12)
    end = after.end() if after else match.end()
    return hour, minute, end, is_padded, int(match["s"] or 0)


def _spoken(
    folded: str, place: int, speech: Speech, language: Pack | None, is_time: bool
) -> Spoken | None:
    for form, added in speech.forms:
        if "m" in added and not is_time:
            continue  # twelve to fifteen
        match = form.match(folded, place)
        if match is None:
            continue
        told = match.groupdict()
        hour = _number(told["h"], speech.hours, language)
        named = speech.named.get(told["h"]) if hour is None else None
        hour = named // 60 if named is not None else hour
        minute = _number(told["m"], speech.hours, language) if told.get("m") else None
        if (
            hour is None
            or not 0 <= hour <= 24
            or ("m" in added and (minute is None or minute > 59))
        ):
            continue
        more = (minute or 0) * (-1 if added == "-m" else 1) if "m" in added else int(added)
        total = hour * 60 + more
        if named is not None:  # a quarter past midnight
            return total // 60 % 24, total % 60, match.end(), True, 0
        end = match.start("p") if told.get("p") else match.end()
        return total // 60 % 24 or 12, total % 60, end, False, 0  # halb eins is 12:30
    return None


def _hour_alone(
    folded: str, place: int, speech: Speech, language: Pack | None, *, is_led: bool
) -> Spoken | None:
    """An hour beside the part of the day: 7 pm, las 9 de la mañana, sabah dokuz."""
    figures = _HOUR.match(folded, place)
    word = figures or WORD.match(folded, place)
    if word is None:
        return None
    hour = int(figures[0]) if figures else _number(word[0], speech.hours, language)
    is_told = is_led or _part(folded, _skip(folded, word.end()), speech) is not None
    return (hour, 0, word.end(), False, 0) if is_told and hour is not None and hour <= 24 else None


def _number(said: str, hours: Mapping[str, int], language: Pack | None) -> int | None:
    if said.isdigit():
        return int(said)
    if said in hours:
        return hours[said]
    words = [(match[0], match.end()) for match in re.finditer(r"[^\s-]+", said)]
    found = in_words(words, language)
    return int(found.number) if found and found.end == len(said) else None


def _clock(hour: int, minute: int, half: str, *, is_padded: bool) -> Clock | None:
    """half: a before noon, p after it, n at night."""
    if hour > 24 or minute > 59 or (half and hour > 24):
        return None
    is_known = bool(half) or is_padded or hour > 12 or hour == 0
    if half == "n":
        half = "a" if hour % 12 < 6 else "p"
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return Clock(hour % 24 * 60 + minute, is_known)


def _east(text: str, language: Pack | None) -> tuple[Clock, int] | None:
    match = _EAST.match(text)
    if match is None:
        return None
    said = match["h"]
    hour = int(said) if said.isdigit() else _number(said, {}, language)
    minute = 30 if match["half"] else int(match["m"] or match["c"] or 0)
    if hour is None or hour > 24 or minute > 59:
        return None
    if match["part"] in _EAST_PM and hour < 12:
        hour += 12
    is_known = bool(match["part"]) or hour > 12 or said.startswith("0")
    return Clock(hour % 24 * 60 + minute, is_known), match.end()


@cache
def _speech(code: str) -> Speech:
    told = pack(code).clock
    forms = [entry.rpartition(" = ") for entry in _entries(told, "forms")]
    halves = [(entry, half) for half in ("am", "pm", "night") for entry in _entries(told, half)]
    halves += [(letter + mark, f"{letter}m") for letter in "ap" for mark in _MARKS]
    return Speech(
        tuple((_form(form), added) for form, _, added in forms),
        tuple(
            (re.compile(rf"{re.escape(entry)}(?!\w)"), half[0])
            for entry, half in sorted(halves, key=lambda each: -len(each[0]))
        ),
        {
            name: at
            for which, at in (("noon", 720), ("midnight", 0))
            for name in _entries(told, which)
        },
        pack(code).hours,
    )


def _entries(told: Mapping[str, str], which: str) -> list[str]:
    return [folded_in_place(entry.strip()) for entry in told.get(which, "").split("|") if entry]


def _form(form: str) -> re.Pattern[str]:
    """A form as a pattern: {h} is an hour, {m} minutes, {p} a part of the day, [x] maybe x."""
    told = re.escape(form).replace(r"\ ", " ").replace(r"\-", "-")
    told = re.sub(r"\\\[(.*?)\\\] ", r"(?:\1 )?", told).replace(" ", r"[\s-]")
    told = told.replace(r"\{h\}", _HOUR_OR_WORD).replace(r"\{m\}", _MINUTE)
    return re.compile(told.replace(r"\{p\}", r"(?P<p>[ap]\.?\s?m\b)") + r"(?!\w)")
