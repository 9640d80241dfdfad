"""Amounts in a sentence: with their units, side by side, one out of another, and in words."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from consensus.core.values import BARE, Identifier, Quantity, Role, Row, Span, Unit
from consensus.readers import numbers
from consensus.readers.phrase.here import Here, Read, one
from consensus.readers.phrase.measures import CURRENCY
from consensus.readers.phrase.quantities import HAN_NUMERALS, in_figures, quantity_at
from consensus.readers.phrase.spans import ended, is_bare
from consensus.readers.spelling import folded_word

_ROMAN = re.compile(r"(?:I{1,3}|IV|VI{0,3}|IX|XI{0,3}|XIV|XVI{0,3})\b(?!\s+[a-z])")
_ROMAN_YEAR = re.compile(r"M{1,2}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?!\w)")
_ROMANS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
SHORTEST_YEAR = 2  # letters: MM and CM are seldom years
_SIZE = re.compile(r"\s?(?:[x×✕]|\\times)\s?(?=\d)|\s+by\s+(?=\w)", re.IGNORECASE)
_BY = re.compile(r"\s+([^\W\d_]+)\s+(?=\d)")
_OF_MOST = re.compile(r"\s?/\s?(\d+)(?![\d/])")
_SPACE = re.compile(r"\s*")
_NOUN = re.compile(r"\s+[^\W\d_]+\s+")


def roman(here: Here) -> Read | None:
    """Type I, World War II: a numeral that follows a word."""
    if (here.asked.of_when or here.asked.of_year) and here.starts_word and not here.before:
        year = _ROMAN_YEAR.match(here.text, here.place)
        if year and len(year[0]) > SHORTEST_YEAR:
            return one(Quantity(_roman(year[0])), year.end())
    match = _ROMAN.match(here.text, here.place) if here.starts_word else None
    before = here.before[-1] if here.before else None
    if match is None or before is None or before.role is Role.BREAK:
        return None
    if not isinstance(before.value, str):
        return None
    return one(Quantity(_roman(match[0])), match.end())


def _roman(said: str) -> Fraction:
    values = [_ROMANS[letter] for letter in said]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return Fraction(sum(-value if value < after else value for value, after in pairs))


def amount(here: Here) -> Read | None:
    """An amount in figures, or what it begins: a size, one out of many, a span."""
    if here.asked.digits_are_letters and (here.letter.isdigit() or here.letter == "+"):
        return None
    is_word = here.letter.isalpha() and here.letter not in HAN_NUMERALS
    if is_word and not CURRENCY.match(here.text, here.place):
        return None
    found = quantity_at(here, here.place)
    if found is None:
        return None
    value, end = found
    return (
        _rating(here, value, end)
        or _row(here, value, end)
        or _share(here, value, end)
        or ended(here, value, end)
    )


def _rating(here: Here, value: Quantity, end: int) -> Read | None:
    """7/10, seven out of ten, 4 of 5 stars: points of so many, which are told or understood.

    What the question says of them (on a scale from 1 to 10) is no more to be said.
    """
    if not here.asked.rated or value.unit.dimension:
        return None
    out_of = _out_of(here, end)
    most = quantity_at(here, out_of) if out_of is not None else None
    if most is None or not is_bare(most[0]) or most[0].number < value.number:  # type: ignore[operator]
        return None
    of = frozenset([f"of {most[0].number}"])
    unit = BARE if most[0].number in here.asked.numbers else Unit(counted=of)
    return one(replace(value, unit=unit), most[1])


def _out_of(here: Here, end: int) -> int | None:
    """Where the number begins out of which so many are had: 7/10, 7 points out of 10."""
    if most := _OF_MOST.match(here.text, end):
        return most.start(1)
    for noun in filter(None, (_SPACE.match(here.text, end), _NOUN.match(here.text, end))):
        ends = (here.says(which, noun.end()) for which in ("out_of", "of_most"))
        of = next(filter(None, ends), None)
        if of is not None and (space := _SPACE.match(here.text, of)):
            return space.end()
    return None


def _row(here: Here, first: Quantity, end: int) -> Read | None:
    """21 cm x 29.7 cm."""
    items = [first]
    while match := _SIZE.match(here.text, end) or _by(here, first, end):
        found = in_figures(here, match.end()) or quantity_at(here, match.end())
        if found is None:
            break
        items.append(found[0])
        end = found[1]
    if len(items) < 2:
        return None
    if here.asked.of_score and len(items) == 2 and all(map(is_bare, items)):
        return one(Span(items[0], items[1], ":"), end)  # 16 by 9
    unit = next((i.unit for i in reversed(items) if not i.unit.is_bare), BARE)
    return one(Row(tuple(i if not i.unit.is_bare else replace(i, unit=unit) for i in items)), end)


def _by(here: Here, first: Quantity, end: int) -> re.Match[str] | None:
    """21 cm by 30 cm, in the language's own word."""
    match = _BY.match(here.text, end) if first.unit.dimension == "length" else None
    return match if match and here.has("by", folded_word(match[1])) else None


def _share(here: Here, part: Quantity, end: int) -> Read | None:
    """3 out of 4."""
    space = end + 1 if here.text[end : end + 1] == " " else end
    of = here.says("out_of", space) if space > end else None
    whole = quantity_at(here, of + 1) if of else None
    if whole is None or not is_bare(part) or whole[0].number == 0:
        return None
    if not isinstance(part.number, Fraction):
        return None
    if not isinstance(whole[0].number, Fraction) or part.number > whole[0].number:
        return None
    return one(Quantity(part.number / whole[0].number), whole[1])


def spelt(here: Here) -> Read | None:
    """An amount in words, or the span that it begins."""
    if here.language is None or not here.starts_word or not here.letter.isalpha():
        return None
    words = here.words(here.place)
    if here.asked.digits_are_letters:
        version = numbers.with_point(words, here.language)
        return one(Identifier(version[0]), version[1]) if version else None
    if not words:
        return None
    found = numbers.in_words(words, here.language)
    amount_here = quantity_at(here, here.place)
    if amount_here is None:
        return None
    forms = (form(here, *amount_here) for form in (_rating, _row, _share))
    if (read := next(filter(None, forms), None)) is not None:
        return read
    is_one = found is not None and found.number == 1 and amount_here[1] == found.end
    told = ended(here, *amount_here)
    is_ratio = here.asked.of_score and isinstance(told.tokens[0].value, Span)
    if is_one and not is_ratio and _is_article(here, words[0][0]):
        return None
    return told


def _is_article(here: Here, word: str) -> bool:
    """Whether "un" or "ein" is an article rather than a number: something follows it."""
    if here.language is None or here.is_in("en"):
        return word.lower() != "one" or len(here.text) > 40
    return bool(here.text[here.place + len(word) :].strip(" \n.!。！"))
