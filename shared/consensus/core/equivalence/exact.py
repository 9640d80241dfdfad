"""Exact comparison: one normal form for the spellings of one answer."""

from __future__ import annotations

import re
from collections.abc import Mapping

from consensus.core.equivalence import dates, latex, literals
from consensus.core.equivalence.plain import folded, visible
from consensus.core.question import is_about_code, is_yes_or_no, listed_options

_EDGES = " \t\r\n.,;:\"'`*_"
_DECORATION = re.compile(r"[,;:\"`*]")
_BRACKETS = re.compile(r"[()\[\]{}]")
_SPACED_MARK = re.compile(r"(?<=[^\W\d])[!?]+(?=\s|$)")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W_])")
_COMMA = re.compile(r"(?<=\d),(?=\d{3})")
_AND = re.compile(r",| and ", re.IGNORECASE)
_ENDS_WITH = re.compile(r"\b(?:so|thus|therefore|hence|is|option|choice|answer),? \(?([a-j])\)?$")
_INITIALS = re.compile(r"(?<![\w.])(?:[a-z]\.\s?){1,6}[a-z]\.?(?!\w)")
_POINT = re.compile(r"(?<=[^\W\d])\.(?=\s)|(?<=\d)\s+(?=%)")
_NUMBER = re.compile(r"([-+])?(\d{1,3}(?:,\d{3})+|\d{1,40})(\.\d{0,40})?(?:\s?(%))?\.?")
_DENIED = re.compile(r"\b(?:not|no|nor|neither|never|except|cannot|without|or|and|but)\b|n't\b")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_NOT = frozenset("not no never isn't aren't wasn't doesn't don't didn't can't cannot won't".split())
_STATES = frozenset(
    "is are was were does do did can could will would has have had isn't aren't wasn't doesn't "
    "don't didn't can't cannot won't".split()
)
_PRONOUNS = frozenset("it he she they this that there these those the a an".split())
LONGEST_QUOTE = 200  # characters of an answer that is looked through for an option's text
_ARTICLE = re.compile(r"^(?:the\s+(?=\S)|an?\s+(?=\S\S))")
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_ANSWER_IS = re.compile(
    r"^(?:(?:so|thus|therefore|hence),? )?(?:the |my |our )?(?:(?:final|correct|right|best) )?"
    r"(?:answer|option|choice)(?: is| would be| should be)?\s*[:=]?\s+(?=\S)|"
    r"^it(?: is|'s) (?=(?:option|choice)?\s*\(?[a-j]\b\)?[.:)]?(?:\s|$))"
)
_LETTER = re.compile(
    r"(?:option |choice |answer )?[(\[]?([a-jа-иأبجدهوزحطي1-9])\b(?:[)\]*])?"
    r"\s*([.:),、．-]*)\s*(.*)",
    re.DOTALL,
)
_NAMED_LETTER = re.compile(r"^(?:option|choice)\s+\(?([a-z])\)?[.:]?$|^[(\[]([a-z])[)\]][.:]?$")
_TRUTH = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
_MORE_TRUTH = _TRUTH | {
    "y": "yes", "correct": "yes", "right": "yes", "yeah": "yes", "affirmative": "yes",
    "n": "no", "incorrect": "no", "wrong": "no", "nope": "no", "negative": "no",
}  # fmt: skip
_FIRST_WORD = re.compile(r"^(\w+)(?=$|[\s.,;:!-])")


def normal_form(text: str, question: str = "") -> str:
    """What the spellings of one answer share. Never empty for an answer that is not."""
    seen = visible(text).strip()
    if is_about_code(question) and not listed_options(question) and not is_yes_or_no(question):
        return literals.of_code(seen) if seen else folded(text)
    value = literals.value(seen.strip("`").strip())
    if value:
        return value
    plain = folded(latex.plain(text) if "\\" in text or text.count("$") > 1 else text)
    said = _ANSWER_IS.sub("", _trimmed(plain))
    bare = _trimmed(said)
    return (
        _option(said, question)
        or _truth(bare, question)
        or dates.iso(bare)
        or _letter(said)
        or _plain_number(said)
        or words(said)
        or plain
        or folded(text)
    )


def in_any_order(text: str, question: str = "") -> str:
    """The normal form of a short list of words, whatever their order: Ann and Bob."""
    plain = latex.plain(text) if "\\" in text else text
    items = [item for item in _AND.split(plain) if item.strip()]
    if not 1 < len(items) <= 9 or max(map(len, items)) > 25:
        return normal_form(text, question)
    return " and ".join(sorted(normal_form(item, question) for item in items))


