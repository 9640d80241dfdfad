"""Clauses that set a condition of a yes or a no: "with a permit", "until 2020", "on Sundays".

One is told by the word that it begins with, or in some languages ends with. What begins so and only
explains or stresses ("in fact", "by definition") sets none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from consensus.readers.languages import files
from consensus.readers.packs import any_of

LONGEST_FRAGMENT = 4  # words of a sentence that is no sentence, and goes on with the one before it
_MARKS = " \t*_\"'“”’"
_BEGINS = re.compile(r"[\s*_\"'“”’]*(?P<break>[,;:.!(（，、。：；！،؛।—–-]?)[\s*_\"'“”’]*")
_ENDS = re.compile(r"[,;:.!?()（），、。：；！？،؛।—–\n]|\s-\s")
_BREAK = re.compile(r"[,;:.!?(（，、。：；！？،؛।—–\n]\s*")


def after(text: str, code: str, asked: str = "") -> str:
    """The words that make what follows a yes or a no a condition of it; "" where none does.

    Of a sentence of its own, only a fragment does: "Yes. With a permit." A clause of nothing but
    the question's words, which leaves no choice, says no more than a yes.
    """
    begins = _BEGINS.match(text)
    rest = text[begins.end() :] if begins else text
    clause = _ENDS.split(rest, maxsplit=1)[0].strip(_MARKS)
    goes_on = rest[len(clause) :].strip(_MARKS + ".。!")
    is_sentence = begins is not None and begins["break"] in (".", "。", "!", "！", "।")
    if is_sentence and (goes_on or len(clause.split()) > LONGEST_FRAGMENT):
        return ""
    if _pattern(code, "explains").fullmatch(clause):
        return after(rest[len(clause) :], code, asked)
    return "" if _repeats(clause, code, asked) else sets(clause, code)


def only_stresses(text: str, code: str) -> bool:
    """Whether the clause that follows a yes or a no is nothing but "in fact" or its like."""
    begins = _BEGINS.match(text)
    clause = _ENDS.split(text[begins.end() :] if begins else text, maxsplit=1)[0].strip(_MARKS)
    return _pattern(code, "explains").fullmatch(clause) is not None


def before(text: str, code: str) -> bool:
    """Whether any of the clauses before a yes or a no sets a condition: "on Sundays, yes"."""
    return any(sets(clause.strip(_MARKS), code) for clause in _BREAK.split(text))


def further(text: str, code: str, is_known: Callable[[str], bool]) -> str:
    """The condition that the clause of a yes or a no goes on to: you can park here after 6 pm.

    is_known: whether a word is the question's, or a small one; what comes before the condition is.
    """
    begins = _BEGINS.match(text)
    clause = _ENDS.split(text[begins.end() :] if begins else text, maxsplit=1)[0]
    words = list(re.finditer(r"[\w'’-]+", clause))
    for place, word in enumerate(words):
        found = sets(clause[word.start() :].strip(_MARKS), code) if place else ""
        if found and not all(is_known(other[0]) for other in words[place:]):
            return found
        if not is_known(word[0]):
            return ""
    return ""


def sets(clause: str, code: str) -> str:
    """The words by which a clause sets a condition; "" where it sets none."""
    if not clause or _pattern(code, "explains", "because").match(clause):
        return ""
    found = _pattern(code, "conditions", "qualifies").match(clause)
    if found is None:
        ends = _pattern(code, "conditions_end").finditer(clause)
        found = next((match for match in ends if match.end() == len(clause)), None)
    return " ".join(found[0].casefold().split()) if found else ""


def _repeats(clause: str, code: str, asked: str) -> bool:
    """Whether a clause says what the question does, in a row, and the question offers no other."""
    question = " ".join(re.findall(r"\w+", asked.casefold()))
    said = " ".join(re.findall(r"\w+", clause.casefold()))
    offers = _pattern(code, "or", "and").search(asked.partition(" ")[2])  # czy: or, and whether
    return bool(said) and not offers and f" {said} " in f" {question} "


@cache
def _pattern(code: str, *purposes: str) -> re.Pattern[str]:
    data = files().get(code, {})
    return any_of(phrase for purpose in purposes for phrase in data.get(purpose, ()))
