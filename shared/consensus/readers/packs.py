"""What is known of a language: one file of words each, in `languages`, and no code.

A phrase is words, and a little more: (a|b) is one of these, [a|b] one or none, (a)? the same
without a space, (!a) that no a follows, ~ up to eighty characters within a sentence, … the same of
a line, _ a space or none, * any letters of the word or none, and {} where the answer stands. It is
compared as people read: case, kinds of quotes and runs of spaces do not count.
A language is added by adding its file; what has no file is not claimed to be understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby, islice
from typing import Any

from consensus.readers.languages import files, language_of

SLOT = "{}"
MOST_CHECKS = 9  # words for a check that are looked at
NEAR = 20  # characters before one that show that a clause begins
_GAP = r"[^.:;!?\n]{1,80}?"
_LINE_GAP = r"\b.{0,80}\b"
# Scripts that are written without spaces between words: a word there needs no boundary.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def packs() -> tuple[Mapping[str, Any], ...]:
    """Every language's words by what they are for."""
    return tuple(files().values())


@cache
def words(purpose: str) -> frozenset[str]:
    """The plain words that any language has for a purpose."""
    return frozenset(word for pack in packs() for word in pack.get(purpose, ()))


@lru_cache(maxsize=256)
def words_in(text: str, purpose: str) -> tuple[str, ...]:
    """The words for a purpose in the language that a text is most likely written in."""
    code = language_of(text[-4_000:])
    return tuple(files()[code].get(purpose, ())) if code else ()


@cache
def phrases(purpose: str) -> re.Pattern[str]:
    """Any language's phrases for a purpose, as whole words."""
    return any_of(phrase for pack in packs() for phrase in pack.get(purpose, ()))


@cache
def unbounded(purpose: str) -> str:
    """The same to stand within a larger pattern, wherever words begin and end."""
    told = (phrase for pack in packs() for phrase in pack.get(purpose, ()))
    return f"(?:{'|'.join(map(pattern_of, told))})"


@cache
def table(name: str) -> Mapping[str, re.Pattern[str]]:
    """The entries of a table, each as any language's phrases for it, as whole words."""
    found: dict[str, list[str]] = {}
    for pack in packs():
        for entry, told in pack.get(name, {}).items():
            found.setdefault(entry, []).extend(told)
    # Those of like bounds side by side make the faster pattern.
    return {entry: any_of(sorted(told, key=_bounds)) for entry, told in found.items()}


def before_reason(said: str) -> str:
    """What is stated before, or after, a reason: lg 1000 = 3, since 10³ = 1000."""
    reason = phrases("because").search(said)
    if reason is None:
        return said
    if not reason.start():
        after = re.split(r",\s+(?=\S)", said, maxsplit=1)[1:]
        return after[0] if after and "=" in said[: -len(after[0])] else said
    before = said[: reason.start()].rstrip(" ,;(")
    return before if before and ("=" in before or "=" in said[reason.end() :]) else said


_FIGURES = re.compile(r"\d[\d.,]*\d|\d")
_CLAUSE_END = re.compile(r"[.;:,(。；：，（\n!][\s*_(#>-]*$")


def before_check(said: str) -> str:
    """What is stated before it is checked: 156. To check: 156/12 = 13.

    The check has the number that it checks; what has not may put it right.
    """
    for check in islice(phrases("checks").finditer(said), MOST_CHECKS):
        before, after = said[: check.start()], said[check.end() :]
        told = _FIGURES.findall(before)
        if told and _CLAUSE_END.search(before[-NEAR:]) and told[-1] in _FIGURES.findall(after):
            return before.rstrip(" \t\r\n,;:(*_#>-，；：（")
    return said


