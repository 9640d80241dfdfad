"""A word in the form in which it is compared: folded, without accents, without its ending."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WORD = re.compile(
    r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u064b-\u0652]|['’](?=[^\W\d_])|-(?=[^\W\d_]))*"
)
ELIDED = re.compile(  # French and Italian
    r"(qu|jusqu|lorsqu|[a-zA-Z]|un|all|dell|nell|sull|dall|quest|com)['’](?=\w)", re.IGNORECASE
)
CLITIC = re.compile(  # French and Portuguese: puis-je, pode-se
    r"(?<=\w\w)-(?:t-)?(?:je|tu|il|elle|on|nous|vous|ils|elles|ce|se|me|lhe|o|a|os|as|lo|la)$",
    re.IGNORECASE,
)
UNSPACED = re.compile("[\u3040-\u30ff\u4e00-\u9fff々ー]+")  # Chinese and Japanese
_ACCENTED = re.compile("[\u00c0-\u024f\u0370-\u04ff\u1e00-\u1eff]")
_DEVANAGARI = re.compile("[\u0900-\u097f]")
# A nasal before a consonant of its own place is written as a letter or as a dot: हिन्दी, हिंदी.
_HOMORGANIC = re.compile(
    "\u0919\u094d(?=[\u0915-\u0918])|\u091e\u094d(?=[\u091a-\u091d])|\u0923\u094d(?=[\u091f-\u0922])"
    "|\u0928\u094d(?=[\u0924-\u0927])|\u092e\u094d(?=[\u092a-\u092d])"
)
_ARABIC = str.maketrans("أإآٱىة", "ااااي\u0647", "ًٌٍَُِّْـ")
_DOUBLED = re.compile(r"..([bdgmnprt])\1$")
SHORTEST_STEM = 3
SHORTEST_IN_HANGUL = 2  # a letter is a syllable there
_HANGUL = re.compile("[\uac00-\ud7af]")


def is_unspaced(letter: str) -> bool:
    """Whether a letter is of a script that has no spaces between words."""
    return UNSPACED.match(letter) is not None


def words_in(text: str) -> list[str]:
    """The words of a text as they stand there."""
    return WORD.findall(text)


@lru_cache(maxsize=16_384)
def folded_word(word: str) -> str:
    """In lower case, one kind of apostrophe, without accents; vowel signs of other scripts stay."""
    word = unicodedata.normalize("NFKC", word).casefold().replace("’", "'").replace("i̇", "i")
    if word.isascii():
        return word
    if _ACCENTED.search(word):
        plain = unicodedata.normalize("NFD", word)
        bare = "".join(c for c in plain if not unicodedata.combining(c))
        word = unicodedata.normalize("NFC", bare).replace("ı", "i").replace("ł", "l")
    if _DEVANAGARI.search(word):
        return _HOMORGANIC.sub("\u0902", word.replace("\u093c", "").replace("\u0901", "\u0902"))
    return word.translate(_ARABIC)


@lru_cache(maxsize=64)
def folded_in_place(text: str) -> str:
    """Folded letter by letter, so that places stay what they are."""
    return "".join(f if len(f := folded_word(c)) == 1 else c for c in text)


def undoubled(word: str) -> str:
    """A stem whose last letter is not doubled by its ending: plan, of planned and planning."""
    return word[:-1] if _DOUBLED.search(word) else word


def stem(word: str, suffixes: tuple[str, ...], prefixes: tuple[str, ...] = ()) -> str:
    """A folded word without the first ending, and beginning, that leaves enough of it."""
    shortest = SHORTEST_IN_HANGUL if _HANGUL.match(word) else SHORTEST_STEM
    for prefix in prefixes:
        if word.startswith(prefix) and len(word) - len(prefix) >= shortest:
            word = word[len(prefix) :]
            break
    for suffix in suffixes:
        if word.endswith(suffix) and len(word) - len(suffix) >= shortest:
            return word[: -len(suffix)]
    return word
