r"""A regular expression in one form: each part as often as it stands, \d{2} for \d\d."""

from __future__ import annotations

import math
import re
from itertools import groupby

Part = tuple[str, int, float, str]  # what, how often at least and at most, and how eagerly

_CLASSES = {r"\d": "[0-9]", r"\w": "[0-9A-Z_a-z]"}
_WITHIN = {r"\d": "0-9", r"\w": "0-9A-Z_a-z"}
_OFTEN = {"": (1, 1), "?": (0, 1), "*": (0, math.inf), "+": (1, math.inf)}
_PART = re.compile(
    r"(?P<what>\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|\((?P<one>\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^()\[\]|?*+{}\\])\)|[^\\\[\](){}|?*+])"
    r"(?P<often>[?*+]|\{\d*,?\d*\})?(?P<how>[?+]?)",
    re.DOTALL,
)
_RANGE = re.compile(r"\\.|[^\\]-[^\\\]]|[^\\]", re.DOTALL)
_LETTERS = re.compile(r"\((\w(?:\|\w)+)\)")  # a|e, each a letter
_REFERS = re.compile(r"\\[1-9]")  # to what a group matched
_QUOTED = re.compile(r"r?(['\"])(.*)\1", re.DOTALL)
_SLASHED = re.compile(r"/(.+)/g?", re.DOTALL)
MOST_TIMES = 1_000


def normal(text: str) -> str:
    """A regular expression, with one form for classes, counts and what is repeated."""
    bare = text.strip()
    for quotes, group in ((_SLASHED, 1), (_QUOTED, 2)):
        if match := quotes.fullmatch(bare):
            bare = match[group]
    if not _REFERS.search(bare):
        bare = bare.replace("(?:", "(")
    bare = _LETTERS.sub(lambda m: f"[{m[1].replace('|', '')}]", bare)
    pieces: list[str | Part] = []
    place = 0
    while place < len(bare):
        match = _PART.match(bare, place)
        pieces.append(_part(match) if match else bare[place])
        place = match.end() if match else place + 1
    return "".join(_written(list(run)) for _, run in groupby(pieces, _alike))


def _part(match: re.Match[str]) -> str | Part:
    often = match["often"] or ""
    if often.startswith("{"):
        low, comma, high = often[1:-1].partition(",")
        if not (low or high) or int(low or 0) > MOST_TIMES:
            return match[0]
        least, most = int(low or 0), float(high or math.inf) if comma else int(low)
    else:
        least, most = _OFTEN[often]
    return _one(match["one"] or match["what"]), least, most, match["how"]


def _one(what: str) -> str:
    """What stands for one letter; a class in the order of its letters."""
    if not what.startswith("["):
        return _CLASSES.get(what, what)
    is_not = what.startswith("[^")
    ranges = {_WITHIN.get(one, one) for one in _RANGE.findall(what[1 + is_not : -1])}
    return f"[{'^' * is_not}{''.join(sorted(ranges))}]"


def _alike(piece: str | Part) -> tuple[str, ...]:
    """Parts that may be told as one; what has no name of its own is alike to itself alone."""
    return ("", piece) if isinstance(piece, str) else ("part", piece[0], piece[3])


def _written(run: list[str | Part]) -> str:
    parts = [piece for piece in run if not isinstance(piece, str)]
    if not parts:
        return "".join(str(piece) for piece in run)
    what, how = parts[0][0], parts[0][3]
    least, most = sum(p[1] for p in parts), sum(p[2] for p in parts)
    often = next((sign for sign, ends in _OFTEN.items() if ends == (least, most)), None)
    return what + (_counted(least, most) if often is None else often) + how


def _counted(least: int, most: float) -> str:
    if least == most:
        return f"{{{least}}}"
    return f"{{{least},{int(most) if most < math.inf else ''}}}"
