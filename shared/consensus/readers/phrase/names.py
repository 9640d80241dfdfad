"""Names that must be equal to the letter, in a sentence."""

from __future__ import annotations

from consensus.core.values import Identifier, Role
from consensus.readers import identifiers
from consensus.readers.phrase.here import Here, Read, one
from consensus.readers.spelling import folded_word


def identifier(here: Here) -> Read | None:
    """An identifier, unless it is a word of the language in capitals."""
    found = identifiers.at(here.text, here.place, digits_are_letters=here.asked.digits_are_letters)
    if found is None:
        return None
    text, end = found
    alone = end - here.place == 1 and not here.begins_sentence
    if (
        not alone
        and here.text[here.place : end].isalpha()
        and _is_common(here, text)
        and not (here.asked.of_music and identifiers.is_key(text))
    ):
        return None
    role = Role.ECHO if len(text) > 1 and text in here.asked.text else Role.CONTENT
    return one(Identifier(text), end, role)


def _is_common(here: Here, text: str) -> bool:
    """Whether letters in capitals are a word of the language, shouted or begun."""
    word = folded_word(text)
    if here.language is None:
        return False
    return any(word in words for words in here.language.words.values())
