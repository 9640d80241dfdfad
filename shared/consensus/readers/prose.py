"""The answer in a reply that is no ballot, or after one that is taken back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from consensus.core.answers import stated_confidence
from consensus.core.model import Strategy
from consensus.core.question import is_about_code, is_yes_or_no, listed_options
from consensus.readers import fitting, statement
from consensus.readers.declining import declines
from consensus.readers.labels import bracketed_labels, labelled
from consensus.readers.options import chosen_in, goes_through
from consensus.readers.packs import any_of, before_check, words

# Characters of a reply in which prose is looked through for its answer: the end. A vote holds less.
LONGEST = 20_000
_NOTHING = " \t\r\n.,;:*_`\"'#=→{}。"
_EMPTY = " \t\r\n.,;:*_`\"'"
_BLOCK = re.compile(r"```[^\n`]{0,40}(?:\n|$)?")
_WHOLE = ("```", "$$", r"\[", "\\begin")  # what begins with these goes on over lines
_OPENING = re.compile(r"\W{0,4}(?:yes|no|true|false)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """What stands for an answer.

    is_prose: it is a sentence, or a part of one. is_ballot: it is what a ballot gives. is_written:
    it is in the form that the question asks for already.
    """

    said: str
    confidence: float | None
    is_prose: bool = False
    is_ballot: bool = False
    is_written: bool = False


def found_in(text: str, strategy: Strategy, question: str) -> Found:
    """The answer that a text states; else the one that it ends with, or all of it."""
    before, text = text[:-LONGEST], text[-LONGEST:]
    confidence = _stated_confidence(text)
    text = re.sub(r"</?confidence>", " ", _sure_line().sub("", text)).strip()
    if strategy is Strategy.SEMANTIC:
        essay = _essay(text)
        return Found(before + essay if essay == text else essay, confidence, is_prose=True)
    if strategy is Strategy.NUMERIC:
        text = _without_confidence(before_check(text), question)
    stated = statement.last_statement(text)
    if stated and stated.said.strip(_NOTHING):
        said = stated.said if is_about_code(question) else _short(stated.said)
        return Found(said, confidence, is_prose=True)
    if declines(text, question):
        return Found(text, confidence, is_written=True)
    options = {} if bracketed_labels(question) else listed_options(question)
    chosen = _label_in_brackets(text, question) or chosen_in(text, options)
    if chosen:
        return Found(chosen, confidence, is_written=True)
    if options and goes_through(text, options):
        return Found(text, confidence, is_written=True)
    return Found(_unmarked(text, strategy, question), confidence, is_prose=True)


def correction(after: str, strategy: Strategy, question: str) -> Found | None:
    """The answer that is given in place of the ballot before; None where none is."""
    after = after[-LONGEST:].strip("`} \t\r\n")
    takes_back = statement.takes_back(after)
    stated = statement.last_statement(after)
    if stated and not (stated.is_formal or takes_back or _fits(stated.said, strategy, question)):
        stated = None
    fixed = list(statement.corrections(after)) if takes_back else []
    last = max([*fixed, *([stated] if stated else [])], key=lambda s: s.end, default=None)
    if last is None and takes_back:
        return _bare_correction(after, strategy, question)
    if last is None or not last.said.strip(_NOTHING):
        return None
    said = last.said if strategy is Strategy.SEMANTIC else _short(last.said)
    return Found(said, _stated_confidence(after), is_prose=True)


def _bare_correction(after: str, strategy: Strategy, question: str) -> Found | None:
    """The number or the option that follows "Oops:", or "It is" after a slip was admitted."""
    rest = statement.after_correction(after)
    told = [_short(rest), *(s.said for s in statement.repetitions(rest))]
    options = listed_options(question)
    for said in told:
        is_choice = bool(options) and chosen_in(said, options) is not None
        if is_choice or fitting.is_number(fitting.plain(said)):
            return Found(said, _stated_confidence(after), is_prose=True)
    return None


def _fits(said: str, strategy: Strategy, question: str) -> bool:
    """Whether a sentence after a ballot gives an answer of its kind, rather than speaks of it."""
    is_choice = bool(listed_options(question)) and strategy is not Strategy.SEMANTIC
    return is_choice or fitting.is_number(fitting.plain(said))


def _label_in_brackets(text: str, question: str) -> str | None:
    """The last [[A]] of a text, where the question asks for one of them."""
    asked = {label.written.casefold(): label.written for label in bracketed_labels(question)}
    said = [s for each in statement.double_bracketed(text) if (s := asked.get(each.casefold()))]
    return said[-1] if said else None


def _short(said: str) -> str:
    """A stated answer without what follows it, where a short one is asked for."""
    said = said.strip()
    if said.startswith(_WHOLE):
        return said
    return statement.sentence_of(said.partition("\n")[0])


def _essay(text: str) -> str:
    """An answer in sentences: all from a label on, what the last sentence says, or all of it."""
    formal = [s for s in statement.statements(text) if s.is_formal and s.said.strip(_NOTHING)]
    if formal:
        last = max(formal, key=lambda s: (s.start, s.end))
        return text[last.end - len(last.said) :].strip() if last.goes_on else last.said
    told = statement.last_statement(text)
    ends_it = told is not None and not text[told.end :].strip(_NOTHING)
    return told.said if told and ends_it else text


def _unmarked(text: str, strategy: Strategy, question: str) -> str:
    """The answer in a text that does not say where it is: a block of code, a line, a number."""
    block = _last_block(text) if is_about_code(question) else None
    if block is not None:
        return block
    lines = [line.strip() for line in text.splitlines() if line.strip(_EMPTY)] or [""]
    if strategy is Strategy.NUMERIC:
        numbers = [line for line in lines if any(c.isdigit() for c in line)]
        return (numbers or lines)[-1]
    answers_first = is_yes_or_no(question) and _OPENING.match(lines[0])
    return lines[0] if answers_first or labelled(lines[0], question) else lines[-1]


def _last_block(text: str) -> str | None:
    marks = list(_BLOCK.finditer(text))
    if len(marks) < 2:
        return None
    opened, closed = marks[-2:] if len(marks) % 2 == 0 else marks[-3:-1]
    return text[opened.end() : closed.start()].rstrip("\n")


def _without_confidence(text: str, question: str) -> str:
    """A text without how sure the model is, which it ends in: 7, with a confidence of 0.9."""
    sure = _sure_at_end().search(text)
    asked = any_of(sorted(words("confidence"))).search(question)
    return text[: sure.start()] if sure and text[: sure.start()].strip() and not asked else text


@cache
def _sure_at_end() -> re.Pattern[str]:
    told = any_of(sorted(words("confidence"))).pattern
    small = "|".join(sorted(map(re.escape, words("fillers")), key=len, reverse=True))
    leads = rf"(?:[,;.(–—-]\s?|\s)(?:(?:{small})\s){{0,3}}"
    share = r"(?:\d{1,3}(?:\.\d{1,10})?\s?[%％]|[01]?\.\d{1,10}|[01])"
    named = rf"(?:{told})(?: (?:level|score|is|of)){{0,2}}[\s*_:：=~>]{{0,8}}{share}"
    after = rf"{share}\s(?:confident|sure|certain|{told})"
    return re.compile(rf"{leads}(?:{named}|{after})[\s.*_)]*$", re.IGNORECASE)


def _stated_confidence(text: str) -> float | None:
    sure = [one or other for one, other in _sure().findall(text)]
    return stated_confidence(sure[-1].replace("％", "%")) if sure else None


@cache
def _sure_line() -> re.Pattern[str]:
    """A line that says how sure the model is, and nothing else."""
    told = any_of(sorted(words("confidence"))).pattern
    return re.compile(
        rf"^[\s>*_#(\-]{{0,20}}(?:my |meine |ma |mi |minha )?(?:{told})[^\n]{{0,80}}$",
        re.IGNORECASE | re.MULTILINE,
    )


@cache
def _sure() -> re.Pattern[str]:
    told = any_of(sorted(words("confidence"))).pattern
    return re.compile(
        rf"(?:{told})(?: (?:level|score|is|of|in this answer)){{0,2}}[\s*_:：=~>]{{0,8}}"
        r"(\d{1,3}(?:\.\d{1,10})?\s?[%％]|[01]?\.\d{1,10}|[01]\b)"
        r"|\b(\d{1,3}(?:\.\d{1,10})?\s?%)\s(?:confident|sure|certain)",
        re.IGNORECASE,
    )
