"""A list of short items, in order or in none."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from consensus.core.values import Clock, Date, Mathematics, Phrase, Quantity, Role, Several, Span
from consensus.readers import mathematics, phrase
from consensus.readers.asked import Asked
from consensus.readers.spelling import words_in

MOST_ITEMS = 40
COUPLE = 2
_BRACKET = re.compile(r"(?<=\w)\s*\([^\W\d_][\w ]{1,24}\)$")  # Haiti (west)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", re.MULTILINE)


def read(text: str, about: Asked) -> Several | None:
    """A list of short items, and nothing else."""
    language = about.language
    items: Sequence[str]
    if len(_BULLET.findall(text)) > 1 and _BULLET.match(text):
        items = [line for line in _BULLET.sub("\n", text).split("\n") if line.strip()]
        ordered = bool(re.match(r"\s*\d", text))
    else:
        joints = [j for j in (language.words["and"] if language else ("and",)) if j]
        spaced = [re.escape(j) for j in joints if j.isalpha() or " " in j]
        east = language is not None and not language.segmented
        joint = "|".join(sorted(spaced, key=len, reverse=True)) or "and"
        comma = "、" if east else "[,，;、\n]"
        between = rf"(?:{joint}|、)" if east else rf"\s+(?:{joint}|&)\s+"
        if not re.search(comma, text) and not re.search(between, text, re.IGNORECASE):
            return None
        items = [
            i
            for i in re.split(
                rf"\s*{comma}\s*(?:(?:{joint})\s+)?|{between}", text, flags=re.IGNORECASE
            )
            if i.strip()
        ]
        ordered = False
    items = [_BRACKET.sub("", item) for item in items]
    if not 1 < len(items) <= MOST_ITEMS or any(len(words_in(i)) > 4 or len(i) > 60 for i in items):
        return None
    parts = [_without_partitive(phrase.read(item, about)) for item in items]
    if len(parts) == COUPLE and text.count(",") == 1 and _describes(parts, about):
        return None
    if not all(_is_item(p) for p in parts):
        return None
    if about.of_person and len({any(t.name for t in p.tokens) for p in parts}) > 1:
        return None  # somebody, and what is said of them
    echoes = {
        sum(t.role is Role.ECHO and isinstance(t.value, str) for t in p.tokens) for p in parts
    }
    if len(echoes) > 1:
        return None  # a sentence with a comma in it
    kinds = {type(p.tokens[0].value) is str for p in parts if p.tokens}
    if len(kinds) > 1 or any(_is_moment(t.value) for p in parts for t in p.tokens):
        return None
    asked_in_order = re.search(
        r"\border\b|\bsequence\b|\bfirst\b.*\bthen\b|\bsort\b|Reihenfolge|orden|ordine", about.text
    )
    return Several(tuple(parts), ordered or asked_in_order is not None)


def _is_moment(value: object) -> bool:
    """Whether it is a date or a time of day, or lasts from one to another."""
    return isinstance(value.low if isinstance(value, Span) else value, Date | Clock)


def _without_partitive(part: Phrase) -> Phrase:
    """The milk of "du lait", the flour of "de la farine"."""
    leads = itertools.takewhile(lambda t: t.role in (Role.FUNCTION, Role.LINK), part.tokens)
    small = [t.value for t in leads]
    if "of" not in small[:1] or len(small) == len(part.tokens):
        return part
    return replace(part, tokens=part.tokens[len(small) :])


def _describes(parts: Sequence[Phrase], about: Asked) -> bool:
    """Whether of two by a comma one has an article, the other none: "Jupiter, a gas giant"."""
    begun = [bool(p.tokens) and p.tokens[0].role is Role.FUNCTION for p in parts]
    named = parts[begun[0]].tokens
    kinds = about.language.words["kind"] if about.language else frozenset()
    asks_name = about.of_person or len(named) > 1 or bool(about.words & kinds)
    return begun[0] != begun[1] and asks_name and all(t.name for t in named)


def numbers(several: Several) -> Mathematics | Quantity | None:
    """A list of nothing but numbers, in no order."""
    told = [t for item in several.items if isinstance(item, Phrase) for t in item.tokens]
    found = [t.value for t in told if isinstance(t.value, Quantity)]
    if several.ordered or len(found) < len(told) or len(told) != len(several.items):
        return None
    return mathematics.listed(found)


def numbers_in(found: Phrase) -> Mathematics | Quantity | None:
    """The numbers of a sentence that says nothing else of what was asked: the roots are 3 and 2."""
    told = [t.value for t in found.tokens if isinstance(t.value, Quantity)]
    joins = [t for t in found.tokens if t.value in (",", "and")]
    rest = [t for t in found.tokens if not isinstance(t.value, Quantity) and t not in joins]
    is_plain = all(t.role in (Role.FUNCTION, Role.ECHO, Role.KIND, Role.LINK) for t in rest)
    is_named = any(t.role in (Role.ECHO, Role.KIND) for t in rest)
    if len(told) < 2 or len(joins) < len(told) - 1 or not is_plain or not is_named:
        return None
    return mathematics.listed(told) if all(q.unit.is_bare for q in told) else None


def _is_item(part: Phrase) -> bool:
    says = [t for t in part.tokens if t.role in (Role.CONTENT, Role.ECHO)]
    return (
        0 < len(says) <= 3
        and any(t.role is Role.CONTENT for t in says)
        and not any(
            t.role in (Role.NEGATION, Role.LIMIT, Role.OR, Role.BREAK, Role.LINK)
            for t in part.tokens
        )
        and not any(t.role is Role.FUNCTION for t in part.tokens[1:])
    )
