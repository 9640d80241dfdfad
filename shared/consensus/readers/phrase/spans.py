"""Two ends of something, and what bounds a number: 7-9, from May to June, at most 5."""

from __future__ import annotations

import re
from dataclasses import replace

from consensus.core.values import Clock, Date, Quantity, Role, Span
from consensus.core.values.model import Atom
from consensus.readers import numbers, times
from consensus.readers.asked import Asked
from consensus.readers.phrase.here import Here, Read, one
from consensus.readers.phrase.quantities import in_figures, in_words
from consensus.readers.spelling import WORD, folded_word

LONGEST_BOUND = 4  # words that bound a number
_BOUNDS = {"at_most": "<=", "at_least": ">=", "less": "<", "more": ">"}
_NUMBER = re.compile(r"(?:the |an? |de |von )?[\d$€£¥₹]")
_DASH = re.compile(r"\s?[-‐‑–—−~〜～]\s?(?=[-$€£\d])")
_DASH_TO_WORD = re.compile(r"\s?[-–—]\s?(?=[^\W\d_])")
_MARK = re.compile(r"\s?([:/])\s?(?=\d)")
_JOINT = re.compile(r"\s+([^\W\d_]+)\s+(?=[-$€£\d]|[^\W\d_])")
_EAST_TO = re.compile(
    r"(?:から|到|至|에서|부터|以上、?)\s?(?=[\d零〇一二两三四五六七八九十百千])|\s+up to\s+"
)
_OVER = re.compile(r"\s+over\s+(?=\d)")
_AFTER = re.compile(r"\s?(?:以下|まで|까지|之间|の間)")


def bound(here: Here) -> Read | None:
    """At most, no more than, less than: what they say of a number."""
    if here.language is None or not here.starts_word:
        return None
    words = [(folded_word(w), end) for w, end in here.words(here.place, 40)[:LONGEST_BOUND]]
    for which, sign in _BOUNDS.items():
        for length in range(len(words), 0, -1):
            end = words[length - 1][1]
            said = " ".join(word for word, _ in words[:length])
            if here.has(which, said) and _number_follows(here, end):
                return one(sign, end, Role.LIMIT)
    return None


def _number_follows(here: Here, end: int) -> bool:
    rest = here.text[end:].lstrip()
    if _NUMBER.match(rest):
        return True
    words = [(match[0], match.end()) for match in WORD.finditer(rest[:60])]
    return bool(words) and numbers.in_words(words, here.language) is not None


def ended(here: Here, low: Atom, end: int) -> Read:
    """An atom, or the span that it begins."""
    joint = _joint(here, low, end)
    high = _high(here, joint[1], low) if joint else None
    if joint is None or high is None:
        return one(low, end, role_of(low, here.asked))
    value, stop = high
    after = _AFTER.match(here.text, stop)
    ends = _with_one_unit(low, value)
    return one(Span(*ends, joint[0]), after.end() if after else stop)  # type: ignore[arg-type]


def role_of(value: Atom, asked: Asked) -> Role:
    """Whether an atom says something, or only what the question says too."""
    known = isinstance(value, Quantity) and value.number in asked.numbers
    told = isinstance(value, Date) and value in asked.dates
    return Role.ECHO if (known and not asked.rated) or told else Role.CONTENT


def _joint(here: Here, low: Atom, end: int) -> tuple[str, int] | None:
    """How a span goes on after its lower end, and where the upper one begins."""
    if match := _DASH.match(here.text, end) or (
        isinstance(low, Date) and _DASH_TO_WORD.match(here.text, end)
    ):
        return "-", match.end()
    if match := _MARK.match(here.text, end):
        return match[1], match.end()
    if match := _JOINT.match(here.text, end):
        word = folded_word(match[1])
        if here.has("to", word) and (not here.has("and", word) or _is_between(here)):
            return "to", match.end()
    if match := _EAST_TO.match(here.text, end):
        return "to", match.end()
    if match := _OVER.match(here.text, end):
        return "/", match.end()
    return None


def _is_between(here: Here) -> bool:
    value = here.before[-1].value if here.before else None
    return isinstance(value, str) and here.has("between", value)


def _high(here: Here, place: int, low: Atom) -> tuple[Atom, int] | None:
    """The upper end of a span, of the same kind as the lower one."""
    if place >= len(here.text):
        return None
    found = times.date_at(here.text, place, here.language)
    if found is None and isinstance(low, Clock):
        found = times.clock_at(here.text, place, here.language)
    if found is not None and type(found.value) is type(low):
        return found.value, found.end
    if not isinstance(low, Quantity):
        return None
    return in_figures(here, place) or in_words(here, place)


def _with_one_unit(low: Atom, high: Atom) -> tuple[Atom, Atom]:
    """Both ends of a span in the unit that only one of them says; and in one half of the day."""
    if isinstance(low, Quantity) and isinstance(high, Quantity):
        if low.unit.is_bare:
            low = replace(low, unit=high.unit)
        elif high.unit.is_bare:
            high = replace(high, unit=low.unit)
    if (
        isinstance(low, Clock)
        and isinstance(high, Clock)
        and high.half_known
        and not low.half_known
    ):
        low = replace(low, half_known=True)  # 10:00 to 18:00 is by the clock of 24 hours
    return low, high
