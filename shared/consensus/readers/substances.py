"""Compounds and particles by their names in any language: carbon dioxide and CO2 are one thing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from consensus.readers.languages import files

_ELECTRON = re.compile(r"e\^?-(?!\w)")


def substance_at(text: str, place: int) -> tuple[str, int] | None:
    """The formula of what is named here, and where the name ends."""
    if sign := _ELECTRON.match(text, place):
        return "e-", sign.end()
    if formula := _formula().match(text, place):
        return formula[0], formula.end()
    match = _name().match(text, place)
    if match is None or (match[0].isascii() and text[match.end() : match.end() + 1].isalpha()):
        return None
    return _formulas()[match[0].casefold()], match.end()


@cache
def _formulas() -> Mapping[str, str]:
    """What any language calls a substance, in small letters, and its formula."""
    return {
        name.casefold(): formula
        for language in files().values()
        for formula, names in language.get("values", {}).get("substances", {}).items()
        for name in names.split("|")
    }


@cache
def _formula() -> re.Pattern[str]:
    return re.compile(rf"(?:{_longest_first(set(_formulas().values()))})(?![\w+(-])")


@cache
def _name() -> re.Pattern[str]:
    return re.compile(_longest_first(_formulas()), re.IGNORECASE)


def _longest_first(told: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, told), key=len, reverse=True))
