"""Numbers spelt out: "twelve", "two hundred and five", "minus three", "two thirds"."""

from __future__ import annotations

from fractions import Fraction

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_UNITS = {word: n for n, word in enumerate(_SMALL)} | {
    word: 10 * n for n, word in enumerate(_TENS, 2)
}
_ZEROS = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_PARTS = {
    "half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6,
    "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "twelfth": 12, "hundredth": 100,
    "thousandth": 1000,
}  # fmt: skip


def parse(text: str) -> tuple[Fraction, str] | None:
    """The number that a folded text begins with, and the rest of it; None where it does not."""
    said = text.replace("-", " ").replace(",", " ").split()
    sign = -1 if said[:1] in (["minus"], ["negative"]) else 1
    said = said[sign < 0 :]
    whole, used = _whole(said)
    rest = said[used:]
    if whole and said[used - 1] == "and" and rest[:2] == ["a", "half"]:
        scale = 12 if said[used - 2 : used - 1] == ["dozen"] else 1
        return sign * (whole + Fraction(scale, 2)), " ".join(rest[2:])
    says_none = not used or said[:used] == ["a"]
    below = _PARTS.get(rest[0].removesuffix("s")) if rest else None
    if below and (whole or says_none):
        return sign * Fraction(whole or 1, below), " ".join(rest[1:])
    return None if says_none else (Fraction(sign * whole), " ".join(rest))


def _whole(said: list[str]) -> tuple[int, int]:
    """The whole number that the words begin with, and how many words it takes."""
    total = part = 0
    for used, word in enumerate(said):
        if word in _UNITS:
            part += _UNITS[word]
        elif word == "hundred":
            part = max(part, 1) * 100 if used else 0
        elif word == "dozen":
            part = max(part, 1) * 12
        elif word in _ZEROS and used:
            total, part = total + max(part, 1) * 10 ** _ZEROS[word], 0
        elif not (word == "a" and not used) and not (word == "and" and used):
            return total + part, used
    return total + part, len(said)
