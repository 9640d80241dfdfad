"""Exact comparison: one normal form for the spellings of one answer."""

from __future__ import annotations

import ast
import json
import re

from consensus.core.equivalence import dates, latex
from consensus.core.equivalence.plain import folded, visible
from consensus.core.question import is_about_code, is_yes_or_no, listed_options

LONGEST_VALUE = 10_000  # characters of a list or an object that is read as a value

_EDGES = " \t\r\n.,;:\"'`*_"
_DECORATION = re.compile(r"[,;:\"`*]")
_BRACKETS = re.compile(r"[()\[\]{}]")
_SPACED_MARK = re.compile(r"(?<=[^\W\d])[!?]+(?=\s|$)")
_HYPHEN = re.compile(r"(?<=[^\W\d])-(?=[^\W\d])")
_ARTICLE = re.compile(r"^(?:the\s+(?=\S)|an?\s+(?=\S\S))")
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_ANSWER_IS = re.compile(
    r"^(?:(?:so|thus|therefore|hence),? )?(?:the |my |our )?(?:(?:final|correct|right|best) )?"
    r"(?:answer|option|choice)(?: is| would be| should be)?\s*[:=]?\s+(?=\S)|"
    r"^it(?: is|'s) (?=(?:option|choice)?\s*\(?[a-j]\b\)?[.:)]?(?:\s|$))"
)
_LETTER = re.compile(
    r"(?:option |choice |answer )?[(\[]?([a-jа-иأبجدهوزحطي1-9])\b(?:[)\]*])?\s*([.:),、．-]*)\s*(.*)",
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
    value = _value(visible(text).strip().strip("`").strip(), question)
    if value is not None:
        return value
    plain = folded(latex.plain(text) if "\\" in text or text.count("$") > 1 else text)
    said = _ANSWER_IS.sub("", _trimmed(plain))
    bare = _trimmed(said)
    return (
        _option(said, question)
        or _truth(bare, question)
        or dates.iso(bare)
        or _letter(said)
        or words(said)
        or plain
        or folded(text)
    )


def _trimmed(text: str) -> str:
    """The text without the marks around it; but the point of .5 is a part of it."""
    inner = text.strip(_EDGES)
    return f".{inner}" if inner[:1].isdigit() and f".{inner}" in text[: len(inner) + 9] else inner


def words(text: str) -> str:
    """A folded text without the punctuation and the leading article that carry no meaning."""
    bare = _GROUPED.sub(lambda number: number[0].replace(",", ""), text)
    bare = _DECORATION.sub(" ", _BRACKETS.sub(" ", bare))
    bare = _HYPHEN.sub(" ", _SPACED_MARK.sub("", bare.replace(" '", " ").replace("' ", " ")))
    bare = " ".join(bare.split())
    # A full stop ends a sentence, but a point begins .5, and nothing may vanish altogether.
    return _ARTICLE.sub("", bare.strip("'_ ").rstrip(".").strip())


def _value(text: str, question: str) -> str | None:
    """Lists, objects and, where code is asked about, strings, as the values that they are."""
    if not text or len(text) > LONGEST_VALUE:
        return None
    quoted = text[0] in "'\"" and is_about_code(question)
    if text[0] not in "[{" and not quoted and not (text[0] == "(" and "," in text):
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            return json.dumps(_plain_value(read(text)), sort_keys=True, ensure_ascii=False)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    return None


def _plain_value(value: object) -> object:
    """A value in JSON's terms; a set has no order, and a float that is whole stays a float."""
    match value:
        case dict():
            return {str(key): _plain_value(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain_value(item) for item in value]
        case set() | frozenset():
            return sorted((_plain_value(item) for item in value), key=repr)
        case bytes() | complex():
            return repr(value)
        case _:
            return value


def _option(said: str, question: str) -> str | None:
    """The letter of one of the options that the question lists, named or quoted."""
    options = listed_options(question)
    if not options:
        return None
    texts = {letter: words(folded(option)) for letter, option in options.items()}
    match = _LETTER.fullmatch(said.strip(" .,;:*_`\"'"))
    if match and match[1] in texts and _means(match[1], match[3], texts, bool(match[2])):
        return match[1]
    quoted = [letter for letter, option in texts.items() if option and option == words(said)]
    return quoted[0] if len(quoted) == 1 else None


def _means(letter: str, told: str, texts: dict[str, str], apart: bool) -> bool:
    """Whether what follows an option's letter lets it stand: its text, or else no other's."""
    told = words(told)
    if not told or told.startswith(texts[letter]) or texts[letter].startswith(told):
        return True
    others = (option for other, option in texts.items() if other != letter and option)
    return apart and not any(told.startswith(option) for option in others)


def _truth(bare: str, question: str) -> str | None:
    if not is_yes_or_no(question):
        return _TRUTH.get(bare.rstrip("!"))
    first = _FIRST_WORD.match(bare)
    return _MORE_TRUTH.get(first[1]) if first else None


def _letter(said: str) -> str | None:
    """ "(B)" and "option B" are B even where no options are known."""
    match = _NAMED_LETTER.match(said.strip(" .,;:*_`\"'"))
    return (match[1] or match[2]) if match else None
