"""An answer in plain words."""

from __future__ import annotations

import math
from fractions import Fraction

from consensus.core.model import Strategy
from consensus.core.values import Asks, Identifier, Phrase, Quantity, Role, Span, Value
from consensus.readers import phrase
from consensus.readers.answer import formula, listing, truth
from consensus.readers.answer.conclusion import concluded, put_right
from consensus.readers.answer.wording import EDGES
from consensus.readers.asked import Asked
from consensus.readers.spelling import folded_word, words_in


def read(text: str, about: Asked) -> Value:
    """What an answer says: one value, a list, yes or no, or a phrase."""
    text = put_right(concluded(text, about), about)
    found = phrase.read(text, about)
    counted = _count_in_words(text, found, about) if about.of_count else None
    if counted is not None:
        return counted
    values = [t for t in found.tokens if t.role in (Role.CONTENT, Role.ECHO)]
    is_one_value = len(values) == 1 and not isinstance(values[0].value, str)
    told = [t.value for t in values if t.role is Role.CONTENT]
    is_one_value |= len(told) == 1 and isinstance(told[0], Span)
    is_one_place = about.of_place and any(t.value == "aside" for t in found.tokens)
    says_again = any(t.role is Role.BREAK and t.value == "alias" for t in found.tokens)
    decides = about.yes_or_no and truth.begins_with_one(text, about)
    is_one = decides or len(found.tokens) < 2 or is_one_value or is_one_place or says_again
    several = None if is_one else listing.read(text, about)
    if several is not None:
        return listing.numbers(several) or several
    if about.calculates and (numbers := listing.numbers_in(found)) is not None:
        return numbers
    if about.yes_or_no or truth.is_one_word(found):
        verdict = truth.read(found, text, about)
        if verdict is not None:
            return verdict
    says = [
        t
        for t in found.tokens
        if t.role not in (Role.FUNCTION, Role.LINK, Role.BREAK, Role.KIND, Role.HEDGE)
    ]
    if not found.tokens:
        return Identifier(text)
    if len(says) == 1 and not isinstance(says[0].value, str) and len(found.tokens) == 1:
        return found if found.asks is Asks.TIME else says[0].value
    if about.strategy is Strategy.NUMERIC:
        value = formula.number_in(text, found, about)
        if value is not None:
            return value
    return found


def _count_in_words(text: str, found: Phrase, about: Asked) -> Quantity | None:
    """None of them is zero, and infinitely many are what they say."""
    language = phrase.language_in(text, about) or about.language
    if language is None:
        return None
    said = " ".join(folded_word(word) for word in words_in(text))
    if text.strip(EDGES) == "∞" or said in language.words.get("infinite", ()):
        return Quantity(math.inf)
    if said in language.words.get("none", ()):
        return Quantity(Fraction(0))
    denials = [t.value for t in found.tokens if t.role is Role.NEGATION]
    adds_nothing = all(
        t.role in (Role.NEGATION, Role.FUNCTION, Role.ECHO, Role.KIND, Role.LINK)
        and isinstance(t.value, str)
        for t in found.tokens
    )
    is_none = len(denials) == 1 and language.has("none", str(denials[0]))
    return Quantity(Fraction(0)) if is_none and adds_nothing else None
