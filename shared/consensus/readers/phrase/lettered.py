"""Two ends of what nobody reckons with: columns A to F, versions before 2.15, §§ 3 to 5."""

from __future__ import annotations

import re
from fractions import Fraction
from ipaddress import IPv4Address, summarize_address_range

from consensus.core.values import Identifier, Quantity, Span
from consensus.readers import notations
from consensus.readers.phrase.here import Here, Read, one
from consensus.readers.phrase.spans import after_space
from consensus.readers.spelling import WORD, folded_word

_NAMES = re.compile(
    r"\d{1,3}(?:\.\d{1,3}){3}(?![\w.]\w)|[A-Z]{1,3}\d{1,5}(?!\w)|[A-Z](?![\w'’.#+])", re.ASCII
)
_VERSION = re.compile(r"[vV]?(\d+(?:\.(?:\d+|x))*(?:-?(?:alpha|beta|rc)\d*)?)(?!\w)")
_DASH = re.compile(r"\s?[-‐‑–—]\s?(?=\w)")
_WORD = re.compile(rf"\s+({WORD.pattern})\s+")
_LAST_PART = re.compile(r"\.?(\d{1,3})(?!\d|[\w.]\w)")
_SIGN = re.compile(r"(<=|>=|[<>≤≥])\s?")
_MARKS = {"<=": "≤", ">=": "≥"}
_BEFORE = {"at_most": "≤", "at_least": "≥", "less": "<", "more": ">", "earlier": "<", "later": ">"}
_BEFORE |= {"up_to": "≤", "short_of": "<"}
_SPACE = re.compile(r",?\s+(?:version\s+)?")
_AFTER = {"at_most_after": "≤", "at_least_after": "≥", "earlier_after": "≤", "later_after": "≥"}
_CHAIN = re.compile(r"\s?(<=|[<≤])\s?[^\W\d_]{1,12}\s?(<=|[<≤])\s?")
# The number of a part, by itself and after the name of its kind: 9.4, clause 9.4.
_NUMBERED = re.compile(r"\d+[A-Za-z]?(?:\.\d+)*(?!\w)")
_SECTION = re.compile(r"(?:[^\W\d_]+\.?\s|§§?\s?)?(\d+[A-Za-z]?(?:\.\d+)*)(?![\w(])")
_NEXT = re.compile(rf"\s?,?\s?(?:({WORD.pattern})\s|&\s)?(?=\d)")
_LINE = "lin"  # lines, líneas, linhas: L12–L19
FEWEST = 3  # parts in a row that stand for a span
NOTHING = Identifier("")


def span(here: Here) -> Read | None:
    """From one name to another of its form."""
    if not here.starts_word:
        return None
    low = _name_at(here, here.place)
    if low is None:
        return None
    joint = _joint(here, low[1])
    high = (_last_part(here, low[0], joint[1]) or _name_at(here, joint[1])) if joint else None
    if joint is None or high is None or _form(low[0]) != _form(high[0]):
        return None
    if low[0].isalpha() and (not low[0] < high[0] or _DASH.match(here.text, high[1])):
        return None  # the chords C–G–F
    end = here.says("inclusive", high[1] + 1) or high[1]
    if lines := _lines(here, low[0], high[0], joint[0]):
        return one(lines, end)
    if network := _network(low[0], high[0]):
        return one(Identifier(network), end)
    return one(Span(Identifier(low[0]), Identifier(high[0]), joint[0]), end)


def _lines(here: Here, low: str, high: str, mark: str) -> Span | None:
    """The lines of a text that L12–L19 names."""
    if not low.startswith("L") or not (low[1:].isdigit() and high[1:].isdigit()):
        return None
    if not any(stem.startswith(_LINE) for stem in here.asked.stems):
        return None
    return Span(Quantity(Fraction(low[1:])), Quantity(Fraction(high[1:])), mark)


def _network(low: str, high: str) -> str | None:
    """The network that two addresses are the first and the last of."""
    if low.count(".") != 3:
        return None
    try:
        found = list(summarize_address_range(IPv4Address(low), IPv4Address(high)))
    except (ValueError, TypeError):
        return None
    return str(found[0]) if len(found) == 1 else None


