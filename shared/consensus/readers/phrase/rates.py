"""How often, and by what factor: twice a week, every two weeks, fortnightly; it doubled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache

from consensus.core.values import Quantity, Role, Token, Unit
from consensus.readers import numbers
from consensus.readers.asked import Asked
from consensus.readers.languages import Pack, pack
from consensus.readers.mathematics import units
from consensus.readers.phrase.here import Here, Read, one
from consensus.readers.spelling import WORD, folded_in_place, folded_word

LONGEST = 60  # characters of how often something is
_NUMBER = rf"(?P<n>\d{{1,3}}|{WORD.pattern})"
_UNIT = rf"(?P<u>{WORD.pattern})"
_TIMED = frozenset(["time", "month"])
FACTOR = "factor"  # the dimension of what tells how many times as much


def often(here: Here) -> Read | None:
    """Twice a week, every two weeks, weekly: how many times, by the length of what is told."""
    if here.language is None or not here.starts_word or "often" not in here.asked.topics:
        return None
    window = here.folded[here.place : here.place + LONGEST]
    named = _named(here.language.code)
    for name in named:
        if window.startswith(name) and not window[len(name) : len(name) + 1].isalpha():
            return one(_rate(*named[name]), here.place + len(name))
    for form, which in _forms(here.language.code):
        match = form.match(window)
        told = _told(match, which, here.language) if match else None
        if match and told is not None:
            return one(told, here.place + match.end())
    return None


def factor(here: Here) -> Read | None:
    """Doubled, threefold, by a factor of 3, 2x: where a question asks how much more there is."""
    if here.language is None or not here.starts_word or "growth" not in here.asked.topics:
        return None
    window = here.folded[here.place : here.place + LONGEST]
    for form, times in _factors(here.language.code):
        match = form.match(window)
        if match is None:
            continue
        number = times if times else _number(match["n"], here.language)
        if number is not None and match.groupdict().get("p"):
            number = 1 + number / 100
        if number:
            return one(Quantity(Fraction(number), Unit(FACTOR)), here.place + match.end())
    return None


def changed(tokens: Sequence[Token], text: str, asked: Asked, language: Pack) -> tuple[Token, ...]:
    """The tokens, with a change as it is told with a sign: "fell by 10%" as -10%.

    A share with its sign is the factor that "rose by 10%" tells. Nothing changes where the question
    says which way it went.
    """
    told = [(n, v) for n, t in enumerate(tokens) if isinstance(v := t.value, Quantity)]
    if "growth" not in asked.topics or len(told) != 1 or _denies(tokens):
        return tuple(tokens)
    ways = [language.words.get(which, frozenset()) for which in ("falls", "rises")]
    says = [n for n, t in enumerate(tokens) if any(t.value in way for way in ways)]
    place, quantity = told[0]
    if quantity.unit.dimension == FACTOR or len(says) > 1 or any(asked.words & w for w in ways):
        return tuple(tokens)
    falls = bool(says) and tokens[says[0]].value in ways[0]
    number = quantity.number
    if not isinstance(number, Fraction) or not (says or number < 0 or "+" in text):
        return tuple(tokens)
    signed = replace(quantity, number=-abs(number) if falls else number)
    found = list(tokens)
    found[place] = replace(tokens[place], value=_as_factor(signed, is_said=bool(says)))
    for n in says:
        found[n] = replace(tokens[n], role=Role.FUNCTION, stem="")
    return tuple(found)


def _denies(tokens: Sequence[Token]) -> bool:
    return any(t.role in (Role.NEGATION, Role.OR) for t in tokens)


def _as_factor(change: Quantity, *, is_said: bool) -> Quantity:
    """A change by a share, or by a fraction that words say, as what it multiplies by."""
    number, unit = change.number, change.unit
    if not isinstance(number, Fraction):
        return change
    is_part = unit.is_bare and is_said and abs(number) < 1 and not change.step
    if unit.dimension != "share" and not is_part:
        return change
    return Quantity(1 + number * unit.factor, Unit(FACTOR), change.approximate)


def _rate(times: Fraction, unit: str, each: Fraction) -> Quantity:
    found = units.parse(unit)
    factor = found.factor * each if found else Fraction(1)
    dimension = found.dimension if found else unit
    return Quantity(times / factor, Unit(f"{dimension}^-1"))


def _told(match: re.Match[str], which: str, language: Pack) -> Quantity | None:
    said = match.groupdict()
    unit = said.get("u") or ""
    named = language.units.get(unit, unit)
    name = _singular(named, language)
    if name is None:
        return None
    number = _number(said["n"], language) if said.get("n") else Fraction(1)
    if not number:
        return None
    if which == "every":
        return _rate(Fraction(1), name, number)
    return _rate(number, name, Fraction(1))


def _singular(name: str, language: Pack) -> str | None:
    for said in (name, language.units.get(name.removesuffix("s"), "")):
        unit = units.parse(said) if said else None
        if unit is not None and unit.dimension in _TIMED:
            return said
    return None


def _number(said: str, language: Pack) -> Fraction | None:
    said = said.replace(",", ".")
    if re.fullmatch(r"\d+(?:\.\d+)?", said):
        return Fraction(said)
    counts = {w: Fraction(n) for n, ws in _counts(language.code).items() for w in ws}
    if said in counts:
        return counts[said]
    if (ordinal := language.ordinals.get(said)) is not None:
        return Fraction(ordinal)
    found = numbers.in_words([(said, len(said))], language)
    return found.number if found else None


@cache
def _counts(code: str) -> dict[int, list[str]]:
    """Words for how many times: once, twice; and the other of every other."""
    table = pack(code).rates.get("counts", "")
    pairs = (entry.split("=") for entry in table.split("|") if entry)
    found: dict[int, list[str]] = {}
    for word, number in pairs:
        found.setdefault(int(number), []).append(folded_word(word))
    return found


@cache
def _named(code: str) -> dict[str, tuple[Fraction, str, Fraction]]:
    """Words that tell it all, the longest first: fortnightly is once each two weeks."""
    found = {}
    for entry in filter(None, pack(code).rates.get("named", "").split("|")):
        name, _, told = entry.partition("=")
        times, unit, each = told.split("/")
        found[folded_in_place(name)] = (Fraction(times), unit, Fraction(each))
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


@cache
def _forms(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    found = []
    for which in ("times", "every"):
        for form in filter(None, pack(code).rates.get(which, "").split("|")):
            told = re.escape(folded_in_place(form)).replace(r"\ ", r"\s").replace(r"\-", "-")
            counts = "|".join(word for words in _counts(code).values() for word in words)
            told = told.replace(r"\{c\}", f"(?P<n>{counts})")
            told = told.replace(r"\{n\}", _NUMBER, 1).replace(r"\{n\}", "(?P=n)")
            told = told.replace(r"\{u\}", _UNIT)
            ends = r"(?!\w)" if pack(code).segmented and code != "ko" else ""
            found.append((re.compile(told + ends), which))
    return tuple(found)


@cache
def _factors(code: str) -> tuple[tuple[re.Pattern[str], Fraction], ...]:
    """The forms of a language with the factor that each tells, 0 where it is a number in it."""
    found = []
    for entry in filter(None, pack(code).rates.get("factors", "").split("|")):
        form, _, number = entry.partition("=")
        told = re.escape(folded_in_place(form)).replace(r"\ ", r"\s").replace(r"\-", "-")
        told = told.replace(r"\{n\}", rf"(?P<n>\d{{1,4}}(?:[.,]\d+)?|{WORD.pattern})")
        told = told.replace(
            r"\{p\}", r"(?P<n>\d{1,4}(?:[.,]\d+)?)(?P<p>\s?(?:%|percent\b|per cent\b))"
        )
        ends = r"(?!\w)" if pack(code).segmented and not told.endswith("))") else ""
        found.append((re.compile(told + ends), Fraction(number or 0)))
    return tuple(found)