def _trimmed(text: str) -> str:
    """The text without the marks around it; but the point of .5 is a part of it."""
    inner = text.strip(_EDGES)
    return f".{inner}" if inner[:1].isdigit() and f".{inner}" in text[: len(inner) + 9] else inner


def words(text: str) -> str:
    """A folded text without the punctuation and the leading article that carry no meaning."""
    bare = _INITIALS.sub(lambda name: name[0].replace(".", ""), text.replace(" & ", " and "))
    bare = _GROUPED.sub(lambda number: number[0].replace(",", ""), _POINT.sub("", bare))
    bare = _DECORATION.sub(" ", _BRACKETS.sub(" ", bare))
    bare = _HYPHEN.sub(" ", _SPACED_MARK.sub("", bare.replace(" '", " ").replace("' ", " ")))
    bare = " ".join(bare.split())
    # A full stop ends a sentence, but a point begins .5, and nothing may vanish altogether.
    return _ARTICLE.sub("", bare.strip("'_ ").rstrip(".").strip())


def _plain_number(text: str) -> str | None:
    """A number in figures without what does not change it: +3, 1,000 and 10.0."""
    match = _NUMBER.fullmatch(text.strip(" ;:*_`\"'"))
    if match is None:
        return None
    whole, part = match[2].replace(",", "").lstrip("0") or "0", (match[3] or "").rstrip(".0 ")
    sign = "-" if match[1] == "-" and (whole, part) != ("0", "") else ""
    return f"{sign}{whole}{part}{match[4] or ''}"


def _option(said: str, question: str) -> str | None:
    """The letter of one of the options that the question lists, named or quoted."""
    options = listed_options(question)
    if not options:
        return None
    texts = {letter: words(folded(option)) for letter, option in options.items()}
    match = _LETTER.fullmatch(said.strip(" .,;:*_`\"'"))
    if match and match[1] in texts:
        if _means(match[1], match[3], texts, bool(match[2])):
            return match[1]
        if match[2]:
            return None  # one letter, and the text of another
    ends = _ENDS_WITH.search(said.strip(" .,;:*_`\"'"))
    return ends[1] if ends and ends[1] in texts else _quoted(words(said), texts)


def _quoted(said: str, texts: Mapping[str, str]) -> str | None:
    """The letter of the only option whose text is told, in full or by its first words."""
    named = [letter for letter, option in texts.items() if option and option == said]
    if not named and _DENIED.search(said) is None and len(said) <= LONGEST_QUOTE:
        within = [k for k, option in texts.items() if option and f" {option} " in f" {said} "]
        begun = [
            k for k, option in texts.items() if len(said) > 3 and option.startswith(f"{said} ")
        ]
        named = within or begun
    return named[0] if len(named) == 1 else None


def _means(letter: str, told: str, texts: dict[str, str], apart: bool) -> bool:
    """Whether what follows an option's letter lets it stand: its text, or else no other's."""
    if told.startswith("(") and told.endswith(")"):
        return True  # an aside
    told = words(told)
    if told.split() and set(told.split()) <= {*texts, "and", "or"}:
        return False  # several letters
    if not told or told.startswith(texts[letter]) or texts[letter].startswith(told):
        return True
    others = (option for other, option in texts.items() if other != letter and option)
    return apart and not any(told.startswith(option) for option in others)


def _truth(bare: str, question: str) -> str | None:
    if not is_yes_or_no(question):
        return _TRUTH.get(bare.rstrip("!"))
    first = _FIRST_WORD.match(bare)
    return (_MORE_TRUTH.get(first[1]) if first else None) or _echoed(bare, question)


def _echoed(bare: str, question: str) -> str | None:
    """ "It is not prime" says no to "Is 7 prime?", since it says nothing but what was asked."""
    if len(bare) > LONGEST_QUOTE:
        return None
    said, asked = (set(_WORD.findall(_COMMA.sub("", t))) for t in (bare, folded(question)))
    if _NOT & asked or not (_STATES & said or _NOT & said):
        return None
    told = said - _NOT - _PRONOUNS - _STATES
    return ("no" if _NOT & said else "yes") if told and told <= asked else None


def _letter(said: str) -> str | None:
    """ "(B)" and "option B" are B even where no options are known."""
    match = _NAMED_LETTER.match(said.strip(" .,;:*_`\"'"))
    return (match[1] or match[2]) if match else None
