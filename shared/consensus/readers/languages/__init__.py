"""What is known of a language: one pack of data each, and nothing in code.

A text in a language without a pack has no function words, no negations and no numbers in words:
nothing is claimed of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from consensus.readers.spelling import folded_in_place, folded_word, words_in

LATIN = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "id")
RAREST = 7  # words of a text to one small word of its language
_ELSEWHERE = re.compile(
    "[ơưđăạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹåøőűřěůțș]", re.IGNORECASE
)
_CONSONANTS = "bcdfghjklmnpqrstvwxz"
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
    """One language. words: the folded words (or, with spaces, groups of words) of each list.

    scales are powers of ten, numbers what words stand for, parts what they divide by (thirds: 3),
    units the English names of measures. clock is how times of day are said (see readers/clocks.py),
    rates how often something is (see phrase/rates.py).
    """

    code: str
    words: Mapping[str, frozenset[str]]
    scales: Mapping[str, int]
    numbers: Mapping[str, Fraction]
    parts: Mapping[str, int]
    clock: Mapping[str, str]
    rates: Mapping[str, str]
    holidays: Mapping[str, tuple[int, int]]  # month and day by name, the longest first
    hours: Mapping[str, int]
    decades: Mapping[str, int]
    ordinals: Mapping[str, int]
    units: Mapping[str, str]
    synonyms: Mapping[str, str]
    forms: Mapping[str, str]  # irregular, and the regular form that they are compared by
    signs: Mapping[str, str]  # by their names, folded letter by letter, with spaces for hyphens
    aliases: Mapping[str, str]  # folded, and the name that they are compared by
    opposites: tuple[tuple[frozenset[str], frozenset[str]], ...]  # of one meaning, of the other
    complements: frozenset[str]  # of them, those of which one holds wherever the other does not
    frames: tuple[tuple[frozenset[str], frozenset[str]], ...]  # of a question, and in its answers
    derived: tuple[str, ...]  # endings of words that share a root, the longest first
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
        "parts",
        "clock",
        "rates",
        "holidays",
        "hours",
        "decades",
        "ordinals",
        "units",
        "synonyms",
        "forms",
        "opposites",
        "frames",
        "signs",
        "substances",
        "aliases",
        "derived",
        "suffixes",
        "prefixes",
        "segmented",
        "text2num",
        "letters",
    ]
)


_PHRASES = frozenset(
    "conclusion utc_ahead utc_behind year month alias restates speaking emphasis "
    "at_most at_least less more "
    "at_most_after at_least_after less_after more_after "
    "and_a_half and_a_quarter half_of out_of minus below_zero each duration decade "
    "until_date earlier later earlier_after later_after ratio_to goalless up_to short_of inclusive "
    "identifier_named last_day last_day_after today tomorrow yesterday overmorrow in_time "
    "of_most opens_whether before_era era quarter_of_year half_of_year how_many none infinite "
    "no_solution ago ago_after hence_after".split()
)


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
    words = {
        key: _listed(value, in_phrases=key in _PHRASES)
        for key, value in data.items()
        if key not in _SETTINGS
    }
    words["limit"] = words.get("limit", frozenset()) | words.get("reverses", frozenset())
    return Pack(
        code,
        words,
        {folded_word(word): power for word, power in data.get("scales", {}).items()},
        {w: Fraction(n) for n, words in data.get("numbers", {}).items() for w in _listed(words)},
        _numbered(data, "parts"),
        data.get("clock", {}),
        data.get("rates", {}),
        _holidays(data.get("holidays", {})),
        _numbered(data, "hours"),
        _numbered(data, "decades"),
        _numbered(data, "ordinals"),
        {w: unit for unit, words in data.get("units", {}).items() for w in _listed(words)},
        dict(pair.split("=") for pair in data.get("synonyms", "").split()),
        dict(pair.split("=") for pair in data.get("forms", "").split()),
        _signs(data.get("signs", {})),
        _aliases(data.get("aliases", {})),
        tuple(_opposed(entry) for entry in data.get("opposites", ())),
        _complements(data.get("opposites", ())),
        tuple(_opposed(entry) for entry in data.get("frames", ())),
        tuple(sorted(data.get("derived", "").split(), key=len, reverse=True)),
        tuple(sorted(data.get("suffixes", "").split(), key=len, reverse=True)),
        tuple(data.get("prefixes", "").split()),
        data.get("segmented", True),
        frozenset(data.get("letters", "")),
        data.get("text2num", False),
    )


def _numbered(data: Mapping[str, Any], table: str) -> dict[str, int]:
    """The words of a table by numbers, with their numbers."""
    return {w: int(n) for n, words in data.get(table, {}).items() for w in _listed(words)}


@cache
def entries(code: str, which: str) -> re.Pattern[str] | None:
    """What matches a list of a language, the longest entry first, in a text folded in place.

    None where the list is empty.
    """
    language = pack(code)
    found = sorted(filter(None, language.words.get(which, ())), key=len, reverse=True)
    if not found:
        return None
    told = "|".join(
        r",?\s?".join(map(re.escape, folded_in_place(entry).split())) for entry in found
    )
    if code == "hi":
        told = re.sub(r"(?<=[\u0915-\u0939])", "\u093c?", told)  # a dot below, that folding drops
    ends_word = language.segmented and code != "ko"
    return re.compile(f"(?:{told})" + (r"(?!\w)" if ends_word else ""))


def _listed(text: str, *, in_phrases: bool = False) -> frozenset[str]:
    """Entries: divided by bars where there are any, or where they are phrases; else by spaces."""
    if "|" not in text and not in_phrases:
        return frozenset(
            folded_word(word.replace("-", " ") if _joins(word) else word) for word in text.split()
        )
    return frozenset(" ".join(folded_word(w) for w in entry.split()) for entry in text.split("|"))


def _signs(told: Mapping[str, str]) -> Mapping[str, str]:
    """Signs by their names."""
    return {
        folded_in_place(name).replace("-", " "): sign
        for sign, names in told.items()
        for name in names.split("|")
    }


def _aliases(told: Mapping[str, str]) -> Mapping[str, str]:
    """Each name's one form; that form's own, too, so that no part of it is taken for another."""
    # A name with a figure in it is more than its words: vitamin B12 is not all that vitamin B is.
    one_forms = {_folded(one): one for one in told.values() if not any(map(str.isdigit, one))}
    return one_forms | {_folded(name): one for name, one in told.items()}


def _holidays(told: Mapping[str, str]) -> Mapping[str, tuple[int, int]]:
    """Days by their names, folded letter by letter, the longest first."""
    found = {}
    for date, names in told.items():
        month, _, day = date.partition("-")
        for name in names.split("|"):
            found[folded_in_place(name).casefold()] = (int(month), int(day))
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _folded(name: str) -> str:
    return " ".join(folded_word(word) for word in words_in(name))


def _opposed(entry: str) -> tuple[frozenset[str], frozenset[str]]:
    one, _, other = entry.replace("||", "|").partition("|")
    return _listed(one), _listed(other)


def _complements(entries: Sequence[str]) -> frozenset[str]:
    """The words of pairs of which one always holds: what is not closed is open."""
    pairs = [_opposed(entry) for entry in entries if "||" in entry]
    return frozenset(word for pair in pairs for side in pair for word in side)


def _joins(word: str) -> bool:
    """Whether hyphens stand for the spaces of an entry in a list of words: sans-doute."""
    return word.count("-") > 0 and not word.startswith("-")


@cache
def joints(which: str, code: str | None) -> tuple[str, ...]:
    """The words for "and", or for "or", of a language; of all of them where it is unknown."""
    if code is not None:
        said = filter(str.isalpha, pack(code).words.get(which, ()))
        return tuple(sorted(word for word in said if word != "plus"))  # which adds in mathematics
    found = {word for one in (*LATIN, "ru") for word in joints(which, one)}
    return tuple(sorted(word for word in found if len(word) > 1))


@lru_cache(maxsize=65_536)
def _is_own(code: str, word: str) -> bool:
    """Whether a word tells its language."""
    language = pack(code)
    if len(word) == 1 and word in _CONSONANTS:
        return False  # what is elided, or abbreviated: l', p.m.
    small = ("function", "wh", "negation", "yes", "no", "and", "between")
    return any(language.has(which, word) for which in small) or (
        language.code != "en" and word in language.units
    )


@lru_cache(maxsize=512)
def language_of(text: str) -> str | None:
    """The language of a text, by its script and its function words; None where no pack fits."""
    for script, code in _SCRIPTS:
        if script.search(text):
            return code
    said = [folded_word(word) for word in words_in(text[:2000])]
    counts = {code: sum(_is_own(code, word) for word in said) for code in LATIN}

    def likelihood(code: str) -> tuple[int, bool]:
        own_letters = bool(pack(code).letters.intersection(text[:2000]))
        return counts[code] + 3 * (own_letters and counts[code] > 0), code == "en"

    best = max(counts, key=likelihood)
    if not counts[best]:
        return _by_letters(text[:2000])
    # Few of its small words in a longer text: it is in another language, of which nothing is known.
    if counts[best] * RAREST < len(said) or _ELSEWHERE.search(text):
        return None
    return best


def _by_letters(text: str) -> str | None:
    """The only language that has letters of a text for its own."""
    own = [code for code in LATIN if pack(code).letters.intersection(text)]
    return own[0] if len(own) == 1 and not _ELSEWHERE.search(text) else None