def any_of(texts: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of the phrases, as whole words."""
    told = []
    for (before, after), run in groupby(texts, _bounds):
        patterns = "|".join(pattern_of(phrase.strip("*")) for phrase in run)
        told.append(f"{before}(?:{patterns}){after}")
    return re.compile("|".join(told) or r"(?!)", re.IGNORECASE)


@lru_cache(maxsize=1024)
def whole(word: str) -> re.Pattern[str]:
    """A word apart from others, where its script sets words apart."""
    escaped = re.escape(word)
    return re.compile(escaped if _UNSPACED.search(word) else rf"(?<![^\W_]){escaped}(?![^\W_])")


@dataclass(frozen=True, slots=True)
class Template:
    """A phrase around an answer: what stands before it, and what may stand after it."""

    before: re.Pattern[str] | None
    after: re.Pattern[str] | None


@cache
def templates(purpose: str) -> tuple[Template, ...]:
    """Any language's phrases for a purpose that hold an answer."""
    found = (phrase.split(SLOT) for pack in packs() for phrase in pack.get(purpose, ()))
    return tuple(
        Template(
            any_of([before.strip()]) if before.strip() else None,
            any_of([after.strip()]) if after.strip() else None,
        )
        for before, after in found
    )


def _bounds(phrase: str) -> tuple[str, str]:
    """What a phrase begins and ends with: where words do, but for a star, or an unspaced script."""
    plain = re.sub(r"[\[\](){}|?!~…_*\s]", "", phrase)
    if not plain or _UNSPACED.search(plain):
        return "", ""
    before = "" if phrase.startswith("*") else r"(?<!\w)"
    after = "" if phrase.endswith("*") else r"(?!\w)"
    return before, after


@dataclass(slots=True)
class _Word:
    pattern: str
    optional: bool


def pattern_of(phrase: str) -> str:
    """The phrase as a regular expression. Raises ValueError where brackets do not match."""
    reader = _Reader(phrase.replace("’", "'"))
    pattern = reader.alternatives("")
    if reader.at < len(reader.text):
        raise ValueError(f"unbalanced: {phrase}")
    return pattern


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def alternatives(self, closing: str) -> str:
        """Alternatives up to the closing bracket, which is left behind."""
        found = [self._sequence(closing)]
        while self._peek() == "|":
            self.at += 1
            found.append(self._sequence(closing))
        if closing:
            if self._peek() != closing:
                raise ValueError(f"unbalanced: {self.text}")
            self.at += 1
        return "|".join(found)

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _sequence(self, closing: str) -> str:
        read = [self._word(closing)]
        while self._peek() == " ":
            self.at += 1
            read.append(self._word(closing))
        return _joined([word for word in read if word.pattern])

    def _word(self, closing: str) -> _Word:
        atoms: list[str] = []
        only_optional = True
        while (char := self._peek()) and char not in " |" and char != closing:
            if char in ")]":
                raise ValueError(f"unbalanced: {self.text}")
            self.at += 1
            optional = char == "["
            atoms.append(self._atom(char))
            only_optional = only_optional and optional
        single = len(atoms) == 1 and only_optional
        pattern = atoms[0][:-1] if single else "".join(atoms)
        return _Word(pattern, single)

    def _atom(self, char: str) -> str:
        if char == "[":
            return f"(?:{self.alternatives(']')})?"
        if char == "(":
            if self._peek() == "!":
                self.at += 1
                return f"(?!{self.alternatives(')')})"
            group = f"(?:{self.alternatives(')')})"
            if self._peek() == "?":
                self.at += 1
                return f"{group}?"
            return group
        special = {"~": _GAP, "…": _LINE_GAP, "_": r"\s?", "*": r"\w*", "'": "['’ʼ`´]", "?": "?"}
        return special.get(char) or re.escape(char)


def _joined(read: list[_Word]) -> str:
    """Words with spaces between them; one that may be missing takes its space along."""
    pattern, began = "", False
    for word in read:
        if word.optional:
            spaced = rf"\s{{1,9}}{word.pattern}" if began else rf"{word.pattern}\s{{1,9}}"
            pattern += f"(?:{spaced})?"
        else:
            pattern += rf"\s{{1,9}}{word.pattern}" if began else word.pattern
            began = word.pattern != _LINE_GAP
    return pattern.replace(rf"\s{{1,9}}{_LINE_GAP}", _LINE_GAP)


def sentences(text: str) -> Iterator[str]:
    """A text's sentences, roughly: for looking at, not for cutting answers."""
    yield from (s for found in re.split(r"[.!?。！？।\n;]+", text) if (s := found.strip()))
