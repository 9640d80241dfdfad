"""A number with its unit, in figures or in words: $5, 3.5 million, zwölf Stunden, 1万5千人.

Also what is said of it in parts: two thirds, half an hour, 2 h 30 min, drei Euro fünfzig.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from consensus.core.values import BARE, Quantity, Unit
from consensus.readers import identifiers, numbers
from consensus.readers.mathematics import units
from consensus.readers.phrase.here import Here
from consensus.readers.phrase.measures import CURRENCY, money_per, scaled, unit_at
from consensus.readers.spelling import folded_word

HAN_NUMERALS = "零〇一二两兩三四五六七八九十百千万萬億亿"
MONEY = frozenset(
    "dollar euro sterling yen rupee ruble won lira rupiah zloty real yuan franc".split()
)
_PARTS = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_SPACE = re.compile(r"\s*")
_THEN = re.compile(r"\s*,?\s*")
_END = re.compile(r"\s*(?:$|[.,;:!)。])")
_ARTICLE = re.compile(r"\s(?:an?|the|eine[rsn]?|une?|una?|uma?|een|di|de)\s")
_ONE = re.compile(r"an?|one|eine?|une?|una?|uno|uma?|een", re.IGNORECASE)
_OF = re.compile(r"\s(?:of|der|des|von|de|du|d['’]|di|dei|delle|do|da|van)\b")
_OF_ONE = re.compile(r"\s(?:of an?|of one|einer|d['’]une|de|di|van een)\s|\sd['’](?=heure)")
_SCIENTIFIC = re.compile(r"\d+(?:\.\d+)?[eE][-+]?\d{1,2}(?!\w)")
_SIZE = re.compile(r"(?!0x)\d+(?:[.,]\d+)?[x×]\d+(?:[.,]\d+)?(?!\w)")
_A_WHOLE = re.compile(  # one, and all of it
    r"(?:an?|one|eine?[nrms]?|une?|un['’]|una|uma?|een|één)\s?"
    r"(?:(?:full|whole|single|entire|volle?[nrs]?|ganze?[nrs]?|einzige?[nrs]?|seule|entière|sola|intera|"
    r"entera|única|inteira|hele|volle)\s)?(?=[^\W\d_])",
    re.IGNORECASE,
)
_LASTS = ("time", "month")
_PENCE = re.compile(r"\s?(\d{1,2})p\b")
_FEET = re.compile(r"(\d{1,2})\s?['′’]\s?(\d{1,2}(?:[.,]\d+)?)\s?(?:[\"″”]|''|’’)")
_INCHES = re.compile(r",?\s(?:and\s)?(\d{1,2}(?:\.\d+)?)\s?in\b(?!\s\w)")
_HOURS = re.compile(
    r"(\d{1,3})\s?h(?:rs?|ours?)?\s?(\d{1,2})\s?m(?:ins?|inutes?)?"
    r"(?:\s?(\d{1,2})\s?s(?:ecs?|econds?)?)?(?!\w)"
)
_LASTING = re.compile(
    r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?(?![:\d])"
    r"(?:\s?(h|hrs?|hours?|std\.?|stunden?|horas?|heures?|ore|uur)\b)?",
    re.IGNORECASE,
)
_PAIR = re.compile(r"(\d{1,3})\s?([hm])\s?(\d{2})(?![\w.,]*\d|\s?[°\w])")
_EAST_PARTS = re.compile(r"\s?(?:分之|分の|분의)\s?")

At = tuple[Quantity, int]


def quantity_at(here: Here, place: int) -> At | None:
    """The amount that begins at a place, whole, and where it ends."""
    if place >= len(here.text):
        return None
    if below := _negative(here, place):
        return below
    found = _paired(here, place) or _half_of(here, place) or _whole(here, place)
    if found is None:
        return None
    value, end = _with_smaller(here, *found)
    below_zero = _after(here, "below_zero", end)
    return (_negated(value), below_zero) if below_zero else (value, end)


def _negative(here: Here, place: int) -> At | None:
    """Minus five, unless it is taken from what stands before."""
    end = here.says("minus", place)
    last = here.before[-1].value if here.before else None
    if end is None or isinstance(last, Quantity):
        return None
    space = _SPACE.match(here.text, end)
    found = _whole(here, space.end() if space else end)
    return (_negated(found[0]), found[1]) if found else None


def _negated(value: Quantity) -> Quantity:
    return replace(value, number=-value.number)


def in_figures(here: Here, place: int) -> At | None:
    """The amount in figures that begins at a place, and where it ends."""
    start = place
    money = CURRENCY.match(here.text, place)
    if money:
        place = money.end()
    sign = 1
    if here.text[place : place + 1] in "-−+" and here.text[place + 1 : place + 2].isdigit():
        if here.text[start - 1 : start].isalnum():
            return None
        sign, place = (1 if here.text[place] == "+" else -1), place + 1
    if not money and not _may_be_number(here, place):
        return None
    found = numbers.in_figures(here.text, place, here.language)
    if here.is_in("zh", "ja"):
        han = numbers.in_han(here.text, place)
        found = han if han and (found is None or han.end > found.end) else found
    if found is None:
        return None
    if not money and (below := _under(here, found)):
        return below
    number, end, step = scaled(here, found.number * sign, found.end, found.step)
    if money:
        unit, end = money_per(here, money[0].strip(), end)
        return Quantity(number, unit, is_about(here), step), end
    return _measured(here, number, end, step)


def in_words(here: Here, place: int) -> At | None:
    """The amount in words that begins at a place, and where it ends."""
    words = here.words(place)
    if not words:
        return None
    found = numbers.in_words(words, here.language)
    lead = here.says("and_half_before", place)
    if lead is not None and (rest := numbers.in_words(here.words(lead + 1), here.language)):
        found = numbers.Found(rest.number + Fraction(1, 2), rest.end)  # साढ़े तीन
    if alone := _part_alone(here, words):
        return alone
    dozen = found is None and here.has("dozen", folded_word(words[0][0]))
    if dozen:
        found = numbers.Found(Fraction(12), words[0][1])
    if found is None:
        return None
    number, end = found.number, found.end
    if half := _after(here, "and_a_half", end):
        number, end = number + Fraction(12 if dozen else _scale_of(number), 2), half
    elif quarter := _after(here, "and_a_quarter", end):
        number, end = number + Fraction(1, 4), quarter
    number, end, step = scaled(here, number, end, found.step)
    if part := _part_at(here, end):
        unit, end = _of_unit(here, part[1])
        return Quantity(number / part[0], unit, is_about(here)), end
    return _measured(here, number, end, step)


def _scale_of(number: Fraction) -> int:
    """What a number in words counts: a million and a half, and twenty and a half."""
    scale = 1
    while number and not number % (scale * 1000):
        scale *= 1000
    return scale


def is_about(here: Here) -> bool:
    """Whether what stands before says that a number is none too exact."""
    said = [token.value for token in here.before[-2:] if isinstance(token.value, str)]
    return any(here.has("about", word) for word in said)


def _may_be_number(here: Here, place: int) -> bool:
    letter = here.text[place : place + 1]
    is_han = here.is_in("zh", "ja") and letter in HAN_NUMERALS
    if not letter or not (letter.isdigit() or is_han or letter in _PARTS):
        return False
    if _SCIENTIFIC.match(here.text, place) or _SIZE.match(here.text, place):
        return True
    return identifiers.at(here.text, place, digits_are_letters=False) is None


def _whole(here: Here, place: int) -> At | None:
    return in_figures(here, place) or in_words(here, place) or _one(here, place)


def _measured(here: Here, number: Fraction, end: int, step: Fraction) -> At:
    """A number with the unit that follows it, and the half that follows that: 2時間半."""
    if half := _after(here, "and_a_half", end):
        number, end = number + Fraction(1, 2), half
    unit, stop = unit_at(here, end)
    if unit.is_bare and here.text[end - 1] in _PARTS:
        unit, stop = _of_unit(here, end)
    if not unit.is_bare and stop > end and (half := _after(here, "and_a_half", stop)):
        number, stop = number + Fraction(1, 2), half
    return Quantity(number, unit, is_about(here), step), stop


def _after(here: Here, which: str, end: int) -> int | None:
    """Where an entry of a list ends that follows, after a space where words have some."""
    space = _SPACE.match(here.text, end)
    start = space.end() if space else end
    if here.language is None or (here.language.segmented and start == end):
        return None
    return here.says(which, start)


def _half_of(here: Here, place: int) -> At | None:
    """Half an hour, media hora; half of them, and half alone."""
    first = _first_word(here, place)
    for prefix in here.language.words.get("half_prefix", ()) if here.language else ():
        start = place + len(prefix)
        start += here.text[start : start + 1] in ("-", "'", "’")
        if first.startswith(prefix) and _names_unit(here, _first_word(here, start)):
            unit, end = unit_at(here, start)
            return Quantity(Fraction(1, 2), unit, is_about(here)), end
    half = here.says("half", place)
    if half is None or (here.has_spaces and not first):
        return _half_alone(here, place)
    end = half
    article = _ARTICLE.match(here.text, end)
    for start in (article.end() - 1 if article else end, end):
        number, stop, _ = scaled(here, Fraction(1, 2), start, Fraction(0))
        unit, stop = unit_at(here, stop)
        if stop != start:
            return Quantity(number, unit, is_about(here)), stop
    return _half_alone(here, place)


def _half_alone(here: Here, place: int) -> At | None:
    end = here.says("half_of", place)
    if end is None:
        return None
    follows = here.text[end:].lstrip().partition(" ")[0]
    is_whole = _END.match(here.text, end) or here.has("function", follows.casefold())
    return (Quantity(Fraction(1, 2), BARE, is_about(here)), end) if is_whole else None


def _first_word(here: Here, place: int) -> str:
    words = here.words(place)
    return here.folded[place : words[0][1]] if words else ""


def _part_at(here: Here, end: int) -> tuple[int, int] | None:
    """What a number is divided by, and where that ends: two thirds, a fifth."""
    if here.language is None or here.text[end : end + 1] not in (" ", "-"):
        return None
    part = here.language.parts.get(_first_word(here, end + 1))
    return (part, here.words(end + 1)[0][1]) if part else None


def _part_alone(here: Here, words: Sequence[tuple[str, int]]) -> At | None:
    """A fifth, where it is no ordinal: it ends what is said, or is told of something."""
    if here.language is None or len(words) < 2 or not _ONE.fullmatch(words[0][0]):
        return None
    part = here.language.parts.get(folded_word(words[1][0]))
    if part is None or here.asked.of_time:
        return None
    unit, end = _of_unit(here, words[1][1])
    if unit.is_bare and not _END.match(here.text, end) and not _OF.match(here.text, end):
        return None
    return Quantity(Fraction(1, part), unit, is_about(here)), end


def _of_unit(here: Here, end: int) -> tuple[Unit, int]:
    """Three quarters of an hour."""
    of = _OF_ONE.match(here.text, end)
    unit, stop = unit_at(here, of.end() - of[0].endswith(" ")) if of else (BARE, end)
    return (BARE, end) if unit.is_bare else (unit, stop)


def _under(here: Here, found: numbers.Found) -> At | None:
    """5分の1: a fifth."""
    match = _EAST_PARTS.match(here.text, found.end)
    above = match and (
        numbers.in_han(here.text, match.end())
        or numbers.in_figures(here.text, match.end(), here.language)
    )
    if not above or not found.number:
        return None
    return Quantity(above.number / found.number, BARE, is_about(here)), above.end


def _one(here: Here, place: int) -> At | None:
    """A unit alone that counts for one, as more of the same follows: an hour and a half."""
    if here.language is None or not here.language.segmented:
        return None
    if here.asked.of_duration and (article := _A_WHOLE.match(here.text, place)):
        unit, end = unit_at(here, article.end())
        if unit.dimension in _LASTS and end > article.end():
            half = _after(here, "and_a_half", end)
            lasts = Quantity(Fraction(3, 2) if half else Fraction(1), unit, is_about(here))
            return (lasts, half) if half else _with_smaller(here, lasts, end)
    if not _names_unit(here, _first_word(here, place)):
        return None
    unit, end = unit_at(here, place)
    if unit.is_bare:
        return None
    if here.has("dual", _first_word(here, place)):
        half = _after(here, "and_a_half", end)
        return Quantity(Fraction(5, 2) if half else Fraction(2), unit, is_about(here)), half or end
    if half := _after(here, "and_a_half", end):
        return Quantity(Fraction(3, 2), unit, is_about(here)), half
    one = Quantity(Fraction(1), unit, is_about(here))
    whole = _with_smaller(here, one, end)
    return whole if whole[1] != end else None


def _names_unit(here: Here, word: str) -> bool:
    if here.is_in("en"):
        return word in ("hour", "minute", "year", "day", "week", "month", "foot", "mile", "pound")
    return here.language is not None and word in here.language.units


def _with_smaller(here: Here, most: Quantity, end: int) -> At:
    """The amount with those of the same kind that follow it, each smaller: 5 ft 7 in, 3 Euro 50."""
    while less := _smaller(here, most, end):
        most, end = less
    return most, end


def _smaller(here: Here, most: Quantity, end: int) -> At | None:
    if most.unit.is_bare or not isinstance(most.number, Fraction) or most.number.denominator != 1:
        return None
    if most.unit.dimension == "length" and (inches := _INCHES.match(here.text, end)):
        total = most.number * most.unit.factor + Fraction(inches[1]) * Fraction(".0254")
        unit = units.parse("inches") or BARE
        return Quantity(total / unit.factor, unit, most.approximate), inches.end()
    is_money = most.unit.dimension in MONEY and most.unit.factor == 1
    if is_money and (pence := _PENCE.match(here.text, end)) and most.unit.dimension == "sterling":
        return replace(most, number=most.number + Fraction(int(pence[1]), 100)), pence.end()
    for start in _starts_of_next(here, end):
        read: Callable[[Here, int], At | None]
        for read in (in_figures, in_words):
            found = read(here, start)
            if found and (sum_ := _sum(here, most, *found, is_money=is_money)):
                return sum_, found[1]
    return None


def _starts_of_next(here: Here, end: int) -> list[int]:
    """Where the next amount may begin: after a comma, an "and", or nothing."""
    gap = _THEN.match(here.text, end)
    start = gap.end() if gap else end
    joint = here.says("and", start) if start > end or not here.has_spaces else None
    after = _SPACE.match(here.text, joint) if joint else None
    attached = [start + 1] if here.text[start : start + 1] == "و" else []
    return [*([after.end()] if after else []), *attached, start]


def _sum(
    here: Here, most: Quantity, less: Quantity, end: int, *, is_money: bool
) -> Quantity | None:
    if not isinstance(less.number, Fraction) or not isinstance(most.number, Fraction):
        return None
    if less.number < 0:
        return None
    ours, theirs = most.unit, less.unit
    if ours == units.parse("pound") and theirs == units.parse("pence"):
        return Quantity(most.number + less.number / 100, units.parse("£") or BARE)
    is_cents = is_money and theirs.factor == Fraction(1, 100) and theirs.dimension in MONEY
    if is_cents and theirs.dimension in (ours.dimension, "dollar"):
        return replace(most, number=most.number + less.number / 100)
    if theirs.dimension == ours.dimension and not ours.offset and 0 < theirs.factor < ours.factor:
        number = most.number * ours.factor + less.number * theirs.factor
        if less.number * theirs.factor < ours.factor:
            return Quantity(number / theirs.factor, theirs, most.approximate)
    is_foot = ours == units.parse("foot") and theirs.is_bare
    if is_foot and less.number in range(12) and _END.match(here.text, end):  # five foot eleven
        inches = units.parse("inches") or BARE
        return Quantity(most.number * 12 + less.number, inches, most.approximate)
    is_small = less.number in range(1, 100) and not less.step
    if is_money and theirs.is_bare and is_small and _END.match(here.text, end):
        return replace(most, number=most.number + less.number / 100)  # drei Euro fünfzig
    return None


def _lasting(told: re.Match[str]) -> At:
    """Hours, minutes and seconds, in seconds."""
    seconds = int(told[1]) * 3600 + int(told[2]) * 60 + int(told[3] or 0)
    return Quantity(Fraction(seconds), units.parse("seconds") or BARE), told.end()


def _paired(here: Here, place: int) -> At | None:
    """5'7", 1h30 and 1m70."""
    if feet := _FEET.match(here.text, place):
        inches = Fraction(feet[1]) * 12 + Fraction(feet[2].replace(",", "."))
        return Quantity(inches, units.parse("inches") or BARE), feet.end()
    if hours := _HOURS.match(here.text, place):
        return _lasting(hours)
    lasting = _LASTING.match(here.text, place) if here.asked.of_duration else None
    if lasting and (lasting[3] or lasting[4]):
        return _lasting(lasting)
    pair = _PAIR.match(here.text, place)
    if pair is None:
        return None
    if pair[2] == "h":
        minutes = Fraction(int(pair[1]) * 60 + int(pair[3]))
        return Quantity(minutes, units.parse("minutes") or BARE), pair.end()
    return Quantity(Fraction(f"{pair[1]}.{pair[3]}"), units.parse("m") or BARE), pair.end()
