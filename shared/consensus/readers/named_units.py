"""Units by their signs, and by what each language calls them: newton, ньютон and N are one.

The names are those of CLDR's tables, which babel brings.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Literal

from babel.units import format_unit

from consensus.readers.spelling import folded_in_place

Length = Literal["short", "long"]

# What CLDR calls a unit, and its sign.
_SIGNS = {
    "force-newton": "N", "pressure-pascal": "Pa", "pressure-kilopascal": "kPa",
    "pressure-hectopascal": "hPa", "pressure-megapascal": "MPa", "pressure-bar": "bar",
    "power-watt": "W", "power-kilowatt": "kW", "power-megawatt": "MW", "power-milliwatt": "mW",
    "power-gigawatt": "GW", "energy-joule": "J", "energy-kilojoule": "kJ", "energy-calorie": "cal",
    "energy-kilocalorie": "kcal", "energy-kilowatt-hour": "kWh", "energy-electronvolt": "eV",
    "electric-ampere": "A", "electric-milliampere": "mA", "electric-volt": "V",
    "electric-ohm": "Ω", "electric-coulomb": "C", "electric-farad": "F", "electric-henry": "H",
    "electric-siemens": "S", "magnetic-tesla": "T", "magnetic-weber": "Wb",
    "energy-becquerel": "Bq", "energy-sievert": "Sv", "energy-gray": "Gy",
    "temperature-kelvin": "K", "temperature-celsius": "°C", "temperature-fahrenheit": "°F",
    "concentr-mole": "mol", "light-candela": "cd", "light-lumen": "lm", "light-lux": "lx",
    "frequency-hertz": "Hz", "frequency-kilohertz": "kHz", "frequency-megahertz": "MHz",
    "frequency-gigahertz": "GHz", "length-kilometer": "km", "length-meter": "m",
    "length-decimeter": "dm", "length-centimeter": "cm", "length-millimeter": "mm",
    "length-micrometer": "μm", "length-nanometer": "nm", "mass-kilogram": "kg", "mass-gram": "g",
    "mass-milligram": "mg", "mass-microgram": "μg", "mass-tonne": "t", "duration-second": "s",
    "duration-millisecond": "ms", "duration-microsecond": "μs", "duration-nanosecond": "ns",
    "duration-minute": "min", "duration-hour": "h", "volume-liter": "L", "volume-milliliter": "mL",
    "volume-centiliter": "cL", "volume-hectoliter": "hL", "area-square-meter": "m2",
    "area-square-kilometer": "km2", "area-square-centimeter": "cm2", "area-hectare": "ha",
    "volume-cubic-meter": "m3", "volume-cubic-centimeter": "cm3",
    "speed-meter-per-second": "m/s", "speed-kilometer-per-hour": "km/h",
    "acceleration-meter-per-square-second": "m/s2", "angle-radian": "rad", "angle-degree": "°",
    "digital-bit": "bit", "digital-byte": "B", "digital-kilobyte": "kB", "digital-megabyte": "MB",
    "digital-gigabyte": "GB", "digital-terabyte": "TB", "digital-kilobit": "kbit",
    "digital-megabit": "Mbit", "digital-gigabit": "Gbit", "concentr-percent": "%",
}  # fmt: skip
_OTHERS = {  # names in use that CLDR does not have
    "amp": "A", "amps": "A", "amperes": "A", "ampère": "A", "metres": "m", "metre": "m",
    "litre": "L", "litres": "L", "l": "L", "ml": "mL", "seconds": "s", "decibel": "dB",
    "decibels": "dB", "db": "dB", "bar": "bar", "vat": "W", "jul": "J", "lux": "lx", "bit": "bit",
    "mol": "mol", "ohm": "Ω", "radian": "rad", "square metre": "m2", "square metres": "m2",
    "cubic metre": "m3", "cubic metres": "m3", "牛": "N", "帕": "Pa", "瓦": "W", "安": "A",
    "伏": "V", "欧": "Ω", "焦": "J", "metr": "m", "ohms": "Ω", "om": "Ω",
}  # fmt: skip
_PREFIXES = {  # as languages spell them, by what English calls them
    "tera": "tera|тера", "giga": "giga|гига", "mega": "mega|мега", "kilo": "[kq]uilo|kilo|кило",
    "milli": "mill?i|милли", "micro": "mi[ck]ro|микро", "nano": "nano|нано",
    "pico": "pi[ck]o|пико",
}  # fmt: skip
_PREFIX = re.compile("(?:" + "|".join(f"(?P<{p}>{form})" for p, form in _PREFIXES.items()) + ")-?")
_PREFIXABLE = frozenset("N Pa W J A V Ω C F H T Bq Sv mol Hz m g s L bit B".split())
_CYRILLIC_PREFIXES = {
    "к": "kilo", "М": "mega", "Г": "giga", "м": "milli", "мк": "micro", "н": "nano", "п": "pico",
}  # fmt: skip
_CYRILLIC_SIGNS = {
    "Ом": "ohm", "Ф": "farad", "А": "ampere", "В": "volt", "Гц": "hertz", "Вт": "watt",
    "Дж": "joule", "Па": "pascal", "Гн": "henry", "Кл": "coulomb", "Зв": "sievert", "с": "second",
}  # fmt: skip
_CYRILLIC = re.compile(f"({'|'.join(_CYRILLIC_PREFIXES)})({'|'.join(_CYRILLIC_SIGNS)})")
SHORTEST_NAME = 4  # letters of a name in the Latin script: a shorter one may be a sign
_LENGTHS: tuple[Length, ...] = ("short", "long")
_COUNTS = (1, 2, 5)  # the numbers that languages have forms for
_GLUE = re.compile(r"[\d\s\u202f\u00a0.,]+")
_SPACED = re.compile(r"[\s\u202f\u00a0]+")
_SIGN = re.compile(
    "(?:" + "|".join(sorted(map(re.escape, set(_SIGNS.values())), key=len, reverse=True)) + ")"
    r"(?![\w/·⋅*²³^])"
)


def unit_at(text: str, place: int, language: str) -> tuple[str, int] | None:
    """The sign of the unit that is named here, or stands here, and where it ends."""
    folded = folded_in_place(text)
    for code in dict.fromkeys((language, "en")):
        if match := _form(code).match(folded, place):
            return _names(code)[_SPACED.sub(" ", match[0])], match.end()
    match = _SIGN.match(text, place)
    return (match[0], match.end()) if match else None


def in_english(said: str, language: str) -> str | None:
    """What English calls the unit of this name or sign: megabyte, square meter, kiloohm."""
    if language == "ru" and (sign := _CYRILLIC.fullmatch(said)):
        return _CYRILLIC_PREFIXES[sign[1]] + _CYRILLIC_SIGNS[sign[2]]
    name = _SPACED.sub(" ", folded_in_place(said))
    if found := _names(language).get(name):
        return _ENGLISH.get(found)
    prefix = _PREFIX.match(name)
    base = _names(language).get(name[prefix.end() :]) if prefix else None
    if prefix is None or base not in _PREFIXABLE:
        return None
    return next(p for p in _PREFIXES if prefix[p]) + _ENGLISH[base]


def names(language: str) -> Iterator[tuple[str, str]]:
    """The folded names of a language, the longest first, with their names in English."""
    return (
        (name, _ENGLISH[sign])
        for name, sign in sorted(_names(language).items(), key=lambda each: -len(each[0]))
        if sign in _ENGLISH
    )


_ENGLISH = {
    sign: unit.partition("-")[2].replace("-per-", "/").replace("-", " ")
    for unit, sign in _SIGNS.items()
}


@cache
def _names(language: str) -> dict[str, str]:
    """Signs by their names, folded letter by letter."""
    found: dict[str, set[str]] = defaultdict(set)
    for unit, sign in _SIGNS.items():
        for length, count in product(_LENGTHS, _COUNTS):
            found[_name(unit, count, length, language)].add(sign)
    told = {n: signs.pop() for n, signs in found.items() if len(signs) == 1 and _may_be_name(n)}
    return told | {folded_in_place(name): sign for name, sign in _OTHERS.items()}


def _name(unit: str, count: int, length: Length, language: str) -> str:
    told = _GLUE.sub(" ", format_unit(count, unit, length=length, locale=language)).strip()
    return folded_in_place(told)


def _may_be_name(name: str) -> bool:
    """Whether folding leaves it what it is: Вт, and not mW, which would be MW; nor a letter."""
    return len(name) > 1 and (not name.isascii() or len(name) >= SHORTEST_NAME)


@cache
def _form(language: str) -> re.Pattern[str]:
    told = sorted(map(re.escape, _names(language)), key=len, reverse=True)
    ends = "" if language in ("zh", "ja", "ko") else r"(?!\w)"
    return re.compile(f"(?:{'|'.join(told)}){ends}")
