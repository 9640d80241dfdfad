"""Is an answer the right one? By the letter, apart from how the engine joins answers.

Whoever measures the engine must not judge by its own relation: what joins wrongly would be called
right. So wordings count as wrong here that people would take, and none as right that they would
not.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction

from consensus.core.model import Feedback, Result

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,40})?(?:\.\d{1,40})?(?:e[+-]?\d{1,3})?")
_FRACTION = re.compile(r"([+-]?\d{1,40})/(\d{1,40})")
_AROUND = re.compile(r"\A[\s\"'“”‘’$]+|[\s\"'“”‘’$.]+\Z")


def is_right(answer: str, gold: str) -> bool:
    """Whether the two are the same text, but for case, spaces, quotes and a last full stop.

    Plain decimal numbers and fractions are the same where their values are, exactly.
    """
    one, other = _plain(answer), _plain(gold)
    if one == other:
        return bool(one)
    value = _value(one)
    return value is not None and value == _value(other)


def judged(result: Result, feedback: Feedback) -> bool | None:
    """Whether the result's answer is right, as far as what was said of it tells."""
    if result.answer is None:
        return None
    if feedback.correct is not None or feedback.answer is None:
        return feedback.correct
    # Another wording may be right as well: nobody has compared the two.
    return True if is_right(result.answer, feedback.answer) else None


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFC", text).replace("−", "-").casefold()
    return " ".join(_AROUND.sub("", folded).split())


def _value(text: str) -> Fraction | None:
    fraction = _FRACTION.fullmatch(text)
    if fraction and int(fraction[2]):
        return Fraction(int(fraction[1]), int(fraction[2]))
    digits = any(c.isdecimal() for c in text.partition("e")[0])
    if not digits or not text.isascii() or not _NUMBER.fullmatch(text):
        return None
    return Fraction(Decimal(text.replace(",", "")))
