"""The unit that follows a number, and the scale between them: 5 million km/h."""

from __future__ import annotations

import re
from fractions import Fraction

from consensus.core.values import BARE, Unit
from consensus.readers.languages import pack
from consensus.readers.mathematics import units
from consensus.readers.phrase.here import Here
from consensus.readers.spelling import WORD, folded_word

MOST_WORDS = 4  # of a unit
CURRENCY = re.compile(r"(?:US\$|[$€£¥₹₽₩₺]|Rp\.?|Rs\.?|USD|EUR|GBP)\s?(?=[\d-])")
_CURRENCIES = {
    "us$": "$",
    "usd": "$",
    "eur": "€",
    "gbp": "£",
    "rs": "₹",
    "rs.": "₹",
    "rp": "rupiah",
    "rp.": "rupiah",
    "₽": "ruble",
    "₩": "won",
    "₺": "lira",
    "¥": "yen",
}
_OWN_UNITS = ("ruble", "won", "lira", "rupiah", "zloty", "real", "yuan")
_UNIT_WORDS = re.compile(
    r"\s?(?:%|°\s?[CF]?|[^\W\d_](?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f])*\.?"
    r"(?:/[^\W\d_]+)?[²³23]?(?:/[^\W\d_]+)?)"
)
_COMPOUND = re.compile(
    r"\b(?:per|square|cubic|sq|degrees?|grad|cents?|por|pro|par)\b|/|°", re.IGNORECASE
)
_IN_RUN = re.compile(r"%|°\s?[CF]?|[A-Za-z]{1,4}(?:/[a-z]+)?[²³]?")
_CELSIUS = re.compile(r"\bdegrees? ?celsius|\bcelsius celsius|\bdegrees? celsius")
_SINGLE_UNITS = frozenset("m g h l L s V W A J N t K".split())
_SCALE = re.compile(rf"\s?({WORD.pattern})\.?")
_EAST_SCALE = re.compile(r"\s?(만|억|천|백)")


def scale_at(here: Here, end: int) -> tuple[int, int]:
    """What the number that ends here is multiplied by, 1 for nothing, and where that ends."""
    if match := _SCALE.match(here.text, end):
        word = folded_word(match[1])
        for language in (here.language, pack("en")):
            if language is None or word not in language.scales:
                continue
            if len(word) < 3 and match[0][0].isspace() and language.code == "en":
                continue
            if word == "m" and "$" not in here.text[:end][-12:]:
                continue
            return 10 ** language.scales[word], match.end()
    if here.language is not None and here.is_in("zh", "ja", "ko"):
        match = _EAST_SCALE.match(here.text, end)
        if match and match[1] in here.language.scales:
            return 10 ** here.language.scales[match[1]], match.end()
    return 1, end


def scaled(
    here: Here, number: Fraction, end: int, step: Fraction
) -> tuple[Fraction, int, Fraction]:
    """A number with the scale that follows it, its end, and one in its last written place."""
    times, stop = scale_at(here, end)
    if times == 1:
        return number, end, step
    return number * times, stop, (step or Fraction(1)) * times


def of_currency(sign: str) -> Unit:
    """The unit of a sign of money."""
    return _named(_CURRENCIES.get(sign.lower(), sign)) or BARE


def unit_at(here: Here, end: int) -> tuple[Unit, int]:
    """The unit of the number that ends here, and where it ends; the longest that is one."""
    if here.is_in("zh", "ja", "ko"):
        return _unit_in_run(here, end)
    stops: list[int] = []
    place = end
    for _ in range(MOST_WORDS):
        match = _UNIT_WORDS.match(here.text, place)
        if match is None or (match[0].endswith(".") and place != end):
            break
        place = match.end()
        stops.append(place)
    for stop in reversed(stops):
        said = here.text[end:stop].strip()
        if " " in said and not _COMPOUND.search(said):
            continue
        unit = _said(here, said, is_glued=not here.text[end].isspace())
        if unit is not None:
            return unit, stop
    return BARE, end


def _unit_in_run(here: Here, end: int) -> tuple[Unit, int]:
    """A unit where no spaces divide words: the longest name of one that follows."""
    rest = here.text[end:].lstrip()
    start = len(here.text) - len(rest)
    names = here.language.units if here.language else {}
    for name in sorted(names, key=len, reverse=True):
        if rest.startswith(name) and (found := _named(names[name])):
            return found, start + len(name)
    match = _IN_RUN.match(rest)
    unit = _said(here, match[0], is_glued=True) if match else None
    return (unit, start + match.end()) if match and unit is not None else (BARE, end)


def _said(here: Here, said: str, *, is_glued: bool) -> Unit | None:
    """The unit that these words name, and nothing else. is_glued: no space stands before them."""
    bare = said.rstrip(".")
    is_letter = len(bare) == 1 and bare.isalpha()
    if is_letter and bare not in _SINGLE_UNITS and not _in_english(here, bare):
        return None
    folded = " ".join(_in_english(here, word) or word for word in _folded(bare).split())
    folded = _CELSIUS.sub("celsius", folded)
    if folded in ("in", "a") and not is_glued:
        return None
    unit = _named(folded)
    return None if unit is None or unit.is_bare or unit.counted else unit


def _in_english(here: Here, word: str) -> str | None:
    return here.language.units.get(folded_word(word)) if here.language else None


def _folded(said: str) -> str:
    words = (folded_word(word) if word.isalpha() else word.lower() for word in said.split())
    return " ".join(words).replace("° ", "°")


def _named(name: str) -> Unit | None:
    if name in _OWN_UNITS:
        return Unit(name)
    if name in ("percent", "%", "per cent", "pct"):
        return units.PERCENT
    return units.parse(name)
