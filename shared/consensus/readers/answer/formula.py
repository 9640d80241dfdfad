"""An answer in mathematics, or a sentence with one number in it."""

from __future__ import annotations

import re

from consensus.core.model import Strategy
from consensus.core.values import Identifier, Mathematics, Phrase, Quantity, Role
from consensus.readers import mathematics, phrase
from consensus.readers.answer.wording import EDGES, has_words, to_the_letter, turns, unboxed
from consensus.readers.asked import Asked

LONGEST_LIST = 200  # characters of values that words join
_LATEX = re.compile(
    r"\\[a-zA-Z(\[{]|^\|[^|]{1,60}\|$|^-?\d(?:\.\d+)?e[-+]?\d{1,3}$|\$(?!\s?\d[\d.,]*\s*(?:[-–]|to\b|and\b))[^$\n]{1,400}\$|[√π∞≤≥∪∩±∈]|(?<=[xyn)])[²³⁴-⁹]|\^|(?<![\w.])[a-z]\s?[=<>]|\d!?\s*[*=<>]\s*-?[\d(]|[\[\]({][^\[\](){}]{0,200}[,;][^\[\](){}]{0,200}[\[\])}]"
)
_NAMED = re.compile(
    r"^\s*\$?\s*(?:[fgh](?:⁻¹|\^\{?-1\}?)\s?\(\w\)|d[²³]?\s?/\s?d\w[²³]?\s?[^=]+|[fgh]['′]{1,2}\(\w\))"
    r"\s*=\s*(?=\S)"
)
_PLAIN = re.compile(
    r"(?<![A-Za-z])[a-z][²³⁴-⁹]|(?<!\w)\d*[a-z]\s?[-−]\s?\d|\d\s?[-−]\s?\d*[a-z](?!\w)|^-?[\d.]*i$"
)
_DECIMAL_COMMA = re.compile(r"(?<==\s)(-?\d+),(\d+)\s*$")  # m = 0,5
_FACTORIAL = re.compile(r"\d+\s?!+")
_CODE_SIGN = re.compile(r"&&|\s\|\|\s|[!=]==?|\+\+|=>|->|;\s*$")  # what mathematics does not have


def read(text: str, about: Asked) -> Quantity | Mathematics | Identifier | None:
    """What is stated in mathematics; None where it is not, or where words tell more than it."""
    said = unboxed(text)
    if about.yes_or_no:
        return None
    if about.strategy is not Strategy.NUMERIC and not _is_formula(said, about):
        return None
    value = _mathematics(text if about.strategy is Strategy.NUMERIC else said, about)
    if value is not None and not (_leaves_out(value, said, about) or _is_turned(said, about)):
        return value
    return to_the_letter(said) if _FACTORIAL.fullmatch(said) else None  # one that is too large


def _is_formula(text: str, about: Asked) -> bool:
    """Whether there is mathematics in it and no words, or it is a set that words name."""
    if about.calculates and mathematics.names_set(text):
        return True
    if has_words(text):
        return False
    is_plain = about.calculates and _PLAIN.search(text) is not None
    return is_plain or _LATEX.search(text) is not None or any(c in text for c in "+/*=<>")


def _mathematics(text: str, about: Asked) -> Quantity | Mathematics | None:
    """Where a calculation was asked for, or the text can be nothing else."""
    if about.digits_are_letters or (about.of_time and not about.calculates):
        return None
    if _CODE_SIGN.search(text):
        return None
    if not about.calculates and ("±" in text or not _LATEX.search(text)):
        return None
    if (
        about.strategy is not Strategy.NUMERIC
        and not about.calculates
        and re.fullmatch(r"[\d\s./:–-]+", text)
    ):
        return None
    if about.language is not None and about.language.decimal_comma:
        text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    text = _NAMED.sub("", text)
    joints = about.language.words if about.language and len(text) < LONGEST_LIST else {}
    for which in ("and", "or"):
        for joint in filter(str.isalpha, joints.get(which, ())):
            text = re.sub(rf"\s{joint}\s", f" {which} ", text)
    return mathematics.read(text, in_percent=about.of_percent, of_interval=about.of_interval)


def _leaves_out(value: Quantity | Mathematics, text: str, about: Asked) -> bool:
    """Whether a number is only one of the things that words tell: a circle's radius and centre."""
    text = text.rstrip(EDGES).rpartition(". ")[2]  # what goes before may be the way to it
    if isinstance(value, Mathematics) or not has_words(text):
        return False
    values = [t.value for t in phrase.read(text, about).tokens if not isinstance(t.value, str)]
    return len(values) > 1 and any(isinstance(v, Mathematics) for v in values)


def _is_turned(text: str, about: Asked) -> bool:
    """Whether the words of its last sentence deny a number, or make another of it."""
    last = text.rstrip(EDGES).rpartition(". ")[2]
    return any(c.isdigit() for c in last) and has_words(last) and turns(last, about)


def number_in(text: str, found: Phrase, about: Asked) -> Quantity | Mathematics | None:
    """A sentence's only number, where the phrase found no values or only words beside one."""
    if any(
        t.role in (Role.LIMIT, Role.OR, Role.NEGATION) or not isinstance(t.value, str | Quantity)
        for t in found.tokens
    ):
        return None
    value = mathematics.read(text, in_percent=about.of_percent, of_interval=about.of_interval)
    found_there = [t.value for t in found.tokens if isinstance(t.value, Quantity)]
    if isinstance(value, Quantity) and len(found_there) == 1:
        # A scale or a unit of its language that mathematics does not know: 140 Mrd. are not 140.
        return value if value.number == found_there[0].number else None
    return value
