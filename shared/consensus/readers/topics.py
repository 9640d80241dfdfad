"""What a question is about, where a notation has names of its own: a symbol, a key, a formula."""

from __future__ import annotations

import re

from consensus.readers import packs

LONGEST = 20_000  # characters of a question that are looked through, from its end
# What tells a topic in every language.
_SIGNS = {
    "section": re.compile("§"),
    "offset": re.compile("(?<![a-z])(?:utc|gmt)(?![a-z])", re.IGNORECASE),
}


def of(text: str) -> frozenset[str]:
    """The topics that a question's words name, in whatever language."""
    by_words = {topic for topic, form in packs.table("topics").items() if form.search(text)}
    return frozenset(by_words | {topic for topic, sign in _SIGNS.items() if sign.search(text)})


def asks_for_sign(question: str) -> bool:
    """Whether a question asks for a sign, so that a mere mark answers it."""
    return packs.table("topics")["symbol"].search(question[-LONGEST:]) is not None
