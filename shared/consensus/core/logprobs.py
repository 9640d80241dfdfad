"""How sure a model was of its answer, by the log-probabilities of the tokens that it answered with.

Only the final answer's tokens count. What a model writes on the way to it may be said in many ways,
each improbable, without any doubt about the answer.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

COUNTED = 8  # tokens; a longer answer is as improbable as one of so many at its mean
LEAST = -100.0  # stands for minus infinity
ROUNDING = 0.01  # above zero that a rounded log-probability may come to; more is none
LONGEST_TAIL = 20_000  # characters at the end in which the answer is looked for

_MARK = re.compile(r"answer|boxed", re.IGNORECASE)
_SURE = re.compile(r"confidence", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a model's text, and the natural logarithm of the probability that it gave it."""

    text: str
    logprob: float


def confidence(tokens: Sequence[Token], final: str) -> float | None:
    """The probability (0..1) of the final answer as it was written.

    None where its place in the tokens is not found, or no token there has a log-probability.
    """
    text = "".join(token.text for token in tokens)
    place = _place(text, final.strip())
    if place is None:
        return None
    known = [t.logprob for t in _within(tokens, *place) if not math.isnan(t.logprob)]
    if not known or max(known) > ROUNDING:
        return None
    mean = math.fsum(min(0.0, max(LEAST, each)) for each in known) / len(known)
    return math.exp(mean * min(len(known), COUNTED))


def _within(tokens: Iterable[Token], start: int, end: int) -> list[Token]:
    """The tokens that have a part in these characters."""
    overlapping, at = [], 0
    for token in tokens:
        if at < end and start < at + len(token.text):
            overlapping.append(token)
        at += len(token.text)
    return overlapping


def _place(text: str, final: str) -> tuple[int, int] | None:
    """Where the text tells its final answer, as it reads or as JSON writes it."""
    if not final:
        return None
    as_json = (json.dumps(final, ensure_ascii=plain)[1:-1] for plain in (False, True))
    for written in (final, *as_json):
        starts = _starts(text, written)
        if starts:
            start = _told(text, starts)
            return start, start + len(written)
    return None


def _starts(text: str, written: str) -> list[int]:
    """Where this is written in the end of the text; apart from other words, where it is so."""
    found, at = [], max(0, len(text) - LONGEST_TAIL) - 1
    while (at := text.find(written, at + 1)) >= 0:
        found.append(at)
    return [at for at in found if _apart(text, at, at + len(written))] or found


def _apart(text: str, start: int, end: int) -> bool:
    """The 4 of 0.94, or of 42, is another number."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return not (
        before[-1:].isalnum()
        or after[:1].isalnum()
        or (before[:1].isdigit() and before[1:] in (".", ","))
        or (after[:1] in (".", ",") and after[1:].isdigit())
    )


def _told(text: str, starts: Sequence[int]) -> int:
    """The first one after the last "answer"; else the last one that is not a stated confidence."""
    marked = max((mark.end() for mark in _MARK.finditer(text)), default=None)
    if marked is not None and starts[-1] >= marked:
        return next(start for start in starts if start >= marked)
    sure = max((stated.start() for stated in _SURE.finditer(text)), default=len(text))
    return max((start for start in starts if start < sure), default=starts[-1])
