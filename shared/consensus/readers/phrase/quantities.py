"""A number with its unit, in figures or in words: $5, 3.5 million, zwölf Stunden, 1万5千人."""

from __future__ import annotations

import re
from fractions import Fraction

from consensus.core.values import Quantity
from consensus.readers import identifiers, numbers
from consensus.readers.phrase.here import Here
from consensus.readers.phrase.measures import CURRENCY, of_currency, scaled, unit_at

HAN_NUMERALS = "零〇一二两兩三四五六七八九十百千万萬億亿"
_PARTS = {
    "half": 2,
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "eighth": 8,
    "tenth": 10,
}
_PART = re.compile(rf"[\s-]({'|'.join(_PARTS)})s?\b")  # two thirds
_AND_A_HALF = re.compile(r"\s+and a half\b")


def in_figures(here: Here, place: int) -> tuple[Quantity, int] | None:
    """The amount in figures that begins at a place, and where it ends."""
    start = place
    money = CURRENCY.match(here.text, place)
    if money:
        place = money.end()
    sign = 1
    if here.text[place : place + 1] in "-−" and here.text[place + 1 : place + 2].isdigit():
        if here.text[start - 1 : start].isalnum():
            return None
        sign, place = -1, place + 1
    if not money and not _may_be_number(here, place):
        return None
    found = numbers.in_figures(here.text, place, here.language)
    if here.is_in("zh", "ja"):
        han = numbers.in_han(here.text, place)
        found = han if han and (found is None or han.end > found.end) else found
    if found is None:
        return None
    number, end, step = scaled(here, found.number * sign, found.end, found.step)
    unit, end = (of_currency(money[0].strip()), end) if money else unit_at(here, end)
    return Quantity(number, unit, is_about(here), step), end


def in_words(here: Here, place: int) -> tuple[Quantity, int] | None:
    """The amount in words that begins at a place, and where it ends."""
    found = numbers.in_words(here.words(place), here.language)
    if found is None:
        return None
    number, end = found.number, found.end
    if here.is_in("en") and (half := _AND_A_HALF.match(here.text, end)):
        number, end = number + Fraction(1, 2), half.end()
    number, end, step = scaled(here, number, end, found.step)
    if here.is_in("en") and (part := _PART.match(here.text, end)):
        number, end = number / _PARTS[part[1]], part.end()
    unit, end = unit_at(here, end)
    return Quantity(number, unit, is_about(here), step), end


def is_about(here: Here) -> bool:
    """Whether what stands before says that a number is none too exact."""
    said = [token.value for token in here.before[-2:] if isinstance(token.value, str)]
    return any(here.has("about", word) for word in said)


def _may_be_number(here: Here, place: int) -> bool:
    letter = here.text[place : place + 1]
    is_han = here.is_in("zh", "ja") and letter in HAN_NUMERALS
    if not letter or not (letter.isdigit() or is_han):
        return False
    return identifiers.at(here.text, place, digits_are_letters=False) is None
