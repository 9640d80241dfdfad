"""An answer in mathematics, or a sentence with one number in it."""

from __future__ import annotations

import re
from dataclasses import replace

from consensus.core.model import Strategy
from consensus.core.values import Identifier, Mathematics, Phrase, Quantity, Role
from consensus.readers import mathematics, phrase
from consensus.readers.answer.wording import (
    EDGES,
    has_words,
    is_bounded,
    limits,
    offers,
    to_the_letter,
    turns,
    unboxed,
)
from consensus.readers.asked import Asked
from consensus.readers.languages import joints
from consensus.readers.mathematics import units
from consensus.readers.packs import before_reason
from consensus.readers.spelling import folded_word, words_in

LONGEST_LIST = 200  # characters of values that words join
_LATEX = re.compile(
    "|".join(
        [
            r"\\[a-zA-Z(\[{]",  # a command of LaTeX, or its brackets
            r"^\|[^|]{1,60}\|$",  # |x - 1|
            r"^-?\d(?:\.\d+)?e[-+]?\d{1,3}$",  # 6.02e23
            # What dollars quote, and no $5 to $10.
            r"\$(?!\s?\d[\d.,]*\s*(?:[kKMBbmn]{1,2}|[mb]illion)?\s*(?:[-–—]|to\b|and\b))"
            r"[^$\n]{1,400}\$",
            r"[√π∞≤≥≠∪∩±∈∅ℝ]",
            r"^\s*[A-Z]\s?=\s?(?=[^=]*[a-zA-Z])[\w\s^*/+().²³½·−-]+$",  # F = ma
            r"(?<=[xyn)])[²³⁴-⁹]",  # x²
            r"\^",
            r"(?<![\w.])[a-z]\s?[=<>]",  # x = 3
            r"\d!?\s*[*=<>]\s*-?[\d(]",  # 3 * 4
            r"[\[\]({][^\[\](){}]{0,200}[,;][^\[\](){}]{0,200}[\[\])}]",  # [0, 1)
        ]
    )
)
_NAMED = re.compile(
    r"^\s*\$?\s*(?:[fgh](?:⁻¹|\^\{?-1\}?)\s?\(\w\)|d[²³]?\s?/\s?d\w[²³]?\s?[^=]+|[fgh]['′]{1,2}\(\w\))"
    r"\s*=\s*(?=\S)"
)
_PLAIN = re.compile(
    r"[½⅓⅔¼¾]\s?π?[a-z]{1,3}(?![a-z])|(?<![\w])[a-z]{1,3}\s?/\s?\d|(?<![A-Za-z])[a-z][²³⁴-⁹]|"
    r"(?<!\w)\d*[a-z]\s?[-−]\s?\d|\d\s?[-−]\s?\d*[a-z](?!\w)|^-?[\d.]*i$|"
    r"^-?\d+(?:, -?\d+){2,20}$|^-?\d+[a-z]$|"
    r"^-?\d+(?:, -?\d+)*,? (?:and|or) -?\d+$|\b(?:sin|cos|tan|ln|log|exp)\b"
)
_DECIMAL_COMMA = re.compile(r"(?<==\s)(-?\d+),(\d+)\s*$")  # m = 0,5
_FACTORIAL = re.compile(r"\d+\s?!+")
# Words in brackets after a value, or what "i.e." leads to: no figures, and no signs.
_ASIDE = re.compile(
    r"(?<=[\w)}$])(?:\s[(（](?=[^\W\d_]{3})|[(（](?=[^\x00-\x7f]))[^\W\d_][^\d()（）=<>\\^*/+]{1,40}[)）](?=[.。]?$)|"
    r"(?<=[\w)}$]),? (?:i\.\s?e\.|that is|d\.\s?h\.|c'est-à-dire|es decir|ou seja|cioè|то есть|"
    r"czyli|yani|yaitu|dus)[,:]? [^\d()=<>\\^*/+]{3,60}(?=[.]?$)"
)
_NAMED_VALUES = re.compile(
    r"(?<!\S)[a-z]\s?=\s?[-−]?\d+(?:[./]\d+)?"
    r"(?:(?:,? and |, ?|; ?)[a-z]\s?=\s?[-−]?\d+(?:[./]\d+)?)+\.?$"
)
# What a colon or a copula leads to.
_LED_TO = re.compile(
    r"(?:(?<=: )|(?<=\bis )|(?<=\bas )|(?<=\bare )|(?<=\bby )|(?<=\bto )|(?<=\bist )|"
    r"(?<=\best )|(?<=\bes )|"
    r"(?<= è )|(?<= é )|(?<=\bjest )|(?<=\badalah )|(?<=равна )|(?<=равно )|(?<=равен ))"
    r"[^:\s][^:]{0,120}$"
)
_CONSTANT_ADDED = re.compile(r" plus (?:an? |any |some )?(?:arbitrary )?constant\b.*$")
_FIGURES = re.compile(r"[\d$\\√(\[{]")
_MEASURE = re.compile(r"(?<=[\w)}$²]) (?:radians?|degrees?|(?:square |cubic )?units?)\.?$")
_MULTIPLE = re.compile(
    r"\b(?:double|repeated|twice|doppelt\w*|doble|dupla|doppia)\b", re.IGNORECASE
)
_CODE_SIGN = re.compile(r"&&|\s\|\|\s|[!=]==?|\+\+|=>|->|;\s*$")  # what mathematics does not have


