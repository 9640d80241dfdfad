"""A sentence, or a part of one -> its atoms and words, each with the part that it plays.

A text is read from its left to its right, each place by the first of FORMS that fits there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from consensus.core.values import Asks, Phrase, Role, Span, Token
from consensus.readers import identifiers, numbers
from consensus.readers.aliases import by_one_name
from consensus.readers.asked import Asked
from consensus.readers.languages import Pack, language_of, pack
from consensus.readers.phrase import (
    amounts,
    joined,
    lettered,
    moments,
    names,
    proportions,
    quoted,
    rates,
    reckoned,
    scores,
    spans,
    unspaced,
    words,
)
from consensus.readers.phrase.described import (
    in_regions,
    with_circumstances_aside,
    with_office_aside,
    with_one_size,
    with_place_aside,
    with_region_aside,
    without_descriptions,
    without_office,
)
from consensus.readers.phrase.here import Form, Here
from consensus.readers.phrase.parts import with_cases, with_passive, with_roles
from consensus.readers.spelling import folded_in_place, folded_word, words_in

__all__ = ["FORMS", "language_in", "read"]

LONGEST = 4_000  # characters that are read
LONGEST_HINT = 300  # characters of a question that tell the language of an answer
FEW_WORDS = 12  # of an answer that may be in the language of its question, whatever they look like
FORMS: Sequence[Form] = (
    quoted.code,
    quoted.formula,
    lettered.bound,
    lettered.span,
    lettered.sections,
    names.status_class,
    names.stars,
    names.of_topic,
    names.address,
    names.offset_in_words,
    rates.often,
    rates.factor,
    spans.days,
    words.ordinal,
    words.regnal,
    words.pronoun,
    words.alias,
    amounts.roman,
    reckoned.day,
    reckoned.from_now,
    moments.dated,
    spans.bound,
    spans.opened,
    amounts.amount,
    names.identifier,
    amounts.spelt,
    scores.in_words,
    unspaced.run,
    words.word,
    words.mark,
)
_BEFORE_HANGUL = re.compile(r"(?<=[A-Za-z0-9%+-])(?=[\uac00-\ud7af])")
_TURKISH_ENDING = re.compile(r"(?<=[0-9%])['’][^\W\d_]{1,5}(?!\w)")  # 1923'te, 18.00'den
# A word in Latin letters, beside others that need no spaces: 水はH2Oです.
_LATIN_RUN = re.compile(
    r"(?<=[\u3040-\u30ff\u4e00-\u9fff])[A-Za-z][A-Za-z0-9+#/-]*(?![\w)）])|"
    r"(?<![A-Za-z0-9.+#/-])[A-Za-z][A-Za-z0-9+#/-]*(?=[\u3040-\u30ff\u4e00-\u9fff])"
)
_MARKDOWN = re.compile(
    r"\*\*|__|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|^#+\s+|^>\s+(?!\s*[\d$€£])", re.MULTILINE
)
_SET_FIGURE = re.compile(r"(?<![\d$])\$([-−]?\d[\d.,]{0,20})\s?([^\W\d_]{1,12}|%)?\$(?!\d)")
_IN_INCHES = re.compile(
    r"(?<=\d)\s?(?:[\"”](?=\s?[x×]\s?\d)|(?:(?<=[x×]\s\d)|(?<=[x×]\s\d\d))[\"”]|″|"
    r"in\b\.?(?=\s*(?:$|[,;)x×]|(?:long|wide|tall|high|deep|thick|across)\b)))"
)
_LEADING_POINT = re.compile(r"(?:^|(?<=\s)|(?<=[-−(]))\.(?=\d{1,3}(?![\d.]*\d))(?![^\n]*\d\.\d+\.)")
_LEADING = re.compile(r"\(([^\W\d_][^()\d]{3,40})\)\s([^()]{3,80})$")
_RATIOS = frozenset(["ratio", "aspect", "confidence"])  # a screen of 16:9 is none of 32:18
_LINE_BREAK = re.compile(r"(?<!\n)\n(?!\n)")
_CASED = ("ru", "pl")  # who does it and who undergoes it are told by endings alone
_OWN_SCRIPT = ("ru", "ar", "hi", "zh", "ja", "ko")


def read(text: str, asked: Asked) -> Phrase:
    """The phrase that a text is. Linear in its length, which is bounded."""
    text = _IN_INCHES.sub(" inches", _set_alone(_MARKDOWN.sub("", text[:LONGEST])))
    if not asked.digits_are_letters:
        text = _LEADING_POINT.sub("0.", text)
    text = _LINE_BREAK.sub(" \n", identifiers.plain(text)).strip()
    language = language_in(text, asked)
    text = _with_bracket_last(by_one_name(text, language, asked.kept), language)
    if language is not None and not language.segmented:
        text = numbers.with_figures(text)
    if language is not None and language.code in ("zh", "ja"):
        text = _LATIN_RUN.sub(r" \g<0> ", text).strip()
    if language is not None and language.code == "ko":
        text = _BEFORE_HANGUL.sub(" ", numbers.with_korean_figures(text))
    if language is not None and language.code == "tr":
        text = _TURKISH_ENDING.sub("", text)
    tokens = _tokens(text, asked, language)
    if asked.of_person and language is not None:
        tokens = without_descriptions(tokens, language)
        tokens = with_roles(tokens, asked, language)
    if language is not None and language.code in _CASED:
        tokens = with_cases(tokens)
    if language is not None and asked.act:
        tokens = with_passive(tuple(tokens), asked, language)
    if asked.denies and not asked.yes_or_no and _affirms(tokens):
        tokens = (*tokens, Token("affirmed", Role.LIMIT))
    tokens = without_office(tokens)
    if asked.of_person:
        tokens = with_circumstances_aside(with_office_aside(tokens))
    if language is not None and language.words.get("sides"):
        tokens = with_one_size(tokens, language)
    if language is not None and (asked.of_when or asked.of_day):
        tokens = tuple(reckoned.in_month(tokens, language))
    if language is not None and any(isinstance(t.value, Span) for t in tokens):
        tokens = tuple(spans.with_all_within(tokens, language))
    if language is not None:
        tokens = rates.changed(tokens, text, asked, language)
    tokens = scores.settled(tokens, asked, language)
    tokens = names.offset_alone(tokens, asked)
    tokens = proportions.in_order(tokens, asked, language)
    if asked.topics & _RATIOS == {"ratio"}:
        tokens = proportions.in_lowest_terms(tokens)
    tokens = tuple(joined.joined(tokens, asked, language))
    if asked.in_region and language is not None:
        tokens = in_regions(tokens, asked.in_region, language)
    if asked.of_place:
        tokens = with_region_aside(tokens)
    if language is not None and (asked.of_place or asked.of_region):
        tokens = with_place_aside(tokens, language)
    return Phrase(moments.as_asked(tokens, asked), _asks(asked))


def _set_alone(text: str) -> str:
    """The text with figures that are set as formulas set plainly: $80$–$120 mg$."""
    return _SET_FIGURE.sub(lambda m: f"{m[1]} {m[2]}" if m[2] else m[1], text)


def language_in(text: str, asked: Asked) -> Pack | None:
    """The language of the answer; of one that says too little, that of the two together."""
    own = language_of(text)
    if asked.language is None:
        return pack(own) if own else None
    if own is None or asked.language.code == own:
        return asked.language
    latin = asked.language.code not in _OWN_SCRIPT
    if latin == (own not in _OWN_SCRIPT) and len(words_in(text)) < FEW_WORDS:
        both = language_of(f"{asked.text[-LONGEST_HINT:]} {text}") if latin else None
        return pack(both) if both else asked.language
    if own == "zh" and asked.language.code == "ja":
        return asked.language
    return pack(own)


def _tokens(text: str, asked: Asked, language: Pack | None) -> tuple[Token, ...]:
    """What stands in a text, without the marks at its edges."""
    found: list[Token] = []
    folded = folded_in_place(text)
    place = 0
    while place < len(text):
        if text[place].isspace() and text[place] != "\n":
            place += 1
            continue
        here = Here(text, folded, place, asked, language, found)
        read_here = next((told for form in FORMS if (told := form(here)) is not None), None)
        if read_here is None:
            place += 1
        else:
            found.extend(read_here.tokens)
            place = read_here.end
    found = moments.with_weekdays(found)
    said = [n for n, token in enumerate(found) if token.role is not Role.BREAK]
    return tuple(found[said[0] : said[-1] + 1]) if said else ()


def _with_bracket_last(text: str, language: Pack | None) -> str:
    """(Group Captain) Peter Townsend as Peter Townsend (Group Captain); not: (not) allowed."""
    bracket = _LEADING.match(text)
    if bracket is None or language is None or not language.segmented:
        return text
    said = [folded_word(word) for word in words_in(bracket[1])]
    if any(language.has(which, word) for word in said for which in ("negation", "limit", "or")):
        return text
    return f"{bracket[2]} ({bracket[1]})"


def _affirms(tokens: Sequence[Token]) -> bool:
    """Whether a sentence says, of what is asked not to be so, that it is."""
    echoes = any(t.role is Role.ECHO and not t.name for t in tokens)
    return echoes and not any(t.role is Role.NEGATION for t in tokens)


def _asks(asked: Asked) -> Asks:
    if asked.yes_or_no:
        return Asks.VERDICT
    if asked.of_when:
        return Asks.TIME
    return Asks.PERSON if asked.of_person else Asks.ANYTHING
