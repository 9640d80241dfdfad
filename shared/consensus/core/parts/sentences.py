"""A text's sentences and their words, in any language: nothing here knows a word of one.

A block of code is one sentence. In scripts without spaces, pairs of characters stand for words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MOST_SENTENCES = 400  # of a text; what is beyond them is one more
STEM = 6  # characters of a word that are compared: endings differ more than beginnings

_BLOCK = re.compile(r"^[ \t]*```.*?(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"[^\n]+")
_END = re.compile(
    r"(?<![ (.][^\W\d_])(?<!^[^\W\d_])(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bDr)(?<!\bSt)(?<!\bProf)"
    r"(?<!\bvs)[.!?…]+[\"'”’»)\]*_]*\s+(?=[^a-z\s])|"
    r"(?<=[。！？।؟])[”」』）]*"
)
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_DIGIT = re.compile(r"\d")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as written, its words as they are compared, and which of them are specific: what
    has a digit or, but for the first word, a capital. Names and figures tell what words do not."""

    text: str
    words: frozenset[str]
    specific: frozenset[str]


@lru_cache(maxsize=256)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences, in their order; nothing but white space between them is lost."""
    told = [part for block in _blocks(text) for part in block if part.strip()]
    if len(told) > MOST_SENTENCES:
        rest = "\n".join(told[MOST_SENTENCES:])
        told = [*told[:MOST_SENTENCES], rest]
    return tuple(_sentence(part.strip()) for part in told)


def _blocks(text: str) -> list[list[str]]:
    found, end = [], 0
    for block in _BLOCK.finditer(text):
        found += [_prose(text[end : block.start()]), [block.group()]]
        end = block.end()
    return [*found, _prose(text[end:])]


def _prose(text: str) -> list[str]:
    return [part for line in _LINE.findall(text) for part in _split(line)]


def _split(line: str) -> list[str]:
    parts, start = [], 0
    for end in _END.finditer(line):
        parts.append(line[start : end.end()])
        start = end.end()
    return [*parts, line[start:]]


def _sentence(text: str) -> Sentence:
    words: set[str] = set()
    specific: set[str] = set()
    for number, word in enumerate(_WORD.findall(text)):
        if not word.isascii() and _UNSPACED.search(word):
            words.update(_pairs(word))
            specific.update(part for part in re.findall(r"\d+", word))
            continue
        stem = word.casefold()[:STEM]
        words.add(stem)
        if _DIGIT.search(word):
            specific.add(word.casefold())
            words.add(word.casefold())
        elif number and word[0].isupper():
            specific.add(stem)
    return Sentence(text, frozenset(words), frozenset(specific))


def _pairs(word: str) -> list[str]:
    return [word] if len(word) == 1 else [word[n : n + 2] for n in range(len(word) - 1)]
