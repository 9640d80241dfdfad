"""The number that a sentence comes to, where it says nothing else of it."""

from __future__ import annotations

import re

from consensus.readers.mathematics import expression, quantity, units
from consensus.readers.mathematics.amount import Amount

_LONE_NUMBER = re.compile(
    rf"(?<![\w.,/])(?:us\$|[$€£¥₹])?[-+]?(?:{expression.GROUPED}|\d+(?:\.\d+)?(?:/\d+)?)"
    r"(?:\s?%| (?:hundred|thousand|million|billion|trillion|percent|pct)\b)?(?![\w]|[.,/]\d)"
)
_CLAUSE = re.compile(
    r"(?:\b(?:so|thus|therefore|hence|then|which (?:is|gives|means)|giving|gives?|get|equals?|is|"
    r"are|was|were|has|have|had|obtain)\b|=>|(?<![<>!])=|;|\.\s|,\s)"
)
_NOT_UNITS = frozenset(["in", "a", "s", "day", "min"])
# "More than 5" is not 5: such sentences are not boiled down to their number.
_QUALIFIED = re.compile(
    r"\b(?:not|no|never|less|fewer|more|greater|least|most|under|over|above|below|between|cannot|"
    r"minus|plus|times|or|unknown|impossible|increas\w+|decreas\w+|rose|fell|dropp?\w*|lost|loss|"
    r"gain\w*|higher|lower|earlier|later|before|after|ago|am|pm|january|february|march|april|june|"
    r"july|august|september|october|november|december|n't)\b|n't\b|\bmay \d|\d may\b"
)


def read(plain: str) -> Amount | None:
    """The only number of a sentence that says nothing else of it, or of its last clause."""
    if not any(letter.isalpha() for letter in plain):
        return None  # 5000! is no exclamation
    clauses = [clause for clause in _CLAUSE.split(plain) if clause.strip()]
    return _lone(plain) or (_lone(clauses[-1]) if len(clauses) > 1 else None)


def is_qualified(plain: str) -> bool:
    """Whether something is said of a number that makes it another answer: more than 5, not 5."""
    return _QUALIFIED.search(plain) is not None


def _lone(plain: str) -> Amount | None:
    plain = re.sub(r"\s\([a-z, ]{1,30}\)", "", plain)
    if is_qualified(plain) or any(c in plain for c in "()[]{}<>=^*~"):
        return None
    found = list(_LONE_NUMBER.finditer(plain))
    if len(found) != 1 or len(re.findall(r"\d+", plain)) != len(re.findall(r"\d+", found[0][0])):
        return None
    return quantity.with_unit(
        f"{found[0][0].strip()} {_unit_after(plain[found[0].end() :])}".strip()
    )


def _unit_after(rest: str) -> str:
    """The unit of measure that follows a number in a sentence."""
    for words in (rest.split()[:3], rest.split()[:1]):
        told = " ".join(words).rstrip(".,;")
        unit = units.parse(told) if told and told not in _NOT_UNITS else None
        if unit and unit.dimension and not unit.counted and len(told) > 1:
            return told
    return ""
