"""A said answer in the form that its question asks for: an option's letter, a label, digits.

"C because the others are smaller" is C where options are listed. Nothing that says more is left
out: where something would be lost, what was said stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from consensus.core.plain import folded
from consensus.core.question import asks_for_order, listed_options
from consensus.readers import statement
from consensus.readers.labels import Label, bracketed_labels, labelled
from consensus.readers.options import chosen
from consensus.readers.packs import before_check, before_reason, phrases, whole, words, words_in

LONGEST = 4_000  # characters of a said answer that can be an option or a label with words around it
LONGEST_SENTENCE = 1_000  # characters of one that can be a number with words around it
LONGEST_PHRASE = 200

_FENCED = re.compile(r"```[\w+-]{0,20}[ \t]*\n(.*?)\n?```", re.DOTALL)
_WRAPPED = (
    *(("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]")),
    *(("**", "**"), ("__", "__"), ("`", "`"), ("*", "*")),
)
_QUOTED = {'"': '"', "“": "”", "'": "'", "‘": "’", "«": "»", "「": "」", "『": "』"}
_LATEX_TEXT = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mbox)\s?\{([^{}]{0,200})\}")
_SHORT_FRACTION = re.compile(r"(-?)\\[dt]?frac\s?(\d)\s?(\d)")
_FRACTION = re.compile(r"(-?)\\[dt]?frac\s?\{\s?(-?\d{1,40})\s?\}\s?\{\s?(\d{1,40})\s?\}")
# A scale that a question names; 1 - 3/4 is a calculation.
_SCALE = re.compile(
    r"(?<![-+*/×÷^=])\b\d{1,3}\s?(?:-|–|to|through|bis|à|al?|do|～|~|至|到|から)\s?(\d{1,4})\b"
    r"(?!\s?[-+*/×÷^=])|\bout of (\d{1,4})\b|(?<![\d)])\s?/\s?(\d{1,4})\b"
)
_SCORED = re.compile(r"([-+]?\d{1,4}(?:[.,]\d{1,4})?)\s?(?:/|out of|von|sur|de|из)\s?(\d{1,4})\W?")
_POINTS = re.compile(r"\d{1,4}(?:[.,]\d{1,4})?")
_DIGITS = r"(?:\d{1,3}(?:[,\u00a0\u202f' ]\d{3}){1,9}|\d+)(?:[.,]\d+)?(?:[eE][-+]?\d+)?(?:/\d+)?"
_NUMBER = rf"[-+−]?(?:[$€£¥₹₽]\s?)?[-+−]?{_DIGITS}"
_ANY_NUMBER = re.compile(rf"(?<![\w.,]){_NUMBER}")
_RESULT = re.compile(rf"[=≈]\s{{0,3}}\**\s?({_NUMBER}(?:\s?%|\s?°\s?[CF]?)?)")
_LAST_NUMBER = re.compile(
    rf"(?<![\w.,]){_NUMBER}(?:(?:\s?[^\W\d_%°]{{1,20}}[²³]?){{1,3}}|\s?%|\s?°\s?[CF]?)?\W{{0,4}}$"
)
_MONEY = re.compile(r"([-+−]?)([$€£¥₹₽])\s?([-+−]?[\d.,\u00a0\u202f' ]*\d)")
_SIGNS = {
    "$": {"dollar", "dollars", "usd"},
    "€": {"euro", "euros", "eur"},
    "£": {"pound", "pounds", "gbp"},
    "%": {"percent"},
}
_IN_WORDS = re.compile(r"(?<=\d)\s?\([^\W\d_][^()\d]{0,60}\)$")  # 42 (forty-two)
_WORD = re.compile(r"[^\W\d_]{2,}")
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{3}){1,9}(?:\.\d+)?")
_BARE = re.compile(r"[-+]?\d+(?:[.,٫]\d+)?")
_WHOLE = re.compile(r"[-+]?\d+(?:\.\d+)?")  # [1,3] is an interval


_ARROW = re.compile(r"^(?:[-=]{1,3}>|→|⇒|➜|=)\s{0,9}(?=\S)")
_TICKS = " \t✅✔☑✓❌✗👍🎉🎯➡→️"


def plain(said: str) -> str:
    r"""Without the marks around it: emphasis, fences, dollars, \text{}, a full stop."""
    said = said.strip()
    said = _without_odd_marks(_ARROW.sub("", said.strip(_TICKS) or said))
    fenced = _FENCED.fullmatch(said)
    said = (fenced[1] if fenced else said).strip()
    for _ in range(3):
        said = _without_stop(_unwrapped(said))
    if "\\" in said and len(said) < LONGEST_PHRASE:
        said = _plain_mathematics(said)
    return _unquoted(said)


def fitted(said: str, question: str, *, is_prose: bool) -> str:
    """The said answer in the form that the question asks for, or as it is.

    is_prose: it is a sentence that was found, not what a ballot gives as its answer.
    """
    if len(said) > LONGEST:
        return said
    bracketed = bracketed_labels(question)
    if bracketed:
        return labelled(said, question) or _in_brackets(said, bracketed, is_prose=is_prose) or said
    options = listed_options(question)
    if options and asks_for_order(question):
        return said
    if options:
        return chosen(said, options, is_prose=is_prose) or said
    label = labelled(said, question, is_prose=is_prose)
    return label or _scored(said, question, is_prose=is_prose) or said


def bare(said: str) -> str:
    r"""What a ballot gives, without the marks all around it: \boxed{42}, $42$, **42**."""
    inner = statement.boxed_alone(said) or said
    return _plain_mathematics(_unwrapped(inner)) if len(inner) < LONGEST_PHRASE else inner


def _in_brackets(said: str, labels: Sequence[Label], *, is_prose: bool) -> str | None:
    """[[B]] for a B that was said without its brackets."""
    by_letter = {label.written.strip("[]").casefold(): label.written for label in labels}
    if not all(len(letter) == 1 and letter.isalpha() for letter in by_letter):
        return None
    letter = chosen(said, dict.fromkeys(by_letter, ""), is_prose=is_prose)
    return by_letter.get(letter.casefold()) if letter else None


def number_in(said: str, question: str) -> str:
    """The number of a sentence: what stands after its last "=", its last word, or the only one.

    A unit stays, unless the question names it.
    """
    if len(said) > LONGEST_SENTENCE:
        return said
    said = _IN_WORDS.sub("", _without_copula(before_reason(before_check(said))))
    if "!" not in question and is_number(said.removesuffix("!")):
        said = said.removesuffix("!")  # an exclamation, and no factorial
    if _MONEY.fullmatch(said):
        return _without_known_unit(said, question)
    results = _RESULT.findall(said)
    if results:
        return _without_known_unit(results[-1], question)
    found = [number for number in _ANY_NUMBER.finditer(said) if number[0] not in question]
    if len(found) != 1 or not _WORD.search(said) or _is_bounded(said[: found[0].end()], question):
        return said
    after = said[found[0].end() :].lstrip(" ,")
    word = _WORD.match(after)
    is_small = word and word[0].casefold() in words("is") | words("fillers")
    if is_small or phrases("because").match(after):
        return found[0][0]
    last = _LAST_NUMBER.match(said, found[0].start())
    return _without_known_unit(last[0], question) if last else said


def _without_copula(said: str) -> str:
    ends = sorted((c for c in words("copula") if said.endswith(c)), key=len)
    return said.removesuffix(ends[-1]).strip() if ends else said


def _is_bounded(said: str, question: str) -> bool:
    """Whether the last clause makes its number less or more; so it is where no words are known."""
    bounds = words_in(question, "bounds")
    told = folded(re.split(r"[,.;:!?]\s", said)[-1])
    return (
        not bounds
        or bool(re.search("[<>≤≥~≈±]", told))
        or any(whole(w).search(told) for w in bounds)
    )


def is_number(said: str) -> bool:
    """Whether it is a number and nothing else."""
    return _ANY_NUMBER.fullmatch(said.strip()) is not None


def plain_number(said: str, question: str) -> str:
    """A bare number in plain digits: 10,000 is 10000, where a comma does not mean a fraction."""
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in said)
    if digits[:1] + digits[-1:] in ("[]", "<>") and _WHOLE.fullmatch(digits[1:-1]):
        return digits[1:-1]
    if _GROUPED.fullmatch(digits) and not words_in(question, "comma_is_fraction"):
        return digits.replace(",", "")
    return digits if _BARE.fullmatch(digits) else said


def _without_odd_marks(said: str) -> str:
    """Without emphasis that began or ends outside of it: the 32** of **Answer: 32**."""
    for mark in ("**", "__", "*", "`"):
        if said.count(mark) == 1 and (said.startswith(mark) or said.endswith((mark, mark + "."))):
            said = said.replace(mark, "").strip()
    return said


def _unwrapped(said: str) -> str:
    for opening, closing in _WRAPPED:
        inner = said[len(opening) : len(said) - len(closing)]
        is_around = said.startswith(opening) and said.endswith(closing) and opening not in inner
        if is_around and inner.strip():
            return inner.strip()
    return said


def _without_stop(said: str) -> str:
    """A phrase without its full stop; J. K. Rowling. keeps hers."""
    is_phrase = "\n" not in said and len(said) < LONGEST_PHRASE
    stops = said.count(".") + said.count("。")
    return said[:-1].strip() if is_phrase and stops == 1 and said[-1] in ".。" else said


def _plain_mathematics(said: str) -> str:
    r"""\text{B} as B and \frac{1}{2} as 1/2; any other mathematics as it is."""
    text = _LATEX_TEXT.fullmatch(said)
    fraction = _FRACTION.fullmatch(said) or _SHORT_FRACTION.fullmatch(said)
    if text:
        return text[1].strip()
    return f"{fraction[1]}{fraction[2]}/{fraction[3]}" if fraction else said


def _unquoted(said: str) -> str:
    closing = _QUOTED.get(said[:1])
    is_around = closing and len(said) > 2 and said[-1] == closing
    return said[1:-1].strip() if is_around and not {said[0], closing} & set(said[1:-1]) else said


def _scored(said: str, question: str, *, is_prose: bool) -> str | None:
    """The points of "8/10" where the question names the scale."""
    tops = {top for scale in _SCALE.findall(question[-LONGEST:]) for top in scale if top}
    if not tops:
        return None
    told = _without_asked_word(said.strip(), question)
    if _POINTS.fullmatch(told):
        return told
    alone = _SCORED.fullmatch(told)
    found = [alone] if alone else list(_SCORED.finditer(told)) if is_prose else []
    return found[0][1] if len(found) == 1 and found[0][2] in tops else None


def _without_asked_word(said: str, question: str) -> str:
    """8 for "8 points" where the question speaks of points."""
    number, _, word = said.rpartition(" ")
    is_asked = word.isalpha() and whole(word.casefold()).search(question.casefold())
    return number if number and is_asked else said


def _without_known_unit(number: str, question: str) -> str:
    number = number.strip(" .*_()!\n")
    money = _MONEY.fullmatch(number)
    if money:
        return f"{money[1]}{money[3]}" if money[2] in question else number
    bare = _ANY_NUMBER.search(number)
    unit = _ANY_NUMBER.sub("", number, count=1)
    asked = question.casefold()
    is_known = all(_is_asked(word.casefold(), asked) for word in re.findall(r"[^\W\d_]+", unit))
    return bare[0] if bare and is_known and re.fullmatch(r"[\s\w]*", unit) else number


def _is_asked(unit: str, question: str) -> bool:
    """Whether the question names a unit itself, or by its sign: dollars where it says $3."""
    sign = next((sign for sign, names in _SIGNS.items() if unit in names), None)
    return unit in question or (sign is not None and sign in question)