def sections(here: Here) -> Read | None:
    """Clauses 9.1 to 9.4, §§ 3–5, sections 4, 5 and 6: parts in a row of a law or a contract."""
    if "section" not in here.asked.topics or not here.starts_word:
        return None
    named = notations.section_asked(here.text, here.place, here.asked.text)
    first = _NUMBERED.search(here.text, here.place) if named else None
    if named is None or first is None or first.end() != named[1]:
        return None
    kind = named[0].removesuffix(first[0].lower())
    joint = _joint(here, named[1])
    if joint and (last := _SECTION.match(here.text, joint[1])):
        return _of_sections(kind, first[0], last[1], last.end())
    row, end = [first[0]], named[1]
    while (gap := _NEXT.match(here.text, end)) and (last := _NUMBERED.match(here.text, gap.end())):
        word = gap[1]
        if (word and not here.has("and", folded_word(word))) or last[0] != _next(row[-1]):
            return None
        row, end = [*row, last[0]], last.end()
    return _of_sections(kind, row[0], row[-1], end) if len(row) >= FEWEST else None


def _of_sections(kind: str, low: str, high: str, end: int) -> Read:
    return one(Span(Identifier(kind + low.lower()), Identifier(kind + high.lower()), "to"), end)


def _next(number: str) -> str:
    """9.2 after 9.1."""
    whole, point, last = number.rpartition(".")
    return f"{whole}{point}{int(last) + 1}" if last.isdigit() else ""


def bound(here: Here) -> Read | None:
    """Versions before 2.15, or from 2.0 on."""
    if not here.asked.digits_are_letters or not here.starts_word:
        return None
    if chain := _chained(here):
        return chain
    if sign := _SIGN.match(here.text, here.place):
        found = _name_at(here, sign.end())
        return _open(found, _MARKS.get(sign[1], sign[1])) if found else None
    said = [(end, mark) for which, mark in _BEFORE.items() if (end := here.says(which, here.place))]
    for end, mark in sorted(said, reverse=True):
        space = _SPACE.match(here.text, end)
        found = _name_at(here, space.end()) if space else None
        if found:
            return _open(found, mark)
    found = _name_at(here, here.place)
    for which, mark in _AFTER.items() if found else ():
        stop = here.says(which, found[1] + 1) if found else None
        if found and stop:
            return _open((found[0], stop), mark)
    return None


def _chained(here: Here) -> Read | None:
    """2.0 ≤ v < 2.15."""
    low = _name_at(here, here.place)
    chain = _CHAIN.match(here.text, low[1]) if low else None
    high = _name_at(here, chain.end()) if chain else None
    if low is None or chain is None or high is None:
        return None
    mark = {(False, False): "to", (False, True): "[)", (True, False): "(]", (True, True): "()"}[
        chain[1] == "<", chain[2] == "<"
    ]
    return one(Span(Identifier(low[0]), Identifier(high[0]), mark), high[1])


def _open(found: tuple[str, int], mark: str) -> Read:
    end = Identifier(found[0])
    ends = (end, NOTHING) if mark in ("≥", ">") else (NOTHING, end)
    return one(Span(*ends, mark), found[1])


def _name_at(here: Here, place: int) -> tuple[str, int] | None:
    if here.asked.digits_are_letters:
        match = _VERSION.match(here.text, place)
        return (match[1], match.end()) if match else None
    match = _NAMES.match(here.text, place)
    return (match[0], match.end()) if match else None


def _last_part(here: Here, low: str, place: int) -> tuple[str, int] | None:
    """192.168.1.100 to .200."""
    match = _LAST_PART.match(here.text, place)
    if match is None or low.count(".") != 3:
        return None
    return f"{low.rpartition('.')[0]}.{match[1]}", match.end()


def _joint(here: Here, end: int) -> tuple[str, int] | None:
    for which, mark in (("short_of", "[)"), ("up_to", "to")):
        if stop := after_space(here, which, end):
            return mark, stop
    dash = _DASH.match(here.text, end)
    if dash and ("." in here.text[here.place : end] or not here.asked.digits_are_letters):
        return "-", dash.end()
    match = _WORD.match(here.text, end)
    is_to = match and here.has("to", folded_word(match[1]))
    if match and is_to and not here.has("and", folded_word(match[1])):
        return "to", match.end()
    is_between = any(isinstance(t.value, str) and here.has("between", t.value) for t in here.before)
    return ("to", match.end()) if match and is_to and is_between else None


def _form(name: str) -> str:
    """Whether it is of letters, of letters and figures, or of figures alone."""
    return re.sub(r"(?:\d+\.?)+x?", "0", re.sub(r"[A-Z]+", "A", name))
