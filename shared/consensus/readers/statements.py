"""Statements that a question numbers in Roman: which of I, II and III an answer holds."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")
_LISTED = re.compile(r"(?:^|[\n;?:.])[ \t]*\(?(I{1,3}|IV|VI{0,3})[.):]\s", re.MULTILINE)
_IN_A_ROW = re.compile(r"(?<=\s)\(?(I{1,3}|IV|VI{0,3})[.):]\s")
_NUMERAL = re.compile(r"(?<![\w])\(?(I{1,3}|IV|VI{0,3})\)?(?![\w'’])")
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "1": 0, "2": 1, "3": 2, "4": 3}
_REST = frozenset(
    "only and both just the statement statements are is true correct option options number "
    "numbers hold holds one ones answer und nur et seulement y sólo solo e i oraz en".split()
)


def listed(question: str) -> tuple[str, ...]:
    """The numerals I, II, ... that a question gives to its statements; none unless in a row."""
    for form, fewest in ((_LISTED, 2), (_IN_A_ROW, 3)):
        found = [match[1] for match in form.finditer(question)]
        run = _NUMERALS[: len(found)]
        if len(found) >= fewest and tuple(found) == run:
            return run
    return ()


def held(text: str, statements: Sequence[str]) -> tuple[str, ...] | None:
    """The statements that an answer names, where it says nothing else; None where that is open."""
    named = [match[1] for match in _NUMERAL.finditer(text)]
    rest = [word.casefold() for word in re.findall(r"\w+", _NUMERAL.sub(" ", text))]
    if rest[:2] in (["all", "three"], ["all", "of"], ["all", "four"], ["all"]) and len(rest) < 4:
        return tuple(statements)
    ordinals = [_ORDINALS[word] for word in rest if word in _ORDINALS]
    if any(n >= len(statements) for n in ordinals):
        return None
    if any(word not in _REST and word not in _ORDINALS for word in rest):
        return None
    names = {*named, *(statements[n] for n in ordinals)}
    return tuple(s for s in statements if s in names) if names and names <= {*statements} else None