def read(text: str, about: Asked) -> Quantity | Mathematics | Identifier | None:
    """What is stated in mathematics; None where it is not, or where words tell more than it."""
    if about.yes_or_no:
        return None
    if about.calculates and _solves_nothing(text, about):
        return mathematics.read("{}")
    text = text if "\\boxed" in text else before_reason(text)
    if about.calculates and mathematics.names_set(unboxed(text)):
        return mathematics.read(unboxed(text))
    return _stated(_with_joints(_without_additions(text, about), about), about)


def _stated(text: str, about: Asked) -> Quantity | Mathematics | Identifier | None:
    """What a formula is, be it alone or the end of a sentence; or the number that was asked for."""
    last = _told_last(unboxed(text), about) if about.calculates else None
    said = last or unboxed(text)
    if about.strategy is Strategy.NUMERIC:
        value = _mathematics(last or text, about)
    elif _is_formula(said, about):
        value = _mathematics(said, about)
    else:
        return None
    if value is not None and not (_leaves_out(value, said, about) or _is_turned(said, about)):
        return value
    return to_the_letter(said) if _FACTORIAL.fullmatch(said) else None  # one that is too large


def _solves_nothing(text: str, about: Asked) -> bool:
    """Whether it says, in its language, that an equation has no solution."""
    language = phrase.language_in(text, about)
    said = " ".join(folded_word(word) for word in words_in(text))
    return language is not None and language.has("no_solution", said)


def _without_additions(text: str, about: Asked) -> str:
    """A formula without what words add to it: (a double root), i.e. voltage over resistance.

    Words for a constant that an integral leaves open become its sign.
    """
    match = _ASIDE.search(text)
    said = _MULTIPLE.sub("", match[0]) if match else ""
    if match is not None and not (turns(said, about) or offers(said, about)):
        text = text[: match.start()] + text[match.end() :]
    return _CONSTANT_ADDED.sub(" + C", text)


def _told_last(text: str, about: Asked) -> str | None:
    """The formula that a sentence ends in: the vertex lies at x = 1, y = 4; the inverse is 2x.

    Its words lead there and add nothing: no figures, nothing denied and nothing left open.
    """
    if not has_words(text) or "\n" in text:
        return None
    match = _NAMED_VALUES.search(text) or _LED_TO.search(text)
    if match is None or any(c.isdigit() for c in text[: match.start()]):
        return None
    before, last = text[: match.start()], match[0].strip(" .:")
    is_one = has_words(before) and not has_words(last) and _is_formula(last, about)
    return last if is_one and not (turns(before, about) or offers(before, about)) else None


def _with_joints(text: str, about: Asked) -> str:
    """The values of x = 0 oder x = 4 with "and" and "or" between them."""
    if len(text) > LONGEST_LIST:
        return text
    for which in ("and", "or"):
        for joint in joints(which, about.language.code if about.language else None):
            text = re.sub(rf"(?<=[\d)$])\s{joint}\s(?=\S)", f" {which} ", text)
    return text


