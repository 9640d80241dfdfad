"""Whether only a yes or a no answers a question, in each language."""

from __future__ import annotations

import re

from consensus.core import question as questions
from consensus.readers.languages import Pack
from consensus.readers.spelling import folded_word, words_in

OPENING = 6  # words of a question among which one that asks for more than a yes or a no stands
WHETHER = 3  # words among which the one for whether stands
LONG = 3  # letters, beyond which a word that asks may have an ending
_ASKS = re.compile(r"[?？؟]|か。?\s*$")


def is_yes_or_no(text: str, sentence: str, language: Pack | None) -> bool:
    """Whether a question, of which the sentence is the one that asks, is for a yes or a no."""
    asking = [folded_word(word) for word in words_in(sentence)]
    asks_what = language is not None and asking[:1] == ["was"] and language.has("wh", "was")
    if questions.is_yes_or_no(text) and not asks_what:  # was: what, in German
        return True
    if language is None or language.code == "en" or not _ASKS.search(text):
        return False
    if not language.segmented:
        return _says_whether(sentence, language)
    if any(language.has("or", word) for word in asking[1:]):
        return False
    opens = language.words.get("opens_whether", frozenset())
    if asking and asking[0] in opens:
        return True
    if language.words.get("whether"):
        return not opens and any(language.has("whether", word) for word in asking[:WHETHER])
    return not _asks_for_more(sentence, language)


def _says_whether(sentence: str, language: Pack) -> bool:
    """The same where no spaces divide words: by one for whether, and none that asks for more."""
    whether = language.words.get("whether", frozenset())
    more = language.words["wh"] - whether
    return any(word in sentence for word in whether) and not any(w in sentence for w in more)


def _asks_for_more(sentence: str, language: Pack) -> bool:
    """Whether it begins with a word that asks, or has one further on that joins no clause."""
    said = [(word.casefold(), folded_word(word)) for word in words_in(sentence)]
    # Que joins, where qué asks.
    asking = [word for told, word in said if told != word or not language.has("relative", word)]
    wh = language.words["wh"]
    long = tuple(word for word in wh if len(word) > LONG)
    return any(word in wh or word.startswith(long) for word in asking[:OPENING]) or any(
        word in wh and not language.has("joins", word) for word in asking
    )
