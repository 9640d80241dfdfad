"""What a question is about, where a notation has names of its own: a symbol, a key, a formula."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from consensus.readers.packs import any_of, bounds, packs

LONGEST = 20_000  # characters of a question that are looked through, from its end
# What tells a topic in every language.
_SIGNS = {
    "section": re.compile("§"),
    "offset": re.compile("(?<![a-z])(?:utc|gmt)(?![a-z])", re.IGNORECASE),
}


def of(text: str) -> frozenset[str]:
    """The topics that a question's words name, in whatever language."""
    by_words = {topic for topic, form in _words().items() if form.search(text)}
    return frozenset(by_words | {topic for topic, sign in _SIGNS.items() if sign.search(text)})


def asks_for_sign(question: str) -> bool:
    """Whether a question asks for a sign, so that a mere mark answers it."""
    return _words()["symbol"].search(question[-LONGEST:]) is not None


@cache
def _words() -> Mapping[str, re.Pattern[str]]:
    """Any language's words for each topic."""
    found: dict[str, list[str]] = {}
    for pack in packs():
        for topic, phrases in pack.get("topics", {}).items():
            found.setdefault(topic, []).extend(phrases)
    return {topic: any_of(sorted(phrases, key=bounds)) for topic, phrases in found.items()}
