"""An answer's bare text, and what its words show: a sentence, a denial."""

from __future__ import annotations

import re

from consensus.core.values import Identifier
from consensus.readers.asked import Asked
from consensus.readers.languages import entries, language_of, pack
from consensus.readers.mathematics import stated
from consensus.readers.spelling import folded_in_place, folded_word, words_in

EDGES = " \t\r\n.,;:*_`\"'“”«»"
_BOXED = re.compile(r"\\boxed")
_TEXT = re.compile(
    r"\\(?:text|mathrm|mathbf|textbf|operatorname|ce|mathit|mbox)\s*\{((?:[^{}]|\{[^{}]*\})*)\}"
)
_BOUNDS = ("at_least_after", "at_most_after", "at_least", "at_most")
_SPACES = re.compile(r"(?<=\d)\\[,;: ](?=[^\d\\])")  # of LaTeX, before a unit
_COMMANDS = re.compile(
    r"\\(?:begin|end)\{[A-Za-z*]+\}|\((?:for|if|when|where|with) [a-z] ?(?:≠|!=)[^()]*\)|"
    r"\\[A-Za-z]+|\b(?:sin|cos|tan|cot|sec|csc|log|ln|exp|arcsin|arccos|arctan|sqrt|pi|inf|infinity|and|or|mod|min|max|gcd|lcm|det)\b|"
    r"^for(?=\s[-−\d])|(?<![^\W\d_])[^\W\d_]{1,5}(?=\(\d)"
)
WORDS = re.compile(r"[^\W\d_²³¼-¾⅐-⅞]{3,}")


def to_the_letter(text: str) -> Identifier:
    """An answer that nobody could read: the same as what is spelt like it, and as nothing else."""
    return Identifier(" ".join(text.split()))


def unboxed(text: str) -> str:
    r"""The text without LaTeX's \boxed, \text and dollar signs around it."""
    if _BOXED.search(text):
        text = stated.boxed(text) or text
    bare = _SPACES.sub(" ", _TEXT.sub(r"\1", text).replace("{,}", ",").replace("\\%", "%")).strip()
    if bare.count("$") == 2 and bare.startswith("$") and bare.endswith("$"):
        bare = bare[1:-1]
    return bare


def has_words(text: str) -> bool:
    """Whether there are words in it, besides the names that mathematics uses."""
    return WORDS.search(_COMMANDS.sub(" ", text)) is not None


def is_sentence(text: str, about: Asked) -> bool:
    """Whether it says something in words."""
    language = about.language
    words = [folded_word(w) for w in words_in(text)]
    return language is not None and sum(w in language.words["function"] for w in words) > 1


def denies(text: str, about: Asked) -> bool:
    """Whether any of its words denies something."""
    return _says(text, about, "negation")


def turns(text: str, about: Asked) -> bool:
    """Whether any of its words denies or reverses what it stands beside: almost, wrong, without."""
    return _says(text, about, "negation", "reverses")


def offers(text: str, about: Asked) -> bool:
    """Whether any of its words leaves a choice open."""
    return _says(text, about, "or")


def limits(before: str, about: Asked) -> bool:
    """Whether the words before an answer make another of it: before, almost, more than, only.

    The question's own words do not.
    """
    asked = {folded_word(word) for word in words_in(about.text)}
    said = [word for word in words_in(before) if folded_word(word) not in asked]
    return _says(" ".join(said), about, "negation", "reverses", "limit", "between", "or")


def is_bounded(text: str, about: Asked) -> bool:
    """Whether a value in it is only a bound: 10 or more, at least 10."""
    language = about.language or pack(language_of(text) or "en")
    folded = folded_in_place(text)
    found = [entries(language.code, which) for which in _BOUNDS]
    return any(bound is not None and bound.search(folded) for bound in found)


def _says(text: str, about: Asked, *lists: str) -> bool:
    """Whether a word of it is in a list of the question's language, or else of its own."""
    language = about.language or pack(language_of(text) or "en")
    return any(language.has(which, folded_word(word)) for word in words_in(text) for which in lists)