def _is_formula(text: str, about: Asked) -> bool:
    """Whether there is mathematics in it, and no words but those of a measure."""
    if has_words(_MEASURE.sub("", text) if about.calculates else text):
        return False
    is_plain = about.calculates and _PLAIN.search(text) is not None
    return is_plain or _LATEX.search(text) is not None or any(c in text for c in "+/*=<>")


def _mathematics(text: str, about: Asked) -> Quantity | Mathematics | None:
    """Where a calculation was asked for, or the text can be nothing else."""
    if about.digits_are_letters or (about.of_time and not about.calculates):
        return None
    if _CODE_SIGN.search(text):
        return None
    if not about.calculates and ("±" in text or not _LATEX.search(text)):
        return None
    if (
        about.strategy is not Strategy.NUMERIC
        and not about.calculates
        and re.fullmatch(r"[\d\s./:–-]+", text)
    ):
        return None
    if about.language is not None and about.language.decimal_comma:
        text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    text = _NAMED.sub("", text)
    value = mathematics.read(text, in_percent=about.of_percent, of_interval=about.of_interval)
    if "confidence" in about.topics and isinstance(value, Mathematics) and len(value.numbers) == 2:
        return replace(value, form="[]") if value.form in ("][", "()") else value
    return value


def _leaves_out(value: Quantity | Mathematics, text: str, about: Asked) -> bool:
    """Whether a number is only one of the things that words tell: a circle's radius and centre."""
    text = text.rstrip(EDGES).rpartition(". ")[2]  # what goes before may be the way to it
    if isinstance(value, Mathematics) or not has_words(text):
        return False
    found = phrase.read(text, about)
    if _is_asked(value, found, about):
        return True
    values = [t.value for t in found.tokens if not isinstance(t.value, str)]
    return len(values) > 1 and any(isinstance(v, Mathematics) for v in values)


def _is_asked(value: Quantity, found: Phrase, about: Asked) -> bool:
    """Whether a number is one of the question's, beside another one: the 1994 film won six."""
    if about.calculates or value.number not in about.numbers:
        return False
    told = {
        t.value.number
        for t in found.tokens
        if t.role is Role.CONTENT and isinstance(t.value, Quantity)
    }
    return bool(told) and value.number not in told


def _is_turned(text: str, about: Asked) -> bool:
    """Whether the words of its last sentence deny a number, or make another of it."""
    last = text.rstrip(EDGES).rpartition(". ")[2]
    if not any(c.isdigit() for c in last) or not has_words(last):
        return False
    signs = about.language.words.get("minus", ()) if about.language else ()
    before = words_in(_FIGURES.split(last, maxsplit=1)[0])[-2:]
    lead = [word for word in before if folded_word(word) not in {*signs, "minus", "plus"}]
    return turns(last, about) or is_bounded(last, about) or limits(" ".join(lead), about)


def number_in(text: str, found: Phrase, about: Asked) -> Quantity | Mathematics | None:
    """A sentence's only number, where the phrase found no values or only words beside one."""
    if any(
        t.role in (Role.LIMIT, Role.OR, Role.NEGATION) or not isinstance(t.value, str | Quantity)
        for t in found.tokens
    ):
        return None
    value = mathematics.read(text, in_percent=about.of_percent, of_interval=about.of_interval)
    if isinstance(value, Quantity) and (
        _drops_word(value, found) or _is_asked(value, found, about)
    ):
        return None
    found_there = [t.value for t in found.tokens if isinstance(t.value, Quantity)]
    if isinstance(value, Quantity) and len(found_there) == 1:
        # A scale or a unit of its language that mathematics does not know: 140 Mrd. are not 140.
        return value if value.number == found_there[0].number else None
    return value


def _drops_word(value: Quantity, found: Phrase) -> bool:
    """Whether a word that the question does not have is no part of a number's unit: 10 red ones."""
    said = (t.value for t in found.tokens if t.role is Role.CONTENT and isinstance(t.value, str))
    return any(
        unit is None or not unit.counted & value.unit.counted for unit in map(units.parse, said)
    )
