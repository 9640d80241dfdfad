"""What a question says about its answers: the options it lists, the form it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

LONGEST = 20_000  # characters of a question that are looked at, from its end: options come last

_LETTERS = "abcdefghij"
_MARKERS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\(([A-Ja-j])\)",  # (A) Paris
        r"\[([A-J])\]",
        r"(?<![\w(])([A-Ja-j])\)(?=\s|\w)",  # A) Paris
        r"(?:(?<=[\n;,?:])|^)[ \t]*\**([A-J])[.:]\**\s",  # a line each: A. Paris
        r"(?<=\s)([A-J])[.:]\s",  # A. Paris B. Lyon
        r"['\"]([A-J])['\"]\s*:\s*(?=['\"])",  # {'A': 'Paris', 'B': 'Lyon'}
    )
)
_CODE = re.compile(
    r"```|^[ \t]*(?:def \w+\(|class \w+[:(]|import \w+|from \w+ import|for \w+ in |while .*:|"
    r"return )|"
    r"\bassert\b|\bprint ?\(|\bconsole\.log\(|\w\([^()\n]{0,200}\) ?==|>>>|\blambda \w+",
    re.MULTILINE,
)
_YES_NO_WORD = re.compile(
    r"\b(?:yes[/ ](?:or )?no|true[/ ](?:or )?false|yes or no|true or false)\b", re.IGNORECASE
)
_AUXILIARY = re.compile(
    r"(?:is|are|was|were|am|does|do|did|can|could|will|would|should|shall|has|have|had|may|might|"
    r"must|isn't|aren't|wasn't|doesn't|don't|didn't|can't|won't)\b[^?]*\?$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_PERCENT = re.compile(
    r"\b(?:what|which|how many|find the|calculate the|in|as a)\s+(?:[a-z]+\s+){0,2}?"
    r"percent(?:age)?\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)
def listed_options(question: str) -> Mapping[str, str]:
    """The options "A) ... B) ..." by lower-case letter; none unless they run a, b, ... alike."""
    text = question[-LONGEST:]
    runs = [run for pattern in _MARKERS if len(run := _run(pattern, text)) > 1]
    if not runs:
        return MappingProxyType({})
    run = max(runs, key=len)
    ends = [start for start, _, _ in run[1:]] + [_last_end(text, run[-1][1])]
    return MappingProxyType(
        {
            letter: text[begins:end].strip(" \t\r\n,;'\"*}")
            for (_, begins, letter), end in zip(run, ends, strict=True)
        }
    )


def _run(pattern: re.Pattern[str], text: str) -> list[tuple[int, int, str]]:
    """The longest last a, b, c, ... that the marker makes.

    Each as where its marker starts, where its option does, and its letter.
    """
    run: list[tuple[int, int, str]] = []
    best: list[tuple[int, int, str]] = []
    for match in pattern.finditer(text):
        letter = match[1].casefold()
        if letter == "a":
            run = []
        if len(run) < len(_LETTERS) and letter == _LETTERS[len(run)]:
            run = [*run, (match.start(), match.end(), letter)]
            best = run if len(run) >= min(2, len(best)) else best
    return best


def _last_end(text: str, start: int) -> int:
    """Where the last option ends: at its line's end."""
    end = text.find("\n", start)
    return len(text) if end < 0 else end


@lru_cache(maxsize=256)
def is_about_code(question: str) -> bool:
    """Whether the question shows code, so that its answers are read as literal values."""
    return _CODE.search(question[:LONGEST]) is not None


@lru_cache(maxsize=256)
def is_yes_or_no(question: str) -> bool:
    """Whether the question is answered by yes or no."""
    text = question[-LONGEST:].strip()
    if _YES_NO_WORD.search(text):
        return True
    asked = asking_sentence(text)
    return _AUXILIARY.match(asked) is not None and " or " not in asked.casefold()


@lru_cache(maxsize=256)
def asks_for_percent(question: str) -> bool:
    """Whether a bare number answers it in percent."""
    return _PERCENT.search(question[-LONGEST:]) is not None


def asking_sentence(text: str) -> str:
    """The last sentence that ends in a question mark; the last one where none does."""
    sentences = [s for found in _SENTENCE.findall(text) if (s := found.strip())]
    asking = [s for s in sentences if s.endswith("?")]
    last: str = (asking or sentences or [""])[-1]
    return last
