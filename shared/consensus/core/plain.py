"""Text as people see it: what cannot be seen or told apart by eye makes no difference."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Cyrillic and Greek letters that look like Latin ones. Only words that mix scripts are mended: a
# word in one script is what it is.
_LOOKALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοα",
    "ABESIJKMHOPCTYXaesijopcyxdqwABEZHIKMNOPTYXoa",
)
_LATIN = re.compile(r"[A-Za-z]")
_GREEK_OR_CYRILLIC = re.compile(r"[\u0370-\u052f]")
_MARKS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)


def visible(text: str) -> str:
    """The text without characters that nobody sees: zero-width, direction marks, tags, controls."""
    return _CONTROL.sub("", _INVISIBLE.sub("", text))


def folded(text: str) -> str:
    """The visible text in one spelling: NFKC, lower case, plain quotes, dashes and spaces."""
    seen = unicodedata.normalize("NFKC", visible(text)).translate(_MARKS)
    return " ".join(_in_one_script(word) for word in seen.split()).casefold()


def _in_one_script(word: str) -> str:
    mixed = not word.isascii() and _GREEK_OR_CYRILLIC.search(word) and _LATIN.search(word)
    return word.translate(_LOOKALIKE) if mixed else word
