"""What is known of a language: one pack of data each, and nothing in code.

A text in a language without a pack has no function words, no negations and no numbers in words:
nothing is claimed of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from consensus.readers.spelling import folded_word, words_in

LATIN = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "id")
RAREST = 7  # words of a text to one small word of its language
_ELSEWHERE = re.compile(
    "[ơưđăạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹåøőűřěůțș]", re.IGNORECASE
)
DECIMAL_COMMA = frozenset(["de", "fr", "es", "it", "pt", "nl", "pl", "tr", "id", "ru"])
_SCRIPTS = (
    (re.compile("[\u3040-\u30ff]"), "ja"),
    (re.compile("[\uac00-\ud7af]"), "ko"),
    (re.compile("[\u4e00-\u9fff]"), "zh"),
    (re.compile("[\u0900-\u097f]"), "hi"),
    (re.compile("[\u0600-\u06ff]"), "ar"),
    (re.compile("[\u0400-\u04ff]"), "ru"),
)


@dataclass(frozen=True, slots=True)
class Pack:
    """One language. words: the folded words (or, with spaces, groups of words) of each list."""

    code: str
    words: Mapping[str, frozenset[str]]
    scales: Mapping[str, int]
    numbers: Mapping[str, int]
    units: Mapping[str, str]
    synonyms: Mapping[str, str]
    suffixes: tuple[str, ...]
    prefixes: tuple[str, ...]
    segmented: bool
    letters: frozenset[str]
    text2num: bool

    def has(self, which: str, word: str) -> bool:
        """Whether a folded word is in one of the lists."""
        return word in self.words.get(which, frozenset())

    @property
    def decimal_comma(self) -> bool:
        """Whether 1,5 is one and a half."""
        return self.code in DECIMAL_COMMA


_SETTINGS = frozenset(
    [
        "scales",
        "numbers",
        "units",
        "synonyms",
        "suffixes",
        "prefixes",
        "segmented",
        "text2num",
        "half",
        "letters",
    ]
)


_PHRASES = frozenset(["conclusion", "at_most", "at_least", "less", "more", "year"])


@cache
def files() -> Mapping[str, Mapping[str, Any]]:
    """What each language's file holds, by its code."""
    found = (file for file in resources.files(__package__).iterdir() if file.name.endswith(".toml"))
    return {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8"))
        for file in sorted(found, key=lambda file: file.name)
    }


@cache
def pack(code: str) -> Pack:
    """The pack of a language. Raises KeyError where there is none."""
    data = files()[code]["values"]
    return Pack(
        code,
        {
            key: _listed(value, in_phrases=key in _PHRASES)
            for key, value in data.items()
            if key not in _SETTINGS
        },
        {folded_word(word): power for word, power in data.get("scales", {}).items()},
        {w: int(n) for n, words in data.get("numbers", {}).items() for w in _listed(words)},
        {w: unit for unit, words in data.get("units", {}).items() for w in _listed(words)},
        dict(pair.split("=") for pair in data.get("synonyms", "").split()),
        tuple(sorted(data.get("suffixes", "").split(), key=len, reverse=True)),
        tuple(data.get("prefixes", "").split()),
        data.get("segmented", True),
        frozenset(data.get("letters", "")),
        data.get("text2num", False),
    )


def _listed(text: str, *, in_phrases: bool = False) -> frozenset[str]:
    """Entries: divided by bars where there are any, or where they are phrases; else by spaces."""
    if "|" not in text and not in_phrases:
        return frozenset(
            folded_word(word.replace("-", " ") if _joins(word) else word) for word in text.split()
        )
    return frozenset(" ".join(folded_word(w) for w in entry.split()) for entry in text.split("|"))


def _joins(word: str) -> bool:
    """Whether hyphens stand for the spaces of an entry in a list of words: sans-doute."""
    return word.count("-") > 0 and not word.startswith("-")


@lru_cache(maxsize=512)
def language_of(text: str) -> str | None:
    """The language of a text, by its script and its function words; None where no pack fits."""
    for script, code in _SCRIPTS:
        if script.search(text):
            return code
    said = [folded_word(word) for word in words_in(text[:2000])]
    common = ("function", "wh", "negation", "yes", "no", "and")
    counts = {
        code: sum(any(pack(code).has(which, word) for which in common) for word in said)
        for code in LATIN
    }

    def likelihood(code: str) -> tuple[int, bool]:
        own_letters = bool(pack(code).letters.intersection(text[:2000]))
        return counts[code] + 3 * (own_letters and counts[code] > 0), code == "en"

    best = max(counts, key=likelihood)
    # Few of its small words in a longer text: it is in another language, of which nothing is known.
    if counts[best] * RAREST < len(said) or _ELSEWHERE.search(text):
        return None
    return best if counts[best] else None
