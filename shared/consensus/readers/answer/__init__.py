"""A final answer, and the question -> its value: the one way in.

An answer is read by the first of READINGS that it fits, and else as plain words.
"""

from __future__ import annotations

from consensus.core.model import Strategy
from consensus.core.values import Choice, Phrase, Several, Value
from consensus.readers import asked, code, currencies, statements
from consensus.readers.answer import (
    emphasis,
    formula,
    in_words,
    label,
    option,
    program,
    sign,
    truth,
)
from consensus.readers.answer.wording import EDGES, to_the_letter, unboxed
from consensus.readers.asked import Asked
from consensus.readers.mathematics import unevaluated, units
from consensus.readers.packs import before_check

LONGEST = 4_000  # characters that are read: a longer answer is compared to the letter


def read(text: str, question: str, strategy: Strategy) -> Value:
    """What an answer is. Total: what cannot be read is compared to the letter."""
    text = text.strip()
    if len(text) > LONGEST:
        return to_the_letter(text)
    about = asked.read(question, strategy)
    try:
        language = about.language.code if about.language else "en"
        return _read(currencies.with_codes(units.with_names(text), language, question), about)
    except (ArithmeticError, RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return to_the_letter(text)


def prepare(text: str) -> None:
    """Load what reading this answer needs: loading is no part of the time that it may take."""
    if len(text) > LONGEST:
        return
    code.prepare(text)
    if unevaluated.is_one(text):
        unevaluated.load()


def _read(text: str, about: Asked) -> Value:
    text = emphasis.in_bold(text, about) or text
    if about.strategy is Strategy.NUMERIC or about.calculates:
        text = before_check(text)
    for reading in READINGS:
        value = reading(text, about)
        if value is not None:
            return value
    value = in_words.read(unboxed(text), about)
    if isinstance(value, Phrase) and (result := emphasis.result(text, about)):
        return in_words.read(result, about)
    return value


def _statement(text: str, about: Asked) -> Choice | Several | None:
    """The numbered statements that the answer says are true: "I and III"."""
    held = statements.held(text.strip(EDGES), about.statements) if about.statements else ()
    if not held:
        return None
    return Choice(held[0]) if len(held) == 1 else Several(tuple(map(Choice, held)))


def _number(text: str, about: Asked) -> Value | None:
    """The number that words tell, before mathematics is looked for in them."""
    if about.yes_or_no or about.strategy is not Strategy.NUMERIC or about.calculates:
        return None
    value = in_words.read(unboxed(text), about)
    return None if isinstance(value, Phrase) else value


READINGS = (
    truth.by_letter,
    option.read,
    _statement,
    label.read,
    sign.read,
    program.written,
    program.printed,
    _number,
    formula.read,
)
